#include "shm/pile_items.h"

#include <algorithm>

#include "anypickle/os.h"
#include "shm/pile_key.h"

namespace anypickle::shm {
namespace {

std::uint64_t name_of(Block block) {
    return static_cast<std::uint64_t>(block.generation) << 32 | block.number;
}

}  // namespace

void free_decoded(Decoded* decoded) { delete decoded; }

Ref Decoded::item(State* state, Pile* pile, Arena* arena, Block block) {
    auto found = kept_.find(name_of(block));
    if (found != kept_.end()) return found->second.object;
    Part message;
    Part key;
    if (!pile->read(block, &message, &key)) return Ref::steal(raise_outcome(Outcome::kDamaged));
    Ref object = Ref::steal(decode(state, arena, message.data(), message.size(), nullptr));
    if (object && message.size() <= kLargest && !pile->refers(block))
        keep(pile, name_of(block), object, message.size());
    return object;
}

// Those that others took out are dropped when there are twice as many as were good last time.
void Decoded::keep(Pile* pile, std::uint64_t name, const Ref& object, std::uint64_t length) {
    std::vector<Ref> dropped;  // their destructors may come back here: they run at the end
    if (bytes_ + length > kMostBytes || kept_.size() >= sweep_at_) {
        bool all = bytes_ + length > kMostBytes;
        for (auto at = kept_.begin(); at != kept_.end();) {
            Part message;
            Part key;
            Block block = {static_cast<std::uint32_t>(at->first),
                           static_cast<std::uint32_t>(at->first >> 32)};
            if (!all && pile->read(block, &message, &key)) {
                ++at;
                continue;
            }
            bytes_ -= at->second.length;
            dropped.push_back(std::move(at->second.object));
            at = kept_.erase(at);
        }
        sweep_at_ = std::max<std::size_t>(64, 2 * kept_.size());
    }
    kept_.insert_or_assign(name, Kept{object, length});
    bytes_ += length;
}

Ref Decoded::give_up(Block block) {
    auto found = kept_.find(name_of(block));
    if (found == kept_.end()) return {};
    Ref object = std::move(found->second.object);
    bytes_ -= found->second.length;
    kept_.erase(found);
    return object;
}

Ref ItemOrder::item_of(Block block) {
    if (item_ != nullptr && name_of(block) == name_of(fresh_)) return Ref::share(item_);
    QueueObject* queue = queue_object(queue_);
    if (queue->decoded == nullptr) queue->decoded = new Decoded();
    return queue->decoded->item(state_, pile_of(queue_), queue->base.arena, block);
}

PileOrder::Answer ItemOrder::less(Block one, Block other) {
    Pile* pile = pile_of(queue_);
    Part message[2];
    Part key[2];
    if (!pile->read(one, &message[0], &key[0]) || !pile->read(other, &message[1], &key[1])) {
        raise_outcome(Outcome::kDamaged);
        return Answer::kFailed;
    }
    Rank rank = compare_keys(key_in(message[0], key[0]), key_in(message[1], key[1]));
    if (rank != Rank::kUnknown) return rank == Rank::kLess ? Answer::kYes : Answer::kNo;
    Ref left = item_of(one);
    Ref right = left ? item_of(other) : Ref();
    if (!left || !right) return Answer::kFailed;
    int less = PyObject_RichCompareBool(left.get(), right.get(), Py_LT);
    if (less >= 0 && !pile->sorts()) {
        PyErr_SetString(PyExc_RuntimeError, "a process was forked while items were compared");
        less = -1;
    }
    return less < 0 ? Answer::kFailed : less != 0 ? Answer::kYes : Answer::kNo;
}

Outcome Sorting::begin(Deadline deadline) {
    Outcome end = pile_->begin_sorting(0);
    if (end == Outcome::kInterrupted) {
        end = wait([&] {
            std::uint64_t now = os::now();
            if (deadline != 0 && now >= deadline) return Outcome::kTimedOut;
            std::uint64_t rest = deadline == 0 ? kSlice : deadline - now;
            return pile_->begin_sorting(std::min<std::uint64_t>(kSlice, rest));
        });
    }
    begun_ = end == Outcome::kDone;
    return end;
}

}  // namespace anypickle::shm
