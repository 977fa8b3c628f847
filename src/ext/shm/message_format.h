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
    kBuffers
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
    std::uint64_t readonly;
};

inline std::uint64_t aligned(std::uint64_t offset) {
    return (offset + kBufferAlignment - 1) & ~(kBufferAlignment - 1);
}

}  // namespace anypickle::shm
