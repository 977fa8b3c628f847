// How messages get into a pile and out of it.
#include <algorithm>
#include <cstring>

#include "anypickle/pile.h"
#include "pile_layout.h"

namespace anypickle {

Outcome Pile::write(std::span<const Part> parts, References references, Part key, Block* block) {
    if (references.size() > kMostReferences) return Outcome::kNoMemory;
    PileTrailer trailer = {};
    for (const Part& part : parts) trailer.length += part.size();
    trailer.references = static_cast<std::uint32_t>(references.size());
    trailer.key_length = static_cast<std::uint32_t>(key.size());
    std::uint64_t bytes = trailer.length + references.size_bytes() + key.size() + sizeof trailer;
    Outcome made = arena_->allocate(bytes, BlockKind::kMessage, block);
    if (made != Outcome::kDone) return made;
    trailer.stamp = pile_stamp_of(*block);
    std::byte* target = arena_->data(block->number);
    auto add = [&](const void* source, std::uint64_t length) {
        if (length != 0) std::memcpy(target, source, length);
        target += length;
    };
    for (const Part& part : parts) add(part.data(), part.size());
    add(references.data(), references.size_bytes());
    add(key.data(), key.size());
    add(&trailer, sizeof trailer);
    return Outcome::kDone;
}

bool open_message(Arena& arena, Block block, PileMessage* opened) {
    BlockEntry* entry = arena.entry(block.number);
    const std::byte* data = arena.data(block.number);
    if (entry == nullptr || data == nullptr || entry->kind.load() != BlockKind::kMessage ||
        entry->generation.load() != block.generation)
        return false;
    std::uint64_t bytes = entry->bytes.load();
    if (bytes > arena.size_of(block.number) || bytes < sizeof(PileTrailer)) return false;
    PileTrailer trailer;
    bytes -= sizeof trailer;
    std::memcpy(&trailer, data + bytes, sizeof trailer);
    std::uint64_t references = trailer.references * sizeof(Block);
    if (trailer.stamp != pile_stamp_of(block) || trailer.length > bytes ||
        trailer.references > MessageQueue::kMostReferences ||
        references + trailer.key_length != bytes - trailer.length)
        return false;
    opened->entry = entry;
    opened->message = {data, trailer.length};
    opened->references = data + trailer.length;
    opened->reference_count = trailer.references;
    opened->key = {data + trailer.length + references, trailer.key_length};
    return true;
}

bool Pile::read(Block block, Part* message, Part* key) const {
    PileMessage opened;
    if (!open_message(*arena_, block, &opened)) return false;
    *message = opened.message;
    *key = opened.key;
    return true;
}

bool Pile::refers(Block block) const {
    PileMessage opened;
    return open_message(*arena_, block, &opened) && opened.reference_count != 0;
}

Outcome Pile::try_put(Block block, std::uint64_t slice, PileOrder* order) {
    PileMessage message;
    if (!open_message(*arena_, block, &message)) return damage();
    if (closed() != 0) return Outcome::kShutDown;
    if (full()) return Outcome::kFull;
    Path path;
    Outcome end = Outcome::kDone;
    if (rule() == Rule::kLeast) end = path_in(block, order, &path);
    for (int attempt = 0; end == Outcome::kDone; ++attempt) {
        end = lock(slice);
        if (end != Outcome::kDone) break;
        if (rule() == Rule::kLast) end = path_in(block, order, &path);
        if (end == Outcome::kDone) end = finish_put(path, message);
        unlock();
        if (end == Outcome::kDone) header_->not_empty.notify(1);
        if (end != Outcome::kNoMemory || attempt != 0 || arena_->bury_dead() == 0) break;
        path.steps = rule() == Rule::kLast ? 0 : path.steps;
        end = Outcome::kDone;
    }
    return end == Outcome::kDamaged ? damage() : end;
}

Outcome Pile::finish_put(const Path& path, const PileMessage& message) {
    if (rule() == Rule::kLeast && !sorts()) return Outcome::kReentered;
    if (closed() != 0) return Outcome::kShutDown;
    if (full()) return Outcome::kFull;
    Outcome end = fit(size() + 1);
    if (end != Outcome::kDone) return end;
    bool refers = message.reference_count != 0;
    if (refers) arena_->members().begin_move();
    for (std::size_t i = 0; i < message.reference_count; ++i)
        arena_->entry(message.reference(i).number)->queued.fetch_add(kQueuedOnceMore);
    offer(*message.entry);
    commit(path, Change::kPut);
    settle(*message.entry, true);
    if (refers) arena_->members().end_move();
    return Outcome::kDone;
}

Outcome Pile::try_take(Message* message, std::uint64_t slice, PileOrder* order) {
    if (size() == 0) return closed() != 0 ? Outcome::kShutDown : Outcome::kEmpty;
    Path path;
    Outcome end = Outcome::kDone;
    if (rule() == Rule::kLeast) end = path_out(order, &path);
    if (end == Outcome::kDone) {
        end = lock(slice);
        if (end != Outcome::kDone) return end;
        if (rule() == Rule::kLast) end = path_out(order, &path);
        if (end == Outcome::kDone) end = finish_take(path, message);
        unlock();
    }
    if (end == Outcome::kDone && capacity() != 0) header_->not_full.notify(1);
    if (end == Outcome::kEmpty && closed() != 0) return Outcome::kShutDown;
    return end == Outcome::kDamaged ? damage() : end;
}

// They are alive as long as the message counts; we hold them before it stops to count.
Outcome Pile::finish_take(const Path& path, Message* message) {
    if (rule() == Rule::kLeast && !sorts()) return Outcome::kReentered;
    PileMessage opened;
    message->block = named(path.name);
    if (!open_message(*arena_, message->block, &opened) || opened.entry->home.load() != number_ + 1)
        return Outcome::kDamaged;
    message->in_block = true;
    message->length = opened.message.size();
    message->references.clear();
    for (std::size_t i = 0; i < opened.reference_count; ++i) {
        Block block = opened.reference(i);
        if (arena_->data(block.number) == nullptr) return Outcome::kDamaged;
        message->references.push_back(block);
    }
    bool refers = opened.reference_count != 0;
    opened.entry->owner.store(arena_->members().me());
    if (refers) arena_->members().begin_move();
    for (const Block& block : message->references) arena_->hold_queued(block.number);
    commit(path, Change::kTake);
    for (const Block& block : message->references)
        arena_->entry(block.number)->queued.fetch_add(kQueuedOnceLess);
    opened.entry->home.store(0);
    if (refers) arena_->members().end_move();
    fit(size());  // if that fails the array is longer than it need be
    return Outcome::kDone;
}

// The last one needs no comparison, and what is left is still a heap.
Outcome Pile::throw_away() {
    while (size() != 0) {
        Outcome end = lock(kWaitSlice);
        if (end != Outcome::kDone) return end;
        Path path;
        Message message;
        const auto* all = places(size());
        if (size() != 0 && all != nullptr) {
            path.name = all[size() - 1].load();
            end = finish_take(path, &message);
        } else if (size() != 0) {
            end = Outcome::kDamaged;
        } else {
            end = Outcome::kEmpty;
        }
        unlock();
        if (end == Outcome::kEmpty) break;
        if (end != Outcome::kDone) return damage();
        arena_->free(message.block.number);
        for (const Block& block : message.references) arena_->drop(block.number);
        task_done();
    }
    return Outcome::kDone;
}

Outcome Pile::shut_down(bool now) {
    Outcome end = lock(kWaitSlice);
    if (end != Outcome::kDone) return end;
    header_->closed.store(now ? kShutDownNow : std::max(header_->closed.load(), kShutDown));
    unlock();
    if (now && rule() == Rule::kLeast) end = begin_sorting(kWaitSlice);
    if (now && end == Outcome::kDone) {
        end = throw_away();
        end_sorting();
    }
    wake_all();
    return end;
}

}  // namespace anypickle
