// What can be done to a lock in the arena, for all types that have one: `Lock` and `RLock`, and a
// lock of `threading` that has been promoted.
//
//     PyObject* got = lock_acquire_until(self, kForever);     // True, False, or null with the
//     error set
//
// Threading: with the GIL; who waits lets go of it. `self` begins with a SharedObject over a
// SharedLock.
#pragma once

#include "shm/shared_object.h"
#include "shm/waiting.h"

namespace anypickle::shm {

inline SharedLock* lock_of(PyObject* self) { return static_cast<SharedLock*>(shared(self)->data); }

PyObject* lock_acquire_until(PyObject* self, Deadline deadline);
PyObject* rlock_acquire_until(PyObject* self, Deadline deadline);
PyObject* lock_release(PyObject* self, PyObject*);
PyObject* rlock_release(PyObject* self, PyObject*);
PyObject* lock_at_fork_reinit(PyObject* self, PyObject*);
PyObject* rlock_is_owned(PyObject* self, PyObject*);
PyObject* rlock_recursion_count(PyObject* self, PyObject*);

/// The methods of a type of lock that `acquire_until(self, deadline)` takes and `release` gives
/// back.
template <PyObject* (*acquire_until)(PyObject*, Deadline)>
PyObject* acquire_method(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    Deadline deadline = kForever;
    if ((count != 0 || names != nullptr) && !parse_acquire(args, count, names, &deadline))
        return nullptr;
    return acquire_until(self, deadline);
}

template <PyObject* (*acquire_until)(PyObject*, Deadline)>
PyObject* enter_method(PyObject* self, PyObject*) {
    return acquire_until(self, kForever);
}

template <PyObject* (*release)(PyObject*, PyObject*)>
PyObject* exit_method(PyObject* self, PyObject* const*, Py_ssize_t) {
    return release(self, nullptr);
}

}  // namespace anypickle::shm
