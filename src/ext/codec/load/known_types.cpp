#include "codec/load/known_types.h"

#include <cstring>

#include "codec/load/state.h"
#include "common/compat.h"

namespace anypickle::load {
namespace {

Ref lookup(PyTypeObject* type, const char* name) {
    const Ref text = Ref::steal(PyUnicode_InternFromString(name));
    return text ? Ref::share(type_lookup(type, text.get()).get()) : Ref();
}

/// The offset of a slot that any object may go into; 0 if there is none of that name.
Py_ssize_t slot(PyTypeObject* type, const char* name) {
    const Ref found = lookup(type, name);
    return found ? slot_offset(found.get()) : 0;
}

PyObject*& at(PyObject* object, Py_ssize_t offset) noexcept {
    return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(object) + offset);
}

/// module.name, if that module has been imported and this is the type. New reference to the module.
Ref home_of(PyTypeObject* type, const char* module_name) {
    const Ref name = Ref::steal(PyUnicode_FromString(module_name));
    Ref module = name ? Ref::steal(PyImport_GetModule(name.get())) : Ref();
    if (!module || !PyModule_CheckExact(module.get())) return Ref();
    PyObject* found = PyDict_GetItemString(PyModule_GetDict(module.get()), type->tp_name);
    return found == reinterpret_cast<PyObject*>(type) ? module : Ref();
}

bool same(PyObject* one, PyObject* other) {
    return one != nullptr && other != nullptr && Py_TYPE(one) == Py_TYPE(other) &&
           PyObject_RichCompareBool(one, other, Py_EQ) == 1;
}

}  // namespace

void KnownType::look(PyTypeObject* type, const LoadState& state) {
    kind_ = Kind::kNone;
    if (std::strcmp(type->tp_name, "UUID") == 0) {
        if (look_at_uuid(type, state)) kind_ = Kind::kUuid;
    } else if (PY_VERSION_HEX < 0x030C0000 && (std::strcmp(type->tp_name, "PurePosixPath") == 0 ||
                                               std::strcmp(type->tp_name, "PosixPath") == 0)) {
        if (look_at_path(type, state)) kind_ = Kind::kPath;
    } else if (look_at_fields(type, state)) {
        kind_ = Kind::kFields;
    }
    PyErr_Clear();
}

/// Keeps an eye on a function of the module whose globals these are; false if it is none.
bool KnownType::watch(PyObject* found, PyObject* globals) {
    Ref function = Ref::share(found);
    if (found != nullptr && !PyFunction_Check(found))
        function = Ref::steal(PyObject_GetAttrString(found, "__func__"));
    if (!function || !PyFunction_Check(function.get()) ||
        PyFunction_GET_GLOBALS(function.get()) != globals || watches_ == watched_.size())
        return false;
    watched_[watches_++] = {function, Ref::share(PyFunction_GET_CODE(function.get()))};
    return true;
}

bool KnownType::unchanged() const noexcept {
    for (std::size_t i = 0; i < watches_; ++i) {
        if (PyFunction_GET_CODE(watched_[i].function.get()) != watched_[i].code.get()) return false;
    }
    return true;
}

bool KnownType::look_at_uuid(PyTypeObject* type, const LoadState& state) {
    const Ref uuid = home_of(type, "uuid");
    if (!uuid || type->tp_new != PyBaseObject_Type.tp_new ||
        !watch(lookup(type, "__setstate__").get(), PyModule_GetDict(uuid.get())))
        return false;
    slots_ = {slot(type, "int"), slot(type, "is_safe"), 0};
    const Ref safety = Ref::steal(PyObject_GetAttrString(uuid.get(), "SafeUUID"));
    constant_ = safety ? Ref::steal(PyObject_GetAttrString(safety.get(), "unknown")) : Ref();
    const Ref sample = Ref::steal(type->tp_new(type, state.empty_tuple, nullptr));
    const Ref number = Ref::steal(PyLong_FromLong(123456789));
    if (slots_[0] == 0 || slots_[1] == 0 || !constant_ || !sample || !number) return false;
    const Ref done = Ref::steal(
        PyObject_CallMethod(sample.get(), "__setstate__", "({s:O})", "int", number.get()));
    return done && at(sample.get(), slots_[0]) == number.get() &&
           at(sample.get(), slots_[1]) == constant_.get();
}

bool KnownType::set_uuid(PyObject* object, PyObject* number) const noexcept {
    PyObject*& own = at(object, slots_[0]);
    PyObject*& safety = at(object, slots_[1]);
    if (own != nullptr || safety != nullptr) return false;
    own = Py_NewRef(number);
    safety = Py_NewRef(constant_.get());
    return true;
}

