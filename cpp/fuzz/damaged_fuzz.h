// What fuzzers of queues in shared memory share: an arena that is as new for each input, and a
// queue in it whose words, and those of its messages, are overwritten between calls.
//
//     static Stage stage;
//     Commands commands(data, size);
//     Ring ring(stage.arena(), block.number);
//     while (commands.left()) { ... commands.overwrite(stage); ... }
//     stage.reset();
//
// What a process that runs amok may write: everything but the locks, which name a living owner
// rightly, and the arena's own tables.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "anypickle/message_queue.h"

namespace anypickle::fuzz {

class Stage {
  public:
    Stage() : arena_(Arena::create(1 << 24, 1 << 23)) {
        if (arena_ == nullptr) std::abort();
        for (Block& each : referred_) {
            if (arena_->allocate(64, BlockKind::kObject, &each) != Outcome::kDone) std::abort();
            arena_->publish(each.number);
        }
    }

    [[nodiscard]] Arena& arena() const { return *arena_; }
    [[nodiscard]] References referred(std::size_t count) const {
        return {referred_.data(), count % (referred_.size() + 1)};
    }

    /// Everything is as it is now whenever reset() is called.
    void keep() {
        const auto* from = reinterpret_cast<const std::byte*>(&arena_->header());
        kept_.assign(from, from + arena_->header().frontier.load());
    }
    void reset() const {
        auto* to = reinterpret_cast<std::byte*>(const_cast<ArenaHeader*>(&arena_->header()));
        std::memcpy(to, kept_.data(), kept_.size());
    }

    /// The words of the queue that may be overwritten.
    void expose(void* word) { exposed_.push_back(static_cast<std::byte*>(word)); }

    /// A word of the queue, or of the beginning or end of a block of it.
    [[nodiscard]] std::byte* place(std::uint32_t which) const {
        if (which % 2 == 0) return exposed_[which / 2 % exposed_.size()];
        const std::uint32_t number = which / 2 % 16;
        BlockEntry* entry = arena_->entry(number);
        if (entry == nullptr) return nullptr;
        const BlockKind kind = entry->kind.load();
        if (kind != BlockKind::kSegment && kind != BlockKind::kMessage) return nullptr;
        const std::uint64_t words = std::min(entry->bytes.load(), arena_->size_of(number)) / 8;
        if (words == 0) return nullptr;
        const std::uint64_t word = which / 32 % std::min<std::uint64_t>(words, 64);
        return arena_->data(number) + 8 * (which / 2048 % 2 == 0 ? word : words - 1 - word);
    }

  private:
    Arena* arena_;
    std::array<Block, 3> referred_;
    std::vector<std::byte*> exposed_;
    std::vector<std::byte> kept_;
};

class Commands {
  public:
    Commands(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

    [[nodiscard]] bool left() const { return at_ != end_; }
    std::uint8_t next() { return left() ? *at_++ : std::uint8_t{0}; }
    std::uint64_t number(std::size_t bytes) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i) value |= std::uint64_t{next()} << (8 * i);
        return value;
    }

    /// Writes another number over a word: one a little larger or smaller, with a bit flipped, or
    /// any.
    void overwrite(const Stage& stage) {
        std::byte* place = stage.place(static_cast<std::uint32_t>(number(2)));
        const std::uint8_t how = next();
        std::uint64_t value = 0;
        if (place == nullptr) return;
        std::memcpy(&value, place, sizeof value);
        switch (how % 4) {
            case 0:
                value += how / 4;
                break;
            case 1:
                value -= how / 4;
                break;
            case 2:
                value ^= std::uint64_t{1} << (how / 4);
                break;
            default:
                value = number(8);
        }
        std::memcpy(place, &value, how % 32 < 16 ? 4 : 8);
    }

  private:
    const std::uint8_t* at_;
    const std::uint8_t* end_;
};

/// What any process may ask of a queue, and a burial.
inline void ask(MessageQueue& queue, std::uint8_t what) {
    std::unordered_map<std::uint32_t, std::uint32_t> counts;
    queue.lock_all();
    switch (what % 4) {
        case 0:
            queue.consists_of(what / 4);
            break;
        case 1:
            queue.count_references(&counts);
            break;
        case 2:
            queue.forget_references();
            break;
        default:
            break;
    }
    queue.unlock_all();
    static_cast<void>(queue.size() + queue.ever_put() + queue.unfinished());
    static_cast<void>(queue.full());
    queue.task_done();
}

/// A message that was taken is read to its last byte and given back.
inline void use(Arena& arena, const Message& message) {
    volatile std::byte last{};
    if (message.in_block && message.length != 0 && arena.data(message.block.number) != nullptr) {
        if (message.length > arena.size_of(message.block.number)) std::abort();
        last = arena.data(message.block.number)[message.length - 1];
    }
    static_cast<void>(last);
    for (const Block& block : message.references) arena.drop(block.number);
    if (message.in_block) arena.free(message.block.number);
}

}  // namespace anypickle::fuzz
