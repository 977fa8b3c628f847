// Lock and RLock: `threading`'s, for threads and processes alike.
#include "common/methods.h"
#include "shm/lock_calls.h"
#include "shm/shared_object.h"
#include "shm/state.h"
#include "shm/waiting.h"

namespace anypickle::shm {
namespace {

PyObject* lock_locked(PyObject* self, PyObject*) {
    return PyBool_FromLong(is_locked(lock_of(self)->lock));
}

PyObject* rlock_release_save(PyObject* self, PyObject*) {
    std::uint32_t depth = lock_of(self)->release_all(members_of(self));
    if (depth != 0) return PyLong_FromUnsignedLong(depth);
    PyErr_SetString(PyExc_RuntimeError, "cannot release un-acquired lock");
    return nullptr;
}

PyObject* rlock_acquire_restore(PyObject* self, PyObject* depth) {
    unsigned long value = PyLong_AsUnsignedLong(depth);
    if (value == static_cast<unsigned long>(-1) && PyErr_Occurred() != nullptr) return nullptr;
    PyObject* got = rlock_acquire_until(self, kForever);
    if (got == nullptr) return nullptr;
    Py_DECREF(got);
    lock_of(self)->depth.store(static_cast<std::uint32_t>(value));
    Py_RETURN_NONE;
}

PyObject* lock_last_pid(PyObject* self, void*) {
    return PyLong_FromUnsignedLong(lock_of(self)->last_pid.load());
}

PyObject* lock_repr(PyObject* self) {
    const char* state = is_locked(lock_of(self)->lock) ? "locked" : "unlocked";
    return PyUnicode_FromFormat("<%s %s object at %p>", state, Py_TYPE(self)->tp_name,
                                static_cast<void*>(self));
}

PyObject* rlock_repr(PyObject* self) {
    SharedLock* lock = lock_of(self);
    bool locked = is_locked(lock->lock);
    return PyUnicode_FromFormat("<%s %s object owner=%u count=%u at %p>",
                                locked ? "locked" : "unlocked", Py_TYPE(self)->tp_name,
                                locked ? lock->last_pid.load() : 0, locked ? lock->depth.load() : 0,
                                static_cast<void*>(self));
}

template <ObjectTag tag>
PyObject* new_lock(PyTypeObject* type, PyObject* args, PyObject* names) {
    bool none = PyTuple_GET_SIZE(args) == 0 && (names == nullptr || PyDict_GET_SIZE(names) == 0);
    if (none) return new_object<SharedLock>(type, tag);
    PyErr_Format(PyExc_TypeError, "%s() takes no arguments", type->tp_name);
    return nullptr;
}

PyMethodDef lock_methods[] = {
    {"acquire", method(acquire_method<lock_acquire_until>), kFastNames,
     "acquire(blocking=True, timeout=-1): True if it is ours now."},
    {"release", lock_release, METH_NOARGS, "Gives the lock back; any thread of any process may."},
    {"locked", lock_locked, METH_NOARGS, "True while anybody has it."},
    {"__enter__", enter_method<lock_acquire_until>, METH_NOARGS, nullptr},
    {"__exit__", method(exit_method<lock_release>), kFast, nullptr},
    {"_at_fork_reinit", lock_at_fork_reinit, METH_NOARGS, nullptr},
    {"_handle", handle_method, METH_NOARGS, nullptr},
    {"_departing", departing_method, METH_NOARGS, nullptr},
    {"_attach", attach_method<ObjectTag::kLock>, METH_VARARGS | METH_CLASS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyMethodDef rlock_methods[] = {
    {"acquire", method(acquire_method<rlock_acquire_until>), kFastNames,
     "acquire(blocking=True, timeout=-1): True if it is ours now."},
    {"release", rlock_release, METH_NOARGS, "Gives it back once; only the thread that has it may."},
    {"locked", lock_locked, METH_NOARGS, "True while anybody has it."},
    {"__enter__", enter_method<rlock_acquire_until>, METH_NOARGS, nullptr},
    {"__exit__", method(exit_method<rlock_release>), kFast, nullptr},
    {"_is_owned", rlock_is_owned, METH_NOARGS, nullptr},
    {"_recursion_count", rlock_recursion_count, METH_NOARGS, nullptr},
    {"_release_save", rlock_release_save, METH_NOARGS, nullptr},
    {"_acquire_restore", rlock_acquire_restore, METH_O, nullptr},
    {"_at_fork_reinit", lock_at_fork_reinit, METH_NOARGS, nullptr},
    {"_handle", handle_method, METH_NOARGS, nullptr},
    {"_departing", departing_method, METH_NOARGS, nullptr},
    {"_attach", attach_method<ObjectTag::kRLock>, METH_VARARGS | METH_CLASS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef lock_getters[] = {
    {"last_pid", lock_last_pid, nullptr, "The process that has the lock, or had it last.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot lock_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(new_lock<ObjectTag::kLock>)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_repr, reinterpret_cast<void*>(lock_repr)},
    {Py_tp_methods, lock_methods},
    {Py_tp_getset, lock_getters},
    {0, nullptr},
};

PyType_Slot rlock_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(new_lock<ObjectTag::kRLock>)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_repr, reinterpret_cast<void*>(rlock_repr)},
    {Py_tp_methods, rlock_methods},
    {Py_tp_getset, lock_getters},
    {0, nullptr},
};

PyType_Spec lock_spec = {"anypickle._shm.Lock", sizeof(SharedObject), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, lock_slots};
PyType_Spec rlock_spec = {"anypickle._shm.RLock", sizeof(SharedObject), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, rlock_slots};

}  // namespace

int add_lock_types(PyObject* module) {
    if (add_type(module, &lock_spec, "Lock") == nullptr) return -1;
    return add_type(module, &rlock_spec, "RLock") == nullptr ? -1 : 0;
}

}  // namespace anypickle::shm
