// The consumers' end of a ring.
#include <algorithm>

#include "anypickle/os.h"
#include "anypickle/ring.h"
#include "ring_layout.h"

namespace anypickle {

namespace {
constexpr std::uint64_t kSpinFor = 15'000;  // nanoseconds: about what a sleep and a wake cost
constexpr int kMostLuck = 8;
}  // namespace

// Empties a segment that has a successor. It is in our hands before the chain leaves it: killed in
// between, a burial finds it and looks on which side of the step we were.
Outcome Ring::advance(SegmentHeader* from) {
    RingEnd& head = header_->head;
    std::uint32_t old = head.segment.load();
    std::uint32_t next = from->next.load() - 1;
    std::uint32_t expected = old;
    header_->tail.segment.compare_exchange_strong(expected,
                                                  next);  // if the producer died after the link
    arena_->entry(old)->owner.store(arena_->members().me());
    head.segment.store(next);
    arena_->free(old);
    return Outcome::kDone;
}

Outcome Ring::front(std::optional<Record>* record) {
    RingEnd& head = header_->head;
    std::uint64_t position = head.position.load(std::memory_order_relaxed);
    std::uint64_t end = header_->tail.position.load(std::memory_order_acquire);
    if (position == end) return Outcome::kEmpty;
    if (position > end) return damage();
    std::uint32_t number = head.segment.load(std::memory_order_relaxed);
    SegmentHeader* first = segment(number);
    if (first == nullptr) return damage();
    if (std::uint32_t next = first->next.load(std::memory_order_acquire); next != 0) {
        SegmentHeader* following = segment(next - 1);
        if (following == nullptr) return damage();
        if (following->base == position) {
            advance(first);
            first = following;
            number = next - 1;
        }
    }
    *record = Record::at(first, room_in(number), position);
    return *record ? Outcome::kDone : damage();
}

Outcome Ring::take_front(const Record& record, Message* message) {
    RingEnd& head = header_->head;
    message->in_block = record.in_block();
    BlockEntry* entry = nullptr;
    if (message->in_block) {
        InBlock target = record.target();
        entry = arena_->entry(target.block.number);
        if (entry == nullptr || entry->kind.load() != BlockKind::kMessage ||
            entry->generation.load() != target.block.generation ||
            arena_->data(target.block.number) == nullptr ||
            target.length > arena_->size_of(target.block.number)) {
            return damage();
        }
        message->block = target.block;
        message->length = target.length;
        entry->owner.store(arena_->members().me());
    } else {
        message->length = record.payload_length();
        if (message->length > message->bytes.size()) message->bytes.resize(message->length);
        if (message->length != 0)  // else there may be no memory at all
            std::memcpy(message->bytes.data(), record.payload(), message->length);
    }
    message->references.clear();
    if (record.references() != 0) return take_references(record, message, entry);
    commit(head, head.position.load(std::memory_order_relaxed) + record.room(),
           head.count.load(std::memory_order_relaxed) + 1);
    if (entry != nullptr) entry->home.store(0);
    return Outcome::kDone;
}

// They are alive as long as the record counts; we hold them before it stops to count.
Outcome Ring::take_references(const Record& record, Message* message, BlockEntry* entry) {
    RingEnd& head = header_->head;
    for (std::size_t i = 0; i < record.references(); ++i) {
        Block block = record.reference(i);
        if (arena_->data(block.number) == nullptr) return damage();
        message->references.push_back(block);
    }
    arena_->members().begin_move();
    for (const Block& block : message->references) arena_->hold_queued(block.number);
    commit(head, head.position.load() + record.room(), head.count.load() + 1);
    for (const Block& block : message->references)
        arena_->entry(block.number)->queued.fetch_add(kQueuedOnceLess);
    if (entry != nullptr) entry->home.store(0);
    arena_->members().end_move();
    return Outcome::kDone;
}

Outcome Ring::try_take(Message* message, std::uint64_t slice) {
    RingEnd& head = header_->head;
    if (head.position.load(std::memory_order_relaxed) ==
        header_->tail.position.load(std::memory_order_acquire)) {
        return header_->closed.load() != 0 ? Outcome::kShutDown : Outcome::kEmpty;
    }
    Outcome end = lock_end(head, slice);
    if (end != Outcome::kDone) return end;
    std::optional<Record> record;
    end = front(&record);
    if (end == Outcome::kDone) end = take_front(*record, message);
    unlock(head);
    if (end == Outcome::kDone && capacity() != 0) header_->not_full.notify(1);
    if (end == Outcome::kEmpty && header_->closed.load() != 0) return Outcome::kShutDown;
    return end;
}

// Worth it only if a producer runs on another processor meanwhile. How often it paid off lately
// decides.
bool Ring::spin_for_message() {
    static const bool worthwhile = os::usable_cpus() > 1;
    if (!worthwhile) return false;
    int luck = spin_luck_.load(std::memory_order_relaxed);
    if (luck <= 0) {
        spin_luck_.store(luck <= -16 ? 1 : luck - 1, std::memory_order_relaxed);
        return false;
    }
    std::uint64_t until = os::now() + kSpinFor;
    do {
        for (int i = 0; i < 16; ++i) {
            if (header_->head.position.load(std::memory_order_relaxed) !=
                header_->tail.position.load(std::memory_order_acquire)) {
                spin_luck_.store(std::min(luck + 1, kMostLuck), std::memory_order_relaxed);
                return true;
            }
            os::pause();
        }
    } while (os::now() < until);
    spin_luck_.store(luck - 1, std::memory_order_relaxed);
    return false;
}

Outcome Ring::wait_for_message(Deadline deadline) {
    if (deadline != 0 && spin_for_message()) return Outcome::kDone;
    return MessageQueue::wait_for_message(deadline);
}

Outcome Ring::take(Message* message, Deadline deadline) {
    for (;;) {
        Outcome end = try_take(message, kWaitSlice);
        if (end != Outcome::kEmpty) return end;
        end = wait_for_message(deadline);
        if (end != Outcome::kDone) return end;
    }
}

Outcome Ring::shut_down(bool now) {
    Outcome end = lock_end(header_->tail, kWaitSlice);
    if (end != Outcome::kDone) return end;
    header_->closed.store(now ? kShutDownNow : std::max(header_->closed.load(), kShutDown));
    unlock(header_->tail);
    if (now) {
        Message message;
        while ((end = try_take(&message, kWaitSlice)) == Outcome::kDone ||
               end == Outcome::kInterrupted) {
            if (end == Outcome::kInterrupted) continue;
            if (message.in_block) arena_->free(message.block.number);
            for (const Block& block : message.references) arena_->drop(block.number);
            task_done();
        }
    }
    wake_all();
    return end == Outcome::kDamaged ? end : Outcome::kDone;
}

}  // namespace anypickle
