// A process is killed at every instruction of what is done with locks and waiters.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "anypickle/arena.h"
#include "anypickle/sync.h"
#include "killing.h"
#include "stepper.h"

using namespace anypickle;
using namespace anypickle::tests;

namespace {

Outcome acquire_now(SharedLock& lock, bool recursive) {
    return patiently([&] {
        return recursive ? lock.acquire_recursive(arena().members(), in_ten_seconds(), kForever)
                         : lock.acquire(arena().members(), in_ten_seconds(), kForever);
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
            CHECK(semaphore.data->acquire(in_ten_seconds()) == Outcome::kDone);
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
