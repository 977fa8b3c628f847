// What queues of messages have in common, in whatever order they give them out: Ring and Pile.
//
//     std::unique_ptr<MessageQueue> queue = queue_at(arena, number);      // whichever lies there
//     queue->wait_for_message(deadline);                                  // kDone: look again
//     queue->task_done();
//
// Who waits, for what, and how a burial looks into a queue. How messages go in and out is each
// queue's own.
//
// Threading: any thread of any member. Invariant: `done` <= messages ever put.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "anypickle/arena.h"
#include "anypickle/eventcount.h"

namespace anypickle {

using Part = std::span<const std::byte>;

/// A message that was taken: its bytes, or a block that is now in our hands.
struct Message {
    std::vector<std::byte> bytes;
    std::uint64_t length = 0;
    bool in_block = false;
    Block block;
    std::vector<Block> references;  // held by this process once each, for us to drop
};

/// What a message refers to: blocks that stay alive while it is in a queue, whoever else drops
/// them.
using References = std::span<const Block>;

/// The part of a queue's header that says who may come in and who waits.
struct Gate {
    std::uint64_t magic;
    std::atomic<std::uint64_t> capacity;  // messages, 0 is unbounded
    std::atomic<std::uint32_t> closed;    // kShutDown, kShutDownNow
    std::atomic<std::uint32_t> damaged;
    alignas(64) EventCount not_empty;
    alignas(64) EventCount not_full;
    alignas(64) EventCount all_done;
    std::atomic<std::uint64_t> done;  // task_done() calls
};

class MessageQueue {
  public:
    static constexpr std::uint32_t kShutDown = 1;
    static constexpr std::uint32_t kShutDownNow = 2;
    static constexpr std::uint64_t kWaitSlice = EventCount::kWaitSlice;
    static constexpr std::size_t kMostReferences = 1024;

    /// `number` is the block of a queue that this process holds.
    MessageQueue(Arena& arena, std::uint32_t number);
    virtual ~MessageQueue() = default;
    MessageQueue(const MessageQueue&) = delete;
    MessageQueue& operator=(const MessageQueue&) = delete;

    /// False if the block cannot be such a queue.
    [[nodiscard]] virtual bool valid() const = 0;

    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// Messages that were put in all its life.
    [[nodiscard]] virtual std::uint64_t ever_put() const = 0;
    [[nodiscard]] std::uint64_t unfinished() const;
    [[nodiscard]] std::uint64_t capacity() const { return gate_->capacity.load(); }
    void set_capacity(std::uint64_t capacity);
    [[nodiscard]] bool full() const { return capacity() != 0 && size() >= capacity(); }
    [[nodiscard]] std::uint32_t closed() const { return gate_->closed.load(); }

    /// Sleeps until there may be room, or a message: kDone (look again), kTimedOut, kInterrupted.
    Outcome wait_for_room(Deadline deadline);
    virtual Outcome wait_for_message(Deadline deadline);

    /// False if it was called more often than messages were put.
    bool task_done();
    /// kDone when nothing is unfinished, kShutDown, kTimedOut, kInterrupted.
    Outcome wait_all_done(Deadline deadline);

    /// Puts fail from now on; `now` also throws away what is there. kDone, kInterrupted, kDamaged.
    virtual Outcome shut_down(bool now) = 0;

    // --- for burials, which lock all queues before they count ---

    virtual void lock_all() = 0;
    virtual void unlock_all() = 0;
    /// With the locks: whether the queue consists of the block, or has a message in it.
    virtual bool consists_of(std::uint32_t block) = 0;
    /// With the locks: adds one for each reference of each message.
    virtual void count_references(std::unordered_map<std::uint32_t, std::uint32_t>* counts) = 0;
    /// With the locks: gives the references up, and says whose; whoever goes on after us counts
    /// none of them.
    virtual std::vector<std::uint32_t> forget_references() = 0;

    bool refers_to(std::uint32_t block);

  protected:
    Outcome damage();
    /// Wakes everybody who waits for anything.
    void wake_all();

    // A block with a message on its way into the queue: killed in between, a burial asks the queue
    // whether it is there.
    void offer(BlockEntry& entry);
    void settle(BlockEntry& entry, bool accepted);

    /// Gives up `queued` of a block; it is freed by who looks after it.
    void forget(Block block, std::vector<std::uint32_t>* forgotten);

    Arena* arena_;
    std::uint32_t number_;
    Gate* gate_;
};

/// The queue in a block, or null if there is none.
std::unique_ptr<MessageQueue> queue_at(Arena& arena, std::uint32_t number);

}  // namespace anypickle
