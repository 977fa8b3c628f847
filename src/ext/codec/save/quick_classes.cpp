// The quick writer: ordinary classes by value, and what stands between a class and its functions.
#include <array>

#include "codec/save/quick.h"
#include "codec/value/classes.h"
#include "codec/value/identities.h"
#include "codec/value/state.h"
#include "common/compat.h"

namespace anypickle {

/// _value.new_class(...), then _value.fill_class(cls, (revision, None, attributes)).
bool Quick::save_class(PyObject* cls) {
    ValueState* values = state_->value;
    auto* type = reinterpret_cast<PyTypeObject*>(cls);
    const bool enumeration = is_enumeration(values, cls);
    if (!enumeration && !is_ordinary(values, cls)) return false;
    const Ref all = Ref::steal(type_dict(type));
    Members members;
    if (!all || (enumeration && !find_members(all.get(), &members))) return false;
    PyObject* module = PyDict_GetItemWithError(all.get(), values->names.module);
    if (module == nullptr || !PyUnicode_CheckExact(module)) return false;
    const Ref key = Ref::steal(PyLong_FromVoidPtr(cls));
    if (!key) return false;
    PyObject* entry = PyDict_GetItemWithError(values->entries, key.get());
    if (entry == nullptr) return want(Want::kClass, cls);
    if (!is_entry(entry) || !count_changes(values, cls, entry)) return false;
    const ItemRef fingerprint = known_fingerprint(values, cls, entry, module);
    if (!fingerprint) return want(Want::kClass, cls);

    if (!open(cls) || !put_rebuilder(kRebuildNewClass)) return false;
    out_.put(Opcode::kMark);
    PyObject* bases = type->tp_bases;
    const bool plain =
        PyTuple_GET_SIZE(bases) == 1 &&
        PyTuple_GET_ITEM(bases, 0) == reinterpret_cast<PyObject*>(&PyBaseObject_Type);
    PyObject* meta = reinterpret_cast<PyObject*>(Py_TYPE(cls));
    if (Py_TYPE(cls) == &PyType_Type) meta = Py_None;
    if (!put_bytes(PyList_GET_ITEM(entry, kEntryToken)) || !save(fingerprint.get()) ||
        !save(meta) || !save(reinterpret_cast<PyHeapTypeObject*>(cls)->ht_name) ||
        !put_tuple(reinterpret_cast<PyTupleObject*>(bases)->ob_item,
                   plain ? 0 : PyTuple_GET_SIZE(bases)) ||
        !put_birth(cls, all.get(), module) || !out_.room()) {
        return false;
    }
    out_.put(Opcode::kTuple);
    out_.put(Opcode::kReduce);
    if (!close(cls)) return false;

    const Memo::Entry* number = memo_.find(cls);
    const uint32_t index = number->index;
    if (!put_rebuilder(kRebuildFillClass) || !out_.room()) return false;
    put_get(index);
    if (!save(PyList_GET_ITEM(entry, kEntryChanges))) return false;
    const bool empty = members.by_name == nullptr || PyDict_GET_SIZE(members.by_name) == 0;
    if (!(empty ? save(Py_None) : put_members(cls, members)) || !out_.room()) return false;
    out_.put(Opcode::kEmptyDict);
    out_.put(Opcode::kMark);
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(all.get(), &i, &name, &value) != 0;) {
        if (place_of(values, cls, name, value) != AttributePlace::kLater) continue;
        if (enumeration && is_of_members(members, name, value)) continue;
        if (!save(name) || !save(value)) return false;
    }
    if (!out_.room()) return false;
    for (const Opcode opcode :
         {Opcode::kSetItems, Opcode::kTuple3, Opcode::kTuple2, Opcode::kReduce, Opcode::kPop}) {
        out_.put(opcode);
    }
    return true;
}

/// The namespace that a class is made of.
bool Quick::put_birth(PyObject* cls, PyObject* attributes, PyObject* module) {
    ValueState* values = state_->value;
    if (!out_.room()) return false;
    out_.put(Opcode::kEmptyDict);
    out_.put(Opcode::kMark);
    PyObject* qualname = reinterpret_cast<PyHeapTypeObject*>(cls)->ht_qualname;
    if (!put_str(values->names.module) || !save(module) || !put_str(values->names.qualname) ||
        !save(qualname)) {
        return false;
    }
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(attributes, &i, &name, &value) != 0;) {
        switch (place_of(values, cls, name, value)) {
            case AttributePlace::kAnnotations:  // comparing them runs code
            case AttributePlace::kNotOrdinary:
                return false;
            case AttributePlace::kBirth:
                if (!put_str(name) || !save(value)) return false;
                break;
            default:
                break;
        }
    }
    if (!out_.room()) return false;
    out_.put(Opcode::kSetItems);
    return true;
}

/// staticmethod(function) or classmethod(function), and what it has that such a new one would not.
bool Quick::save_wrapped_method(PyObject* method) {
    PyTypeObject* type = Py_TYPE(method);
    if (!may_write(method)) return false;
    const Ref function = Ref::steal(PyObject_GetAttr(method, state_->value->names.func));
    if (!function || !PyFunction_Check(function.get())) return false;
    const Ref other =
        Ref::steal(PyObject_CallOneArg(reinterpret_cast<PyObject*>(type), function.get()));
    const Ref own = Ref::steal(PyObject_GenericGetDict(method, nullptr));
    const Ref usual = Ref::steal(other ? PyObject_GenericGetDict(other.get(), nullptr) : nullptr);
    if (!own || !usual || !PyDict_CheckExact(own.get())) return false;
    const bool once = alone(method);
    if ((!once && !open(method)) || !save(reinterpret_cast<PyObject*>(type)) ||
        !save(function.get()) || !out_.room()) {
        return false;
    }
    out_.put(Opcode::kTuple1);
    out_.put(Opcode::kReduce);
    if (!once && !close(method)) return false;
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    bool any = false;
    for (Py_ssize_t i = 0; PyDict_Next(own.get(), &i, &name, &value) != 0;) {
        if (PyDict_GetItemWithError(usual.get(), name) == value) continue;
        if (!out_.room()) return false;
        if (!any) out_.put(Opcode::kEmptyDict);
        if (!any) out_.put(Opcode::kMark);
        any = true;
        if (!save(name) || !save(value)) return false;
    }
    if (!any) return true;
    if (!out_.room()) return false;
    out_.put(Opcode::kSetItems);
    out_.put(Opcode::kBuild);
    return true;
}

/// property(fget, fset, fdel, doc)
bool Quick::save_property(PyObject* property) {
    if (!may_write(property)) return false;
    const bool once = alone(property);
    if ((!once && !open(property)) || !save(reinterpret_cast<PyObject*>(&PyProperty_Type))) {
        return false;
    }
    out_.put(Opcode::kMark);
    const ValueNames& names = state_->value->names;
    for (PyObject* name : {names.fget, names.fset, names.fdel, names.doc}) {
        const Ref part = Ref::steal(PyObject_GetAttr(property, name));
        if (!part || !save(part.get())) return false;
    }
    if (!out_.room()) return false;
    out_.put(Opcode::kTuple);
    out_.put(Opcode::kReduce);
    return once || close(property);
}

}  // namespace anypickle
