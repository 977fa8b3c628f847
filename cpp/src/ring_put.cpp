// The producers' end of a ring.
#include <algorithm>
#include <new>

#include "anypickle/os.h"
#include "anypickle/ring.h"
#include "ring_layout.h"

namespace anypickle {

namespace {
constexpr std::uint64_t kFreshPicosecondsPerByte = 600;
constexpr std::uint64_t kLeastPatience = 50'000;
constexpr std::uint64_t kMostPatience = 5'000'000;
constexpr std::uint64_t kFewest = 4;  // messages, and
constexpr std::uint64_t kCacheful =
    2 << 20;  // bytes that may lie in a queue before its producers wait
constexpr std::uint64_t kYieldFor = 20'000;
constexpr std::int64_t kNap = 50'000;
constexpr int kRetryAfter = 16;
constexpr int kMostLuck = 8;
}  // namespace

Outcome Ring::lock_to_put(std::uint64_t slice) {
    if (full()) return header_->closed.load() != 0 ? Outcome::kShutDown : Outcome::kFull;
    Outcome locked = lock_end(header_->tail, slice);
    if (locked != Outcome::kDone) return locked;
    Outcome refused = Outcome::kDone;
    if (header_->closed.load() != 0)
        refused = Outcome::kShutDown;
    else if (full())
        refused = Outcome::kFull;
    if (refused != Outcome::kDone) unlock(header_->tail);
    return refused;
}

// The link is the one store that makes the new segment part of the chain; the way to it is found
// again by repair().
Outcome Ring::grow(SegmentHeader* last) {
    RingEnd& tail = header_->tail;
    std::uint32_t old = tail.segment.load();
    bool behind = header_->head.segment.load() != old;
    std::uint64_t size = std::clamp(arena_->size_of(old), kFirstSegment, kLargestSegment);
    if (behind) size = std::min(size * 2, kLargestSegment);
    Block fresh;
    // No burial here: it would want the lock that we hold.
    if (arena_->allocate(size, BlockKind::kSegment, &fresh, false) != Outcome::kDone)
        return Outcome::kNoMemory;
    BlockEntry* entry = arena_->entry(fresh.number);
    entry->home.store(number_ + 1);
    auto* segment = new (arena_->data(fresh.number)) SegmentHeader{};
    segment->magic = kSegmentMagic;
    segment->base = tail.position.load();
    last->next.store(fresh.number + 1, std::memory_order_release);
    entry->owner.store(0);
    tail.segment.compare_exchange_strong(old, fresh.number);  // a consumer may have been faster
    return Outcome::kDone;
}

Outcome Ring::place(std::uint16_t kind, std::span<const Part> parts, std::uint64_t length,
                    References references) {
    RingEnd& tail = header_->tail;
    length += references.size_bytes();
    std::uint64_t need = room_for(length);
    std::uint64_t position = tail.position.load(std::memory_order_relaxed);
    std::uint32_t number = tail.segment.load(std::memory_order_relaxed);
    SegmentHeader* last = segment(number);
    if (last == nullptr) return damage();
    const std::uint64_t base = last->base;  // read once: it is in shared memory
    std::uint64_t offset = position - base;
    if (position < base || offset % 16 != 0) return damage();
    std::uint64_t room = room_in(number);
    if (offset > room || need > room - offset) {
        Outcome grown = grow(last);
        if (grown != Outcome::kDone) return grown;
        number = tail.segment.load();
        last = segment(number);
        if (last == nullptr || last->base != position || need > room_in(number)) return damage();
        offset = 0;
    }
    auto* record = reinterpret_cast<RecordHeader*>(first_record(last) + offset);
    record->length = static_cast<std::uint32_t>(length);
    record->kind = kind;
    record->references = static_cast<std::uint16_t>(references.size());
    record->stamp = stamp_of(position);
    auto* target = reinterpret_cast<std::byte*>(record + 1);
    if (!references.empty()) std::memcpy(target, references.data(), references.size_bytes());
    target += references.size_bytes();
    for (const Part& part : parts) {
        if (!part.empty()) std::memcpy(target, part.data(), part.size());
        target += part.size();
    }
    for (const Block& block : references)
        arena_->entry(block.number)->queued.fetch_add(kQueuedOnceMore);
    commit(tail, position + need, tail.count.load(std::memory_order_relaxed) + 1);
    return Outcome::kDone;
}

Outcome Ring::try_put(std::span<const Part> parts, std::uint64_t slice, References references) {
    std::uint64_t length = 0;
    for (const Part& part : parts) length += part.size();
    if (length > kInlineLimit || references.size() > kMostReferences) return Outcome::kNoMemory;
    for (int attempt = 0;; ++attempt) {
        Outcome end = lock_to_put(slice);
        if (end != Outcome::kDone) return end;
        if (!references.empty()) arena_->members().begin_move();
        end = place(kInline, parts, length, references);
        if (!references.empty()) arena_->members().end_move();
        unlock(header_->tail);
        if (end == Outcome::kDone) header_->not_empty.notify(1);
        if (end != Outcome::kNoMemory || attempt != 0 || arena_->bury_dead() == 0) return end;
    }
}

Outcome Ring::try_put_many(std::span<const Part> messages, std::size_t* placed,
                           std::uint64_t slice) {
    *placed = 0;
    Outcome end = lock_to_put(slice);
    if (end != Outcome::kDone) return end;
    for (const Part& message : messages) {
        if (*placed != 0 && full()) break;
        end = place(kInline, {&message, 1}, message.size(), {});
        if (end != Outcome::kDone) break;
        ++*placed;
    }
    unlock(header_->tail);
    if (*placed == 0) return end;
    header_->not_empty.notify(static_cast<int>(std::min<std::size_t>(*placed, 1U << 16)));
    return Outcome::kDone;
}

Outcome Ring::try_put_block(Block block, std::uint64_t length, std::uint64_t slice,
                            References references) {
    if (references.size() > kMostReferences) return Outcome::kNoMemory;
    BlockEntry* entry = arena_->entry(block.number);
    InBlock target = {block, length};
    Part part = std::as_bytes(std::span(&target, 1));
    for (int attempt = 0;; ++attempt) {
        Outcome end = lock_to_put(slice);
        if (end != Outcome::kDone) return end;
        offer(*entry);
        if (!references.empty()) arena_->members().begin_move();
        end = place(kInBlock, {&part, 1}, sizeof target, references);
        if (!references.empty()) arena_->members().end_move();
        settle(*entry, end == Outcome::kDone);
        unlock(header_->tail);
        if (end == Outcome::kDone) header_->not_empty.notify(1);
        if (end != Outcome::kNoMemory || attempt != 0 || arena_->bury_dead() == 0) return end;
    }
}

// Consumers who took something since this process put last will go on: for them it waits longer,
// and whatever came of it before.
void Ring::let_consumers_free(std::uint64_t bytes) {
    std::uint64_t taken = header_->head.count.load(std::memory_order_relaxed);
    bool active = taken_before_.exchange(taken, std::memory_order_relaxed) != taken;
    if (arena_->has_warm(bytes) || size() < std::max(kFewest, kCacheful / bytes)) return;
    int luck = warm_luck_.load(std::memory_order_relaxed);
    if (luck <= 0 && !active) {
        warm_luck_.store(luck <= -kRetryAfter ? 1 : luck - 1, std::memory_order_relaxed);
        return;
    }
    std::uint64_t patience = std::max(bytes * kFreshPicosecondsPerByte / 1000, kLeastPatience);
    std::uint64_t began = os::now();
    std::uint64_t until = began + (active ? kMostPatience : std::min(patience, kMostPatience));
    std::atomic<std::uint32_t> nobody_wakes{0};
    while (!arena_->has_warm(bytes) && size() != 0) {
        std::uint64_t now = os::now();
        if (now >= until) {
            warm_luck_.store(luck - 1, std::memory_order_relaxed);
            return;
        }
        if (now - began < kYieldFor) {
            os::yield();
        } else {  // the processor is theirs
            os::futex_wait(&nobody_wakes, 0, kNap);
        }
    }
    warm_luck_.store(std::min(luck + 1, kMostLuck), std::memory_order_relaxed);
}

Outcome Ring::put(std::span<const Part> parts, Deadline deadline, References references) {
    for (;;) {
        Outcome end = try_put(parts, kWaitSlice, references);
        if (end != Outcome::kFull) return end;
        end = wait_for_room(deadline);
        if (end != Outcome::kDone) return end;
    }
}

Outcome Ring::put_block(Block block, std::uint64_t length, Deadline deadline,
                        References references) {
    for (;;) {
        Outcome end = try_put_block(block, length, kWaitSlice, references);
        if (end != Outcome::kFull) return end;
        end = wait_for_room(deadline);
        if (end != Outcome::kDone) return end;
    }
}

}  // namespace anypickle
