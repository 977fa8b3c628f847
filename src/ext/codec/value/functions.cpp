#include "codec/value/functions.h"

#include "codec/value/code_facts.h"
#include "codec/value/namespaces.h"
#include "common/compat.h"

namespace anypickle {
namespace {

PyFunctionObject* fields(PyObject* function) {
    return reinterpret_cast<PyFunctionObject*>(function);
}

bool same_text(PyObject* one, PyObject* other) {
    if (one == other) return true;
    if (one == nullptr || other == nullptr || !PyUnicode_Check(one) || !PyUnicode_Check(other)) {
        return false;
    }
    return PyUnicode_Compare(one, other) == 0;
}

/// What fill_function is to set, made when there is something to set.
class State {
  public:
    bool set(PyObject* name, PyObject* value) {
        if (!dict_) dict_ = Ref::steal(PyDict_New());
        return dict_ && PyDict_SetItem(dict_.get(), name, value) == 0;
    }

    [[nodiscard]] PyObject* get() const noexcept { return dict_.get(); }

  private:
    Ref dict_;
};

/// The globals that the code refers to. Atoms go into the namespace itself where that is new; the
/// rest, and the submodules that are reached through packages, into the state.
bool add_globals(ValueState* state, PyObject* function, PyObject* facts, const Namespace& space,
                 State* result) {
    PyObject* there = PyFunction_GET_GLOBALS(function);
    PyObject* names = PyTuple_GET_ITEM(facts, kFactGlobals);
    PyObject* mentioned = PyTuple_GET_ITEM(facts, kFactNames);
    Ref globals;
    const Ref modules = Ref::steal(PyList_New(0));
    if (!modules) return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
        PyObject* name = PyTuple_GET_ITEM(names, i);
        Ref value;
        const int found = dict_get(there, name, value.out());
        if (found < 0) return false;
        if (found == 0) continue;
        if (space.fresh && is_atom(value.get())) {
            if (PyDict_SetItem(space.object.get(), name, value.get()) < 0) return false;
            continue;
        }
        if (!globals) globals = Ref::steal(PyDict_New());
        if (!globals || PyDict_SetItem(globals.get(), name, value.get()) < 0) return false;
        if (PyModule_Check(value.get()) &&
            !add_submodules(state, value.get(), mentioned, modules.get())) {
            return false;
        }
    }
    PyObject* closure = fields(function)->func_closure;
    for (Py_ssize_t i = 0; closure != nullptr && i < PyTuple_GET_SIZE(closure); ++i) {
        const Ref content = Ref::steal(PyCell_Get(PyTuple_GET_ITEM(closure, i)));
        if (content && PyModule_Check(content.get()) &&
            !add_submodules(state, content.get(), mentioned, modules.get())) {
            return false;
        }
    }
    if (PyList_GET_SIZE(modules.get()) > 0 && !result->set(state->names.modules, modules.get())) {
        return false;
    }
    return !globals || result->set(state->names.globals, globals.get());
}

/// Notes what is there and not empty.
void note(FunctionAttributes* found, PyObject* name, PyObject* value) {
    if (value == nullptr) return;
    found->items[found->count++] = {name, Ref::share(value)};
}

void note_some(FunctionAttributes* found, PyObject* name, PyObject* value) {
    if (value == Py_None) return;
    if (value != nullptr && PyDict_CheckExact(value) && PyDict_GET_SIZE(value) == 0) return;
    if (value != nullptr && PyTuple_CheckExact(value) && PyTuple_GET_SIZE(value) == 0) return;
    note(found, name, value);
}

/// The class whose own dict this is, as in the cell that the functions have which compute the
/// annotations in a class; null if it is the dict of none. False with an error.
bool find_owner(ValueState* state, PyObject* content, Ref* owner) {
    if (!may_be_of_class(state, content)) return PyErr_Occurred() == nullptr;
    const Ref helpers = Ref::steal(PyImport_ImportModule("anypickle.reducers.classes"));
    *owner = Ref::steal(helpers ? PyObject_CallMethod(helpers.get(), "owner_of", "O", content)
                                : nullptr);
    if (!*owner) return false;
    if (owner->get() == Py_None) *owner = Ref();
    return true;
}

/// (make, args[, content, None, None, fill]). Steals args, which may be null with the error set.
Ref new_value(PyObject* make, PyObject* steal_args, PyObject* content, PyObject* fill) {
    const Ref args = Ref::steal(steal_args);
    if (!args) return Ref();
    return Ref::steal(content == nullptr
                          ? PyTuple_Pack(2, make, args.get())
                          : PyTuple_Pack(6, make, args.get(), content, Py_None, Py_None, fill));
}

/// Adds the attributes that a new function with this code in this namespace would not have.
bool add_attributes(ValueState* state, PyObject* function, PyObject* facts, State* result) {
    FunctionAttributes found;
    if (!find_attributes(state, function, facts, &found)) return false;
    for (std::size_t i = 0; i < found.count; ++i) {
        if (!result->set(found.items[i].name, found.items[i].value.get())) return false;
    }
    return true;
}

}  // namespace

