#include "codec/value/rebuild.h"

#include <marshal.h>

#include <iterator>

#include "codec/state.h"
#include "codec/value/as_compiled.h"
#include "codec/value/classes.h"
#include "common/compat.h"
#include "common/imports.h"
#include "common/methods.h"
#include "common/ref.h"

namespace anypickle {
namespace {

/// Raises the error of a stream that Python of another version wrote.
bool check_version(ValueState* state, PyObject* version) {
    int64_t number = 0;
    if (PyLong_CheckExact(version) && small_long(version, &number) &&
        number == PY_MAJOR_VERSION * 100 + PY_MINOR_VERSION) {
        return true;
    }
    const int same = PyObject_RichCompareBool(version, state->version, Py_EQ);
    if (same != 0) return same > 0;
    const Ref module = Ref::steal(PyImport_ImportModule("anypickle._value"));
    const Ref result = Ref::steal(
        module ? PyObject_CallMethod(module.get(), "wrong_version", "O", version) : nullptr);
    return false;
}

/// The code object of these bytes, from the cache or from marshal.
Ref new_code(ValueState* state, PyObject* version, PyObject* data) {
    if (!check_version(state, version)) return Ref();
    if (!PyBytes_CheckExact(data)) {
        PyErr_SetString(PyExc_TypeError, "the code of a function must be bytes");
        return Ref();
    }
    Ref code = state->codes.find(data);
    if (code) return code;
    code =
        Ref::steal(PyMarshal_ReadObjectFromString(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data)));
    if (!code) return Ref();
    if (!PyCode_Check(code.get())) {
        PyErr_SetString(PyExc_TypeError, "the bytes of a function hold something else than code");
        return Ref();
    }
    state->codes.add(data, code.get());
    return code;
}

/// The module of this name: that which is there, or imported.
Ref new_module(ValueState* state, PyObject* name) {
    if (PyObject* there = state->imports->find_finished(name)) return Ref::share(there);
    if (PyErr_Occurred() != nullptr) return Ref();
    Ref module = Ref::steal(PyImport_GetModule(name));
    if (module || PyErr_Occurred() != nullptr) return module;
    module = Ref::steal(PyImport_Import(name));
    if (!module) return Ref();
    // `import a.b` gives a.
    Ref found = Ref::steal(PyImport_GetModule(name));
    return found || PyErr_Occurred() != nullptr ? found : module;
}

/// A dict of its own for one function, of what is said in brief: its name, then modules, by name or
/// as (name, name of the module).
Ref new_own_globals(ValueState* state, PyObject* brief) {
    Ref globals = Ref::steal(PyDict_New());
    const Py_ssize_t size = PyTuple_GET_SIZE(brief);
    if (size == 0) {
        PyErr_SetString(PyExc_TypeError, "a namespace needs a name");
        return Ref();
    }
    if (!globals ||
        PyDict_SetItem(globals.get(), state->names.name, PyTuple_GET_ITEM(brief, 0)) < 0) {
        return Ref();
    }
    for (Py_ssize_t i = 1; i < size; ++i) {
        PyObject* name = PyTuple_GET_ITEM(brief, i);
        PyObject* module_name = name;
        if (PyTuple_CheckExact(name) && PyTuple_GET_SIZE(name) == 2) {
            module_name = PyTuple_GET_ITEM(name, 1);
            name = PyTuple_GET_ITEM(name, 0);
        }
        if (!PyUnicode_CheckExact(name) || !PyUnicode_CheckExact(module_name)) {
            PyErr_SetString(PyExc_TypeError, "what a namespace has in brief are names of modules");
            return Ref();
        }
        const Ref module = new_module(state, module_name);
        if (!module || PyDict_SetItem(globals.get(), name, module.get()) < 0) return Ref();
    }
    return globals;
}

/// The dict that is the globals: a dict, or one that a tuple describes, or that of a module or of
/// the module of this name.
Ref new_globals(ValueState* state, PyObject* given) {
    Ref globals;
    if (PyDict_CheckExact(given)) {
        globals = Ref::share(given);
    } else if (PyTuple_CheckExact(given)) {
        globals = new_own_globals(state, given);
        if (!globals) return Ref();
    } else {
        const Ref imported = PyUnicode_Check(given) ? new_module(state, given) : Ref::share(given);
        if (!imported) return Ref();
        if (!PyModule_Check(imported.get())) {
            PyErr_SetString(PyExc_TypeError, "a function's namespace must be a dict or a module");
            return Ref();
        }
        globals = Ref::share(PyModule_GetDict(imported.get()));
    }
    if (PyDict_SetDefault(globals.get(), state->names.builtins, PyEval_GetBuiltins()) == nullptr) {
        return Ref();
    }
    return globals;
}

/// The cells of a function with this code: what is no cell yet is what a new one holds. Null with
/// the error set.
Ref new_closure(PyObject* code, PyObject* given) {
    const bool is_tuple = PyTuple_CheckExact(given);
    const Py_ssize_t size = is_tuple ? PyTuple_GET_SIZE(given) : 0;
    if (!is_tuple || size != PyCode_GetNumFree(reinterpret_cast<PyCodeObject*>(code))) {
        PyErr_SetString(PyExc_ValueError, "a function's closure does not fit its code");
        return Ref();
    }
    Py_ssize_t cells = 0;
    while (cells < size && PyCell_Check(PyTuple_GET_ITEM(given, cells))) ++cells;
    if (cells == size) return Ref::share(given);
    Ref closure = Ref::steal(PyTuple_New(size));
    for (Py_ssize_t i = 0; closure && i < size; ++i) {
        PyObject* item = PyTuple_GET_ITEM(given, i);
        PyObject* cell = PyCell_Check(item) ? Py_NewRef(item) : PyCell_New(item);
        if (cell == nullptr) return Ref();
        PyTuple_SET_ITEM(closure.get(), i, cell);
    }
    return closure;
}

PyObject* function(PyObject* module, PyObject* const* args, Py_ssize_t count) {
    ValueState* state = &state_of(module)->value;
    if (count < 3 || count > 4) {
        PyErr_SetString(PyExc_TypeError, "function() takes 3 or 4 arguments");
        return nullptr;
    }
    const Ref code = new_code(state, args[0], args[1]);
    const Ref globals = code ? new_globals(state, args[2]) : Ref();
    if (!globals) return nullptr;
    Ref closure;
    if (count > 3 && args[3] != Py_None) {
        closure = new_closure(code.get(), args[3]);
        if (!closure) return nullptr;
    } else if (PyCode_GetNumFree(reinterpret_cast<PyCodeObject*>(code.get())) != 0) {
        PyErr_SetString(PyExc_ValueError, "a function's closure does not fit its code");
        return nullptr;
    }
    Ref made = Ref::steal(PyFunction_New(code.get(), globals.get()));
    if (!made) return nullptr;
    if (closure && PyFunction_SetClosure(made.get(), closure.get()) < 0) return nullptr;
    return made.release();
}

/// Adds to the __dict__ of a function.
int update_attributes(PyObject* made, PyObject* attributes) {
    const Ref own = Ref::steal(PyObject_GenericGetDict(made, nullptr));
    if (!own) return -1;
    if (!PyDict_CheckExact(attributes)) return PyDict_Update(own.get(), attributes);
    const Ref still = new_still(attributes);
    if (!still) return -1;
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(still.get(), &i, &key, &value) != 0;) {
        const Ref name = Ref::steal(new_as_compiled(key));
        const Ref content = Ref::steal(new_as_compiled(value));
        if (PyDict_SetItem(own.get(), name.get(), content.get()) < 0) return -1;
    }
    return 0;
}

