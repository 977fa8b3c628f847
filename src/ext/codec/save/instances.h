// Plain instances in a stream that takes code for other objects: what object.__reduce_ex__ would
// say of them, known from their plan.
//
//     Ref value;
//     const int plain = reduce_plain(state, object, &value);      // 1, 0: ask the object; -1:
//     error
//
// Threading: an attached thread state; makes a plan for a type that has none, which may run code.
#pragma once

#include "codec/save/state.h"
#include "common/ref.h"

namespace anypickle {

/// (copyreg.__newobj__, (class,), state), as protocol 2 and later have it, for an instance that has
/// nothing but a dict and slots and no say in how it is reduced. 1 made, 0 not such an object, -1
/// error.
int reduce_plain(SaveState* state, PyObject* object, Ref* value);

}  // namespace anypickle
