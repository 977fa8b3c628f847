// The quick writer: instances, classes and functions.
#include <cstring>

#include "codec/save/names.h"
#include "codec/save/quick.h"
#include "codec/save/registry.h"
#include "codec/value/program.h"
#include "codec/value/state.h"

namespace anypickle {
namespace {

constexpr uint32_t kNoIndex = 0xFFFFFFFF;

/// The key of the dict that an instance does not have: an address that no object has.
PyObject* dict_to_be(PyObject* object) noexcept {
    return reinterpret_cast<PyObject*>(reinterpret_cast<char*>(object) + 1);
}

/// What a class has under a name, as it gives it to whoever asks; null if that cannot be told.
PyObject* quiet_attribute(const SaveNames& names, PyObject* cls, PyObject* name) {
    PyTypeObject* meta = Py_TYPE(cls);
    if (meta->tp_getattro != PyType_Type.tp_getattro) {
        // A __getattr__ is only asked for what is not there.
        PyObject* usual = _PyType_Lookup(&PyType_Type, names.getattribute);
        PyObject* shadow = _PyType_Lookup(meta, name);
        if (_PyType_Lookup(meta, names.getattribute) != usual ||
            (shadow != nullptr && Py_TYPE(shadow)->tp_descr_set != nullptr))
            return nullptr;
    }
    PyObject* found = _PyType_Lookup(reinterpret_cast<PyTypeObject*>(cls), name);
    if (found == nullptr || !Py_IS_TYPE(found, &PyStaticMethod_Type)) return found;
    const Ref function = Ref::steal(PyStaticMethod_Type.tp_descr_get(found, nullptr, cls));
    return function.get();  // which the static method holds
}

/// What a dotted name leads to from a module's dict, without running anybody's code; null if that
/// cannot be told.
PyObject* quiet_lookup(const SaveNames& names, PyObject* dict, PyObject* name) {
    const Py_ssize_t size = PyUnicode_GET_LENGTH(name);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, size, 1);
    if (dot < 0) return PyDict_GetItemWithError(dict, name);
    Ref part = Ref::steal(PyUnicode_Substring(name, 0, dot));
    PyObject* found = part ? PyDict_GetItemWithError(dict, part.get()) : nullptr;
    while (found != nullptr && dot < size) {
        if (!PyType_Check(found)) return nullptr;
        const Py_ssize_t start = dot + 1;
        dot = PyUnicode_FindChar(name, '.', start, size, 1);
        if (dot < 0) dot = size;
        part = Ref::steal(PyUnicode_Substring(name, start, dot));
        found = part ? quiet_attribute(names, found, part.get()) : nullptr;
    }
    return found;
}

/// What comes before the first dot of a name.
Ref first_part(PyObject* name) {
    const Py_ssize_t size = PyUnicode_GET_LENGTH(name);
    const Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, size, 1);
    return Ref::steal(PyUnicode_Substring(name, 0, dot < 0 ? size : dot));
}

/// Whether a name certainly leads to nothing, as with the methods of a namedtuple(), which say that
/// they live in `collections`, or in no module at all.
bool leads_nowhere(PyObject* module, PyObject* name) {
    PyObject* modules = PyImport_GetModuleDict();
    PyObject* imported = PyDict_GetItemWithError(modules, module);
    if (imported == nullptr) {
        // A package may know how to import what it has not imported yet.
        const Ref package = first_part(module);
        return package && PyDict_GetItemWithError(modules, package.get()) == nullptr;
    }
    if (!PyModule_CheckExact(imported)) return false;
    PyObject* dict = PyModule_GetDict(imported);
    const Ref first = first_part(name);
    return first && PyDict_GetItemWithError(dict, first.get()) == nullptr &&
           PyDict_GetItemString(dict, "__getattr__") == nullptr;
}

}  // namespace

