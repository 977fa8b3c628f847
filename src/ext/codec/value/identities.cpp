#include "codec/value/identities.h"

#include "codec/value/code_facts.h"
#include "common/compat.h"

namespace anypickle {
namespace {

int function_has_globals(ValueState* state, PyObject* function) {
    PyObject* globals = PyFunction_GET_GLOBALS(function);
    PyObject* closure = PyFunction_GET_CLOSURE(function);
    const Ref code = Ref::share(PyFunction_GET_CODE(function));
    // Those of a module were not brought along.
    const int of_module = PyDict_Contains(globals, state->names.spec);
    if (of_module < 0) return -1;
    if (closure != nullptr && PyTuple_GET_SIZE(closure) > 1) return 1;
    if (closure != nullptr && PyTuple_GET_SIZE(closure) == 1) {
        const Ref content = Ref::steal(PyCell_Get(PyTuple_GET_ITEM(closure, 0)));
        if (!content || !PyType_Check(content.get())) return 1;  // else `__class__`, for super()
    }
    if (of_module > 0) return 0;
    const Ref facts = new_code_facts(state, code.get());
    if (!facts) return -1;
    PyObject* names = PyTuple_GET_ITEM(facts.get(), kFactGlobals);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
        const int found = PyDict_Contains(globals, PyTuple_GET_ITEM(names, i));
        if (found != 0) return found;
    }
    return 0;
}

}  // namespace

bool add_identities(PyObject* module, ValueState* state) {
    state->named = PyDict_New();
    state->entries = PyDict_New();
    if (state->named == nullptr || state->entries == nullptr) return false;
    const Ref pair = Ref::steal(PyTuple_Pack(2, state->named, state->entries));
    return pair && PyModule_AddObjectRef(module, "identities", pair.get()) == 0;
}

Ref new_entry(ValueState* state, PyObject* cls) {
    const Ref key = Ref::steal(PyLong_FromVoidPtr(cls));
    Ref entry;
    if (!key || dict_get(state->entries, key.get(), entry.out()) < 0) return Ref();
    if (!entry) {
        const Ref module = Ref::steal(PyImport_ImportModule("anypickle._identity"));
        if (!module) return Ref();
        entry = Ref::steal(PyObject_CallMethod(module.get(), "entry_of", "O", cls));
        if (!entry) return Ref();
    }
    if (!is_entry(entry.get())) {
        PyErr_SetString(PyExc_SystemError, "an entry of _identity must be a list of six");
        return Ref();
    }
    return entry;
}

Ref find_class_of(ValueState* state, PyObject* token) {
    Ref reference;
    if (!PyBytes_CheckExact(token)) return Ref();
    if (dict_get(state->named, token, reference.out()) <= 0) return Ref();
    Ref found = Ref::steal(PyObject_CallNoArgs(reference.get()));
    return found && PyType_Check(found.get()) ? found : Ref();
}

int has_globals(ValueState* state, PyObject* attribute) {
    if (PyFunction_Check(attribute)) return function_has_globals(state, attribute);
    static constexpr const char* kParts[] = {"__func__", "fget", "fset", "fdel"};
    const PyTypeObject* type = Py_TYPE(attribute);
    if (type != &PyStaticMethod_Type && type != &PyClassMethod_Type && type != &PyProperty_Type) {
        return 0;
    }
    for (const char* name : kParts) {
        Ref part = Ref::steal(PyObject_GetAttrString(attribute, name));
        if (!part) PyErr_Clear();
        if (!part || !PyFunction_Check(part.get())) continue;
        if (const int found = function_has_globals(state, part.get()); found != 0) return found;
    }
    return 0;
}

}  // namespace anypickle
