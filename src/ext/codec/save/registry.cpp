#include "codec/save/registry.h"

#include "codec/value/crossings.h"
#include "codec/value/state.h"
#include "common/compat.h"
#include "common/errors.h"

namespace anypickle {
namespace {

/// The registry module, or null: without an error while it is not (or not yet fully) there.
PyObject* registry_module(SaveState* state) {
    if (PyObject* known = state->registry.get(); known != nullptr) return known;
    Ref module = Ref::steal(PyImport_ImportModule("anypickle.registry"));
    if (!module) {
        if (PyErr_ExceptionMatches(PyExc_ModuleNotFoundError)) PyErr_Clear();
        return nullptr;
    }
    // While it is being imported, objects that its own imports pickle do without it.
    const Ref table = Ref::steal(PyObject_GetAttrString(module.get(), "by_value"));
    if (!table) {
        PyErr_Clear();
        return nullptr;
    }
    return state->registry.keep(std::move(module));
}

}  // namespace

int find_reducer(SaveState* state, PyTypeObject* type, Ref* reducer) {
    PyObject* key = reinterpret_cast<PyObject*>(type);
    *reducer = Ref();
    if (type == state->unreduced) return 0;
    const Ref resolved = state->resolved.now();
    Ref found;
    if (!resolved) return 0;  // the module is on its way out
    if (const int known = dict_get(resolved.get(), key, found.out()); known != 0) {
        if (known < 0) return -1;
        if (found.get() == Py_None) {
            if (!kFreeThreaded && resolved.get() == state->resolved.borrowed()) {
                state->unreduced = type;
            }
            return 0;
        }
        *reducer = std::move(found);
        return 1;
    }
    PyObject* registry = registry_module(state);
    if (registry == nullptr) return PyErr_Occurred() != nullptr ? -1 : 0;
    const Ref table = Ref::steal(PyObject_GetAttrString(registry, "TABLE"));
    if (!table) return -1;
    const int listed = dict_get(table.get(), key, found.out());
    if (listed < 0) return -1;
    if (listed == 0) {
        found = Ref::steal(PyObject_CallMethodOneArg(registry, state->names.resolve, key));
        if (!found) return -1;
    }
    if (PyDict_SetItem(resolved.get(), key, found.get()) < 0) return -1;
    if (found.get() == Py_None) return 0;
    *reducer = std::move(found);
    return 1;
}

int goes_by_value(SaveState* state, PyObject* object) {
    Ref module;
    if (optional_attr(object, state->names.attr_module, module.out()) < 0) return -1;
    if (!module || !PyUnicode_Check(module.get())) return 0;
    if (PyUnicode_Compare(module.get(), state->names.main) == 0 ||
        PyUnicode_Compare(module.get(), state->names.mp_main) == 0) {
        return 1;
    }
    PyObject* registry = state->registry.get();
    if (registry == nullptr) return 0;
    const Ref modules = Ref::steal(PyObject_GetAttrString(registry, "BY_VALUE_MODULES"));
    if (!modules) {
        PyErr_Clear();
        return 0;
    }
    if (!PyAnySet_Check(modules.get()) || PySet_GET_SIZE(modules.get()) == 0) return 0;
    // A package stands for its submodules.
    Ref name = module;
    for (;;) {
        const int contained = PySet_Contains(modules.get(), name.get());
        if (contained != 0) return contained;
        const Py_ssize_t dot =
            PyUnicode_FindChar(name.get(), '.', 0, PyUnicode_GET_LENGTH(name.get()), -1);
        if (dot < 0) return dot == -1 ? 0 : -1;
        name = Ref::steal(PyUnicode_Substring(name.get(), 0, dot));
        if (!name) return -1;
    }
}

bool by_value(SaveState* state, PyObject* object, Ref* value) {
    *value = Ref();
    PyObject* registry = registry_module(state);
    if (registry == nullptr) return PyErr_Occurred() == nullptr;
    Ref answer = Ref::steal(PyObject_CallMethodOneArg(registry, state->names.by_value, object));
    if (!answer) {
        if (!PyErr_ExceptionMatches(PyExc_ImportError)) return false;
        PyErr_Clear();  // reducers that are not there are not asked
        return true;
    }
    if (answer.get() != Py_None) *value = std::move(answer);
    return true;
}

int stays_by_name(SaveState* state, PyObject* object) {
    // Only a crossing knows what the other side has.
    if (const int crossing = in_crossing(state->value); crossing <= 0) return crossing;
    PyObject* registry = registry_module(state);
    if (registry == nullptr) return PyErr_Occurred() != nullptr ? -1 : 1;
    const Ref answer = Ref::steal(PyObject_CallMethod(registry, "stays_by_name", "O", object));
    return answer ? PyObject_IsTrue(answer.get()) : -1;
}

bool has_spec(SaveState* state, PyObject* module) noexcept {
    if (!PyModule_Check(module)) return false;
    const ItemRef spec = dict_item(PyModule_GetDict(module), state->value->names.spec);
    if (!spec) PyErr_Clear();
    return spec && spec.get() != Py_None;
}

int is_importable(SaveState* state, PyObject* module) {
    PyObject* registry = registry_module(state);
    if (registry == nullptr) return PyErr_Occurred() != nullptr ? -1 : 1;
    const Ref answer = Ref::steal(PyObject_CallMethod(registry, "is_importable", "O", module));
    return answer ? PyObject_IsTrue(answer.get()) : -1;
}

bool forget_registry(SaveState* state) {
    if (!state->resolved.forget()) return false;
    if constexpr (!kFreeThreaded) {
        state->unreduced = nullptr;
        if (state->plans != nullptr) state->plans->clear();
    }
    // Whoever changes the registry has imported it: from now on modules may be registered by value.
    PyObject* registry = registry_module(state);
    const Ref modules =
        Ref::steal(registry ? PyObject_GetAttrString(registry, "BY_VALUE_MODULES") : nullptr);
    const Py_ssize_t count = modules ? PyObject_Size(modules.get()) : 0;
    if (count < 0 || !modules) PyErr_Clear();
    state->some_by_value = count > 0;
    return true;
}

}  // namespace anypickle
