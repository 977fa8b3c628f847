// The quick writer: enumerations by value. Their members are objects of the class that is being
// made; `_value.fill_enum` makes them, before the attributes that may refer to them are set. What
// is written is what reducers/enums.py says; of members that a program gave more than atoms it is
// the engine that asks there.
#include <initializer_list>

#include "codec/save/quick.h"
#include "codec/value/functions.h"
#include "codec/value/state.h"
#include "common/compat.h"

namespace anypickle {
namespace {

/// The key of fill_enum: an address that no object has. It is a function of Python's.
PyObject* fill_enum_key(const ValueState* values) noexcept {
    return reinterpret_cast<PyObject*>(reinterpret_cast<char*>(values->rebuild[kRebuildFillClass]) +
                                       1);
}

bool is_one_of(PyObject* name, std::initializer_list<std::string_view> names) {
    if (!PyUnicode_IS_COMPACT_ASCII(name)) return false;
    const std::string_view text(reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(name)),
                                static_cast<size_t>(PyUnicode_GET_LENGTH(name)));
    for (const std::string_view each : names) {
        if (text == each) return true;
    }
    return false;
}

/// The builtin type that lays the members out: `int`, `str`, ... or `object`. Null for none.
PyTypeObject* find_base(const PyTypeObject* type, PyObject* new_name) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_mro); ++i) {
        auto* base = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(type->tp_mro, i));
        const Ref all = Ref::steal(type_dict(base));
        PyObject* found = all ? PyDict_GetItemWithError(all.get(), new_name) : nullptr;
        if (found != nullptr && PyCFunction_Check(found)) return base;
    }
    return nullptr;
}

}  // namespace

/// The maps of an enumeration, null where it has no members. False: give up.
bool Quick::find_members(PyObject* attributes, Members* members) {
    const ValueNames& names = state_->value->names;
    members->by_name = PyDict_GetItemWithError(attributes, names.member_map);
    members->by_value = PyDict_GetItemWithError(attributes, names.value_map);
    if (members->by_name == nullptr) return true;
    return PyDict_CheckExact(members->by_name) && members->by_value != nullptr &&
           PyDict_CheckExact(members->by_value);
}

/// Whether an attribute of an enumeration comes with its members.
bool Quick::is_of_members(const Members& members, PyObject* name, PyObject* value) const {
    return is_one_of(name, {"_member_map_", "_value2member_map_", "_member_names_"}) ||
           (members.by_name != nullptr && PyDict_GetItemWithError(members.by_name, name) == value);
}

/// _value.fill_enum(cls, [(name, data, attributes), ...], {name: name of its member, ...},
/// [(value, name of its member), ...])
bool Quick::put_members(PyObject* cls, const Members& members) {
    constexpr std::string_view kFill = "canypickle._value\nfill_enum\n";
    PyTypeObject* base = find_base(reinterpret_cast<PyTypeObject*>(cls), state_->names.attr_new);
    if (base == nullptr || !put_known(fill_enum_key(state_->value), kFill) || !out_.room()) {
        return false;
    }
    out_.put(Opcode::kMark);
    if (!save(cls) || !out_.room()) return false;
    out_.put(Opcode::kEmptyList);
    out_.put(Opcode::kMark);
    PyObject* name = nullptr;
    PyObject* member = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(members.by_name, &i, &name, &member) != 0;) {
        if (!Py_IS_TYPE(member, reinterpret_cast<PyTypeObject*>(cls))) return false;
        PyObject* own = name_of_member(member);
        if (own == nullptr) return false;
        if (PyUnicode_Compare(own, name) == 0 && !put_member(member, own, base)) return false;
    }
    if (!out_.room()) return false;
    out_.put(Opcode::kAppends);
    out_.put(Opcode::kEmptyDict);
    out_.put(Opcode::kMark);
    for (Py_ssize_t i = 0; PyDict_Next(members.by_name, &i, &name, &member) != 0;) {
        if (!save(name) || !save(name_of_member(member))) return false;
    }
    if (!out_.room()) return false;
    out_.put(Opcode::kSetItems);
    out_.put(Opcode::kEmptyList);
    out_.put(Opcode::kMark);
    PyObject* value = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(members.by_value, &i, &value, &member) != 0;) {
        PyObject* own = name_of_member(member);
        if (own == nullptr) return false;
        if (PyDict_GetItemWithError(members.by_name, own) != member) continue;  // made of others
        if (!save(value) || !save(own) || !out_.room()) return false;
        out_.put(Opcode::kTuple2);
    }
    if (!out_.room()) return false;
    out_.put(Opcode::kAppends);
    out_.put(Opcode::kTuple);
    out_.put(Opcode::kReduce);
    return true;
}

/// _name_, from the member's own dict. Borrowed; null to give up.
PyObject* Quick::name_of_member(PyObject* member) {
    const Ref dict = Ref::steal(PyObject_GenericGetDict(member, nullptr));
    PyObject* found = dict && PyDict_CheckExact(dict.get())
                          ? PyDict_GetItemWithError(dict.get(), state_->names.enum_name)
                          : nullptr;
    return found != nullptr && PyUnicode_CheckExact(found) ? found : nullptr;
}

/// (name, what its builtin type makes it of, {attribute: value, ...})
bool Quick::put_member(PyObject* member, PyObject* name, PyTypeObject* base) {
    if (!save(name)) return false;
    if (base == &PyBaseObject_Type) {
        if (!out_.room()) return false;
        out_.put(Opcode::kEmptyTuple);
    } else {
        PyObject* method = _PyType_Lookup(base, state_->names.getnewargs);
        if (method == nullptr || !Py_IS_TYPE(method, &PyMethodDescr_Type)) return false;
        PyObject* data = PyObject_CallOneArg(method, member);
        if (data == nullptr || !keep(data) || !PyTuple_CheckExact(data) ||
            !put_tuple(reinterpret_cast<PyTupleObject*>(data)->ob_item, PyTuple_GET_SIZE(data))) {
            return false;
        }
    }
    const Ref dict = Ref::steal(PyObject_GenericGetDict(member, nullptr));
    if (!dict || !PyDict_CheckExact(dict.get()) || !out_.room()) return false;
    out_.put(Opcode::kEmptyDict);
    out_.put(Opcode::kMark);
    PyObject* attribute = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(dict.get(), &i, &attribute, &value) != 0;) {
        if (!PyUnicode_CheckExact(attribute)) return false;
        if (is_one_of(attribute, {"__objclass__"})) continue;
        if (is_one_of(attribute, {"_inverted_"})) value = Py_None;  // found out again when needed
        const bool first =
            is_atom(value) || is_one_of(attribute, {"_value_", "_name_", "_sort_order_"});
        if (!first || !save(attribute) || !save(value)) return false;
    }
    if (!out_.room()) return false;
    out_.put(Opcode::kSetItems);
    out_.put(Opcode::kTuple3);
    return true;
}

}  // namespace anypickle
