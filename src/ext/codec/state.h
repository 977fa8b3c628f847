// The state of the module `_core`: one struct for each part, per interpreter.
#pragma once

#include <Python.h>

#include "codec/copy/state.h"
#include "codec/load/state.h"
#include "codec/save/state.h"
#include "codec/value/state.h"
#include "crossing/state.h"
#include "graph/state.h"
#include "traffic/state.h"

namespace anypickle {

struct CoreState {
    SaveState save;
    LoadState load;
    CopyState copy;
    ValueState value;
    GraphState graph;
    TrafficState traffic;
};

extern PyModuleDef core_module;

inline CoreState* state_of(PyObject* module) {
    return static_cast<CoreState*>(PyModule_GetState(module));
}

/// The state behind a type of ours (or a subclass of one); null with an error if it is not ours.
inline CoreState* state_of_type(PyTypeObject* type) {
    PyObject* module = PyType_GetModuleByDef(type, &core_module);
    return module == nullptr ? nullptr : state_of(module);
}

}  // namespace anypickle
