// A lock in shared memory that survives its owner.
//
//     switch (acquire(word, members, deadline)) {
//         case Outcome::kDone: break;              // ours
//         case Outcome::kOwnerDied: repair();      // ours, and its last owner was killed while he
//         held it
//         ...
//     }
//     release(word);
//
// The word is the owner, and a bit that says that somebody may sleep on it. Whoever sleeps does so
// in slices, and after each asks the kernel whether the owner lives: if not, he takes the lock over
// from exactly that owner. A waker killed before he wakes, or a sleeper killed after he was woken,
// costs the others one slice and no more.
//
// Threading: any thread of any member. May be released by another thread or process than the one
// that took it. Invariant: the word names a process from the instruction that takes the lock to the
// one that gives it back.
#pragma once

#include "anypickle/layout.h"
#include "anypickle/liveness.h"
#include "anypickle/outcome.h"

namespace anypickle {

inline bool try_acquire(LockWord& lock, OwnerId me) {
    std::uint32_t free = 0;
    return me != 0 && lock.word.compare_exchange_strong(free, me, std::memory_order_acquire,
                                                        std::memory_order_relaxed);
}

/// kDone, kOwnerDied, kTimedOut, kNoSlot, or kInterrupted (a signal, or `slice` nanoseconds went
/// by: call again). A slice of 0 never sleeps.
Outcome acquire(LockWord& lock, const Members& members, Deadline deadline, std::uint64_t slice);

/// As above, but waits through interruptions: for short sections that no user code runs in. True if
/// the owner died.
bool acquire_always(LockWord& lock, const Members& members);

/// False if it was not locked.
bool release(LockWord& lock);

inline bool is_locked(const LockWord& lock) {
    return lock.word.load(std::memory_order_acquire) != 0;
}
inline OwnerId owner_of(const LockWord& lock) {
    return lock.word.load(std::memory_order_acquire) & ~kWaitersBit;
}

/// How long a sleeper sleeps before he looks around: from the first slice to the longest, doubling.
inline constexpr std::uint64_t kFirstSlice = 2'000'000;
inline constexpr std::uint64_t kLongestSlice = 50'000'000;

}  // namespace anypickle
