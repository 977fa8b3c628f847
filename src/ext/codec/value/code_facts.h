// What crossing by value needs to know of a code object, found out once and kept with it.
//
//     Ref facts = new_code_facts(state, code);       // (data, globals, names, doc), or null
//     PyObject* data = PyTuple_GET_ITEM(facts.get(), kFactData);
//
// Threading: an attached thread state; the first look at a code object runs Python code.
// Invariant: a code object never changes, so neither do its facts; they don't refer to it.
#pragma once

#include "codec/value/state.h"
#include "common/ref.h"

namespace anypickle {

enum CodeFact : Py_ssize_t {
    kFactData,     ///< bytes: the code as marshal writes it.
    kFactGlobals,  ///< tuple of str: the globals that it and the code within it refer to.
    kFactNames,    ///< tuple of str, sorted: every name that it has an instruction for.
    kFactDoc,      ///< The __doc__ of a new function with this code.
};

/// The facts, a tuple. Null with the error set.
Ref new_code_facts(ValueState* state, PyObject* code);

/// `anypickle.reducers.functions`. Borrowed; null with the error set.
PyObject* value_helpers(ValueState* state);

/// Asks the interpreter for a place with each code object. Without one facts are found out each
/// time. False with the error set.
bool prepare_code_facts(ValueState* state);

}  // namespace anypickle
