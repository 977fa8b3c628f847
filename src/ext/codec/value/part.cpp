#include <iterator>

#include "codec/state.h"
#include "codec/value/code_facts.h"
#include "codec/value/fields.h"
#include "codec/value/functions.h"
#include "codec/value/identities.h"
#include "codec/value/namespaces.h"
#include "codec/value/rebuild.h"
#include "codec/value/retype.h"
#include "common/compat.h"
#include "common/methods.h"

namespace anypickle {
namespace {

struct Name {
    PyObject* ValueNames::*member;
    const char* text;
};

constexpr Name kNames[] = {
    {&ValueNames::attributes, "__dict__"},
    {&ValueNames::name, "__name__"},
    {&ValueNames::builtins, "__builtins__"},
    {&ValueNames::path, "__path__"},
    {&ValueNames::package, "__package__"},
    {&ValueNames::func, "__func__"},
    {&ValueNames::fget, "fget"},
    {&ValueNames::fset, "fset"},
    {&ValueNames::fdel, "fdel"},
    {&ValueNames::globals, "globals"},
    {&ValueNames::modules, "modules"},
    {&ValueNames::qualname, "__qualname__"},
    {&ValueNames::module, "__module__"},
    {&ValueNames::doc, "__doc__"},
    {&ValueNames::defaults, "__defaults__"},
    {&ValueNames::kwdefaults, "__kwdefaults__"},
    {&ValueNames::annotations, "__annotations__"},
    {&ValueNames::annotate, "__annotate__"},
    {&ValueNames::annotate_func, "__annotate_func__"},
    {&ValueNames::type_params, "__type_params__"},
    {&ValueNames::spec, "__spec__"},
    {&ValueNames::slots, "__slots__"},
    {&ValueNames::annotations_cache, "__annotations_cache__"},
    {&ValueNames::slotnames, "__slotnames__"},
    {&ValueNames::main, "__main__"},
    {&ValueNames::mp_main, "__mp_main__"},
    {&ValueNames::channel, "channel"},
    {&ValueNames::crossings, "crossings"},
    {&ValueNames::abstract_methods, "__abstractmethods__"},
    {&ValueNames::abc_impl, "_abc_impl"},
    {&ValueNames::abc, "_abc"},
    {&ValueNames::get_dump, "_get_dump"},
    {&ValueNames::member_map, "_member_map_"},
    {&ValueNames::value_map, "_value2member_map_"},
    {&ValueNames::enums, "enum"},
    {&ValueNames::enum_type, "EnumType"},
    {&ValueNames::shares_main, "shares_main"},
    {&ValueNames::file, "__file__"},
    {&ValueNames::arriving, "arriving"},
    {&ValueNames::acquire, "acquire"},
    {&ValueNames::release, "release"},
};

PyObject* function_value(PyObject* module, PyObject* const* args, Py_ssize_t count) {
    if (count != 2 || !PyFunction_Check(args[0]) || !PyDict_CheckExact(args[1])) {
        PyErr_SetString(PyExc_TypeError, "function_value() wants a function and a dict");
        return nullptr;
    }
    return new_function_value(&state_of(module)->value, args[0], args[1]).release();
}

PyObject* cell_value(PyObject* module, PyObject* cell) {
    if (!PyCell_Check(cell)) {
        PyErr_SetString(PyExc_TypeError, "cell_value() wants a cell");
        return nullptr;
    }
    return new_cell_value(&state_of(module)->value, cell).release();
}

PyObject* annotations_differ_from(PyObject*, PyObject* const* args, Py_ssize_t count) {
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "annotations_differ() takes 2 arguments");
        return nullptr;
    }
    const int differ = annotations_differ(args[0], args[1]);
    return differ < 0 ? nullptr : PyBool_FromLong(differ);
}

PyObject* type_version_of(PyObject* module, PyObject* cls) {
    if (!PyType_Check(cls)) {
        PyErr_SetString(PyExc_TypeError, "type_version() wants a class");
        return nullptr;
    }
    return PyLong_FromUnsignedLong(
        type_version(reinterpret_cast<PyTypeObject*>(cls), state_of(module)->value.names.module));
}

