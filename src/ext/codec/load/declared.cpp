#include "codec/load/declared.h"

#include "codec/load/state.h"
#include "common/compat.h"

namespace anypickle::load {
namespace {

Ref call(const char* function, PyObject* first, PyObject* second) noexcept {
    const Ref module = Ref::steal(PyImport_ImportModule("anypickle._fields"));
    const Ref found = Ref::steal(module ? PyObject_GetAttrString(module.get(), function) : nullptr);
    return Ref::steal(found ? PyObject_CallFunctionObjArgs(found.get(), first, second, nullptr)
                            : nullptr);
}

}  // namespace

void Declared::look_at(PyTypeObject* type, const LoadState& state) {
    any_ = PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) &&
           (type_lookup(type, state.name(Name::kDataclassFields)) ||
            type_lookup(type, state.name(Name::kAttrsFields)));
}

/// A class that can't say what it declares declares nothing.
void Declared::ask(PyObject* type) noexcept {
    if (names_) return;
    PyObject* names = nullptr;
    const Ref answer = call("declared", type, nullptr);
    any_ = answer && PyArg_ParseTuple(answer.get(), "O!n", &PyTuple_Type, &names, &listed_) &&
           (PyTuple_GET_SIZE(names) > 0 || listed_ >= 0);
    if (any_) names_ = Ref::share(names);
    if (PyErr_ExceptionMatches(PyExc_Exception)) PyErr_Clear();
}

Ref Declared::names(PyObject* object) noexcept {
    ask(reinterpret_cast<PyObject*>(Py_TYPE(object)));
    return any_ ? Ref::share(names_.get()) : Ref();
}

bool Declared::fits(PyObject* object, PyObject* state) noexcept {
    ask(reinterpret_cast<PyObject*>(Py_TYPE(object)));
    if (PyErr_Occurred()) return false;
    if (listed_ < 0 || (PyList_CheckExact(state) && PyList_GET_SIZE(state) <= listed_)) return true;
    return static_cast<bool>(call("unlike", object, state));
}

bool Declared::has_all(PyObject* object, PyObject* names) noexcept {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
        if (!Ref::steal(PyObject_GenericGetAttr(object, PyTuple_GET_ITEM(names, i)))) {
            PyErr_Clear();
            return false;
        }
    }
    return true;
}

bool Declared::tell(PyObject* object, PyObject* names) noexcept {
    return static_cast<bool>(call("lacking", object, names));
}

}  // namespace anypickle::load
