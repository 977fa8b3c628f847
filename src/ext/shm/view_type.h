// View: a large message that is read where it lies.
#pragma once

#include "shm/shared_object.h"
#include "shm/state.h"

namespace anypickle::shm {

/// A private view of a message's block, which passes from our hands to the view; null (perhaps
/// without an error) if it cannot be mapped, and the block is still ours.
PyObject* new_view(State* state, Arena* arena, Block block, std::uint64_t length);

const std::byte* memory_of_view(PyObject* view);

}  // namespace anypickle::shm
