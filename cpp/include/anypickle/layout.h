// What lies where in the arena: the structures that processes share, and nothing that acts.
//
//     0          ArenaHeader     who we are, the allocator's lock and lists
//     64 KiB     ProcessSlot[1024]
//     128 KiB    BlockEntry[max_blocks]
//     data       blocks, each a power of two, page-aligned from 4 KiB on
//
// Everything here is plain memory that any member may be killed over: each field is one atomic
// word, and the order of the stores makes every prefix of an operation either nothing or
// recoverable (docs/shared-memory.md). Places are offsets or block numbers, never pointers: the
// arena lies elsewhere in each process.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace anypickle {

/// Who holds something: slot (10 bits) and the generation of that slot (21 bits). 0 is nobody.
using OwnerId = std::uint32_t;

inline constexpr std::uint32_t kSlotBits = 10;
inline constexpr std::uint32_t kMaxProcesses = 1U << kSlotBits;
inline constexpr std::uint32_t kGenerationMask = (1U << 21) - 1;
inline constexpr std::uint32_t kWaitersBit = 1U << 31;
inline constexpr std::uint32_t kPuttingBit =
    1U << 31;  // in BlockEntry::owner: a producer, not a consumer

constexpr std::uint32_t slot_of(OwnerId owner) { return owner & (kMaxProcesses - 1); }
constexpr std::uint32_t generation_of(OwnerId owner) {
    return (owner >> kSlotBits) & kGenerationMask;
}
constexpr OwnerId owner_id(std::uint32_t slot, std::uint32_t generation) {
    return ((generation & kGenerationMask) << kSlotBits) | slot;
}

/// A lock: 0 when free, else its owner, and a bit that says that somebody sleeps on it.
struct LockWord {
    std::atomic<std::uint32_t> word{0};
};

/// One process. The slot's generation goes up when it is taken: an owner with an older one is dead.
struct alignas(64) ProcessSlot {
    std::atomic<std::uint32_t> generation;
    std::atomic<std::uint32_t> used;  // 0: nothing of its last owner is left anywhere
    std::atomic<std::uint32_t> pid;
    std::atomic<std::int32_t> fd;  // the arena's descriptor in that process
    std::atomic<std::uint64_t> start_time;
    std::atomic<std::uint64_t> pid_namespace;
    std::atomic<std::uint32_t> moving;  // threads that move messages with references right now
};

enum class BlockKind : std::uint32_t { kFree = 0, kObject, kRing, kSegment, kMessage, kPile };

/// Whether messages lie in blocks that are at home in one of this kind.
constexpr bool is_queue(BlockKind kind) {
    return kind == BlockKind::kRing || kind == BlockKind::kPile;
}

/// One block of memory, now or at any time before. Its number and generation together name it for
/// ever.
struct alignas(64) BlockEntry {
    std::atomic<std::uint32_t> generation;  // goes up when the block is freed
    std::atomic<BlockKind> kind;
    std::atomic<std::uint32_t> size_class;  // log2 of the bytes
    std::atomic<std::uint32_t> next_free;   // number + 1 of the next free block of this class
    std::atomic<std::uint64_t> offset;
    std::atomic<std::uint64_t> bytes;      // asked for by whoever has it
    std::atomic<std::uint64_t> committed;  // pages that exist for sure, in bytes from the start
    std::atomic<OwnerId> owner;            // the process in whose hands it is for the moment
    std::atomic<std::uint32_t> home;       // number + 1 of the queue that may refer to it
    std::atomic<std::uint64_t>
        queued;  // times it changed << 32 | messages in queues that refer to it
    std::atomic<std::uint32_t> departed;  // handles written into streams
    std::atomic<std::uint32_t> arrived;   // handles read from streams
    std::array<std::atomic<std::uint64_t>, kMaxProcesses / 64> holders;  // one bit per process slot
};

/// What to add to BlockEntry::queued for one message more, one less. The upper half tells that
/// anything happened.
inline constexpr std::uint64_t kQueuedOnceMore = (1ULL << 32) + 1;
inline constexpr std::uint64_t kQueuedOnceLess = (1ULL << 32) - 1;
constexpr std::uint32_t times_queued(std::uint64_t queued) {
    return static_cast<std::uint32_t>(queued);
}

inline constexpr std::uint32_t kMinClass = 6;    // 64 bytes
inline constexpr std::uint32_t kMaxClass = 46;   // 64 TiB
inline constexpr std::uint32_t kPageClass = 12;  // aligned to their size up to here, to pages above
inline constexpr std::uint64_t kMagic = 0x31656c6b63697061;  // "apickle1"

struct ArenaHeader {
    std::uint64_t magic;
    std::array<unsigned char, 16> uuid;
    std::uint64_t bytes;   // of address space
    std::uint64_t budget;  // bytes in use at which allocation fails
    std::uint64_t data_offset;
    std::uint32_t max_blocks;
    std::atomic<std::uint32_t> ready;  // set when all of the above is written
    // Held by who destroys a queue or looks into others' queues: none vanishes meanwhile.
    alignas(64) LockWord queues;
    alignas(64) LockWord allocator;
    std::atomic<std::uint32_t> block_count;
    std::atomic<std::uint64_t> frontier;  // where the blocks end
    std::atomic<std::uint64_t> in_use;    // bytes asked for and not freed
    std::atomic<std::uint64_t> warm;      // bytes of large free blocks whose pages are kept
    std::array<std::atomic<std::uint32_t>, kMaxClass + 1> free_lists;
};

inline constexpr std::uint64_t kSlotsOffset = 64 * 1024;
inline constexpr std::uint64_t kBlocksOffset = 128 * 1024;

static_assert(sizeof(ArenaHeader) <= kSlotsOffset);
static_assert(kSlotsOffset + sizeof(ProcessSlot) * kMaxProcesses <= kBlocksOffset);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(sizeof(std::atomic<std::uint64_t>) == 8 && sizeof(std::atomic<std::uint32_t>) == 4);

}  // namespace anypickle
