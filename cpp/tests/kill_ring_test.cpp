// A process is killed at every instruction of put and take, in each of their forms; nothing else
// may notice.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "anypickle/os.h"
#include "anypickle/ring.h"
#include "stepper.h"

using namespace anypickle;
using anypickle::tests::kill_after;
using anypickle::tests::stride;

namespace {

constexpr std::uint64_t kVictim = 777;
constexpr std::uint64_t kAfter = 888;

Deadline in_ten_seconds() { return os::now() + 10'000'000'000; }

Outcome put_number(Ring& ring, std::uint64_t number, std::size_t length) {
    std::vector<std::byte> bytes(length);
    std::memcpy(bytes.data(), &number, sizeof number);
    Part part = bytes;
    Outcome end;
    do {
        end = ring.put({&part, 1}, in_ten_seconds());
    } while (end == Outcome::kInterrupted);
    return end;
}

Outcome put_in_block(Arena& arena, Ring& ring, std::uint64_t number) {
    Block block;
    Outcome made = arena.allocate(40'000, BlockKind::kMessage, &block);
    if (made != Outcome::kDone) return made;
    std::memcpy(arena.data(block.number), &number, sizeof number);
    return ring.put_block(block, 40'000, in_ten_seconds());
}

// All there is, as numbers.
std::vector<std::uint64_t> drain(Arena& arena, Ring& ring) {
    std::vector<std::uint64_t> numbers;
    Message message;
    for (;;) {
        Outcome end = ring.take(&message, 0);
        if (end == Outcome::kInterrupted) continue;
        if (end != Outcome::kDone) {
            CHECK(end == Outcome::kTimedOut);
            return numbers;
        }
        std::uint64_t number = 0;
        const std::byte* from =
            message.in_block ? arena.data(message.block.number) : message.bytes.data();
        std::memcpy(&number, from, sizeof number);
        numbers.push_back(number);
        for (const Block& block : message.references) {
            CHECK(std::memcmp(arena.data(block.number), &number, sizeof number) == 0);
            arena.drop(block.number);
        }
        if (message.in_block) arena.free(message.block.number);
    }
}

struct Scenario {
    std::uint64_t before;       // messages that are there when the victim begins
    std::size_t length;         // of each
    bool blocks;                // in blocks of their own
    bool takes;                 // the victim takes, else it puts
    std::uint64_t taken_first;  // by us, before the victim begins
    bool refers = false;        // each message refers to a block that its producer drops at once
};

// A message that keeps a block alive in which its number lies as well.
Outcome put_with_reference(Arena& arena, Ring& ring, std::uint64_t number) {
    Block block;
    Outcome made = arena.allocate(sizeof number, BlockKind::kObject, &block);
    if (made != Outcome::kDone) return made;
    std::memcpy(arena.data(block.number), &number, sizeof number);
    arena.publish(block.number);
    Part part = std::as_bytes(std::span(&number, 1));
    made = ring.put({&part, 1}, in_ten_seconds(), {&block, 1});
    arena.drop(block.number);
    return made;
}

void check_recovery(Arena& arena, Ring& ring, const Scenario& scenario, bool finished) {
    std::uint64_t size_before = ring.size();
    REQUIRE(put_number(ring, kAfter, 16) == Outcome::kDone);
    CHECK(ring.size() == size_before + 1);
    CHECK(ring.unfinished() - scenario.taken_first >= ring.size());
    std::vector<std::uint64_t> numbers = drain(arena, ring);
    CHECK(numbers.size() == size_before + 1);
    CHECK(ring.size() == 0);
    // Never lost, never twice, never out of order; of the victim's own step all or nothing.
    std::vector<std::uint64_t> all(scenario.before - scenario.taken_first);
    std::iota(all.begin(), all.end(), scenario.taken_first);
    std::vector<std::uint64_t> done = all;
    if (scenario.takes) {
        done.erase(done.begin());
    } else {
        done.push_back(kVictim);
    }
    done.push_back(kAfter);
    all.push_back(kAfter);
    bool right = numbers == done || (numbers == all && !finished);
    CHECK(right);
}

void kill_everywhere(const Scenario& scenario, long usual_stride) {
    Arena* arena = Arena::main();
    REQUIRE(arena != nullptr);
    arena->bury_dead();
    std::uint32_t blocks = arena->blocks_in_use();
    bool finished = false;
    long steps = 0;
    for (; !finished; steps += stride(usual_stride)) {
        Block block;
        REQUIRE(Ring::create(*arena, 0, &block) == Outcome::kDone);
        arena->publish(block.number);
        Ring ring(*arena, block.number);
        for (std::uint64_t i = 0; i < scenario.before; ++i) {
            Outcome put = scenario.refers   ? put_with_reference(*arena, ring, i)
                          : scenario.blocks ? put_in_block(*arena, ring, i)
                                            : put_number(ring, i, scenario.length);
            REQUIRE(put == Outcome::kDone);
        }
        Message message;
        message.bytes.resize(Ring::kInlineLimit);
        for (std::uint64_t i = 0; i < scenario.taken_first; ++i) {
            REQUIRE(ring.take(&message, in_ten_seconds()) == Outcome::kDone);
        }
        std::vector<std::byte> bytes(scenario.length);
        std::memcpy(bytes.data(), &kVictim, sizeof kVictim);
        Part part = bytes;
        finished = kill_after(steps, [&] {
            if (scenario.takes) {
                ring.try_take(&message, 0);
                if (message.in_block) arena->free(message.block.number);
                for (const Block& referred : message.references) arena->drop(referred.number);
            } else if (scenario.refers) {
                put_with_reference(*arena, ring, kVictim);
            } else if (scenario.blocks) {
                put_in_block(*arena, ring, kVictim);
            } else {
                ring.try_put({&part, 1}, 0);
            }
        });
        check_recovery(*arena, ring, scenario, finished);
        arena->drop(block.number);
        arena->bury_dead();
        CHECK(arena->blocks_in_use() == blocks);
    }
    MESSAGE(steps << " instructions");
}

}  // namespace

TEST_CASE("put of a small message") { kill_everywhere({2, 16, false, false, 0}, 7); }

// 63 KiB in the first segment, then one more.
TEST_CASE("put that begins a new segment") { kill_everywhere({63, 1008, false, false, 0}, 11); }

TEST_CASE("put of a large message") { kill_everywhere({1, 16, true, false, 0}, 23); }

TEST_CASE("take of a small message") { kill_everywhere({3, 16, false, true, 0}, 7); }

TEST_CASE("take that leaves a segment") { kill_everywhere({70, 1008, false, true, 63}, 11); }

TEST_CASE("take of a large message") { kill_everywhere({2, 16, true, true, 0}, 11); }

TEST_CASE("put of a message with a reference") {
    kill_everywhere({1, 16, false, false, 0, true}, 23);
}

TEST_CASE("take of a message with a reference") {
    kill_everywhere({2, 16, false, true, 0, true}, 17);
}
