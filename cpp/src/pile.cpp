// A pile by itself: making one, its locks and their repair, its array, and being asked by a burial.
// The order of its messages: pile_order.cpp; how they come and go: pile_move.cpp.
#include "anypickle/pile.h"

#include <algorithm>
#include <new>

#include "anypickle/sync.h"
#include "pile_layout.h"

namespace anypickle {

Outcome Pile::create(Arena& arena, Rule rule, std::uint64_t capacity, Block* block) {
    Outcome made = arena.allocate(sizeof(PileHeader), BlockKind::kObject, block);
    if (made != Outcome::kDone) return made;
    Block first;
    made = arena.allocate(kFirstPlaces * sizeof(std::uint64_t), BlockKind::kSegment, &first);
    if (made != Outcome::kDone) {
        arena.free(block->number);
        return made;
    }
    auto* header = new (arena.data(block->number)) PileHeader{};
    header->magic = kPileMagic;
    header->rule = static_cast<std::uint32_t>(rule);
    header->capacity.store(capacity);
    header->index.store(first.number);
    arena.entry(block->number)->kind.store(BlockKind::kPile);  // from here on burials look into it
    // In this order: killed in between, the array is freed with its pile or for itself.
    arena.entry(first.number)->home.store(block->number + 1);
    arena.entry(first.number)->owner.store(0);
    return Outcome::kDone;
}

Pile::Pile(Arena& arena, std::uint32_t number)
    : MessageQueue(arena, number), header_(static_cast<PileHeader*>(gate_)) {}

bool Pile::valid() const {
    return header_ != nullptr && header_->magic == kPileMagic &&
           (rule() == Rule::kLast || rule() == Rule::kLeast);
}

// Each store may be repeated: who dies on the way leaves it to the next one.
void Pile::carry_out() {
    std::uint64_t state = header_->state.load();
    if ((state & kPlanned) == 0) return;
    std::size_t steps = std::min<std::size_t>(header_->steps.load(), PileHeader::kMostSteps);
    for (std::size_t i = 0; i < steps; ++i) {
        std::uint64_t place = header_->plan[i].place.load(std::memory_order_relaxed);
        std::uint64_t name = header_->plan[i].name.load(std::memory_order_relaxed);
        if (place >= room()) continue;  // damaged: never outside
        if (auto* all = places(place + 1); all != nullptr) {
            all[place].store(name, std::memory_order_relaxed);
        }
    }
    header_->put.store(header_->planned.load());
    header_->state.store(state & ~kPlanned);
}

// The first store to `state` is the commitment.
void Pile::commit(const Path& path, Change change) {
    for (std::size_t i = 0; i < path.steps; ++i) {
        header_->plan[i].place.store(path.places[i], std::memory_order_relaxed);
        header_->plan[i].name.store(path.names[i], std::memory_order_relaxed);
    }
    header_->steps.store(static_cast<std::uint32_t>(path.steps), std::memory_order_relaxed);
    std::uint64_t state = header_->state.load();
    std::uint64_t size = (state >> 32) + (change == Change::kPut ? 1 : -1ULL);
    header_->planned.store(header_->put.load() + (change == Change::kPut ? 1 : 0));
    header_->state.store(size << 32 | ((state + kChange) & kChangeMask) | kPlanned);
    carry_out();
}

std::uint64_t Pile::ever_put() const {
    for (;;) {
        std::uint64_t state = header_->state.load();
        std::uint64_t put = (state & kPlanned) != 0 ? header_->planned.load() : header_->put.load();
        if (header_->state.load() == state) return put;
    }
}

Outcome Pile::lock(std::uint64_t slice) {
    Outcome locked = acquire(header_->lock, arena_->members(), kForever, slice);
    if (locked == Outcome::kOwnerDied) locked = Outcome::kDone;
    if (locked != Outcome::kDone) return locked;
    carry_out();
    if (header_->damaged.load(std::memory_order_relaxed) == 0) return Outcome::kDone;
    unlock();
    return Outcome::kDamaged;
}

Outcome Pile::await_lock(std::uint64_t slice) {
    Outcome locked = lock(slice);
    if (locked == Outcome::kDone) unlock();
    return locked;
}

void Pile::lock_all() {
    acquire_always(header_->lock, arena_->members());
    carry_out();
}

bool Pile::sorts() const {
    const Members& members = arena_->members();
    return header_->sorter.load() == SharedLock::this_thread(members) &&
           owner_of(header_->sorting) == members.me();
}

Outcome Pile::begin_sorting(std::uint64_t slice) {
    if (sorts()) return Outcome::kReentered;
    Outcome begun = acquire(header_->sorting, arena_->members(), kForever, slice);
    if (begun == Outcome::kOwnerDied) begun = Outcome::kDone;
    if (begun != Outcome::kDone) return begun;
    header_->sorter.store(SharedLock::this_thread(arena_->members()));
    if ((header_->state.load() & kPlanned) == 0) return Outcome::kDone;
    begun = await_lock(slice);  // whoever sorted before us died over a plan
    if (begun != Outcome::kDone) end_sorting();
    return begun;
}

// A child that was forked in the middle of a comparison has nothing to give back.
void Pile::end_sorting() {
    if (!sorts()) return;
    header_->sorter.store(0);
    release(header_->sorting);
}

std::uint64_t Pile::room() const {
    std::uint64_t index = header_->index.load();
    const BlockEntry* entry = arena_->entry(static_cast<std::uint32_t>(index));
    bool ours = index <= kMostPlaces && entry != nullptr &&
                entry->kind.load() == BlockKind::kSegment && entry->home.load() == number_ + 1;
    if (!ours) return 0;
    return std::min(arena_->size_of(static_cast<std::uint32_t>(index)) / sizeof(std::uint64_t),
                    kMostPlaces);
}

// The array, if it has so many places; else null: the pile is damaged.
std::atomic<std::uint64_t>* Pile::places(std::uint64_t count) const {
    if (count > room()) return nullptr;
    return reinterpret_cast<std::atomic<std::uint64_t>*>(
        arena_->data(static_cast<std::uint32_t>(header_->index.load())));
}

// An array of twice or half the length, if so many messages need it. The old one is in our hands
// before the pile leaves it: killed in between, a burial looks on which side of the step we were.
Outcome Pile::fit(std::uint64_t size) {
    std::uint64_t now = room();
    bool grow = size > now;
    if (!grow && (now <= kFirstPlaces || size > now / 8)) return Outcome::kDone;
    std::uint64_t kept = std::min(this->size(), grow ? now : now / 2);
    std::atomic<std::uint64_t>* from = places(this->size());
    if (from == nullptr || size > kMostPlaces)
        return from == nullptr ? damage() : Outcome::kNoMemory;
    Block fresh;
    // No burial here: it would want the lock that we hold.
    if (arena_->allocate((grow ? now * 2 : now / 2) * sizeof(std::uint64_t), BlockKind::kSegment,
                         &fresh, false) != Outcome::kDone)
        return grow ? Outcome::kNoMemory : Outcome::kDone;
    auto* to = reinterpret_cast<std::atomic<std::uint64_t>*>(arena_->data(fresh.number));
    for (std::uint64_t i = 0; i < kept; ++i) to[i].store(from[i].load());
    auto old = static_cast<std::uint32_t>(header_->index.load());
    arena_->entry(fresh.number)->home.store(number_ + 1);
    arena_->entry(old)->owner.store(arena_->members().me());
    header_->index.store(fresh.number);
    arena_->entry(fresh.number)->owner.store(0);
    arena_->free(old);
    return Outcome::kDone;
}

bool Pile::consists_of(std::uint32_t block) {
    if (header_->index.load() == block) return true;
    std::uint64_t count = std::min(size(), room());
    const auto* all = places(count);
    return all != nullptr && std::any_of(all, all + count, [&](const auto& place) {
               return named(place.load()).number == block;
           });
}

void Pile::count_references(std::unordered_map<std::uint32_t, std::uint32_t>* counts) {
    std::uint64_t count = std::min(size(), room());
    const auto* all = places(count);
    for (std::uint64_t i = 0; all != nullptr && i < count; ++i) {
        PileMessage message;
        if (!open_message(*arena_, named(all[i].load()), &message)) continue;
        for (std::size_t j = 0; j < message.reference_count; ++j)
            ++(*counts)[message.reference(j).number];
    }
}

std::vector<std::uint32_t> Pile::forget_references() {
    std::vector<std::uint32_t> forgotten;
    std::uint64_t count = std::min(size(), room());
    const auto* all = places(count);
    for (std::uint64_t i = 0; all != nullptr && i < count; ++i) {
        PileMessage message;
        if (!open_message(*arena_, named(all[i].load()), &message)) continue;
        for (std::size_t j = 0; j < message.reference_count; ++j)
            forget(message.reference(j), &forgotten);
    }
    header_->state.store((header_->state.load() + kChange) & kChangeMask);
    return forgotten;
}

}  // namespace anypickle
