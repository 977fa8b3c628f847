// Frames: what would be the C stack of a recursive pickler, as data.
//
// Each container (or reduced object) whose contents are being written has a frame that remembers
// how far it is. The depth of what can be written is bounded by memory alone, and the frames name
// the path to the object being written. Frames do not move: a reference to one stays good while
// others are pushed above it. Threading: that of its pickler. Invariant: a frame owns the objects
// that it points to.
#pragma once

#include <Python.h>

#include <cstdint>
#include <utility>

namespace anypickle {

enum class FrameKind : uint8_t {
    kList,       ///< exact list: object
    kListItems,  ///< iterator of list items: source; extra is the item fetched ahead
    kDict,       ///< exact dict: object; key and extra are the item being written
    kDictItems,  ///< iterator of pairs: source; extra is the pair fetched ahead, key the pair being
                 ///< written
    kTuple,      ///< exact tuple, or the base part of a named one: object
    kSet,        ///< exact set: object
    kFrozenSet,  ///< exact frozenset: object
    kReduce,     ///< object; source is what its reducer returned
    kGlobal,     ///< object; source is (module name, qualified name)
    kPersistent,  ///< source is the persistent id
};

struct Frame {
    FrameKind kind;
    uint8_t stage;   ///< Where in the function of its kind it goes on.
    uint8_t form;    ///< kReduce: which opcode makes the object.
    bool once;       ///< Nothing can meet the object again: it gets no number.
    bool tracked;    ///< In the table of open objects of a fast dump.
    bool temporary;  ///< Nothing but the pickler refers to the object.
    bool by_value;   ///< kReduce: a function or class that goes by value.
    bool builtin;    ///< kReduce: a builtin without an opcode of its own in the protocol.
    PyObject* object;
    PyObject* source;
    PyObject* extra;
    PyObject* key;
    Py_ssize_t position;  ///< The next item, slot or element.
    Py_ssize_t batch;     ///< Items since the last MARK.
    Py_ssize_t written;   ///< Items in all.
    Py_ssize_t size;      ///< That of the container, where a change is an error.

    /// The key of the item of a dict, or of a class derived from it, that is being written,
    /// borrowed; null where it is none.
    [[nodiscard]] PyObject* item_key() const noexcept {
        if (kind == FrameKind::kDict) return key;
        const bool pair = kind == FrameKind::kDictItems && key != nullptr;
        return pair && PyTuple_Check(key) ? PyTuple_GET_ITEM(key, 0) : nullptr;
    }
};

class FrameStack {
  public:
    FrameStack() noexcept = default;
    FrameStack(const FrameStack&) = delete;
    FrameStack& operator=(const FrameStack&) = delete;
    ~FrameStack();

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] size_t size() const noexcept { return size_; }
    [[nodiscard]] Frame& top() noexcept { return block_->frames[used_ - 1]; }

    /// A new frame with everything zero but its kind; null with MemoryError set.
    Frame* push(FrameKind kind) noexcept {
        if (block_ == nullptr || used_ == kBlock) {
            if (!next_block()) return nullptr;
        }
        Frame* frame = &block_->frames[used_++];
        ++size_;
        *frame = Frame{};
        frame->kind = kind;
        return frame;
    }

    /// Drops the top frame and what it owns. What is released may run code, after the frame is
    /// gone.
    void pop() noexcept {
        Frame frame = top();
        --size_;
        if (--used_ == 0) previous_block();
        Py_XDECREF(frame.object);
        Py_XDECREF(frame.source);
        Py_XDECREF(frame.extra);
        Py_XDECREF(frame.key);
    }

    /// Drops all frames but the lowest `size`.
    void unwind(size_t size) noexcept {
        while (size_ > size) pop();
    }

    /// Calls visit(frame) for each frame from the lowest on.
    template <typename Visit>
    void each(Visit visit) {
        for (Block* block = first_; block != nullptr; block = block->next) {
            const size_t used = block == block_ ? used_ : kBlock;
            for (size_t i = 0; i < used; ++i) visit(block->frames[i]);
            if (block == block_) break;
        }
    }

  private:
    static constexpr size_t kBlock = 64;
    struct Block {
        Block* previous;
        Block* next;
        Frame frames[kBlock];
    };
    bool next_block() noexcept;
    void previous_block() noexcept;

    Block* first_ = nullptr;
    Block* block_ = nullptr;  ///< That of the top frame; the first when there is none.
    size_t used_ = 0;
    size_t size_ = 0;
};

}  // namespace anypickle