bool find_attributes(ValueState* state, PyObject* function, PyObject* facts,
                     FunctionAttributes* found) {
    const ValueNames& names = state->names;
    PyFunctionObject* from = fields(function);
    const Ref held = Ref::share(from->func_code);
    const auto* code = reinterpret_cast<PyCodeObject*>(held.get());
    if (!same_text(from->func_name, code->co_name)) note(found, names.name, from->func_name);
    if (!same_text(from->func_qualname, code->co_qualname)) {
        note(found, names.qualname, from->func_qualname);
    }
    PyObject* module = from->func_module == nullptr ? Py_None : from->func_module;
    Ref home;
    if (dict_get(from->func_globals, names.name, home.out()) < 0) return false;
    if (!same_text(module, home.get()) && !(module == Py_None && !home)) {
        note(found, names.module, module);
    }
    PyObject* doc = from->func_doc == nullptr ? Py_None : from->func_doc;
    if (doc != PyTuple_GET_ITEM(facts, kFactDoc) &&
        !same_text(doc, PyTuple_GET_ITEM(facts, kFactDoc))) {
        note(found, names.doc, doc);
    }
    // Where annotations are evaluated when they are asked for, the function that does it crosses;
    // they themselves only if somebody has changed them since.
    PyObject* annotate = annotate_function(function);
    note_some(found, names.annotate, annotate);
    const Ref annotations = Ref::share(kept_annotations(function));
    const int differ = annotate == nullptr ? 1 : annotations_differ(annotate, annotations.get());
    if (differ < 0) return false;
    if (differ > 0) note_some(found, names.annotations, annotations.get());
#if PY_VERSION_HEX >= 0x030C0000
    note_some(found, names.type_params, from->func_typeparams);
#endif
    note_some(found, names.defaults, from->func_defaults);
    note_some(found, names.kwdefaults, from->func_kwdefaults);
    note_some(found, names.attributes, from->func_dict);
    return PyErr_Occurred() == nullptr;
}

bool add_submodules(ValueState* state, PyObject* package, PyObject* names, PyObject* found) {
    PyObject* dict = PyModule_GetDict(package);
    if (!dict_item(dict, state->names.path)) return PyErr_Occurred() == nullptr;
    Ref name;
    if (dict_get(dict, state->names.name, name.out()) < 0) return false;
    if (!name || !PyUnicode_Check(name.get())) return true;
    PyObject* modules = PyImport_GetModuleDict();
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
        // What is no attribute of the package, the code could not reach here either.
        const int attribute = PyDict_Contains(dict, PyTuple_GET_ITEM(names, i));
        if (attribute < 0) return false;
        if (attribute == 0) continue;
        const Ref full =
            Ref::steal(PyUnicode_FromFormat("%U.%U", name.get(), PyTuple_GET_ITEM(names, i)));
        Ref module;
        if (!full || dict_get(modules, full.get(), module.out()) < 0) return false;
        if (!module || !PyModule_Check(module.get())) continue;
        if (PyList_Append(found, module.get()) < 0) return false;
        if (!add_submodules(state, module.get(), names, found)) return false;
    }
    return true;
}

bool may_be_of_class(ValueState* state, PyObject* content) noexcept {
    return PY_VERSION_HEX >= 0x030C0000 && PyDict_CheckExact(content) &&
           PyDict_Contains(content, state->names.module) > 0;
}

bool is_atom(PyObject* object) noexcept {
    const PyTypeObject* type = Py_TYPE(object);
    return object == Py_None || type == &PyBool_Type || type == &PyLong_Type ||
           type == &PyUnicode_Type || type == &PyFloat_Type || type == &PyBytes_Type ||
           type == &PyComplex_Type;
}

int annotations_differ(PyObject* annotate, PyObject* kept) {
    if (kept == nullptr || !PyDict_Check(kept)) return 0;
    if (annotate == nullptr || annotate == Py_None) return PyDict_GET_SIZE(kept) > 0 ? 1 : 0;
    const Ref hold = Ref::share(kept);
    const Ref values = Ref::steal(PyLong_FromLong(1));  // annotationlib.Format.VALUE
    const Ref fresh = Ref::steal(values ? PyObject_CallOneArg(annotate, values.get()) : nullptr);
    const int same = fresh ? PyObject_RichCompareBool(fresh.get(), kept, Py_EQ) : -1;
    if (same >= 0) return 1 - same;
    // What can't be evaluated any more, or compared, is not known to be the same.
    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return -1;
    }
    PyErr_Clear();
    return 1;
}

Ref new_function_value(ValueState* state, PyObject* function, PyObject* namespaces) {
    PyFunctionObject* from = fields(function);
    const Section section(function);
    const Ref code = Ref::share(from->func_code);
    const Ref facts = new_code_facts(state, code.get());
    if (!facts) return Ref();
    Namespace space;
    if (!find_namespace(state, from->func_globals, namespaces, &space)) return Ref();
    State content;
    if (space.carries && !add_globals(state, function, facts.get(), space, &content)) return Ref();
    if (!add_attributes(state, function, facts.get(), &content)) return Ref();
    PyObject* data = PyTuple_GET_ITEM(facts.get(), kFactData);
    PyObject* args =
        from->func_closure == nullptr
            ? PyTuple_Pack(3, state->version, data, space.object.get())
            : PyTuple_Pack(4, state->version, data, space.object.get(), from->func_closure);
    return new_value(state->rebuild[kRebuildFunction], args, content.get(),
                     state->rebuild[kRebuildFillFunction]);
}

Ref new_cell_value(ValueState* state, PyObject* cell) {
    const Ref content = Ref::steal(PyCell_Get(cell));
    PyObject* make = state->rebuild[kRebuildCell];
    if (!content) return new_value(make, PyTuple_New(0), nullptr, nullptr);
    Ref owner;
    if (!find_owner(state, content.get(), &owner)) return Ref();
    if (owner) {
        return new_value(make, PyTuple_New(0), owner.get(),
                         state->rebuild[kRebuildFillCellOfClass]);
    }
    if (is_atom(content.get())) {
        return new_value(make, PyTuple_Pack(1, content.get()), nullptr, nullptr);
    }
    return new_value(make, PyTuple_New(0), content.get(), state->rebuild[kRebuildFillCell]);
}

}  // namespace anypickle
