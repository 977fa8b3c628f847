// What crossing by value keeps per interpreter: the functions that streams call, a cache of the
// code objects that arrived, and the names that it looks up.
//
//     ValueState& state = state_of(module)->value;
//     PyTuple_Pack(2, state.rebuild[kRebuildFunction], args);     // a reduce value
//
// Threading: filled while the module is made, under its lock, but for what says by its type how it
// changes later. `named` and `entries` are dicts that anypickle._identity changes, under its lock.
// What only the quick writer needs (`importable`, `import_module`, `recipe_type`, `overrides`,
// `program`, `run_again`) changes under the GIL: a build without one has no quick writer.
// Invariant: what is imported later is null until it is needed first.
#pragma once

#include <Python.h>

#include <array>
#include <cstddef>
#include <string_view>

#include "codec/value/code_cache.h"
#include "common/parts.h"
#include "common/threading.h"

namespace anypickle {

class Imports;

/// The functions that streams call, `anypickle._value.<name>`.
enum Rebuild : std::size_t {
    kRebuildFunction,
    kRebuildFillFunction,
    kRebuildCell,
    kRebuildFillCell,
    kRebuildCode,
    kRebuildNewClass,
    kRebuildFillClass,
    kRebuildFillCellOfClass,
    kRebuildCount,
};

struct ValueNames {
    PyObject* attributes;         // __dict__
    PyObject* name;               // __name__
    PyObject* builtins;           // __builtins__
    PyObject* path;               // __path__
    PyObject* package;            // __package__
    PyObject* func;               // __func__
    PyObject* fget;               // fget
    PyObject* fset;               // fset
    PyObject* fdel;               // fdel
    PyObject* globals;            // globals
    PyObject* modules;            // modules
    PyObject* qualname;           // __qualname__
    PyObject* module;             // __module__
    PyObject* doc;                // __doc__
    PyObject* defaults;           // __defaults__
    PyObject* kwdefaults;         // __kwdefaults__
    PyObject* annotations;        // __annotations__
    PyObject* annotate;           // __annotate__
    PyObject* annotate_func;      // __annotate_func__, in the dict of a class
    PyObject* type_params;        // __type_params__
    PyObject* spec;               // __spec__
    PyObject* slots;              // __slots__
    PyObject* annotations_cache;  // __annotations_cache__
    PyObject* slotnames;          // __slotnames__, where copyreg keeps what it found
    PyObject* main;               // __main__
    PyObject* mp_main;            // __mp_main__
    PyObject* channel;            // channel
    PyObject* crossings;          // crossings
    PyObject* abstract_methods;   // __abstractmethods__
    PyObject* abc_impl;           // _abc_impl
    PyObject* abc;                // _abc
    PyObject* get_dump;           // _get_dump
    PyObject* member_map;         // _member_map_
    PyObject* value_map;          // _value2member_map_
    PyObject* enums;              // enum
    PyObject* enum_type;          // EnumType
    PyObject* shares_main;        // shares_main
    PyObject* file;               // __file__
    PyObject* arriving;           // arriving
    PyObject* acquire;            // acquire
    PyObject* release;            // release
};

struct ValueState {
    std::array<PyObject*, kRebuildCount> rebuild{};
    std::array<PyObject*, kRebuildCount> rebuild_names{};
    std::array<std::string_view, kRebuildCount> rebuild_lines{};  ///< The GLOBAL opcodes for them.
    PyObject* home = nullptr;  ///< "anypickle._value", where they are found
    ValueNames names{};
    PyObject* version =
        nullptr;  ///< The int that says whose bytecode this is: 311 for Python 3.11.
    CodeCache codes;
    Answers namespaces;          ///< name of a module -> (module, what stands for its globals)
    Imports* imports = nullptr;  ///< The loading side's.
    PyObject* dynamic =
        nullptr;  ///< address of its globals -> a weak reference to a dynamic module
    PyObject* importable = nullptr;     ///< name -> a module that its recipe gives by that name
    PyObject* import_module = nullptr;  ///< importlib's, once it was needed
    PyObject* builtins = nullptr;       ///< the module
    PyObject* recipe_type = nullptr;  ///< anypickle.registry.Recipe while it leaves our kinds alone
    PyObject* overrides = nullptr;    ///< anypickle.choices._overrides once it is there
    PyObject* named = nullptr;        ///< token -> a weak reference to what goes by it
    PyObject* entries = nullptr;      ///< address of a thing -> what _identity knows of it
    KeptOnce helpers;                 ///< anypickle.reducers.functions
    KeptOnce identity;                ///< anypickle._identity, once a class has arrived
    KeptOnce stack;                   ///< anypickle.crossing._stack
    PyObject* program = nullptr;      ///< Of which `run_again` is true: (`__main__`, spec, file)
    PyObject* run_again = nullptr;    ///< Qualified names that running the program again defines.
    Py_ssize_t code_index = -1;       ///< Where we keep what we know of a code object, with it,
    Answers facts;                    ///< or in here where there is no GIL; see code_facts.cpp.
};

/// The name of a function that streams call, or null. Borrowed.
[[nodiscard]] inline PyObject* rebuilder_name(const ValueState* state, PyObject* object) noexcept {
    for (std::size_t i = 0; i < kRebuildCount; ++i) {
        if (state->rebuild[i] == object) return state->rebuild_names[i];
    }
    return nullptr;
}

extern const Part value_part;

}  // namespace anypickle
