#include "codec/save/globals.h"
#include "common/compat.h"
#include "common/errors.h"
#include "common/imports.h"

namespace anypickle {
namespace {

/// Follows a dotted path from a module. Sets *parent to what the last name was found in. Null, with
/// AttributeError or without an error, if there is no such attribute.
PyObject* new_deep_attribute(PyObject* module, PyObject* path, Ref* parent) {
    Ref current = Ref::share(module);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(path); ++i) {
        *parent = current;
        Ref next;
        if constexpr (kNewWords) {  // whose AttributeError says which one was not there
            next = Ref::steal(PyObject_GetAttr(parent->get(), PyList_GET_ITEM(path, i)));
            if (!next) return nullptr;
            current = std::move(next);
            continue;
        }
        if (optional_attr(parent->get(), PyList_GET_ITEM(path, i), next.out()) <= 0) return nullptr;
        current = std::move(next);
    }
    return current.release();
}

/// The parts of a qualified name. Null with an error for one that runs through `<locals>`.
PyObject* new_path(SaveState* state, PyObject* object, PyObject* name) {
    if (PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1) == -1 &&
        PyUnicode_CompareWithASCIIString(name, "<locals>") != 0) {
        PyObject* whole = PyList_New(1);
        if (whole != nullptr) PyList_SET_ITEM(whole, 0, Py_NewRef(name));
        return whole;
    }
    const Ref dot = Ref::steal(PyUnicode_FromString("."));
    Ref path = Ref::steal(dot ? PyUnicode_Split(name, dot.get(), -1) : nullptr);
    if (!path) return nullptr;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(path.get()); ++i) {
        if (PyUnicode_CompareWithASCIIString(PyList_GET_ITEM(path.get(), i), "<locals>") == 0) {
#if PY_VERSION_HEX >= 0x030E0000
            PyErr_Format(state->pickling_error, "Can't pickle local object %R", object);
#else
            // AttributeError, as CPython raised until 3.13; code that catches PicklingError alone
            // misses it there too.
            PyErr_Format(PyExc_AttributeError,
                         PY_VERSION_HEX >= 0x030D0000 ? "Can't get local object %R"
                                                      : "Can't pickle local object %R",
                         name);
            (void)object;
            (void)state;
#endif
            return nullptr;
        }
    }
    return path.release();
}

/// The name of the module in which the object says, or is found, to live. New reference, or null
/// with an error.
PyObject* new_module_name(SaveState* state, PyObject* object, PyObject* path) {
    Ref name;
    if (optional_attr(object, state->names.attr_module, name.out()) < 0) return nullptr;
    if (name && name.get() != Py_None) return name.release();
    // sys.modules may change while modules are asked for attributes.
    const Ref all = Ref::share(PySys_GetObject("modules"));
    const Ref modules =
        Ref::steal(all && PyDict_Check(all.get()) ? PyDict_Copy(all.get()) : PyDict_New());
    if (!modules) return nullptr;
    PyObject* key = nullptr;
    PyObject* module = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(modules.get(), &i, &key, &module);) {
        if (module == Py_None || !PyUnicode_Check(key) ||
            PyUnicode_Compare(key, state->names.main) == 0 ||
            PyUnicode_Compare(key, state->names.mp_main) == 0) {
            continue;
        }
        Ref parent;
        const Ref found = Ref::steal(new_deep_attribute(module, path, &parent));
        if (found.get() == object) return Py_NewRef(key);
        if (!found && PyErr_Occurred() != nullptr) {
            if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return nullptr;
            PyErr_Clear();
        }
    }
    return Py_NewRef(state->names.main);
}

}  // namespace

PyObject* builtin(const char* name) {
    const Ref builtins = Ref::steal(PyImport_ImportModule("builtins"));
    return builtins ? PyObject_GetAttrString(builtins.get(), name) : nullptr;
}

