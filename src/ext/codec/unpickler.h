// The type `anypickle.Unpickler`: a file to load from, the options, and the memo that lives from
// load to load.
//
//     class Restricted(anypickle.Unpickler):
//         def find_class(self, module, name): ...
//     Restricted(file).load()
//
// Threading: one load at a time; a second one, from another thread or from code that the first one
// runs, is refused with RuntimeError (as CPython does since it was shown what comes of it). Without
// a GIL whatever looks at its fields is in a section of it.
// Invariant: initialised() says whether __init__ has run; everything else in here may be null
// before.
#pragma once

#include <Python.h>

#include <atomic>

#include "anypickle/memo.h"
#include "codec/load/backend.h"
#include "codec/load/source.h"

namespace anypickle::load {

struct Unpickler {
    PyObject_HEAD FileMethods file;
    PyObject* buffers;          ///< An iterator, or null.
    PyObject* encoding;         ///< str
    PyObject* errors;           ///< str
    PyObject* persistent_load;  ///< What was set as the attribute, or null.
    MemoTable<Backend> memo;
    std::atomic<int> protocol;
    std::atomic<bool> fix_imports;
    bool limited;
    Budget budget;  ///< If limited.
    std::atomic<bool> loading;

    [[nodiscard]] bool initialised() const noexcept { return file.read != nullptr; }
};

/// Makes the type and adds it to the module. Returns a new reference, or null with the error set.
PyTypeObject* add_unpickler_type(PyObject* module);

}  // namespace anypickle::load
