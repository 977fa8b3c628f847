// digest: of what a stream holds, for Python; see anypickle/digest.h.
//
// Threading: an attached thread state. Invariant: imports, calls and builds nothing of the
// stream's.
#pragma once

#include <Python.h>

namespace anypickle {

/// `_core.digest(data)`: 16 bytes.
PyObject* digest_stream(PyObject* module, PyObject* data);

}  // namespace anypickle
