// The first byte of a message, and of each element of a tuple in one.
#pragma once

#include <cstdint>

namespace anypickle::shm {

enum class Kind : std::uint8_t {
    kNone = 1,
    kTrue,
    kFalse,
    kInt,
    kFloat,
    kStr,
    kBytes,
    kTuple,
    kPickle,
    kBuffers,
    kArray
};

/// Buffers begin at multiples of this, from the start of the message.
inline constexpr std::uint64_t kBufferAlignment = 64;

/// After Kind::kBuffers and 7 bytes of padding; then a BufferHeader for each, the pickle, the
/// buffers.
struct BuffersHeader {
    std::uint64_t count;
    std::uint64_t pickle_length;
};
struct BufferHeader {
    std::uint64_t length;
    std::uint64_t flags;
};

inline constexpr std::uint64_t kReadonlyBuffer = 1;
/// The buffer is part of a Buffer: a BufferPlace lies here, the memory in the arena.
inline constexpr std::uint64_t kBufferElsewhere = 2;

struct BufferPlace {
    std::uint32_t number;
    std::uint32_t generation;
    std::uint64_t offset;
    std::uint64_t mode;
};

/// After Kind::kArray: an array that lies in a Buffer. Then, for each dimension, its length; then
/// its strides.
struct ArrayHeader {
    BufferPlace place;
    std::uint32_t dimensions;
    std::uint32_t type_code;  // numpy's character for the dtype
};

inline constexpr std::uint32_t kMostDimensions = 64;

inline std::uint64_t aligned(std::uint64_t offset) {
    return (offset + kBufferAlignment - 1) & ~(kBufferAlignment - 1);
}

}  // namespace anypickle::shm
