// The load side's errors: UnpicklingError, and the machine's verdicts as the exceptions and words
// of `_pickle`.
//
//     if (!verdict.ok()) return raise(verdict);      // null, with the error set
//
// Threading: an attached thread state. Cold: `_pickle` is imported for its exception classes when
// one is raised.
#pragma once

#include <Python.h>

#include "anypickle/verdict.h"

namespace anypickle::load {

/// Sets pickle.UnpicklingError with a message formatted as by PyErr_Format. Returns null.
PyObject* unpickling_error(const char* format, ...);

/// Sets the exception that `_pickle` raises for this verdict, unless the back end has set its own.
/// Returns null.
PyObject* raise(const Verdict& verdict);

}  // namespace anypickle::load
