#include "anypickle/lock.h"

#include <algorithm>

#include "anypickle/os.h"

namespace anypickle {
namespace {

// Takes over from exactly this owner, if he is dead.
bool take_over(LockWord& lock, const Members& members, std::uint32_t seen) {
    return members.dead(seen & ~kWaitersBit) &&
           lock.word.compare_exchange_strong(seen, members.me() | kWaitersBit,
                                             std::memory_order_acquire);
}

constexpr int kSpins = 60;  // about the length of the sections that it guards

bool spin(LockWord& lock, OwnerId me) {
    static const bool worthwhile = os::usable_cpus() > 1;
    if (!worthwhile) return false;
    for (int i = 0; i < kSpins; ++i) {
        if (lock.word.load(std::memory_order_relaxed) == 0 && try_acquire(lock, me)) return true;
        os::pause();
    }
    return false;
}

}  // namespace

Outcome acquire(LockWord& lock, const Members& members, Deadline deadline, std::uint64_t slice) {
    OwnerId me = members.me();
    if (try_acquire(lock, me) || spin(lock, me)) return Outcome::kDone;
    if (me == 0) return Outcome::kNoSlot;
    if (slice == 0) return Outcome::kInterrupted;
    std::uint64_t sleep = std::min(kFirstSlice, slice);
    std::uint64_t give_back = slice >= kForever - os::now() ? kForever : os::now() + slice;
    for (;;) {
        std::uint32_t seen = lock.word.load(std::memory_order_relaxed);
        if (seen == 0) {
            // Others may sleep as well, and only the word can tell whoever releases it: keep the
            // bit.
            if (lock.word.compare_exchange_weak(seen, me | kWaitersBit,
                                                std::memory_order_acquire)) {
                return Outcome::kDone;
            }
            continue;
        }
        std::uint64_t now = os::now();
        if (now >= deadline)
            return take_over(lock, members, seen) ? Outcome::kOwnerDied : Outcome::kTimedOut;
        if (now >= give_back) return Outcome::kInterrupted;
        if ((seen & kWaitersBit) == 0) {
            if (!lock.word.compare_exchange_weak(seen, seen | kWaitersBit,
                                                 std::memory_order_relaxed))
                continue;
            seen |= kWaitersBit;
        }
        std::uint64_t rest = std::min({sleep, deadline - now, give_back - now});
        os::Wait end = os::futex_wait(&lock.word, seen, static_cast<std::int64_t>(rest));
        if (end == os::Wait::kInterrupted) return Outcome::kInterrupted;
        if (end != os::Wait::kTimedOut) continue;
        sleep = std::min(sleep * 2, kLongestSlice);
        if (take_over(lock, members, seen)) return Outcome::kOwnerDied;
    }
}

bool acquire_always(LockWord& lock, const Members& members) {
    if (try_acquire(lock, members.me())) return false;
    for (;;) {
        Outcome end = acquire(lock, members, kForever, kForever);
        if (end != Outcome::kInterrupted) return end == Outcome::kOwnerDied;
    }
}

bool release(LockWord& lock) {
    std::uint32_t seen = lock.word.load(std::memory_order_relaxed);
    do {
        if (seen == 0) return false;
    } while (!lock.word.compare_exchange_weak(seen, 0, std::memory_order_release,
                                              std::memory_order_relaxed));
    if ((seen & kWaitersBit) != 0) os::futex_wake(&lock.word, 1);
    return true;
}

}  // namespace anypickle
