// A lock in the memory of one process, that can move to another place while it is held and waited
// for.
//
//     if (lock.try_acquire()) ...                         // one compare-and-swap
//     switch (lock.acquire(deadline)) {
//         case PrivateLock::End::kDone: break;            // ours
//         case PrivateLock::End::kMoved: elsewhere();     // it lives somewhere else now: ask there
//         ...
//     }
//     lock.move([&](std::uint32_t state) { make the other one as this one is in that state; });
//
// Everything is in one word, also that the lock has moved: who looked at it before the move and
// changes it after has a compare-and-swap that fails, and sees why. Who sleeps is woken by the move
// and told to go on at the other place. The move itself is the last step, a compare-and-swap from
// exactly the state that was prepared for.
//
// Sleeping costs nothing while nothing happens: there is no look around as in `lock.h`, for who
// holds a private lock can't be killed without us.
//
// Threading: any thread of the process; one `move` at a time. Invariant: while anybody sleeps on a
// word that is held, the word says so.
#pragma once

#include <atomic>
#include <cstdint>

#include "anypickle/outcome.h"

namespace anypickle {

class PrivateLock {
  public:
    static constexpr std::uint32_t kHeld = 1;
    static constexpr std::uint32_t kSleepers = 2;  // somebody may sleep
    static constexpr std::uint32_t kReleased = 4;  // it has been released at least once
    static constexpr std::uint32_t kMoved = 8;

    enum class End : std::uint8_t { kDone, kTimedOut, kInterrupted, kMoved, kNotHeld };

    /// False if it is held, or has moved.
    bool try_acquire() {
        std::uint32_t seen = word_.load(std::memory_order_relaxed);
        return (seen & (kHeld | kMoved)) == 0 &&
               word_.compare_exchange_strong(seen, seen | kHeld, std::memory_order_acquire,
                                             std::memory_order_relaxed);
    }

    /// Sleeps if need be. kInterrupted: a signal came; call again, or give up.
    End acquire(Deadline deadline);

    /// kDone, kNotHeld or kMoved. Any thread may.
    End release() {
        std::uint32_t seen = word_.load(std::memory_order_relaxed);
        if (seen != kHeld && seen != (kHeld | kReleased)) return release_slowly(seen);
        if (word_.compare_exchange_strong(seen, kReleased, std::memory_order_release,
                                          std::memory_order_relaxed)) {
            return End::kDone;
        }
        return release_slowly(seen);
    }

    [[nodiscard]] std::uint32_t state() const { return word_.load(std::memory_order_acquire); }
    [[nodiscard]] bool moved() const { return (state() & kMoved) != 0; }

    /// Calls `prepare(state)` until the lock is still in that state afterwards; from then on it is
    /// moved for all who come, and all who sleep are woken.
    template <class Prepare>
    void move(Prepare&& prepare) {
        std::uint32_t seen = state();
        do {
            prepare(seen);
        } while (!word_.compare_exchange_weak(seen, kMoved, std::memory_order_acq_rel,
                                              std::memory_order_acquire));
        wake_all();  // some may sleep though the word doesn't say so: it was not held
    }

    /// A new lock: after a fork, when whoever held it or slept is not here.
    void reset() { word_.store(0, std::memory_order_relaxed); }
    /// A lock that has been somewhere else from the beginning.
    void begin_moved() { word_.store(kMoved, std::memory_order_release); }

  private:
    End release_slowly(std::uint32_t seen);
    void wake_all();

    std::atomic<std::uint32_t> word_{0};
};

}  // namespace anypickle
