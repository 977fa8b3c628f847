// Numbers, binary and text.
#include <cerrno>
#include <cstdlib>
#include <string>

#include "codec/load/backend.h"
#include "codec/load/errors.h"
#include "common/compat.h"
#include "common/compat_make.h"

namespace anypickle::load {
namespace {

/// A text argument as the C library's parsers want it: with its newline, closed by a NUL, on the C
/// stack if short.
class CText {
  public:
    CText(const char* text, std::size_t size) noexcept
        : begin_(size + 2 <= sizeof small_ ? small_ : static_cast<char*>(PyMem_Malloc(size + 2))) {
        if (begin_ == nullptr) {
            PyErr_NoMemory();
            return;
        }
        std::memcpy(begin_, text, size);
        begin_[size] = '\n';
        begin_[size + 1] = '\0';
    }
    CText(const CText&) = delete;
    CText& operator=(const CText&) = delete;
    ~CText() {
        if (begin_ != small_) PyMem_Free(begin_);
    }

    explicit operator bool() const noexcept { return begin_ != nullptr; }
    [[nodiscard]] char* begin() const noexcept { return begin_; }

  private:
    char small_[64];
    char* begin_;
};

/// "010" is ten since Python 3.14, and was eight before.
constexpr int kBase = kNewWords ? 10 : 0;

/// "00" and "01" are how the protocols before 2 write bools.
bool is_bool(const CText& text, std::size_t size, long value) {
    if (size != 2 || (value != 0 && value != 1)) return false;
    return !kNewWords || text.begin()[0] == '0';
}

PyObject* parse_int(const CText& text, std::size_t size) {
    char* end = nullptr;
    errno = 0;
    const long value = std::strtol(text.begin(), &end, kBase);
    if (errno == 0 && (*end == '\n' || *end == '\0')) {
        if (is_bool(text, size, value)) return PyBool_FromLong(value);
        return PyLong_FromLong(value);
    }
    errno = 0;
    PyObject* number = PyLong_FromString(text.begin(), nullptr, kBase);
    if (number == nullptr) PyErr_SetString(PyExc_ValueError, "could not convert string to int");
    return number;
}

PyObject* parse_long(const CText& text, std::size_t size) {
    if (text.begin()[size - 1] == 'L') text.begin()[size - 1] = '\0';
    return PyLong_FromString(text.begin(), nullptr, kBase);
}

PyObject* parse_float(const CText& text) {
    char* end = nullptr;
    errno = 0;
    const double value = PyOS_string_to_double(text.begin(), &end, PyExc_OverflowError);
    if (value == -1.0 && PyErr_Occurred()) return nullptr;
    if (*end != '\n' && *end != '\0') {
        PyErr_SetString(PyExc_ValueError, "could not convert string to float");
        return nullptr;
    }
    return PyFloat_FromDouble(value);
}

}  // namespace

PyObject* Backend::number(Opcode opcode, const char* text, std::size_t size) noexcept {
    const CText copy(text, size);
    if (!copy) return nullptr;
    if (opcode == Opcode::kInt) return parse_int(copy, size);
    if (opcode == Opcode::kLong) return parse_long(copy, size);
    return parse_float(copy);
}

PyObject* Backend::long_bytes(const std::uint8_t* bytes, std::size_t size) noexcept {
    if (size <= sizeof(std::int64_t)) {
        std::uint64_t value = size != 0 && (bytes[size - 1] & 0x80) != 0 ? UINT64_MAX : 0;
        for (std::size_t i = size; i-- > 0;) value = (value << 8) | bytes[i];
        return new_int(static_cast<std::int64_t>(value));
    }
    return long_from_bytes(bytes, size);
}

bool Backend::memo_index(const char* text, std::size_t size, std::int64_t& index) noexcept {
    const CText copy(text, size);
    if (!copy) return false;
    const Ref number = Ref::steal(PyLong_FromString(copy.begin(), nullptr, 10));
    if (!number) return false;
    index = PyLong_AsSsize_t(number.get());
    return index != -1 || !PyErr_Occurred();
}

}  // namespace anypickle::load
