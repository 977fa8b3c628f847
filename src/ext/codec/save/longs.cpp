#include "codec/save/longs.h"

#include "common/compat.h"

namespace anypickle {

bool put_big_long(Output& out, PyObject* value) {
    constexpr Py_ssize_t kLongestLong1 = 255;
    const size_t bits = static_cast<size_t>(_PyLong_NumBits(value));
    if (bits == static_cast<size_t>(-1) && PyErr_Occurred() != nullptr) return false;
    Py_ssize_t size = static_cast<Py_ssize_t>(bits / 8) + 1;
    if (size > INT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "int too large to pickle");
        return false;
    }
    char* start = out.reserve(size + 5);
    if (start == nullptr) return false;
    char* digits = start + (size <= kLongestLong1 ? 2 : 5);
    if (long_as_bytes(value, reinterpret_cast<unsigned char*>(digits), static_cast<size_t>(size)) <
        0)
        return false;
    // -128 fits into one byte, where the bit count asks for two.
    if (size > 1 && digits[size - 1] == '\xff' && (digits[size - 2] & 0x80) != 0) {
        const char* misplaced = digits;
        --size;
        digits = start + (size <= kLongestLong1 ? 2 : 5);
        if (digits != misplaced) std::memmove(digits, misplaced, static_cast<size_t>(size));
    }
    if (size <= kLongestLong1) {
        out.put(Opcode::kLong1);
        out.put_byte(static_cast<unsigned>(size));
    } else {
        out.put(Opcode::kLong4);
        out.put_little(static_cast<uint64_t>(size), 4);
    }
    out.advance_to(digits + size);
    return true;
}

}  // namespace anypickle
