// Making objects out of parts, where the versions of Python differ in how.
//
//     if (!list_extend_steal(list, items, count)) return false;     // the items are the list's
//     now, or gone
//
// Threading: an attached thread state.
#pragma once

#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/threading.h"

namespace anypickle {

/// An int from its little-endian two's complement, as long as memory allows.
inline PyObject* long_from_bytes(const std::uint8_t* bytes, std::size_t size) noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return PyLong_FromNativeBytes(bytes, size, Py_ASNATIVEBYTES_LITTLE_ENDIAN);
#else
    return _PyLong_FromByteArray(bytes, size, 1, 1);
#endif
}

/// An int of 64 bits at most, made in one piece: PyLong_FromLongLong counts its digits first.
inline PyObject* new_int(std::int64_t value) noexcept {
#if defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS) || defined(ANYPICKLE_NO_GIL) || \
    PY_VERSION_HEX >= 0x030E0000
    return PyLong_FromLongLong(value);
#else
    constexpr std::int64_t kShared = 1024;  // there is one object for each of the smallest ints
    if ((value < kShared && value > -kShared) || PyLong_SHIFT != 30)
        return PyLong_FromLongLong(value);
    const auto magnitude =
        value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    const Py_ssize_t count = 1 + (magnitude >> PyLong_SHIFT != 0 ? 1 : 0) +
                             (magnitude >> (2 * PyLong_SHIFT) != 0 ? 1 : 0);
    constexpr std::size_t kMoreDigits = 2 * sizeof(digit);
    auto* number = static_cast<PyLongObject*>(
        PyObject_Malloc(sizeof(PyLongObject) + (count > 2 ? kMoreDigits : 0)));
    if (number == nullptr) return PyErr_NoMemory();
    auto* object = reinterpret_cast<PyObject*>(number);
    Py_SET_REFCNT(object, 1);
    Py_SET_TYPE(object, &PyLong_Type);
#if PY_VERSION_HEX >= 0x030C0000
    digit* digits = number->long_value.ob_digit;
    number->long_value.lv_tag = static_cast<std::uintptr_t>(count) << 3 | (value < 0 ? 2u : 0u);
#else
    digit* digits = number->ob_digit;
    Py_SET_SIZE(number, value < 0 ? -count : count);
#endif
    digits[0] = static_cast<digit>(magnitude & PyLong_MASK);
    if (count > 1) digits[1] = static_cast<digit>(magnitude >> PyLong_SHIFT & PyLong_MASK);
    if (count > 2) digits[2] = static_cast<digit>(magnitude >> (2 * PyLong_SHIFT));
    return object;
#endif
}

/// Whether `_pickle` of the running interpreter refuses an opcode that straddles the end of its
/// frame (python/cpython#154848: since 3.13.15 and 3.14.7).
inline bool frames_are_strict() noexcept {
    return Py_Version >= 0x030E0700 || (Py_Version >= 0x030D0F00 && Py_Version < 0x030E0000);
}

/// What a name with "<locals>" in it gets: AttributeError. Returns null.
inline PyObject* local_attribute_error(PyObject* module, PyObject* name) noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return PyErr_Format(PyExc_AttributeError, "Can't get local attribute %R on %R", name, module);
#else
    return PyErr_Format(PyExc_AttributeError, "Can't pickle local attribute %R on %R", name,
                        module);
#endif
}

/// An ASCII str of `size` characters whose contents are still to be written. `model` is any ASCII
/// str.
///
/// PyUnicode_New works out anew, for each short string, what a header looks like that differs from
/// the last one in nothing but the length: here it is copied.
inline PyObject* new_ascii(PyObject* model, std::size_t size) noexcept {
#if defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS) || defined(ANYPICKLE_NO_GIL)
    (void)model;
    return PyUnicode_New(static_cast<Py_ssize_t>(size), 127);
#else
    constexpr std::size_t kShort = 400;
    if (size > kShort) return PyUnicode_New(static_cast<Py_ssize_t>(size), 127);
    auto* text = static_cast<PyASCIIObject*>(PyObject_Malloc(sizeof(PyASCIIObject) + size + 1));
    if (text == nullptr) return PyErr_NoMemory();
    std::memcpy(text, model, sizeof(PyASCIIObject));
    auto* object = reinterpret_cast<PyObject*>(text);
    Py_SET_REFCNT(object, 1);
    text->length = static_cast<Py_ssize_t>(size);
    text->hash = -1;
    reinterpret_cast<char*>(text + 1)[size] = 0;
    return object;
#endif
}

/// Appends items to an exact list, taking them over whether or not it succeeds.
inline bool list_extend_steal(PyObject* object, PyObject** items, std::size_t count) noexcept {
#ifdef ANYPICKLE_NO_GIL
    bool ok = true;
    for (std::size_t i = 0; i < count; ++i) {
        if (ok) ok = PyList_Append(object, items[i]) == 0;
        Py_DECREF(items[i]);
    }
    return ok;
#else
    auto* list = reinterpret_cast<PyListObject*>(object);
    const auto old_size = static_cast<std::size_t>(Py_SIZE(object));
    const std::size_t size = old_size + count;
    if (size > static_cast<std::size_t>(list->allocated)) {
        // Exact while the pieces are long, as CPython does; then with the slack that appending
        // piece by piece needs.
        const std::size_t slack = (size >> 3) + 6;
        const std::size_t room = count > slack || old_size == 0 ? size : size + slack;
        auto* fresh =
            static_cast<PyObject**>(PyMem_Realloc(list->ob_item, room * sizeof(PyObject*)));
        if (fresh == nullptr) {
            while (count > 0) Py_DECREF(items[--count]);
            PyErr_NoMemory();
            return false;
        }
        list->ob_item = fresh;
        list->allocated = static_cast<Py_ssize_t>(room);
    }
    std::memcpy(list->ob_item + old_size, items, count * sizeof(PyObject*));
    Py_SET_SIZE(list, static_cast<Py_ssize_t>(size));
    return true;
#endif
}

}  // namespace anypickle
