// Locks, events, semaphores, conditions and large messages between threads on one mapping: what
// they guard is plain memory, so ThreadSanitizer (make tsan) sees an order that is missing. And
// nobody waits for ever for his turn.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "anypickle/arena.h"
#include "anypickle/os.h"
#include "anypickle/ring.h"
#include "anypickle/sync.h"
#include "placed.h"

using namespace anypickle;
using namespace anypickle::tests;

namespace {

constexpr int kThreads = 4;
constexpr int kTurns = 3000;

template <class Work>
void in_threads(int count, Work&& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
    for (std::thread& thread : threads) thread.join();
}

void lock(SharedLock& lock) {
    patiently([&] { return lock.acquire(arena().members(), kForever, kForever); });
}

}  // namespace

TEST_CASE("a lock guards what is plain") {
    Placed<SharedLock> guard;
    long counter = 0;
    in_threads(kThreads, [&](int) {
        for (int i = 0; i < kTurns; ++i) {
            lock(*guard.data);
            ++counter;
            guard->give_back();
        }
    });
    CHECK(counter == kThreads * kTurns);
}

TEST_CASE("a recursive lock guards what is plain") {
    Placed<SharedLock> guard;
    const Members& members = arena().members();
    long counter = 0;
    in_threads(kThreads, [&](int) {
        for (int i = 0; i < kTurns; ++i) {
            for (int depth = 0; depth < 3; ++depth)
                patiently([&] { return guard->acquire_recursive(members, kForever, kForever); });
            ++counter;
            for (int depth = 0; depth < 3; ++depth) guard->release_recursive(members);
        }
    });
    CHECK(counter == kThreads * kTurns);
}

TEST_CASE("a semaphore of one permit guards what is plain") {
    Placed<SharedSemaphore> permits;
    permits->value.store(1);
    long counter = 0;
    in_threads(kThreads, [&](int) {
        for (int i = 0; i < kTurns; ++i) {
            patiently([&] { return permits->acquire(kForever); });
            ++counter;
            permits->give_back(1, 1);
        }
    });
    CHECK(counter == kThreads * kTurns);
}

TEST_CASE("what was written before an event is set is seen after it") {
    for (int round = 0; round < 200; ++round) {
        Placed<SharedEvent> event;
        int value = 0;
        std::vector<int> seen(kThreads);
        in_threads(kThreads, [&](int i) {
            if (i == 0) {
                value = 7;
                event->set();
            }
            patiently([&] { return event->wait(0, kForever); });
            seen[static_cast<std::size_t>(i)] = value;
        });
        CHECK(seen == std::vector<int>(kThreads, 7));
    }
}

TEST_CASE("a condition: turns go round") {
    Placed<SharedLock> guard;
    Placed<SharedWaiters> waiters;
    const Members& members = arena().members();
    int turn = 0;
    long counter = 0;
    in_threads(kThreads, [&](int me) {
        for (int i = 0; i < kTurns / 10; ++i) {
            lock(*guard.data);
            while (turn != me) {
                int cell = waiters->enter(members);
                guard->give_back();
                patiently([&] { return waiters->wait(cell, kForever); });
                lock(*guard.data);
            }
            ++counter;
            turn = (turn + 1) % kThreads;
            waiters->notify(members, SharedWaiters::kMost);
            guard->give_back();
        }
    });
    CHECK(counter == kThreads * (kTurns / 10));
}

TEST_CASE("large messages arrive as they were written, and their blocks go back") {
    std::uint32_t before = arena().blocks_in_use();
    Block block;
    REQUIRE(Ring::create(arena(), 4, &block) == Outcome::kDone);
    arena().publish(block.number);
    std::atomic<int> wrong = 0;
    in_threads(kThreads, [&](int me) {
        Ring ring(arena(), block.number);
        std::vector<std::byte> bytes(Ring::kInlineLimit + 100);
        for (int i = 0; i < kTurns / 10; ++i) {
            if (me % 2 == 0) {
                std::memset(bytes.data(), i % 251, bytes.size());
                Block message;
                arena().allocate(bytes.size(), BlockKind::kMessage, &message);
                std::memcpy(arena().data(message.number), bytes.data(), bytes.size());
                patiently([&] { return ring.put_block(message, bytes.size(), kForever); });
                continue;
            }
            Message message;
            patiently([&] { return ring.take(&message, kForever); });
            const std::byte* data = arena().data(message.block.number);
            for (std::uint64_t at = 1; at < message.length; ++at) wrong += data[at] != data[0];
            arena().free(message.block.number);
        }
    });
    CHECK(wrong == 0);
    arena().drop(block.number);
    CHECK(arena().blocks_in_use() == before);
}

TEST_CASE("nobody starves: each has his turns while the others never stop") {
    Placed<SharedLock> guard;
    std::atomic<int> finished = 0;
    in_threads(kThreads, [&](int) {
        for (int turns = 0; finished.load() < kThreads; ++turns) {
            lock(*guard.data);
            if (turns == 100) ++finished;
            for (int i = 0; i < 20; ++i) os::pause();
            guard->give_back();
        }
    });
    CHECK(finished == kThreads);
}
