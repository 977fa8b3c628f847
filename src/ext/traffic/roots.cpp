#include "traffic/roots.h"

#include <cstring>

#include "common/compat.h"

namespace anypickle {
namespace {

constexpr size_t kMostParts = 16;

bool is_task(PyObject* root) noexcept {
    return PyTuple_CheckExact(root) && PyTuple_GET_SIZE(root) == 5 &&
           PyLong_CheckExact(PyTuple_GET_ITEM(root, 0));
}

/// Whether the class is called that, in whatever module.
bool is_called(PyObject* root, const char* name) noexcept {
    return std::strcmp(Py_TYPE(root)->tp_name, name) == 0;
}

/// An attribute of a message of an executor. Null without an error.
Ref part(PyObject* root, const char* name) noexcept {
    Ref found = Ref::steal(PyObject_GetAttrString(root, name));
    if (!found) PyErr_Clear();
    return found;
}

/// Types of the builtins' are sent again by everybody; a dot is in the names of others'.
bool is_worth_knowing(PyObject* object) noexcept {
    PyTypeObject* type = Py_TYPE(object);
    return PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) ||
           std::strchr(type->tp_name, '.') != nullptr;
}

/// How deep Pool.starmap wraps the arguments of one call: ((function, ((a, b), (c, d))),).
constexpr int kChunkDepth = 3;

void take_items(PyObject* container, int depth, std::vector<Ref>* parts);

/// The object, or the items of one that may be a chunk of arguments.
void take(PyObject* object, int depth, std::vector<Ref>* parts) {
    if (depth > 0 && (PyTuple_CheckExact(object) || PyList_CheckExact(object))) {
        take_items(object, depth - 1, parts);
    } else if (parts->size() < kMostParts && is_worth_knowing(object)) {
        parts->push_back(Ref::share(object));
    }
}

/// The items of a list or tuple, or the values of a dict, else nothing.
void take_items(PyObject* container, int depth, std::vector<Ref>* parts) {
    if (PyTuple_CheckExact(container)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(container); ++i) {
            take(PyTuple_GET_ITEM(container, i), depth, parts);
        }
    } else if (PyList_CheckExact(container)) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(container); ++i) {
            if (const ItemRef item = list_item(container, i)) take(item.get(), depth, parts);
        }
    } else if (PyDict_CheckExact(container)) {
        const Ref still = new_still(container);
        if (!still) return PyErr_Clear();
        PyObject* value = nullptr;
        for (Py_ssize_t at = 0; PyDict_Next(still.get(), &at, nullptr, &value) != 0;) {
            take(value, depth, parts);
        }
    }
}

}  // namespace

bool is_answer(PyObject* root) noexcept {
    if (PyTuple_CheckExact(root)) {
        return PyTuple_GET_SIZE(root) == 3 && PyLong_CheckExact(PyTuple_GET_ITEM(root, 0)) &&
               PyTuple_CheckExact(PyTuple_GET_ITEM(root, 2));
    }
    return root == Py_None || is_called(root, "_ResultItem");
}

const char* kind_of_root(PyObject* root) noexcept {
    if (is_answer(root)) return "answer";
    if (is_task(root)) return "task";
    return is_called(root, "_CallItem") ? "call" : "object";
}

bool job_of_root(PyObject* root, uint64_t* job) noexcept {
    if (!is_task(root)) return false;
    *job = PyLong_AsUnsignedLongLongMask(PyTuple_GET_ITEM(root, 0));
    return true;
}

Ref handed_root(PyObject* root) noexcept {
    return is_called(root, "_CallItem") ? part(root, "kwargs") : Ref::share(root);
}

std::vector<Ref> parts_of_root(PyObject* root) {
    std::vector<Ref> parts;
    if (is_task(root)) {
        take_items(PyTuple_GET_ITEM(root, 3), kChunkDepth, &parts);
        take_items(PyTuple_GET_ITEM(root, 4), 0, &parts);
    } else if (is_called(root, "_CallItem")) {
        for (const char* name : {"args", "kwargs"}) {
            if (const Ref held = part(root, name)) take_items(held.get(), kChunkDepth, &parts);
        }
    } else if (PyTuple_CheckExact(root) || PyList_CheckExact(root) || PyDict_CheckExact(root)) {
        take_items(root, 0, &parts);
    } else {
        take(root, 0, &parts);
    }
    return parts;
}

}  // namespace anypickle
