// The items of a dict whose keys are all str, where CPython keeps them: in the order of insertion.
//
//     DictEntry* entries = dict_entries(dict, count);
//     if (entries != nullptr) std::swap(entries[i].value, value);
//
// The layout is private to CPython. Whoever uses this checks it once per interpreter with
// dict_entries_work().
//
// Threading: the GIL; never in free-threaded builds.
// Invariant: values are exchanged in dicts that nobody else has seen yet, and keys never.
#pragma once

#include <Python.h>

#include "common/inline_values.h"

namespace anypickle {

using DictEntry = InlineValues::Entry;

/// The `count` entries of a dict that holds so many; null if it is of another kind, or has gaps.
inline DictEntry* dict_entries(PyObject* dict, Py_ssize_t count) noexcept {
#if defined(ANYPICKLE_NO_GIL) || PY_VERSION_HEX >= 0x030F0000
    (void)dict;
    (void)count;
    return nullptr;
#else
    constexpr uint8_t kOnlyStr = 1;
    const auto* object = reinterpret_cast<PyDictObject*>(dict);
    auto* keys = reinterpret_cast<detail::DictKeys*>(object->ma_keys);
    if (object->ma_values != nullptr || object->ma_used != count || keys->kind != kOnlyStr ||
        keys->entries != count)
        return nullptr;
    return reinterpret_cast<DictEntry*>(keys->indices + (size_t{1} << keys->log2_index_bytes));
#endif
}

/// Makes a dict and sees whether what is exchanged is what is found. 1, 0, or -1 with an error.
int dict_entries_work();

}  // namespace anypickle
