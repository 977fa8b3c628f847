// The machine's value stack with its marks, in memory of its own that first fits on the C stack.
//
//     if (!stack.push(value)) ...            // no memory: the value is still the caller's
//     if (!stack.mark(top)) ...              // MARK
//     fence = stack.unmark();                // the items of that mark are at and above the old
//     fence
//
// Threading: one run, one thread.
// Invariant: begin <= fence <= top <= limit; the fence is where the last mark is, and nothing below
// it is popped.
#pragma once

#include <cstddef>
#include <cstring>
#include <type_traits>

namespace anypickle {

/// A growing array whose first `kInline` elements need no allocation. `Backend` says where memory
/// comes from.
template <class Element, class Backend, std::size_t kInline>
class GrowingArray {
    static_assert(std::is_trivially_copyable_v<Element>);

  public:
    GrowingArray() noexcept = default;
    GrowingArray(const GrowingArray&) = delete;
    GrowingArray& operator=(const GrowingArray&) = delete;
    ~GrowingArray() {
        if (begin_ != inline_) Backend::deallocate(begin_);
    }

    [[nodiscard]] bool push(Element element) noexcept {
        if (top_ == limit_ && !grow()) [[unlikely]]
            return false;
        *top_++ = element;
        return true;
    }

    [[nodiscard]] Element* begin() const noexcept { return begin_; }
    [[nodiscard]] Element* top() const noexcept { return top_; }
    void set_top(Element* top) noexcept { top_ = top; }
    [[nodiscard]] Element* limit() const noexcept { return limit_; }
    [[nodiscard]] std::size_t size() const noexcept {
        return static_cast<std::size_t>(top_ - begin_);
    }

  private:
    [[nodiscard]] bool grow() noexcept {
        const std::size_t count = size();
        const std::size_t capacity = static_cast<std::size_t>(limit_ - begin_) * 2;
        void* old = begin_ == inline_ ? nullptr : begin_;
        auto* fresh = static_cast<Element*>(Backend::reallocate(old, capacity * sizeof(Element)));
        if (fresh == nullptr) return false;
        if (old == nullptr) std::memcpy(fresh, inline_, count * sizeof(Element));
        begin_ = fresh;
        top_ = fresh + count;
        limit_ = fresh + capacity;
        return true;
    }

    Element inline_[kInline];
    Element* begin_ = inline_;
    Element* top_ = inline_;
    Element* limit_ = inline_ + kInline;
};

/// The machine keeps the top in a register and says where it is with set_top().
template <class Value, class Backend>
class Stack {
  public:
    [[nodiscard]] Value* begin() const noexcept { return values_.begin(); }
    [[nodiscard]] Value* top() const noexcept { return values_.top(); }
    [[nodiscard]] Value* limit() const noexcept { return values_.limit(); }
    /// Where the last mark is.
    [[nodiscard]] Value* fence() const noexcept {
        return values_.begin() + (marks_.size() == 0 ? 0 : marks_.top()[-1]);
    }
    void set_top(Value* top) noexcept { values_.set_top(top); }

    [[nodiscard]] bool push(Value value) noexcept { return values_.push(value); }

    [[nodiscard]] bool has_mark() const noexcept { return marks_.size() != 0; }
    [[nodiscard]] bool mark(Value* top) noexcept {
        return marks_.push(static_cast<std::size_t>(top - values_.begin()));
    }
    /// Takes the last mark away and returns the fence.
    [[nodiscard]] Value* unmark() noexcept {
        marks_.set_top(marks_.top() - 1);
        return fence();
    }

  private:
    GrowingArray<Value, Backend, 64> values_;
    GrowingArray<std::size_t, Backend, 32> marks_;
};

}  // namespace anypickle
