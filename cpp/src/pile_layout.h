// How messages lie in the blocks of a pile, and the places of its array; shared by its files.
//
//     block = message · references, key, trailer at its end
//
// The message comes first, so that large buffers in it can be used where they lie.
#pragma once

#include <array>
#include <cstring>

#include "anypickle/pile.h"

namespace anypickle {

inline constexpr std::uint64_t kPileMagic = 0x31656c69705f7061;
inline constexpr std::uint64_t kFirstPlaces = 8;
inline constexpr std::uint64_t kMostPlaces = (1ULL << 32) - 1;
inline constexpr std::uint64_t kPlanned = 1;  // in PileHeader::state
inline constexpr std::uint64_t kChange = 2;
inline constexpr std::uint64_t kChangeMask = 0xffff'fffe;

struct PileTrailer {
    std::uint64_t length;
    std::uint64_t stamp;  // made of the name: what has none is not taken for a message
    std::uint32_t references;
    std::uint32_t key_length;
};

constexpr std::uint64_t name_of(Block block) {
    return static_cast<std::uint64_t>(block.generation) << 32 | block.number;
}
constexpr Block named(std::uint64_t name) {
    return {static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(name >> 32)};
}
constexpr std::uint64_t pile_stamp_of(Block block) { return name_of(block) ^ kPileMagic; }

/// A message that was checked: nothing read from shared memory is believed.
struct PileMessage {
    BlockEntry* entry = nullptr;
    Part message;
    Part key;
    const std::byte* references = nullptr;
    std::uint32_t reference_count = 0;

    [[nodiscard]] Block reference(std::size_t index) const {
        Block block;
        std::memcpy(&block, references + index * sizeof block, sizeof block);
        return block;
    }
};

/// False if the block has no message.
bool open_message(Arena& arena, Block block, PileMessage* opened);

/// What changes: these places get these names.
struct Pile::Path {
    std::uint64_t name = 0;  // of what comes or goes
    std::size_t steps = 0;
    std::array<std::uint64_t, PileHeader::kMostSteps> places;
    std::array<std::uint64_t, PileHeader::kMostSteps> names;

    void set(std::uint64_t place, std::uint64_t value) {
        places[steps] = place;
        names[steps] = value;
        ++steps;
    }
};

}  // namespace anypickle
