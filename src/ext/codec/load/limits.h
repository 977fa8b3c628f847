// Loading within a budget: nothing is built of a pickle that would cost more than it may.
//
//     loads(data, budget={"objects": 10_000, "bytes": 1 << 20})
//
// The pickle is checked first, whole, by the back end that builds nothing (anypickle/scan.h), and
// built only if it passed; so a load without a budget pays nothing, and what was counted is what is
// built. From a file exactly one pickle is read for that, as load() would read it.
//
// Threading: an attached thread state.
// Invariant: what is built is what was checked: bytes that others could change are copied first.
#pragma once

#include <Python.h>

#include "anypickle/budget.h"
#include "anypickle/memo.h"
#include "codec/load/backend.h"
#include "codec/load/source.h"

namespace anypickle::load {

/// Takes in the limits that a mapping has, by the names that Budget has for them; those that it has
/// not stay as they are, and None is no limit. False with the error set.
bool set_budget(PyObject* mapping, Budget& budget);

/// As run(), for options with a budget.
PyObject* run_within_budget(LoadState& state, const Options& options, Source& source,
                            MemoTable<Backend>& memo, std::atomic<int>* protocol);

}  // namespace anypickle::load
