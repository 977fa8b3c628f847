// The elements of an exact set, read from its table.
//
// Threading: the GIL; free-threaded builds iterate over a copy instead. Invariant: as long as the
// set is not changed, each element comes once.
#pragma once

#include <Python.h>

namespace anypickle {

/// The next element from the slot `*position` on; null at the end. Borrowed.
inline PyObject* next_in_set(PyObject* object, Py_ssize_t* position) noexcept {
    const auto* set = reinterpret_cast<const PySetObject*>(object);
    for (Py_ssize_t i = *position; i <= set->mask; ++i) {
        const setentry& entry = set->table[i];
        if (entry.key != nullptr && entry.hash != -1) {  // -1: a deleted one
            *position = i + 1;
            return entry.key;
        }
    }
    *position = set->mask + 1;
    return nullptr;
}

}  // namespace anypickle
