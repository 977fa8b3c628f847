// A module is made of parts, each of which adds its types and functions and owns its slice of the
// state.
//
// The state of `_core` is one struct per part, found from any object of ours through its type's
// module. Nothing is static: each interpreter has its own module, its own types and its own state.
#pragma once

#include <Python.h>

namespace anypickle {

/// A part of an extension module: what it adds, and what the garbage collector must know of it.
struct Part {
    int (*exec)(PyObject* module);
    int (*traverse)(PyObject* module, visitproc visit, void* arg);
    int (*clear)(PyObject* module);
};

}  // namespace anypickle
