// Types of the standard library and of numpy.
#include <Python.h>
#include <structmember.h>

#include <cstddef>
#include <string_view>

#include "codec/save/globals.h"
#include "codec/save/planner.h"

namespace anypickle {
namespace {

PyObject* import_attribute(const char* module, const char* name) {
    const Ref imported = Ref::steal(PyImport_ImportModule(module));
    return imported ? PyObject_GetAttrString(imported.get(), name) : nullptr;
}

std::string_view utf8(PyObject* text) {
    Py_ssize_t size = 0;
    const char* data = PyUnicode_AsUTF8AndSize(text, &size);
    if (data == nullptr) PyErr_Clear();
    return data == nullptr ? std::string_view() : std::string_view(data, static_cast<size_t>(size));
}

}  // namespace

/// Types in C that are known to give nothing away but their own contents.
bool Planner::builtin_kind() {
    static constexpr struct {
        std::string_view name;
        PlanKind kind;
    } kKnown[] = {
        {"datetime.date", PlanKind::kDate},
        {"datetime.datetime", PlanKind::kDateTime},
        {"datetime.time", PlanKind::kTime},
        {"datetime.timedelta", PlanKind::kTimeDelta},
        {"decimal.Decimal", PlanKind::kDecimal},
        {"datetime.timezone", PlanKind::kTimeZone},
        {"range", PlanKind::kReduce},
        {"slice", PlanKind::kReduce},
        {"numpy.ndarray", PlanKind::kArray},
        {"builtin_function_or_method", PlanKind::kReduce},
        {"method_descriptor", PlanKind::kReduce},
        {"wrapper_descriptor", PlanKind::kReduce},
        {"collections.deque", PlanKind::kDeque},
        {"_collections._tuplegetter", PlanKind::kReduce},
        {"functools.partial", PlanKind::kReduce},
        {"collections.OrderedDict", PlanKind::kOrderedDict},
        {"collections.defaultdict", PlanKind::kReduce},
    };
    const std::string_view name = type_->tp_name;
    for (const auto& known : kKnown) {
        if (name != known.name) continue;
        return kind(known.kind) && (known.kind != PlanKind::kArray || find_flags());
    }
    if (name.starts_with("numpy.") && numpy_scalar()) return kind(PlanKind::kReduce);
    return true;
}

/// Where arrays have their flags: in the structure that numpy's C API promises.
bool Planner::find_flags() {
    struct Array {
        PyObject_HEAD char* data;
        int dimensions;
        Py_intptr_t* shape;
        Py_intptr_t* strides;
        PyObject* base;
        PyObject* dtype;
        int flags;
    };
    const Ref flags = Ref::steal(PyObject_GetAttrString(sample_, "flags"));
    const Ref number = Ref::steal(flags ? PyObject_GetAttrString(flags.get(), "num") : nullptr);
    const long said = number ? PyLong_AsLong(number.get()) : -1;
    if (said == -1 && PyErr_Occurred() != nullptr) return false;
    if (said == reinterpret_cast<Array*>(sample_)->flags) plan_->flags = offsetof(Array, flags);
    return true;
}

/// Whether the type is one of numpy's scalars: its base types lead to numpy.generic.
bool Planner::numpy_scalar() const {
    for (PyTypeObject* base = type_->tp_base; base != nullptr; base = base->tp_base) {
        if (std::string_view(base->tp_name) == "numpy.generic")
            return std::string_view(type_->tp_name) != "numpy.object_";
    }
    return std::string_view(type_->tp_name).starts_with("numpy.dtype");
}

/// namedtuple's __getnewargs__ has one code object for all named tuples.
bool Planner::named_tuple_kind(PyObject* newargs) {
    if (type_->tp_base != &PyTuple_Type || !same(state_->names.getstate) ||
        !PyFunction_Check(newargs))
        return true;
    if (type_->tp_dictoffset != 0 || type_->tp_basicsize != PyTuple_Type.tp_basicsize) return true;
    const Ref make = Ref::steal(import_attribute("collections", "namedtuple"));
    if (!make || !PyFunction_Check(make.get())) return PyErr_Occurred() == nullptr;
    PyObject* constants =
        reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(make.get()))->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); ++i) {
        if (PyTuple_GET_ITEM(constants, i) == PyFunction_GET_CODE(newargs))
            return kind(PlanKind::kNamedTuple);
    }
    return true;
}

