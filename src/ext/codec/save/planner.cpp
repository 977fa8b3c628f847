#include "codec/save/planner.h"

#include <structmember.h>

#include "codec/save/registry.h"
#include "common/inline_values.h"

namespace anypickle {

void Planner::run_exception() {
    auto* root = reinterpret_cast<PyTypeObject*>(PyExc_BaseException);
    const SaveNames& names = state_->names;
    PyTypeObject* native = type_;
    while (PyType_HasFeature(native, Py_TPFLAGS_HEAPTYPE)) native = native->tp_base;
    PyObject* init = lookup(names.attr_init);
    if (found_by_name() && native->tp_basicsize == root->tp_basicsize && init != nullptr &&
        Py_IS_TYPE(init, &PyWrapperDescr_Type) && type_->tp_getattro == PyObject_GenericGetAttr &&
        same(names.attr_class) && same(names.reduce_ex) &&
        lookup(names.reduce) == _PyType_Lookup(root, names.reduce)) {
        plan_->kind = PlanKind::kException;
    }
}

bool Planner::run() {
    const SaveNames& names = state_->names;
    if (PyType_IsSubtype(type_, &PyType_Type))
        return is_plain(type_) ? kind(PlanKind::kClass) : true;
    const bool named = found_by_name();
    PyObject* reduce = lookup(names.reduce);
    if (!PyType_HasFeature(type_, Py_TPFLAGS_HEAPTYPE) ||
        PyType_HasFeature(type_, Py_TPFLAGS_IMMUTABLETYPE) ||
        (reduce != nullptr && !same(names.reduce) && Py_IS_TYPE(reduce, &PyMethodDescr_Type))) {
        return builtin_kind() && (named || goes_unnamed(plan_->kind) || kind(PlanKind::kNone));
    }
    if (!named) return true;
    if (type_->tp_getattro != PyObject_GenericGetAttr || !same(names.attr_class)) return true;
    if (!same(names.reduce_ex) || !same(names.reduce)) return reduced_kind();
    if (lookup(names.getnewargs_ex) != nullptr) return true;
    if (PyObject* newargs = lookup(names.getnewargs); newargs != nullptr)
        return named_tuple_kind(newargs);
    return same(names.getstate) ? instance_kind() : state_kind();
}

/// Whether the classes of a metaclass go by the names that `type` gives them.
bool Planner::is_plain(PyTypeObject* meta) const {
    if (meta == &PyType_Type) return true;
    const auto as_type = [meta](PyObject* name) {
        // The metaclass's own __module__ is a string, which the class's goes before.
        PyObject* found = _PyType_Lookup(meta, name);
        return found == _PyType_Lookup(&PyType_Type, name) ||
               (found != nullptr && PyUnicode_CheckExact(found));
    };
    const SaveNames& names = state_->names;
    return meta->tp_hash == PyType_Type.tp_hash && as_type(names.getattribute) &&
           as_type(names.attr_module) && as_type(names.attr_qualname) &&
           PyDict_GetItemWithError(state_->dispatch_table, reinterpret_cast<PyObject*>(meta)) ==
               nullptr;
}

/// Notes module and name, if no code but CPython's answers for them. The name is verified at
/// each dump.
bool Planner::found_by_name() {
    if (!is_plain(Py_TYPE(type_))) return false;
    PyObject* type = reinterpret_cast<PyObject*>(type_);
    plan_->module = Ref::steal(PyObject_GetAttr(type, state_->names.attr_module));
    plan_->name = Ref::steal(PyObject_GetAttr(type, state_->names.attr_qualname));
    if (!plan_->module || !plan_->name) PyErr_Clear();
    return plan_->module && plan_->name && PyUnicode_CheckExact(plan_->module.get()) &&
           PyUnicode_CheckExact(plan_->name.get());
}

/// Items, dict and slots and nothing else: what copyreg.__reduce_ex__ takes apart.
bool Planner::instance_kind() {
    if (type_->tp_itemsize != 0 || type_->tp_new == nullptr) return true;
    const PyTypeObject* native = find_native();
    if (native == nullptr || !find_slots(native) || !find_dict()) return true;
    const Py_ssize_t words = (plan_->has_dict && type_->tp_dictoffset > 0 ? 1 : 0) +
                             (type_->tp_weaklistoffset > 0 ? 1 : 0) +
                             static_cast<Py_ssize_t>(plan_->slots.size());
    const Py_ssize_t expected =
        native->tp_basicsize + words * static_cast<Py_ssize_t>(sizeof(PyObject*));
    if (type_->tp_basicsize > expected) return true;  // contents in C: stock refuses it
    return kind(PlanKind::kInstance);
}

/// What the class is derived from: object, or a type whose items it shows as that does. Else
/// null.
const PyTypeObject* Planner::find_native() {
    PyTypeObject* native = type_;
    while (PyType_HasFeature(native, Py_TPFLAGS_HEAPTYPE)) native = native->tp_base;
    PyObject* items = state_->names.items;
    if (native == &PyList_Type && type_->tp_iter == PyList_Type.tp_iter) {
        plan_->native = Native::kList;
    } else if (native == &PyDict_Type && lookup(items) == _PyType_Lookup(&PyDict_Type, items)) {
        plan_->native = Native::kDict;
    } else if (native != &PyBaseObject_Type) {
        return nullptr;
    }
    return native;
}

/// The names that copyreg._slotnames() would collect, and where their values are.
bool Planner::find_slots(const PyTypeObject* native) {
    PyObject* mro = type_->tp_mro;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); ++i) {
        auto* base = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(mro, i));
        if (base == &PyBaseObject_Type || base == native) continue;
        if (!PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE) || base->tp_dict == nullptr) return false;
        PyObject* declared = PyDict_GetItemWithError(base->tp_dict, state_->names.slots);
        if (declared == nullptr) continue;
        const Ref names = Ref::steal(PyUnicode_Check(declared) ? PyTuple_Pack(1, declared)
                                                               : PySequence_Tuple(declared));
        if (!names) {
            PyErr_Clear();
            return false;
        }
        for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(names.get()); ++k) {
            if (!add_slot(base, PyTuple_GET_ITEM(names.get(), k))) return false;
        }
    }
    return true;
}

