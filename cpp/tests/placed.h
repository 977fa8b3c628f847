// What tests of objects in shared memory share: the arena of the process, an object in it, and a
// call that goes on after signals.
#pragma once

#include <doctest/doctest.h>

#include <new>

#include "anypickle/arena.h"

namespace anypickle::tests {

inline Arena& arena() {
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
    Data* operator->() { return data; }
    Block block;
    Data* data;
};

template <class Call>
Outcome patiently(Call&& call) {
    Outcome end;
    do {
        end = call();
    } while (end == Outcome::kInterrupted);
    return end;
}

}  // namespace anypickle::tests
