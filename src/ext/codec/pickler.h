// Pickler: the class, with the whole interface of pickle.Pickler; and the memo proxy that it hands
// out.
//
// Each dump() is one run of an Engine over the pickler's own memo, which lasts until clear_memo().
// Threading: a pickler that is dumping refuses a second dump(), from within or from another thread,
// with RuntimeError; without a GIL whatever looks at its fields is in a section of it. Invariant:
// `write` is null until __init__ has run.
#pragma once

#include <Python.h>

#include <atomic>

#include "codec/memo.h"
#include "codec/save/state.h"

namespace anypickle {

struct Pickler {
    PyObject_HEAD PyObject* write;
    PyObject* buffer_callback;
    PyObject* dispatch_table;  ///< A member that Python sees.
    PyObject* persistent_id;   ///< Set on the instance, else null.
    int protocol;
    int bin;
    int fast;
    bool fix_imports;
    std::atomic<bool> busy;
    Memo memo;

    static Pickler* cast(PyObject* object) { return reinterpret_cast<Pickler*>(object); }
};

/// What Pickler.persistent_id is where nobody has defined one: no object has an id.
PyObject* no_persistent_id(PyObject* self, PyObject* object);

/// Adds Pickler and its memo proxy to the module.
int add_pickler(PyObject* module, SaveState* state);

/// Adds dumps and dump, and what else the save side offers as functions.
int add_save_functions(PyObject* module);

/// A PicklerMemoProxy for the pickler. New reference.
PyObject* new_memo_proxy(SaveState* state, PyObject* pickler);

/// Sets pickler.memo from a proxy or a dict.
int set_memo(SaveState* state, Pickler* pickler, PyObject* value);

extern PyType_Spec memo_proxy_spec;

}  // namespace anypickle
