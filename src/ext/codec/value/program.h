// What of this program's `__main__` the other side has, because it runs the same file.
//
//     if (is_run_again(state, qualname)) ...      // by name
//
// reducers.main_module finds it out and has to look at files for it; what it said holds as long as
// `__main__` is the same module with the same file. Threading: the GIL.
#pragma once

#include "codec/value/state.h"

namespace anypickle {

/// Whether running the program again defines what goes by this name. False, without an error, where
/// that is not known.
bool is_run_again(ValueState* state, PyObject* qualname) noexcept;

/// Notes that it does. False with the error set.
bool note_run_again(ValueState* state, PyObject* qualname);

}  // namespace anypickle
