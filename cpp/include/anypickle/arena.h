// The arena: one piece of anonymous shared memory for a whole program run, and the blocks in it.
//
//     Arena* arena = Arena::main();                          // made on first use
//     Block block;
//     arena->allocate(bytes, BlockKind::kObject, &block);    // in our hands only
//     std::memcpy(arena->data(block.number), source, bytes);
//     arena->publish(block.number);                          // held by this process; handles may
//     go out
//     ...
//     arena->drop(block.number);                             // the last process to drop it frees
//     it
//
// No name in the file system, no descriptor per object: a handle is (arena's uuid, block number,
// generation), and a block whose generation has moved on is gone for certain. Which processes hold
// a block is a bit per process, so that the bits of a dead one can be cleared without knowing what
// it was doing; how often each holds it is counted in its own memory. A block between states is
// marked with the process in whose hands it is; if that one dies, burial looks whether a queue
// already (or still) refers to the block, and frees it if not.
//
// Threading: any thread of any member. fork() is safe at any time: the child gets a slot and its
// bits beforehand. Invariant: each block is free, in somebody's hands, held, part of a queue, or
// will be found by a burial.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "anypickle/layout.h"
#include "anypickle/liveness.h"
#include "anypickle/lock.h"
#include "anypickle/outcome.h"

namespace anypickle {

/// The name of a block for ever.
struct Block {
    std::uint32_t number = 0;
    std::uint32_t generation = 0;
};

using Uuid = std::array<unsigned char, 16>;

class Arena {
  public:
    /// The arena that new objects of this process go to; made if there is none. Null if memory
    /// cannot be had.
    static Arena* main();

    /// A new arena of this many bytes of address space and budget.
    static Arena* create(std::uint64_t bytes, std::uint64_t budget);

    /// Joins the arena behind a descriptor (which stays the caller's). Null if it is none of ours
    /// or has no room.
    static Arena* adopt(int fd, const Uuid& uuid);

    /// An arena that this process has joined, or null.
    static Arena* find(const Uuid& uuid);

    [[nodiscard]] const Uuid& uuid() const { return header_->uuid; }
    [[nodiscard]] const ArenaHeader& header() const { return *header_; }
    [[nodiscard]] const Members& members() const { return members_; }
    [[nodiscard]] int fd() const { return members_.fd(); }

    // --- blocks ---

    /// A block in our hands. kDone, or kNoMemory. `may_bury`: no lock of a queue is held, the dead
    /// may be cleared.
    Outcome allocate(std::uint64_t bytes, BlockKind kind, Block* block, bool may_bury = true);
    void free(std::uint32_t number);

    /// True if a block of this size can be had whose pages were in use before.
    [[nodiscard]] bool has_warm(std::uint64_t bytes) const;

    /// Null if the number is none: for numbers read from shared memory.
    [[nodiscard]] BlockEntry* entry(std::uint32_t number) const;
    [[nodiscard]] std::byte* data(std::uint32_t number) const;
    [[nodiscard]] std::uint64_t offset_of(std::uint32_t number) const;
    [[nodiscard]] std::uint64_t size_of(std::uint32_t number) const;

    // --- references of this process ---

    /// From our hands into common ones: this process holds it once.
    void publish(std::uint32_t number);
    /// Holds what a handle names: kDone or kGone. `arriving`: the handle came out of a stream.
    Outcome hold(Block block, BlockKind kind, bool arriving);
    void drop(std::uint32_t number);
    /// As `hold`, of a block that a message in a queue keeps alive meanwhile.
    void hold_queued(std::uint32_t number);
    /// Frees a block that is common and that nobody and no message holds.
    void free_if_unheld(std::uint32_t number);

    /// Keeps a block whose handle goes into a stream, until as many handles were read as were
    /// written.
    void depart(std::uint32_t number);

    /// Clears what dead processes left; returns how many there were.
    int bury_dead();
    /// The same if hardly any slots of processes are left: before others are told the way in.
    void make_room_for_others();

    /// Blocks in use, for tests and reports.
    [[nodiscard]] std::uint32_t blocks_in_use() const;

  private:
    friend struct ForkHooks;

    bool map(int fd, std::uint64_t bytes);
    bool take(std::uint32_t size_class, std::uint32_t* number);
    void lock_allocator();
    void rebuild_free_lists();
    void put_on_free_list(std::uint32_t number);
    bool carve(std::uint32_t size_class, std::uint32_t* number);
    bool pop(std::uint32_t size_class, std::uint32_t* number);
    void free_locked(std::uint32_t number);
    int bury_all();
    void bury(std::uint32_t slot);
    void bury_block(std::uint32_t number, OwnerId grave);
    void bury_unreferred(std::uint32_t number);
    void destroy_queue(std::uint32_t number);
    void count_anew();
    void let_arrived_go();

    void lend_to(std::uint32_t slot);
    void before_fork();
    void parent_after_fork();
    void child_after_fork();

    std::byte* base_ = nullptr;
    ArenaHeader* header_ = nullptr;
    BlockEntry* blocks_ = nullptr;
    Members members_;
    std::uint64_t bury_at_ = 0;

    std::mutex burial_;  // before references_
    std::mutex references_;
    std::unordered_map<std::uint32_t, std::uint32_t> held_;
    std::unordered_map<std::uint32_t, std::uint32_t> departed_;
    std::size_t look_at_departed_ = 64;
};

}  // namespace anypickle
