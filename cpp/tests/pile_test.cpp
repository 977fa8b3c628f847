// The pile by itself: its orders, limits, threads, comparisons that fail or take long, no memory,
// and memory that was overwritten.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "anypickle/pile.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "anypickle/os.h"
#include "pile_numbers.h"

using namespace anypickle;
using namespace anypickle::tests;

namespace {

struct Fixture {
    explicit Fixture(Pile::Rule rule, std::uint64_t capacity = 0, Arena* where = Arena::main())
        : arena(*where) {
        REQUIRE(Pile::create(arena, rule, capacity, &block) == Outcome::kDone);
        arena.publish(block.number);
    }
    ~Fixture() { arena.drop(block.number); }
    Arena& arena;
    Block block;
};

std::vector<std::uint64_t> take_all(Arena& arena, Pile& pile) {
    std::vector<std::uint64_t> numbers;
    std::uint64_t number = 0;
    while (take_number(arena, pile, &number) == Outcome::kDone) numbers.push_back(number);
    return numbers;
}

}  // namespace

TEST_CASE("the last one comes first, through all sizes of the array") {
    Fixture fixture(Pile::Rule::kLast);
    Pile pile(fixture.arena, fixture.block.number);
    std::uint32_t blocks = fixture.arena.blocks_in_use();
    for (std::uint64_t i = 0; i < 5'000; ++i)
        REQUIRE(put_number(fixture.arena, pile, i) == Outcome::kDone);
    CHECK(pile.size() == 5'000);
    std::vector<std::uint64_t> numbers = take_all(fixture.arena, pile);
    CHECK(std::is_sorted(numbers.rbegin(), numbers.rend()));
    CHECK(numbers.size() == 5'000);
    CHECK(fixture.arena.blocks_in_use() == blocks);
}

TEST_CASE("the least one comes first") {
    Fixture fixture(Pile::Rule::kLeast);
    Pile pile(fixture.arena, fixture.block.number);
    std::mt19937_64 random(1);
    std::vector<std::uint64_t> expected;
    for (int i = 0; i < 5'000; ++i) {
        expected.push_back(random() % 1'000);
        REQUIRE(put_number(fixture.arena, pile, expected.back()) == Outcome::kDone);
        if (i % 3 != 0) continue;
        std::uint64_t number = 0;
        REQUIRE(take_number(fixture.arena, pile, &number) == Outcome::kDone);
        auto least = std::min_element(expected.begin(), expected.end());
        REQUIRE(number == *least);
        expected.erase(least);
    }
    std::sort(expected.begin(), expected.end());
    CHECK(take_all(fixture.arena, pile) == expected);
}

TEST_CASE("capacity, tasks and the end") {
    for (Pile::Rule rule : {Pile::Rule::kLast, Pile::Rule::kLeast}) {
        Fixture fixture(rule, 2);
        Pile pile(fixture.arena, fixture.block.number);
        CHECK(put_number(fixture.arena, pile, 1) == Outcome::kDone);
        CHECK(put_number(fixture.arena, pile, 2) == Outcome::kDone);
        CHECK(put_number(fixture.arena, pile, 3) == Outcome::kFull);
        CHECK(pile.wait_all_done(0) == Outcome::kTimedOut);
        CHECK(pile.task_done());
        CHECK(pile.shut_down(false) == Outcome::kDone);
        CHECK(put_number(fixture.arena, pile, 3) == Outcome::kShutDown);
        std::uint64_t number = 0;
        CHECK(take_number(fixture.arena, pile, &number) == Outcome::kDone);
        CHECK(pile.shut_down(true) == Outcome::kDone);
        CHECK(take_number(fixture.arena, pile, &number) == Outcome::kShutDown);
        CHECK(pile.unfinished() == 0);
        CHECK(!pile.task_done());
    }
}

TEST_CASE("a comparison that fails changes nothing") {
    Fixture fixture(Pile::Rule::kLeast);
    Pile pile(fixture.arena, fixture.block.number);
    for (std::uint64_t i = 1; i <= 10; ++i) put_number(fixture.arena, pile, i);
    std::uint32_t blocks = fixture.arena.blocks_in_use();
    std::uint64_t number = 0;
    for (int comparisons = 0; comparisons < 2; ++comparisons) {
        NumberOrder put_order(pile, comparisons);
        CHECK(put_number(fixture.arena, pile, 0, &put_order) == Outcome::kIncomparable);
        NumberOrder take_order(pile, comparisons);
        CHECK(take_number(fixture.arena, pile, &number, &take_order) == Outcome::kIncomparable);
    }
    CHECK(fixture.arena.blocks_in_use() == blocks);
    CHECK(pile.size() == 10);
    CHECK(take_all(fixture.arena, pile).size() == 10);
}

TEST_CASE("who sorts cannot begin again, and nobody moves anything without sorting") {
    Fixture fixture(Pile::Rule::kLeast);
    Pile pile(fixture.arena, fixture.block.number);
    REQUIRE(pile.begin_sorting(0) == Outcome::kDone);
    CHECK(pile.begin_sorting(0) == Outcome::kReentered);
    std::thread([&] {
        Pile other(fixture.arena, fixture.block.number);
        CHECK(other.begin_sorting(0) == Outcome::kInterrupted);
    }).join();
    pile.end_sorting();
    Block block;
    REQUIRE(write_number(pile, 1, &block) == Outcome::kDone);
    NumberOrder order(pile);
    CHECK(pile.try_put(block, 0, &order) == Outcome::kReentered);
    fixture.arena.free(block.number);
}

TEST_CASE("many threads at both ends") {
    for (Pile::Rule rule : {Pile::Rule::kLast, Pile::Rule::kLeast}) {
        Fixture fixture(rule, 50);
        constexpr int kEach = 2'000;
        std::vector<std::thread> threads;
        std::vector<std::vector<std::uint64_t>> taken(3);
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&, i] {
                Pile pile(fixture.arena, fixture.block.number);
                for (std::uint64_t n = 0; n < kEach; ++n)
                    put_waiting(fixture.arena, pile, static_cast<std::uint64_t>(i) << 32 | n);
            });
            threads.emplace_back([&, i] {
                Pile pile(fixture.arena, fixture.block.number);
                std::uint64_t number = 0;
                while (take_waiting(fixture.arena, pile, &number) == Outcome::kDone)
                    taken[static_cast<std::size_t>(i)].push_back(number);
            });
        }
        for (std::size_t i = 0; i < 6; i += 2) threads[i].join();
        Pile pile(fixture.arena, fixture.block.number);
        pile.shut_down(false);
        for (std::size_t i = 1; i < 6; i += 2) threads[i].join();
        std::vector<std::uint64_t> all;
        for (const auto& part : taken) all.insert(all.end(), part.begin(), part.end());
        std::sort(all.begin(), all.end());
        CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
        CHECK(all.size() == 3 * kEach);
    }
}

TEST_CASE("a full arena refuses, keeps what is there, and goes on when there is room") {
    for (Pile::Rule rule : {Pile::Rule::kLast, Pile::Rule::kLeast}) {
        Arena* arena = Arena::create(16 << 20, 1 << 18);
        REQUIRE(arena != nullptr);
        Fixture fixture(rule, 0, arena);
        Pile pile(*arena, fixture.block.number);
        std::uint64_t put_in = 0;
        while (put_number(*arena, pile, put_in) == Outcome::kDone) ++put_in;
        CHECK(put_number(*arena, pile, put_in) == Outcome::kNoMemory);
        CHECK(put_in > 1'000);
        CHECK(pile.size() == put_in);
        CHECK(take_all(*arena, pile).size() == put_in);
        CHECK(put_number(*arena, pile, 1) == Outcome::kDone);
    }
}

// Whatever lies there afterwards: each call comes back, and none reads or writes outside the arena.
TEST_CASE("random bytes over the pile") {
    std::mt19937_64 random(1);
    Arena& arena = *Arena::main();
    for (int round = 0; round < 3000; ++round) {
        Block block;
        Pile::Rule rule = round % 2 == 0 ? Pile::Rule::kLast : Pile::Rule::kLeast;
        REQUIRE(Pile::create(arena, rule, 0, &block) == Outcome::kDone);
        arena.publish(block.number);
        Pile pile(arena, block.number);
        for (std::uint64_t i = 0; i < 20; ++i) put_number(arena, pile, i);
        auto index = static_cast<std::uint32_t>(pile.header()->index.load());
        auto message = static_cast<std::uint32_t>(
            reinterpret_cast<std::uint64_t*>(arena.data(index))[random() % 20]);
        std::byte* targets[] = {arena.data(block.number), arena.data(index), arena.data(message)};
        std::uint64_t sizes[] = {sizeof(PileHeader), 160, 40};
        std::size_t which = random() % 3;
        std::uint64_t count = 1 + random() % 32;
        for (std::uint64_t i = 0; i < count; ++i)
            targets[which][random() % sizes[which]] = static_cast<std::byte>(random());
        // A garbled owner may be one that lives: then the lock is simply held.
        pile.header()->lock.word.store(0);
        pile.header()->sorting.word.store(0);
        std::uint64_t number = 0;
        if (pile.valid()) {
            for (int i = 0; i < 25; ++i) take_number(arena, pile, &number);
            for (std::uint64_t i = 0; i < 3; ++i) put_number(arena, pile, i);
        }
        static_cast<void>(pile.size());
        static_cast<void>(pile.refers_to(index));
        arena.drop(block.number);
    }
}
