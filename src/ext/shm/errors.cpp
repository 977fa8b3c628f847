#include "shm/errors.h"

#include "common/ref.h"

namespace anypickle::shm {

PyObject* raise_named(const char* name, const char* message) {
    Ref module = Ref::steal(PyImport_ImportModule("anypickle.shared.errors"));
    if (!module) return nullptr;
    Ref type = Ref::steal(PyObject_GetAttrString(module.get(), name));
    if (!type) return nullptr;
    if (message == nullptr) {
        PyErr_SetNone(type.get());
    } else {
        PyErr_SetString(type.get(), message);
    }
    return nullptr;
}

bool is_named(const char* name) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    Ref module = Ref::steal(PyImport_ImportModule("anypickle.shared.errors"));
    Ref expected = module ? Ref::steal(PyObject_GetAttrString(module.get(), name)) : Ref();
    PyErr_Clear();
    bool same = expected && PyErr_GivenExceptionMatches(type, expected.get()) != 0;
    PyErr_Restore(type, value, traceback);
    return same;
}

int warn_owner_died(PyObject* object, std::uint32_t pid) {
    Ref module = Ref::steal(PyImport_ImportModule("anypickle.shared.errors"));
    if (!module) return -1;
    Ref done = Ref::steal(PyObject_CallMethod(module.get(), "warn_owner_died", "OI", object, pid));
    return done ? 0 : -1;
}

}  // namespace anypickle::shm
