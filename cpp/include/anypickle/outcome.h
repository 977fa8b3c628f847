// How an operation on shared memory ended. No exceptions, no errno: one small value.
#pragma once

#include <cstdint>

namespace anypickle {

enum class Outcome {
    kDone,
    kOwnerDied,    // done, and what is now held was held by a process that died
    kTimedOut,     // the deadline passed
    kInterrupted,  // a signal or the end of a slice of waiting: look around, then call again
    kEmpty,
    kFull,
    kShutDown,
    kNoMemory,
    kGone,          // the block was freed or belongs to something else now
    kNoSlot,        // this process found no slot among the members when it was forked
    kDamaged,       // what is in the shared memory cannot be
    kIncomparable,  // two messages could not be brought into an order
    kReentered,     // this thread is at it already, further up its stack
};

/// Nanoseconds of os::now() until which to wait; kForever never comes, 0 is already past.
using Deadline = std::uint64_t;
inline constexpr Deadline kForever = ~Deadline{0};

}  // namespace anypickle
