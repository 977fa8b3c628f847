// Tuples, lists, dicts and sets, and what only behaves like them.
#include "codec/load/backend.h"
#include "common/compat.h"
#include "common/compat_make.h"
#include "common/dict_table.h"

namespace anypickle::load {
namespace {

void release_items(PyObject** items, std::size_t count) {
    while (count > 0) Py_DECREF(items[--count]);
}

/// Calls method(item) for each item.
bool call_with_each(PyObject* method, PyObject** items, std::size_t count) {
    bool ok = true;
    for (std::size_t i = 0; i < count; ++i) {
        if (ok) ok = static_cast<bool>(Ref::steal(PyObject_CallOneArg(method, items[i])));
        Py_DECREF(items[i]);
    }
    return ok;
}

/// Dicts and what has a __setitem__.
bool set_each(PyObject* mapping, PyObject** items, std::size_t count) {
    const bool exact = PyDict_CheckExact(mapping);
    bool ok = true;
    for (std::size_t i = 0; i < count; i += 2) {
        if (ok) {
            ok = (exact ? PyDict_SetItem(mapping, items[i], items[i + 1])
                        : PyObject_SetItem(mapping, items[i], items[i + 1])) == 0;
        }
        Py_DECREF(items[i]);
        Py_DECREF(items[i + 1]);
    }
    return ok;
}

}  // namespace

PyObject* Backend::tuple(PyObject** items, std::size_t count) noexcept {
    PyObject* tuple = PyTuple_New(static_cast<Py_ssize_t>(count));
    if (tuple == nullptr) {
        release_items(items, count);
        return nullptr;
    }
    for (std::size_t i = 0; i < count; ++i)
        PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(i), items[i]);
    return tuple;
}

PyObject* Backend::list(PyObject** items, std::size_t count) noexcept {
    PyObject* list = PyList_New(static_cast<Py_ssize_t>(count));
    if (list == nullptr) {
        release_items(items, count);
        return nullptr;
    }
    for (std::size_t i = 0; i < count; ++i)
        PyList_SET_ITEM(list, static_cast<Py_ssize_t>(i), items[i]);
    return list;
}

PyObject* Backend::dict(PyObject** items, std::size_t count) noexcept {
    Ref dict = Ref::steal(PyDict_New());
    if (!dict) {
        release_items(items, count);
        return nullptr;
    }
    const std::size_t taken = state_.dict_tables ? fill_dict(dict.get(), items, count) : 0;
    return set_each(dict.get(), items + taken, count - taken) ? dict.release() : nullptr;
}

PyObject* Backend::frozen_set(PyObject** items, std::size_t count) noexcept {
    const Ref members = Ref::steal(tuple(items, count));
    return members ? PyFrozenSet_New(members.get()) : nullptr;
}

bool Backend::extend(PyObject* target, PyObject** items, std::size_t count) noexcept {
    if (PyList_CheckExact(target)) [[likely]]
        return list_extend_steal(target, items, count);
    Ref method;
    if (optional_attr(target, state_.name(Name::kExtend), method.out()) < 0) {
        release_items(items, count);
        return false;
    }
    if (method) {
        const Ref tail = Ref::steal(list(items, count));
        return tail && Ref::steal(PyObject_CallOneArg(method.get(), tail.get()));
    }
    // PEP 307 asks for both extend() and append(); what was written before it has append() only.
    method = Ref::steal(PyObject_GetAttr(target, state_.name(Name::kAppend)));
    if (!method) {
        release_items(items, count);
        return false;
    }
    return call_with_each(method.get(), items, count);
}

bool Backend::set_items(PyObject*& target, PyObject** items, std::size_t count) noexcept {
    std::size_t taken = 0;
    if (state_.dict_tables && PyDict_CheckExact(target) && uniquely_referenced(target))
        taken = fill_dict(target, items, count);
    return set_each(target, items + taken, count - taken);
}

bool Backend::add_items(PyObject* target, PyObject** items, std::size_t count) noexcept {
    if (PySet_Check(target)) {
        bool ok = true;
        for (std::size_t i = 0; i < count; ++i) {
            if (ok) ok = PySet_Add(target, items[i]) == 0;
            Py_DECREF(items[i]);
        }
        return ok;
    }
    const Ref method = Ref::steal(PyObject_GetAttr(target, state_.name(Name::kAdd)));
    if (!method) {
        release_items(items, count);
        return false;
    }
    return call_with_each(method.get(), items, count);
}

}  // namespace anypickle::load
