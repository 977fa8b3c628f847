// Dicts that are filled in one go: a table of the right size, and each key put into it once.
//
//     const std::size_t taken = fill_dict(dict, items, count);      // keys and values in turn
//     ... PyDict_SetItem for the items after the first `taken` of them ...
//
// PyDict_SetItem looks a key up before it inserts it, makes room for it piece by piece, and counts
// one more reference to each. Who has all keys at hand, and knows that they differ, needs none of
// it. The table is the one that CPython would have come to, to the byte.
//
// Only exact str, int and bytes are keys here: hashing them calls nothing, and two that are equal
// have the same hash. Where another key comes, or a hash for the second time, the rest is left to
// the caller. So is a single pair: CPython keeps tables for few keys at hand when their dicts are
// gone, and PyDict_SetItem takes those.
//
// The layout is private to CPython. Whoever uses this checks it once per interpreter with
// dict_tables_work().
//
// Threading: the GIL; never in free-threaded builds.
// Invariant: the dict is empty and nobody has looked into it yet.
#pragma once

#include <Python.h>

#include <cstddef>

namespace anypickle {

namespace detail {
std::size_t fill_with_pairs(PyObject* dict, PyObject** items, std::size_t count) noexcept;
}

/// Fills an empty dict. The items that were taken, always whole pairs, are the dict's now; 0 where
/// memory or the layout does not allow it.
inline std::size_t fill_dict(PyObject* dict, PyObject** items, std::size_t count) noexcept {
    return count <= 2 ? 0 : detail::fill_with_pairs(dict, items, count);
}

/// Fills dicts and sees whether they are what CPython makes of the same. 1, 0, or -1 with an error.
int dict_tables_work();

}  // namespace anypickle
