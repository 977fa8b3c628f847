// The tables of anypickle._identity: which token a class goes by, and which class goes by a token.
//
//     Ref entry = new_entry(state, cls);              // the list that _identity keeps of the class
//     ItemRef token = list_item(entry.get(), kEntryToken);
//
// Python changes the tables, under its lock; C++ reads them. Threading: an attached thread state;
// the first look at a class runs Python code. Invariant: an entry is a list of kEntrySize items.
#pragma once

#include "codec/value/state.h"
#include "common/ref.h"

namespace anypickle {

/// What an entry holds; the same order as in anypickle/_identity.py.
enum EntryField : Py_ssize_t {
    kEntryReference,
    kEntryToken,
    kEntryRevision,
    kEntryChanges,
    kEntryVersion,
    kEntryFingerprint,
    kEntrySize,
};

/// Makes the tables and adds them to the module as `identities`.
bool add_identities(PyObject* module, ValueState* state);

/// Whether an entry is what it has to be.
inline bool is_entry(PyObject* entry) noexcept {
    return PyList_CheckExact(entry) && PyList_GET_SIZE(entry) == kEntrySize;
}

/// The entry of a class that is here, made if there is none. Null with the error set.
Ref new_entry(ValueState* state, PyObject* cls);

/// The class that goes by the token here; null without an error for none.
Ref find_class_of(ValueState* state, PyObject* token);

/// Whether a function, or one in a static or class method or property, refers to globals or cells
/// that came with it. -1 with the error set.
int has_globals(ValueState* state, PyObject* attribute);

}  // namespace anypickle
