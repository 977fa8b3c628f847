#include "digest_backend.h"

namespace anypickle {

/// As the bytes of a LONG1, the fewest that will do.
DigestBackend::Value DigestBackend::integer(std::int32_t value) noexcept {
    std::uint8_t bytes[5];
    const std::int64_t wide = value;
    for (std::size_t i = 0; i < sizeof bytes; ++i) {
        bytes[i] = static_cast<std::uint8_t>(wide >> (8 * i));
    }
    return long_bytes(bytes, sizeof bytes);
}

DigestBackend::Value DigestBackend::long_bytes(const std::uint8_t* bytes,
                                               std::size_t size) noexcept {
    while (size > 0) {
        const std::uint8_t sign = size > 1 && (bytes[size - 2] & 0x80) != 0 ? 0xFF : 0;
        if (bytes[size - 1] != sign) break;
        --size;
    }
    return graph_.leaf('i', bytes, size);
}

DigestBackend::Value DigestBackend::number(Opcode opcode, const char* text,
                                           std::size_t size) noexcept {
    return graph_.leaf(opcode == Opcode::kFloat ? 'f' : 'l', text, size);
}

bool DigestBackend::memo_index(const char* text, std::size_t size, std::int64_t& index) noexcept {
    index = 0;
    for (std::size_t i = 0; i < size; ++i) {
        if (text[i] < '0' || text[i] > '9' || index > INT64_MAX / 16) {
            fault_ = Fault::kBadText;
            return false;
        }
        index = index * 10 + (text[i] - '0');
    }
    return true;
}

DigestBackend::Value DigestBackend::holding(Kind kind, const Value* items,
                                            std::size_t count) noexcept {
    const Value made = graph_.add(kind);
    return made != nothing() && connect(made, Tag::kItem, items, count) ? made : nothing();
}

bool DigestBackend::connect(Value from, Tag tag, const Value* items, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        if (!graph_.connect(from, tag, items[i])) return false;
    }
    return true;
}

DigestBackend::Value DigestBackend::dict(Value* items, std::size_t count) noexcept {
    const Value made = empty_dict();
    return made != nothing() && set_items(made, items, count) ? made : nothing();
}

bool DigestBackend::set_items(Value target, Value* items, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; i += 2) {
        if (!graph_.connect(target, Tag::kKey, items[i]) ||
            !graph_.connect(target, Tag::kValue, items[i + 1])) {
            return false;
        }
    }
    return true;
}

DigestBackend::Value DigestBackend::made_by(Tag role, Value maker, Value arguments) noexcept {
    const Value made = graph_.add(Kind::kObject);
    return made != nothing() && graph_.connect(made, role, maker) &&
                   graph_.connect(made, Tag::kArguments, arguments)
               ? made
               : nothing();
}

DigestBackend::Value DigestBackend::reduce(Value callable, Value arguments) noexcept {
    return made_by(Tag::kCallable, callable, arguments);
}

DigestBackend::Value DigestBackend::new_object(Value type, Value arguments) noexcept {
    return made_by(Tag::kType, type, arguments);
}

DigestBackend::Value DigestBackend::new_object_ex(Value type, Value arguments,
                                                  Value keywords) noexcept {
    const Value made = new_object(type, arguments);
    return made != nothing() && graph_.connect(made, Tag::kKeywords, keywords) ? made : nothing();
}

bool DigestBackend::popped(Value value) noexcept {
    if (graph_.kind(value) != Kind::kObject) return true;
    Value callable = nothing();
    Value arguments = nothing();
    graph_.each(value, [&](Tag tag, Value to) {
        if (tag == Tag::kCallable) callable = to;
        if (tag == Tag::kArguments) arguments = to;
    });
    if (callable == nothing() || graph_.kind(arguments) != Kind::kTuple) return true;
    constexpr std::size_t kMost = 8;  // a setter is given two
    Value given[kMost];
    std::size_t count = 0;
    graph_.each(arguments, [&](Tag, Value to) {
        if (count < kMost) given[count] = to;
        ++count;
    });
    if (count == 0 || graph_.kind(given[0]) == Kind::kLeaf) return true;
    if (!graph_.connect(given[0], Tag::kSetter, callable)) return false;
    return count <= kMost ? connect(given[0], Tag::kGiven, given + 1, count - 1)
                          : connect(given[0], Tag::kGiven, &arguments, 1);
}

}  // namespace anypickle
