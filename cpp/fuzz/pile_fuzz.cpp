// A pile whose words, places and messages another process overwrites between calls: each call
// ends, and touches nothing but the arena.
#include "../tests/pile_numbers.h"
#include "anypickle/pile.h"
#include "damaged_fuzz.h"
#include "pile_layout.h"

using namespace anypickle;
using namespace anypickle::fuzz;

namespace {

struct Made {
    explicit Made(Pile::Rule rule) {
        if (Pile::create(stage.arena(), rule, 0, &block) != Outcome::kDone) std::abort();
        stage.arena().publish(block.number);
        PileHeader* header = Pile(stage.arena(), block.number).header();
        for (void* word : {static_cast<void*>(&header->capacity), static_cast<void*>(&header->done),
                           static_cast<void*>(&header->index), static_cast<void*>(&header->state),
                           static_cast<void*>(&header->put), static_cast<void*>(&header->planned),
                           static_cast<void*>(&header->steps)})
            stage.expose(word);
        for (std::size_t i = 0; i < 4; ++i) {
            stage.expose(&header->plan[i].place);
            stage.expose(&header->plan[i].name);
        }
        stage.keep();
    }
    Stage stage;
    Block block;
};

void put(Pile& pile, const Made& made, Commands& commands) {
    const std::uint8_t number = commands.next();
    const tests::NumberOrder order(pile, number % 16 == 15 ? 2 : 100);
    tests::NumberOrder copy = order;
    Block block;
    if (tests::write_number(pile, number, &block, made.stage.referred(number)) != Outcome::kDone)
        return;
    if (pile.begin_sorting(0) != Outcome::kDone ||
        pile.try_put(block, 0, &copy) != Outcome::kDone) {
        made.stage.arena().free(block.number);
    }
    pile.end_sorting();
}

void take(Pile& pile, const Made& made) {
    tests::NumberOrder order(pile);
    Message message;
    if (pile.begin_sorting(0) != Outcome::kDone) return;
    const Outcome taken = pile.try_take(&message, 0, &order);
    pile.end_sorting();
    if (taken == Outcome::kDone) use(made.stage.arena(), message);
}

void run(const Made& made, Commands& commands) {
    Pile pile(made.stage.arena(), made.block.number);
    for (int i = 0; commands.left() && i < 200; ++i) {
        const std::uint8_t command = commands.next();
        switch (command % 8) {
            case 0:
            case 1:
                put(pile, made, commands);
                break;
            case 2:
            case 3:
                take(pile, made);
                break;
            case 4:
                ask(pile, commands.next());
                break;
            case 5:
                if (command == 0xfd) static_cast<void>(pile.shut_down(true));
                break;
            default:
                commands.overwrite(made.stage);
        }
    }
    made.stage.reset();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Made last(Pile::Rule::kLast);
    static const Made least(Pile::Rule::kLeast);
    Commands commands(data, size);
    run(commands.next() % 2 == 0 ? last : least, commands);
    return 0;
}
