// Making, joining and forking an arena. Its blocks: arena_blocks.cpp; its references:
// arena_references.cpp.
#include "anypickle/arena.h"

#include <pthread.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>

#include "anypickle/os.h"

namespace anypickle {

namespace {

constexpr std::uint64_t kSmallestArena = 16ULL << 20;
constexpr std::uint32_t kSlotsKeptFree = 32;  // for those who join: they cannot bury anybody yet

// All arenas of this process. They are never left before it ends, so pointers to them stay good.
struct Joined {
    std::mutex mutex;
    std::vector<Arena*> arenas;
};

Joined& joined() {
    static Joined* all =
        new Joined();  // never destroyed: other threads may still be at work at exit
    return *all;
}

std::uint64_t from_environment(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

}  // namespace

struct ForkHooks {
    static void install() {
        static const int installed = pthread_atfork(before, parent, child);
        static_cast<void>(installed);
    }
    static void before() {
        joined().mutex.lock();
        for (Arena* arena : joined().arenas) arena->before_fork();
    }
    static void parent() {
        for (Arena* arena : joined().arenas) arena->parent_after_fork();
        joined().mutex.unlock();
    }
    static void child() {
        for (Arena* arena : joined().arenas) arena->child_after_fork();
        joined().mutex.unlock();
    }
};

bool Arena::map(int fd, std::uint64_t bytes) {
    void* base = os::map_shared(fd, bytes);
    if (base == nullptr) return false;
    base_ = static_cast<std::byte*>(base);
    header_ = reinterpret_cast<ArenaHeader*>(base_);
    blocks_ = reinterpret_cast<BlockEntry*>(base_ + kBlocksOffset);
    return true;
}

Arena* Arena::create(std::uint64_t bytes, std::uint64_t budget) {
    auto* arena = new (std::nothrow) Arena();
    if (arena == nullptr) return nullptr;
    bytes = std::bit_ceil(std::max(bytes, kSmallestArena));
    int fd = os::create_memory("anypickle", bytes);
    // Address space may be limited (ulimit -v, -f): a smaller arena is better than none.
    while (fd < 0 || !arena->map(fd, bytes)) {
        if (fd >= 0) os::close(fd);
        bytes /= 2;
        if (bytes < kSmallestArena) break;
        fd = os::create_memory("anypickle", bytes);
    }
    if (arena->base_ == nullptr) {
        delete arena;
        return nullptr;
    }
    ArenaHeader& header = *arena->header_;
    header.magic = kMagic;
    os::fill_random(header.uuid.data(), header.uuid.size());
    header.bytes = bytes;
    header.budget = std::min(budget, bytes);
    header.max_blocks = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes >> 12, 1U << 22));
    std::uint64_t data = kBlocksOffset + header.max_blocks * sizeof(BlockEntry);
    header.data_offset = (data + 4095) & ~4095ULL;
    header.frontier.store(header.data_offset);
    header.ready.store(1);
    if (!arena->members_.join(fd, reinterpret_cast<ProcessSlot*>(arena->base_ + kSlotsOffset))) {
        os::unmap(arena->base_, bytes);
        os::close(fd);
        delete arena;
        return nullptr;
    }
    ForkHooks::install();
    std::lock_guard guard(joined().mutex);
    joined().arenas.push_back(arena);
    return arena;
}

Arena* Arena::main() {
    {
        std::lock_guard guard(joined().mutex);
        if (!joined().arenas.empty()) return joined().arenas.front();
    }
    std::uint64_t memory = std::max<std::uint64_t>(os::physical_memory(), 1ULL << 30);
    std::uint64_t budget = from_environment("ANYPICKLE_MEMORY");
    if (budget == 0) budget = memory / 5 * 4;
    return create(std::max(2 * memory, budget), budget);
}

Arena* Arena::find(const Uuid& uuid) {
    std::lock_guard guard(joined().mutex);
    for (Arena* arena : joined().arenas) {
        if (arena->uuid() == uuid) return arena;
    }
    return nullptr;
}

Arena* Arena::adopt(int fd, const Uuid& uuid) {
    if (Arena* known = find(uuid); known != nullptr) return known;
    std::uint64_t bytes = os::size_of(fd);
    if (bytes < kSmallestArena) return nullptr;
    int own = os::reopen(fd);
    if (own < 0) return nullptr;
    auto* arena = new (std::nothrow) Arena();
    bool good = arena != nullptr && arena->map(own, bytes);
    if (good) {
        const ArenaHeader& header = *arena->header_;
        good = header.magic == kMagic && header.ready.load() == 1 && header.uuid == uuid &&
               header.bytes == bytes && header.data_offset <= bytes &&
               kBlocksOffset + header.max_blocks * sizeof(BlockEntry) <= header.data_offset;
        auto* slots = reinterpret_cast<ProcessSlot*>(arena->base_ + kSlotsOffset);
        good = good && arena->members_.join(own, slots);
    }
    if (!good) {
        if (arena != nullptr && arena->base_ != nullptr) os::unmap(arena->base_, bytes);
        os::close(own);
        delete arena;
        return nullptr;
    }
    ForkHooks::install();
    std::lock_guard guard(joined().mutex);
    joined().arenas.push_back(arena);
    return arena;
}

void Arena::make_room_for_others() {
    if (!members_.has_free_slots(kSlotsKeptFree)) bury_dead();
}

// With the allocator's lock: whoever looks for holders sees the child, or still its parent.
void Arena::lend_to(std::uint32_t slot) {
    lock_allocator();
    for (const auto& [number, count] : held_) {
        blocks_[number].holders[slot / 64].fetch_or(1ULL << (slot % 64));
    }
    release(header_->allocator);
}

void Arena::before_fork() {
    burial_.lock();
    if (!members_.has_free_slots(kSlotsKeptFree)) bury_all();
    references_.lock();
    int slot = members_.prepare_child();
    if (slot < 0) return;
    lend_to(static_cast<std::uint32_t>(slot));
}

void Arena::parent_after_fork() {
    members_.parent_after_fork();
    references_.unlock();
    burial_.unlock();
}

void Arena::child_after_fork() {
    OwnerId promised = members_.child();
    members_.child_after_fork();
    if (promised == 0 && members_.me() != 0) lend_to(members_.slot());
    if (members_.me() == 0) {  // all slots are taken: nothing here is ours to give up
        held_.clear();
        departed_.clear();
    }
    references_.unlock();
    burial_.unlock();
}

}  // namespace anypickle
