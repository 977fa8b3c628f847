// Sleeping until something may have changed, at no cost to those who change it while nobody sleeps.
//
//     // who waits                                   // who changes
//     for (;;) {                                     commit(item);
//         EventCount::Ticket ticket = ec.enter();    ec.notify(1);
//         if (try_take(&item)) { ec.cancel(ticket); return; }
//         ec.sleep(ticket, nanoseconds);
//     }
//
// `sequence` moves on every wake, so a change between `enter` and `sleep` is never slept through.
// `waiters` is (round << 16 | count): an entry is taken out by whoever wakes the sleeper, or by the
// sleeper himself if nobody did. A process killed in between leaves the count too high, which costs
// wakers a system call and nothing else; after some wakes that met nobody a new round begins at
// zero and all who live enter again.
//
// Threading: any thread of any member. Invariant: the count is never too low.
#pragma once

#include <atomic>
#include <cstdint>

#include "anypickle/outcome.h"

namespace anypickle {

class EventCount {
  public:
    struct Ticket {
        std::uint32_t sequence;
        std::uint32_t round;
    };
    enum class End { kWoken, kTimedOut, kInterrupted };

    Ticket enter();
    void cancel(Ticket ticket);

    /// Sleeps until the next notify, at most so long; the ticket is used up.
    End sleep(Ticket ticket, std::uint64_t nanoseconds);

    /// The longest that `sleep_until` sleeps at once, in nanoseconds.
    static constexpr std::uint64_t kWaitSlice = 100'000'000;

    /// kDone after a notify, kTimedOut, or kInterrupted: look around, and enter again.
    Outcome sleep_until(Ticket ticket, Deadline deadline);

    void notify(int count) {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if ((waiters_.load(std::memory_order_relaxed) & kCountMask) != 0) wake(count);
    }
    void notify_all();

  private:
    static constexpr std::uint32_t kCountMask = 0xffff;
    static constexpr std::uint32_t kMisses = 64;
    void wake(int count);
    void begin_round();

    std::atomic<std::uint32_t> sequence_{0};
    std::atomic<std::uint32_t> waiters_{0};
    std::atomic<std::uint32_t> misses_{0};
};

}  // namespace anypickle
