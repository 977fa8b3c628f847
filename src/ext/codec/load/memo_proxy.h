// What `Unpickler.memo` gives: an object with copy(), clear() and __reduce__() over the memo that
// is in C++.
//
//     saved = unpickler.memo.copy()          # a dict {index: object}
//     unpickler.memo = saved                 # or another Unpickler's memo
//
// Threading: an attached thread state.
#pragma once

#include <Python.h>

#include "codec/unpickler.h"

namespace anypickle::load {

/// The proxy's type: a new reference, or null with the error set.
PyTypeObject* new_memo_proxy_type(PyObject* module);

/// The getter and the setter of Unpickler.memo.
PyObject* get_memo(PyObject* self, void*);
int set_memo(PyObject* self, PyObject* value, void*);

}  // namespace anypickle::load
