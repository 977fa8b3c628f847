#include "codec/value/retype.h"

#include "common/compat.h"

namespace anypickle {

PyObject* retype(PyObject*, PyObject* const* args, Py_ssize_t count) {
    if (count != 2 || !PyType_Check(args[0]) || !PyType_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "retype() wants a class and a metaclass");
        return nullptr;
    }
    auto* metaclass = reinterpret_cast<PyTypeObject*>(args[1]);
    PyTypeObject* shield = Py_TYPE(args[0]);
    if (shield->tp_base != metaclass || shield->tp_basicsize != metaclass->tp_basicsize ||
        shield->tp_itemsize != metaclass->tp_itemsize) {
        PyErr_SetString(PyExc_TypeError,
                        "retype() goes from a metaclass to its base of the same layout");
        return nullptr;
    }
    // An instance of a heap type owns a reference to it, one of a static type does not.
    if ((metaclass->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0) Py_INCREF(metaclass);
    Py_SET_TYPE(args[0], metaclass);
    if ((shield->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0) Py_DECREF(shield);
    allow_versions(reinterpret_cast<PyTypeObject*>(args[0]));
    PyType_Modified(reinterpret_cast<PyTypeObject*>(args[0]));
    return Py_NewRef(Py_None);
}

}  // namespace anypickle
