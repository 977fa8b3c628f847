// Who takes part in an arena, and who of them is dead: proven by the kernel, never by a time-out.
//
//     members.join(fd, slots);            // a slot of our own; its byte of the arena's file is
//     locked members.me();                       // the OwnerId that locks and blocks carry if
//     (members.dead(owner)) ...        // true only if that process cannot run another instruction
//
// Each process holds a byte lock through an open file description of its own. It ends with the last
// process that shares the description: at once on SIGKILL, also while the victim is a zombie. A
// fork would share it, so the parent opens and locks a second description before it forks, and
// leaves it to the child: there is no moment at which the child lives and has no slot.
//
// A program that closes descriptors it does not know loses its byte; pid and start time then still
// say that it runs, and it goes on without the descriptor. A paused process (SIGSTOP, swap,
// debugger) is alive, however long it takes.
//
// Threading: `dead` and `me` from any thread; the rest under the arena's process-local mutex.
#pragma once

#include <atomic>
#include <cstdint>

#include "anypickle/layout.h"
#include "anypickle/os.h"

namespace anypickle {

class Members {
  public:
    /// Takes a slot. `fd` must be an open file description that is ours alone. False if all slots
    /// are taken.
    bool join(int fd, ProcessSlot* slots);
    void leave();

    /// Whether so many processes more can join.
    [[nodiscard]] bool has_free_slots(std::uint32_t count) const;

    [[nodiscard]] OwnerId me() const { return me_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint32_t slot() const { return slot_of(me()); }
    [[nodiscard]] std::uint32_t pid() const { return pid_; }
    /// The arena's descriptor; -1 if the program closed it, whatever has its number now.
    [[nodiscard]] int fd() const { return os::file_identity(fd_) == file_ ? fd_ : -1; }
    [[nodiscard]] const ProcessSlot& slot_at(std::uint32_t slot) const { return slots_[slot]; }

    [[nodiscard]] bool dead(OwnerId owner) const;

    /// Around what counts references in rings: who dies in between leaves the counts to be made
    /// anew.
    void begin_move() const { slots_[slot()].moving.fetch_add(1); }
    void end_move() const { slots_[slot()].moving.fetch_sub(1); }

    /// Makes a slot whose process died ours for a while, so that what it left can be cleared; every
    /// owner id of it is dead from then on. False if it is clean, alive, or somebody else is at it.
    bool begin_burial(std::uint32_t slot);
    void end_burial(std::uint32_t slot);

    /// Fork, in three steps. `prepare` returns the child's slot or -1 (then the child joins on its
    /// own).
    int prepare_child();
    [[nodiscard]] OwnerId child() const { return child_; }  // prepared for, 0 if there is none
    void parent_after_fork();
    void child_after_fork();

  private:
    [[nodiscard]] OwnerId occupy(int fd, std::uint32_t slot, bool self);
    [[nodiscard]] int take_free_slot(int fd);

    ProcessSlot* slots_ = nullptr;
    int fd_ = -1;
    os::FileIdentity file_;
    std::atomic<OwnerId> me_{0};
    std::uint32_t pid_ = 0;
    int child_fd_ = -1;
    OwnerId child_ = 0;
};

}  // namespace anypickle
