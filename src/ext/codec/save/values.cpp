// Functions, classes and cells by value: which of them, and what the registry or codec/value makes
// of them.
#include "codec/save/engine.h"
#include "codec/save/globals.h"
#include "codec/save/registry.h"
#include "codec/value/classes.h"
#include "codec/value/functions.h"
#include "codec/value/state.h"
#include "common/errors.h"

namespace anypickle {
namespace {

/// Whether no name leads to it: a lambda, or what a function defines.
bool has_no_name(PyObject* object) {
    const Section section(object);
    Ref name;
    if (PyFunction_Check(object)) {
        name = Ref::share(reinterpret_cast<PyFunctionObject*>(object)->func_qualname);
    } else if (PyType_HasFeature(reinterpret_cast<PyTypeObject*>(object), Py_TPFLAGS_HEAPTYPE)) {
        name = Ref::share(reinterpret_cast<PyHeapTypeObject*>(object)->ht_qualname);
    }
    return name && PyUnicode_FindChar(name.get(), '<', 0, PyUnicode_GET_LENGTH(name.get()), 1) >= 0;
}

/// Whether a module that is not there belongs to a package that is: what its import finds is its
/// own, and a package written in C says so of parts that nobody has imported yet. 1, 0, -1.
int has_package(PyObject* module) {
    const Py_ssize_t dot = PyUnicode_FindChar(module, '.', 0, PyUnicode_GET_LENGTH(module), -1);
    if (dot < 0) return dot == -1 ? 0 : -1;
    const Ref package = Ref::steal(PyUnicode_Substring(module, 0, dot));
    return package ? PyDict_Contains(PyImport_GetModuleDict(), package.get()) : -1;
}

/// Whether no import leads to the module that it says it lives in: that is not there (so that
/// looking the name up would import another of that name), or a program made it. 1, 0, -1.
int has_no_module(SaveState* state, PyObject* object) {
    Ref name;
    if (optional_attr(object, state->names.attr_module, name.out()) < 0) PyErr_Clear();
    if (!name || !PyUnicode_Check(name.get())) return 0;
    Ref module;
    const int there = dict_get(PyImport_GetModuleDict(), name.get(), module.out());
    if (there < 0) return -1;
    if (there == 0) {
        const int packaged = has_package(name.get());
        return packaged < 0 ? -1 : 1 - packaged;
    }
    if (!PyModule_Check(module.get()) || has_spec(state, module.get())) return 0;
    const int importable = is_importable(state, module.get());
    return importable < 0 ? -1 : 1 - importable;
}

}  // namespace

/// A function or a class: by name, or by value where it can't be found by name or must not be.
Step Engine::save_named(PyObject* object) {
    Ref value;
    const int wanted = goes_by_value(state_, object);
    if (wanted < 0) return Step::kFailed;
    const int must = wanted > 0 || has_no_name(object) ? 1 : has_no_module(state_, object);
    if (must < 0) return Step::kFailed;
    if (must > 0) {
        if (!by_value(object, wanted > 0, &value)) return Step::kFailed;
        if (value) return push_value(object, value.get());
    }
    const Step step = save_global(object, nullptr);
    if (step != Step::kFailed || must > 0) return step;
    if (!PyErr_ExceptionMatches(state_->pickling_error) &&
        !PyErr_ExceptionMatches(PyExc_AttributeError)) {
        return step;
    }
    ErrorHolder error;
    if (!by_value(object, false, &value)) return Step::kFailed;
    if (!value) {
        error.restore();
        return Step::kFailed;
    }
    return push_value(object, value.get());
}

/// Within a function or class by value the same bytes are written in every process that has it;
/// see Quick. An observer needs no bytes, and a fast dump has no numbers.
Step Engine::push_value(PyObject* object, PyObject* value) {
    const Step step = push_reduce_value(object, value);
    if (step == Step::kPushed && options_.observer == nullptr && !options_.fast) {
        frames_.top().by_value = true;
        ++values_open_;
    }
    return step;
}

/// Code that is equal is one code object where it arrives. `value` is that of a function, just
/// made.
bool Engine::share_code(PyObject* value) {
    constexpr Py_ssize_t kCode = 1;
    PyObject* args = PyTuple_GET_ITEM(value, 1);
    PyObject* data = PyTuple_GET_ITEM(args, kCode);
    PyObject* first = names_.like(data);
    if (first == nullptr) return false;
    if (first != data) {
        PyTuple_SET_ITEM(args, kCode, Py_NewRef(first));
        Py_DECREF(data);
    }
    return true;
}

/// The reduce value; null without an error where the name is right after all. What lives in a
/// module that goes by value may yet be found by name: the registry knows what the other side has.
bool Engine::by_value(PyObject* object, bool ask, Ref* value) {
    const int stays = ask ? stays_by_name(state_, object) : 0;
    if (stays != 0) return stays > 0;
    if (Py_IS_TYPE(object, &PyFunction_Type)) {
        PyObject* namespaces = memo_.companions();
        if (namespaces == nullptr) return false;
        *value = new_function_value(state_->value, object, namespaces);
        return *value && share_code(value->get());
    }
    *value = new_class_value(state_->value, object);
    if (*value || PyErr_Occurred() != nullptr) return static_cast<bool>(*value);
    return anypickle::by_value(state_, object, value);
}

Step Engine::save_cell(PyObject* object) {
    const Ref value = new_cell_value(state_->value, object);
    return value ? push_reduce_value(object, value.get()) : Step::kFailed;
}

}  // namespace anypickle
