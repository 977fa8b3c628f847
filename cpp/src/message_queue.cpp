#include "anypickle/message_queue.h"

#include "anypickle/os.h"
#include "anypickle/pile.h"
#include "anypickle/ring.h"

namespace anypickle {

MessageQueue::MessageQueue(Arena& arena, std::uint32_t number)
    : arena_(&arena), number_(number), gate_(reinterpret_cast<Gate*>(arena.data(number))) {}

Outcome MessageQueue::damage() {
    gate_->damaged.store(1);
    return Outcome::kDamaged;
}

std::uint64_t MessageQueue::unfinished() const {
    std::uint64_t done = gate_->done.load();
    return ever_put() - done;
}

void MessageQueue::set_capacity(std::uint64_t capacity) {
    gate_->capacity.store(capacity);
    gate_->not_full.notify_all();
}

bool MessageQueue::task_done() {
    std::uint64_t done = gate_->done.load();
    do {
        if (done >= ever_put()) return false;
    } while (!gate_->done.compare_exchange_weak(done, done + 1));
    if (done + 1 == ever_put()) gate_->all_done.notify_all();
    return true;
}

Outcome MessageQueue::wait_all_done(Deadline deadline) {
    for (;;) {
        EventCount::Ticket ticket = gate_->all_done.enter();
        bool over = closed() == kShutDownNow;
        if (over || unfinished() == 0) {
            gate_->all_done.cancel(ticket);
            return over ? Outcome::kShutDown : Outcome::kDone;
        }
        Outcome slept = gate_->all_done.sleep_until(ticket, deadline);
        if (slept != Outcome::kDone) return slept;
    }
}

Outcome MessageQueue::wait_for_room(Deadline deadline) {
    EventCount::Ticket ticket = gate_->not_full.enter();
    if (!full() || closed() != 0) {
        gate_->not_full.cancel(ticket);
        return Outcome::kDone;
    }
    return gate_->not_full.sleep_until(ticket, deadline);
}

Outcome MessageQueue::wait_for_message(Deadline deadline) {
    EventCount::Ticket ticket = gate_->not_empty.enter();
    if (size() != 0 || closed() != 0) {
        gate_->not_empty.cancel(ticket);
        return Outcome::kDone;
    }
    return gate_->not_empty.sleep_until(ticket, deadline);
}

void MessageQueue::wake_all() {
    gate_->not_empty.notify_all();
    gate_->not_full.notify_all();
    gate_->all_done.notify_all();
}

void MessageQueue::offer(BlockEntry& entry) {
    entry.home.store(number_ + 1);
    entry.owner.store(arena_->members().me() | kPuttingBit);
}

void MessageQueue::settle(BlockEntry& entry, bool accepted) {
    OwnerId putting = arena_->members().me() | kPuttingBit;
    if (accepted) {
        entry.owner.compare_exchange_strong(putting, 0);  // unless a consumer has it already
    } else {
        entry.home.store(0);
        entry.owner.store(arena_->members().me());
    }
}

void MessageQueue::forget(Block block, std::vector<std::uint32_t>* forgotten) {
    BlockEntry* entry = arena_->entry(block.number);
    if (entry == nullptr) return;
    entry->queued.fetch_add(kQueuedOnceLess);
    forgotten->push_back(block.number);
}

bool MessageQueue::refers_to(std::uint32_t block) {
    lock_all();
    bool found = consists_of(block);
    unlock_all();
    return found;
}

std::unique_ptr<MessageQueue> queue_at(Arena& arena, std::uint32_t number) {
    const BlockEntry* entry = arena.entry(number);
    std::unique_ptr<MessageQueue> found;
    if (entry != nullptr && entry->kind.load() == BlockKind::kRing) {
        found = std::make_unique<Ring>(arena, number);
    } else if (entry != nullptr && entry->kind.load() == BlockKind::kPile) {
        found = std::make_unique<Pile>(arena, number);
    }
    if (found != nullptr && !found->valid()) found.reset();
    return found;
}

}  // namespace anypickle
