#include <cstring>

#include "codec/load/functions.h"
#include "codec/load/memo_proxy.h"
#include "codec/load/read_target.h"
#include "codec/state.h"
#include "codec/unpickler.h"
#include "common/dict_table.h"
#include "common/inline_values.h"

namespace anypickle {
namespace {

constexpr std::array<const char*, static_cast<std::size_t>(load::Name::kCount)> kNames = {
    "add",
    "append",
    "__attrs_attrs__",
    "__dataclass_fields__",
    "__dict__",
    "extend",
    "find_class",
    "__getinitargs__",
    "int",
    "__new__",
    "peek",
    "persistent_load",
    "read",
    "readinto",
    "readline",
    "__setstate__",
    "_tuple_new",
};

struct TableSource {
    const char* module;
    const char* attribute;
};

constexpr std::array<TableSource, static_cast<std::size_t>(load::Table::kCount)> kTables = {{
    {"_compat_pickle", "NAME_MAPPING"},
    {"_compat_pickle", "IMPORT_MAPPING"},
    {"copyreg", "_extension_cache"},
    {"copyreg", "_inverted_registry"},
}};

/// A class statement's class, to see how its instances give their __dict__.
bool find_ordinary_dict(LoadState& state) {
    const Ref type = Ref::steal(
        PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyType_Type), "s(){}", "Plain"));
    if (!type) return false;
    const ItemRef found =
        type_lookup(reinterpret_cast<PyTypeObject*>(type.get()), state.name(load::Name::kDict));
    if (found && Py_IS_TYPE(found.get(), &PyGetSetDescr_Type)) {
        state.ordinary_dict = reinterpret_cast<PyGetSetDescrObject*>(found.get())->d_getset->get;
    }
    return true;
}

int exec(PyObject* module) {
    LoadState& state = state_of(module)->load;
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        state.names[i] = PyUnicode_InternFromString(kNames[i]);
        if (state.names[i] == nullptr) return -1;
    }
    for (std::size_t i = 0; i < state.small_integers.size(); ++i) {
        state.small_integers[i] = PyLong_FromSize_t(i);
        if (state.small_integers[i] == nullptr) return -1;
    }
    for (std::size_t i = 0; i < state.characters.size(); ++i) {
        state.characters[i] = PyUnicode_FromOrdinal(static_cast<int>(i));
        if (state.characters[i] == nullptr) return -1;
    }
    if (!find_ordinary_dict(state) || !state.imports.open()) return -1;
    const int inline_values = inline_values_work();
    const int dict_tables = inline_values < 0 ? -1 : dict_tables_work();
    if (dict_tables < 0) return -1;
    state.inline_values = inline_values == 1;
    state.dict_tables = dict_tables == 1;
    state.ascii_model = PyUnicode_FromString("model, never interned");
    state.deferred_dict = PyDict_New();
    state.empty_tuple = PyTuple_New(0);
    if (state.ascii_model == nullptr || state.deferred_dict == nullptr ||
        state.empty_tuple == nullptr)
        return -1;
    state.unpickler_type = load::add_unpickler_type(module);
    if (state.unpickler_type == nullptr) return -1;
    state.memo_proxy_type = load::new_memo_proxy_type(module);
    if (state.memo_proxy_type == nullptr) return -1;
    state.read_target_type = load::new_read_target_type(module);
    if (state.read_target_type == nullptr) return -1;
    return PyModule_AddFunctions(module, load::functions);
}

int traverse(PyObject* module, visitproc visit, void* arg) {
    LoadState& state = state_of(module)->load;
    Py_VISIT(state.unpickler_type);
    Py_VISIT(state.memo_proxy_type);
    Py_VISIT(state.read_target_type);
    for (const KeptOnce& table : state.tables) Py_VISIT(table.get());
    return 0;
}

int clear(PyObject* module) {
    LoadState& state = state_of(module)->load;
    Py_CLEAR(state.unpickler_type);
    Py_CLEAR(state.memo_proxy_type);
    Py_CLEAR(state.read_target_type);
    state.plans.clear();
    Py_CLEAR(state.ascii_model);
    Py_CLEAR(state.deferred_dict);
    Py_CLEAR(state.empty_tuple);
    state.imports.close();
    state.global_names.clear();
    state.importing.clear();
    for (PyObject*& name : state.names) Py_CLEAR(name);
    for (KeptOnce& table : state.tables) table.clear();
    for (PyObject*& integer : state.small_integers) Py_CLEAR(integer);
    for (PyObject*& character : state.characters) Py_CLEAR(character);
    return 0;
}

}  // namespace

PyObject* LoadState::table(load::Table which) {
    KeptOnce& table = tables[static_cast<std::size_t>(which)];
    if (PyObject* known = table.get(); known != nullptr) return known;
    const TableSource& source = kTables[static_cast<std::size_t>(which)];
    const Ref module = Ref::steal(PyImport_ImportModule(source.module));
    if (!module) return nullptr;
    Ref found = Ref::steal(PyObject_GetAttrString(module.get(), source.attribute));
    if (!found) return nullptr;
    if (!PyDict_CheckExact(found.get())) {
        PyErr_Format(PyExc_RuntimeError, "%s.%s should be a dict, not %.200s", source.module,
                     source.attribute, Py_TYPE(found.get())->tp_name);
        return nullptr;
    }
    return table.keep(std::move(found));
}

const Part load_part{exec, traverse, clear};

}  // namespace anypickle
