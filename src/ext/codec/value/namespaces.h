// The globals of a function, as a stream has them.
//
//     Namespace space;
//     if (!find_namespace(state, globals, namespaces, &space)) return nullptr;
//     // space.object: {"__name__": "__main__"}, the name of an installed module, or a dynamic
//     module
//
// Functions of one module that cross together share one namespace where they arrive, apart from
// every other namespace there. Functions of an installed package get that package's own module: its
// registries and locks are there already. Threading: an attached thread state; the first look at a
// module runs Python code. Invariant: a dict that has been written is not changed any more.
#pragma once

#include "codec/value/state.h"
#include "common/ref.h"

namespace anypickle {

struct Namespace {
    Ref object;
    bool carries = false;  ///< It is a dict, which must be given what functions refer to.
    bool fresh = false;    ///< It was made just now: no stream has it yet.
};

/// What stands for these globals. `namespaces` remembers it (by address: its pickler keeps the
/// functions alive).
bool find_namespace(ValueState* state, PyObject* globals, PyObject* namespaces, Namespace* space);

/// Forgets which modules are installed or importable: the registry has changed. False with an
/// error.
bool forget_modules(ValueState* state);

}  // namespace anypickle
