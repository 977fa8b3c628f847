// The back end of digest_of(): values are nodes of a ContentGraph.
//
//     DigestBackend backend;
//     Machine<DigestBackend, MemorySource> machine(backend, source, memo);
//     ... machine.run(result); backend.graph().digest(result, digest)
//
// Threading: one run, one thread.
#pragma once

#include <cstdlib>

#include "anypickle/machine.h"
#include "content_graph.h"

namespace anypickle {

class DigestBackend {
  public:
    using Value = ContentGraph::Id;
    using Kind = ContentGraph::Kind;
    using Tag = ContentGraph::Tag;

    static constexpr bool kBuildsFromItems = false;
    static constexpr bool kCallsWithItems = false;
    static constexpr bool kDefersDicts = false;
    static constexpr bool kAddsNothing = false;
    static constexpr bool signs_binstring() noexcept { return false; }
    static constexpr bool kLocates = false;

    static Value nothing() noexcept { return ContentGraph::kNone; }
    static Value unread() noexcept { return UINT32_MAX; }
    static bool empty(Value value) noexcept { return value == ContentGraph::kNone; }
    static bool same(Value one, Value other) noexcept { return one == other; }
    static Value retain(Value value) noexcept { return value; }
    static void release(Value) noexcept {}
    static void* reallocate(void* memory, std::size_t size) noexcept {
        return std::realloc(memory, size);
    }
    static void deallocate(void* memory) noexcept { std::free(memory); }

    [[nodiscard]] Fault fault() const noexcept { return fault_; }
    [[nodiscard]] std::uint64_t detail() const noexcept { return 0; }
    [[nodiscard]] bool never_read(std::size_t) const noexcept { return false; }
    [[nodiscard]] bool keeps_all() const noexcept { return true; }
    [[nodiscard]] std::size_t unread_from(std::size_t) const noexcept { return 0; }
    Keep keep(const Window&, std::size_t, std::size_t) noexcept { return Keep::kYes; }

    Value none() noexcept { return graph_.leaf('N', nullptr, 0); }
    Value boolean(bool value) noexcept { return graph_.leaf(value ? 'T' : 'F', nullptr, 0); }
    Value small_integer(std::uint8_t value) noexcept { return integer(value); }
    Value integer(std::int32_t value) noexcept;
    Value real(double value) noexcept { return graph_.leaf('d', &value, sizeof value); }
    Value long_bytes(const std::uint8_t* bytes, std::size_t size) noexcept;
    Value number(Opcode opcode, const char* text, std::size_t size) noexcept;
    bool memo_index(const char* text, std::size_t size, std::int64_t& index) noexcept;

    Value text(Text kind, const std::uint8_t* bytes, std::size_t size) noexcept {
        return graph_.leaf(kind == Text::kUnicode ? 'u' : 's', bytes, size);
    }
    Value unicode_escape(const char* text, std::size_t size) noexcept {
        return graph_.leaf('e', text, size);
    }
    Value string_escape(const char* text, std::size_t size) noexcept {
        return graph_.leaf('E', text, size);
    }
    Value name(const char* text, std::size_t size, bool) noexcept {
        return graph_.leaf('u', text, size);
    }
    Value binary(Binary kind, const std::uint8_t* bytes, std::size_t size) noexcept {
        return graph_.leaf(kind == Binary::kBytes ? 'b' : 'B', bytes, size);
    }
    template <class Source>
    Value binary_from(Binary, Source&, Window&, std::size_t) noexcept {
        return nothing();
    }

    Value empty_list() noexcept { return graph_.add(Kind::kList); }
    Value empty_dict() noexcept { return graph_.add(Kind::kDict); }
    Value empty_set() noexcept { return graph_.add(Kind::kSet); }
    Value tuple(Value* items, std::size_t count) noexcept {
        return holding(Kind::kTuple, items, count);
    }
    Value list(Value* items, std::size_t count) noexcept {
        return holding(Kind::kList, items, count);
    }
    Value dict(Value* items, std::size_t count) noexcept;
    Value frozen_set(Value* items, std::size_t count) noexcept {
        const Value made = graph_.add(Kind::kFrozenSet);
        return made != nothing() && add_items(made, items, count) ? made : nothing();
    }
    bool append(Value target, Value item) noexcept { return extend(target, &item, 1); }
    bool extend(Value target, Value* items, std::size_t count) noexcept {
        return connect(target, Tag::kItem, items, count);
    }
    bool set_items(Value target, Value* items, std::size_t count) noexcept;
    bool add_items(Value target, Value* items, std::size_t count) noexcept {
        return connect(target, Tag::kElement, items, count);
    }

    void protocol(int) noexcept {}
    Value global(Value module, Value name) noexcept { return stack_global(module, name); }
    Value stack_global(Value module, Value name) noexcept {
        Value parts[] = {module, name};
        return holding(Kind::kGlobal, parts, 2);
    }
    Value extension(std::int64_t code) noexcept { return graph_.leaf('x', &code, sizeof code); }

    Value reduce(Value callable, Value arguments) noexcept;
    Value new_object(Value type, Value arguments) noexcept;
    Value new_object_ex(Value type, Value arguments, Value keywords) noexcept;
    Value instance(Value callable, Value* items, std::size_t count) noexcept {
        const Value arguments = tuple(items, count);
        return arguments != nothing() ? reduce(callable, arguments) : nothing();
    }
    bool build(Value object, Value state) noexcept {
        return connect(object, Tag::kState, &state, 1);
    }
    /// A call whose result is thrown away was made for what it does to its first argument.
    bool popped(Value value) noexcept;

    [[nodiscard]] bool may_load_persistent() const noexcept { return true; }
    Value persistent_line(const char*, std::size_t) noexcept { return outside(); }
    Value persistent(Value) noexcept { return outside(); }
    Value next_buffer() noexcept { return outside(); }
    bool readonly_buffer(Value&) const noexcept { return true; }

    [[nodiscard]] ContentGraph& graph() noexcept { return graph_; }

  private:
    Value made_by(Tag role, Value maker, Value arguments) noexcept;
    Value outside() noexcept {
        fault_ = Fault::kBackend;
        return nothing();
    }
    Value holding(Kind kind, const Value* items, std::size_t count) noexcept;
    bool connect(Value from, Tag tag, const Value* items, std::size_t count) noexcept;

    ContentGraph graph_;
    Fault fault_ = Fault::kNoMemory;
};

}  // namespace anypickle
