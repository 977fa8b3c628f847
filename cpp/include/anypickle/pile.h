// A queue of messages that gives out the last one first, or the least one.
//
//     Pile pile(arena, number);
//     pile.write(parts, references, key, &block);                 // no lock is held yet
//     pile.try_put(block, slice, order);                          // kDone: the message is there
//     pile.try_take(&message, slice, order);                      // kDone: it is ours
//
// Each message lies in a block of its own; the pile is an array of their names, in the order in
// which they came (kLast) or as a binary heap (kLeast, as heapq has it). A change is first written
// down as a plan: which places of the array get which names. Then one store to `state` makes it
// true: it changes the size and says that the plan is to be carried out. Whoever takes the lock
// over from the dead carries it out, as often as need be.
//
// What is least only the caller can tell, and his code may take long, raise, or be killed. So it
// runs before anything is changed, with a lock of its own (`sorting`) that keeps others from
// changing the order meanwhile, and that no burial wants.
//
// Threading: any thread of any member. Invariant: the first `size` places name messages whose home
// is this pile, once the plan is carried out; those of kLeast are a heap.
#pragma once

#include <array>

#include "anypickle/lock.h"
#include "anypickle/message_queue.h"

namespace anypickle {

/// Says which of two messages is to come out first.
class PileOrder {
  public:
    enum class Answer { kNo, kYes, kFailed };
    virtual ~PileOrder() = default;
    /// Whether `one` is less than `other`. Neither is freed or moved meanwhile.
    virtual Answer less(Block one, Block other) = 0;
};

struct PileMessage;

struct PileHeader : Gate {
    static constexpr std::size_t kMostSteps = 40;  // a path through a heap of 2^32
    struct Step {
        std::atomic<std::uint64_t> place;
        std::atomic<std::uint64_t> name;
    };
    std::uint32_t rule;
    alignas(64) LockWord sorting;
    std::atomic<std::uint64_t> sorter;   // owner << 32 | thread, 0 while nobody sorts
    alignas(64) LockWord lock;           // of everything below
    std::atomic<std::uint64_t> index;    // number of the array's block
    std::atomic<std::uint64_t> state;    // size << 32 | times changed << 1 | there is a plan
    std::atomic<std::uint64_t> put;      // messages ever put, once the plan is carried out
    std::atomic<std::uint64_t> planned;  // the same after the plan
    std::atomic<std::uint32_t> steps;
    std::array<Step, kMostSteps> plan;
};

class Pile final : public MessageQueue {
  public:
    enum class Rule : std::uint32_t { kLast = 1, kLeast = 2 };

    /// A new pile in our hands; publish its block when it is ready to be held.
    static Outcome create(Arena& arena, Rule rule, std::uint64_t capacity, Block* block);

    Pile(Arena& arena, std::uint32_t number);

    [[nodiscard]] bool valid() const override;
    [[nodiscard]] Rule rule() const { return static_cast<Rule>(header_->rule); }

    /// A message in a block in our hands, to put or to free. `key` is for who compares.
    Outcome write(std::span<const Part> parts, References references, Part key, Block* block);

    /// What was written: of a message in the pile while we sort, or of one in our hands. False if
    /// it was overwritten.
    bool read(Block block, Part* message, Part* key) const;
    /// Whether it refers to other blocks.
    [[nodiscard]] bool refers(Block block) const;

    /// Before messages are put into or taken out of a pile of kLeast: kDone, kInterrupted,
    /// kDamaged, or kReentered from within a comparison. Not needed for the others.
    Outcome begin_sorting(std::uint64_t slice);
    void end_sorting();
    /// Whether this thread does; not the child that it forked in the middle of a comparison.
    [[nodiscard]] bool sorts() const;

    /// Waits until nobody has the lock: kDone, kInterrupted, kDamaged.
    Outcome await_lock(std::uint64_t slice);

    /// Never waits for room or a message, and for a lock at most `slice`: kDone, kFull, kShutDown,
    /// kNoMemory, kDamaged, kInterrupted, kIncomparable, kReentered (we do not sort). On kDone the
    /// block is the pile's.
    Outcome try_put(Block block, std::uint64_t slice, PileOrder* order);

    /// As above; kEmpty when there is nothing.
    Outcome try_take(Message* message, std::uint64_t slice, PileOrder* order);

    [[nodiscard]] std::uint64_t size() const override { return header_->state.load() >> 32; }
    [[nodiscard]] std::uint64_t ever_put() const override;
    Outcome shut_down(bool now) override;

    void lock_all() override;
    void unlock_all() override { unlock(); }
    bool consists_of(std::uint32_t block) override;
    void count_references(std::unordered_map<std::uint32_t, std::uint32_t>* counts) override;
    std::vector<std::uint32_t> forget_references() override;
    [[nodiscard]] PileHeader* header() const { return header_; }

  private:
    struct Path;
    enum class Change { kPut, kTake };

    Outcome lock(std::uint64_t slice);
    void unlock() { release(header_->lock); }
    void carry_out();
    void commit(const Path& path, Change change);

    [[nodiscard]] std::atomic<std::uint64_t>* places(std::uint64_t count) const;
    [[nodiscard]] std::uint64_t room() const;
    Outcome fit(std::uint64_t size);

    Outcome path_in(Block block, PileOrder* order, Path* path) const;
    Outcome path_out(PileOrder* order, Path* path) const;
    Outcome finish_put(const Path& path, const PileMessage& message);
    Outcome finish_take(const Path& path, Message* message);
    Outcome throw_away();

    PileHeader* header_;
};

}  // namespace anypickle