bool Quick::save_object(PyObject* object, PyTypeObject* type) {
    // Instances mostly come in rows.
    if (Plan* plan = state_->plans->find_again(type);
        plan != nullptr && plan->kind == PlanKind::kInstance && plan->dump == dump_)
        return save_instance(object, *plan);
    if (type == &PySet_Type) return save_set(object);
    if (type == &PyFrozenSet_Type) return save_frozenset(object);
    if (type == &PyType_Type || type == &PyFunction_Type) return save_named(object);
    // numpy registers a reducer for its metaclass, which for this class gives its name.
    if (PyType_Check(object) &&
        std::strcmp(reinterpret_cast<PyTypeObject*>(object)->tp_name, "numpy.dtype") == 0) {
        return save_named(object);
    }
    if (type == &PyCFunction_Type) {
        PyObject* self = PyCFunction_GET_SELF(object);
        if (self == nullptr || PyModule_Check(self)) return save_named(object);
    }
    if (type == &PyPickleBuffer_Type) return save_buffer(object);
    if (type == &PyModule_Type) return !keeps_ && save_module(object);
    if (type == &PyCell_Type) return save_cell(object);
    if (type == &PyStaticMethod_Type || type == &PyClassMethod_Type) {
        return save_wrapped_method(object);
    }
    if (type == &PyProperty_Type) return save_property(object);
    if (type == &PyDictProxy_Type) return save_mapping_proxy(object);
    Plan* plan = state_->plans->find(type);
    if (plan == nullptr) {
        return want(Want::kPlan, object);
    }
    if (plan->kind == PlanKind::kNone) return false;
    if (plan->dump != dump_) {
        // Once per dump: copyreg may have learnt of the type since.
        if (PyDict_GetItemWithError(reducers_, reinterpret_cast<PyObject*>(type)) != nullptr)
            return false;
        plan->dump = dump_;
        plan->class_index = kNoIndex;
        std::memset(plan->key_index, 0, sizeof plan->key_index);
    }
    return save_planned(object, *plan);
}

bool Quick::save_planned(PyObject* object, Plan& plan) {
    switch (plan.kind) {
        case PlanKind::kInstance:
            return save_instance(object, plan);
        case PlanKind::kNamedTuple:
            return save_named_tuple(object, plan);
        case PlanKind::kDate:
        case PlanKind::kDateTime:
        case PlanKind::kTime:
            return save_date(object, plan);
        case PlanKind::kTimeDelta:
            return save_timedelta(object, plan);
        case PlanKind::kDecimal:
            return save_decimal(object, plan);
        case PlanKind::kUuid:
            return save_uuid(object, plan);
        case PlanKind::kListOfParts:
            return save_parts(object, plan);
        case PlanKind::kFields:
            return save_fields(object, plan);
        case PlanKind::kEnumValue:
        case PlanKind::kEnumName:
            return save_enum(object, plan);
        case PlanKind::kMark:
            return save_mark(object, plan);
        case PlanKind::kDeque:
        case PlanKind::kOrderedDict:
        case PlanKind::kTimeZone:
        case PlanKind::kArray:
        case PlanKind::kReduce:
            return save_reduced(object, plan);
        case PlanKind::kException:
            return save_exception(object, plan);
        case PlanKind::kClass:
            return save_named(object);
        case PlanKind::kNone:
            break;
    }
    return false;
}

/// copyreg.__newobj__(cls), memoised. *met: the object was already there.
bool Quick::put_new(PyObject* object, Plan& plan, bool* met) {
    const bool once = alone(object);
    if (plan.class_index != kNoIndex && out_.room()) [[likely]] {
        put_get(plan.class_index);
    } else if (!put_class(plan)) {
        return false;
    }
    if (plan.by_value && !once) {
        // A class that came by value may have brought it along.
        if (const Memo::Entry* entry = memo_.find(object); entry != nullptr) {
            out_.put(Opcode::kPop);
            put_get(entry->index);
            *met = true;
            return true;
        }
    }
    out_.put(Opcode::kEmptyTuple);
    out_.put(Opcode::kNewObj);
    return once || memoize(object);
}