/// What `dataclasses` gives to a frozen class with slots lists the fields of the class, in
/// their order.
bool Planner::fields_kind(PyObject* getstate) {
    PyObject* dataclasses =
        PyDict_GetItemString(PyImport_GetModuleDict(), "dataclasses");  // borrowed, as below
    if (dataclasses == nullptr || !PyModule_CheckExact(dataclasses)) return true;
    PyObject* contents = PyModule_GetDict(dataclasses);
    PyObject* fields = lookup(state_->names.dataclass_fields);
    PyObject* ordinary = PyDict_GetItemString(contents, "_FIELD");
    if (getstate != PyDict_GetItemString(contents, "_dataclass_getstate") || fields == nullptr ||
        !PyDict_CheckExact(fields) || ordinary == nullptr)
        return true;
    PyObject* name = nullptr;
    PyObject* field = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(fields, &at, &name, &field) != 0;) {
        const Ref kind = Ref::steal(PyObject_GetAttrString(field, "_field_type"));
        const Ref said = Ref::steal(kind ? PyObject_GetAttrString(field, "name") : nullptr);
        if (!said) return false;
        if (kind.get() != ordinary) continue;
        PyObject* member = _PyType_Lookup(type_, name);
        if (said.get() != name || member == nullptr || !Py_IS_TYPE(member, &PyMemberDescr_Type))
            return true;
        // Another class's would be a place in something else.
        PyTypeObject* owner = PyDescr_TYPE(member);
        if (!PyType_IsSubtype(type_, owner) || !add_slot(owner, name)) return true;
    }
    return plan_->slots.empty() || kind(PlanKind::kFields);
}

/// uuid.UUID is written by its int alone, as its __getstate__ does.
bool Planner::state_kind() {
    PyObject* getstate = lookup(state_->names.getstate);
    if (getstate != nullptr && PyFunction_Check(getstate) && type_->tp_new != nullptr &&
        std::string_view(type_->tp_name) != "UUID")
        return fields_kind(getstate);
    if (std::string_view(type_->tp_name) != "UUID") return true;
    const Ref uuid = Ref::steal(import_attribute("uuid", "UUID"));
    if (!uuid) return false;
    if (uuid.get() != reinterpret_cast<PyObject*>(type_)) return true;
    const Ref value = reduce_sample();
    if (!value) return false;
    const Ref number = Ref::steal(PyObject_GetAttrString(sample_, "int"));
    const Ref expected = Ref::steal(number ? Py_BuildValue("{s:O}", "int", number.get()) : nullptr);
    if (!expected) return false;
    if (PyTuple_GET_SIZE(value.get()) < 3) return true;
    const int equal =
        PyObject_RichCompareBool(PyTuple_GET_ITEM(value.get(), 2), expected.get(), Py_EQ);
    if (equal <= 0) return equal == 0;
    PyObject* safety = lookup(state_->names.is_safe);
    PyObject* member = lookup(state_->names.int_name);
    if (member == nullptr || safety == nullptr || !Py_IS_TYPE(member, &PyMemberDescr_Type) ||
        !Py_IS_TYPE(safety, &PyMemberDescr_Type)) {
        return true;
    }
    const Ref safe = Ref::steal(PyObject_GetAttr(sample_, state_->names.is_safe));
    if (!safe) return false;
    plan_->slots.push_back(Slot{Ref::share(state_->names.int_name),
                                reinterpret_cast<PyMemberDescrObject*>(member)->d_member->offset});
    // The second slot holds the value that needs no words in the state.
    plan_->slots.push_back(
        Slot{safe, reinterpret_cast<PyMemberDescrObject*>(safety)->d_member->offset});
    return kind(PlanKind::kUuid);
}

