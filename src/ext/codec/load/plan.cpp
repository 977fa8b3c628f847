#include "codec/load/plan.h"

#include <cstring>
#include <new>

#include "codec/load/state.h"
#include "common/compat.h"
#include "common/inline_values.h"

namespace anypickle::load {
namespace {

/// Whether instances give the __dict__ that class statements make, or the one that C types commonly
/// have.
bool has_ordinary_dict(PyTypeObject* type, const LoadState& state) {
    const ItemRef found = type_lookup(type, state.name(Name::kDict));
    if (!found || !Py_IS_TYPE(found.get(), &PyGetSetDescr_Type)) return false;
    const getter get = reinterpret_cast<PyGetSetDescrObject*>(found.get())->d_getset->get;
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

}  // namespace

void Plan::make(PyTypeObject* type, const LoadState& state) {
    clear();
    no_setstate_ = PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) &&
                   type->tp_getattro == PyObject_GenericGetAttr &&
                   !type_lookup(type, state.name(Name::kSetState));
    plain_dict_ = no_setstate_ && has_ordinary_dict(type, state);
    no_dict_ = has_no_instance_dict(type);
    plain_slots_ = type->tp_setattro == PyObject_GenericSetAttr;
    inline_values_ = plain_dict_ && state.inline_values;
    declared.look_at(type, state);
    type_ = type;
    version_ = version_tag(type);  // the lookups have assigned one, if there are any left
    if (version_ == 0) clear();
}

void Plan::clear() {
    for (KnownName& name : names_) name = KnownName();
    type_ = nullptr;
    version_ = 0;
    no_setstate_ = plain_dict_ = no_dict_ = plain_slots_ = inline_values_ = false;
    different_ = plain_ = placed_ = slotted_ = whole_ = 0;
    declared = Declared();
    named_tuple_ = NamedTuple::kUnknown;
    known = KnownType();
    new_ = new_code_ = tuple_new_ = Ref();
}

bool Plan::learn_all(PyObject* const* items, std::size_t wanted, bool descriptors) {
    if (wanted > kNames) return false;
    for (std::size_t i = 0; i < wanted; ++i) {
        PyObject* key = items[i * 2];
        if (key != names_[i].key.get() && !learn(i, key)) return false;
    }
    if (wanted > different_) {
        if (!all_different(wanted)) return false;
        different_ = wanted;
    }
    while (plain_ < wanted && !names_[plain_].descriptor) ++plain_;
    return plain_ >= wanted || descriptors;
}

bool Plan::all_different(std::size_t count) const {
    for (std::size_t i = 1; i < count; ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (names_[i].interned.get() == names_[j].interned.get()) return false;
        }
    }
    return true;
}

/// Makes the key's interned form the name in this place, where another key was, or none. False if
/// it is no str.
bool Plan::learn(std::size_t i, PyObject* key) {
    KnownName& name = names_[i];
    if (!name.interned || !same_text(key, name.interned.get())) {
        if (!PyUnicode_CheckExact(key)) return false;
        PyObject* text = Py_NewRef(key);
        PyUnicode_InternInPlace(&text);
        name = KnownName();
        name.interned = Ref::steal(text);
        const ItemRef found = type_lookup(type_, text);
        name.descriptor = found && Py_TYPE(found.get())->tp_descr_set != nullptr;
        name.offset = name.descriptor ? slot_offset(found.get()) : 0;
        for (std::size_t* leading : {&different_, &plain_, &placed_, &slotted_}) {
            if (*leading > i) *leading = i;
        }
        whole_ = 0;
    }
    name.key = Ref::share(key);
    return true;
}

void Plan::look_for_declared() {
    const auto is_there = [this](PyObject* wanted) {
        for (std::size_t i = 0; i < different_; ++i) {
            if (names_[i].interned.get() == wanted) return true;
        }
        return false;
    };
    if (declared.all_of(is_there)) whole_ = different_;
}

void Plan::find_places(std::size_t count) {
    while (plain_slots_ && slotted_ < count / 2 && names_[slotted_].offset != 0) ++slotted_;
    if (!inline_values_) return;
    while (placed_ < count / 2) {
        KnownName& name = names_[placed_];
        name.place = shared_place(type_, name.interned.get());
        if (name.place < 0) return;
        ++placed_;
    }
}

bool Plan::give_values(PyObject* object, PyObject** items, std::size_t count) {
    InlineValues values;
    if (placed_ < count / 2 || count == 0 || read_inline(object, &values) != Attributes::kInline ||
        values.count != 0)
        return false;
    for (std::size_t i = 0; i < count / 2; ++i) {
        give_inline(&values, names_[i].place, items[i * 2 + 1]);
        Py_DECREF(items[i * 2]);  // the plan has the name
    }
    return true;
}

std::size_t Plan::give_slots(PyObject* object, PyObject** items, std::size_t count) {
    if (slotted_ < count / 2) return 0;
    for (std::size_t i = 0; i < count; i += 2) {
        auto** slot =
            reinterpret_cast<PyObject**>(reinterpret_cast<char*>(object) + names_[i / 2].offset);
        if (*slot != nullptr) return i;  // it is not new, and what goes may run any code
        *slot = items[i + 1];
        Py_DECREF(items[i]);  // the plan has the name
    }
    return count;
}

Plan* Plans::make(PyTypeObject* type, const LoadState& state) {
    Plan*& plan = places_[place(type)];
    if (plan == nullptr) plan = new (std::nothrow) Plan();
    if (plan == nullptr || plan->busy) return nullptr;
    if (plan->type_ != type || plan->version_ != version_tag(type)) plan->make(type, state);
    return plan->type_ == nullptr ? nullptr : plan;
}

void Plans::clear() {
    for (Plan*& plan : places_) {
        delete plan;
        plan = nullptr;
    }
}

}  // namespace anypickle::load
