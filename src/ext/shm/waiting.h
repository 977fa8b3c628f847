// Waiting without the GIL, and with an open ear for signals; and the arguments that say how long.
//
//     Outcome end = wait([&] { return lock->acquire(members, deadline, kSlice); });
//     if (end == Outcome::kInterrupted) return nullptr;      // a signal handler raised
//
// Threading: called with the GIL held, and returns with it.
#pragma once

#include <Python.h>

#include "anypickle/outcome.h"

namespace anypickle::shm {

/// How long a call into the core may last before signals are looked at.
inline constexpr std::uint64_t kSlice = 100'000'000;

/// Calls until it is not interrupted any more; kInterrupted with the error set if a signal handler
/// raised.
template <class Call>
Outcome wait(Call&& call) {
    for (;;) {
        Outcome end;
        Py_BEGIN_ALLOW_THREADS;
        end = call();
        Py_END_ALLOW_THREADS;
        if (end != Outcome::kInterrupted) return end;
        if (PyErr_CheckSignals() < 0) return Outcome::kInterrupted;
    }
}

/// `acquire(blocking=True, timeout=-1)` as threading has it.
bool parse_acquire(PyObject* const* args, Py_ssize_t count, PyObject* names, Deadline* deadline);

/// `wait(timeout=None)`.
bool parse_timeout(PyObject* const* args, Py_ssize_t count, PyObject* names, Deadline* deadline);

/// The moment that lies `timeout` seconds from now: None is for ever, less than 0 is now. False
/// with the error set.
bool deadline_after(PyObject* timeout, Deadline* deadline);

}  // namespace anypickle::shm
