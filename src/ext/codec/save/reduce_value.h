// What a reducer returned: its shape, and which opcode makes the object.
//
//     if (!check_value(state, value)) return false;
//     ReduceForm form;
//     Ref extra;                                        // what is written in the place of its
//     arguments if (!find_form(state, protocol, object, value, &form, &extra)) return false;
//     PyObject* items = reduce_part(value, 3);          // null: none
//
// The words of the errors are those of `_pickle` of the same Python.
//
// Threading: an attached thread state; asks callables for their names, which may run code.
#pragma once

#include "codec/save/stages.h"
#include "codec/save/state.h"
#include "common/ref.h"

namespace anypickle {

/// One of the up to six items of a reduce value, borrowed; null where it is None or not there.
inline PyObject* reduce_part(PyObject* value, Py_ssize_t index) noexcept {
    PyObject* item = index < PyTuple_GET_SIZE(value) ? PyTuple_GET_ITEM(value, index) : Py_None;
    return item == Py_None ? nullptr : item;
}

/// Checks the shape of what a reducer returned. False with PicklingError set.
bool check_value(SaveState* state, PyObject* value);

/// Which opcode makes the object of the value. `extra` is what goes into the stream instead of the
/// callable (kFormPartial) or of the arguments (kFormNewObj). `object` may be null. False with an
/// error.
bool find_form(SaveState* state, int protocol, PyObject* object, PyObject* value, ReduceForm* form,
               Ref* extra);

}  // namespace anypickle