/// copyreg.__newobj__(cls), its items, then the state that object.__getstate__ would return.
bool Quick::save_instance(PyObject* object, Plan& plan) {
    bool met = false;
    if (!put_new(object, plan, &met)) return false;
    if (met) return true;
    if (plan.native != Native::kObject) {
        const bool written = plan.native == Native::kList ? put_list_items(object, Owner::kReducer)
                                                          : put_dict_items(object, Owner::kReducer);
        if (!written || !out_.room()) return false;
    }
    bool slots = false;
    for (const Slot& slot : plan.slots) slots = slots || at_offset(object, slot.offset) != nullptr;
    bool attributes = false;
    if (plan.has_dict && !put_attributes(object, plan, &attributes)) return false;
    if (!out_.room()) return false;
    if (slots) {
        if (!attributes) out_.put(Opcode::kNone);
        if (!put_slots(object, plan)) return false;
        out_.put(Opcode::kTuple2);
    }
    if (slots || attributes) out_.put(Opcode::kBuild);
    return true;
}

/// copyreg.__newobj__(cls), then a list of what its slots hold.
bool Quick::save_fields(PyObject* object, Plan& plan) {
    constexpr std::size_t kMostInBatch = 1000;
    // Within what goes by value the list would have a number.
    if (exact_ > 0 || plan.slots.size() > kMostInBatch) return false;
    for (const Slot& slot : plan.slots) {
        if (at_offset(object, slot.offset) == nullptr) return false;  // an AttributeError
    }
    bool met = false;
    if (!put_new(object, plan, &met)) return false;
    if (met) return true;
    const bool one = plan.slots.size() == 1;
    out_.put(Opcode::kEmptyList);
    if (!one) out_.put(Opcode::kMark);
    for (const Slot& slot : plan.slots) {
        if (!put_item(at_offset(object, slot.offset))) return false;
    }
    if (!out_.room()) return false;
    out_.put(one ? Opcode::kAppend : Opcode::kAppends);
    out_.put(Opcode::kBuild);
    return true;
}

bool Quick::put_attributes(PyObject* object, Plan& plan, bool* any) {
    InlineValues values;
    if (plan.dict_offset > 0) {
        values.dict = at_offset(object, plan.dict_offset);
    } else {
        switch (read_inline(object, &values)) {
            case Attributes::kInline:
                *any = values.count > 0;
                if (values.count == 0) return true;
                if (!keeps_) return put_inline(object, values, plan);
                // Whoever asks for the dict later, and dumps it, means the one that is written now.
                Py_XDECREF(values.dict = PyObject_GenericGetDict(object, nullptr));
                break;
            case Attributes::kDict:
                break;
            case Attributes::kUnknown:
                return false;
        }
    }
    PyObject* dict = values.dict;
    if (dict == nullptr || PyDict_GET_SIZE(dict) == 0) return true;
    if (!PyDict_CheckExact(dict)) return false;
    *any = true;
    if (!alone(dict)) {
        bool yes = false;
        if (!met(dict, &yes)) return false;
        if (yes) return true;
        out_.put(Opcode::kEmptyDict);
        if (!memoize(dict)) return false;
    } else {
        out_.put(Opcode::kEmptyDict);
    }
    return put_dict_items(dict, Owner::kInstance);
}