PyMethodDef functions[] = {
    {"function_value", method(function_value), METH_FASTCALL,
     "function_value(function, namespaces, /)\n--\n\nThe reduce value of a function; "
     "`namespaces` is a dict that lasts as long as the memo of its pickler."},
    {"cell_value", cell_value, METH_O, "cell_value(cell, /)\n--\n\nThe reduce value of a cell."},
    {"retype", method(retype), METH_FASTCALL,
     "retype(cls, metaclass, /)\n--\n\nGives a new class the metaclass that its present one "
     "derives from."},
    {"fields", method(fields), METH_FASTCALL,
     "fields(object, description, /, *lengths)\n--\n\nThe members of an object of C, by a "
     "description of its struct."},
    {"annotations_differ", method(annotations_differ_from), METH_FASTCALL,
     "annotations_differ(annotate, kept, /)\n--\n\nWhether annotations are others than "
     "`annotate` computes; it may be None."},
    {"type_version", type_version_of, METH_O,
     "type_version(cls, /)\n--\n\nA number that changes whenever the class does; 0 if it has "
     "none."},
    {nullptr, nullptr, 0, nullptr},
};

int exec(PyObject* module) {
    ValueState* state = &state_of(module)->value;
    state_of(module)->save.value = state;
    state_of(module)->load.value = state;
    state->imports = &state_of(module)->load.imports;
    for (const Name& name : kNames) {
        PyObject* text = PyUnicode_InternFromString(name.text);
        if (text == nullptr) return -1;
        state->names.*name.member = text;
    }
    state->version = PyLong_FromLong(PY_MAJOR_VERSION * 100 + PY_MINOR_VERSION);
    state->dynamic = PyDict_New();
    state->importable = PyDict_New();
    state->builtins = PyImport_ImportModule("builtins");
    if (state->version == nullptr || !state->namespaces.open() || state->dynamic == nullptr ||
        state->importable == nullptr || state->builtins == nullptr ||
        PyModule_AddObjectRef(module, "dynamic_namespaces", state->dynamic) < 0) {
        return -1;
    }
    return prepare_code_facts(state) && add_rebuilders(module, state) &&
                   add_identities(module, state)
               ? PyModule_AddFunctions(module, functions)
               : -1;
}

int traverse(PyObject* module, visitproc visit, void* arg) {
    ValueState* state = &state_of(module)->value;
    for (PyObject* function : state->rebuild) Py_VISIT(function);
    Py_VISIT(state->namespaces.borrowed());
    Py_VISIT(state->dynamic);
    Py_VISIT(state->importable);
    Py_VISIT(state->import_module);
    Py_VISIT(state->builtins);
    Py_VISIT(state->recipe_type);
    Py_VISIT(state->overrides);
    Py_VISIT(state->named);
    Py_VISIT(state->entries);
    Py_VISIT(state->facts.borrowed());
    Py_VISIT(state->helpers.get());
    Py_VISIT(state->identity.get());
    Py_VISIT(state->stack.get());
    Py_VISIT(state->program);
    Py_VISIT(state->run_again);
    return 0;
}

int clear(PyObject* module) {
    ValueState* state = &state_of(module)->value;
    for (PyObject*& function : state->rebuild) Py_CLEAR(function);
    for (PyObject*& name : state->rebuild_names) Py_CLEAR(name);
    Py_CLEAR(state->home);
    for (const Name& name : kNames) Py_CLEAR(state->names.*name.member);
    Py_CLEAR(state->version);
    state->codes.clear();
    state->namespaces.clear();
    Py_CLEAR(state->dynamic);
    Py_CLEAR(state->importable);
    Py_CLEAR(state->import_module);
    Py_CLEAR(state->builtins);
    Py_CLEAR(state->recipe_type);
    Py_CLEAR(state->overrides);
    Py_CLEAR(state->named);
    Py_CLEAR(state->entries);
    state->facts.clear();
    state->helpers.clear();
    state->identity.clear();
    state->stack.clear();
    Py_CLEAR(state->program);
    Py_CLEAR(state->run_again);
    return 0;
}

}  // namespace

const Part value_part{exec, traverse, clear};

}  // namespace anypickle
