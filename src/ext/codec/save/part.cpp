#include <new>
#include <utility>

#include "codec/pickler.h"
#include "codec/save/arguments.h"
#include "codec/state.h"
#include "common/ref.h"

namespace anypickle {
namespace {

struct Name {
    PyObject* SaveNames::*field;
    const char* text;
};

constexpr Name kNames[] = {
    {&SaveNames::attr_module, "__module__"},
    {&SaveNames::attr_name, "__name__"},
    {&SaveNames::attr_qualname, "__qualname__"},
    {&SaveNames::attr_class, "__class__"},
    {&SaveNames::attr_new, "__new__"},
    {&SaveNames::attr_init, "__init__"},
    {&SaveNames::reduce, "__reduce__"},
    {&SaveNames::reduce_ex, "__reduce_ex__"},
    {&SaveNames::newobj, "__newobj__"},
    {&SaveNames::newobj_ex, "__newobj_ex__"},
    {&SaveNames::persistent_id, "persistent_id"},
    {&SaveNames::reducer_override, "reducer_override"},
    {&SaveNames::dispatch_table, "dispatch_table"},
    {&SaveNames::write, "write"},
    {&SaveNames::items, "items"},
    {&SaveNames::latin1, "latin1"},
    {&SaveNames::main, "__main__"},
    {&SaveNames::mp_main, "__mp_main__"},
    {&SaveNames::by_value, "by_value"},
    {&SaveNames::resolve, "resolve"},
    {&SaveNames::getattribute, "__getattribute__"},
    {&SaveNames::getnewargs, "__getnewargs__"},
    {&SaveNames::getnewargs_ex, "__getnewargs_ex__"},
    {&SaveNames::getstate, "__getstate__"},
    {&SaveNames::dataclass_fields, "__dataclass_fields__"},
    {&SaveNames::slots, "__slots__"},
    {&SaveNames::int_name, "int"},
    {&SaveNames::is_safe, "is_safe"},
    {&SaveNames::enum_value, "_value_"},
    {&SaveNames::enum_name, "_name_"},
    {&SaveNames::path_parts, "_parts"},
    {&SaveNames::path_raw, "_raw_paths"},
};

/// An attribute of a module. New reference.
PyObject* new_import(const char* module, const char* name) {
    const Ref imported = Ref::steal(PyImport_ImportModule(module));
    return imported ? PyObject_GetAttrString(imported.get(), name) : nullptr;
}

/// A dict of copyreg's. New reference.
PyObject* new_copyreg_dict(const char* name) {
    Ref dict = Ref::steal(new_import("copyreg", name));
    if (dict && !PyDict_CheckExact(dict.get())) {
        PyErr_Format(PyExc_RuntimeError, "copyreg.%s should be a dict, not %.200s", name,
                     Py_TYPE(dict.get())->tp_name);
        return nullptr;
    }
    return dict.release();
}

/// Calls visit(reference) for each object that the state holds.
template <typename Visit>
int each_object(SaveState* state, Visit visit) {
    PyObject** fields[] = {
        &state->pickle_error,   &state->pickling_error,     &state->unpickling_error,
        &state->dispatch_table, &state->extension_registry, &state->make_new,
        &state->empty_tuple,
    };
    for (PyObject** field : fields) {
        if (int result = visit(field); result != 0) return result;
    }
    for (PyObject*& protocol : state->protocols) {
        if (int result = visit(&protocol); result != 0) return result;
    }
    for (const Name& name : kNames) {
        if (int result = visit(&(state->names.*name.field)); result != 0) return result;
    }
    if (int result = visit(reinterpret_cast<PyObject**>(&state->pickler_type)); result != 0)
        return result;
    return visit(reinterpret_cast<PyObject**>(&state->memo_proxy_type));
}

int exec(PyObject* module) {
    SaveState* state = &state_of(module)->save;
    state->imports = &state_of(module)->load.imports;
    state->plans = new (std::nothrow) Plans;
    state->quick_memo = new (std::nothrow) Memo(Memo::kBorrowing);
    state->names_met = new (std::nothrow) FirstOf(FirstOf::kBorrowing);
    state->scratch = static_cast<char*>(PyMem_Malloc(SaveState::kScratch));
    if (state->plans == nullptr || state->quick_memo == nullptr || state->names_met == nullptr ||
        state->scratch == nullptr) {
        PyErr_NoMemory();
        return -1;
    }
    for (const Name& name : kNames) {
        if ((state->names.*name.field = PyUnicode_InternFromString(name.text)) == nullptr)
            return -1;
    }
    for (long i = 0; i < 6; ++i) {
        if ((state->protocols[i] = PyLong_FromLong(i)) == nullptr) return -1;
    }
    state->pickle_error = new_import("_pickle", "PickleError");
    state->pickling_error = new_import("_pickle", "PicklingError");
    state->unpickling_error = new_import("_pickle", "UnpicklingError");
    if (state->unpickling_error == nullptr || state->pickling_error == nullptr ||
        state->pickle_error == nullptr) {
        return -1;
    }
    state->dispatch_table = new_copyreg_dict("dispatch_table");
    state->extension_registry = new_copyreg_dict("_extension_registry");
    state->make_new = new_import("copyreg", "__newobj__");
    state->empty_tuple = PyTuple_New(0);
    if (state->dispatch_table == nullptr || state->extension_registry == nullptr ||
        !state->resolved.open() || state->make_new == nullptr || state->empty_tuple == nullptr) {
        return -1;
    }
    if (PyModule_AddObjectRef(module, "PickleError", state->pickle_error) < 0 ||
        PyModule_AddObjectRef(module, "PicklingError", state->pickling_error) < 0 ||
        PyModule_AddObjectRef(module, "UnpicklingError", state->unpickling_error) < 0 ||
        PyModule_AddIntConstant(module, "HIGHEST_PROTOCOL", kHighestProtocol) < 0 ||
        PyModule_AddIntConstant(module, "DEFAULT_PROTOCOL", kDefaultProtocol) < 0) {
        return -1;
    }
    if (add_pickler(module, state) < 0) return -1;
    return add_save_functions(module);
}

int traverse(PyObject* module, visitproc visit, void* arg) {
    SaveState* state = &state_of(module)->save;
    Py_VISIT(state->registry.get());
    Py_VISIT(state->resolved.borrowed());
    return each_object(state, [&](PyObject** field) {
        Py_VISIT(*field);
        return 0;
    });
}

int clear(PyObject* module) {
    SaveState* state = &state_of(module)->save;
    delete std::exchange(state->plans, nullptr);
    delete std::exchange(state->quick_memo, nullptr);
    delete std::exchange(state->names_met, nullptr);
    PyMem_Free(std::exchange(state->scratch, nullptr));
    state->registry.clear();
    state->resolved.clear();
    return each_object(state, [](PyObject** field) {
        Py_CLEAR(*field);
        return 0;
    });
}

}  // namespace

const Part save_part{exec, traverse, clear};

PyObject* SaveState::new_codecs_encode() const { return new_import("codecs", "encode"); }

}  // namespace anypickle
