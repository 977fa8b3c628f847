// A process is killed at every instruction of putting into and taking from a pile; nothing else may
// notice.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "pile_numbers.h"
#include "stepper.h"

using namespace anypickle;
using namespace anypickle::tests;

namespace {

struct Scenario {
    Pile::Rule rule;
    std::uint64_t before;  // messages that are there when the victim begins: 10, 20, ...
    bool takes;            // the victim takes, else it puts
    std::uint64_t puts = 0;
    bool refers = false;     // each message refers to a block that its producer drops at once
    std::uint64_t gone = 0;  // messages that were put after these and taken again
};

Outcome put(Arena& arena, Pile& pile, std::uint64_t number, bool refers) {
    if (!refers) return put_number(arena, pile, number);
    Block block;
    Outcome made = arena.allocate(sizeof number, BlockKind::kObject, &block);
    if (made != Outcome::kDone) return made;
    std::memcpy(arena.data(block.number), &number, sizeof number);
    arena.publish(block.number);
    made = put_number(arena, pile, number, nullptr, {&block, 1});
    arena.drop(block.number);
    return made;
}

// Never lost, never twice, never out of order; of the victim's own step all or nothing.
void check_recovery(Arena& arena, Pile& pile, const Scenario& scenario, bool finished) {
    std::uint64_t size = pile.size();
    std::uint64_t before = scenario.before + scenario.gone;
    CHECK(pile.ever_put() == before + (scenario.takes ? 0 : size - scenario.before));
    REQUIRE(put_number(arena, pile, 5) == Outcome::kDone);
    CHECK(pile.size() == size + 1);
    std::vector<std::uint64_t> numbers;
    std::uint64_t number = 0;
    while (take_number(arena, pile, &number) == Outcome::kDone) numbers.push_back(number);
    CHECK(pile.size() == 0);
    std::vector<std::uint64_t> all;
    for (std::uint64_t i = 1; i <= scenario.before; ++i) all.push_back(10 * i);
    std::vector<std::uint64_t> done = all;
    bool last_first = scenario.rule == Pile::Rule::kLast;
    if (!scenario.takes) {
        done.push_back(scenario.puts);
    } else if (last_first) {
        done.pop_back();
    } else {
        done.erase(done.begin());
    }
    for (auto* numbers_of : {&all, &done}) {
        numbers_of->push_back(5);
        if (last_first) {
            std::reverse(numbers_of->begin(), numbers_of->end());
        } else {
            std::sort(numbers_of->begin(), numbers_of->end());
        }
    }
    bool right = numbers == done || (numbers == all && !finished);
    CHECK(right);
}

void kill_everywhere(const Scenario& scenario, long usual_stride) {
    Arena* arena = Arena::main();
    REQUIRE(arena != nullptr);
    arena->bury_dead();
    std::uint32_t blocks = arena->blocks_in_use();
    long steps = for_each_instruction(usual_stride, [&](long at) {
        Block block;
        REQUIRE(Pile::create(*arena, scenario.rule, 0, &block) == Outcome::kDone);
        arena->publish(block.number);
        Pile pile(*arena, block.number);
        for (std::uint64_t i = 1; i <= scenario.before; ++i)
            REQUIRE(put(*arena, pile, 10 * i, scenario.refers) == Outcome::kDone);
        std::uint64_t number = 0;
        for (std::uint64_t i = 0; i < scenario.gone; ++i) put_number(*arena, pile, 1);
        for (std::uint64_t i = 0; i < scenario.gone; ++i) take_number(*arena, pile, &number);
        bool finished = kill_after(at, [&] {
            if (scenario.takes) {
                take_number(*arena, pile, &number);
            } else {
                put(*arena, pile, scenario.puts, scenario.refers);
            }
        });
        check_recovery(*arena, pile, scenario, finished);
        arena->drop(block.number);
        arena->bury_dead();
        CHECK(arena->blocks_in_use() == blocks);
        return finished;
    });
    MESSAGE(steps << " instructions");
}

}  // namespace

using Rule = Pile::Rule;

TEST_CASE("putting on top") { kill_everywhere({Rule::kLast, 3, false, 77}, 29); }

TEST_CASE("taking from the top") { kill_everywhere({Rule::kLast, 3, true}, 29); }

TEST_CASE("putting what the array has no place for") {
    kill_everywhere({Rule::kLast, 8, false, 77}, 37);
}

TEST_CASE("taking after which the array is shorter") {
    kill_everywhere({Rule::kLast, 3, true, 0, false, 8}, 37);
}

TEST_CASE("putting the least of all, which moves up a whole path") {
    kill_everywhere({Rule::kLeast, 7, false, 3}, 31);
}

TEST_CASE("taking the least, after which a path moves up") {
    kill_everywhere({Rule::kLeast, 8, true}, 41);
}

TEST_CASE("putting a message with a reference") {
    kill_everywhere({Rule::kLeast, 2, false, 3, true}, 53);
}

TEST_CASE("taking a message with a reference") {
    kill_everywhere({Rule::kLast, 2, true, 0, true}, 53);
}
