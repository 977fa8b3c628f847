// What the streams of functions call where they arrive: the C side of `anypickle._value`.
//
//     _value.function(311, b"<code>", {"__name__": "__main__"})
//
// They check what they are given as a Python function would: a stream may be anybody's.
// Threading: an attached thread state. Code objects that arrive again are taken from a cache.
#pragma once

#include "codec/value/state.h"

namespace anypickle {

/// Makes the functions, and puts them into the module as a tuple named `rebuilders`.
bool add_rebuilders(PyObject* module, ValueState* state);

}  // namespace anypickle
