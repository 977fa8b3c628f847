// Where a message belongs in a pile: heapq's algorithm, asked of the caller, written down as a path
// of places and done by nobody yet. Equal messages come out in heapq's order, too.
#include "anypickle/pile.h"
#include "pile_layout.h"

namespace anypickle {

namespace {

using Answer = PileOrder::Answer;
constexpr std::size_t kDeepest = 34;

}  // namespace

// Up from the end, past all that are greater.
Outcome Pile::path_in(Block block, PileOrder* order, Path* path) const {
    std::uint64_t place = size();
    path->name = name_of(block);
    while (rule() == Rule::kLeast && place > 0) {
        std::uint64_t above = (place - 1) / 2;
        const auto* all = places(above + 1);
        if (all == nullptr || path->steps >= kDeepest) return Outcome::kDamaged;
        std::uint64_t name = all[above].load();
        Answer less = order->less(block, named(name));
        if (less == Answer::kFailed) return Outcome::kIncomparable;
        if (less == Answer::kNo) break;
        path->set(place, name);
        place = above;
    }
    path->set(place, path->name);
    return Outcome::kDone;
}

// The first one goes. The lesser of two follows it, all the way down; then the last of all goes
// into the hole, and up from there past all that are greater.
Outcome Pile::path_out(PileOrder* order, Path* path) const {
    std::uint64_t size = this->size();
    const auto* all = places(size);
    if (all == nullptr || size == 0) return size == 0 ? Outcome::kEmpty : Outcome::kDamaged;
    std::uint64_t rest = size - 1;
    std::uint64_t last = all[rest].load();
    path->name = rule() == Rule::kLeast ? all[0].load() : last;
    if (rule() == Rule::kLast || rest == 0) return Outcome::kDone;
    std::array<std::uint64_t, kDeepest> way;
    std::size_t length = 0;
    way[length++] = 0;
    for (std::uint64_t child = 1; child < rest; child = 2 * child + 1) {
        if (child + 1 < rest) {
            Answer less = order->less(named(all[child].load()), named(all[child + 1].load()));
            if (less == Answer::kFailed) return Outcome::kIncomparable;
            if (less == Answer::kNo) ++child;
        }
        if (length == kDeepest) return Outcome::kDamaged;
        way[length++] = child;
    }
    while (length > 1) {
        Answer less = order->less(named(last), named(all[way[length - 1]].load()));
        if (less == Answer::kFailed) return Outcome::kIncomparable;
        if (less == Answer::kNo) break;
        --length;
    }
    for (std::size_t i = 0; i + 1 < length; ++i) path->set(way[i], all[way[i + 1]].load());
    path->set(way[length - 1], last);
    return Outcome::kDone;
}

}  // namespace anypickle
