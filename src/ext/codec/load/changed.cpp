#include "codec/load/changed.h"

#include "common/errors.h"
#include "common/ref.h"

namespace anypickle::load {

void say_what_changed(const char* what, std::initializer_list<PyObject*> about) noexcept {
    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError))
        return;
    ErrorHolder error;
    const Ref module = Ref::steal(PyImport_ImportModule("anypickle.explain.changed"));
    const Ref look = Ref::steal(module ? PyObject_GetAttrString(module.get(), what) : nullptr);
    const Ref arguments =
        Ref::steal(look ? PyTuple_New(static_cast<Py_ssize_t>(about.size()) + 1) : nullptr);
    if (arguments) {
        PyTuple_SET_ITEM(arguments.get(), 0, Py_NewRef(error.get()));
        Py_ssize_t at = 0;
        for (PyObject* part : about) PyTuple_SET_ITEM(arguments.get(), ++at, Py_NewRef(part));
        Ref::steal(PyObject_CallObject(look.get(), arguments.get()));
    }
    PyErr_Clear();
    error.restore();
}

}  // namespace anypickle::load
