// Named tuples: a class that collections.namedtuple() made needs no call of its __new__, which is a
// line of Python.
#include "codec/load/plan.h"
#include "codec/load/state.h"

namespace anypickle::load {
namespace {

/// The __new__ that namedtuple() gives a class with `count` fields: what it is compared with.
Ref model_new(std::size_t count) {
    const Ref collections = Ref::steal(PyImport_ImportModule("collections"));
    const Ref fields = Ref::steal(PyList_New(static_cast<Py_ssize_t>(count)));
    if (!collections || !fields) return Ref();
    for (std::size_t i = 0; i < count; ++i) {
        PyObject* field = PyUnicode_FromFormat("f%zu", i);
        if (field == nullptr) return Ref();
        PyList_SET_ITEM(fields.get(), static_cast<Py_ssize_t>(i), field);
    }
    const Ref model = Ref::steal(
        PyObject_CallMethod(collections.get(), "namedtuple", "sO", "Model", fields.get()));
    return model ? Ref::steal(PyObject_GetAttrString(model.get(), "__new__")) : Ref();
}

bool same_attribute(PyObject* one, PyObject* other, const char* name) {
    const Ref first = Ref::steal(PyObject_GetAttrString(one, name));
    const Ref second = Ref::steal(PyObject_GetAttrString(other, name));
    return first && second && PyObject_RichCompareBool(first.get(), second.get(), Py_EQ) == 1;
}

/// Whether two functions compute the same from their positional arguments, whatever those are
/// called.
bool same_code(PyObject* one, PyObject* other) {
    for (const char* name :
         {"co_code", "co_consts", "co_names", "co_argcount", "co_posonlyargcount",
          "co_kwonlyargcount", "co_flags", "co_freevars", "co_cellvars", "co_nlocals"}) {
        if (!same_attribute(one, other, name)) return false;
    }
    return true;
}

}  // namespace

/// The function's part in making a tuple can be left out as long as this holds: its code, and the
/// tuple.__new__ it calls.
bool Plan::is_named_tuple(const LoadState& state, std::size_t count) {
    if (named_tuple_ == NamedTuple::kUnknown) {
        named_tuple_ = look_at_new(state, count) ? NamedTuple::kYes : NamedTuple::kNo;
        PyErr_Clear();
    }
    if (named_tuple_ == NamedTuple::kNo || count != fields_) return false;
    return PyFunction_GET_CODE(new_.get()) == new_code_.get() &&
           PyDict_GetItemWithError(PyFunction_GET_GLOBALS(new_.get()),
                                   state.name(Name::kTupleNew)) == tuple_new_.get();
}

bool Plan::look_at_new(const LoadState& state, std::size_t count) {
    const ItemRef found = type_lookup(type_, state.name(Name::kNew));
    if (!found || !Py_IS_TYPE(found.get(), &PyStaticMethod_Type)) return false;
    const Ref function = Ref::steal(PyObject_GetAttrString(found.get(), "__func__"));
    const Ref model = model_new(count);
    if (!function || !model || !PyFunction_Check(function.get()) || !PyFunction_Check(model.get()))
        return false;
    if (!same_code(PyFunction_GET_CODE(function.get()), PyFunction_GET_CODE(model.get())))
        return false;
    PyObject* name = state.name(Name::kTupleNew);
    PyObject* theirs = PyDict_GetItemWithError(PyFunction_GET_GLOBALS(function.get()), name);
    PyObject* real = PyDict_GetItemWithError(PyFunction_GET_GLOBALS(model.get()), name);
    const Ref tuple_new = Ref::steal(
        PyObject_GetAttr(reinterpret_cast<PyObject*>(&PyTuple_Type), state.name(Name::kNew)));
    if (theirs == nullptr || real == nullptr || !tuple_new ||
        PyObject_RichCompareBool(theirs, tuple_new.get(), Py_EQ) != 1) {
        return false;
    }
    fields_ = count;
    new_ = function;
    new_code_ = Ref::share(PyFunction_GET_CODE(function.get()));
    tuple_new_ = Ref::share(theirs);
    return true;
}

}  // namespace anypickle::load
