// UTF-8 of Python strings with surrogates passed through, written straight into the stream.
//
// Threading: an attached thread state. Invariant: encode_utf8 writes exactly utf8_size bytes.
#pragma once

#include <Python.h>

#include <cstdint>

namespace anypickle {
namespace detail {

template <typename Unit>
size_t utf8_size(const Unit* units, Py_ssize_t count) noexcept {
    size_t size = static_cast<size_t>(count);
    for (Py_ssize_t i = 0; i < count; ++i) {
        const uint32_t unit = units[i];
        size += static_cast<size_t>(unit >= 0x80);
        if constexpr (sizeof(Unit) > 1) size += static_cast<size_t>(unit >= 0x800);
        if constexpr (sizeof(Unit) > 2) size += static_cast<size_t>(unit >= 0x10000);
    }
    return size;
}

template <typename Unit>
char* encode_utf8(const Unit* units, Py_ssize_t count, char* out) noexcept {
    for (Py_ssize_t i = 0; i < count; ++i) {
        const uint32_t unit = units[i];
        if (unit < 0x80) {
            *out++ = static_cast<char>(unit);
            continue;
        }
        if constexpr (sizeof(Unit) > 1) {
            if (unit >= 0x800) {
                if constexpr (sizeof(Unit) > 2) {
                    if (unit >= 0x10000) {
                        *out++ = static_cast<char>(0xF0 | unit >> 18);
                        *out++ = static_cast<char>(0x80 | (unit >> 12 & 0x3F));
                        *out++ = static_cast<char>(0x80 | (unit >> 6 & 0x3F));
                        *out++ = static_cast<char>(0x80 | (unit & 0x3F));
                        continue;
                    }
                }
                *out++ = static_cast<char>(0xE0 | unit >> 12);
                *out++ = static_cast<char>(0x80 | (unit >> 6 & 0x3F));
                *out++ = static_cast<char>(0x80 | (unit & 0x3F));
                continue;
            }
        }
        *out++ = static_cast<char>(0xC0 | unit >> 6);
        *out++ = static_cast<char>(0x80 | (unit & 0x3F));
    }
    return out;
}

template <typename Visit>
auto with_units(PyObject* text, Visit visit) noexcept {
    switch (PyUnicode_KIND(text)) {
        case PyUnicode_1BYTE_KIND:
            return visit(PyUnicode_1BYTE_DATA(text));
        case PyUnicode_2BYTE_KIND:
            return visit(PyUnicode_2BYTE_DATA(text));
        default:
            return visit(PyUnicode_4BYTE_DATA(text));
    }
}

}  // namespace detail

/// Bytes that the string takes.
inline size_t utf8_size(PyObject* text) noexcept {
    const Py_ssize_t count = PyUnicode_GET_LENGTH(text);
    return detail::with_units(text, [=](auto* units) { return detail::utf8_size(units, count); });
}

/// Writes them, and returns where they end.
inline char* encode_utf8(PyObject* text, char* out) noexcept {
    const Py_ssize_t count = PyUnicode_GET_LENGTH(text);
    return detail::with_units(text,
                              [=](auto* units) { return detail::encode_utf8(units, count, out); });
}

}  // namespace anypickle
