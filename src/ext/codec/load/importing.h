// importlib.import_module(name) for modules that it would only find, without calling it: that is
// how modules are written.
//
//     PyObject* module = importing.find(callable, name, imports);    // borrowed; null: call it
//
// Threading: one interpreter's, under its GIL; finds nothing in free-threaded builds.
// Invariant: a function is taken for import_module only while its code is the code that it was seen
// with.
#pragma once

#include <Python.h>

#include "common/imports.h"
#include "common/ref.h"

namespace anypickle::load {

class Importing {
  public:
    /// The module, if the function is import_module and the name that of a module whose import is
    /// finished. No error is set.
    [[nodiscard]] PyObject* find(PyObject* function, PyObject* name, Imports& imports) noexcept;
    void clear() noexcept { function_ = code_ = Ref(); }

  private:
    bool recognize(PyObject* function) noexcept;

    Ref function_;
    Ref code_;
};

}  // namespace anypickle::load