PyObject* fill_function(PyObject* module, PyObject* const* args, Py_ssize_t count) {
    const ValueNames& names = state_of(module)->value.names;
    if (count != 2 || !PyFunction_Check(args[0]) || !PyDict_CheckExact(args[1])) {
        PyErr_SetString(PyExc_TypeError, "fill_function() wants a function and a dict");
        return nullptr;
    }
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    const Ref still = new_still(args[1]);
    if (!still) return nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(still.get(), &i, &key, &value) != 0;) {
        int set = 0;
        if (!PyUnicode_Check(key)) {
            PyErr_SetString(PyExc_TypeError, "the attributes of a function have names");
            return nullptr;
        }
        if (PyUnicode_Compare(key, names.globals) == 0) {
            set = PyDict_Update(PyFunction_GET_GLOBALS(args[0]), value);
        } else if (PyUnicode_Compare(key, names.attributes) == 0) {
            set = update_attributes(args[0], value);
        } else if (PyUnicode_Compare(key, names.annotations) == 0 && PyDict_Check(value)) {
            set = set_annotations(args[0], value);
        } else if (PyUnicode_Compare(key, names.modules) != 0) {
            // Those were imported when the state was read.
            set = PyObject_SetAttr(args[0], key, value);
        }
        if (set < 0) return nullptr;
    }
    Py_RETURN_NONE;
}

PyObject* cell(PyObject*, PyObject* const* args, Py_ssize_t count) {
    if (count > 1) {
        PyErr_SetString(PyExc_TypeError, "cell() takes at most 1 argument");
        return nullptr;
    }
    return PyCell_New(count == 1 ? args[0] : nullptr);
}

