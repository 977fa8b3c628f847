// A thread that sleeps inside `threading.Condition.wait` sleeps at a lock of its own, and whoever
// notifies it releases that. When the condition is promoted, that lock becomes a place among the
// waiters of the one in the arena (or at an event): any process can notify it there, and the thread
// goes on in the standard library's code as if its lock had been released.
#include <algorithm>

#include "anypickle/os.h"
#include "shm/promotable.h"
#include "shm/state.h"
#include "shm/waiting.h"

namespace anypickle::shm {
namespace {

constexpr std::uint64_t kLoopSlice = 500'000'000;

PromotableLock* lock_at(PyObject* self) { return reinterpret_cast<PromotableLock*>(self); }

bool waits_for_event(PyObject* self) {
    return *static_cast<const ObjectTag*>(shared(self)->data) == ObjectTag::kEvent;
}
SharedEvent* event_of(PyObject* self) { return static_cast<SharedEvent*>(shared(self)->data); }
SharedWaiters* waiters_of(PyObject* self) {
    return static_cast<SharedWaiters*>(shared(self)->data);
}
int cell_of(PyObject* self) { return static_cast<int>(lock_at(self)->place) - 1; }

// Whether `target` is a list of waiters or an event: 1 or 2, 0 with the error set.
int kind_of(PyObject* waiter, PyObject* target) {
    PyObject* module = PyType_GetModule(Py_TYPE(waiter));
    const char* names[] = {"Waiters", "Event"};
    for (int i = 0; module != nullptr && i < 2; ++i) {
        PyObject* type = PyObject_GetAttrString(module, names[i]);
        int is = type == nullptr ? -1 : PyObject_IsInstance(target, type);
        Py_XDECREF(type);
        if (is != 0) return is < 0 ? 0 : i + 1;
    }
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "waiters wait at Waiters or an Event");
    return 0;
}

}  // namespace

bool move_waiter(PyObject* waiter, PyObject* target, bool loops) {
    int kind = kind_of(waiter, target);
    if (kind == 0) return false;
    PromotableLock* lock = lock_at(waiter);
    // One that has been released was notified, and is on its way.
    if (lock->base.word.state() != PrivateLock::kHeld &&
        lock->base.word.state() != (PrivateLock::kHeld | PrivateLock::kSleepers))
        return true;
    Arena* arena = shared(target)->arena;
    Block block = {shared(target)->number, shared(target)->generation};
    Outcome held = arena->hold(block, BlockKind::kObject, false);
    if (held != Outcome::kDone) {
        raise_outcome(held);
        return false;
    }
    if (kind == 1) {
        int cell = static_cast<SharedWaiters*>(shared(target)->data)->enter(arena->members());
        if (cell < 0) {
            arena->drop(block.number);
            PyErr_Format(PyExc_RuntimeError, "a shared condition has at most %u waiters",
                         SharedWaiters::kMost);
            return false;
        }
        lock->place = static_cast<std::uint32_t>(cell) + 1;
    } else {
        lock->since = static_cast<SharedEvent*>(shared(target)->data)->word.load();
    }
    lock->loops = loops;
    settle(waiter, arena, block);
    lock->base.word.move([](std::uint32_t) {});
    return true;
}

PyObject* acquire_place(PyObject* self, Deadline deadline) {
    PromotableLock* lock = lock_at(self);
    Outcome end;
    if (waits_for_event(self)) {
        end = wait([&] { return event_of(self)->wait(lock->since, deadline); });
    } else if (lock->place == 0) {
        Py_RETURN_TRUE;  // was notified, and has given its place up
    } else {
        Deadline first = lock->loops ? std::min(deadline, os::now() + kLoopSlice) : deadline;
        end = wait([&] { return waiters_of(self)->wait(cell_of(self), first); });
        if (end == Outcome::kTimedOut && first != deadline) {
            waiters_of(self)->leave(members_of(self), cell_of(self));
            end = Outcome::kDone;
        }
        if (end == Outcome::kDone) lock->place = 0;
    }
    return end == Outcome::kInterrupted ? nullptr : PyBool_FromLong(end == Outcome::kDone);
}

PyObject* release_place(PyObject* self) {
    if (waits_for_event(self)) Py_RETURN_NONE;  // who waits for it wakes when it is set
    if (lock_at(self)->place != 0 && waiters_of(self)->notify_at(cell_of(self))) Py_RETURN_NONE;
    PyErr_SetString(PyExc_RuntimeError, "release unlocked lock");
    return nullptr;
}

bool place_is_taken(PyObject* self) {
    return waits_for_event(self) ? !event_of(self)->is_set() : lock_at(self)->place != 0;
}

bool leave(PyObject* self) {
    if (lock_at(self)->place == 0) return false;
    SharedWaiters* waiters = waiters_of(self);
    const Members& members = members_of(self);
    int cell = cell_of(self);
    lock_at(self)->place = 0;
    // In a forked child it is a copy: the place is that of a thread of the parent.
    bool ours = waiters->cells[static_cast<std::size_t>(cell)].owner.load() == members.me();
    return ours && waiters->leave(members, cell);
}

void abandon_place(PyObject* self) {
    if (leave(self)) waiters_of(self)->notify(members_of(self), 1);
}

PyObject* leave_place(PyObject* self, PyObject*) { return PyBool_FromLong(leave(self)); }

PyObject* wait_at(PyObject* self, PyObject* args) {
    PyObject* target = nullptr;
    int loops = 0;
    if (!PyArg_ParseTuple(args, "Op", &target, &loops)) return nullptr;
    if (!move_waiter(self, target, loops != 0)) return nullptr;
    Py_RETURN_NONE;
}

}  // namespace anypickle::shm
