// The quick writer: functions by value, with the cells, modules and globals that they need.
//
// What is written differs from what the engine writes and means the same. A function comes first
// with its code, a namespace and the contents of its cells; globals that may refer to it are put
// into the namespace afterwards, by SETITEMS, and what else it has is left to
// `_value.fill_function`:
//
//     function(311, code, {"__name__": "__main__", "os": os, "scale": 3}, (cell contents))
//
// A cell that nothing but its function has is made by `_value.function`, from its content, and so
// is a namespace that is nobody else's, from ("__main__", "os", ("np", "numpy")).
#include <algorithm>

#include "codec/save/quick.h"
#include "codec/value/code_facts.h"
#include "codec/value/functions.h"
#include "codec/value/state.h"
#include "common/compat.h"

namespace anypickle {
namespace {

constexpr size_t kMostRemembered = 64;

/// The key of the namespace that stands for these globals: an address that no object has, since the
/// dict itself may cross, too, as what it is.
PyObject* stand_in(PyObject* globals) noexcept {
    return reinterpret_cast<PyObject*>(reinterpret_cast<char*>(globals) + 1);
}

/// Whether the cells hold nothing that could refer to anything.
bool holds_atoms(PyObject* closure) noexcept {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(closure); ++i) {
        PyObject* content = PyCell_GET(PyTuple_GET_ITEM(closure, i));
        if (content != nullptr && !is_atom(content)) return false;
    }
    return true;
}

PyFunctionObject* fields(PyObject* function) noexcept {
    return reinterpret_cast<PyFunctionObject*>(function);
}

}  // namespace

struct Quick::Globals {
    PyObject* dict;
    PyObject* names;
    PyObject* home = nullptr;  ///< The name of the module whose they are on the other side as well.
    bool later = false;        ///< Some are written after the function, which they may refer to.
};

/// What `__main__` defines, and what no name leads to.
bool Quick::goes_by_value(PyObject* module, PyObject* qualname) const noexcept {
    if (PyUnicode_FindChar(qualname, '<', 0, PyUnicode_GET_LENGTH(qualname), 1) >= 0) return true;
    const SaveNames& names = state_->names;
    if (module == names.main || module == names.mp_main) return true;
    const Py_ssize_t size = PyUnicode_GET_LENGTH(module);
    return (size == PyUnicode_GET_LENGTH(names.main) &&
            PyUnicode_Compare(module, names.main) == 0) ||
           (size == PyUnicode_GET_LENGTH(names.mp_main) &&
            PyUnicode_Compare(module, names.mp_main) == 0);
}

bool Quick::save_by_value(PyObject* object) {
    met_values_ = true;
    switch (place_) {
        case Place::kUnknown:
            return want(Want::kPlace, object);
        case Place::kCrossing:  // the engine asks
            return false;
        case Place::kCrossingToSameProgram:
            return save_of_main(object);
        case Place::kPlain:
            break;
    }
    ++exact_;
    ++numbered_;
    const bool written = Py_IS_TYPE(object, &PyFunction_Type)
                             ? save_function(object)
                             : PyType_Check(object) && save_class(object);
    --exact_;
    --numbered_;
    return written;
}

bool Quick::save_function(PyObject* function) {
    ValueState* values = state_->value;
    PyFunctionObject* from = fields(function);
    auto* facts = static_cast<PyObject*>(code_extra(from->func_code, values->code_index));
    if (facts == nullptr) return want(Want::kCode, from->func_code);
    // Comparing the annotations that were computed with those that would be runs code.
    if (annotate_function(function) != nullptr && kept_annotations(function) != nullptr)
        return false;
    Globals globals{from->func_globals, PyTuple_GET_ITEM(facts, kFactGlobals)};
    FunctionAttributes attributes;
    if (!find_globals(globals) || !find_attributes(values, function, facts, &attributes)) {
        return false;
    }
    PyObject* closure = from->func_closure;
    if (!open(function) || !put_rebuilder(kRebuildFunction)) return false;
    if (closure != nullptr) out_.put(Opcode::kMark);
    put_int(PY_MAJOR_VERSION * 100 + PY_MINOR_VERSION);
    if (!put_code(PyTuple_GET_ITEM(facts, kFactData))) return false;
    const bool root = depth_ == 1 && attributes.count == 0;
    const bool nothing_else = root && (closure == nullptr || holds_atoms(closure));
    bool brief = false;
    if (nothing_else && globals.home == nullptr && !put_brief(globals, &brief)) return false;
    if (globals.home != nullptr ? !save_str(globals.home)
                                : !brief && !put_namespace(globals, nothing_else)) {
        return false;
    }
    if (closure != nullptr && !put_cells(closure, nothing_else)) return false;
    if (!out_.room()) return false;
    out_.put(closure != nullptr ? Opcode::kTuple : Opcode::kTuple3);
    out_.put(Opcode::kReduce);
    // What nothing else follows nothing refers to.
    const bool last = root && !globals.later && unfilled_.empty();
    if (!last && (!close(function) || !put_unfilled(function))) return false;
    if (globals.later && !put_later_globals(globals)) return false;
    if (!put_all_submodules(globals, closure, facts)) return false;
    return attributes.count == 0 || put_attributes_of(function, attributes);
}