bool KnownType::look_at_fields(PyTypeObject* type, const LoadState& state) {
    const Ref fields = lookup(type, "__dataclass_fields__");
    const Ref name = fields ? Ref::steal(PyUnicode_FromString("dataclasses")) : Ref();
    const Ref module = name ? Ref::steal(PyImport_GetModule(name.get())) : Ref();
    if (!module || !PyModule_CheckExact(module.get()) || !PyDict_CheckExact(fields.get()) ||
        type->tp_new != PyBaseObject_Type.tp_new || !has_no_instance_dict(type) ||
        type->tp_getattro != PyObject_GenericGetAttr)
        return false;
    PyObject* globals = PyModule_GetDict(module.get());
    PyObject* ordinary = PyDict_GetItemString(globals, "_FIELD");
    const Ref set_state = lookup(type, "__setstate__");
    if (!set_state || set_state.get() != PyDict_GetItemString(globals, "_dataclass_setstate") ||
        !watch(set_state.get(), globals) ||
        !watch(PyDict_GetItemString(globals, "fields"), globals))
        return false;
    PyObject* key = nullptr;
    PyObject* field = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(fields.get(), &i, &key, &field) != 0;) {
        const Ref kind = Ref::steal(PyObject_GetAttrString(field, "_field_type"));
        if (!kind) return false;
        if (kind.get() != ordinary) continue;
        const ItemRef member = type_lookup(type, key);
        const Py_ssize_t offset = member ? slot_offset(member.get()) : 0;
        // Another class's would be a place in something else.
        if (offset == 0 || !PyType_IsSubtype(type, PyDescr_TYPE(member.get()))) return false;
        fields_.push_back(offset);
    }
    const auto count = static_cast<Py_ssize_t>(fields_.size());
    const Ref sample = Ref::steal(type->tp_new(type, state.empty_tuple, nullptr));
    const Ref values = Ref::steal(PyList_New(count));
    if (!sample || !values || count == 0) return false;
    for (Py_ssize_t i = 0; i < count; ++i) {
        PyObject* number = PyLong_FromSsize_t(1234567 + i);
        if (number == nullptr) return false;
        PyList_SET_ITEM(values.get(), i, number);
    }
    const Ref done =
        Ref::steal(PyObject_CallFunctionObjArgs(set_state.get(), sample.get(), values.get(), NULL));
    for (Py_ssize_t i = 0; done && i < count; ++i) {
        if (at(sample.get(), fields_[static_cast<std::size_t>(i)]) !=
            PyList_GET_ITEM(values.get(), i))
            return false;
    }
    return static_cast<bool>(done);
}

bool KnownType::set_fields(PyObject* object, PyObject* values) const noexcept {
    if (PyList_GET_SIZE(values) != static_cast<Py_ssize_t>(fields_.size())) return false;
    for (const Py_ssize_t offset : fields_) {
        if (at(object, offset) != nullptr) return false;
    }
    Py_ssize_t i = 0;
    for (const Py_ssize_t offset : fields_)
        at(object, offset) = Py_NewRef(PyList_GET_ITEM(values, i++));
    return true;
}

bool KnownType::look_at_path(PyTypeObject* type, const LoadState& state) {
    const Ref pathlib = home_of(type, "pathlib");
    const Ref flavour = lookup(type, "_flavour");
    if (!pathlib || !flavour) return false;
    PyObject* globals = PyModule_GetDict(pathlib.get());
    for (const char* name : {"__new__", "_from_parts", "_parse_args"}) {
        if (!watch(lookup(type, name).get(), globals)) return false;
    }
    for (const char* name : {"parse_parts", "splitroot"}) {
        if (!watch(lookup(Py_TYPE(flavour.get()), name).get(), globals)) return false;
    }
    slots_ = {slot(type, "_drv"), slot(type, "_root"), slot(type, "_parts")};
    constant_ = Ref::steal(PyUnicode_InternFromString("/"));
    if (slots_[0] == 0 || slots_[1] == 0 || slots_[2] == 0 || !constant_) return false;
    const char* const samples[][2] = {{"/", "a b"}, {"x", "y.z"}};
    for (const auto& sample : samples) {
        const Ref parts = Ref::steal(Py_BuildValue("(ss)", sample[0], sample[1]));
        if (!parts) return false;
        const Ref theirs =
            Ref::steal(PyObject_CallObject(reinterpret_cast<PyObject*>(type), parts.get()));
        PyObject* const items[] = {PyTuple_GET_ITEM(parts.get(), 0),
                                   PyTuple_GET_ITEM(parts.get(), 1)};
        const Ref ours = Ref::steal(new_path(type, items, 2, state));
        if (!theirs || !ours || Py_TYPE(theirs.get()) != type) return false;
        for (const Py_ssize_t offset : slots_) {
            if (!same(at(theirs.get(), offset), at(ours.get(), offset))) return false;
        }
    }
    return true;
}

PyObject* KnownType::new_path(PyTypeObject* type, PyObject* const* parts, std::size_t count,
                              const LoadState& state) const noexcept {
    bool rooted = false;
    for (std::size_t i = 0; i < count; ++i) {
        PyObject* part = parts[i];
        if (!PyUnicode_CheckExact(part)) return nullptr;
        const Py_ssize_t size = PyUnicode_GET_LENGTH(part);
        if (size == 0 || (size == 1 && PyUnicode_READ_CHAR(part, 0) == '.')) return nullptr;
        if (PyUnicode_FindChar(part, '/', 0, size, 1) < 0) continue;
        if (i != 0 || size != 1) return nullptr;
        rooted = true;
    }
    Ref list = Ref::steal(PyList_New(static_cast<Py_ssize_t>(count)));
    const Ref path = Ref::steal(PyBaseObject_Type.tp_new(type, state.empty_tuple, nullptr));
    const Ref nothing = Ref::steal(PyUnicode_New(0, 0));
    if (!list || !path || !nothing) return nullptr;
    for (std::size_t i = 0; i < count; ++i) {
        PyObject* part = Py_NewRef(rooted && i == 0 ? constant_.get() : parts[i]);
        PyUnicode_InternInPlace(&part);
        PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), part);
    }
    at(path.get(), slots_[0]) = Py_NewRef(nothing.get());
    at(path.get(), slots_[1]) = Py_NewRef(rooted ? constant_.get() : nothing.get());
    at(path.get(), slots_[2]) = list.release();
    return Py_NewRef(path.get());
}

}  // namespace anypickle::load
