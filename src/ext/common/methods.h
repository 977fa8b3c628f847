// method(function): a function for a PyMethodDef, whatever it takes.
//
//     {"acquire", method(acquire), kFastNames, acquire_doc},
//
// Python's table has one type for functions of every signature and calls each as its flags say, so
// the flags must say what the function is. The cast goes by way of `void (*)()`, as GCC's
// -Wcast-function-type wants it.
#pragma once

#include <Python.h>

namespace anypickle {

template <class Function>
PyCFunction method(Function* function) noexcept {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

/// function(self, args, count), and function(self, args, count, names).
inline constexpr int kFast = METH_FASTCALL;
inline constexpr int kFastNames = METH_FASTCALL | METH_KEYWORDS;

}  // namespace anypickle