/// Finds out whose the globals are: an installed module's, or to be brought along.
bool Quick::find_globals(Globals& globals) {
    ValueState* values = state_->value;
    // What a dict that was written as such holds alone has no number, and is met here again.
    if (!PyDict_CheckExact(globals.dict) || memo_.find(globals.dict) != nullptr) return false;
    if (PyDict_GET_SIZE(values->dynamic) > 0) {
        const Ref key = Ref::steal(PyLong_FromVoidPtr(globals.dict));
        if (!key || PyDict_Contains(values->dynamic, key.get()) != 0) return false;
    }
    PyObject* name = PyDict_GetItemWithError(globals.dict, values->names.name);
    if (name == nullptr || !PyUnicode_CheckExact(name)) return true;
    PyObject* module = PyDict_GetItemWithError(PyImport_GetModuleDict(), name);
    if (module == nullptr || !PyModule_Check(module) || PyModule_GetDict(module) != globals.dict) {
        return true;
    }
    PyObject* known = PyDict_GetItemWithError(values->namespaces.borrowed(), name);
    if (known == nullptr || PyTuple_GET_ITEM(known, 0) != module) {
        return want(Want::kNamespace, globals.dict);
    }
    PyObject* found = PyTuple_GET_ITEM(known, 1);
    if (PyUnicode_CheckExact(found)) globals.home = found;
    return globals.home != nullptr || PyDict_CheckExact(found);
}

/// The namespace of a function that shares it with nobody in this stream, in brief: its name, and
/// the modules that the code refers to.
bool Quick::put_brief(const Globals& globals, bool* done) {
    const ValueNames& names = state_->value->names;
    PyObject* name = PyDict_GetItemWithError(globals.dict, names.name);
    PyObject* package = PyDict_GetItemWithError(globals.dict, names.package);
    if (name == nullptr || !PyUnicode_CheckExact(name) ||
        (package != nullptr && package != Py_None) || !has_usual_base(globals.dict)) {
        return true;
    }
    const Py_ssize_t count = PyTuple_GET_SIZE(globals.names);
    for (Py_ssize_t i = 0; i < count; ++i) {
        PyObject* value = PyDict_GetItemWithError(globals.dict, PyTuple_GET_ITEM(globals.names, i));
        if (value != nullptr && !Py_IS_TYPE(value, &PyModule_Type)) return true;
    }
    out_.put(Opcode::kMark);
    if (!put_str(name)) return false;
    for (Py_ssize_t i = 0; i < count; ++i) {
        PyObject* key = PyTuple_GET_ITEM(globals.names, i);
        PyObject* value = PyDict_GetItemWithError(globals.dict, key);
        if (value == nullptr) continue;
        PyObject* module = importable_name(value);
        if (module == nullptr) return false;
        if (PyUnicode_Compare(key, module) == 0) {
            if (!put_str(key)) return false;
        } else {
            if (!put_str(key) || !put_str(module)) return false;
            out_.put(Opcode::kTuple2);
        }
    }
    *done = true;
    if (!out_.room()) return false;
    out_.put(Opcode::kTuple);
    return true;
}