/// The attributes of an instance that has no dict yet. Their names are the same objects for the
/// whole class.
bool Quick::put_inline(PyObject* object, const InlineValues& values, Plan& plan) {
    const Py_ssize_t count = values.count;
    out_.put(Opcode::kEmptyDict);
    // Elsewhere the instance may have a dict that something refers to.
    if (exact_ > 0 && !memoize(dict_to_be(object))) return false;
    if (count > 1) out_.put(Opcode::kMark);
    for (Py_ssize_t i = 0; i < count; ++i) {
        const Py_ssize_t index = values.index(i);
        PyObject* value = values.slots[index];
        if (value == nullptr || index >= Plan::kMostKeys) return false;
        uint32_t& known = plan.key_index[index];
        if (known != 0) {
            if (!out_.room()) return false;
            put_get(known - 1);
        } else {
            PyObject* key = values.keys[index].key;
            if (key == nullptr || !PyUnicode_CheckExact(key) || is_dunder(key)) return false;
            if (!out_.room() || !save_shared_str(key, &known)) return false;
            ++known;
        }
        if (!put_item(value)) return false;
    }
    if (!out_.room()) return false;
    out_.put(count > 1 ? Opcode::kSetItems : Opcode::kSetItem);
    return true;
}

bool Quick::put_slots(PyObject* object, Plan& plan) {
    Py_ssize_t count = 0;
    for (const Slot& slot : plan.slots) count += at_offset(object, slot.offset) != nullptr ? 1 : 0;
    out_.put(Opcode::kEmptyDict);
    if (count > 1) out_.put(Opcode::kMark);
    for (const Slot& slot : plan.slots) {
        PyObject* value = at_offset(object, slot.offset);
        if (value == nullptr) continue;
        uint32_t index = 0;
        if (!out_.room() || !save_shared_str(slot.name.get(), &index) || !put_item(value))
            return false;
    }
    if (!out_.room()) return false;
    out_.put(count > 1 ? Opcode::kSetItems : Opcode::kSetItem);
    return true;
}

/// A name that many objects use: it is memoised whoever else refers to it. Says its index.
bool Quick::save_shared_str(PyObject* name, uint32_t* index) {
    Memo::Entry* entry = slot_of_str(name);
    if (entry == nullptr) return false;
    if (memo_.live(*entry)) {
        *index = entry->index;
        put_get(*index);
        return true;
    }
    *index = next_index();
    memo_.fill(*entry, name, *index);
    if (!put_str(name)) return false;
    out_.put(Opcode::kMemoize);
    return true;
}

bool Quick::put_class(Plan& plan) {
    if (!out_.room()) return false;
    if (plan.class_index != kNoIndex) {
        put_get(plan.class_index);
        return true;
    }
    PyObject* type = reinterpret_cast<PyObject*>(plan.type);
    if (const Memo::Entry* entry = memo_.find(type); entry != nullptr) {
        if (entry->index >= Memo::kOnce) return false;
        plan.class_index = entry->index;
        put_get(plan.class_index);
        return true;
    }
    if (PyType_HasFeature(plan.type, Py_TPFLAGS_HEAPTYPE) &&
        reinterpret_cast<PyHeapTypeObject*>(plan.type)->ht_qualname != plan.name.get()) {
        return false;  // renamed, which does not change the version tag
    }
    if (goes_by_value(plan.module.get(), plan.name.get())) {
        if (!save_by_value(type)) return false;
        const Memo::Entry* entry = memo_.find(type);
        if (entry == nullptr) return false;
        plan.class_index = entry->index;
        plan.by_value = true;
        return true;
    }
    if (!put_global(type, plan.module.get(), plan.name.get())) return false;
    plan.class_index = next_index() - 1;
    return true;
}

/// Classes and functions as values.
bool Quick::save_named(PyObject* object) {
    if (object == reinterpret_cast<PyObject*>(Py_TYPE(Py_None)) ||
        object == reinterpret_cast<PyObject*>(Py_TYPE(Py_NotImplemented)) ||
        object == reinterpret_cast<PyObject*>(Py_TYPE(Py_Ellipsis))) {
        return false;
    }
    PyObject* module = PyObject_GetAttr(object, state_->names.attr_module);
    if (module == nullptr || !keep(module)) return false;
    PyObject* name = PyObject_GetAttr(object, state_->names.attr_qualname);
    if (name == nullptr || !keep(name)) return false;
    if (!PyUnicode_CheckExact(module) || !PyUnicode_CheckExact(name)) return false;
    if (goes_by_value(module, name) ||
        (PyFunction_Check(object) && !state_->some_by_value && leads_nowhere(module, name))) {
        return save_by_value(object);
    }
    // Types of the interpreter that builtins does not have.
    if (object == reinterpret_cast<PyObject*>(&PyDictProxy_Type)) return save_of_types(object);
    return put_global(object, module, name);
}

