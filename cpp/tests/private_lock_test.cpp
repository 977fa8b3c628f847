// A private lock between threads, and moved away under them: what it guards is plain memory, so
// ThreadSanitizer (make tsan) sees an order that is missing.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "anypickle/private_lock.h"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "anypickle/os.h"

using namespace anypickle;
using End = PrivateLock::End;

namespace {

constexpr int kThreads = 4;

template <class Work>
void in_threads(int count, Work&& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
    for (std::thread& thread : threads) thread.join();
}

End wait(PrivateLock& lock, Deadline deadline = kForever) {
    End end;
    do {
        end = lock.acquire(deadline);
    } while (end == End::kInterrupted);
    return end;
}

// A lock that goes from place to place, and what it guards.
struct Travelling {
    explicit Travelling(int places) : places_(new PrivateLock[static_cast<std::size_t>(places)]) {}

    void acquire() {
        for (std::size_t at = 0; wait(places_[at]) == End::kMoved; ++at) {
        }
    }
    void release() {
        std::size_t at = 0;
        End end;
        while ((end = places_[at].release()) == End::kMoved) ++at;
        REQUIRE(end == End::kDone);
    }
    void move(std::size_t from) {
        places_[from].move([&](std::uint32_t state) {
            places_[from + 1].reset();
            if ((state & PrivateLock::kHeld) != 0) places_[from + 1].try_acquire();
        });
    }
    std::unique_ptr<PrivateLock[]> places_;
};

}  // namespace

TEST_CASE("it is held by one, and given back by anybody") {
    PrivateLock lock;
    CHECK(lock.release() == End::kNotHeld);
    CHECK(lock.try_acquire());
    CHECK_FALSE(lock.try_acquire());
    CHECK(lock.acquire(0) == End::kTimedOut);
    CHECK(lock.state() == PrivateLock::kHeld);
    CHECK(lock.acquire(os::now() + 2'000'000) == End::kTimedOut);
    std::thread([&] { CHECK(lock.release() == End::kDone); }).join();
    CHECK(lock.state() == PrivateLock::kReleased);
    CHECK(lock.try_acquire());
    CHECK(lock.release() == End::kDone);
}

TEST_CASE("it guards what is plain") {
    PrivateLock lock;
    long counter = 0;
    in_threads(kThreads, [&](int) {
        for (int i = 0; i < 20000; ++i) {
            REQUIRE(wait(lock) == End::kDone);
            ++counter;
            REQUIRE(lock.release() == End::kDone);
        }
    });
    CHECK(counter == kThreads * 20000L);
}

TEST_CASE("nobody sleeps on when those who were woken give up") {
    PrivateLock lock;
    std::atomic<int> entered{0};
    in_threads(kThreads, [&](int which) {
        for (int i = 0; i < 300; ++i) {
            Deadline deadline =
                which % 2 == 0 ? kForever : os::now() + static_cast<std::uint64_t>(i) * 200;
            if (wait(lock, deadline) != End::kDone) continue;
            ++entered;
            if (i % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
            REQUIRE(lock.release() == End::kDone);
        }
    });
    CHECK(entered >= 600);
}

TEST_CASE("who holds it or sleeps goes on at the place that it has moved to") {
    constexpr int kPlaces = 40;
    Travelling lock(kPlaces + 1);
    std::atomic<bool> done{false};
    long counter = 0;
    std::vector<long> turns(kThreads, 0);
    std::thread mover([&] {
        for (std::size_t from = 0; from < kPlaces; ++from) {
            std::this_thread::sleep_for(std::chrono::microseconds(200 + 37 * (from % 5)));
            lock.move(from);
        }
        done = true;
    });
    in_threads(kThreads, [&](int which) {
        while (!done) {
            lock.acquire();
            ++counter;
            if (counter % 64 == 0) std::this_thread::yield();
            lock.release();
            ++turns[static_cast<std::size_t>(which)];
        }
    });
    mover.join();
    long sum = 0;
    for (long turn : turns) sum += turn;
    CHECK(counter == sum);
    CHECK(lock.places_[0].state() == PrivateLock::kMoved);
}

TEST_CASE("a sleeper is woken by the move, and a held lock is held at the new place") {
    Travelling lock(2);
    lock.acquire();
    std::atomic<bool> got{false};
    std::thread sleeper([&] {
        lock.acquire();
        got = true;
        lock.release();
    });
    while ((lock.places_[0].state() & PrivateLock::kSleepers) == 0) std::this_thread::yield();
    lock.move(0);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    CHECK_FALSE(got);
    lock.release();
    sleeper.join();
    CHECK(got);
}
