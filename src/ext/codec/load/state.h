// What the load side of the codec keeps per interpreter: its types, the names it looks up, and what
// it imported.
//
//     LoadState& state = state_of(module)->load;
//     PyObject_GetAttr(object, state.name(Name::kAppend));
//
// Threading: filled while the module is made, under its lock; what is imported later is kept once.
// What else changes (`plans`, `global_names`, `importing`, `imports`) does so under the GIL, and is
// not used by builds without one. Invariant: names are interned; an imported thing is null until it
// is needed first (importing anypickle stays cheap).
#pragma once

#include <array>
#include <cstddef>

#include "codec/load/datetimes.h"
#include "codec/load/global_names.h"
#include "codec/load/importing.h"
#include "codec/load/plan.h"
#include "common/imports.h"
#include "common/parts.h"
#include "common/ref.h"
#include "common/threading.h"

namespace anypickle {

struct ValueState;

namespace load {

/// The attribute names that loading looks up.
enum class Name : std::size_t {
    kAdd,
    kAppend,
    kAttrsFields,
    kDataclassFields,
    kDict,
    kExtend,
    kFindClass,
    kGetInitArgs,
    kInt,
    kNew,
    kPeek,
    kPersistentLoad,
    kRead,
    kReadInto,
    kReadLine,
    kSetState,
    kTupleNew,
    kCount,
};

/// The dictionaries of other modules that loading consults, bound when first needed as `_pickle`
/// binds them.
enum class Table : std::size_t {
    kNameMapping,       ///< _compat_pickle.NAME_MAPPING
    kImportMapping,     ///< _compat_pickle.IMPORT_MAPPING
    kExtensionCache,    ///< copyreg._extension_cache
    kInvertedRegistry,  ///< copyreg._inverted_registry
    kCount,
};

}  // namespace load

struct LoadState {
    PyTypeObject* unpickler_type = nullptr;
    PyTypeObject* memo_proxy_type = nullptr;
    PyTypeObject* read_target_type = nullptr;
    std::array<PyObject*, static_cast<std::size_t>(load::Name::kCount)> names{};
    std::array<KeptOnce, static_cast<std::size_t>(load::Table::kCount)> tables;
    load::Plans plans;  ///< Where there is no GIL each load has its own.
    load::Dates dates;
    load::GlobalNames global_names;
    load::Importing importing;
    getter ordinary_dict =
        nullptr;  ///< What gives the __dict__ of an instance of a plain Python class.
    PyObject* deferred_dict =
        nullptr;  ///< Stands for a dict whose items are still to come; nobody ever sees it.
    bool inline_values = false;  ///< common/inline_values.h can be used.
    bool dict_tables = false;    ///< common/dict_table.h can be used.
    PyObject* empty_tuple = nullptr;
    PyObject* ascii_model = nullptr;  ///< For new_ascii.
    Imports imports;
    const ValueState* value = nullptr;            ///< Of the same module.
    std::array<PyObject*, 256> small_integers{};  ///< What BININT1 makes.
    std::array<PyObject*, 128> characters{};      ///< Texts of one ASCII character.

    [[nodiscard]] PyObject* name(load::Name which) const noexcept {
        return names[static_cast<std::size_t>(which)];
    }

    /// The table (borrowed), imported if need be; null with the error set.
    [[nodiscard]] PyObject* table(load::Table which);
};

extern const Part load_part;

}  // namespace anypickle
