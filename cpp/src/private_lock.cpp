#include "anypickle/private_lock.h"

#include <algorithm>
#include <climits>

#include "anypickle/os.h"

namespace anypickle {
namespace {

constexpr std::uint64_t kLongestSleep = 3'600'000'000'000;

}  // namespace

PrivateLock::End PrivateLock::acquire(Deadline deadline) {
    std::uint32_t others = 0;  // who has slept can't know whether he was the only one
    std::uint32_t seen = state();
    for (;;) {
        if ((seen & kMoved) != 0) return End::kMoved;
        if ((seen & kHeld) == 0) {
            if (word_.compare_exchange_weak(seen, seen | kHeld | others, std::memory_order_acquire))
                return End::kDone;
            continue;
        }
        // Before the deadline is looked at: it may be us whom the last release woke, and nobody
        // else.
        if ((seen & kSleepers) == 0 && (deadline != 0 || others != 0)) {
            if (!word_.compare_exchange_weak(seen, seen | kSleepers, std::memory_order_relaxed))
                continue;
            seen |= kSleepers;
        }
        std::uint64_t now = deadline == 0 ? 0 : os::now();
        if (now >= deadline) return End::kTimedOut;
        others = kSleepers;
        std::uint64_t rest = std::min(deadline - now, kLongestSleep);
        os::Wait end = os::futex_wait(&word_, seen, static_cast<std::int64_t>(rest));
        if (end == os::Wait::kInterrupted) return End::kInterrupted;
        seen = state();
    }
}

PrivateLock::End PrivateLock::release_slowly(std::uint32_t seen) {
    do {
        if ((seen & kMoved) != 0) return End::kMoved;
        if ((seen & kHeld) == 0) return End::kNotHeld;
    } while (!word_.compare_exchange_weak(seen, kReleased, std::memory_order_release,
                                          std::memory_order_relaxed));
    if ((seen & kSleepers) != 0) os::futex_wake(&word_, 1);
    return End::kDone;
}

void PrivateLock::wake_all() { os::futex_wake(&word_, INT_MAX); }

}  // namespace anypickle
