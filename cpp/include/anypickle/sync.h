// Lock, event, semaphore and list of waiters as they lie in a block, with what may be done to them.
//
//     auto* lock = new (arena.data(number)) SharedLock{};      // the creator; others find it there
//     Outcome got = lock->acquire(members, deadline);          // kInterrupted: look at signals,
//     call again if (got == Outcome::kOwnerDied) warn(lock->last_pid.load());
//
// Threading: any thread of any member; whoever locks may be another than who unlocks, except for a
// recursive one. Invariant: what a process is killed over is a word that names it, or a word that a
// single store has changed.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "anypickle/eventcount.h"
#include "anypickle/lock.h"

namespace anypickle {

/// What a block of kind kObject begins with, so that a handle is not taken for another kind of
/// thing.
enum class ObjectTag : std::uint32_t {
    kLock = 0x101,
    kRLock,
    kEvent,
    kSemaphore,
    kWaiters,
    kBuffer,
    kNumbers
};

struct SharedLock {
    ObjectTag tag;
    LockWord lock;
    std::atomic<std::uint32_t> last_pid;  // of who has it or had it last
    std::atomic<std::uint32_t> depth;     // recursive: how often
    std::atomic<std::uint64_t> thread;    // recursive: owner << 32 | thread, 0 while it is free

    Outcome acquire(const Members& members, Deadline deadline, std::uint64_t slice);
    bool give_back() { return release(lock); }

    [[nodiscard]] static std::uint64_t this_thread(const Members& members);
    [[nodiscard]] bool owned(const Members& members) const {
        return thread.load(std::memory_order_relaxed) == this_thread(members);
    }
    Outcome acquire_recursive(const Members& members, Deadline deadline, std::uint64_t slice);
    /// False if this thread does not own it.
    bool release_recursive(const Members& members);
    /// Gives it back whatever the depth, which is returned; 0 if this thread does not own it.
    std::uint32_t release_all(const Members& members);
};

struct SharedEvent {
    ObjectTag tag;
    std::atomic<std::uint32_t> word;  // times set << 1 | set
    EventCount changed;

    [[nodiscard]] bool is_set() const { return (word.load(std::memory_order_acquire) & 1) != 0; }
    void set();
    void clear();
    /// `since` is `word` when the wait began: a set that was cleared again before the sleeper woke
    /// counts.
    Outcome wait(std::uint32_t since, Deadline deadline);
};

struct SharedSemaphore {
    ObjectTag tag;
    std::atomic<std::uint32_t> value;
    std::uint32_t initial;
    EventCount changed;

    bool try_acquire();
    Outcome acquire(Deadline deadline);
    /// False if that would be more than `limit`.
    bool give_back(std::uint32_t count, std::uint32_t limit);
};

/// The waiters of a condition, in the order in which they came. Only who lives and waits is
/// notified.
struct SharedWaiters {
    static constexpr std::uint32_t kMost = 1023;
    static constexpr std::uint32_t kFree = 0;
    static constexpr std::uint32_t kWaiting = 1;
    static constexpr std::uint32_t kNotified = 2;
    struct Cell {
        std::atomic<std::uint32_t> state;
        std::atomic<OwnerId> owner;
        std::atomic<std::uint64_t> ticket;
    };
    ObjectTag tag;
    LockWord guard;
    std::atomic<std::uint32_t> used;  // cells from here on were never used
    std::atomic<std::uint64_t> next_ticket;
    std::array<Cell, kMost> cells;

    /// A place in the list, or -1 if there are kMost waiters already.
    int enter(const Members& members);
    /// kDone: notified, the place is given up. Else call again, or `leave`.
    Outcome wait(int cell, Deadline deadline);
    /// Gives the place up; true if it was notified meanwhile.
    bool leave(const Members& members, int cell);
    void notify(const Members& members, std::uint32_t count);
    /// Notifies the waiter at this place; false if he does not wait (any more).
    bool notify_at(int cell);
    [[nodiscard]] std::uint32_t waiting() const;
    /// Gives up the places of the dead; how many there were.
    std::uint32_t remove_dead(const Members& members);
};

}  // namespace anypickle