/// Whether the globals have nothing that the namespace needs besides their name.
bool Quick::has_usual_base(PyObject* globals) const noexcept {
    const ValueNames& names = state_->value->names;
    PyObject* usual = state_->value->builtins;
    PyObject* builtins = PyDict_GetItemWithError(globals, names.builtins);
    PyObject* path = PyDict_GetItemWithError(globals, names.path);
    return (builtins == nullptr || builtins == usual || builtins == PyModule_GetDict(usual)) &&
           (path == nullptr || !PyList_Check(path));
}

/// The namespace, the first time with the globals that can refer to nothing in it.
bool Quick::put_namespace(Globals& globals, bool nothing_else) {
    const Memo::Entry* entry = memo_.find(stand_in(globals.dict));
    if (entry != nullptr) {
        put_get(entry->index);
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(globals.names) && !globals.later; ++i) {
            globals.later = !is_written(globals.dict, PyTuple_GET_ITEM(globals.names, i));
        }
        return true;
    }
    if (!out_.room()) return false;
    out_.put(Opcode::kEmptyDict);
    out_.put(Opcode::kMark);
    if (!put_base(globals.dict) || !put_global_values(globals, false) || !out_.room()) {
        return false;
    }
    out_.put(Opcode::kSetItems);
    return (nothing_else && !globals.later) || memoize(stand_in(globals.dict));
}

/// What a function needs in its globals even if its code doesn't mention it; see
/// reducers.namespaces.
bool Quick::put_base(PyObject* globals) {
    const ValueNames& names = state_->value->names;
    PyObject* builtins =
        has_usual_base(globals) ? nullptr : PyDict_GetItemWithError(globals, names.builtins);
    // As namedtuple() makes them; what held something might refer to this namespace.
    const bool none = builtins != nullptr && PyDict_CheckExact(builtins) &&
                      PyDict_GET_SIZE(builtins) == 0 &&
                      PyDict_GetItemWithError(globals, names.path) == nullptr;
    if (!none && !has_usual_base(globals)) return false;
    for (PyObject* name : {names.name, names.package}) {
        PyObject* value = PyDict_GetItemWithError(globals, name);
        if (value == nullptr || !PyUnicode_CheckExact(value)) continue;
        if (!put_str(name) || !put_str(value)) return false;
    }
    return !none || (put_str(names.builtins) && save(builtins) && out_.room());
}

/// Whether the namespace that stands for these globals has the name already.
bool Quick::is_written(PyObject* globals, PyObject* name) const noexcept {
    const std::pair<PyObject*, PyObject*> item{globals, name};
    return std::find(written_.begin(), written_.end(), item) != written_.end();
}

/// Names and values of globals: those that refer to nothing here, or (later) the others.
bool Quick::put_global_values(Globals& globals, bool later) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(globals.names); ++i) {
        PyObject* name = PyTuple_GET_ITEM(globals.names, i);
        PyObject* value = PyDict_GetItemWithError(globals.dict, name);
        if (value == nullptr) continue;
        if (later && is_written(globals.dict, name)) continue;
        const bool lone = is_atom(value) || Py_IS_TYPE(value, &PyModule_Type);
        if (!later && !lone) {
            globals.later = true;
            continue;
        }
        // Other functions may refer to it, too.
        if (written_.size() < kMostRemembered) {
            try {
                written_.emplace_back(globals.dict, name);
            } catch (const std::bad_alloc&) {
                return false;
            }
        }
        if (!put_str(name) || !save(value)) return false;
    }
    return true;
}

bool Quick::put_later_globals(Globals& globals) {
    const Memo::Entry* entry = memo_.find(stand_in(globals.dict));
    if (entry == nullptr || !out_.room()) return false;
    put_get(entry->index);
    out_.put(Opcode::kMark);
    if (!put_global_values(globals, true) || !out_.room()) return false;
    out_.put(Opcode::kSetItems);
    out_.put(Opcode::kPop);
    return true;
}

/// Submodules that the code reaches through packages among its globals and in its cells.
bool Quick::put_all_submodules(const Globals& globals, PyObject* closure, PyObject* facts) {
    PyObject* mentioned = PyTuple_GET_ITEM(facts, kFactNames);
    if (globals.home != nullptr) return true;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(globals.names); ++i) {
        PyObject* value = PyDict_GetItemWithError(globals.dict, PyTuple_GET_ITEM(globals.names, i));
        if (value != nullptr && PyModule_Check(value) && !put_submodules(value, mentioned)) {
            return false;
        }
    }
    for (Py_ssize_t i = 0; closure != nullptr && i < PyTuple_GET_SIZE(closure); ++i) {
        PyObject* value = PyCell_GET(PyTuple_GET_ITEM(closure, i));
        if (value != nullptr && PyModule_Check(value) && !put_submodules(value, mentioned)) {
            return false;
        }
    }
    return true;
}

