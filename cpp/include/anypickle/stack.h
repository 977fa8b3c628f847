// The machine's value stack with its marks, in memory of its own that first fits on the C stack.
//
//     if (!stack.push(value)) ...            // no memory: the value is still the caller's
//     stack.mark();                          // MARK
//     Value* items; std::size_t count = stack.above_mark(items);
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

template <class Value, class Backend>
class Stack {
  public:
    [[nodiscard]] bool push(Value value) noexcept { return values_.push(value); }

    /// How many values lie above the last mark.
    [[nodiscard]] std::size_t available() const noexcept { return values_.size() - fence_; }
    [[nodiscard]] bool has_mark() const noexcept { return marks_.size() != 0; }
    /// Whether the last mark lies on top of everything.
    [[nodiscard]] bool mark_on_top() const noexcept { return has_mark() && available() == 0; }

    [[nodiscard]] Value* top() const noexcept { return values_.top(); }
    [[nodiscard]] Value pop() noexcept {
        values_.set_top(values_.top() - 1);
        return *values_.top();
    }
    void drop(std::size_t count) noexcept { values_.set_top(values_.top() - count); }

    [[nodiscard]] bool mark() noexcept {
        if (!marks_.push(fence_ = values_.size())) [[unlikely]]
            return false;
        return true;
    }

    /// Takes the last mark away: the values that were above it, `count` of them, are the last ones
    /// on the stack.
    [[nodiscard]] std::size_t unmark() noexcept {
        const std::size_t count = available();
        marks_.set_top(marks_.top() - 1);
        fence_ = marks_.size() == 0 ? 0 : marks_.top()[-1];
        return count;
    }

    [[nodiscard]] Value* begin() const noexcept { return values_.begin(); }

  private:
    GrowingArray<Value, Backend, 64> values_;
    GrowingArray<std::size_t, Backend, 32> marks_;
    std::size_t fence_ = 0;
};

}  // namespace anypickle
