// Objects: how they are called into being, and how they get their state.
#include "codec/load/backend.h"
#include "codec/load/errors.h"
#include "common/compat.h"

namespace anypickle::load {

Backend::Backend(LoadState& state, const Options& options, int* protocol) noexcept
    : state_(state),
      options_(options),
      protocol_(protocol == nullptr ? &own_protocol_ : protocol),
      bytes_strings_(std::strcmp(options.encoding, "bytes") == 0) {
    *protocol_ = 0;
}

PyObject* Backend::reduce(PyObject* steal_callable, PyObject* steal_arguments) noexcept {
    const Ref callable = Ref::steal(steal_callable);
    const Ref arguments = Ref::steal(steal_arguments);
    return PyObject_CallObject(callable.get(), arguments.get());
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
    if (cls->tp_new == nullptr) {
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
    return cls->tp_new(cls, arguments.get(), keywords.get());
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
    Ref method;
    if (optional_attr(object, state_.name(Name::kSetState), method.out()) < 0) return false;
    if (method)
        return static_cast<bool>(Ref::steal(PyObject_CallOneArg(method.get(), state.get())));
    return set_state(object, state.get());
}

/// The default __setstate__: a dict, None, or (since protocol 2) a pair of those with the slots in
/// the second.
bool Backend::set_state(PyObject* object, PyObject* state) noexcept {
    if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) != 2) return update_dict(object, state);
    if (!update_dict(object, PyTuple_GET_ITEM(state, 0))) return false;
    PyObject* slots = PyTuple_GET_ITEM(state, 1);
    if (!PyDict_Check(slots)) {
        unpickling_error("slot state is not a dictionary");
        return false;
    }
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(slots, &at, &key, &value) != 0;) {
        const Ref held_key = Ref::share(key);
        const Ref held_value = Ref::share(value);
        if (PyObject_SetAttr(object, key, value) < 0) return false;
    }
    return true;
}

bool Backend::update_dict(PyObject* object, PyObject* state) noexcept {
    if (state == Py_None) return true;
    if (!PyDict_Check(state)) {
        unpickling_error("state is not a dictionary");
        return false;
    }
    const Ref dict = Ref::steal(PyObject_GetAttr(object, state_.name(Name::kDict)));
    if (!dict) return false;
    PyObject* key = nullptr;
    PyObject* value = nullptr;
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
