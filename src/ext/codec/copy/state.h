// What deepcopy keeps per interpreter: the tables of the `copy` module, fetched when it is first
// called.
#pragma once

#include <Python.h>

#include "common/parts.h"

namespace anypickle {

struct CopyState {
    PyObject* dispatch = nullptr;  ///< copy._deepcopy_dispatch
    PyObject* error = nullptr;     ///< copy.Error
    PyObject* atomic = nullptr;    ///< copy._deepcopy_atomic
    PyObject* list = nullptr;      ///< copy._deepcopy_list, and so on
    PyObject* tuple = nullptr;
    PyObject* dict = nullptr;
    PyObject* method = nullptr;
    PyObject* name_deepcopy = nullptr;
    PyObject* name_setstate = nullptr;
    PyObject* name_getattr = nullptr;
    PyObject* name_append = nullptr;
    PyObject* name_dict = nullptr;
    PyObject* name_get = nullptr;
};

extern const Part copy_part;

}  // namespace anypickle
