// A process is killed at every instruction of what is done with locks, waiters and blocks, and of a
// burial.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <atomic>
#include <new>
#include <thread>

#include "anypickle/arena.h"
#include "anypickle/os.h"
#include "anypickle/pile.h"
#include "anypickle/ring.h"
#include "anypickle/sync.h"
#include "pile_numbers.h"
#include "stepper.h"

using namespace anypickle;
using namespace anypickle::tests;

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
// no block is lost. One that waits for ever is cut short at `most` instructions.
template <class Operation, class Check>
void kill_everywhere(long usual_stride, Operation&& operation, Check&& check, long most = 1 << 20) {
    long steps = for_each_instruction(usual_stride, [&](long at) {
        arena().bury_dead();
        std::uint32_t blocks = arena().blocks_in_use();
        bool finished = kill_after(at, operation);
        check(finished);
        arena().bury_dead();
        CHECK(arena().blocks_in_use() == blocks);
        return finished || at >= most;
    });
    MESSAGE(steps << " instructions");
}

template <class Call>
Outcome patiently(Call&& call) {
    Outcome end;
    do {
        end = call();
    } while (end == Outcome::kInterrupted);
    return end;
}

// A thread of ours sleeps in what `wait` returns while the victim, which has done `prepare`, does
// what ends it. `finish` does what the victim perhaps did not come to.
template <class Wait, class Prepare, class Operation, class Finish>
void kill_wakers(long usual_stride, Wait&& wait, Prepare&& prepare, Operation&& operation,
                 Finish&& finish) {
    long steps = for_each_instruction(usual_stride, [&](long at) {
        std::thread sleeper;
        std::atomic<std::uint64_t> woken{0};
        bool finished = kill_after(at, operation, prepare, [&] {
            sleeper = std::thread([&, sleep = wait()] {
                sleep();
                woken.store(os::now());
            });
            ::usleep(300);
        });
        std::uint64_t since = os::now();
        finish(finished);
        sleeper.join();
        CHECK(woken.load() < since + 1'000'000'000);
        return finished;
    });
    MESSAGE(steps << " instructions");
}

Outcome acquire_now(SharedLock& lock, bool recursive) {
    return patiently([&] {
        return recursive ? lock.acquire_recursive(arena().members(), in_a_second(), kForever)
                         : lock.acquire(arena().members(), in_a_second(), kForever);
    });
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

TEST_CASE("waiting for a lock that somebody has") {
    Placed<SharedLock> lock;
    auto wait = [&] {
        patiently([&] { return lock.data->acquire(arena().members(), kForever, kForever); });
    };
    REQUIRE(acquire_now(*lock.data, false) == Outcome::kDone);
    kill_everywhere(
        29, wait,
        [&](bool) {
            CHECK(owner_of(lock.data->lock) == arena().members().me());
            CHECK(lock.data->give_back());
            CHECK(acquire_now(*lock.data, false) == Outcome::kDone);
        },
        instructions_and_a_sleep(wait));
    lock.data->give_back();
}

TEST_CASE("giving back a lock that somebody waits for") {
    Placed<SharedLock> lock;
    kill_wakers(
        5,
        [&] {
            return [&] {
                Outcome got = acquire_now(*lock.data, false);
                CHECK((got == Outcome::kDone || got == Outcome::kOwnerDied));
                lock.data->give_back();
            };
        },
        [&] { lock.data->acquire(arena().members(), kForever, kForever); },
        [&] { lock.data->give_back(); }, [](bool) {});
}

TEST_CASE("an event") {
    Placed<SharedEvent> event;
    kill_everywhere(
        7,
        [&] {
            event.data->set();
            event.data->clear();
        },
        [&](bool finished) {
            if (finished) CHECK(!event.data->is_set());
            event.data->set();
            CHECK(event.data->wait(0, 0) == Outcome::kDone);
            event.data->clear();
            CHECK(event.data->wait(event.data->word.load(), 0) == Outcome::kTimedOut);
        });
}

TEST_CASE("setting an event that somebody waits for") {
    Placed<SharedEvent> event;
    kill_wakers(
        7,
        [&] {
            return [&, since = event.data->word.load()] {
                Outcome end = patiently([&] { return event.data->wait(since, kForever); });
                CHECK(end == Outcome::kDone);
            };
        },
        kNothing, [&] { event.data->set(); },
        [&](bool finished) {
            if (!finished) event.data->set();
            event.data->clear();
        });
}

TEST_CASE("waiting for an event") {
    Placed<SharedEvent> event;
    auto wait = [&] {
        patiently([&] { return event.data->wait(event.data->word.load(), kForever); });
    };
    kill_everywhere(
        11, wait,
        [&](bool) {
            std::uint32_t since = event.data->word.load();
            event.data->set();
            event.data->clear();
            CHECK(event.data->wait(since, 0) == Outcome::kDone);
        },
        instructions_and_a_sleep(wait));
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

TEST_CASE("giving back to a semaphore that somebody waits for") {
    Placed<SharedSemaphore> semaphore;
    kill_wakers(
        7,
        [&] {
            return [&] {
                Outcome got = patiently([&] { return semaphore.data->acquire(kForever); });
                CHECK(got == Outcome::kDone);
            };
        },
        kNothing, [&] { semaphore.data->give_back(1, 10); },
        [&](bool finished) {
            if (!finished) semaphore.data->give_back(1, 10);
        });
    CHECK(semaphore.data->value.load() <= 10);
}

TEST_CASE("notifying who waits for a condition") {
    Placed<SharedWaiters> waiters;
    kill_wakers(
        17,
        [&] {
            return [&, cell = waiters.data->enter(arena().members())] {
                Outcome end = patiently([&] { return waiters.data->wait(cell, kForever); });
                CHECK(end == Outcome::kDone);
            };
        },
        kNothing, [&] { waiters.data->notify(arena().members(), 1); },
        [&](bool finished) {
            if (!finished) waiters.data->notify(arena().members(), 1);
        });
}

TEST_CASE("waiting for a condition and being killed in there") {
    Placed<SharedWaiters> waiters;
    auto wait = [&] {
        int cell = waiters.data->enter(arena().members());
        patiently([&] { return waiters.data->wait(cell, kForever); });
    };
    kill_everywhere(
        17, wait,
        [&](bool) {
            int cell = waiters.data->enter(arena().members());
            REQUIRE(cell >= 0);
            waiters.data->notify(arena().members(), 1);
            CHECK(waiters.data->wait(cell, 0) == Outcome::kDone);
            waiters.data->remove_dead(arena().members());
            CHECK(waiters.data->waiting() == 0);
        },
        instructions_and_a_sleep(wait));
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
