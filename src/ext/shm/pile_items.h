// Comparing the items of a PriorityQueue: by their keys, else as Python objects.
//
//     Sorting sorting(pile);
//     Outcome end = sorting.begin(deadline);             // others wait; nothing is changed yet
//     ItemOrder order(state, self);
//     if (end == Outcome::kDone) end = pile->try_take(&message, 0, &order);
//
// Threading: with the GIL, and while this thread sorts.
#pragma once

#include <Python.h>

#include <unordered_map>

#include "common/ref.h"
#include "shm/queue_object.h"

namespace anypickle::shm {

/// Items that this process has unpickled to compare them; what it takes out it need not unpickle
/// again. Those that hold shared memory, or much memory, are not kept.
class Decoded {
  public:
    /// The item in a message of the pile; null with the error set.
    Ref item(State* state, Pile* pile, Arena* arena, Block block);
    /// The item if it is here, no longer kept.
    Ref give_up(Block block);

  private:
    static constexpr std::uint64_t kLargest = 256 * 1024;
    static constexpr std::uint64_t kMostBytes = 4 * 1024 * 1024;
    void keep(Pile* pile, std::uint64_t name, const Ref& object, std::uint64_t length);

    struct Kept {
        Ref object;
        std::uint64_t length;
    };
    std::unordered_map<std::uint64_t, Kept> kept_;
    std::uint64_t bytes_ = 0;
    std::size_t sweep_at_ = 64;
};

class ItemOrder final : public PileOrder {
  public:
    /// `fresh` is the block in which `item` was written; it is not in the pile yet.
    ItemOrder(State* state, PyObject* queue, Block fresh = {}, PyObject* item = nullptr)
        : state_(state), queue_(queue), fresh_(fresh), item_(item) {}
    Answer less(Block one, Block other) override;

  private:
    Ref item_of(Block block);

    State* state_;
    PyObject* queue_;
    Block fresh_;
    PyObject* item_;
};

/// Sorts from `begin` to its end, if the pile compares at all.
class Sorting {
  public:
    explicit Sorting(Pile* pile) : pile_(pile) {}
    ~Sorting() {
        if (begun_) pile_->end_sorting();
    }
    Sorting(const Sorting&) = delete;
    Sorting& operator=(const Sorting&) = delete;

    /// kDone, kTimedOut, kReentered, kDamaged, or kInterrupted with the error set. A deadline of 0
    /// waits as well: for who sorts, not for items.
    Outcome begin(Deadline deadline);

  private:
    Pile* pile_;
    bool begun_ = false;
};

/// Calls move(slice), which tries to put or take, until no lock is in its way.
template <class Move>
Outcome move_item(Pile* pile, Deadline deadline, Move&& move) {
    if (pile->rule() == Pile::Rule::kLast) {
        Outcome end = move(std::uint64_t{0});
        return end == Outcome::kInterrupted ? wait([&] { return move(kSlice); }) : end;
    }
    Sorting sorting(pile);
    Outcome end = sorting.begin(deadline);
    while (end == Outcome::kDone) {
        end = move(std::uint64_t{0});
        if (end != Outcome::kInterrupted) break;
        end = wait([&] { return pile->await_lock(kSlice); });  // a burial has it
    }
    return end;
}

}  // namespace anypickle::shm
