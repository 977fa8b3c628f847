// What deepcopy keeps per interpreter: the tables of the `copy` module, fetched when it is first
// called.
//
// Threading: an attached thread state; `atomic` is kept last, and whoever sees it sees the others.
#pragma once

#include <Python.h>

#include "common/parts.h"
#include "common/threading.h"

namespace anypickle {

struct CopyState {
    KeptOnce dispatch;  ///< copy._deepcopy_dispatch
    KeptOnce error;     ///< copy.Error
    KeptOnce atomic;    ///< copy._deepcopy_atomic
    KeptOnce list;      ///< copy._deepcopy_list, and so on
    KeptOnce tuple;
    KeptOnce dict;
    KeptOnce method;
    PyObject* name_deepcopy = nullptr;
    PyObject* name_setstate = nullptr;
    PyObject* name_getattr = nullptr;
    PyObject* name_append = nullptr;
    PyObject* name_dict = nullptr;
    PyObject* name_get = nullptr;
};

extern const Part copy_part;

}  // namespace anypickle
