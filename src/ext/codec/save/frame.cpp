#include "codec/save/frame.h"

namespace anypickle {

FrameStack::~FrameStack() {
    unwind(0);
    for (Block* block = first_; block != nullptr;) PyMem_Free(std::exchange(block, block->next));
}

bool FrameStack::next_block() noexcept {
    Block* next = block_ == nullptr ? first_ : block_->next;
    if (next == nullptr) {
        next = static_cast<Block*>(PyMem_Malloc(sizeof(Block)));
        if (next == nullptr) {
            PyErr_NoMemory();
            return false;
        }
        next->previous = block_;
        next->next = nullptr;
        if (block_ == nullptr) {
            first_ = next;
        } else {
            block_->next = next;
        }
    }
    block_ = next;
    used_ = 0;
    return true;
}

void FrameStack::previous_block() noexcept {
    if (block_->previous == nullptr) return;
    // One spare block is kept, so that a depth that swings around a boundary allocates nothing.
    if (block_->next != nullptr) {
        PyMem_Free(block_->next);
        block_->next = nullptr;
    }
    block_ = block_->previous;
    used_ = kBlock;
}

}  // namespace anypickle
