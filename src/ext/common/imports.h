// Modules that an import would only find: those that are in sys.modules, with their import
// finished.
//
//     PyObject* module = imports.find_finished(name);      // borrowed; null: import it
//
// Calling __import__ for these, as pickling does for each class by the book, costs more than all
// the rest that is done with a class.
//
// Threading: one interpreter's, under its GIL; finds nothing in free-threaded builds.
// Invariant: nothing is found while something else stands in the place of the builtin __import__.
#pragma once

#include <Python.h>

#include <array>
#include <cstdint>

#include "common/ref.h"

namespace anypickle {

class Imports {
  public:
    /// Looks for the builtin __import__; false with an error set.
    bool open();
    void close() noexcept { function_ = import_name_ = spec_ = initializing_ = Ref(); }

    [[nodiscard]] PyObject* find_finished(PyObject* name) noexcept;

  private:
    bool is_usual() noexcept;
    bool is_finished(PyObject* module) noexcept;

    Ref function_;  ///< The builtin __import__; null if something stands in its place.
    Ref import_name_;
    PyObject* builtins_ = nullptr;  ///< Not owned: those that had it there,
    std::uint64_t version_ = 0;     ///< and their version then.
    Ref spec_;
    Ref initializing_;
    /// Not owned: what was seen to have finished its import, and has so from then on.
    std::array<PyObject*, 64> finished_{};
};

}  // namespace anypickle
