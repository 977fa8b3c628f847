// The ring by itself: order, limits, many threads on one mapping, no memory, and memory that was
// overwritten.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "anypickle/ring.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "anypickle/os.h"

using namespace anypickle;

namespace {

struct Fixture {
    explicit Fixture(std::uint64_t capacity = 0, Arena* where = Arena::main()) : arena(*where) {
        REQUIRE(Ring::create(arena, capacity, &block) == Outcome::kDone);
        arena.publish(block.number);
    }
    ~Fixture() { arena.drop(block.number); }
    Arena& arena;
    Block block;
};

Outcome put(Ring& ring, std::uint64_t number, Deadline deadline) {
    Part part = std::as_bytes(std::span(&number, 1));
    Outcome end;
    do {
        end = ring.put({&part, 1}, deadline);
    } while (end == Outcome::kInterrupted);
    return end;
}

Outcome take(Ring& ring, std::uint64_t* number, Deadline deadline) {
    Message message;
    Outcome end;
    do {
        end = ring.take(&message, deadline);
    } while (end == Outcome::kInterrupted);
    if (end == Outcome::kDone && !message.in_block)
        std::memcpy(number, message.bytes.data(), sizeof *number);
    return end;
}

}  // namespace

TEST_CASE("messages come out in the order in which they went in, over many segments") {
    Fixture fixture;
    Ring ring(fixture.arena, fixture.block.number);
    for (std::uint64_t i = 0; i < 20'000; ++i) REQUIRE(put(ring, i, 0) == Outcome::kDone);
    CHECK(ring.size() == 20'000);
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        std::uint64_t number = 0;
        REQUIRE(take(ring, &number, 0) == Outcome::kDone);
        REQUIRE(number == i);
    }
    std::uint64_t number = 0;
    CHECK(take(ring, &number, 0) == Outcome::kTimedOut);
}

TEST_CASE("a message without bytes, the first one too, for which nothing was ever allocated") {
    Fixture fixture;
    Ring ring(fixture.arena, fixture.block.number);
    REQUIRE(ring.try_put({}, 0) == Outcome::kDone);
    Message message;
    REQUIRE(ring.try_take(&message, 0) == Outcome::kDone);
    CHECK(message.length == 0);
    CHECK(ring.size() == 0);
}

TEST_CASE("capacity, tasks and the end") {
    Fixture fixture(2);
    Ring ring(fixture.arena, fixture.block.number);
    std::uint64_t number = 0;
    CHECK(put(ring, 1, 0) == Outcome::kDone);
    CHECK(put(ring, 2, 0) == Outcome::kDone);
    CHECK(put(ring, 3, 0) == Outcome::kTimedOut);
    CHECK(ring.wait_all_done(0) == Outcome::kTimedOut);
    CHECK(ring.task_done());
    CHECK(ring.task_done());
    CHECK(!ring.task_done());
    CHECK(ring.wait_all_done(0) == Outcome::kDone);
    CHECK(ring.shut_down(false) == Outcome::kDone);
    CHECK(put(ring, 3, 0) == Outcome::kShutDown);
    CHECK(take(ring, &number, 0) == Outcome::kDone);
    CHECK(take(ring, &number, 0) == Outcome::kDone);
    CHECK(take(ring, &number, 0) == Outcome::kShutDown);
}

TEST_CASE("many threads on one mapping: each message once, each producer's in order") {
    constexpr std::uint64_t kEach = 20'000;
    constexpr int kProducers = 3;
    constexpr int kConsumers = 3;
    Fixture fixture(64);
    std::vector<std::vector<std::uint64_t>> taken(kConsumers);
    std::vector<std::thread> threads;
    for (int i = 0; i < kProducers; ++i) {
        threads.emplace_back([&, i] {
            Ring ring(fixture.arena, fixture.block.number);
            for (std::uint64_t n = 0; n < kEach; ++n) {
                put(ring, static_cast<std::uint64_t>(i) << 32 | n, kForever);
            }
        });
    }
    for (int i = 0; i < kConsumers; ++i) {
        threads.emplace_back([&, i] {
            Ring ring(fixture.arena, fixture.block.number);
            std::uint64_t number = 0;
            while (take(ring, &number, kForever) == Outcome::kDone)
                taken[static_cast<std::size_t>(i)].push_back(number);
        });
    }
    for (int i = 0; i < kProducers; ++i) threads[static_cast<std::size_t>(i)].join();
    Ring ring(fixture.arena, fixture.block.number);
    ring.shut_down(false);
    for (int i = kProducers; i < kProducers + kConsumers; ++i)
        threads[static_cast<std::size_t>(i)].join();
    std::vector<std::uint64_t> all;
    for (const auto& part : taken) {
        for (int producer = 0; producer < kProducers; ++producer) {
            std::vector<std::uint64_t> of_it;
            std::copy_if(part.begin(), part.end(), std::back_inserter(of_it), [&](std::uint64_t n) {
                return n >> 32 == static_cast<std::uint64_t>(producer);
            });
            CHECK(std::is_sorted(of_it.begin(), of_it.end()));
        }
        all.insert(all.end(), part.begin(), part.end());
    }
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
    CHECK(all.size() == kProducers * kEach);
}

TEST_CASE("a full arena refuses, keeps what is there, and goes on when there is room") {
    Arena* arena = Arena::create(16 << 20, 2 << 20);
    REQUIRE(arena != nullptr);
    Fixture fixture(0, arena);
    Ring ring(*arena, fixture.block.number);
    std::uint64_t put_in = 0;
    while (put(ring, put_in, 0) == Outcome::kDone) ++put_in;
    CHECK(put(ring, put_in, 0) == Outcome::kNoMemory);
    CHECK(put_in > 10'000);
    for (std::uint64_t i = 0; i < put_in; ++i) {
        std::uint64_t number = 0;
        REQUIRE(take(ring, &number, 0) == Outcome::kDone);
        REQUIRE(number == i);
    }
    CHECK(put(ring, 1, 0) == Outcome::kDone);
}

TEST_CASE("a segment that is said to begin elsewhere is damaged, at both ends") {
    for (const int moved : {1, 15, 16, -16, 1 << 20}) {
        Fixture fixture;
        Ring ring(fixture.arena, fixture.block.number);
        REQUIRE(put(ring, 1, 0) == Outcome::kDone);
        auto* segment = reinterpret_cast<SegmentHeader*>(
            fixture.arena.data(ring.header()->tail.segment.load()));
        segment->base += static_cast<std::uint64_t>(moved);
        const std::uint64_t number = 2;
        const Part part = std::as_bytes(std::span(&number, 1));
        Message message;
        if (moved % 16 != 0) CHECK(ring.try_put({&part, 1}, 0) == Outcome::kDamaged);
        CHECK(ring.try_take(&message, 0) == Outcome::kDamaged);
        CHECK(ring.try_put({&part, 1}, 0) == Outcome::kDamaged);
    }
}

// Whatever lies there afterwards: each call comes back, and none reads or writes outside the arena.
TEST_CASE("random bytes over the ring") {
    std::mt19937_64 random(1);
    for (int round = 0; round < 3000; ++round) {
        Block block;
        Arena& arena = *Arena::main();
        REQUIRE(Ring::create(arena, 0, &block) == Outcome::kDone);
        arena.publish(block.number);
        Ring ring(arena, block.number);
        for (std::uint64_t i = 0; i < 20; ++i) put(ring, i, 0);
        std::uint32_t segment = ring.header()->head.segment.load();
        bool header = random() % 2 == 0;
        std::byte* target = header ? arena.data(block.number) : arena.data(segment);
        std::uint64_t size = header ? sizeof(RingHeader) : 1024;
        std::uint64_t count = 1 + random() % 32;
        for (std::uint64_t i = 0; i < count; ++i)
            target[random() % size] = static_cast<std::byte>(random());
        // A garbled owner may be one that lives: then the lock is simply held.
        ring.header()->tail.lock.word.store(0);
        ring.header()->head.lock.word.store(0);
        Message message;
        for (int i = 0; i < 25; ++i) {
            if (ring.try_take(&message, 1'000'000) == Outcome::kDone && message.in_block) break;
        }
        std::uint64_t number = 7;
        Part part = std::as_bytes(std::span(&number, 1));
        for (int i = 0; i < 3; ++i) ring.try_put({&part, 1}, 1'000'000);
        static_cast<void>(ring.size());
        static_cast<void>(ring.refers_to(segment));
        arena.drop(block.number);
    }
}
