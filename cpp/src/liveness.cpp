#include "anypickle/liveness.h"

#include "anypickle/os.h"

namespace anypickle {

namespace {
// The namespace is asked for once: it cannot change for a running process.
const os::Identity& own_identity() {
    static thread_local os::Identity cached = {};
    static thread_local std::uint32_t cached_for = 0;
    if (std::uint32_t thread = os::thread_id(); cached_for != thread) {
        cached = os::identity();
        cached_for = thread;
    }
    return cached;
}
}  // namespace

// The slot's byte is locked by `fd` already. The generation goes up first: whoever had it before is
// dead for all.
OwnerId Members::occupy(int fd, std::uint32_t slot, bool self) {
    ProcessSlot& entry = slots_[slot];
    std::uint32_t generation = (entry.generation.load() + 1) & kGenerationMask;
    if (generation == 0) generation = 1;
    const os::Identity& who = own_identity();
    entry.pid.store(self ? who.pid : 0);
    entry.start_time.store(self ? who.start_time : 0);
    entry.pid_namespace.store(who.pid_namespace);
    entry.fd.store(fd);
    entry.generation.store(generation);
    entry.used.store(1);
    return owner_id(slot, generation);
}

bool Members::has_free_slots(std::uint32_t count) const {
    for (std::uint32_t slot = 0; slot < kMaxProcesses && count != 0; ++slot) {
        if (slots_[slot].used.load(std::memory_order_relaxed) == 0) --count;
    }
    return count == 0;
}

// Only clean slots: one that its last owner left in use must be buried first (Arena does that when
// hardly any is left). Without a descriptor the slot has no lock: pid and start time speak for it.
int Members::take_free_slot(int fd) {
    for (std::uint32_t slot = 0; slot < kMaxProcesses; ++slot) {
        if (slots_[slot].used.load() != 0) continue;
        if (fd >= 0 && !os::lock_byte(fd, slot)) continue;
        std::uint32_t unused = 0;
        if (slots_[slot].used.compare_exchange_strong(unused, 1)) return static_cast<int>(slot);
        if (fd >= 0) os::unlock_byte(fd, slot);
    }
    return -1;
}

bool Members::join(int fd, ProcessSlot* slots) {
    slots_ = slots;
    fd_ = fd;
    file_ = os::file_identity(fd);
    int slot = take_free_slot(fd);
    if (slot < 0) return false;
    me_.store(occupy(fd, static_cast<std::uint32_t>(slot), true));
    pid_ = own_identity().pid;
    return true;
}

void Members::leave() {
    os::unlock_byte(fd(), slot());
    me_.store(0);
}

bool Members::dead(OwnerId owner) const {
    std::uint32_t slot = slot_of(owner);
    const ProcessSlot& entry = slots_[slot];
    if (entry.generation.load() != generation_of(owner)) return true;
    if (owner == me()) return false;
    int own = fd();
    if (own >= 0 && os::byte_is_locked(own, slot)) {
        return entry.generation.load() != generation_of(owner);
    }
    // The byte is free. Either the process is gone, or it closed descriptors that are not its own;
    // or we did, and cannot ask.
    os::Identity who = {entry.pid.load(), entry.start_time.load(), entry.pid_namespace.load()};
    bool known = who.pid != 0 && who.pid_namespace == own_identity().pid_namespace;
    if (known ? os::runs(who) : own < 0) return entry.generation.load() != generation_of(owner);
    return true;
}

bool Members::begin_burial(std::uint32_t slot) {
    ProcessSlot& entry = slots_[slot];
    if (entry.used.load() == 0 || slot == slot_of(me())) return false;
    OwnerId owner = owner_id(slot, entry.generation.load());
    if (child_ != 0 && slot == slot_of(child_)) return false;
    if (!dead(owner)) return false;
    int own = fd();
    if (own < 0 || !os::lock_byte(own, slot)) return false;
    if (entry.used.load() == 0 || owner != owner_id(slot, entry.generation.load())) {
        os::unlock_byte(own, slot);
        return false;
    }
    // While we hold the byte its last owner would look alive to others, who may wait for a lock of
    // his.
    entry.generation.store((entry.generation.load() + 1) & kGenerationMask);
    return true;
}

void Members::end_burial(std::uint32_t slot) {
    slots_[slot].moving.store(0);
    slots_[slot].used.store(0);
    os::unlock_byte(fd(), slot);
}

int Members::prepare_child() {
    child_fd_ = os::reopen(fd());
    if (child_fd_ < 0) return -1;
    int slot = take_free_slot(child_fd_);
    if (slot < 0) {
        os::close(child_fd_);
        child_fd_ = -1;
        return -1;
    }
    child_ = occupy(child_fd_, static_cast<std::uint32_t>(slot), false);
    return slot;
}

void Members::parent_after_fork() {
    if (child_fd_ >= 0)
        os::close(child_fd_);  // the child holds it on; if there is none, the slot is dead
    child_fd_ = -1;
    child_ = 0;
}

void Members::child_after_fork() {
    const os::Identity& who = own_identity();
    pid_ = who.pid;
    if (child_fd_ < 0) {
        // No descriptor was to be had: share the parent's description. Either's death shows when
        // both are dead.
        int slot = take_free_slot(fd());
        me_.store(slot < 0 ? 0 : occupy(fd_, static_cast<std::uint32_t>(slot), true));
        return;
    }
    os::close(fd());
    fd_ = child_fd_;
    me_.store(child_);
    child_fd_ = -1;
    child_ = 0;
    ProcessSlot& entry = slots_[slot()];
    entry.start_time.store(who.start_time);
    entry.pid.store(who.pid);
}

}  // namespace anypickle
