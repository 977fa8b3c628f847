// The state of the module `_shm`: its types, and the Python names that it needs on slow paths.
#pragma once

#include <Python.h>

namespace anypickle::shm {

struct State {
    PyTypeObject* pile_type;
    PyTypeObject* view_type;
    PyTypeObject* buffer_type;
    // What `threading` calls may be called until the interpreter is gone: owned, as the names
    // below.
    PyTypeObject* promotable_lock;
    PyTypeObject* promotable_rlock;
    PyObject* stock_lock;     // `_thread.lock`
    PyObject* stock_rlock;    // `_thread.RLock`
    PyObject* array_type;     // anypickle.shared.ndarray.SharedArray, once it is in use
    PyObject* rebuild_array;  // (buffer, offset, shape, strides, type code) -> array
    PyObject* base_name;      // "base"
    PyObject* dumps;          // (object, protocol, *, buffer_callback) -> bytes
    PyObject* loads;          // (bytes, *, buffers) -> object
    PyObject* callback_name;  // ("buffer_callback",)
    PyObject* buffers_name;   // ("buffers",)
};

extern PyModuleDef shm_module;

inline State* state_of(PyObject* module) { return static_cast<State*>(PyModule_GetState(module)); }

/// The state behind an object of ours or of a subclass; null with the error set if it is not ours.
State* state_of_object(PyObject* object);

int add_lock_types(PyObject* module);
int add_promotable_lock(PyObject* module);
int add_promotable_rlock(PyObject* module);
int add_promotable_class(PyObject* module);  // of the two above
int add_event_types(PyObject* module);
int add_waiters_type(PyObject* module);
int add_queue_types(PyObject* module);
int add_view_type(PyObject* module);
int add_buffer_type(PyObject* module);

}  // namespace anypickle::shm