bool find_global(SaveState* state, PyObject* object, PyObject* given_name, GlobalName* result) {
    if (given_name != nullptr) {
        result->name = Ref::share(given_name);
    } else {
        if (optional_attr(object, state->names.attr_qualname, result->name.out()) < 0) return false;
        if (!result->name) {
            result->name = Ref::steal(PyObject_GetAttr(object, state->names.attr_name));
            if (!result->name) return false;
        }
    }
    if (!PyUnicode_Check(result->name.get())) {
        PyErr_Format(state->pickling_error, "Can't pickle %R: its name is not a string but %R",
                     object, result->name.get());
        return false;
    }
    const Ref path = Ref::steal(new_path(state, object, result->name.get()));
    if (!path) return false;
    result->module = Ref::steal(new_module_name(state, object, path.get()));
    if (!result->module) return false;
    Ref module = Ref::share(state->imports->find_finished(result->module.get()));
    if (!module && PyErr_Occurred() == nullptr)
        module = Ref::steal(PyImport_Import(result->module.get()));
    if (!module) {
        if (PyErr_ExceptionMatches(PyExc_MemoryError)) return false;
#if PY_VERSION_HEX >= 0x030E0000
        const bool expected = PyErr_ExceptionMatches(PyExc_ImportError) ||
                              PyErr_ExceptionMatches(PyExc_ValueError) ||
                              PyErr_ExceptionMatches(PyExc_TypeError);
        if (!expected) return false;
#endif
        ErrorHolder cause;
        if constexpr (kNewWords) {
            PyErr_Format(state->pickling_error, "Can't pickle %R: %S", object, cause.get());
            cause.become_context();
        } else {
            PyErr_Format(state->pickling_error, "Can't pickle %R: import of module %R failed",
                         object, result->module.get());
            cause.chain();
        }
        return false;
    }
    const Ref found = Ref::steal(new_deep_attribute(module.get(), path.get(), &result->parent));
    if (!found) {
        if (PyErr_Occurred() != nullptr && PyErr_ExceptionMatches(PyExc_MemoryError)) return false;
        if (kNewWords && !PyErr_ExceptionMatches(PyExc_AttributeError)) return false;
        ErrorHolder cause;
        if constexpr (kNewWords) {
            PyErr_Format(state->pickling_error, "Can't pickle %R: it's not found as %S.%S", object,
                         result->module.get(), result->name.get());
            cause.become_context();
        } else {
            PyErr_Format(state->pickling_error, "Can't pickle %R: attribute lookup %S on %S failed",
                         object, result->name.get(), result->module.get());
            cause.chain();
        }
        return false;
    }
    if (found.get() != object) {
        PyErr_Format(state->pickling_error, "Can't pickle %R: it's not the same object as %S.%S",
                     object, result->module.get(), result->name.get());
        return false;
    }
    if (result->parent.get() == module.get()) result->parent = Ref();
    result->last_name = Ref::share(PyList_GET_ITEM(path.get(), PyList_GET_SIZE(path.get()) - 1));
    return true;
}

bool extension_code(SaveState* state, PyObject* object, const GlobalName& global, int64_t* code) {
    const Ref key = Ref::steal(PyTuple_Pack(2, global.module.get(), global.name.get()));
    if (!key) return false;
    Ref value;
    if (dict_get(state->extension_registry, key.get(), value.out()) < 0) return false;
    *code = 0;
    if (!value) return true;
    *code = PyLong_AsLong(value.get());
    if (*code == -1 && PyErr_Occurred() != nullptr) return false;
    if (*code > 0 && *code <= 0x7FFFFFFF) return true;
    if constexpr (kNewWords) {
        PyErr_Format(PyExc_RuntimeError, "extension code %ld is out of range",
                     static_cast<long>(*code));
    } else {
        PyErr_Format(PyExc_RuntimeError, "Can't pickle %R: extension code %R is out of range",
                     object, value.get());
    }
    return false;
}

}  // namespace anypickle