/// What `__main__` defines, by name, where the other side runs the same program.
bool Quick::save_of_main(PyObject* object) {
    PyObject* module = PyObject_GetAttr(object, state_->names.attr_module);
    if (module == nullptr || !keep(module)) return false;
    PyObject* name = PyObject_GetAttr(object, state_->names.attr_qualname);
    if (name == nullptr || !keep(name)) return false;
    if (!PyUnicode_CheckExact(module) || !PyUnicode_CheckExact(name) ||
        PyUnicode_FindChar(name, '<', 0, PyUnicode_GET_LENGTH(name), 1) >= 0 ||
        state_->some_by_value || PyDict_GET_SIZE(state_->extension_registry) > 0)
        return false;
    PyObject* home = PyDict_GetItemWithError(PyImport_GetModuleDict(), module);
    if (home == nullptr || !PyModule_CheckExact(home) ||
        quiet_lookup(state_->names, PyModule_GetDict(home), name) != object)
        return false;
    if (!is_run_again(state_->value, name)) return want(Want::kProgram, object);
    return put_found(object, module, name);
}

/// A type of the interpreter's by its name in the module `types`.
bool Quick::save_of_types(PyObject* type) {
    PyObject* types = PyDict_GetItemString(PyImport_GetModuleDict(), "types");
    if (types == nullptr || !PyModule_CheckExact(types)) return false;
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t i = 0; value != type;) {
        if (PyDict_Next(PyModule_GetDict(types), &i, &name, &value) == 0) return false;
    }
    return put_getattr(type, types, name);
}

/// getattr(module, name)
bool Quick::put_getattr(PyObject* object, PyObject* module, PyObject* name) {
    PyObject* builtins = PyModule_GetDict(state_->value->builtins);
    PyObject* getattr = PyDict_GetItemString(builtins, "getattr");
    if (getattr == nullptr || !may_write(object)) return false;
    if (!open(object) || !save(getattr) || !save(module) || !save(name) || !out_.room())
        return false;
    out_.put(Opcode::kTuple2);
    out_.put(Opcode::kReduce);
    return close(object);
}

/// STACK_GLOBAL, if the name leads to the object and nothing but pickle's own rules decides how it
/// goes.
bool Quick::put_global(PyObject* object, PyObject* module, PyObject* name) {
    if (PyDict_GET_SIZE(state_->extension_registry) > 0 || state_->some_by_value) return false;
    PyObject* modules = PyImport_GetModuleDict();
    PyObject* imported = modules == nullptr ? nullptr : PyDict_GetItemWithError(modules, module);
    if (imported == nullptr || !PyModule_CheckExact(imported)) return false;
    return has_spec(state_, imported) &&
           quiet_lookup(state_->names, PyModule_GetDict(imported), name) == object &&
           put_found(object, module, name);
}

/// STACK_GLOBAL of what is found under this name on both sides.
bool Quick::put_found(PyObject* object, PyObject* module, PyObject* name) {
    uint32_t index = 0;
    if (!out_.room() || !save_shared_str(module, &index)) return false;
    if (!out_.room() || !save_shared_str(name, &index)) return false;
    out_.put(Opcode::kStackGlobal);
    return memoize(object);
}

bool Quick::keep(PyObject* steal_temporary) {
    try {
        temporaries_.push_back(steal_temporary);
    } catch (const std::bad_alloc&) {
        Py_DECREF(steal_temporary);
        return false;
    }
    return true;
}

}  // namespace anypickle
