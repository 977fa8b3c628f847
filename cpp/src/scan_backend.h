// The back end of check() and scan(): values are nodes of a graph, and nothing is made.
//
//     ScanBackend backend(budget, report_or_null);
//     Machine<ScanBackend, MemorySource> machine(backend, source, memo);
//     ... machine.run(result); backend.measure(result, ...)
//
// Threading: one run, one thread.
// Invariant: node 0 is no node; node kLeaf stands for every value that holds nothing and names
// nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "anypickle/machine.h"
#include "anypickle/scan.h"

namespace anypickle {

class ScanBackend {
  public:
    using Value = std::uint32_t;

    ScanBackend(const Budget& budget, Report* report) noexcept : costs_(budget), report_(report) {}

    static constexpr Value kLeaf = 1;
    static constexpr bool kBuildsFromItems = false;
    static constexpr bool kCallsWithItems = false;
    static constexpr bool kDefersDicts = false;
    static constexpr bool kAddsNothing = false;
    static constexpr bool signs_binstring() noexcept { return false; }
    static constexpr bool kLocates = true;

    static Value nothing() noexcept { return 0; }
    static Value unread() noexcept { return UINT32_MAX; }
    static bool empty(Value value) noexcept { return value == 0; }
    static bool same(Value one, Value other) noexcept { return one == other; }
    static Value retain(Value value) noexcept { return value; }
    static void release(Value) noexcept {}
    static void* reallocate(void* memory, std::size_t size) noexcept {
        return std::realloc(memory, size);
    }
    static void deallocate(void* memory) noexcept { std::free(memory); }

    [[nodiscard]] Fault fault() const noexcept { return fault_; }
    [[nodiscard]] std::uint64_t detail() const noexcept { return detail_; }

    [[nodiscard]] bool never_read(std::size_t) const noexcept { return false; }
    [[nodiscard]] bool keeps_all() const noexcept { return false; }
    [[nodiscard]] std::size_t unread_from(std::size_t) const noexcept { return 0; }
    Keep keep(const Window&, std::size_t, std::size_t) noexcept {
        return costs_.charge_memo() ? Keep::kYes : (over(Limit::kMemo), Keep::kRefuse);
    }

    Value none() noexcept { return leaf(); }
    Value boolean(bool) noexcept { return leaf(); }
    Value small_integer(std::uint8_t) noexcept { return leaf(); }
    Value integer(std::int32_t) noexcept { return leaf(); }
    Value real(double) noexcept { return leaf(); }
    Value long_bytes(const std::uint8_t*, std::size_t size) noexcept { return sized(size); }
    Value number(Opcode opcode, const char* text, std::size_t size) noexcept;
    bool memo_index(const char* text, std::size_t size, std::int64_t& index) noexcept;

    Value text(Text kind, const std::uint8_t* bytes, std::size_t size) noexcept;
    Value unicode_escape(const char* text, std::size_t size) noexcept;
    Value string_escape(const char* text, std::size_t size) noexcept;
    Value name(const char* text, std::size_t size, bool) noexcept { return constant(text, size); }
    Value binary(Binary, const std::uint8_t*, std::size_t size) noexcept { return sized(size); }
    template <class Source>
    Value binary_from(Binary, Source&, Window&, std::size_t) noexcept {
        return nothing();
    }

    Value empty_list() noexcept { return container(nullptr, 0); }
    Value empty_dict() noexcept { return container(nullptr, 0); }
    Value empty_set() noexcept { return container(nullptr, 0); }
    Value tuple(Value* items, std::size_t count) noexcept { return container(items, count); }
    Value list(Value* items, std::size_t count) noexcept { return container(items, count); }
    Value dict(Value* items, std::size_t count) noexcept { return container(items, count); }
    Value frozen_set(Value* items, std::size_t count) noexcept { return container(items, count); }
    bool append(Value target, Value item) noexcept { return fill(target, &item, 1); }
    bool extend(Value target, Value* items, std::size_t count) noexcept {
        return fill(target, items, count);
    }
    bool set_items(Value target, Value* items, std::size_t count) noexcept {
        return fill(target, items, count);
    }
    bool add_items(Value target, Value* items, std::size_t count) noexcept {
        return fill(target, items, count);
    }

    void protocol(int version) noexcept {
        if (report_ != nullptr) report_->protocol = version;
    }
    Value global(Value module, Value name) noexcept { return stack_global(module, name); }
    Value stack_global(Value module, Value name) noexcept;
    Value extension(std::int64_t code) noexcept;

    Value reduce(Value callable, Value arguments) noexcept {
        return made(callable, Role::kCalled, &arguments, 1);
    }
    Value new_object(Value type, Value arguments) noexcept {
        return made(type, Role::kInstantiated, &arguments, 1);
    }
    Value new_object_ex(Value type, Value arguments, Value keywords) noexcept;
    Value instance(Value callable, Value* items, std::size_t count) noexcept {
        return made(callable, Role::kCalled, items, count);
    }
    bool build(Value object, Value state) noexcept;

    [[nodiscard]] bool may_load_persistent() const noexcept { return true; }
    Value persistent_line(const char*, std::size_t size) noexcept;
    Value persistent(Value id) noexcept;
    Value next_buffer() noexcept;
    bool readonly_buffer(Value&) const noexcept { return true; }

    /// Holds the result against the budget's depth and expansion; false when it goes over one of
    /// them.
    bool measure(Value result) noexcept;

    /// Where in the stream the machine is.
    void locate(std::size_t offset) noexcept { offset_ = offset; }

  private:
    /// What a value is: a constant string, a global or something made by one (`origin` counts from
    /// 1), or neither.
    struct Node {
        std::uint32_t origin = 0;
        std::uint32_t text_size = 0;
        const char* text = nullptr;
        bool plain = true;  ///< A container of the format's own: filling it calls nothing.
    };
    struct Edge {
        Value from;
        Value to;
    };

    void over(Limit limit) noexcept {
        fault_ = Fault::kOverBudget;
        detail_ = static_cast<std::uint64_t>(limit);
    }
    Value refuse(Fault fault) noexcept {
        fault_ = fault;
        return nothing();
    }
    Value leaf() noexcept {
        return costs_.charge_object() ? kLeaf : (over(Limit::kObjects), nothing());
    }
    Value sized(std::size_t size) noexcept;
    Value constant(const char* text, std::size_t size) noexcept;
    Value add(const Node& node) noexcept;
    Value container(const Value* items, std::size_t count) noexcept;
    Value made(Value callable, Role role, const Value* items, std::size_t count) noexcept;
    Value push_global(GlobalUse use) noexcept;
    std::uint32_t find_or_add(GlobalUse use);
    bool connect(Value from, const Value* items, std::size_t count) noexcept;
    bool fill(Value target, const Value* items, std::size_t count) noexcept;
    void mark(Value value, Role role) noexcept;
    bool walk(Value result);

    Costs costs_;
    Report* report_;
    std::size_t offset_ = 0;                                 ///< Of the opcode being executed.
    std::unordered_map<std::string, std::uint32_t> places_;  ///< Of the globals in the report.
    std::vector<Node> nodes_{2};
    std::vector<Edge> edges_;
    Fault fault_ = Fault::kNone;
    std::uint64_t detail_ = 0;
};

}  // namespace anypickle
