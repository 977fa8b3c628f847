#include "common/dict_entries.h"

#include "common/ref.h"

namespace anypickle {

int dict_entries_work() {
    const char* const texts[] = {"first", "second", "third", "fourth", "fifth", "sixth", "seventh"};
    for (const Py_ssize_t count : {3, 7}) {
        const Ref model = Ref::steal(PyDict_New());
        Ref names[7];
        for (Py_ssize_t i = 0; i < count; ++i) {
            names[i] = Ref::steal(PyUnicode_FromString(texts[i]));
            if (!model || !names[i] || PyDict_SetItem(model.get(), names[i].get(), Py_None) < 0)
                return -1;
        }
        const Ref copy = Ref::steal(PyDict_Copy(model.get()));
        if (!copy) return -1;
        DictEntry* entries = dict_entries(copy.get(), count);
        if (entries == nullptr) return 0;
        for (Py_ssize_t i = 0; i < count; ++i) {
            if (entries[i].key != names[i].get() || entries[i].value != Py_None) return 0;
            Py_SETREF(entries[i].value, Py_NewRef(names[i].get()));
        }
        for (Py_ssize_t i = 0; i < count; ++i) {
            PyObject* key = names[i].get();
            if (PyDict_GetItemWithError(copy.get(), key) != key ||
                PyDict_GetItemWithError(model.get(), key) != Py_None)
                return PyErr_Occurred() == nullptr ? 0 : -1;
        }
    }
    return 1;
}

}  // namespace anypickle
