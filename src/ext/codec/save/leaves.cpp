// Small tuples and dicts that hold nothing but objects without contents, as records do: written at
// once, without a frame, for nothing else is open while they are.
#include "codec/save/engine.h"

namespace anypickle {
namespace {

constexpr Py_ssize_t kMostLeaves = 16;
constexpr Py_ssize_t kLongest = 1024;  // characters: writing it feeds no file

/// Whether Engine::leaf writes it, and without running the code of a file that is fed.
bool is_short_leaf(PyObject* object) noexcept {
    const PyTypeObject* type = Py_TYPE(object);
    if (type == &PyUnicode_Type) return PyUnicode_GET_LENGTH(object) <= kLongest;
    return type == &PyLong_Type || type == &PyFloat_Type || type == &PyBool_Type ||
           object == Py_None;
}

}  // namespace

bool Engine::has_only_leaves(PyObject* tuple) const noexcept {
    const Py_ssize_t size = PyTuple_GET_SIZE(tuple);
    if (size > kMostLeaves || looks_on()) return false;
    for (Py_ssize_t i = 0; i < size; ++i) {
        if (!is_short_leaf(PyTuple_GET_ITEM(tuple, i))) return false;
    }
    return true;
}

Step Engine::put_leaves(PyObject* tuple, bool once) {
    const Py_ssize_t size = PyTuple_GET_SIZE(tuple);
    for (Py_ssize_t i = 0; i < size; ++i) {
        if (leaf(PyTuple_GET_ITEM(tuple, i)) != Step::kDone) return Step::kFailed;
    }
    return make_tuple(tuple, once);
}

/// The items of a dict that is made, and memoised. kNotLeaf: it has other items, nothing is
/// written.
Step Engine::put_leaf_items(PyObject* dict) {
    const Py_ssize_t size = PyDict_GET_SIZE(dict);
    if (kFreeThreaded || size > kMostLeaves || options_.protocol == 0 || looks_on())
        return Step::kNotLeaf;
    PyObject* items[2 * kMostLeaves];
    Py_ssize_t count = 0;
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, &value) != 0;) {
        if (!is_short_leaf(key) || !is_short_leaf(value)) return Step::kNotLeaf;
        items[count++] = key;
        items[count++] = value;
    }
    if (!out_.room()) return Step::kFailed;
    if (size > 1) out_.put(Opcode::kMark);
    for (Py_ssize_t i = 0; i < count; ++i) {
        if (leaf(items[i]) != Step::kDone) return Step::kFailed;
    }
    if (!out_.room()) return Step::kFailed;
    out_.put(size > 1 ? Opcode::kSetItems : Opcode::kSetItem);
    return Step::kDone;
}

}  // namespace anypickle
