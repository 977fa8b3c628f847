// Ints of any size in LONG1 and LONG4.
//
// Threading: an attached thread state.
#pragma once

#include <Python.h>

#include "codec/save/output.h"

namespace anypickle {

/// The int in its shortest two's complement. False with the error set.
bool put_big_long(Output& out, PyObject* value);

}  // namespace anypickle
