// Classes by value. What can be said of an ordinary class (its metaclass is `type` or written in
// Python, and it is no enumeration and has no virtual subclasses) is said here; for the others the
// codec asks anypickle.reducers.classes, and for what arrives and is new, anypickle._classes.
//
//     Ref value = new_class_value(state, cls);
//     // (_value.new_class, (token, fingerprint, None, name, bases, namespace), (revision, None,
//     attributes),
//     //  None, None, _value.fill_class)
//
// Threading: an attached thread state.
#pragma once

#include "codec/value/state.h"
#include "common/compat.h"
#include "common/ref.h"

namespace anypickle {

/// The reduce value of an ordinary class. Null without an error for one that is not ordinary.
Ref new_class_value(ValueState* state, PyObject* cls);

/// Where an attribute of a class goes.
enum class AttributePlace : unsigned char {
    kNowhere,      ///< A new class has it by itself.
    kBirth,        ///< Into the namespace that the class is made of.
    kLater,        ///< Among the attributes that follow.
    kAnnotations,  ///< Later, if they are others than what its __annotate__ gives.
    kNotOrdinary,  ///< Nobody here knows: the class is not ordinary.
};

/// Runs nobody's code.
AttributePlace place_of(ValueState* state, PyObject* cls, PyObject* key, PyObject* value);

/// Whether the class is one that this file may write, as far as can be seen without its attributes.
/// Runs nobody's code but a metaclass's `__getattribute__`.
bool is_ordinary(ValueState* state, PyObject* cls);

/// Whether it is an enumeration that Python code made: its members are made with it.
bool is_enumeration(ValueState* state, PyObject* cls) noexcept;

/// Finds out what identifies a class that may be written: its entry, with changes and fingerprint.
/// False with the error set.
bool prepare_identity(ValueState* state, PyObject* cls);

/// Brings the count of changes in the entry of a class up to date. False with the error set.
bool count_changes(ValueState* state, PyObject* cls, PyObject* entry);

/// The fingerprint that goes with a class, or None, as far as it is known without running code.
/// Null if it has to be found out.
ItemRef known_fingerprint(ValueState* state, PyObject* cls, PyObject* entry, PyObject* module);

/// _value.new_class: the class that goes by the token, or what _classes.arrive gives.
PyObject* new_class(ValueState* state, PyObject* const* args, Py_ssize_t count);

/// _value.fill_class: gives a class that has arrived its attributes.
PyObject* fill_class(ValueState* state, PyObject* const* args, Py_ssize_t count);

}  // namespace anypickle
