// What a stream wants that this process does not have: an error of a class or module that has
// changed since the stream was written gets a note that says which name, on the error path only.
//
//     if (made == nullptr) say_what_changed("called", {type, arguments});
//
// Threading: an attached thread state. Invariant: the error that is set stays the same object.
#pragma once

#include <Python.h>

#include <initializer_list>

namespace anypickle::load {

/// Has `anypickle.explain.changed.<what>(error, *about)` look at the error that is set; whatever
/// goes wrong there changes nothing.
void say_what_changed(const char* what, std::initializer_list<PyObject*> about) noexcept;

}  // namespace anypickle::load
