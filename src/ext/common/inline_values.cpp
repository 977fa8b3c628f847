#include "common/inline_values.h"

namespace anypickle {
namespace {

/// Compares what is read without a dict to the dict. False also where an attribute is missing.
bool reads_right(PyObject* object, PyObject* const* names, Py_ssize_t count) {
    InlineValues values;
    if (read_inline(object, &values) != Attributes::kInline || values.count != count) return false;
    for (Py_ssize_t i = 0; i < count; ++i) {
        if (values.key(i) != names[i] || values.value(i) != names[i]) return false;
    }
    return true;
}

}  // namespace

int inline_values_work() {
#ifdef Py_GIL_DISABLED
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
    return right ? 1 : 0;
#endif
}

}  // namespace anypickle
