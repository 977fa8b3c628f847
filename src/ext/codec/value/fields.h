// What an object of C keeps to itself, read by a description of its struct.
//
//     fields(itertools.islice(it, 2, 9), "onnnn")     // ((it,), 2, 9, 1, 0)
//
// The iterators of itertools show nothing of where they are since Python 3.14. What is behind the
// header of an object is described by one letter for each member: `o` an object or null, `n` a
// Py_ssize_t, `l` a long, `i` an int, `b` a bool, `p` a pointer that is passed over, `a` a pointer
// to an array of Py_ssize_t, whose lengths are given in turn.
//
// A description that does not fit this Python is noticed: the members must take as much as the type
// says, and the objects among them must be those that the object shows to the garbage collector.
// Threading: the GIL; in free-threaded builds whoever asks is the only one who uses the object.
#pragma once

#include <Python.h>

namespace anypickle {

/// fields(object, description, *lengths): a tuple of ints, of (object,) or () for objects, and of
/// tuples for arrays. TypeError if the description does not fit.
PyObject* fields(PyObject* module, PyObject* const* args, Py_ssize_t count);

}  // namespace anypickle
