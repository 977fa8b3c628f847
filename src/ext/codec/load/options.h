// The arguments that load, loads and Unpickler share: fix_imports, encoding, errors, buffers,
// budget.
//
//     LoadArguments arguments;
//     if (!arguments.set(PyUnicode, value)) ...
//
// Threading: an attached thread state.
// Invariant: what is not given is null or its default, and then costs nothing.
#pragma once

#include <Python.h>

#include <optional>

#include "anypickle/budget.h"
#include "codec/load/backend.h"
#include "common/ref.h"

namespace anypickle::load {

class LoadArguments {
  public:
    /// Takes in one keyword argument of `function`; false with TypeError (or another error) set.
    bool set(const char* function, PyObject* keyword, PyObject* value);

    bool fix_imports = true;
    Ref encoding;  ///< str, or null for "ASCII"
    Ref errors;    ///< str, or null for "strict"
    Ref buffers;   ///< an iterator, or null
    std::optional<Budget> budget;

    /// The same as the machine's back end wants it. Borrows from this.
    [[nodiscard]] Options options() const;
};

}  // namespace anypickle::load
