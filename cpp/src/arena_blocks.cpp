// The allocator: powers of two, one list of free blocks per size, one lock. Whoever takes the lock
// over from a dead process builds the lists anew from the entries, of which each says for itself
// whether it is free.
#include <algorithm>
#include <bit>

#include "anypickle/arena.h"
#include "anypickle/os.h"

namespace anypickle {

namespace {

constexpr std::uint64_t kLarge = 1ULL << 20;  // from here on pages are made sure of, and given back
constexpr std::uint64_t kKeptWarm = 128ULL
                                    << 20;  // free memory in large blocks that keeps its pages
constexpr std::uint64_t kBuryEvery = 1ULL << 20;  // growth after which the dead are looked for

std::uint32_t class_for(std::uint64_t bytes) {
    auto size_class =
        static_cast<std::uint32_t>(std::bit_width(std::max<std::uint64_t>(bytes, 1) - 1));
    return std::max(size_class, kMinClass);
}

void add(std::atomic<std::uint64_t>& total, std::uint64_t amount) {
    total.store(total.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

void subtract(std::atomic<std::uint64_t>& total, std::uint64_t amount) {
    std::uint64_t now = total.load(std::memory_order_relaxed);
    total.store(now - std::min(now, amount), std::memory_order_relaxed);
}

}  // namespace

bool Arena::has_warm(std::uint64_t bytes) const {
    return header_->free_lists[std::min(class_for(bytes), kMaxClass)].load(
               std::memory_order_relaxed) != 0;
}

BlockEntry* Arena::entry(std::uint32_t number) const {
    return number < header_->block_count.load(std::memory_order_acquire) ? &blocks_[number]
                                                                         : nullptr;
}

std::uint64_t Arena::offset_of(std::uint32_t number) const { return blocks_[number].offset.load(); }

std::uint64_t Arena::size_of(std::uint32_t number) const {
    return 1ULL << std::min(blocks_[number].size_class.load(), kMaxClass);
}

std::byte* Arena::data(std::uint32_t number) const {
    const BlockEntry* block = entry(number);
    if (block == nullptr) return nullptr;
    std::uint64_t offset = block->offset.load(std::memory_order_relaxed);
    std::uint64_t size = size_of(number);
    if (offset < header_->data_offset || size > header_->bytes || offset > header_->bytes - size)
        return nullptr;
    return base_ + offset;
}

void Arena::lock_allocator() {
    if (acquire_always(header_->allocator, members_)) rebuild_free_lists();
}

void Arena::put_on_free_list(std::uint32_t number) {
    std::uint32_t size_class = std::min(blocks_[number].size_class.load(), kMaxClass);
    std::atomic<std::uint32_t>& head = header_->free_lists[size_class];
    blocks_[number].next_free.store(head.load(std::memory_order_relaxed),
                                    std::memory_order_relaxed);
    head.store(number + 1, std::memory_order_release);
}

void Arena::rebuild_free_lists() {
    for (auto& head : header_->free_lists) head.store(0);
    std::uint64_t frontier = header_->data_offset;
    std::uint64_t in_use = 0;
    std::uint64_t warm = 0;
    std::uint32_t count = header_->block_count.load();
    for (std::uint32_t number = 0; number < count; ++number) {
        BlockEntry& block = blocks_[number];
        frontier = std::max(frontier, block.offset.load() + size_of(number));
        if (block.kind.load() == BlockKind::kFree) {
            put_on_free_list(number);
            warm += block.committed.load();
        } else {
            in_use += block.bytes.load();
        }
    }
    header_->frontier.store(frontier);
    header_->in_use.store(in_use);
    header_->warm.store(warm);
}

bool Arena::pop(std::uint32_t size_class, std::uint32_t* number) {
    std::atomic<std::uint32_t>& head = header_->free_lists[size_class];
    std::uint32_t first = head.load(std::memory_order_relaxed);
    if (first == 0 || entry(first - 1) == nullptr) return false;
    *number = first - 1;
    head.store(blocks_[*number].next_free.load(std::memory_order_relaxed),
               std::memory_order_release);
    subtract(header_->warm, blocks_[*number].committed.load());
    return true;
}

bool Arena::carve(std::uint32_t size_class, std::uint32_t* number) {
    std::uint64_t size = 1ULL << size_class;
    std::uint64_t alignment = 1ULL << std::min(size_class, kPageClass);
    std::uint64_t start = (header_->frontier.load() + alignment - 1) & ~(alignment - 1);
    std::uint32_t count = header_->block_count.load();
    if (count >= header_->max_blocks || size > header_->bytes || start > header_->bytes - size)
        return false;
    BlockEntry& block = blocks_[count];
    block.generation.store(1);
    block.size_class.store(size_class);
    block.offset.store(start);
    block.kind.store(BlockKind::kFree);
    header_->block_count.store(count + 1);  // from here on a rebuilding finds it
    header_->frontier.store(start + size);
    *number = count;
    return true;
}

bool Arena::take(std::uint32_t size_class, std::uint32_t* number) {
    if (pop(size_class, number) || carve(size_class, number)) return true;
    for (std::uint32_t larger = size_class + 1; larger <= kMaxClass; ++larger) {
        if (pop(larger, number)) return true;
    }
    return false;
}

Outcome Arena::allocate(std::uint64_t bytes, BlockKind kind, Block* out, bool may_bury) {
    std::uint32_t size_class = class_for(bytes);
    if (bytes > header_->bytes || size_class > kMaxClass) return Outcome::kNoMemory;
    if (members_.me() == 0) return Outcome::kNoSlot;
    if (may_bury && header_->frontier.load() >= bury_at_) {
        bury_dead();
        bury_at_ = header_->frontier.load() + kBuryEvery;
    }
    for (int attempt = 0; attempt < 2; ++attempt) {
        lock_allocator();
        std::uint32_t number = 0;
        bool fits = bytes <= header_->budget && header_->in_use.load() <= header_->budget - bytes;
        bool taken = fits && take(size_class, &number);
        if (taken) {
            BlockEntry& block = blocks_[number];
            block.home.store(0, std::memory_order_relaxed);
            block.queued.store(0, std::memory_order_relaxed);
            block.departed.store(0, std::memory_order_relaxed);
            block.arrived.store(0, std::memory_order_relaxed);
            block.bytes.store(bytes, std::memory_order_relaxed);
            block.owner.store(members_.me(), std::memory_order_release);
            block.kind.store(kind, std::memory_order_release);  // no longer free, and in our hands
            add(header_->in_use, bytes);
            *out = {number, block.generation.load()};
        }
        release(header_->allocator);
        if (taken) {
            BlockEntry& block = blocks_[number];
            if (bytes < kLarge || block.committed.load() >= bytes) return Outcome::kDone;
            int fd = members_.fd();
            if (fd < 0)
                return Outcome::kDone;  // closed by the program: pages come as they are used
            if (os::commit_memory(fd, block.offset.load(), bytes) == 0) {
                block.committed.store(bytes);
                return Outcome::kDone;
            }
            free(number);
        }
        if (!may_bury || bury_dead() == 0) break;
    }
    return Outcome::kNoMemory;
}

void Arena::free_locked(std::uint32_t number) {
    BlockEntry& block = blocks_[number];
    std::uint64_t bytes = block.bytes.load();
    block.owner.store(
        members_.me());  // in our hands until it is free: if we die, a burial finishes this
    block.home.store(0);
    block.generation.store(block.generation.load() + 1);
    if (block.committed.load() != 0 && header_->warm.load() + block.committed.load() > kKeptWarm) {
        os::release_memory(members_.fd(), block.offset.load(), size_of(number));
        block.committed.store(0);
    }
    block.kind.store(BlockKind::kFree);  // from here on a rebuilding finds it
    put_on_free_list(number);
    add(header_->warm, block.committed.load());
    subtract(header_->in_use, bytes);
}

void Arena::free(std::uint32_t number) {
    if (entry(number) == nullptr) return;
    lock_allocator();
    if (blocks_[number].kind.load() != BlockKind::kFree) free_locked(number);
    release(header_->allocator);
}

std::uint32_t Arena::blocks_in_use() const {
    std::uint32_t used = 0;
    std::uint32_t count = header_->block_count.load();
    for (std::uint32_t number = 0; number < count; ++number) {
        if (blocks_[number].kind.load() != BlockKind::kFree) ++used;
    }
    return used;
}

}  // namespace anypickle
