// Text and bytes.
#include <algorithm>

#include "anypickle/utf8.h"
#include "codec/load/backend.h"
#include "codec/load/errors.h"
#include "common/compat_make.h"

namespace anypickle::load {
namespace {

constexpr std::size_t kFirstRead =
    std::size_t{1024} * 1024;  // what a claimed length is believed at once

/// The text of `size` bytes that two words cover; null without an error if it is not ASCII.
template <class Word>
PyObject* ascii_of_two(PyObject* model, const std::uint8_t* bytes, std::size_t size) noexcept {
    constexpr auto kHighBits = static_cast<Word>(0x8080808080808080u);
    Word first = 0;
    Word last = 0;
    std::memcpy(&first, bytes, sizeof first);
    std::memcpy(&last, bytes + size - sizeof last, sizeof last);
    if (((first | last) & kHighBits) != 0) [[unlikely]]
        return nullptr;
    PyObject* text = new_ascii(model, size);
    if (text == nullptr) return nullptr;
    char* out = reinterpret_cast<char*>(reinterpret_cast<PyASCIIObject*>(text) + 1);
    std::memcpy(out, &first, sizeof first);
    std::memcpy(out + size - sizeof last, &last, sizeof last);
    return text;
}

PyObject* decode_utf8(const LoadState& state, const std::uint8_t* bytes,
                      std::size_t size) noexcept {
    if (size > 1) {
        const Utf8 shape = measure_utf8(bytes, size);
        if (shape.widest == 0x7f) [[likely]] {
            PyObject* text = new_ascii(state.ascii_model, size);
            if (text != nullptr) copy_short(PyUnicode_1BYTE_DATA(text), bytes, size);
            return text;
        }
        if (shape.valid && shape.length > 1) {
            PyObject* text = PyUnicode_New(static_cast<Py_ssize_t>(shape.length), shape.widest);
            if (text != nullptr)
                transcode_utf8(bytes, size, PyUnicode_DATA(text), PyUnicode_KIND(text));
            return text;
        }
    }
    // Single characters, lone surrogates, and what is wrong.
    return PyUnicode_DecodeUTF8(reinterpret_cast<const char*>(bytes), static_cast<Py_ssize_t>(size),
                                "surrogatepass");
}

}  // namespace

PyObject* Backend::unicode(const std::uint8_t* bytes, std::size_t size) noexcept {
    PyObject* text = nullptr;
    if (size - 8 <= 8) {
        text = ascii_of_two<std::uint64_t>(state_.ascii_model, bytes, size);
    } else if (size - 4 < 4) {
        text = ascii_of_two<std::uint32_t>(state_.ascii_model, bytes, size);
    } else if (size == 1 && bytes[0] < state_.characters.size()) {
        return Py_NewRef(state_.characters[bytes[0]]);
    }
    if (text != nullptr) [[likely]]
        return text;
    return PyErr_Occurred() ? nullptr : decode_utf8(state_, bytes, size);
}

PyObject* Backend::python2_text(const std::uint8_t* bytes, std::size_t size) noexcept {
    const char* begin = reinterpret_cast<const char*>(bytes);
    const auto length = static_cast<Py_ssize_t>(size);
    return bytes_strings_ ? PyBytes_FromStringAndSize(begin, length)
                          : PyUnicode_Decode(begin, length, options_.encoding, options_.errors);
}

PyObject* Backend::unicode_escape(const char* text, std::size_t size) noexcept {
    return PyUnicode_DecodeRawUnicodeEscape(text, static_cast<Py_ssize_t>(size), nullptr);
}

PyObject* Backend::string_escape(const char* text, std::size_t size) noexcept {
    Ref bytes =
        Ref::steal(PyBytes_DecodeEscape(text, static_cast<Py_ssize_t>(size), nullptr, 0, nullptr));
    if (!bytes || bytes_strings_) return bytes.release();
    return PyUnicode_FromEncodedObject(bytes.get(), options_.encoding, options_.errors);
}

PyObject* Backend::name(const char* text, std::size_t size, bool ascii) noexcept {
    const auto length = static_cast<Py_ssize_t>(size);
    return ascii ? PyUnicode_DecodeASCII(text, length, "strict")
                 : PyUnicode_DecodeUTF8(text, length, "strict");
}

PyObject* Backend::binary(Binary kind, const std::uint8_t* bytes, std::size_t size) noexcept {
    const char* begin = reinterpret_cast<const char*>(bytes);
    const auto length = static_cast<Py_ssize_t>(size);
    return kind == Binary::kBytes ? PyBytes_FromStringAndSize(begin, length)
                                  : PyByteArray_FromStringAndSize(begin, length);
}

/// Reads the bytes from the file into the object itself, which grows as they come.
PyObject* Backend::binary_from(Binary kind, Source& source, Window& window,
                               std::size_t size) noexcept {
    if (!source.is_file()) return nullptr;  // they are not there
    std::size_t have = 0;
    std::size_t room = std::min(size, std::max(kFirstRead, window.size()));
    Ref object = Ref::steal(binary(kind, nullptr, room));
    while (object) {
        window = source.fill(window, object.get(), have, room);
        if (!window) break;
        if (room == size) return object.release();
        have = room;
        room = size - room < room ? size : room * 2;
        if (!resize(object, room)) break;
    }
    return nullptr;
}

}  // namespace anypickle::load