/// Submodules that are reached through their package have to be imported, and no more.
bool Quick::put_submodules(PyObject* module, PyObject* names) {
    PyObject* dict = PyModule_GetDict(module);
    if (PyDict_GetItemWithError(dict, state_->value->names.path) == nullptr) return true;
    const Ref found = Ref::steal(PyList_New(0));
    if (!found || !add_submodules(state_->value, module, names, found.get())) return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(found.get()); ++i) {
        if (!save(PyList_GET_ITEM(found.get(), i)) || !out_.room()) return false;
        out_.put(Opcode::kPop);
    }
    return true;
}

/// A tuple of cells, or in their place of what they hold where no other function has the cell.
bool Quick::put_cells(PyObject* closure, bool alone_in_stream) {
    if (Py_REFCNT(closure) > 1 && !note_once(closure)) return false;
    const Py_ssize_t count = PyTuple_GET_SIZE(closure);
    if (count > 3) out_.put(Opcode::kMark);
    for (Py_ssize_t i = 0; i < count; ++i) {
        PyObject* cell = PyTuple_GET_ITEM(closure, i);
        PyObject* content = PyCell_GET(cell);
        if (content != nullptr && may_be_of_class(state_->value, content)) return false;
        if (is_open_function(content)) {
            if (!save(cell)) return false;
        } else if (content == nullptr || PyCell_Check(content) ||
                   (!alone_in_stream && is_shared(cell))) {
            if (!put_shared_cell(cell)) return false;
        } else if ((Py_REFCNT(cell) > 1 && !note_once(cell)) || !save(content)) {
            return false;
        }
    }
    return put_tuple_opcode(count);
}

/// Whether functions of this stream share a cell, as far as that is known.
bool Quick::is_shared(PyObject* cell) const noexcept {
    if (!cells_.known) return Py_REFCNT(cell) > 1;
    return cells_.shared.contains(cell) || memo_.find(cell) != nullptr;
}

/// A cell in full, and note of whether it was met before.
bool Quick::put_shared_cell(PyObject* cell) try {
    if (!cells_.known) {
        const auto [entry, first] = full_cells_.try_emplace(cell, memo_.find(cell) != nullptr);
        entry->second = entry->second || !first;
    }
    return save(cell);
} catch (const std::bad_alloc&) {
    return false;
}

/// Whether the right cells were written in full. If not, they are known now.
bool Quick::know_cells() try {
    if (cells_.known) return true;
    bool right = true;
    for (const auto& [cell, met] : full_cells_) {
        PyObject* content = PyCell_GET(cell);
        right = right && (met || content == nullptr || PyCell_Check(content));
    }
    if (right) return true;
    for (const auto& [cell, met] : full_cells_) {
        if (met) cells_.shared.insert(cell);
    }
    cells_.known = true;
    return want(Want::kCells, full_cells_.begin()->first);
} catch (const std::bad_alloc&) {
    return false;
}

/// Whether it is a function that is being written: one that refers to itself through a cell.
bool Quick::is_open_function(PyObject* content) const noexcept {
    if (content == nullptr || !PyFunction_Check(content)) return false;
    const Memo::Entry* entry = memo_.find(content);
    return entry != nullptr && entry->index == Memo::kOpen;
}

