// The registry of reducers (anypickle.registry, in Python) as the pickler sees it.
//
// It is imported when the first object is met that the pickler does not know by itself, and asked
// once per type. Threading: an attached thread state; runs Python code.
#pragma once

#include "codec/save/state.h"
#include "common/ref.h"

namespace anypickle {

/// The reducer for objects of the type: 1 found, 0 none, -1 error.
int find_reducer(SaveState* state, PyTypeObject* type, Ref* reducer);

/// Whether a function or class is to be tried by value before its name is: 1, 0, -1.
int goes_by_value(SaveState* state, PyObject* object);

/// What the registry makes of a function or class: a reduce value, or null for none. False with an
/// error.
bool by_value(SaveState* state, PyObject* object, Ref* value);

/// Whether the other side of this crossing finds a function or class of a module that goes by value
/// under its own name: 1, 0, -1.
int stays_by_name(SaveState* state, PyObject* object);

/// Whether the import system made the module; one that a program made may not be found elsewhere.
bool has_spec(SaveState* state, PyObject* module) noexcept;

/// Whether a module without a spec can be imported elsewhere all the same. 1, 0, -1.
int is_importable(SaveState* state, PyObject* module);

/// Forgets what the registry has answered. False with an error.
bool forget_registry(SaveState* state);

}  // namespace anypickle
