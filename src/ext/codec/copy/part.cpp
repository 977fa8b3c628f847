#include <utility>

#include "codec/copy/copier.h"
#include "codec/state.h"
#include "common/methods.h"

namespace anypickle {
namespace {

struct Field {
    PyObject* CopyState::*field;
    const char* name;
};

struct Function {
    KeptOnce CopyState::*field;
    const char* name;
};

constexpr Function kFunctions[] = {
    {&CopyState::dispatch, "_deepcopy_dispatch"}, {&CopyState::error, "Error"},
    {&CopyState::list, "_deepcopy_list"},         {&CopyState::tuple, "_deepcopy_tuple"},
    {&CopyState::dict, "_deepcopy_dict"},         {&CopyState::method, "_deepcopy_method"},
};

constexpr Field kNames[] = {
    {&CopyState::name_deepcopy, "__deepcopy__"}, {&CopyState::name_setstate, "__setstate__"},
    {&CopyState::name_getattr, "__getattr__"},   {&CopyState::name_append, "append"},
    {&CopyState::name_dict, "__dict__"},         {&CopyState::name_get, "get"},
};

/// Fetches the tables of `copy`. False with an error.
bool fetch_tables(CopyState* state) {
    if (state->atomic.get() != nullptr) return true;
    const Ref module = Ref::steal(PyImport_ImportModule("copy"));
    if (!module) return false;
    for (const Function& function : kFunctions) {
        Ref found = Ref::steal(PyObject_GetAttrString(module.get(), function.name));
        if ((state->*function.field).keep(std::move(found)) == nullptr) return false;
    }
    if (!PyDict_CheckExact(state->dispatch.get())) {
        PyErr_SetString(PyExc_TypeError, "copy._deepcopy_dispatch should be a dict");
        return false;
    }
    // From 3.14 on atomic types are in a set, and there is no such function.
    Ref atomic = Ref::steal(PyObject_GetAttrString(module.get(), "_deepcopy_atomic"));
    if (!atomic) {
        PyErr_Clear();
        atomic = Ref::share(Py_None);
    }
    state->atomic.keep(std::move(atomic));
    return true;
}

PyObject* deepcopy(PyObject* module, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    const Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    PyObject* object = count > 0 ? args[0] : nullptr;
    PyObject* memo = count > 1 ? args[1] : Py_None;
    bool known = count <= 3;
    for (Py_ssize_t i = 0; i < named; ++i) {
        PyObject* name = PyTuple_GET_ITEM(names, i);
        if (PyUnicode_CompareWithASCIIString(name, "x") == 0 && count < 1) {
            object = args[count + i];
        } else if (PyUnicode_CompareWithASCIIString(name, "memo") == 0 && count < 2) {
            memo = args[count + i];
        } else if (PyUnicode_CompareWithASCIIString(name, "_nil") != 0) {
            known = false;
        }
    }
    if (!known || object == nullptr) {
        PyErr_SetString(PyExc_TypeError, "deepcopy() takes an object and, optionally, its memo");
        return nullptr;
    }
    CoreState* state = state_of(module);
    if (!fetch_tables(&state->copy)) return nullptr;
    Copier copier(&state->save, &state->copy, memo == Py_None ? nullptr : memo);
    PyObject* twin = copier.new_copy(object);
    if (twin == nullptr) copier.annotate();
    return twin;
}

PyMethodDef methods[] = {
    {"deepcopy", method(deepcopy), METH_FASTCALL | METH_KEYWORDS,
     "deepcopy($module, x, memo=None, _nil=None)\n--\n\nCopy an object and all that it holds, as "
     "copy.deepcopy does."},
    {nullptr, nullptr, 0, nullptr},
};

int exec(PyObject* module) {
    CopyState* state = &state_of(module)->copy;
    for (const Field& name : kNames) {
        if ((state->*name.field = PyUnicode_InternFromString(name.name)) == nullptr) return -1;
    }
    return PyModule_AddFunctions(module, methods);
}

int traverse(PyObject* module, visitproc visit, void* arg) {
    CopyState* state = &state_of(module)->copy;
    for (const Function& function : kFunctions) Py_VISIT((state->*function.field).get());
    Py_VISIT(state->atomic.get());
    return 0;
}

int clear(PyObject* module) {
    CopyState* state = &state_of(module)->copy;
    for (const Function& function : kFunctions) (state->*function.field).clear();
    for (const Field& name : kNames) Py_CLEAR(state->*name.field);
    state->atomic.clear();
    return 0;
}

}  // namespace

const Part copy_part{exec, traverse, clear};

}  // namespace anypickle