/// A cell of a function is made empty where that may lead back to it, and filled as soon as the
/// function is there.
bool Quick::put_empty_cell(PyObject* cell, PyObject* function) try {
    if (!put_rebuilder(kRebuildCell) || !out_.room()) return false;
    out_.put(Opcode::kEmptyTuple);
    out_.put(Opcode::kReduce);
    if (!memoize(cell)) return false;
    if (!is_open_function(function)) return put_fill_cell(cell, function);
    unfilled_.emplace_back(cell, function);
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

/// _value.fill_cell(cell, content)
bool Quick::put_fill_cell(PyObject* cell, PyObject* content) {
    if (!put_rebuilder(kRebuildFillCell)) return false;
    const Memo::Entry* entry = memo_.find(cell);
    if (entry == nullptr || entry->index >= Memo::kOnce || !out_.room()) return false;
    put_get(entry->index);
    if (!save(content) || !out_.room()) return false;
    out_.put(Opcode::kTuple2);
    out_.put(Opcode::kReduce);
    out_.put(Opcode::kPop);
    return true;
}

/// Fills the cells that waited for a function.
bool Quick::put_unfilled(PyObject* function) {
    for (size_t i = 0; i < unfilled_.size();) {
        const auto [cell, content] = unfilled_[i];
        if (content != function) {
            ++i;
            continue;
        }
        unfilled_.erase(unfilled_.begin() + static_cast<std::ptrdiff_t>(i));
        if (!put_fill_cell(cell, content)) return false;
    }
    return true;
}

bool Quick::save_cell(PyObject* cell) {
    if (!may_write(cell)) return false;
    const bool once = alone(cell);
    PyObject* content = PyCell_GET(cell);
    if (content != nullptr && may_be_of_class(state_->value, content)) return false;
    if (content != nullptr && PyFunction_Check(content)) return put_empty_cell(cell, content);
    if ((!once && !open(cell)) || !put_rebuilder(kRebuildCell)) return false;
    if (content != nullptr && (!save(content) || !out_.room())) return false;
    out_.put(content != nullptr ? Opcode::kTuple1 : Opcode::kEmptyTuple);
    out_.put(Opcode::kReduce);
    return once || close(cell);
}

/// _value.fill_function(function, {name: value, ...})
bool Quick::put_attributes_of(PyObject* function, const FunctionAttributes& attributes) {
    if (!put_rebuilder(kRebuildFillFunction)) return false;
    const Memo::Entry* entry = memo_.find(function);
    if (entry == nullptr || !out_.room()) return false;
    put_get(entry->index);
    out_.put(Opcode::kEmptyDict);
    out_.put(Opcode::kMark);
    for (size_t i = 0; i < attributes.count; ++i) {
        PyObject* value = attributes.items[i].value.get();
        if (!put_str(attributes.items[i].name)) return false;
        if (!save(value)) return false;
    }
    if (!out_.room()) return false;
    out_.put(Opcode::kSetItems);
    out_.put(Opcode::kTuple2);
    out_.put(Opcode::kReduce);
    out_.put(Opcode::kPop);
    return true;
}

/// The name by which another process imports the module; null to give up. Borrowed.
PyObject* Quick::importable_name(PyObject* module) {
    ValueState* values = state_->value;
    PyObject* name = PyDict_GetItemWithError(PyModule_GetDict(module), values->names.name);
    if (name == nullptr || !PyUnicode_CheckExact(name) || !may_write(module) ||
        PyDict_GetItemWithError(PyImport_GetModuleDict(), name) != module) {
        return nullptr;
    }
    if (PyDict_GetItemWithError(values->importable, name) == module) return name;
    want(Want::kModule, module);
    return nullptr;
}

/// importlib.import_module(name), which gives the same module however often it is asked.
bool Quick::save_module(PyObject* module) {
    PyObject* name = importable_name(module);
    if (name == nullptr) return false;
    return put_shared(module, [&] {
        if (!put_known(state_->value->import_module, "cimportlib\nimport_module\n") ||
            !put_str(name) || !out_.room()) {
            return false;
        }
        out_.put(Opcode::kTuple1);
        out_.put(Opcode::kReduce);
        return true;
    });
}

bool Quick::put_rebuilder(std::size_t which) {
    return put_known(state_->value->rebuild[which], state_->value->rebuild_lines[which]);
}

/// GLOBAL, which needs no strings in the memo.
bool Quick::put_known(PyObject* object, std::string_view opcode) {
    return put_shared(
        object, [&] { return out_.append(opcode.data(), static_cast<Py_ssize_t>(opcode.size())); });
}

/// Code that is equal is one code object where it arrives.
bool Quick::put_code(PyObject* data) {
    PyObject* first = names_.like(data);
    return first != nullptr && put_shared(first, [&] { return put_bytes(first); });
}

}  // namespace anypickle
