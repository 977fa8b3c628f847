#include "common/inline_values.h"

namespace anypickle {
namespace {

#ifndef ANYPICKLE_NO_GIL

/// Compares what is read without a dict to the dict. False also where an attribute is missing.
bool reads_right(PyObject* object, PyObject* const* names, Py_ssize_t count) {
    InlineValues values;
    if (read_inline(object, &values) != Attributes::kInline || values.count != count) return false;
    for (Py_ssize_t i = 0; i < count; ++i) {
        if (values.key(i) != names[i] || values.value(i) != names[i]) return false;
    }
    return true;
}

/// Gives an instance without attributes these, and asks for them in the ordinary way. -1 with an
/// error.
int writes_right(PyObject* object, PyObject* const* names, Py_ssize_t count) {
    InlineValues values;
    if (read_inline(object, &values) != Attributes::kInline || values.count != 0) return 0;
    for (Py_ssize_t i = 0; i < count; ++i) {
        const Py_ssize_t place = shared_place(Py_TYPE(object), names[i]);
        if (place < 0) return 0;
        give_inline(&values, place, Py_NewRef(names[i]));
    }
    if (!reads_right(object, names, count)) return 0;
    const Ref dict = Ref::steal(PyObject_GetAttrString(object, "__dict__"));
    const Ref keys = dict ? Ref::steal(PyDict_Keys(dict.get())) : Ref();
    if (!keys) return -1;
    bool right = PyList_GET_SIZE(keys.get()) == count;
    for (Py_ssize_t i = 0; right && i < count; ++i) {
        right = PyList_GET_ITEM(keys.get(), i) == names[i] &&
                PyDict_GetItemWithError(dict.get(), names[i]) == names[i];
    }
    return right ? 1 : 0;
}

#endif

}  // namespace

int inline_values_work() {
#ifdef ANYPICKLE_NO_GIL
    return 0;
#else
    // Two instances that assign in different orders, and a third whose attribute is deleted.
    const Ref type = Ref::steal(PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyType_Type),
                                                      "s(){}", "_anypickle_layout_probe"));
    if (!type) return -1;
    Ref names[3];
    const char* const texts[] = {"first", "second", "third"};
    for (int i = 0; i < 3; ++i) {
        names[i] = Ref::steal(PyUnicode_InternFromString(texts[i]));
        if (!names[i]) return -1;
    }
    const int orders[][3] = {{0, 1, 2}, {2, 0, 1}};
    bool right = true;
    for (const int* order : orders) {
        const Ref object = Ref::steal(PyObject_CallNoArgs(type.get()));
        if (!object) return -1;
        PyObject* wanted[3];
        for (int i = 0; i < 3; ++i) {
            wanted[i] = names[order[i]].get();
            if (PyObject_SetAttr(object.get(), wanted[i], wanted[i]) < 0) return -1;
        }
        right = right && reads_right(object.get(), wanted, 3);
        if (PyObject_SetAttr(object.get(), wanted[1], nullptr) < 0) return -1;
        wanted[1] = wanted[2];
        InlineValues values;
        const Attributes where = read_inline(object.get(), &values);
        right = right && (where != Attributes::kInline || reads_right(object.get(), wanted, 2));
    }
    for (const int* order : orders) {
        const Ref object = right ? Ref::steal(PyObject_CallNoArgs(type.get())) : Ref();
        if (!object) return right ? -1 : 0;
        PyObject* wanted[3];
        for (int i = 0; i < 3; ++i) wanted[i] = names[order[i]].get();
        const int written = writes_right(object.get(), wanted, 3);
        if (written <= 0) return written;
    }
    return 1;
#endif
}

}  // namespace anypickle
