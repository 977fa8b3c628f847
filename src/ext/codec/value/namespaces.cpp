#include "codec/value/namespaces.h"

#include "codec/value/code_facts.h"
#include "common/compat.h"

namespace anypickle {
namespace {

/// What stands for the globals of a module, or of nobody's: what reducers.namespaces says,
/// remembered for modules as long as they are the same. A str or module, or a dict to start from.
Ref new_template(ValueState* state, PyObject* globals) {
    Ref name;
    if (dict_get(globals, state->names.name, name.out()) < 0) return Ref();
    Ref module;
    if (name && PyUnicode_CheckExact(name.get())) {
        if (dict_get(PyImport_GetModuleDict(), name.get(), module.out()) < 0) return Ref();
        const bool own =
            module && PyModule_Check(module.get()) && PyModule_GetDict(module.get()) == globals;
        if (!own) module = Ref();
    }
    const Ref namespaces = state->namespaces.now();
    if (!namespaces) return Ref();
    if (module) {
        Ref known;
        if (dict_get(namespaces.get(), name.get(), known.out()) < 0) return Ref();
        if (known && PyTuple_GET_ITEM(known.get(), 0) == module.get()) {
            return Ref::share(PyTuple_GET_ITEM(known.get(), 1));
        }
    }
    PyObject* helpers = value_helpers(state);
    if (helpers == nullptr) return Ref();
    Ref found = Ref::steal(PyObject_CallMethod(helpers, "namespace_of", "O", globals));
    if (!found || !module) return found;
    const Ref pair = Ref::steal(PyTuple_Pack(2, module.get(), found.get()));
    if (!pair || PyDict_SetItem(namespaces.get(), name.get(), pair.get()) < 0) return Ref();
    return found;
}

}  // namespace

bool find_namespace(ValueState* state, PyObject* globals, PyObject* namespaces, Namespace* space) {
    const Ref key = Ref::steal(PyLong_FromVoidPtr(globals));
    if (!key || dict_get(namespaces, key.get(), space->object.out()) < 0) return false;
    if (!space->object) {
        space->object = new_template(state, globals);
        if (!space->object) return false;
        if (PyDict_CheckExact(space->object.get())) {
            space->object = Ref::steal(PyDict_Copy(space->object.get()));
            space->fresh = true;
        }
        if (!space->object || PyDict_SetItem(namespaces, key.get(), space->object.get()) < 0) {
            return false;
        }
    }
    space->carries = PyDict_CheckExact(space->object.get());
    return true;
}

bool forget_modules(ValueState* state) {
    if (state->importable != nullptr) PyDict_Clear(state->importable);
    if constexpr (!kFreeThreaded) Py_CLEAR(state->recipe_type);
    return state->namespaces.forget();
}

}  // namespace anypickle
