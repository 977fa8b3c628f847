// retype() gives a class the metaclass that it should have been made with.
//
//     cls = type.__new__(Shield, name, bases, namespace)   # Shield derives from Meta, see
//     _classes.py _core.retype(cls, Meta)
//
// A class that arrives must not run `__init_subclass__` of its bases again, so it is made under a
// metaclass that hides them, and then leaves that metaclass. `cls.__class__ = Meta` does this for
// every metaclass but `type` itself, to which CPython assigns nothing. Threading: the class must
// not be known to another thread yet.
#pragma once

#include <Python.h>

namespace anypickle {

/// retype(cls, metaclass, /): the metaclass must be the direct base of the class's present one.
PyObject* retype(PyObject* module, PyObject* const* args, Py_ssize_t count);

}  // namespace anypickle