/// Classes of the standard library whose __reduce__ is Python code with a known result.
bool Planner::reduced_kind() {
    const Ref enumeration = Ref::steal(import_attribute("enum", "Enum"));
    if (!enumeration) return false;
    const bool is_enum =
        PyType_IsSubtype(type_, reinterpret_cast<PyTypeObject*>(enumeration.get()));
    const std::string_view module = utf8(plan_->module.get());
    if (is_enum && lookup(state_->names.reduce_ex) ==
                       _PyType_Lookup(reinterpret_cast<PyTypeObject*>(enumeration.get()),
                                      state_->names.reduce_ex)) {
        return enum_kind();
    }
    if (module.starts_with("pathlib")) return path_kind();
    return true;
}

bool Planner::enum_kind() {
    if (state_->plans->layout != 1) return true;
    const Ref value = reduce_sample();
    if (!value) return false;
    if (PyTuple_GET_SIZE(value.get()) != 2) return true;
    PyObject* args = PyTuple_GET_ITEM(value.get(), 1);
    const Ref own = Ref::steal(PyObject_GetAttr(sample_, state_->names.enum_value));
    if (!own) return false;
    if (PyTuple_GET_ITEM(value.get(), 0) == reinterpret_cast<PyObject*>(type_) &&
        PyTuple_GET_SIZE(args) == 1 && PyTuple_GET_ITEM(args, 0) == own.get()) {
        return kind(PlanKind::kEnumValue);
    }
    const Ref getattr = Ref::steal(builtin("getattr"));
    const Ref name = Ref::steal(PyObject_GetAttr(sample_, state_->names.enum_name));
    if (!getattr || !name) return false;
    if (PyTuple_GET_ITEM(value.get(), 0) == getattr.get() && PyTuple_GET_SIZE(args) == 2 &&
        PyTuple_GET_ITEM(args, 0) == reinterpret_cast<PyObject*>(type_) &&
        PyTuple_GET_ITEM(args, 1) == name.get()) {
        plan_->slots.push_back(Slot{getattr, 0});
        return kind(PlanKind::kEnumName);
    }
    return true;
}

bool Planner::path_kind() {
    const Ref value = reduce_sample();
    if (!value) return false;
    if (PyTuple_GET_SIZE(value.get()) != 2) return true;
    for (PyObject* name : {state_->names.path_parts, state_->names.path_raw}) {
        PyObject* member = lookup(name);
        if (member == nullptr || !Py_IS_TYPE(member, &PyMemberDescr_Type)) continue;
        const Py_ssize_t offset = reinterpret_cast<PyMemberDescrObject*>(member)->d_member->offset;
        PyObject* list = *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(sample_) + offset);
        if (list == nullptr || !PyList_CheckExact(list)) continue;
        const Ref tuple = Ref::steal(PyList_AsTuple(list));
        if (!tuple) return false;
        const int equal =
            PyObject_RichCompareBool(tuple.get(), PyTuple_GET_ITEM(value.get(), 1), Py_EQ);
        if (equal < 0) return false;
        if (equal == 0 || PyTuple_GET_ITEM(value.get(), 0) != reinterpret_cast<PyObject*>(type_))
            continue;
        plan_->parts = offset;
        return kind(PlanKind::kListOfParts);
    }
    return true;
}

/// What the sample's own __reduce_ex__ returns, if that is a tuple. Null with an error.
Ref Planner::reduce_sample() {
    Ref value = Ref::steal(
        PyObject_CallMethodOneArg(sample_, state_->names.reduce_ex, state_->protocols[4]));
    if (value && !PyTuple_CheckExact(value.get())) value = Ref::steal(PyTuple_New(0));
    return value;
}

}  // namespace anypickle
