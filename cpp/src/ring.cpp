// What both ends of a ring share: making one, its ends, their repair, waiting, and being asked by a
// burial.
#include "anypickle/ring.h"

#include <algorithm>
#include <new>

#include "anypickle/os.h"
#include "ring_layout.h"

namespace anypickle {

Outcome Ring::create(Arena& arena, std::uint64_t capacity, Block* block) {
    Outcome made = arena.allocate(sizeof(RingHeader), BlockKind::kObject, block);
    if (made != Outcome::kDone) return made;
    Block first;
    made = arena.allocate(kFirstSegment, BlockKind::kSegment, &first);
    if (made != Outcome::kDone) {
        arena.free(block->number);
        return made;
    }
    auto* header = new (arena.data(block->number)) RingHeader{};
    header->magic = kRingMagic;
    header->capacity.store(capacity);
    header->tail.segment.store(first.number);
    header->head.segment.store(first.number);
    auto* segment = new (arena.data(first.number)) SegmentHeader{};
    segment->magic = kSegmentMagic;
    arena.entry(block->number)->kind.store(BlockKind::kRing);  // from here on burials look into it
    // In this order: killed in between, the segment is freed with its ring or for itself.
    arena.entry(first.number)->home.store(block->number + 1);
    arena.entry(first.number)->owner.store(0);
    return Outcome::kDone;
}

Ring::Ring(Arena& arena, std::uint32_t number)
    : MessageQueue(arena, number), header_(static_cast<RingHeader*>(gate_)) {}

bool Ring::valid() const { return header_ != nullptr && header_->magic == kRingMagic; }

// Whoever died at this end moved it or did not; only the count may lag behind, and the way to the
// last segment.
void Ring::repair(RingEnd& end) {
    std::uint64_t position = end.position.load();
    if (end.pending_position.load() == position) end.count.store(end.pending_count.load());
    end.pending_count.store(end.count.load());
    end.pending_position.store(position);
    if (&end != &header_->tail) return;
    for (std::uint64_t steps = 0; steps < arena_->header().max_blocks; ++steps) {
        SegmentHeader* last = segment(end.segment.load());
        std::uint32_t next = last == nullptr ? 0 : last->next.load();
        if (next == 0) return;
        end.segment.store(next - 1);
    }
}

Outcome Ring::lock_end(RingEnd& end, std::uint64_t slice) {
    Outcome locked = acquire(end.lock, arena_->members(), kForever, slice);
    if (locked == Outcome::kOwnerDied) {
        repair(end);
        locked = Outcome::kDone;
    }
    if (locked == Outcome::kDone && header_->damaged.load(std::memory_order_relaxed) != 0) {
        unlock(end);
        return Outcome::kDamaged;
    }
    return locked;
}

// The position is the commitment. `pending` first: equal to the position it says what the count
// must be.
void Ring::commit(RingEnd& end, std::uint64_t position, std::uint64_t count) {
    end.pending_position.store(position, std::memory_order_release);
    end.pending_count.store(count, std::memory_order_release);
    end.position.store(position, std::memory_order_release);
    end.count.store(count, std::memory_order_release);
}

SegmentHeader* Ring::segment(std::uint32_t number) const {
    const BlockEntry* block = arena_->entry(number);
    if (block == nullptr || block->kind.load(std::memory_order_relaxed) != BlockKind::kSegment)
        return nullptr;
    auto* segment = reinterpret_cast<SegmentHeader*>(arena_->data(number));
    return segment != nullptr && segment->magic == kSegmentMagic ? segment : nullptr;
}

std::uint64_t Ring::room_in(std::uint32_t number) const {
    return arena_->size_of(number) - sizeof(SegmentHeader);
}

std::uint64_t count_of(const RingEnd& end) {
    for (;;) {
        std::uint64_t position = end.position.load();
        std::uint64_t pending = end.pending_position.load();
        std::uint64_t count = pending == position ? end.pending_count.load() : end.count.load();
        if (end.position.load() == position && end.pending_position.load() == pending) return count;
    }
}

std::uint64_t Ring::size() const {
    std::uint64_t taken = count_of(header_->head);  // first: the difference is never negative
    return count_of(header_->tail) - taken;
}

std::uint64_t Ring::ever_put() const { return count_of(header_->tail); }

void Ring::lock_all() {
    if (acquire_always(header_->tail.lock, arena_->members())) repair(header_->tail);
    if (acquire_always(header_->head.lock, arena_->members())) repair(header_->head);
}

void Ring::unlock_all() {
    unlock(header_->head);
    unlock(header_->tail);
}

// Calls visit(number of a segment, null) for the chain and visit(number, record) for what is in it,
// until it says stop.
template <class Visit>
void Ring::visit_records(Visit&& visit) {
    std::uint64_t position = header_->head.position.load();
    std::uint64_t end = header_->tail.position.load();
    std::uint32_t number = header_->head.segment.load();
    std::uint32_t segments_left =
        arena_->header().max_blocks;  // a damaged chain may lead back to itself
    for (SegmentHeader* at = segment(number); at != nullptr && segments_left != 0;
         at = segment(number)) {
        --segments_left;
        if (!visit(number, nullptr)) return;
        std::uint32_t next = at->next.load();
        SegmentHeader* following = next == 0 ? nullptr : segment(next - 1);
        std::uint64_t stop = following == nullptr ? end : following->base;
        while (position < stop) {
            const std::optional<Record> record = Record::at(at, room_in(number), position);
            if (!record || !visit(number, &*record)) return;
            position += record->room();
        }
        if (following == nullptr) return;
        number = next - 1;
    }
}

bool Ring::consists_of(std::uint32_t block) {
    bool found = false;
    visit_records([&](std::uint32_t number, const Record* record) {
        if (record == nullptr) {
            found = number == block;
        } else {
            found = record->in_block() && record->target().block.number == block;
        }
        return !found;
    });
    return found;
}

void Ring::count_references(std::unordered_map<std::uint32_t, std::uint32_t>* counts) {
    visit_records([&](std::uint32_t, const Record* record) {
        for (std::size_t i = 0; record != nullptr && i < record->references(); ++i) {
            ++(*counts)[record->reference(i).number];
        }
        return true;
    });
}

std::vector<std::uint32_t> Ring::forget_references() {
    std::vector<std::uint32_t> forgotten;
    visit_records([&](std::uint32_t, const Record* record) {
        for (std::size_t i = 0; record != nullptr && i < record->references(); ++i) {
            forget(record->reference(i), &forgotten);
        }
        return true;
    });
    header_->head.position.store(header_->tail.position.load());
    return forgotten;
}

}  // namespace anypickle
