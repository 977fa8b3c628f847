// Classes by value. What can be said of an ordinary class (its metaclass is `type`) is said here;
// for the others the codec asks anypickle.reducers.classes, and for what arrives and is new,
// anypickle._classes.
//
//     Ref value = new_class_value(state, cls);
//     // (_value.new_class, (token, fingerprint, None, name, bases, namespace), (revision, None,
//     attributes),
//     //  None, None, _value.fill_class)
//
// Threading: an attached thread state.
#pragma once

#include "codec/value/state.h"
#include "common/ref.h"

namespace anypickle {

/// The reduce value of an ordinary class. Null without an error for one that is not ordinary.
Ref new_class_value(ValueState* state, PyObject* cls);

/// _value.new_class: the class that goes by the token, or what _classes.arrive gives.
PyObject* new_class(ValueState* state, PyObject* const* args, Py_ssize_t count);

/// _value.fill_class: does nothing to a class that is complete, else leaves it to
/// _classes.complete.
PyObject* fill_class(ValueState* state, PyObject* const* args, Py_ssize_t count);

}  // namespace anypickle
