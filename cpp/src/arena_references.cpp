// Who holds which block: a bit per process in the entry, a count in the process; and what the dead
// left behind.
#include <algorithm>

#include "anypickle/arena.h"
#include "anypickle/message_queue.h"

namespace anypickle {

namespace {

bool has_holder(const BlockEntry& block) {
    return std::any_of(block.holders.begin(), block.holders.end(),
                       [](const std::atomic<std::uint64_t>& bits) { return bits.load() != 0; });
}

// With the allocator's lock, which keeps new holders away, except for those that take it out of a
// ring: they set their bit before they count it off, and whoever puts it into one counts it before
// he gives up his bit. So if nothing was counted while we looked for bits, what we saw was so.
// (Publishing sets the bit before it clears the owner.)
bool is_unheld(const BlockEntry& block) {
    for (;;) {
        std::uint64_t queued = block.queued.load();
        bool idle = times_queued(queued) == 0 && block.owner.load() == 0 && block.home.load() == 0;
        if (!idle || has_holder(block)) return false;
        if (block.queued.load() == queued) return true;
    }
}

void set_bit(BlockEntry& block, std::uint32_t slot) {
    block.holders[slot / 64].fetch_or(1ULL << (slot % 64));
}

void clear_bit(BlockEntry& block, std::uint32_t slot) {
    block.holders[slot / 64].fetch_and(~(1ULL << (slot % 64)));
}

}  // namespace

void Arena::publish(std::uint32_t number) {
    std::lock_guard guard(references_);
    ++held_[number];
    set_bit(blocks_[number], members_.slot());
    blocks_[number].home.store(0);
    blocks_[number].owner.store(
        0);  // killed before this, it is both held and in our hands: burial sees to both
}

Outcome Arena::hold(Block name, BlockKind kind, bool arriving) {
    if (data(name.number) == nullptr) return Outcome::kGone;
    if (members_.me() == 0) return Outcome::kNoSlot;
    std::lock_guard guard(references_);
    BlockEntry& block = blocks_[name.number];
    lock_allocator();  // so that nobody frees it between our look and our bit
    bool there = block.kind.load() == kind && block.generation.load() == name.generation;
    if (there) {
        set_bit(block, members_.slot());
        if (arriving) block.arrived.fetch_add(1);
    }
    release(header_->allocator);
    if (!there) return Outcome::kGone;
    ++held_[name.number];
    return Outcome::kDone;
}

void Arena::hold_queued(std::uint32_t number) {
    std::lock_guard guard(references_);
    ++held_[number];
    set_bit(blocks_[number], members_.slot());
}

void Arena::drop(std::uint32_t number) {
    {
        std::lock_guard guard(references_);
        auto found = held_.find(number);
        if (found == held_.end()) return;
        auto pin = departed_.find(number);
        if (pin != departed_.end() &&
            blocks_[number].arrived.load() >= blocks_[number].departed.load()) {
            departed_.erase(pin);
            --found->second;
        }
        if (--found->second != 0) return;
        held_.erase(found);
        clear_bit(blocks_[number], members_.slot());
    }
    free_if_unheld(number);
}

void Arena::depart(std::uint32_t number) {
    {
        std::lock_guard guard(references_);
        blocks_[number].departed.fetch_add(1);
        if (departed_.emplace(number, 1).second) ++held_[number];
        if (departed_.size() < look_at_departed_) return;
    }
    let_arrived_go();
}

void Arena::let_arrived_go() {
    std::vector<std::uint32_t> arrived;
    {
        std::lock_guard guard(references_);
        for (auto pin = departed_.begin(); pin != departed_.end();) {
            const BlockEntry& block = blocks_[pin->first];
            if (block.arrived.load() >= block.departed.load()) {
                arrived.push_back(pin->first);
                pin = departed_.erase(pin);
            } else {
                ++pin;
            }
        }
        look_at_departed_ = std::max<std::size_t>(64, departed_.size() * 2);
    }
    for (std::uint32_t number : arrived) drop(number);
}

void Arena::free_if_unheld(std::uint32_t number) {
    BlockEntry& block = blocks_[number];
    bool queue = false;
    lock_allocator();
    bool unheld = is_unheld(block);
    BlockKind kind = block.kind.load();
    if (unheld && (kind == BlockKind::kObject || kind == BlockKind::kMessage)) {
        free_locked(number);
    } else if (unheld && is_queue(kind)) {
        queue = true;
        block.generation.store(block.generation.load() + 1);  // no handle finds it any more
        block.owner.store(members_.me());
    }
    release(header_->allocator);
    if (queue) destroy_queue(number);
}

// In our hands, found by no handle. All that is at home in it goes first, so that whoever finishes
// this after us still knows what to look for.
void Arena::destroy_queue(std::uint32_t number) {
    std::vector<std::uint32_t> forgotten;
    acquire_always(header_->queues, members_);
    if (auto queue = queue_at(*this, number); queue != nullptr) {
        members_.begin_move();
        queue->lock_all();
        forgotten = queue->forget_references();
        queue->unlock_all();
        members_.end_move();
    }
    std::uint32_t count = header_->block_count.load();
    for (std::uint32_t other = 0; other < count; ++other) {
        BlockEntry& block = blocks_[other];
        if (block.home.load() == number + 1 && block.kind.load() != BlockKind::kFree) free(other);
    }
    free(number);
    release(header_->queues);
    for (std::uint32_t other : forgotten) free_if_unheld(other);  // may be a queue as well
}

void Arena::bury(std::uint32_t slot) {
    if (members_.slot_at(slot).moving.load() != 0) count_anew();
    // The owner that only this burial is: nobody alive has the slot, and if we die the next burial
    // goes on.
    OwnerId grave = owner_id(slot, members_.slot_at(slot).generation.load());
    std::uint32_t count = header_->block_count.load();
    for (std::uint32_t number = 0; number < count; ++number) {
        BlockEntry& block = blocks_[number];
        if (block.kind.load() == BlockKind::kFree) continue;
        clear_bit(block, slot);
        OwnerId owner = block.owner.load();
        if (owner == 0 || slot_of(owner) != slot) {
            free_if_unheld(number);
        } else if (block.owner.compare_exchange_strong(owner, grave)) {
            bury_block(number, grave);
        }
    }
}

// Somebody died while he counted references. With all queues locked nobody else does, and what is
// there is counted. Always in the order of their numbers, and nobody who has one waits for another:
// this cannot lock up.
void Arena::count_anew() {
    std::vector<std::unique_ptr<MessageQueue>> queues;
    acquire_always(header_->queues, members_);
    std::uint32_t count = header_->block_count.load();
    for (std::uint32_t number = 0; number < count; ++number) {
        if (auto queue = queue_at(*this, number); queue != nullptr)
            queues.push_back(std::move(queue));
    }
    for (auto& queue : queues) queue->lock_all();
    std::unordered_map<std::uint32_t, std::uint32_t> counted;
    for (auto& queue : queues) queue->count_references(&counted);
    // One store each: whoever drops a block meanwhile must never see fewer than there are.
    for (std::uint32_t number = 0; number < count; ++number) {
        auto found = counted.find(number);
        std::uint64_t before = blocks_[number].queued.load();
        std::uint32_t now = found == counted.end() ? 0 : found->second;
        if (times_queued(before) != now)
            blocks_[number].queued.store(((before >> 32) + 1) << 32 | now);
    }
    for (auto& queue : queues) queue->unlock_all();
    release(header_->queues);
}

// A consumer may take the block while we look: then it is no longer ours, and his to free. And the
// queue that it was meant for may be destroyed, but not while we have the lock.
void Arena::bury_block(std::uint32_t number, OwnerId grave) {
    BlockEntry& block = blocks_[number];
    std::uint32_t home = block.home.load();
    if (home != 0) {
        acquire_always(header_->queues, members_);
        auto queue = queue_at(*this, home - 1);
        if ((queue == nullptr || !queue->refers_to(number)) && block.owner.load() == grave)
            bury_unreferred(number);
        release(header_->queues);
    } else if (block.owner.load() == grave) {
        bury_unreferred(number);
    }
    block.owner.compare_exchange_strong(grave, 0);
}

void Arena::bury_unreferred(std::uint32_t number) {
    BlockEntry& block = blocks_[number];
    block.home.store(0);
    if (has_holder(block) || times_queued(block.queued.load()) != 0) return;
    if (is_queue(block.kind.load())) return destroy_queue(number);  // it has no home
    free(number);
}

int Arena::bury_dead() {
    std::lock_guard guard(burial_);
    return bury_all();
}

int Arena::bury_all() {
    if (members_.me() == 0) return 0;
    int buried = 0;
    for (std::uint32_t slot = 0; slot < kMaxProcesses; ++slot) {
        if (!members_.begin_burial(slot)) continue;
        bury(slot);
        members_.end_burial(slot);
        ++buried;
    }
    return buried;
}

}  // namespace anypickle
