#include "anypickle/sync.h"

#include <algorithm>
#include <climits>

#include "anypickle/os.h"

namespace anypickle {

Outcome SharedLock::acquire(const Members& members, Deadline deadline, std::uint64_t slice) {
    Outcome got = anypickle::acquire(lock, members, deadline, slice);
    // On kOwnerDied the old value stays for whoever reports it.
    if (got == Outcome::kDone) last_pid.store(members.pid(), std::memory_order_relaxed);
    return got;
}

// The owner is part of it: a forked child has threads of the same number, and they own nothing of
// their parent's.
std::uint64_t SharedLock::this_thread(const Members& members) {
    return static_cast<std::uint64_t>(members.me()) << 32 | os::thread_id();
}

Outcome SharedLock::acquire_recursive(const Members& members, Deadline deadline,
                                      std::uint64_t slice) {
    if (owned(members)) {
        depth.store(depth.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        return Outcome::kDone;
    }
    Outcome got = acquire(members, deadline, slice);
    if (got == Outcome::kDone || got == Outcome::kOwnerDied) {
        depth.store(1, std::memory_order_relaxed);
        thread.store(this_thread(members), std::memory_order_relaxed);
    }
    return got;
}

bool SharedLock::release_recursive(const Members& members) {
    if (!owned(members)) return false;
    std::uint32_t now = depth.load(std::memory_order_relaxed) - 1;
    depth.store(now, std::memory_order_relaxed);
    if (now != 0) return true;
    thread.store(0, std::memory_order_relaxed);
    return release(lock);
}

std::uint32_t SharedLock::release_all(const Members& members) {
    if (!owned(members)) return 0;
    std::uint32_t held = depth.load(std::memory_order_relaxed);
    thread.store(0, std::memory_order_relaxed);
    depth.store(0, std::memory_order_relaxed);
    release(lock);
    return held;
}

void SharedEvent::set() {
    std::uint32_t seen = word.load();
    while ((seen & 1) == 0 && !word.compare_exchange_weak(seen, seen + 3)) {
    }
    changed.notify_all();  // also if it was set: whoever set it may have been killed before he woke
                           // anybody
}

void SharedEvent::clear() { word.fetch_and(~1U); }

Outcome SharedEvent::wait(std::uint32_t since, Deadline deadline) {
    for (;;) {
        EventCount::Ticket ticket = changed.enter();
        std::uint32_t now = word.load();
        if ((now & 1) != 0 || now >> 1 != since >> 1) {
            changed.cancel(ticket);
            return Outcome::kDone;
        }
        Outcome slept = changed.sleep_until(ticket, deadline);
        if (slept != Outcome::kDone) return slept;
    }
}

bool SharedSemaphore::try_acquire() {
    std::uint32_t seen = value.load(std::memory_order_relaxed);
    while (seen != 0) {
        if (value.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire)) return true;
    }
    return false;
}

Outcome SharedSemaphore::acquire(Deadline deadline) {
    for (;;) {
        if (try_acquire()) return Outcome::kDone;
        EventCount::Ticket ticket = changed.enter();
        if (value.load() != 0) {
            changed.cancel(ticket);
            continue;
        }
        Outcome slept = changed.sleep_until(ticket, deadline);
        if (slept != Outcome::kDone) return slept;
    }
}

bool SharedSemaphore::give_back(std::uint32_t count, std::uint32_t limit) {
    std::uint32_t seen = value.load(std::memory_order_relaxed);
    do {
        if (count > limit || seen > limit - count) return false;
    } while (!value.compare_exchange_weak(seen, seen + count, std::memory_order_release));
    changed.notify(static_cast<int>(std::min<std::uint32_t>(count, INT_MAX)));
    return true;
}

int SharedWaiters::enter(const Members& members) {
    acquire_always(guard, members);  // each change is one store: nothing to repair
    std::uint32_t end = std::min(used.load(), kMost);
    std::uint32_t at = 0;
    while (at < end && cells[at].state.load() != kFree) ++at;
    if (at == kMost) {
        for (at = 0; at < kMost && !members.dead(cells[at].owner.load()); ++at) {
        }
    }
    if (at < kMost) {
        if (at == end) used.store(end + 1);
        cells[at].owner.store(members.me());
        cells[at].ticket.store(next_ticket.fetch_add(1));
        cells[at].state.store(kWaiting);
    }
    release(guard);
    return at < kMost ? static_cast<int>(at) : -1;
}

Outcome SharedWaiters::wait(int cell, Deadline deadline) {
    Cell& mine = cells[static_cast<std::uint32_t>(cell)];
    for (;;) {
        if (mine.state.load() == kNotified) {
            mine.state.store(kFree);
            return Outcome::kDone;
        }
        std::uint64_t now = os::now();
        if (now >= deadline) return Outcome::kTimedOut;
        std::uint64_t rest = std::min<std::uint64_t>(deadline - now, EventCount::kWaitSlice);
        os::Wait end = os::futex_wait(&mine.state, kWaiting, static_cast<std::int64_t>(rest));
        if (end == os::Wait::kInterrupted || end == os::Wait::kTimedOut)
            return Outcome::kInterrupted;
    }
}

bool SharedWaiters::leave(const Members& members, int cell) {
    acquire_always(guard, members);
    Cell& mine = cells[static_cast<std::uint32_t>(cell)];
    bool notified = mine.state.load() == kNotified;
    mine.state.store(kFree);
    release(guard);
    return notified;
}

void SharedWaiters::notify(const Members& members, std::uint32_t count) {
    acquire_always(guard, members);
    std::uint32_t end = std::min(used.load(), kMost);
    while (count > 0) {
        Cell* first = nullptr;
        for (std::uint32_t at = 0; at < end; ++at) {
            Cell& cell = cells[at];
            if (cell.state.load() != kWaiting) continue;
            if (first == nullptr || cell.ticket.load() < first->ticket.load()) first = &cell;
        }
        if (first == nullptr) break;
        if (members.dead(first->owner.load())) {
            first->state.store(kFree);
            continue;
        }
        first->state.store(kNotified);
        os::futex_wake(&first->state, 1);
        --count;
    }
    release(guard);
}

bool SharedWaiters::notify_at(int cell) {
    std::atomic<std::uint32_t>& state = cells[static_cast<std::uint32_t>(cell)].state;
    std::uint32_t waiting = kWaiting;
    if (!state.compare_exchange_strong(waiting, kNotified)) return false;
    os::futex_wake(&state, 1);
    return true;
}

std::uint32_t SharedWaiters::remove_dead(const Members& members) {
    acquire_always(guard, members);
    std::uint32_t end = std::min(used.load(), kMost);
    std::uint32_t removed = 0;
    for (std::uint32_t at = 0; at < end; ++at) {
        if (cells[at].state.load() == kFree || !members.dead(cells[at].owner.load())) continue;
        cells[at].state.store(kFree);
        ++removed;
    }
    release(guard);
    return removed;
}

std::uint32_t SharedWaiters::waiting() const {
    std::uint32_t end = std::min(used.load(), kMost);
    return static_cast<std::uint32_t>(
        std::count_if(cells.begin(), cells.begin() + end,
                      [](const Cell& cell) { return cell.state.load() == kWaiting; }));
}

}  // namespace anypickle
