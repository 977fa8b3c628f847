// `threading.Lock` while anypickle is installed.
#include "common/compat.h"
#include "common/methods.h"
#include "shm/lock_calls.h"
#include "shm/promotable.h"
#include "shm/state.h"
#include "shm/waiting.h"

namespace anypickle::shm {
namespace {

PrivateLock& word_of(PyObject* self) { return promotable(self)->word; }

// A lock that has moved is one in the arena, or a place among those who wait for something there.
bool is_lock(PyObject* self) {
    return *static_cast<const ObjectTag*>(shared(self)->data) == ObjectTag::kLock;
}

PyObject* acquire_moved(PyObject* self, Deadline deadline) {
    return is_lock(self) ? lock_acquire_until(self, deadline) : acquire_place(self, deadline);
}

PyObject* acquire_until(PyObject* self, Deadline deadline) {
    PrivateLock& word = word_of(self);
    if (word.try_acquire()) Py_RETURN_TRUE;
    if (word.moved()) return acquire_moved(self, deadline);
    if (deadline == 0) Py_RETURN_FALSE;
    switch (wait_privately(word, deadline)) {
        case PrivateLock::End::kDone:
            Py_RETURN_TRUE;
        case PrivateLock::End::kMoved:
            return acquire_moved(self, deadline);
        case PrivateLock::End::kInterrupted:
            return nullptr;
        default:
            Py_RETURN_FALSE;
    }
}

PyObject* release(PyObject* self, PyObject*) {
    switch (word_of(self).release()) {
        case PrivateLock::End::kDone:
            Py_RETURN_NONE;
        case PrivateLock::End::kMoved:
            return is_lock(self) ? lock_release(self, nullptr) : release_place(self);
        default:
            PyErr_SetString(PyExc_RuntimeError, "release unlocked lock");
            return nullptr;
    }
}

bool is_held(PyObject* self) {
    std::uint32_t state = word_of(self).state();
    if ((state & PrivateLock::kMoved) == 0) return (state & PrivateLock::kHeld) != 0;
    return is_lock(self) ? is_locked(lock_of(self)->lock) : place_is_taken(self);
}

PyObject* locked(PyObject* self, PyObject*) { return PyBool_FromLong(is_held(self)); }

PyObject* at_fork_reinit(PyObject* self, PyObject*) {
    if (!word_of(self).moved()) {
        word_of(self).reset();
    } else if (is_lock(self)) {
        return lock_at_fork_reinit(self, nullptr);
    }
    Py_RETURN_NONE;
}

PyObject* promote_lock(PyObject* self, PyObject*) {
    if (!promote(self, ObjectTag::kLock, [](SharedLock*, bool) {})) return nullptr;
    Py_RETURN_NONE;
}

PyObject* attach(PyObject* type, PyObject* args) {
    return attach_promoted(type, args, ObjectTag::kLock);
}

PyObject* repr(PyObject* self) {
    return PyUnicode_FromFormat("<%s %s object at %p>", is_held(self) ? "locked" : "unlocked",
                                Py_TYPE(self)->tp_name, static_cast<void*>(self));
}

PyObject* class_of(PyObject* self, void*) {
    State* state = state_of_object(self);
    if (state == nullptr) return nullptr;
    return Py_NewRef(state->stock_lock != nullptr ? state->stock_lock
                                                  : reinterpret_cast<PyObject*>(Py_TYPE(self)));
}

void dealloc_lock(PyObject* self) {
    abandon_place(self);
    dealloc_promotable(self);
}

// The type itself is called, as of Python 3.13; before, a function.
PyObject* new_of_type(PyTypeObject* type, PyObject* args, PyObject* names) {
    State* state = state_of(PyType_GetModule(type));
    return stock_accepts(state->stock_lock, args, names) ? type->tp_alloc(type, 0) : nullptr;
}

PyObject* call_type(PyObject* callable, PyObject* const* args, std::size_t count, PyObject* names) {
    auto* type = reinterpret_cast<PyTypeObject*>(callable);
    PyObject* stock = state_of(PyType_GetModule(type))->stock_lock;
    return stock_accepts(stock, args, count, names) ? type->tp_alloc(type, 0) : nullptr;
}

PyDoc_STRVAR(acquire_doc,
             "acquire($self, /, blocking=True, timeout=-1)\n--\n\n"
             "Lock the lock; with blocking, wait for it, at most so many seconds.\n\n"
             "Returns True if it is ours now.");
PyDoc_STRVAR(
    release_doc,
    "release($self, /)\n--\n\nRelease the lock; it need not be the thread that locked it.");
PyDoc_STRVAR(locked_doc, "locked($self, /)\n--\n\nReturn whether the lock is locked.");

PyMethodDef methods[] = {
    {"acquire", method(acquire_method<acquire_until>), kFastNames, acquire_doc},
    {"acquire_lock", method(acquire_method<acquire_until>), kFastNames, acquire_doc},
    {"release", release, METH_NOARGS, release_doc},
    {"release_lock", release, METH_NOARGS, release_doc},
    {"locked", locked, METH_NOARGS, locked_doc},
    {"locked_lock", locked, METH_NOARGS, locked_doc},
    {"__enter__", enter_method<acquire_until>, METH_NOARGS, acquire_doc},
    {"__exit__", method(exit_method<release>), kFast, release_doc},
    {"_at_fork_reinit", at_fork_reinit, METH_NOARGS, nullptr},
    {"_promote", promote_lock, METH_NOARGS, "From now on it is a lock in shared memory."},
    {"_is_promoted", is_promoted_method, METH_NOARGS, nullptr},
    {"_wait_at", wait_at, METH_VARARGS, nullptr},
    {"_leave_place", leave_place, METH_NOARGS, nullptr},
    {"_handle", handle_method, METH_NOARGS, nullptr},
    {"_departing", departing_method, METH_NOARGS, nullptr},
    {"_attach", attach, METH_VARARGS | METH_CLASS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef getters[] = {
    {"__class__", class_of, nullptr, "The class of the locks that threading makes.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Promotable, weak_references), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>("A lock object is a synchronization primitive.")},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc_lock)},
    {Py_tp_repr, reinterpret_cast<void*>(repr)},
    {Py_tp_methods, methods},
    {Py_tp_getset, getters},
    {Py_tp_members, members},
    {kLocksAreMadeByTheirType ? Py_tp_new : 0, reinterpret_cast<void*>(new_of_type)},
    {0, nullptr},
};

PyType_Spec spec = {"_thread.lock", sizeof(PromotableLock), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE |
                        (kLocksAreMadeByTheirType ? 0 : Py_TPFLAGS_DISALLOW_INSTANTIATION),
                    slots};

PyObject* make(PyObject* module, PyObject*) {
    PyTypeObject* type = state_of(module)->promotable_lock;
    if (type != nullptr) return type->tp_alloc(type, 0);
    PyErr_SetString(PyExc_RuntimeError, "the interpreter is ending");
    return nullptr;
}

PyMethodDef maker = {"Lock", make, METH_NOARGS, "Lock()\n--\n\nMake a new lock, which is free."};

}  // namespace

int add_promotable_lock(PyObject* module) {
    PyTypeObject* type = add_type(module, &spec, "PromotableLock");
    if (type == nullptr) return -1;
    Py_INCREF(type);
    state_of(module)->promotable_lock = type;
    PyObject* name = PyUnicode_FromString("threading");
    PyObject* function = name == nullptr ? nullptr : PyCFunction_NewEx(&maker, module, name);
    Py_XDECREF(name);
    if (function == nullptr) return -1;
    if (kLocksAreMadeByTheirType) type->tp_vectorcall = call_type;
    int added = PyModule_AddObjectRef(module, "promotable_lock", function);
    Py_DECREF(function);
    return added;
}

}  // namespace anypickle::shm
