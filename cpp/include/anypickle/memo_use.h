// Which memo entries a stream in memory can ever read: most are written and never read again.
//
//     MemoUse use;
//     use.scan(window, first_index);              // without memory, it only says less
//     if (use.never_read(index)) ...              // need not be kept
//
// CPython's pickler memoizes nearly every object. Finding the few GETs beforehand costs a pass over
// the bytes that is far cheaper than keeping, and later releasing, a reference to each object; and
// an object that only the stack holds may be taken apart instead of copied.
//
// Threading: plain data. The bytes must not change between the scan and the run.
// Invariant: errs on one side only: a byte inside a string that looks like a GET makes its entry
// count as read.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "anypickle/reader.h"

namespace anypickle {

class MemoUse {
  public:
    MemoUse() noexcept = default;
    MemoUse(const MemoUse&) = delete;
    MemoUse& operator=(const MemoUse&) = delete;
    ~MemoUse();

    /// Looks through what is left of the stream, up to its very end. `count` is the number of
    /// entries so far.
    void scan(Window rest, std::size_t count) noexcept;

    [[nodiscard]] bool scanned() const noexcept { return limit_ != 0; }

    [[nodiscard]] bool never_read(std::size_t index) const noexcept {
        // The entries that are read are mostly the first ones: classes, and the names of
        // attributes.
        if (index > highest_) [[likely]] {
            return index < limit_;
        }
        return index < limit_ && ((words_[index / 64] >> (index % 64)) & 1) == 0;
    }

    /// At least so many entries from this one on are never read.
    [[nodiscard]] std::size_t unread_from(std::size_t index) const noexcept {
        if (index >= limit_) return 0;
        if (index > highest_) return limit_ - index;
        const std::uint64_t word = words_[index / 64] >> (index % 64);
        return word == 0 ? 64 - index % 64 : static_cast<std::size_t>(std::countr_zero(word));
    }

  private:
    static constexpr std::size_t kInline = 16;

    void mark(std::uint64_t index) noexcept {
        if (index >= limit_) return;
        if (index / 64 >= room_ && !grow(static_cast<std::size_t>(index / 64))) [[unlikely]]
            return;
        words_[index / 64] |= std::uint64_t{1} << (index % 64);
        if (index > highest_) highest_ = static_cast<std::size_t>(index);
    }
    /// Makes room for this word; if there is none, the entries that it is for count as read.
    bool grow(std::size_t word) noexcept;
    void scan_bytes(const std::uint8_t* at, const std::uint8_t* stop,
                    const std::uint8_t* end) noexcept;
    void look_at(const std::uint8_t* block, std::uint64_t hits, const std::uint8_t* at,
                 const std::uint8_t* end) noexcept;
    void text_get(const std::uint8_t* at, const std::uint8_t* end) noexcept;

    std::uint64_t inline_[kInline];
    std::uint64_t* words_ = inline_;  ///< Up to the highest; what is above is not read.
    std::size_t room_ = kInline;
    std::size_t limit_ = 0;    ///< Entries from here on count as read.
    std::size_t highest_ = 0;  ///< The last entry below that is read, or 0.
};

}  // namespace anypickle
