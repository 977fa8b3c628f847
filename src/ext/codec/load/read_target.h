// Memory that a file's readinto() may write to, and may keep: it lives as long as any view of it.
//
//     Ref target = Ref::steal(new_read_target(state, bytes, begin, size));   // bytes (or
//     bytearray) owns begin PyObject_CallOneArg(readinto, memoryview of target)
//
// Threading: an attached thread state.
// Invariant: a target holds its owner; nobody resizes an owner that a target still holds (its
// reference count says so).
#pragma once

#include <Python.h>

#include "codec/load/state.h"

namespace anypickle::load {

/// A writable memoryview of `size` bytes inside `owner`: a new reference, or null with the error
/// set.
PyObject* new_read_target(const LoadState& state, PyObject* owner, char* begin, Py_ssize_t size);

/// The type behind it: a new reference, or null with the error set.
PyTypeObject* new_read_target_type(PyObject* module);

}  // namespace anypickle::load
