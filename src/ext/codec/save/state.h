// What the save side of the codec keeps per interpreter.
//
// Threading: filled while the module is made, but for what says by its type how it changes later;
// what the quick writer keeps (from `unreduced` on to `names_met`) changes under the GIL, and is
// not used by builds without one.
#pragma once

#include <Python.h>

#include <atomic>

#include "codec/memo.h"
#include "codec/save/first_of.h"
#include "codec/save/plan.h"
#include "common/parts.h"
#include "common/threading.h"

namespace anypickle {

/// Interned names that the save side looks up.
struct SaveNames {
    PyObject* attr_module;  // __module__
    PyObject* attr_name;
    PyObject* attr_qualname;
    PyObject* attr_class;
    PyObject* attr_new;
    PyObject* attr_init;
    PyObject* reduce;
    PyObject* reduce_ex;
    PyObject* newobj;
    PyObject* newobj_ex;
    PyObject* persistent_id;
    PyObject* reducer_override;
    PyObject* dispatch_table;
    PyObject* write;
    PyObject* items;
    PyObject* latin1;
    PyObject* main;
    PyObject* mp_main;
    PyObject* by_value;
    PyObject* resolve;
    PyObject* getattribute;
    PyObject* getnewargs;
    PyObject* getnewargs_ex;
    PyObject* getstate;
    PyObject* dataclass_fields;
    PyObject* slots;
    PyObject* int_name;
    PyObject* is_safe;
    PyObject* enum_value;
    PyObject* enum_name;
    PyObject* path_parts;
    PyObject* path_raw;
};

struct ValueState;
class Imports;

struct SaveState {
    PyObject* pickle_error;
    PyObject* pickling_error;
    PyObject* unpickling_error;
    PyObject* dispatch_table;      ///< copyreg.dispatch_table
    PyObject* extension_registry;  ///< copyreg._extension_registry
    PyObject* make_new;            ///< copyreg.__newobj__
    PyObject* empty_tuple;
    PyObject* protocols[6];  ///< The ints 0 to 5.
    PyTypeObject* pickler_type;
    PyTypeObject* memo_proxy_type;
    KeptOnce registry;  ///< anypickle.registry once it has been needed
    Answers resolved;   ///< type -> what the registry answered for it; forgotten when it changes
    std::atomic<bool> some_by_value;  ///< Whether modules are registered to go by value.
    PyTypeObject* unreduced;  ///< The last type in it that has no reducer; never one that is gone.
    bool gave_up;             ///< Whether the quick writer could not write what was dumped last.
    bool meets_values;        ///< Whether the last dump met functions or classes that go by value.
    uint64_t dumps;           ///< How many the quick writer has begun.
    Plans* plans;             ///< Owned.
    static constexpr Py_ssize_t kScratch = 128 * 1024;
    char* scratch;       ///< Owned: where the quick writer begins its streams.
    Memo* quick_memo;    ///< Owned: that of the quick writer, kept because making it takes time.
    FirstOf* names_met;  ///< Owned: the quick writer's, too.
    ValueState* value;   ///< Of the same module.
    Imports* imports;    ///< The loading side's.
    SaveNames names;

    /// codecs.encode. New reference.
    [[nodiscard]] PyObject* new_codecs_encode() const;
};

extern const Part save_part;

}  // namespace anypickle
