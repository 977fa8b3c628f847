// The locks that `threading` makes while anypickle is installed: private to the process and as fast
// as its own, until one is handed to another process. From then on the same object is a lock in the
// arena.
//
//     lock = threading.Lock()         # a word in the object, no arena
//     lock._promote()                 # held or not, waited for or not: goes on in the arena
//
// They look like `_thread.lock` and `_thread.RLock`: the same names, the same representation, and a
// `__class__` that is the stock type, so `isinstance` with that one is true as well.
//
// Threading: with the GIL, which who sleeps lets go of. Invariant: `shared.arena` is null until the
// word says that the lock has moved.
#pragma once

#include <Python.h>

#include "anypickle/private_lock.h"
#include "shm/shared_object.h"

namespace anypickle::shm {

/// What both types begin with.
struct Promotable {
    SharedObject shared;  // where it has moved to
    PrivateLock word;
    std::uint32_t depth;  // of a reentrant one: how often its owner has it
    PyObject* weak_references;
};

struct PromotableLock {
    Promotable base;
    // A waiter of a condition that has been promoted sleeps in a place there instead of at a lock.
    std::uint32_t place;  // number + 1, 0 for none
    std::uint32_t since;  // of an event: its word when the wait began
    bool loops;           // whoever waits looks again anyway: may be woken for nothing
};

struct PromotableRLock {
    Promotable base;
    unsigned long owner;  // the thread, as Python numbers it
    /// The owner at promotion, until that thread comes and takes the arena's lock as its own.
    unsigned long adopted;
};

inline Promotable* promotable(PyObject* self) { return reinterpret_cast<Promotable*>(self); }

/// _is_promoted(): whether it lies in the arena by now.
inline PyObject* is_promoted_method(PyObject* self, PyObject*) {
    return PyBool_FromLong(promotable(self)->word.moved());
}

/// Says where it has moved to: a block that this process holds once.
void settle(PyObject* self, Arena* arena, Block block);

/// Makes it a lock in the arena, in the state that `prepare(lock, held)` gives that; false with the
/// error set.
template <class Prepare>
bool promote(PyObject* self, ObjectTag tag, Prepare&& prepare) {
    PrivateLock& word = promotable(self)->word;
    if (word.moved()) return true;
    Arena* arena = main_arena();
    Block block;
    if (arena == nullptr || !allocate_block(arena, sizeof(SharedLock), BlockKind::kObject, &block))
        return false;
    auto* lock = new (arena->data(block.number)) SharedLock{};
    lock->tag = tag;
    arena->publish(block.number);
    settle(self, arena, block);
    word.move([&](std::uint32_t state) {
        bool held = (state & PrivateLock::kHeld) != 0;
        lock->lock.word.store(held ? arena->members().me() : 0);
        lock->last_pid.store(held ? arena->members().pid() : 0);
        prepare(lock, held);
    });
    return true;
}

/// Waits for a private lock; kInterrupted with the error set if a signal handler raised.
PrivateLock::End wait_privately(PrivateLock& lock, Deadline deadline);

/// `attach` for a lock that arrives from another process.
PyObject* attach_promoted(PyObject* type, PyObject* args, ObjectTag tag);
void dealloc_promotable(PyObject* self);

/// What the stock type says to such arguments: false with its error set, or true.
bool stock_accepts(PyObject* stock, PyObject* args, PyObject* names);
bool stock_accepts(PyObject* stock, PyObject* const* args, std::size_t count, PyObject* names);

/// `acquire` and `release` of a waiter that sleeps at a condition or an event in the arena.
PyObject* acquire_place(PyObject* self, Deadline deadline);
PyObject* release_place(PyObject* self);
bool place_is_taken(PyObject* self);

/// leave_place(): gives the place up, if it has one; True if somebody notified it meanwhile.
PyObject* leave_place(PyObject* self, PyObject*);
bool leave(PyObject* self);
/// Nobody will wait in its place any more. Whoever slept there may have been notified, and gone on
/// without the GIL, just before it got the place: what is notified there then is another's.
void abandon_place(PyObject* self);

/// wait_at(target, loops): what sleeps at this lock sleeps there from now on.
PyObject* wait_at(PyObject* self, PyObject* args);
/// Moves one waiter to a condition's list or an event; false with the error set.
bool move_waiter(PyObject* waiter, PyObject* target, bool loops);

/// switch(changes): see there.
PyObject* switch_objects(PyObject* module, PyObject* changes);

}  // namespace anypickle::shm
