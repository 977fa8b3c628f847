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

namespace anypickle::shm {

inline SharedLock* lock_of(PyObject* self) { return static_cast<SharedLock*>(shared(self)->data); }

PyObject* lock_acquire_until(PyObject* self, Deadline deadline);
PyObject* rlock_acquire_until(PyObject* self, Deadline deadline);
PyObject* lock_release(PyObject* self, PyObject*);
PyObject* rlock_release(PyObject* self, PyObject*);
PyObject* lock_at_fork_reinit(PyObject* self, PyObject*);
PyObject* rlock_is_owned(PyObject* self, PyObject*);
PyObject* rlock_recursion_count(PyObject* self, PyObject*);

}  // namespace anypickle::shm
