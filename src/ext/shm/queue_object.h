// The Python object over a Ring, and what the files of its methods share.
#pragma once

#include "anypickle/ring.h"
#include "shm/shared_object.h"
#include "shm/state.h"
#include "shm/waiting.h"

namespace anypickle::shm {

struct QueueObject {
    SharedObject base;
    Ring* ring;
};

inline Ring* ring_of(PyObject* self) { return reinterpret_cast<QueueObject*>(self)->ring; }

/// The exception for an outcome of put or get. Always null; kInterrupted means that the error is
/// set already.
PyObject* raise_queue_outcome(Outcome outcome, bool putting);

PyObject* queue_put(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);
PyObject* queue_put_nowait(PyObject* self, PyObject* item);
PyObject* queue_put_many(PyObject* self, PyObject* args);
PyObject* queue_get(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);
PyObject* queue_get_nowait(PyObject* self, PyObject*);
PyObject* queue_get_many(PyObject* self, PyObject* args);

/// `block=True, timeout=None` at the end of the arguments of put and get, as queue.Queue has them.
bool parse_block(PyObject* block, PyObject* timeout, Deadline* deadline);

}  // namespace anypickle::shm
