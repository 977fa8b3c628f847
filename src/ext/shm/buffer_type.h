// Buffer: memory in the arena with Python's buffer protocol, for arrays that cross without being
// copied.
#pragma once

#include "shm/shared_object.h"
#include "shm/state.h"

namespace anypickle::shm {

/// What a receiver sees: the memory itself, the same but not writable, or pages of its own once it
/// writes.
enum class BufferMode : unsigned { kShared = 0, kReadonly = 1, kPrivate = 2 };

struct SharedBuffer {
    ObjectTag tag;
    std::uint32_t data_offset;
    std::uint64_t length;  // bytes
    std::uint32_t item_size;
    std::array<char, 12> format;  // of an item, as the struct module has it
};

/// The Buffer whose memory an exporter's buffer is part of, or null. Looks along `base` and
/// memoryviews.
PyObject* buffer_behind(State* state, PyObject* exporter);

/// Where its memory lies in this process, its length, its mode.
const std::byte* memory_of_buffer(PyObject* buffer);
std::uint64_t length_of_buffer(PyObject* buffer);
BufferMode mode_of_buffer(PyObject* buffer);

/// False for a private view: what was written there is this process's own.
bool is_in_arena(PyObject* buffer);

/// A Buffer over a block that a message refers to.
PyObject* buffer_from_message(State* state, Arena* arena, Block block, BufferMode mode);

}  // namespace anypickle::shm
