// A process is killed at every instruction of what is done with locks, waiters and blocks, and of a
// burial.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <new>

#include "anypickle/arena.h"
#include "anypickle/os.h"
#include "anypickle/ring.h"
#include "anypickle/sync.h"
#include "stepper.h"

using namespace anypickle;
using anypickle::tests::kill_after;
using anypickle::tests::kill_after_all_of;
using anypickle::tests::stride;

namespace {

Deadline in_a_second() { return os::now() + 1'000'000'000; }

Arena& arena() {
    static Arena* made = Arena::main();
    REQUIRE(made != nullptr);
    return *made;
}

template <class Data>
struct Placed {
    Placed() {
        REQUIRE(arena().allocate(sizeof(Data), BlockKind::kObject, &block) == Outcome::kDone);
        data = new (arena().data(block.number)) Data{};
        arena().publish(block.number);
    }
    ~Placed() { arena().drop(block.number); }
    Block block;
    Data* data;
};

// `operation` is cut short everywhere, `check` (told whether it was over) must find all well, and
// no block is lost.
template <class Operation, class Check>
void kill_everywhere(long usual_stride, Operation&& operation, Check&& check) {
    arena().bury_dead();
    std::uint32_t blocks = arena().blocks_in_use();
    bool finished = false;
    long steps = 0;
    for (; !finished; steps += stride(usual_stride)) {
        finished = kill_after(steps, operation);
        check(finished);
        arena().bury_dead();
        CHECK(arena().blocks_in_use() == blocks);
    }
    MESSAGE(steps << " instructions");
}

Outcome acquire_now(SharedLock& lock, bool recursive) {
    Outcome got;
    do {
        got = recursive ? lock.acquire_recursive(arena().members(), in_a_second(), kForever)
                        : lock.acquire(arena().members(), in_a_second(), kForever);
    } while (got == Outcome::kInterrupted);
    return got;
}

}  // namespace

TEST_CASE("a lock") {
    Placed<SharedLock> lock;
    kill_everywhere(
        7,
        [&] {
            lock.data->acquire(arena().members(), kForever, kForever);
            lock.data->give_back();
        },
        [&](bool finished) {
            Outcome got = acquire_now(*lock.data, false);
            CHECK((got == Outcome::kDone || (got == Outcome::kOwnerDied && !finished)));
            CHECK(owner_of(lock.data->lock) == arena().members().me());
            CHECK(lock.data->give_back());
            CHECK(!is_locked(lock.data->lock));
        });
}

TEST_CASE("a recursive lock") {
    Placed<SharedLock> lock;
    kill_everywhere(
        17,
        [&] {
            lock.data->acquire_recursive(arena().members(), kForever, kForever);
            lock.data->acquire_recursive(arena().members(), kForever, kForever);
            lock.data->release_recursive(arena().members());
            lock.data->release_recursive(arena().members());
        },
        [&](bool finished) {
            CHECK(!lock.data->owned(arena().members()));
            Outcome got = acquire_now(*lock.data, true);
            CHECK((got == Outcome::kDone || (got == Outcome::kOwnerDied && !finished)));
            CHECK(lock.data->depth.load() == 1);
            CHECK(lock.data->release_recursive(arena().members()));
            CHECK(!lock.data->release_recursive(arena().members()));
        });
}

TEST_CASE("taking a lock over from the dead") {
    Placed<SharedLock> lock;
    kill_everywhere(
        19,
        [&] {
            lock.data->acquire(arena().members(), kForever, kForever);
            lock.data->give_back();
        },
        [&](bool) {
            Outcome got = acquire_now(*lock.data, false);
            CHECK((got == Outcome::kDone || got == Outcome::kOwnerDied));
            CHECK(lock.data->give_back());
            // For the next victim: a lock whose owner is dead.
            kill_after_all_of([&] { lock.data->acquire(arena().members(), kForever, kForever); });
        });
    REQUIRE(acquire_now(*lock.data, false) == Outcome::kOwnerDied);
    lock.data->give_back();
}

TEST_CASE("a semaphore") {
    Placed<SharedSemaphore> semaphore;
    kill_everywhere(
        7,
        [&] {
            semaphore.data->acquire(kForever);
            semaphore.data->give_back(1, 10);
        },
        [&](bool finished) {
            std::uint32_t value = semaphore.data->value.load();
            CHECK((value == 1 || (value == 0 && !finished)));
            semaphore.data->value.store(1);
            CHECK(semaphore.data->acquire(in_a_second()) == Outcome::kDone);
            CHECK(semaphore.data->give_back(1, 10));
        });
}

TEST_CASE("waiting for a condition: the dead are not notified") {
    Placed<SharedWaiters> waiters;
    kill_everywhere(
        17,
        [&] {
            int cell = waiters.data->enter(arena().members());
            waiters.data->leave(arena().members(), cell);
        },
        [&](bool) {
            int cell = waiters.data->enter(arena().members());
            REQUIRE(cell >= 0);
            waiters.data->notify(arena().members(), 1);
            CHECK(waiters.data->wait(cell, 0) == Outcome::kDone);
            CHECK(waiters.data->waiting() == 0);
        });
}

TEST_CASE("notifying") {
    Placed<SharedWaiters> waiters;
    int cell = waiters.data->enter(arena().members());
    kill_everywhere(
        17, [&] { waiters.data->notify(arena().members(), 1); },
        [&](bool finished) {
            Outcome end = waiters.data->wait(cell, 0);
            CHECK((end == Outcome::kDone || !finished));
            waiters.data->notify(arena().members(), 1);
            if (end != Outcome::kDone) CHECK(waiters.data->wait(cell, 0) == Outcome::kDone);
            cell = waiters.data->enter(arena().members());
        });
    waiters.data->leave(arena().members(), cell);
}

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

TEST_CASE("making and destroying a ring") {
    kill_everywhere(
        41,
        [&] {
            Block block;
            if (Ring::create(arena(), 0, &block) != Outcome::kDone) return;
            arena().publish(block.number);
            arena().drop(block.number);
        },
        [](bool) {});
}

// What the dead leave: a lock of the allocator, a block in their hands, one that they hold.
TEST_CASE("a burial") {
    Placed<SharedLock> keep;
    kill_everywhere(
        503, [&] { arena().bury_dead(); },
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
                acquire_always(const_cast<LockWord&>(arena().header().allocator),
                               arena().members());
            });
        });
}
