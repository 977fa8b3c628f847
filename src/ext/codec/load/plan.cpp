#include "codec/load/plan.h"

#include <cstdint>
#include <cstring>
#include <new>

#include "codec/load/state.h"

namespace anypickle::load {
namespace {

/// Whether instances give the __dict__ that class statements make, or the one that C types commonly
/// have.
bool has_ordinary_dict(PyTypeObject* type, const LoadState& state) {
    PyObject* found = _PyType_Lookup(type, state.name(Name::kDict));
    if (found == nullptr || !Py_IS_TYPE(found, &PyGetSetDescr_Type)) return false;
    const getter get = reinterpret_cast<PyGetSetDescrObject*>(found)->d_getset->get;
    return get == state.ordinary_dict || get == PyObject_GenericGetDict;
}

bool same_text(PyObject* key, PyObject* name) {
    if (!PyUnicode_CheckExact(key)) return false;
    const Py_ssize_t size = PyUnicode_GET_LENGTH(key);
    return size == PyUnicode_GET_LENGTH(name) && PyUnicode_KIND(key) == PyUnicode_KIND(name) &&
           std::memcmp(PyUnicode_DATA(key), PyUnicode_DATA(name),
                       static_cast<std::size_t>(size) *
                           static_cast<std::size_t>(PyUnicode_KIND(name))) == 0;
}

bool all_different(PyObject* const* names, std::size_t count) {
    for (std::size_t i = 1; i < count; ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (names[i] == names[j]) return false;
        }
    }
    return true;
}

/// Instances without a place for attributes of their own.
bool has_no_instance_dict(const PyTypeObject* type) {
#if PY_VERSION_HEX >= 0x030C0000
    if ((type->tp_flags & Py_TPFLAGS_MANAGED_DICT) != 0) return false;
#endif
    return type->tp_dictoffset == 0;
}

}  // namespace

void Plan::make(PyTypeObject* type, const LoadState& state) {
    clear();
    no_setstate_ = PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) &&
                   type->tp_getattro == PyObject_GenericGetAttr &&
                   _PyType_Lookup(type, state.name(Name::kSetState)) == nullptr;
    plain_dict_ = no_setstate_ && has_ordinary_dict(type, state);
    no_dict_ = has_no_instance_dict(type);
    type_ = type;
    version_ = type->tp_version_tag;  // the lookups have assigned one, if there are any left
    if (version_ == 0) clear();
}

void Plan::clear() {
    for (KnownName& name : names_) name = KnownName();
    type_ = nullptr;
    version_ = 0;
    no_setstate_ = plain_dict_ = no_dict_ = false;
    different_ = 0;
    named_tuple_ = NamedTuple::kUnknown;
    new_ = new_code_ = tuple_new_ = Ref();
}

bool Plan::resolve(PyObject* const* items, std::size_t count, PyObject** names, bool descriptors) {
    if (count > kNames * 2) return false;
    bool familiar = true;
    for (std::size_t i = 0; i < count / 2; ++i) {
        KnownName& known = names_[i];
        PyObject* key = items[i * 2];
        if (key != known.key.get()) {
            familiar = false;
            if (!learn(known, key)) return false;
        }
        if (known.descriptor && !descriptors) return false;
        names[i] = known.interned.get();
    }
    if (!familiar || count / 2 > different_)
        different_ = all_different(names, count / 2) ? count / 2 : 0;
    return count / 2 <= different_;
}

/// Makes the key's interned form the name in this place, where another key was, or none. False if
/// it is no str.
bool Plan::learn(KnownName& name, PyObject* key) {
    if (!name.interned || !same_text(key, name.interned.get())) {
        if (!PyUnicode_CheckExact(key)) return false;
        PyObject* text = Py_NewRef(key);
        PyUnicode_InternInPlace(&text);
        name.interned = Ref::steal(text);
        const PyObject* found = _PyType_Lookup(type_, text);
        name.descriptor = found != nullptr && Py_TYPE(found)->tp_descr_set != nullptr;
    }
    name.key = Ref::share(key);
    return true;
}

Plan* Plans::of(PyTypeObject* type, const LoadState& state) {
    Plan*& plan = places_[(reinterpret_cast<std::uintptr_t>(type) >> 6) % kPlaces];
    if (plan == nullptr) plan = new (std::nothrow) Plan();
    if (plan == nullptr || plan->busy) return nullptr;
    if (plan->type_ != type || plan->version_ != type->tp_version_tag) plan->make(type, state);
    return plan->type_ == nullptr ? nullptr : plan;
}

void Plans::clear() {
    for (Plan*& plan : places_) {
        delete plan;
        plan = nullptr;
    }
}

}  // namespace anypickle::load
