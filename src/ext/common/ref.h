// Ref owns one reference to a Python object and gives it back when it goes out of scope.
//
//     Ref name = Ref::steal(PyObject_GetAttrString(object, "__name__"));
//     if (!name) return false;                 // the Python error is set
//     consume(name.get());                     // lent
//     return name.release();                   // given away
//
// Threading: as the object's: the GIL (or the object's critical section) is held.
// Invariant: a raw PyObject* in a signature is borrowed; Ref owns; release() and steal() move
// ownership.
#pragma once

#include <Python.h>

#include <utility>

namespace anypickle {

class Ref {
  public:
    Ref() noexcept = default;
    Ref(const Ref& other) noexcept : object_(Py_XNewRef(other.object_)) {}
    Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    ~Ref() { Py_XDECREF(object_); }

    Ref& operator=(Ref other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }

    /// Takes over a reference that the caller owns (a new reference, or null with the error set).
    static Ref steal(PyObject* object) noexcept {
        Ref ref;
        ref.object_ = object;
        return ref;
    }

    /// Adds a reference of its own to a borrowed object (or null).
    static Ref share(PyObject* object) noexcept { return steal(Py_XNewRef(object)); }

    [[nodiscard]] PyObject* get() const noexcept { return object_; }
    [[nodiscard]] PyObject* release() noexcept { return std::exchange(object_, nullptr); }
    explicit operator bool() const noexcept { return object_ != nullptr; }

    /// For out-parameters that yield a new reference: drops what is held first.
    [[nodiscard]] PyObject** out() noexcept {
        Py_CLEAR(object_);
        return &object_;
    }

  private:
    PyObject* object_ = nullptr;
};

}  // namespace anypickle
