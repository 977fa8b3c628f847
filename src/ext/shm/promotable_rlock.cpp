// `threading.RLock` while anypickle is installed.
#include "common/compat.h"
#include "common/methods.h"
#include "shm/lock_calls.h"
#include "shm/promotable.h"
#include "shm/state.h"
#include "shm/waiting.h"

namespace anypickle::shm {
namespace {

PromotableRLock* rlock(PyObject* self) { return reinterpret_cast<PromotableRLock*>(self); }

bool owned(PyObject* self, unsigned long me) { return rlock(self)->owner == me; }

// The thread that had it when it was promoted has it in the arena, too. That one knows threads by
// another number, which only the thread itself can say; a forked child has nothing of its parent's.
PyObject* in_arena(PyObject* self) {
    unsigned long& adopted = rlock(self)->adopted;
    if (adopted != 0 && adopted == PyThread_get_thread_ident()) {
        const Members& members = members_of(self);
        if (owner_of(lock_of(self)->lock) == members.me())
            lock_of(self)->thread.store(SharedLock::this_thread(members));
        adopted = 0;
    }
    return self;
}

void take(PyObject* self, unsigned long me, std::uint32_t depth) {
    rlock(self)->owner = me;
    promotable(self)->depth = depth;
}

PyObject* acquire_until(PyObject* self, Deadline deadline) {
    unsigned long me = PyThread_get_thread_ident();
    PrivateLock& word = promotable(self)->word;
    if (owned(self, me)) {
        if (promotable(self)->depth == UINT32_MAX) {
            PyErr_SetString(PyExc_OverflowError, "Internal lock count overflowed");
            return nullptr;
        }
        ++promotable(self)->depth;
        Py_RETURN_TRUE;
    }
    PrivateLock::End end = word.try_acquire() ? PrivateLock::End::kDone
                           : word.moved()     ? PrivateLock::End::kMoved
                           : deadline == 0    ? PrivateLock::End::kTimedOut
                                              : wait_privately(word, deadline);
    switch (end) {
        case PrivateLock::End::kDone:
            if (word.moved()) {
                // It was promoted after we had got it and before we had the GIL: held, by nobody
                // that was known.
                lock_of(self)->depth.store(1);
                lock_of(self)->thread.store(SharedLock::this_thread(members_of(self)));
            } else {
                take(self, me, 1);
            }
            Py_RETURN_TRUE;
        case PrivateLock::End::kMoved:
            return rlock_acquire_until(in_arena(self), deadline);
        case PrivateLock::End::kInterrupted:
            return nullptr;
        default:
            Py_RETURN_FALSE;
    }
}

PyObject* not_ours() {
    PyErr_SetString(PyExc_RuntimeError, "cannot release un-acquired lock");
    return nullptr;
}

PyObject* release(PyObject* self, PyObject*) {
    if (promotable(self)->word.moved()) return rlock_release(in_arena(self), nullptr);
    if (!owned(self, PyThread_get_thread_ident())) return not_ours();
    if (--promotable(self)->depth != 0) Py_RETURN_NONE;
    take(self, 0, 0);
    promotable(self)->word.release();
    Py_RETURN_NONE;
}

std::uint32_t depth_of(PyObject* self) {
    if (!promotable(self)->word.moved())
        return owned(self, PyThread_get_thread_ident()) ? promotable(self)->depth : 0;
    in_arena(self);
    return lock_of(self)->owned(members_of(self)) ? lock_of(self)->depth.load() : 0;
}

PyObject* is_owned(PyObject* self, PyObject*) { return PyBool_FromLong(depth_of(self) != 0); }

PyObject* recursion_count(PyObject* self, PyObject*) {
    return PyLong_FromUnsignedLong(depth_of(self));
}

// (depth, owner), as the stock type has it: a condition may save before a promotion and restore
// after.
PyObject* release_save(PyObject* self, PyObject*) {
    std::uint32_t depth = depth_of(self);
    if (depth == 0) return not_ours();
    PyObject* saved =
        Py_BuildValue("(kk)", static_cast<unsigned long>(depth), PyThread_get_thread_ident());
    if (saved == nullptr) return nullptr;
    if (promotable(self)->word.moved()) {
        lock_of(self)->release_all(members_of(self));
    } else {
        take(self, 0, 0);
        promotable(self)->word.release();
    }
    return saved;
}

PyObject* acquire_restore(PyObject* self, PyObject* saved) {
    unsigned long depth = 0;
    unsigned long owner = 0;
    if (!PyTuple_Check(saved)) {
        PyErr_Format(PyExc_TypeError, "a tuple is required, not %.200s", Py_TYPE(saved)->tp_name);
        return nullptr;
    }
    if (!PyArg_ParseTuple(saved, "kk:_acquire_restore", &depth, &owner)) return nullptr;
    // As threading has it, nothing may keep this from happening: a signal's error comes after.
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* trace = nullptr;
    PyObject* got = acquire_until(self, kForever);
    while (got == nullptr) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(trace);
        PyErr_Fetch(&type, &value, &trace);
        got = acquire_until(self, kForever);
    }
    Py_DECREF(got);
    if (promotable(self)->word.moved()) {
        lock_of(self)->depth.store(static_cast<std::uint32_t>(depth));
    } else {
        promotable(self)->depth = static_cast<std::uint32_t>(depth);
    }
    if (type == nullptr) Py_RETURN_NONE;
    PyErr_Restore(type, value, trace);
    return nullptr;
}

bool is_held(PyObject* self) {
    std::uint32_t state = promotable(self)->word.state();
    if ((state & PrivateLock::kMoved) == 0) return (state & PrivateLock::kHeld) != 0;
    return is_locked(lock_of(self)->lock);
}

PyObject* locked(PyObject* self, PyObject*) { return PyBool_FromLong(is_held(self)); }

PyObject* at_fork_reinit(PyObject* self, PyObject*) {
    rlock(self)->adopted = 0;
    if (promotable(self)->word.moved()) return lock_at_fork_reinit(self, nullptr);
    promotable(self)->word.reset();
    take(self, 0, 0);
    Py_RETURN_NONE;
}

PyObject* promote_rlock(PyObject* self, PyObject*) {
    bool done = promote(self, ObjectTag::kRLock, [self](SharedLock* lock, bool held) {
        lock->depth.store(held ? promotable(self)->depth : 0);
        rlock(self)->adopted = held ? rlock(self)->owner : 0;
    });
    if (!done) return nullptr;
    take(self, 0, 0);
    Py_RETURN_NONE;
}

PyObject* attach(PyObject* type, PyObject* args) {
    return attach_promoted(type, args, ObjectTag::kRLock);
}

PyObject* repr(PyObject* self) {
    bool moved = promotable(self)->word.moved();
    bool held = is_held(self);
    unsigned long owner = moved ? rlock(self)->adopted : rlock(self)->owner;
    if (moved && held && owner == 0)
        owner = depth_of(self) != 0 ? PyThread_get_thread_ident() : lock_of(self)->last_pid.load();
    std::uint32_t depth = moved ? lock_of(self)->depth.load() : promotable(self)->depth;
    return PyUnicode_FromFormat("<%s %s object owner=%lu count=%u at %p>",
                                held ? "locked" : "unlocked", Py_TYPE(self)->tp_name,
                                held ? owner : 0UL, held ? depth : 0U, static_cast<void*>(self));
}

PyObject* class_of(PyObject* self, void*) {
    State* state = state_of_object(self);
    if (state == nullptr) return nullptr;
    if (Py_IS_TYPE(self, state->promotable_rlock) && state->stock_rlock != nullptr)
        return Py_NewRef(state->stock_rlock);
    return Py_NewRef(reinterpret_cast<PyObject*>(Py_TYPE(self)));
}

PyObject* new_rlock(PyTypeObject* type, PyObject* args, PyObject* names) {
    PyObject* module = PyType_GetModuleByDef(type, &shm_module);
    if (module == nullptr) return nullptr;
    // Arguments may be those of a derived class's own __init__.
    const bool accepted = type->tp_init != PyBaseObject_Type.tp_init ||
                          stock_accepts(state_of(module)->stock_rlock, args, names);
    return accepted ? type->tp_alloc(type, 0) : nullptr;
}

PyObject* call_type(PyObject* callable, PyObject* const* args, std::size_t count, PyObject* names) {
    auto* type = reinterpret_cast<PyTypeObject*>(callable);
    PyObject* stock = state_of(PyType_GetModule(type))->stock_rlock;
    return stock_accepts(stock, args, count, names) ? type->tp_alloc(type, 0) : nullptr;
}

PyDoc_STRVAR(
    acquire_doc,
    "acquire($self, /, blocking=True, timeout=-1)\n--\n\n"
    "Lock the lock; the thread that has it may again, and has it until it has released it\n"
    "as often. With blocking, wait for it, at most so many seconds.\n\n"
    "Returns True if it is ours now.");
PyDoc_STRVAR(release_doc,
             "release($self, /)\n--\n\nRelease the lock once; only the thread that has it may.");

PyMethodDef methods[] = {
    {"acquire", method(acquire_method<acquire_until>), kFastNames, acquire_doc},
    {"release", release, METH_NOARGS, release_doc},
    {"__enter__", enter_method<acquire_until>, METH_NOARGS, acquire_doc},
    {"__exit__", method(exit_method<release>), kFast, release_doc},
    {"_is_owned", is_owned, METH_NOARGS, nullptr},
    {"_recursion_count", recursion_count, METH_NOARGS, nullptr},
    {"_release_save", release_save, METH_NOARGS, nullptr},
    {"_acquire_restore", acquire_restore, METH_O, nullptr},
    {"_at_fork_reinit", at_fork_reinit, METH_NOARGS, nullptr},
    {"_promote", promote_rlock, METH_NOARGS, "From now on it is a lock in shared memory."},
    {"_is_promoted", is_promoted_method, METH_NOARGS, nullptr},
    {"_handle", handle_method, METH_NOARGS, nullptr},
    {"_departing", departing_method, METH_NOARGS, nullptr},
    {"_attach", attach, METH_VARARGS | METH_CLASS, nullptr},
    // From Python 3.14 on the stock type has it, too; before, the end of the table is here.
    {kRLockSaysLocked ? "locked" : nullptr, kRLockSaysLocked ? locked : nullptr,
     kRLockSaysLocked ? METH_NOARGS : 0, "locked($self, /)\n--\n\nReturn whether it is locked."},
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
    {Py_tp_new, reinterpret_cast<void*>(new_rlock)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc_promotable)},
    {Py_tp_repr, reinterpret_cast<void*>(repr)},
    {Py_tp_methods, methods},
    {Py_tp_getset, getters},
    {Py_tp_members, members},
    {0, nullptr},
};

PyType_Spec spec = {"_thread.RLock", sizeof(PromotableRLock), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE, slots};

}  // namespace

int add_promotable_rlock(PyObject* module) {
    PyTypeObject* type = add_type(module, &spec, "PromotableRLock");
    if (type == nullptr) return -1;
    Py_INCREF(type);
    state_of(module)->promotable_rlock = type;
    type->tp_vectorcall = call_type;
    return 0;
}

}  // namespace anypickle::shm