bool Planner::add_slot(PyTypeObject* owner, PyObject* name) {
    if (!PyUnicode_CheckExact(name)) return false;
    const Py_ssize_t size = PyUnicode_GET_LENGTH(name);
    if (PyUnicode_CompareWithASCIIString(name, "__dict__") == 0 ||
        PyUnicode_CompareWithASCIIString(name, "__weakref__") == 0) {
        return true;
    }
    // Names that the compiler mangles, and dunders, are left to the engine.
    if (size >= 2 && PyUnicode_READ_CHAR(name, 0) == '_' && PyUnicode_READ_CHAR(name, 1) == '_')
        return false;
    PyObject* member = _PyType_Lookup(type_, name);
    if (member == nullptr || !Py_IS_TYPE(member, &PyMemberDescr_Type)) return false;
    const PyMemberDef* definition = reinterpret_cast<PyMemberDescrObject*>(member)->d_member;
    if (definition->type != T_OBJECT_EX ||
        reinterpret_cast<PyDescrObject*>(member)->d_type != owner)
        return false;
    plan_->slots.push_back(Slot{Ref::share(name), definition->offset});
    return true;
}

bool Planner::find_dict() {
#ifdef Py_TPFLAGS_MANAGED_DICT
    if (PyType_HasFeature(type_, Py_TPFLAGS_MANAGED_DICT)) {
        plan_->has_dict = true;
        return state_->plans->layout == 1;
    }
#endif
    plan_->has_dict = type_->tp_dictoffset != 0;
    plan_->dict_offset = type_->tp_dictoffset;
    return type_->tp_dictoffset >= 0;
}

}  // namespace anypickle
