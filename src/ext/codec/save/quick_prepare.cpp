#include "codec/save/quick_prepare.h"

#include <new>

#include "codec/save/registry.h"
#include "codec/value/classes.h"
#include "codec/value/code_facts.h"
#include "codec/value/crossings.h"
#include "codec/value/namespaces.h"
#include "codec/value/program.h"
#include "codec/value/state.h"
#include "common/compat.h"

namespace anypickle {
namespace {

/// Whether another process finds the module by importing it, as its recipe says.
int prepare_module(SaveState* state, PyObject* module) {
    ValueState* values = state->value;
    Ref reducer;
    const int found = find_reducer(state, &PyModule_Type, &reducer);
    if (found <= 0) return found;
    const Ref value = Ref::steal(PyObject_CallOneArg(reducer.get(), module));
    if (!value) return -1;
    if (!PyTuple_CheckExact(value.get()) || PyTuple_GET_SIZE(value.get()) != 2) return 0;
    if (values->import_module == nullptr) {
        const Ref importlib = Ref::steal(PyImport_ImportModule("importlib"));
        if (!importlib) return -1;
        values->import_module = PyObject_GetAttrString(importlib.get(), "import_module");
        if (values->import_module == nullptr) return -1;
    }
    PyObject* args = PyTuple_GET_ITEM(value.get(), 1);
    if (PyTuple_GET_ITEM(value.get(), 0) != values->import_module || !PyTuple_CheckExact(args) ||
        PyTuple_GET_SIZE(args) != 1) {
        return 0;
    }
    return PyDict_SetItem(values->importable, PyTuple_GET_ITEM(args, 0), module) < 0 ? -1 : 1;
}

/// The token and fingerprint of a class, and what its methods need.
int prepare_class(ValueState* values, PyObject* cls) {
    if (is_enumeration(values, cls)) {
        if (!prepare_identity(values, cls)) return -1;
    } else if (!new_class_value(values, cls)) {
        return PyErr_Occurred() != nullptr ? -1 : 0;
    }
    const Ref all = Ref::steal(type_dict(reinterpret_cast<PyTypeObject*>(cls)));
    const Ref attributes = Ref::steal(all ? PyDict_Values(all.get()) : nullptr);
    if (!attributes) return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(attributes.get()); ++i) {
        PyObject* value = PyList_GET_ITEM(attributes.get(), i);
        if (PyFunction_Check(value) && !new_code_facts(values, PyFunction_GET_CODE(value))) {
            return -1;
        }
    }
    return 1;
}

/// The name of an object whose recipe gives nothing else.
int prepare_mark(SaveState* state, PyObject* object) try {
    Ref recipe;
    const int found = find_reducer(state, Py_TYPE(object), &recipe);
    if (found <= 0) return found;
    Ref name = Ref::steal(PyObject_CallOneArg(recipe.get(), object));
    if (!name) return -1;
    Ref module;
    if (PyTuple_Check(name.get())) {  // (getattr, (module, name)), for a copy
        PyObject* arguments =
            PyTuple_GET_SIZE(name.get()) == 2 ? PyTuple_GET_ITEM(name.get(), 1) : nullptr;
        if (arguments == nullptr || !PyTuple_Check(arguments) || PyTuple_GET_SIZE(arguments) != 2)
            return 0;
        module = Ref::share(PyTuple_GET_ITEM(arguments, 0));
        name = Ref::share(PyTuple_GET_ITEM(arguments, 1));
    }
    constexpr std::size_t kMost = 32;
    Plan* plan = state->plans->find(Py_TYPE(object));
    if (plan == nullptr || plan->marks.size() >= kMost || !PyUnicode_CheckExact(name.get()))
        return 0;
    plan->marks.push_back({Ref::share(object), std::move(name), std::move(module)});
    return 1;
} catch (const std::bad_alloc&) {
    PyErr_NoMemory();
    return -1;
}

int prepare_namespace(ValueState* values, PyObject* globals) {
    const Ref namespaces = Ref::steal(PyDict_New());
    Namespace space;
    return namespaces && find_namespace(values, globals, namespaces.get(), &space) ? 1 : -1;
}

/// Whether the other side has what `__main__` defines under this name.
int prepare_program(SaveState* state, PyObject* object) {
    const int stays = stays_by_name(state, object);
    if (stays <= 0) return stays;
    const Ref name = Ref::steal(PyObject_GetAttr(object, state->names.attr_qualname));
    return name && note_run_again(state->value, name.get()) ? 1 : -1;
}

int prepare_plan(SaveState* state, PyObject* sample) {
    if (state->plans->make(state, Py_TYPE(sample), sample) != nullptr) return 1;
    if (!PyErr_ExceptionMatches(PyExc_Exception)) return -1;
    PyErr_Clear();
    return 0;
}

/// What `anypickle.override` chose for the whole process may hold for anything.
int has_overrides(ValueState* values) {
    if (values->overrides == nullptr) {
        PyObject* choices = PyDict_GetItemString(PyImport_GetModuleDict(), "anypickle.choices");
        if (choices == nullptr || !PyModule_Check(choices)) return 0;
        PyObject* found = PyDict_GetItemString(PyModule_GetDict(choices), "_overrides");
        if (found == nullptr) return 0;  // another thread is importing it
        if (!PyDict_Check(found)) return 1;
        values->overrides = Py_NewRef(found);
    }
    return PyDict_GET_SIZE(values->overrides) > 0 ? 1 : 0;
}

/// Whether the registry has nothing to say of the kinds that the quick writer knows by itself.
int leaves_kinds_alone(ValueState* values) {
    if (values->recipe_type == nullptr) {
        const Ref registry = Ref::steal(PyImport_ImportModule("anypickle.registry"));
        const Ref answer = Ref::steal(
            registry ? PyObject_CallMethod(registry.get(), "has_only_ours", nullptr) : nullptr);
        if (!answer) return -1;
        if (answer.get() != Py_True) return 0;
        values->recipe_type = PyObject_GetAttrString(registry.get(), "Recipe");
        if (values->recipe_type == nullptr) return -1;
    }
    return 1;
}

}  // namespace

bool find_place(SaveState* state, Quick::Place* place) {
    ValueState* values = state->value;
    *place = Quick::Place::kCrossing;
    const int crossing = in_crossing(values);
    if (crossing < 0) return false;
    if (crossing > 0) {
        const int shares = shares_main(values);
        if (shares > 0) *place = Quick::Place::kCrossingToSameProgram;
        return shares >= 0;
    }
    const int overridden = has_overrides(values);
    if (overridden != 0) return overridden > 0;
    const int alone = leaves_kinds_alone(values);
    if (alone > 0) *place = Quick::Place::kPlain;
    return alone >= 0;
}

int prepare(SaveState* state, Quick::Want want, PyObject* sample, Quick::Place* place) {
    switch (want) {
        case Quick::Want::kNothing:
            return 0;
        case Quick::Want::kPlan:
            return prepare_plan(state, sample);
        case Quick::Want::kPlace:
            return find_place(state, place) ? 1 : -1;
        case Quick::Want::kCode:
            return new_code_facts(state->value, sample) ? 1 : -1;
        case Quick::Want::kClass:
            return prepare_class(state->value, sample);
        case Quick::Want::kMark:
            return prepare_mark(state, sample);
        case Quick::Want::kModule:
            return prepare_module(state, sample);
        case Quick::Want::kNamespace:
            return prepare_namespace(state->value, sample);
        case Quick::Want::kProgram:
            return prepare_program(state, sample);
        case Quick::Want::kCells:
            return 1;
    }
    Py_UNREACHABLE();
}

}  // namespace anypickle
