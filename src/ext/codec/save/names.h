// What the save side asks of attribute names.
#pragma once

#include <Python.h>

namespace anypickle {

/// Names that `object.__reduce_ex__` would look up on the instance itself are among these.
inline bool is_dunder(PyObject* name) noexcept {
    const Py_ssize_t size = PyUnicode_GET_LENGTH(name);
    return size > 4 && PyUnicode_READ_CHAR(name, 0) == '_' && PyUnicode_READ_CHAR(name, 1) == '_' &&
           PyUnicode_READ_CHAR(name, size - 1) == '_';
}

}  // namespace anypickle
