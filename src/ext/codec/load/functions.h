// The functions `loads` and `load` of `anypickle._core`, and the run of the machine that
// Unpickler.load shares.
//
// Threading: an attached thread state.
#pragma once

#include <Python.h>

#include "anypickle/memo.h"
#include "codec/load/backend.h"
#include "codec/load/source.h"

namespace anypickle::load {

extern PyMethodDef functions[];

/// Runs the machine over the source. Returns a new reference, or null with the error set.
PyObject* run(LoadState& state, const Options& options, Source& source, MemoTable<Backend>& memo,
              std::atomic<int>* protocol);

}  // namespace anypickle::load
