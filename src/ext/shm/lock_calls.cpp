#include "shm/lock_calls.h"

#include "shm/errors.h"
#include "shm/waiting.h"

namespace anypickle::shm {
namespace {

// After taking over from the dead: the program is told, and if it made that an error it does not
// have the lock.
PyObject* taken_over(PyObject* self, bool recursive) {
    SharedLock* lock = lock_of(self);
    std::uint32_t dead = lock->last_pid.load();
    lock->last_pid.store(members_of(self).pid());
    if (warn_owner_died(self, dead) == 0) return Py_NewRef(Py_True);
    if (recursive) {
        lock->release_all(members_of(self));
    } else {
        lock->give_back();
    }
    return nullptr;
}

PyObject* finish(PyObject* self, Outcome got, bool recursive) {
    if (got == Outcome::kDone) return Py_NewRef(Py_True);
    if (got == Outcome::kTimedOut) return Py_NewRef(Py_False);
    if (got == Outcome::kOwnerDied) return taken_over(self, recursive);
    return got == Outcome::kInterrupted ? nullptr : raise_outcome(got);
}

}  // namespace

PyObject* lock_acquire_until(PyObject* self, Deadline deadline) {
    SharedLock* lock = lock_of(self);
    const Members& members = members_of(self);
    Outcome got = lock->acquire(members, deadline, 0);
    if (got == Outcome::kInterrupted)
        got = wait([&] { return lock->acquire(members, deadline, kSlice); });
    return finish(self, got, false);
}

PyObject* rlock_acquire_until(PyObject* self, Deadline deadline) {
    SharedLock* lock = lock_of(self);
    const Members& members = members_of(self);
    Outcome got = lock->acquire_recursive(members, deadline, 0);
    if (got == Outcome::kInterrupted)
        got = wait([&] { return lock->acquire_recursive(members, deadline, kSlice); });
    return finish(self, got, true);
}

PyObject* lock_release(PyObject* self, PyObject*) {
    if (lock_of(self)->give_back()) Py_RETURN_NONE;
    PyErr_SetString(PyExc_RuntimeError, "release unlocked lock");
    return nullptr;
}

PyObject* rlock_release(PyObject* self, PyObject*) {
    if (lock_of(self)->release_recursive(members_of(self))) Py_RETURN_NONE;
    PyErr_SetString(PyExc_RuntimeError, "cannot release un-acquired lock");
    return nullptr;
}

// A thread of this process that held it may not exist here after a fork; what others hold stays
// theirs.
PyObject* lock_at_fork_reinit(PyObject* self, PyObject*) {
    SharedLock* lock = lock_of(self);
    if (owner_of(lock->lock) == members_of(self).me()) {
        lock->thread.store(0);
        lock->depth.store(0);
        lock->give_back();
    }
    Py_RETURN_NONE;
}

PyObject* rlock_is_owned(PyObject* self, PyObject*) {
    return PyBool_FromLong(lock_of(self)->owned(members_of(self)));
}

PyObject* rlock_recursion_count(PyObject* self, PyObject*) {
    SharedLock* lock = lock_of(self);
    return PyLong_FromUnsignedLong(lock->owned(members_of(self)) ? lock->depth.load() : 0);
}

}  // namespace anypickle::shm
