// The Python object over a Ring or a Pile, and what the files of its methods share.
//
// `_shm.Queue` has a ring, its subclass `_shm.Pile` a pile; both have the same layout, so that a
// class in Python may inherit from one over the other.
#pragma once

#include "anypickle/pile.h"
#include "anypickle/ring.h"
#include "shm/message.h"
#include "shm/shared_object.h"
#include "shm/state.h"
#include "shm/waiting.h"

namespace anypickle::shm {

class Decoded;

struct QueueObject {
    SharedObject base;
    MessageQueue* queue;
    Decoded* decoded;  // of a pile that compares
};

inline QueueObject* queue_object(PyObject* self) { return reinterpret_cast<QueueObject*>(self); }
inline MessageQueue* queue_of(PyObject* self) { return queue_object(self)->queue; }
inline Ring* ring_of(PyObject* self) { return static_cast<Ring*>(queue_of(self)); }
inline Pile* pile_of(PyObject* self) { return static_cast<Pile*>(queue_of(self)); }

/// The exception for an outcome of put or get. Always null; kInterrupted and kIncomparable mean
/// that the error is set already.
PyObject* raise_queue_outcome(Outcome outcome, bool putting);

PyObject* queue_put(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);
PyObject* queue_put_nowait(PyObject* self, PyObject* item);
PyObject* queue_put_many(PyObject* self, PyObject* args);
PyObject* queue_get(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);
PyObject* queue_get_nowait(PyObject* self, PyObject*);
PyObject* queue_get_many(PyObject* self, PyObject* args);

PyObject* pile_put(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);
PyObject* pile_put_nowait(PyObject* self, PyObject* item);
PyObject* pile_put_many(PyObject* self, PyObject* args);
PyObject* pile_put_ranked(PyObject* self, PyObject* args);
PyObject* pile_get(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);
PyObject* pile_get_nowait(PyObject* self, PyObject*);
PyObject* pile_get_many(PyObject* self, PyObject* args);
PyObject* pile_has(PyObject* self, PyObject* args);
void free_decoded(Decoded* decoded);

/// A Python object over the queue in a block that `object` holds; takes `object`, which may be
/// null.
PyObject* with_queue(PyObject* object);

/// put(item, block=True, timeout=None) and get(block=True, timeout=None).
bool parse_put(PyObject* const* args, Py_ssize_t count, PyObject* names, PyObject** item,
               Deadline* deadline);
bool parse_get(PyObject* const* args, Py_ssize_t count, PyObject* names, Deadline* deadline);

/// get_many over a `get` that waits until a deadline.
PyObject* get_many(PyObject* self, PyObject* args, PyObject* (*get)(PyObject*, Deadline));

/// From a list of parts to where they are wanted.
void copy_parts(std::byte* target, std::span<const Part> parts);
/// From here on memory is copied without the GIL.
inline constexpr std::uint64_t kCopyWithoutGil = 64 * 1024;

/// The object in a message that was taken. What it refers to it holds itself from then on.
PyObject* decode_message(State* state, Arena* arena, const Message& message);

/// `block=True, timeout=None` at the end of the arguments of put and get, as queue.Queue has them.
bool parse_block(PyObject* block, PyObject* timeout, Deadline* deadline);

}  // namespace anypickle::shm
