#include "anypickle/eventcount.h"

#include <algorithm>
#include <climits>

#include "anypickle/os.h"

namespace anypickle {

EventCount::Ticket EventCount::enter() {
    std::uint32_t seen = waiters_.load();
    while ((seen & kCountMask) != kCountMask && !waiters_.compare_exchange_weak(seen, seen + 1)) {
    }
    return {sequence_.load(), seen >> 16};
}

void EventCount::cancel(Ticket ticket) {
    std::uint32_t seen = waiters_.load();
    while (seen >> 16 == ticket.round && (seen & kCountMask) != 0) {
        if (waiters_.compare_exchange_weak(seen, seen - 1)) return;
    }
}

EventCount::End EventCount::sleep(Ticket ticket, std::uint64_t nanoseconds) {
    os::Wait end =
        os::futex_wait(&sequence_, ticket.sequence, static_cast<std::int64_t>(nanoseconds));
    if (end == os::Wait::kWoken) return End::kWoken;  // the waker has taken us out
    cancel(ticket);
    if (end == os::Wait::kInterrupted) return End::kInterrupted;
    return end == os::Wait::kTimedOut ? End::kTimedOut : End::kWoken;
}

void EventCount::wake(int count) {
    std::uint32_t round = waiters_.load() >> 16;
    sequence_.fetch_add(1);
    int woken = os::futex_wake(&sequence_, count);
    for (int i = 0; i < woken; ++i) cancel({0, round});
    if (woken != 0) {
        misses_.store(0, std::memory_order_relaxed);
    } else if (misses_.fetch_add(1, std::memory_order_relaxed) >= kMisses) {
        begin_round();
    }
}

void EventCount::notify_all() {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if ((waiters_.load(std::memory_order_relaxed) & kCountMask) != 0) wake(INT_MAX);
}

void EventCount::begin_round() {
    std::uint32_t seen = waiters_.load();
    misses_.store(0, std::memory_order_relaxed);
    if (!waiters_.compare_exchange_strong(seen, ((seen >> 16) + 1) << 16)) return;
    sequence_.fetch_add(1);
    os::futex_wake(&sequence_, INT_MAX);
}

Outcome EventCount::sleep_until(Ticket ticket, Deadline deadline) {
    std::uint64_t now = os::now();
    if (now >= deadline) {
        cancel(ticket);
        return Outcome::kTimedOut;
    }
    End end = sleep(ticket, std::min<std::uint64_t>(deadline - now, kWaitSlice));
    return end == End::kWoken ? Outcome::kDone : Outcome::kInterrupted;
}

}  // namespace anypickle
