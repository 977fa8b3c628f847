// Piles of numbers, for their tests: written, ordered and taken as a caller would.
#pragma once

#include <cstring>
#include <limits>

#include "anypickle/pile.h"

namespace anypickle::tests {

inline std::uint64_t number_in(const Pile& pile, Block block) {
    Part message;
    Part key;
    std::uint64_t number = 0;
    if (pile.read(block, &message, &key) && message.size() >= sizeof number)
        std::memcpy(&number, message.data(), sizeof number);
    return number;
}

/// By their value; after `comparisons` of them it fails.
class NumberOrder : public PileOrder {
  public:
    explicit NumberOrder(const Pile& pile, int comparisons = std::numeric_limits<int>::max())
        : pile_(&pile), left_(comparisons) {}
    Answer less(Block one, Block other) override {
        if (left_-- == 0) return Answer::kFailed;
        return number_in(*pile_, one) < number_in(*pile_, other) ? Answer::kYes : Answer::kNo;
    }

  private:
    const Pile* pile_;
    int left_;
};

inline Outcome write_number(Pile& pile, std::uint64_t number, Block* block,
                            References references = {}) {
    Part part = std::as_bytes(std::span(&number, 1));
    return pile.write({&part, 1}, references, {}, block);
}

inline Outcome begin(Pile& pile) {
    if (pile.rule() == Pile::Rule::kLast) return Outcome::kDone;
    Outcome begun;
    do {
        begun = pile.begin_sorting(MessageQueue::kWaitSlice);
    } while (begun == Outcome::kInterrupted);
    return begun;
}

/// Puts it at once or not at all.
inline Outcome put_number(Arena& arena, Pile& pile, std::uint64_t number,
                          PileOrder* order = nullptr, References references = {}) {
    NumberOrder usual(pile);
    Block block;
    Outcome end = write_number(pile, number, &block, references);
    if (end != Outcome::kDone) return end;
    end = begin(pile);
    if (end == Outcome::kDone) {
        do {
            end = pile.try_put(block, MessageQueue::kWaitSlice, order == nullptr ? &usual : order);
        } while (end == Outcome::kInterrupted);
        pile.end_sorting();
    }
    if (end != Outcome::kDone) arena.free(block.number);
    return end;
}

/// Takes one at once or not at all; what it refers to must hold the same number.
inline Outcome take_number(Arena& arena, Pile& pile, std::uint64_t* number,
                           PileOrder* order = nullptr) {
    NumberOrder usual(pile);
    Message message;
    Outcome end = begin(pile);
    if (end != Outcome::kDone) return end;
    do {
        end = pile.try_take(&message, MessageQueue::kWaitSlice, order == nullptr ? &usual : order);
    } while (end == Outcome::kInterrupted);
    pile.end_sorting();
    if (end != Outcome::kDone) return end;
    *number = number_in(pile, message.block);
    for (const Block& block : message.references) {
        if (std::memcmp(arena.data(block.number), number, sizeof *number) != 0)
            *number = ~std::uint64_t{0};
        arena.drop(block.number);
    }
    arena.free(message.block.number);
    return end;
}

inline Outcome put_waiting(Arena& arena, Pile& pile, std::uint64_t number) {
    for (;;) {
        Outcome end = put_number(arena, pile, number);
        if (end != Outcome::kFull) return end;
        pile.wait_for_room(kForever);
    }
}

inline Outcome take_waiting(Arena& arena, Pile& pile, std::uint64_t* number) {
    for (;;) {
        Outcome end = take_number(arena, pile, number);
        if (end != Outcome::kEmpty) return end;
        pile.wait_for_message(kForever);
    }
}

}  // namespace anypickle::tests
