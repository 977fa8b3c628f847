// The fields that a class declares, by `dataclass` or attrs, for instances whose stream was written
// by another version of the class and lacks one.
//
//     if (declared.any()) names = declared.names(object);        // new; null if there are none
//     if (names && !Declared::has_all(object, names.get())) Declared::tell(object, names.get());
//
// Which they are is asked of anypickle/_fields.py, once for each version of a class.
//
// Threading: one interpreter's, under its GIL. Invariant: looking at an instance runs none of its
// code.
#pragma once

#include <Python.h>

#include "common/ref.h"

namespace anypickle {
struct LoadState;
}

namespace anypickle::load {

class Declared {
  public:
    /// Looks whether the class may declare any.
    void look_at(PyTypeObject* type, const LoadState& state);
    [[nodiscard]] bool any() const noexcept { return any_; }

    /// Their names, in a tuple; null without an error if there are none after all.
    Ref names(PyObject* object) noexcept;

    /// Whether a state is one that the __setstate__ that a decorator wrote can take. False with an
    /// error; what will be lost is told of.
    bool fits(PyObject* object, PyObject* state) noexcept;

    /// Whether a predicate holds for all names, as far as they are known.
    template <typename Predicate>
    [[nodiscard]] bool all_of(Predicate holds) const {
        for (Py_ssize_t i = 0; names_ && i < PyTuple_GET_SIZE(names_.get()); ++i) {
            if (!holds(PyTuple_GET_ITEM(names_.get(), i))) return false;
        }
        return true;
    }

    static bool has_all(PyObject* object, PyObject* names) noexcept;
    /// Warns; false where the warning is an error.
    static bool tell(PyObject* object, PyObject* names) noexcept;

  private:
    void ask(PyObject* type) noexcept;

    bool any_ = false;
    Ref names_;
    Py_ssize_t listed_ = -1;  ///< How many values the list has that is an instance's whole state.
};

}  // namespace anypickle::load
