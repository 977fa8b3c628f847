#include "scan_backend.h"

#include <new>
#include <utility>

namespace anypickle {
namespace {

// Names of modules and attributes are short; a longer text is never taken for one.
constexpr std::size_t kLongestName = 4096;

bool is_blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

}  // namespace

ScanBackend::Value ScanBackend::add(const Node& node) noexcept {
    if (!costs_.charge_object()) {
        over(Limit::kObjects);
        return nothing();
    }
    if (nodes_.size() >= unread()) return refuse(Fault::kNoMemory);
    try {
        nodes_.push_back(node);
    } catch (const std::bad_alloc&) {
        return refuse(Fault::kNoMemory);
    }
    return static_cast<Value>(nodes_.size() - 1);
}

bool ScanBackend::connect(Value from, const Value* items, std::size_t count) noexcept {
    try {
        for (std::size_t i = 0; i < count; ++i) edges_.push_back({from, items[i]});
    } catch (const std::bad_alloc&) {
        fault_ = Fault::kNoMemory;
        return false;
    }
    return true;
}

ScanBackend::Value ScanBackend::sized(std::size_t size) noexcept {
    if (!costs_.charge_bytes(size)) {
        over(Limit::kBytes);
        return nothing();
    }
    return leaf();
}

ScanBackend::Value ScanBackend::constant(const char* text, std::size_t size) noexcept {
    if (size > kLongestName) return sized(size);
    if (!costs_.charge_bytes(size)) {
        over(Limit::kBytes);
        return nothing();
    }
    Node node;
    node.text = text;
    node.text_size = static_cast<std::uint32_t>(size);
    return add(node);
}

// --- numbers and text ---

ScanBackend::Value ScanBackend::number(Opcode, const char* text, std::size_t size) noexcept {
    for (std::size_t i = 0; i < size; ++i) {
        const char c = text[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_digit(c) || letter) return sized(size);
    }
    return refuse(Fault::kBadText);
}

bool ScanBackend::memo_index(const char* text, std::size_t size, std::int64_t& index) noexcept {
    const char* end = text + size;
    while (text != end && is_blank(*text)) ++text;
    bool negative = false;
    if (text != end && (*text == '+' || *text == '-')) negative = *text++ == '-';
    if (text == end || !is_digit(*text)) {
        fault_ = Fault::kBadText;
        return false;
    }
    std::int64_t value = 0;
    for (; text != end && (is_digit(*text) || *text == '_'); ++text) {
        if (*text == '_') continue;
        if (value > (INT64_MAX - 9) / 10) {
            fault_ = Fault::kBadText;
            return false;
        }
        value = value * 10 + (*text - '0');
    }
    while (text != end && is_blank(*text)) ++text;
    if (text != end && *text != '\0') {
        fault_ = Fault::kBadText;
        return false;
    }
    index = negative ? -value : value;
    return true;
}

ScanBackend::Value ScanBackend::text(Text, const std::uint8_t* bytes, std::size_t size) noexcept {
    return constant(reinterpret_cast<const char*>(bytes), size);
}

ScanBackend::Value ScanBackend::unicode_escape(const char* text, std::size_t size) noexcept {
    // With an escape in it the text is not what it looks like.
    return std::string_view(text, size).find('\\') == std::string_view::npos ? constant(text, size)
                                                                             : sized(size);
}

ScanBackend::Value ScanBackend::string_escape(const char* text, std::size_t size) noexcept {
    return unicode_escape(text, size);
}

// --- containers ---

ScanBackend::Value ScanBackend::container(const Value* items, std::size_t count) noexcept {
    const Value value = add(Node());
    return value != nothing() && connect(value, items, count) ? value : nothing();
}

bool ScanBackend::fill(Value target, const Value* items, std::size_t count) noexcept {
    if (target == kLeaf) return true;
    if (!nodes_[target].plain) mark(target, Role::kFilled);
    return connect(target, items, count);
}

// --- globals and what they make ---

void ScanBackend::mark(Value value, Role role) noexcept {
    const std::uint32_t origin = nodes_[value].origin;
    if (origin == 0 || report_ == nullptr) return;
    std::uint8_t& roles = report_->globals[origin - 1].roles;
    roles = static_cast<std::uint8_t>(roles | bit(role));
}

ScanBackend::Value ScanBackend::push_global(GlobalUse use) noexcept {
    Node node;
    node.plain = false;
    if (report_ != nullptr) {
        try {
            node.origin = find_or_add(std::move(use));
        } catch (const std::bad_alloc&) {
            return refuse(Fault::kNoMemory);
        }
    }
    return add(node);
}

/// The place of a global in the report, counted from 1. Computed names are no names: each use of
/// them is an entry.
std::uint32_t ScanBackend::find_or_add(GlobalUse use) {
    std::vector<GlobalUse>& known = report_->globals;
    const auto next = static_cast<std::uint32_t>(known.size() + 1);
    if (!use.computed) {
        const std::string key = std::to_string(use.module.size()) + ' ' +
                                std::to_string(use.extension) + ' ' + use.module + use.name;
        const auto [place, is_new] = places_.emplace(key, next);
        if (!is_new) {
            ++known[place->second - 1].count;
            return place->second;
        }
    }
    use.offset = offset_;
    known.push_back(std::move(use));
    return next;
}

ScanBackend::Value ScanBackend::stack_global(Value module, Value name) noexcept {
    const Node& first = nodes_[module];
    const Node& second = nodes_[name];
    try {
        GlobalUse use;
        use.computed = first.text == nullptr || second.text == nullptr;
        if (!use.computed) {
            use.module.assign(first.text, first.text_size);
            use.name.assign(second.text, second.text_size);
        }
        return push_global(std::move(use));
    } catch (const std::bad_alloc&) {
        return refuse(Fault::kNoMemory);
    }
}

ScanBackend::Value ScanBackend::extension(std::int64_t code) noexcept {
    GlobalUse use;
    use.extension = code;
    return push_global(std::move(use));
}

ScanBackend::Value ScanBackend::made(Value callable, Role role, const Value* items,
                                     std::size_t count) noexcept {
    mark(callable, role);
    Node node;
    node.origin = nodes_[callable].origin;
    node.plain = false;
    const Value value = add(node);
    return value != nothing() && connect(value, items, count) ? value : nothing();
}

ScanBackend::Value ScanBackend::new_object_ex(Value type, Value arguments,
                                              Value keywords) noexcept {
    const Value both[] = {arguments, keywords};
    return made(type, Role::kInstantiated, both, 2);
}

bool ScanBackend::build(Value object, Value state) noexcept {
    if (object == kLeaf) return true;
    mark(object, Role::kBuilt);
    return connect(object, &state, 1);
}

// --- what the caller provides ---

ScanBackend::Value ScanBackend::persistent_line(const char*, std::size_t size) noexcept {
    if (report_ != nullptr) ++report_->persistent_ids;
    return sized(size);
}

ScanBackend::Value ScanBackend::persistent(Value) noexcept {
    if (report_ != nullptr) ++report_->persistent_ids;
    Node node;
    node.plain = false;
    return add(node);
}

ScanBackend::Value ScanBackend::next_buffer() noexcept {
    if (report_ != nullptr) ++report_->buffers;
    return leaf();
}

// --- the result ---

bool ScanBackend::measure(Value result) noexcept {
    try {
        return walk(result);
    } catch (const std::bad_alloc&) {
        fault_ = Fault::kNoMemory;
        return false;
    }
}

/// The size of the result as a tree, and its depth: what is shared counts each time, what holds
/// itself counts once.
bool ScanBackend::walk(Value result) {
    struct Cost {
        std::uint64_t size = 0;
        std::uint64_t depth = 0;
    };
    struct Visit {
        Value node;
        std::size_t next;
    };
    std::vector<std::size_t> first(nodes_.size() + 1);
    for (const Edge& edge : edges_) ++first[edge.from + std::size_t{1}];
    for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
    std::vector<Value> children(edges_.size());
    std::vector<std::size_t> place(first.begin(), first.end() - 1);
    for (const Edge& edge : edges_) children[place[edge.from]++] = edge.to;

    std::vector<Cost> costs(nodes_.size());
    std::vector<std::uint8_t> open(nodes_.size());
    std::vector<Visit> path{{result, first[result]}};
    open[result] = 1;
    costs[result] = {1, 1};
    const auto plus = [](std::uint64_t a, std::uint64_t b) {
        return a > UINT64_MAX - b ? UINT64_MAX : a + b;
    };
    while (!path.empty()) {
        Visit& visit = path.back();
        Cost& cost = costs[visit.node];
        if (visit.next == first[visit.node + std::size_t{1}]) {
            open[visit.node] = 2;
            path.pop_back();
            continue;
        }
        const Value child = children[visit.next];
        if (open[child] == 0) {
            open[child] = 1;
            costs[child] = {1, 1};
            path.push_back({child, first[child]});
            continue;  // and come back to it when it is done
        }
        ++visit.next;
        if (open[child] == 1) {
            cost.size = plus(cost.size, 1);
            continue;
        }
        cost.size = plus(cost.size, costs[child].size);
        if (costs[child].depth >= cost.depth) cost.depth = costs[child].depth + 1;
    }
    if (report_ != nullptr) {
        report_->expansion = costs[result].size;
        report_->depth = costs[result].depth;
    }
    if (costs[result].depth > costs_.budget().depth) {
        over(Limit::kDepth);
        return false;
    }
    if (costs[result].size > costs_.budget().expansion) {
        over(Limit::kExpansion);
        return false;
    }
    return true;
}

}  // namespace anypickle
