// A queue of messages in shared memory, for any number of producers and consumers.
//
//     Ring ring(arena, number);
//     ring.put(parts, deadline);                  // when it returns kDone the message is there,
//     whoever dies ring.take(&message, deadline);              // kDone: it is ours, nobody else
//     gets it
//
// A chain of segments that are filled from front to back and never reused in place: a full one is
// followed by a fresh (recycled) one, an emptied one is freed. Two locks, so that the two ends do
// not meet. A producer writes the record behind the end, then moves the end over it: that one store
// commits it. A consumer copies the record, then moves the front over it: that one store takes it.
// Position and count move together by a pair of `pending` words: the count belongs to the position
// if they agree (docs/shared-memory.md has the crash points).
//
// Small messages lie in the record; large ones in a block of their own, written before any lock is
// taken, and handed to the consumer without copying.
//
// Threading: any thread of any member. Invariant: front <= end; every record between them is whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "anypickle/lock.h"
#include "anypickle/message_queue.h"

namespace anypickle {

/// One end: where it stands and how many messages have passed it, in all its life.
struct RingEnd {
    LockWord lock;
    std::atomic<std::uint32_t> segment;  // block number
    std::atomic<std::uint64_t> position;
    std::atomic<std::uint64_t> count;
    std::atomic<std::uint64_t> pending_position;
    std::atomic<std::uint64_t> pending_count;
};

struct RingHeader : Gate {
    alignas(64) RingEnd tail;
    alignas(64) RingEnd head;
};

struct alignas(64) SegmentHeader {
    std::uint64_t magic;
    std::uint64_t base;               // position of the first record
    std::atomic<std::uint32_t> next;  // number + 1; set once, after which nothing is added here
};

struct RecordHeader {
    std::uint32_t length;      // bytes that follow, references included
    std::uint16_t kind;        // kInline or kInBlock
    std::uint16_t references;  // blocks named before the message, kept alive by this record
    std::uint64_t stamp;       // made of the position: a record that is none is not taken for one
};

class Record;

class Ring final : public MessageQueue {
  public:
    static constexpr std::uint64_t kInlineLimit = 16 * 1024;

    /// A new ring in our hands; publish its block when it is ready to be held.
    static Outcome create(Arena& arena, std::uint64_t capacity, Block* block);

    Ring(Arena& arena, std::uint32_t number);

    [[nodiscard]] bool valid() const override;

    /// Never waits for room and, with `slice` 0, not even for the lock: kDone, kFull, kShutDown,
    /// kNoMemory, kDamaged, or kInterrupted (a signal, or the lock was not to be had within the
    /// slice).
    Outcome try_put(std::span<const Part> parts, std::uint64_t slice, References references = {});

    /// As above; kEmpty when there is nothing.
    Outcome try_take(Message* message, std::uint64_t slice);

    /// Wait for room, for a message: also kTimedOut. kInterrupted comes at least every kWaitSlice:
    /// call again.
    Outcome put(std::span<const Part> parts, Deadline deadline, References references = {});
    Outcome take(Message* message, Deadline deadline);

    /// A message that was written into a block beforehand (allocated as kMessage, in our hands);
    /// longer than kInlineLimit goes this way. On kDone the block is the ring's.
    Outcome try_put_block(Block block, std::uint64_t length, std::uint64_t slice,
                          References references = {});
    Outcome put_block(Block block, std::uint64_t length, Deadline deadline,
                      References references = {});

    /// Looks for a little while before it sleeps.
    Outcome wait_for_message(Deadline deadline) override;

    /// Many at once under one lock, each of at most kInlineLimit bytes; `placed` says how many
    /// there was room for.
    Outcome try_put_many(std::span<const Part> messages, std::size_t* placed, std::uint64_t slice);

    /// Before a block is allocated for a large message while consumers are behind: gives them the
    /// time to free one that writing into fresh pages would cost. Fresh memory is about seven times
    /// slower than memory in use.
    void let_consumers_free(std::uint64_t bytes);

    [[nodiscard]] std::uint64_t size() const override;
    [[nodiscard]] std::uint64_t ever_put() const override;
    Outcome shut_down(bool now) override;

    void lock_all() override;
    void unlock_all() override;
    bool consists_of(std::uint32_t block) override;
    void count_references(std::unordered_map<std::uint32_t, std::uint32_t>* counts) override;
    std::vector<std::uint32_t> forget_references() override;
    [[nodiscard]] RingHeader* header() const { return header_; }

  private:
    Outcome lock_end(RingEnd& end, std::uint64_t slice);
    void unlock(RingEnd& end) { release(end.lock); }
    void repair(RingEnd& end);
    void commit(RingEnd& end, std::uint64_t position, std::uint64_t count);
    [[nodiscard]] SegmentHeader* segment(std::uint32_t number) const;
    [[nodiscard]] std::uint64_t room_in(std::uint32_t segment) const;

    Outcome lock_to_put(std::uint64_t slice);
    Outcome place(std::uint16_t kind, std::span<const Part> parts, std::uint64_t length,
                  References references);
    template <class Visit>
    void visit_records(Visit&& visit);
    Outcome grow(SegmentHeader* last);

    Outcome front(std::optional<Record>* record);
    Outcome take_front(const Record& record, Message* message);
    Outcome take_references(const Record& record, Message* message, BlockEntry* entry);
    Outcome advance(SegmentHeader* from);
    bool spin_for_message();

    RingHeader* header_;
    std::atomic<int> spin_luck_{4};
    std::atomic<int> warm_luck_{4};
    std::atomic<std::uint64_t> taken_before_{0};
};

}  // namespace anypickle
