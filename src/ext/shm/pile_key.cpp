// Ranks without unpickling. Most queues of priorities hold numbers, strings, or tuples that begin
// with some, and these decide: their plain beginning is compared where it lies, as Python would
// compare it, and only what that leaves open has to become Python objects again.
#include "shm/pile_key.h"

#include <algorithm>
#include <cstring>

#include "shm/message.h"
#include "shm/reader.h"

namespace anypickle::shm {
namespace {

constexpr Py_ssize_t kMostRanks = 16;
constexpr Py_ssize_t kLongestRank = 512;
constexpr long long kExactInDouble = 1LL << 53;

bool is_short(PyObject* object) {
    if (PyUnicode_CheckExact(object)) return PyUnicode_GET_LENGTH(object) <= kLongestRank / 4;
    return !PyBytes_CheckExact(object) || PyBytes_GET_SIZE(object) <= kLongestRank;
}

struct Value {
    enum class Type { kNone, kInt, kFloat, kText, kBytes, kOther };
    Type type = Type::kOther;
    long long number = 0;
    double real = 0;
    const std::byte* text = nullptr;
    std::uint64_t length = 0;
};

bool read_text(Reader* reader, Value::Type type, Value* value) {
    if (!reader->read(&value->length)) return false;
    value->text = reader->take(value->length);
    value->type = type;
    return value->text != nullptr;
}

bool read_value(Reader* reader, Value* value) {
    Kind kind{};
    if (!reader->read(&kind)) return false;
    switch (kind) {
        case Kind::kNone:
            value->type = Value::Type::kNone;
            return true;
        case Kind::kTrue:
        case Kind::kFalse:
            value->type = Value::Type::kInt;
            value->number = kind == Kind::kTrue ? 1 : 0;
            return true;
        case Kind::kInt:
            value->type = Value::Type::kInt;
            return reader->read(&value->number);
        case Kind::kFloat:
            value->type = Value::Type::kFloat;
            return reader->read(&value->real);
        case Kind::kStr:
            return read_text(reader, Value::Type::kText, value);
        case Kind::kBytes:
            return read_text(reader, Value::Type::kBytes, value);
        default:
            return false;
    }
}

enum class Step { kLess, kEqual, kNotLess, kUnknown };

template <class Number>
Step compare_numbers(Number one, Number other) {
    return one < other ? Step::kLess : one == other ? Step::kEqual : Step::kNotLess;
}

bool to_real(const Value& value, double* real) {
    if (value.type == Value::Type::kFloat) {
        *real = value.real;
        return true;
    }
    *real = static_cast<double>(value.number);
    return value.type == Value::Type::kInt && value.number >= -kExactInDouble &&
           value.number <= kExactInDouble;
}

// Text lies there as UTF-8, whose bytes are in the order of the characters.
Step compare_text(const Value& one, const Value& other) {
    int sign = 0;
    std::uint64_t common = std::min(one.length, other.length);
    if (common != 0) sign = std::memcmp(one.text, other.text, common);
    if (sign != 0) return sign < 0 ? Step::kLess : Step::kNotLess;
    return compare_numbers(one.length, other.length);
}

Step compare_values(const Value& one, const Value& other) {
    if (one.type == other.type) {
        switch (one.type) {
            case Value::Type::kNone:
                return Step::kEqual;
            case Value::Type::kInt:
                return compare_numbers(one.number, other.number);
            case Value::Type::kText:
            case Value::Type::kBytes:
                return compare_text(one, other);
            default:
                break;
        }
    }
    double left = 0;
    double right = 0;
    bool numbers = to_real(one, &left) && to_real(other, &right);
    return numbers ? compare_numbers(left, right) : Step::kUnknown;
}

Rank rank_of(Step step) {
    return step == Step::kLess      ? Rank::kLess
           : step == Step::kUnknown ? Rank::kUnknown
                                    : Rank::kNotLess;
}

}  // namespace

// One byte says whether the key is all there is to the object; then the object or its beginning, as
// in a message.
void encode_key(PyObject* object, Encoded* key) {
    bool whole = true;
    if (PyTuple_CheckExact(object)) {
        Py_ssize_t length = PyTuple_GET_SIZE(object);
        Py_ssize_t count = 0;
        key->add_value(std::uint8_t{0});
        key->add_value(Kind::kTuple);
        key->add_value(std::uint8_t{0});
        while (count < std::min(length, kMostRanks)) {
            PyObject* element = PyTuple_GET_ITEM(object, count);
            std::size_t before = key->own_.size();
            if (!is_short(element) || !key->add_plain(element, 1)) {
                key->own_.resize(before);
                break;
            }
            ++count;
        }
        whole = count == length;
        key->own_[2] = static_cast<std::byte>(count);
    } else {
        key->add_value(std::uint8_t{0});
        if (!is_short(object) || !key->add_plain(object, 1)) {
            key->own_.clear();
            return;
        }
    }
    key->own_[0] = std::byte{whole};
    key->finish();
}

Rank compare_keys(const Key& one, const Key& other) {
    if (one.bytes.empty() || other.bytes.empty()) return Rank::kUnknown;
    Reader left(one.bytes.data(), one.bytes.size());
    Reader right(other.bytes.data(), other.bytes.size());
    Value value;
    Value against;
    bool tuple = one.bytes[0] == static_cast<std::byte>(Kind::kTuple);
    if (tuple != (other.bytes[0] == static_cast<std::byte>(Kind::kTuple))) return Rank::kUnknown;
    if (!tuple) {
        bool read = read_value(&left, &value) && read_value(&right, &against);
        bool ordered = read && value.type != Value::Type::kNone;  // Python says that it is not
        return ordered ? rank_of(compare_values(value, against)) : Rank::kUnknown;
    }
    std::uint8_t count = 0;
    std::uint8_t others = 0;
    if (left.take(1) == nullptr || right.take(1) == nullptr || !left.read(&count) ||
        !right.read(&others))
        return Rank::kUnknown;
    for (std::uint8_t i = 0; i < std::min(count, others); ++i) {
        if (!read_value(&left, &value) || !read_value(&right, &against)) return Rank::kUnknown;
        Step step = compare_values(value, against);
        if (step != Step::kEqual) return rank_of(step);
    }
    if (!one.whole && count <= others) return Rank::kUnknown;
    if (!other.whole && others <= count) return Rank::kUnknown;
    return count < others ? Rank::kLess : Rank::kNotLess;
}

Key key_in(Part message, Part key) {
    if (!key.empty()) return {key.subspan(1), key[0] != std::byte{0}};
    bool plain = !message.empty() && message[0] <= static_cast<std::byte>(Kind::kTuple);
    return {plain ? message : Part(), true};
}

}  // namespace anypickle::shm
