// Text as the compiler would have made it.
//
//     Ref value = Ref::steal(new_as_compiled(text));
//
// The compiler interns constants that look like names, so code may find them identical. What
// arrives with a function or a class is as it was where that was compiled. Threading: an attached
// thread state.
#pragma once

#include <Python.h>

namespace anypickle {

/// Interned if it is text that looks like a name; anything else as it is. New reference.
inline PyObject* new_as_compiled(PyObject* value) noexcept {
    Py_INCREF(value);
    if (!PyUnicode_CheckExact(value) || !PyUnicode_IS_ASCII(value)) return value;
    const auto* text = PyUnicode_1BYTE_DATA(value);
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(value); ++i) {
        if (Py_ISALNUM(text[i]) == 0 && text[i] != '_') return value;
    }
    PyUnicode_InternInPlace(&value);
    return value;
}

}  // namespace anypickle