PyObject* fill_cell(PyObject*, PyObject* const* args, Py_ssize_t count) {
    if (count != 2 || !PyCell_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "fill_cell() wants a cell and its content");
        return nullptr;
    }
    if (PyCell_Set(args[0], args[1]) < 0) return nullptr;
    Py_RETURN_NONE;
}

PyObject* fill_cell_of_class(PyObject*, PyObject* const* args, Py_ssize_t count) {
    if (count != 2 || !PyCell_Check(args[0]) || !PyType_Check(args[1]) ||
        !PyType_HasFeature(reinterpret_cast<PyTypeObject*>(args[1]), Py_TPFLAGS_HEAPTYPE)) {
        PyErr_SetString(PyExc_TypeError, "fill_cell_of_class() wants a cell and a class");
        return nullptr;
    }
    const Ref dict = Ref::steal(type_dict(reinterpret_cast<PyTypeObject*>(args[1])));
    if (!dict || PyCell_Set(args[0], dict.get()) < 0) return nullptr;
    Py_RETURN_NONE;
}

PyObject* code(PyObject* module, PyObject* const* args, Py_ssize_t count) {
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "code() takes 2 arguments");
        return nullptr;
    }
    return new_code(&state_of(module)->value, args[0], args[1]).release();
}

PyObject* new_class_in(PyObject* module, PyObject* const* args, Py_ssize_t count) {
    return new_class(&state_of(module)->value, args, count);
}

PyObject* fill_class_in(PyObject* module, PyObject* const* args, Py_ssize_t count) {
    return fill_class(&state_of(module)->value, args, count);
}

// In the order of the enumeration Rebuild.
PyMethodDef rebuilders[] = {
    {"function", method(function), METH_FASTCALL,
     "function(version, code, namespace, closure=None, /)\n--\n\nA function with this code, from "
     "this version of "
     "Python, in a namespace that it shares with others. What the closure holds besides cells "
     "goes into new ones."},
    {"fill_function", method(fill_function), METH_FASTCALL,
     "fill_function(function, state, /)\n--\n\nSets what may refer to the function itself: "
     "globals, "
     "defaults and other attributes."},
    {"cell", method(cell), METH_FASTCALL, "cell(content=<none>, /)\n--\n\nA cell, empty or not."},
    {"fill_cell", method(fill_cell), METH_FASTCALL,
     "fill_cell(cell, content, /)\n--\n\nFills a cell that was made empty."},
    {"code", method(code), METH_FASTCALL,
     "code(version, data, /)\n--\n\nThe code object that marshal wrote, if this Python can run "
     "it."},
    {"new_class", method(new_class_in), METH_FASTCALL,
     "new_class(token, fingerprint, metaclass, name, bases, namespace, /)\n--\n\nThe class that "
     "goes by this token here, or that `__main__` has with this fingerprint, or a new one."},
    {"fill_class", method(fill_class_in), METH_FASTCALL,
     "fill_class(cls, state, /)\n--\n\nGives a new class its attributes."},
    {"fill_cell_of_class", method(fill_cell_of_class), METH_FASTCALL,
     "fill_cell_of_class(cell, cls, /)\n--\n\nFills a cell with the dict of a class, in which "
     "annotations look names up."},
};
static_assert(std::size(rebuilders) == kRebuildCount);

constexpr const char* kLines[] = {
    "canypickle._value\nfunction\n",   "canypickle._value\nfill_function\n",
    "canypickle._value\ncell\n",       "canypickle._value\nfill_cell\n",
    "canypickle._value\ncode\n",       "canypickle._value\nnew_class\n",
    "canypickle._value\nfill_class\n", "canypickle._value\nfill_cell_of_class\n",
};
static_assert(std::size(kLines) == kRebuildCount);

}  // namespace

bool add_rebuilders(PyObject* module, ValueState* state) {
    const Ref home = Ref::steal(PyUnicode_InternFromString("anypickle._value"));
    const Ref all = Ref::steal(home ? PyTuple_New(kRebuildCount) : nullptr);
    if (!all) return false;
    for (std::size_t i = 0; i < kRebuildCount; ++i) {
        PyObject* made = PyCFunction_NewEx(&rebuilders[i], module, home.get());
        if (made == nullptr) return false;
        PyTuple_SET_ITEM(all.get(), static_cast<Py_ssize_t>(i), made);
        state->rebuild[i] = Py_NewRef(made);
        state->rebuild_lines[i] = kLines[i];
        state->rebuild_names[i] = PyUnicode_InternFromString(rebuilders[i].ml_name);
        if (state->rebuild_names[i] == nullptr) return false;
    }
    state->home = Py_NewRef(home.get());
    return PyModule_AddObjectRef(module, "rebuilders", all.get()) == 0;
}

}  // namespace anypickle
