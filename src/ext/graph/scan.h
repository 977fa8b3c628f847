// scan: what a stream refers to and does, for Python, read by the core's machine and never run.
//
// Threading: an attached thread state. Invariant: imports, calls and builds nothing of the
// stream's.
#pragma once

#include <Python.h>

namespace anypickle {

/// `_core.scan(data)`: see _core.pyi.
PyObject* scan_stream(PyObject* module, PyObject* data);

}  // namespace anypickle
