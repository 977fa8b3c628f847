// Objects: how they are called into being, and how they get their state.
#include "codec/load/backend.h"
#include "codec/load/changed.h"
#include "codec/load/errors.h"
#include "common/compat.h"

namespace anypickle::load {
namespace {

// A stream is looked through when it is short, or when it has shown that it fills the memo: with
// more than a few entries, and not with few of them among long strings, where looking takes longer
// than keeping.
constexpr std::size_t kEnoughToLookAhead = 16;
constexpr std::size_t kLittleToLookAt = 4096;
constexpr std::size_t kFarBetween = 256;

/// Whether calling it is its __new__ and no more: a class without an __init__ of its own, and
/// without a short way to be called, which has words of its own for wrong arguments.
bool made_by_new(PyObject* callable) noexcept {
    if (!PyType_Check(callable) || Py_TYPE(callable)->tp_call != PyType_Type.tp_call) return false;
    const auto* type = reinterpret_cast<PyTypeObject*>(callable);
    return type->tp_init == PyBaseObject_Type.tp_init && type->tp_new != nullptr &&
           type->tp_new != PyBaseObject_Type.tp_new && type->tp_vectorcall == nullptr;
}

/// type(*arguments) for such a class, without what a call costs.
PyObject* call_new(PyTypeObject* type, PyObject* arguments) noexcept {
    PyObject* object = type->tp_new(type, arguments, nullptr);
    if (object == nullptr || Py_IS_TYPE(object, type) || !PyObject_TypeCheck(object, type))
        return object;
    // An instance of a subclass, which may have one.
    const initproc init = Py_TYPE(object)->tp_init;
    if (init != nullptr && init(object, arguments, nullptr) < 0) Py_CLEAR(object);
    return object;
}

}  // namespace

Keep Backend::look_ahead(const Window& window, std::size_t index, std::size_t count) noexcept {
    const Window rest{window.cursor, stream_.end};
    const auto passed = static_cast<std::size_t>(window.cursor - stream_.cursor);
    if ((count < kEnoughToLookAhead || passed > count * kFarBetween) &&
        rest.size() > kLittleToLookAt)
        return Keep::kYes;
    memo_use_.scan(rest, count);
    return memo_use_.never_read(index) ? Keep::kNobodyReadsIt : Keep::kYes;
}

Backend::Backend(LoadState& state, const Options& options, std::atomic<int>* protocol) noexcept
    : state_(state),
      options_(options),
      protocol_(protocol == nullptr ? &own_protocol_ : protocol),
      bytes_strings_(std::strcmp(options.encoding, "bytes") == 0) {
    protocol_->store(0, std::memory_order_relaxed);
}

PyObject* Backend::reduce(PyObject* steal_callable, PyObject* steal_arguments) noexcept {
    const Ref callable = Ref::steal(steal_callable);
    const Ref arguments = Ref::steal(steal_arguments);
    PyObject* made =
        made_by_new(callable.get()) && PyTuple_CheckExact(arguments.get())
            ? call_new(reinterpret_cast<PyTypeObject*>(callable.get()), arguments.get())
            : PyObject_CallObject(callable.get(), arguments.get());
    if (made == nullptr) say_what_changed("called", {callable.get(), arguments.get()});
    return made;
}

PyObject* Backend::new_object(PyObject* steal_type, PyObject* steal_arguments) noexcept {
    const Ref type = Ref::steal(steal_type);
    const Ref arguments = Ref::steal(steal_arguments);
    return new_instance("NEWOBJ", type, arguments, Ref());
}

PyObject* Backend::new_object_ex(PyObject* steal_type, PyObject* steal_arguments,
                                 PyObject* steal_keywords) noexcept {
    const Ref type = Ref::steal(steal_type);
    const Ref arguments = Ref::steal(steal_arguments);
    const Ref keywords = Ref::steal(steal_keywords);
    return new_instance("NEWOBJ_EX", type, arguments, keywords);
}

/// type.__new__(type, *arguments, **keywords), after looking hard at what the stream gave us.
PyObject* Backend::new_instance(const char* opcode, const Ref& type, const Ref& arguments,
                                const Ref& keywords) noexcept {
    if (!PyType_Check(type.get())) {
        return unpickling_error("%s class argument must be a type, not %.200s", opcode,
                                Py_TYPE(type.get())->tp_name);
    }
    auto* cls = reinterpret_cast<PyTypeObject*>(type.get());
    const newfunc make = cls->tp_new;  // once: without a GIL another thread may set it
    if (make == nullptr) {
        return unpickling_error("%s class argument '%.200s' doesn't have __new__", opcode,
                                cls->tp_name);
    }
    if (!PyTuple_Check(arguments.get())) {
        return unpickling_error("%s args argument must be a tuple, not %.200s", opcode,
                                Py_TYPE(arguments.get())->tp_name);
    }
    if (keywords && !PyDict_Check(keywords.get())) {
        return unpickling_error("%s kwargs argument must be a dict, not %.200s", opcode,
                                Py_TYPE(keywords.get())->tp_name);
    }
    PyObject* object = make(cls, arguments.get(), keywords.get());
    if (object == nullptr) say_what_changed("called", {type.get(), arguments.get()});
    fresh_ = make == PyBaseObject_Type.tp_new ? object : nullptr;
    return object;
}

/// INST and OBJ: a class of Python 2 with or without arguments.
PyObject* Backend::instance(PyObject* steal_callable, PyObject** items,
                            std::size_t count) noexcept {
    const Ref callable = Ref::steal(steal_callable);
    const Ref arguments = Ref::steal(tuple(items, count));
    if (!arguments) return nullptr;
    if (count == 0 && PyType_Check(callable.get())) {
        Ref method;
        if (optional_attr(callable.get(), state_.name(Name::kGetInitArgs), method.out()) < 0)
            return nullptr;
        if (!method)
            return PyObject_CallMethodOneArg(callable.get(), state_.name(Name::kNew),
                                             callable.get());
    }
    return PyObject_CallObject(callable.get(), arguments.get());
}

bool Backend::build(PyObject* object, PyObject* steal_state) noexcept {
    const Ref state = Ref::steal(steal_state);
    if (!state) return false;
    if (!kFreeThreaded && PyList_CheckExact(state.get()) && build_from_list(object, state.get()))
        return true;
    return build_as_is(object, state.get()) && is_complete(object);
}

/// Gives a new instance of a frozen dataclass with slots its fields. False if it is not done.
bool Backend::build_from_list(PyObject* object, PyObject* state) noexcept {
    PyTypeObject* type = Py_TYPE(object);
    Plan* plan = plans().of(type, state_);
    return plan != nullptr && plan->known_kind(type, state_) == KnownType::Kind::kFields &&
           plan->known.set_fields(object, state);
}

bool Backend::build_as_is(PyObject* object, PyObject* state) noexcept {
    if (!kFreeThreaded && PyDict_CheckExact(state) && build_from_dict(object, state)) return true;
    Ref method;
    if (optional_attr(object, state_.name(Name::kSetState), method.out()) < 0) return false;
    if (method) {
        Plan* plan = plans().of(Py_TYPE(object), state_);
        if (plan != nullptr && !plan->fits(object, state)) return false;
        if (Ref::steal(PyObject_CallOneArg(method.get(), state))) return true;
        say_what_changed("state", {object, state});
        return false;
    }
    return set_state(object, state);
}

/// Whether an instance that has got its state has the fields that its class declares. If not, that
/// is told of, once in a load and class; false only where the warning is an error.
bool Backend::is_complete(PyObject* object) noexcept {
    Plan* plan = plans().of(Py_TYPE(object), state_);
    if (plan == nullptr || !plan->declared.any()) return true;
    plan->busy = true;
    const Ref names = plan->declared.names(object);
    plan->busy = false;
    if (!names) return PyErr_Occurred() == nullptr;
    if (Declared::has_all(object, names.get())) {
        plan->look_for_declared();
        return true;
    }
    if (!incomplete_) incomplete_ = Ref::steal(PySet_New(nullptr));
    auto* type = reinterpret_cast<PyObject*>(Py_TYPE(object));
    const int known = incomplete_ ? PySet_Contains(incomplete_.get(), type) : -1;
    if (known != 0) return known > 0;
    return PySet_Add(incomplete_.get(), type) == 0 && Declared::tell(object, names.get());
}

/// Gives an instance without attributes those of the dict, where no code runs for it. False if it
/// is not done.
bool Backend::build_from_dict(PyObject* object, PyObject* state) noexcept {
    const auto size = static_cast<std::size_t>(PyDict_GET_SIZE(state));
    if (size == 0 || size > Plan::kNames) return false;
    PyTypeObject* type = Py_TYPE(object);
    Plan* plan = plans().of(type, state_);
    if (plan == nullptr) return false;
    if (size == 1 && plan->known_kind(type, state_) == KnownType::Kind::kUuid) {
        PyObject* number = PyDict_GetItemWithError(state, state_.name(Name::kInt));
        return number != nullptr && plan->known.set_uuid(object, number);
    }
    if (!plan->has_plain_dict()) return false;
    PyObject* items[Plan::kNames * 2];
    std::size_t count = 0;
    for (Py_ssize_t at = 0; PyDict_Next(state, &at, &items[count], &items[count + 1]) != 0;)
        count += 2;
    if (!plan->resolve(items, count, false)) return false;
    plan->find_places(count);
    for (std::size_t i = 0; i < count; ++i) Py_INCREF(items[i]);
    if (plan->give_values(object, items, count)) {
        fresh_ = nullptr;
        return true;
    }
    while (count > 0) Py_DECREF(items[--count]);
    return false;
}

/// Whether an instance has a __setstate__ that its class has not: 1, 0, or -1 with an error.
int Backend::has_own_setstate(PyObject* object) noexcept {
    // What was made by object.__new__ just now, and what only the stack holds, nobody has touched.
    if (plan_->has_no_dict() || (object == fresh_ && Py_REFCNT(object) == 1)) return 0;
    Ref own;
    return optional_attr(object, state_.name(Name::kSetState), own.out());
}

bool Backend::build_from(const State<PyObject*>& state, PyObject** items,
                         std::size_t count) noexcept {
    const bool slots = state.kind == State<PyObject*>::kSlots;
    PyObject* object = *state.object;
    if (slots) Py_DECREF(state.object[2]);
    Py_DECREF(state.object[1]);  // the stand-in or None
    const bool resolved = plan_->resolve(items, count, slots);
    // Without attributes it has no __setstate__ of its own either.
    const bool whole = resolved && plan_->is_whole(count / 2);
    if (resolved && !slots && plan_->give_values(object, items, count)) {
        fresh_ = nullptr;  // from here on it has attributes
        return whole || is_complete(object);
    }
    const int own_setstate = has_own_setstate(object);
    fresh_ = nullptr;
    if (own_setstate != 0 || !resolved) {
        const Ref filled = Ref::steal(dict(items, count));
        if (own_setstate < 0 || !filled) return false;
        return build(object,
                     slots ? PyTuple_Pack(2, Py_None, filled.get()) : Py_NewRef(filled.get()));
    }
    const std::size_t given = slots ? plan_->give_slots(object, items, count) : 0;
    return (given == count || set_attributes(object, items, given, count, slots)) &&
           (whole || is_complete(object));
}

/// Sets the attributes that plan_ has resolved one by one, from the item `first` on.
bool Backend::set_attributes(PyObject* object, PyObject** items, std::size_t first,
                             std::size_t count, bool slots) noexcept {
    Plan& plan = *plan_;
    plan.busy = true;
    bool ok = true;
    for (std::size_t i = first; i < count; i += 2) {
        if (ok) {
            PyObject* name = plan.name(i / 2);
            ok = (slots ? PyObject_SetAttr(object, name, items[i + 1])
                        : PyObject_GenericSetAttr(object, name, items[i + 1])) == 0;
            if (!ok) say_what_changed("attribute", {object, name});
        }
        Py_DECREF(items[i]);
        Py_DECREF(items[i + 1]);
    }
    plan.find_places(count);
    plan.busy = false;
    return ok;
}

/// The default __setstate__: a dict, None, or (since protocol 2) a pair of those with the slots in
/// the second.
bool Backend::set_state(PyObject* object, PyObject* state) noexcept {
    if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) != 2) return update_dict(object, state);
    if (!update_dict(object, PyTuple_GET_ITEM(state, 0))) return false;
    PyObject* slots = PyTuple_GET_ITEM(state, 1);
    if (!PyDict_Check(slots)) {
        unpickling_error("slot state is not a dictionary");
        say_what_changed("unfit", {object, slots});
        return false;
    }
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    const Section section(slots);
    for (Py_ssize_t at = 0; PyDict_Next(slots, &at, &key, &value) != 0;) {
        const Ref held_key = Ref::share(key);
        const Ref held_value = Ref::share(value);
        if (PyObject_SetAttr(object, key, value) < 0) {
            say_what_changed("attribute", {object, key});
            return false;
        }
    }
    return true;
}

bool Backend::update_dict(PyObject* object, PyObject* state) noexcept {
    if (state == Py_None) return true;
    if (!PyDict_Check(state)) {
        unpickling_error("state is not a dictionary");
        say_what_changed("unfit", {object, state});
        return false;
    }
    const Ref dict = Ref::steal(PyObject_GetAttr(object, state_.name(Name::kDict)));
    if (!dict) return false;
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    const Section section(state);
    for (Py_ssize_t at = 0; PyDict_Next(state, &at, &key, &value) != 0;) {
        const Ref held_value = Ref::share(value);
        // Attribute names are interned in instances that were made in the ordinary way; so they are
        // here.
        PyObject* name = Py_NewRef(key);
        if (PyUnicode_CheckExact(name)) PyUnicode_InternInPlace(&name);
        const Ref held_name = Ref::steal(name);
        if (PyObject_SetItem(dict.get(), name, value) < 0) return false;
    }
    return true;
}

}  // namespace anypickle::load
