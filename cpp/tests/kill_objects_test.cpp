// A process is killed at every instruction of what is done with blocks and queues as a whole, at
// forks and in a burial.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "anypickle/arena.h"
#include "anypickle/pile.h"
#include "anypickle/ring.h"
#include "anypickle/sync.h"
#include "killing.h"
#include "pile_numbers.h"
#include "stepper.h"

using namespace anypickle;
using namespace anypickle::tests;

TEST_CASE("allocating, publishing and dropping a block") {
    kill_everywhere(
        31,
        [&] {
            Block block;
            if (arena().allocate(100'000, BlockKind::kObject, &block) != Outcome::kDone) return;
            arena().publish(block.number);
            arena().drop(block.number);
        },
        [&](bool) {
            Block block;
            REQUIRE(arena().allocate(100'000, BlockKind::kObject, &block) == Outcome::kDone);
            arena().free(block.number);
        });
}

TEST_CASE("allocating what no free block is there for") {
    kill_everywhere(
        31,
        [&] {
            Block block;
            if (arena().allocate(400'000, BlockKind::kObject, &block) == Outcome::kDone)
                arena().free(block.number);
        },
        [&](bool) {
            // No free block is left: the next victim takes from the end.
            Block block;
            REQUIRE(arena().allocate(400'000, BlockKind::kObject, &block) == Outcome::kDone);
            arena().entry(block.number)->kind.store(BlockKind::kFree);
        });
}

TEST_CASE("memory that is made sure of, and given back") {
    auto& header = const_cast<ArenaHeader&>(arena().header());
    kill_everywhere(
        53,
        [&] {
            header.warm.store(128ULL << 20);  // as much as is kept: what is freed now goes back
            Block block;
            if (arena().allocate(2 << 20, BlockKind::kMessage, &block) == Outcome::kDone)
                arena().free(block.number);
        },
        [&](bool finished) {
            Block block;
            REQUIRE(arena().allocate(2 << 20, BlockKind::kMessage, &block) == Outcome::kDone);
            if (finished) CHECK(arena().data(block.number)[0] == std::byte{0});
            arena().free(block.number);
            header.warm.store(0);
        });
}

TEST_CASE("holding and dropping what somebody else has") {
    Placed<SharedLock> lock;
    kill_everywhere(
        23,
        [&] {
            if (arena().hold(lock.block, BlockKind::kObject, false) == Outcome::kDone)
                arena().drop(lock.block.number);
        },
        [&](bool) {
            CHECK(arena().hold(lock.block, BlockKind::kObject, false) == Outcome::kDone);
            arena().drop(lock.block.number);
        });
}

TEST_CASE("a block of which only a handle is left") {
    kill_everywhere(
        31,
        [&] {
            Block block;
            if (arena().allocate(64, BlockKind::kObject, &block) != Outcome::kDone) return;
            arena().publish(block.number);
            arena().depart(block.number);
            arena().drop(block.number);
        },
        [](bool) {});
}

TEST_CASE("making and destroying queues") {
    for (int kind = 0; kind < 2; ++kind) {
        kill_everywhere(
            83,
            [&] {
                Block block;
                Outcome made = kind == 0 ? Ring::create(arena(), 0, &block)
                                         : Pile::create(arena(), Pile::Rule::kLeast, 0, &block);
                if (made != Outcome::kDone) return;
                arena().publish(block.number);
                arena().drop(block.number);
            },
            [](bool) {});
    }
}

TEST_CASE("shutting a queue down that has messages") {
    for (int kind = 0; kind < 2; ++kind) {
        Block block;
        auto make = [&] {
            Outcome made = kind == 0 ? Ring::create(arena(), 0, &block)
                                     : Pile::create(arena(), Pile::Rule::kLeast, 0, &block);
            REQUIRE(made == Outcome::kDone);
            arena().publish(block.number);
            for (std::uint64_t number = 0; number < 3; ++number) {
                Part part = std::as_bytes(std::span(&number, 1));
                if (kind == 0) {
                    REQUIRE(Ring(arena(), block.number).put({&part, 1}, 0) == Outcome::kDone);
                } else {
                    Pile pile(arena(), block.number);
                    REQUIRE(put_number(arena(), pile, number) == Outcome::kDone);
                }
            }
        };
        make();
        kill_everywhere(
            67, [&] { queue_at(arena(), block.number)->shut_down(true); },
            [&](bool) {
                auto queue = queue_at(arena(), block.number);
                CHECK(patiently([&] { return queue->shut_down(true); }) == Outcome::kDone);
                CHECK(queue->size() == 0);
                arena().drop(block.number);
                make();
            });
        arena().drop(block.number);
    }
}

// A slot and references are made for the child before there is one.
TEST_CASE("forking") {
    Placed<SharedLock> lock;
    kill_everywhere(
        211,
        [&] {
            pid_t child = ::fork();
            if (child == 0) ::_exit(0);
            ::waitpid(child, nullptr, 0);
        },
        [&](bool) {
            ::usleep(500);  // a grandchild ends
            CHECK(arena().hold(lock.block, BlockKind::kObject, false) == Outcome::kDone);
            arena().drop(lock.block.number);
        });
}

// What the dead leave: a lock of the allocator, a block in their hands, one that they hold, counts
// of references half-way.
TEST_CASE("a burial") {
    Placed<SharedLock> keep;
    kill_everywhere(
        2003, [&] { arena().bury_dead(); },
        [&](bool) {
            arena().bury_dead();
            Block block;
            REQUIRE(arena().allocate(64, BlockKind::kObject, &block) == Outcome::kDone);
            arena().free(block.number);
            // For the next victim to bury.
            kill_after_all_of([&] {
                Block left;
                arena().allocate(64, BlockKind::kObject, &left);
                arena().allocate(64, BlockKind::kObject, &left);
                arena().publish(left.number);
                arena().members().begin_move();
                acquire_always(const_cast<LockWord&>(arena().header().allocator),
                               arena().members());
            });
        });
}
