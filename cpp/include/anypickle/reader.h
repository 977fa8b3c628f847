// How the machine gets its bytes: a Window on them, and a Source that moves the window on.
//
//     Window window = source.first();                     // [cursor, end) may be read
//     if (window.size() < 4) window = source.more(window, 4);
//     if (!window) return source.fault();                 // there are no four bytes
//     std::uint32_t count = little_endian<std::uint32_t>(window.cursor);
//
// A Source has first(), more(window, need), line(window), fill(window, out, size), finish(window)
// and fault(). The machine looks at the window itself on its fast path and asks the source only
// when the window is too small.
//
// Threading: one run, one thread. A MemorySource borrows its bytes: they outlive it.
// Invariant: nothing is allocated for a length that the stream only claims.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "anypickle/verdict.h"

namespace anypickle {

/// Bytes that are there. Converts to false when a Source could not give one.
struct Window {
    const std::uint8_t* cursor = nullptr;
    const std::uint8_t* end = nullptr;

    [[nodiscard]] std::size_t size() const noexcept {
        return static_cast<std::size_t>(end - cursor);
    }
    explicit operator bool() const noexcept { return cursor != nullptr; }
};

/// A text argument without its newline, and the window behind it.
struct Line {
    const char* text = nullptr;
    std::size_t size = 0;
    Window rest;

    explicit operator bool() const noexcept { return text != nullptr; }
};

/// An unsigned integer as the stream has it.
template <class Integer>
[[nodiscard]] inline Integer little_endian(const std::uint8_t* bytes) noexcept {
    Integer value = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, bytes, sizeof value);
    } else {
        for (std::size_t i = sizeof value; i-- > 0;)
            value = static_cast<Integer>((value << 8) | bytes[i]);
    }
    return value;
}

/// BINFLOAT: an IEEE double, the most significant byte first.
[[nodiscard]] inline double big_endian_double(const std::uint8_t* bytes) noexcept {
    std::uint64_t bits = 0;
    for (int i = 0; i < 8; ++i) bits = (bits << 8) | bytes[i];
    return std::bit_cast<double>(bits);
}

/// The line that begins at the cursor, if its newline is in the window.
[[nodiscard]] inline Line line_in(Window window) noexcept {
    if (window.size() == 0) return {};
    const void* newline = std::memchr(window.cursor, '\n', window.size());
    if (newline == nullptr) return {};
    const auto* end = static_cast<const std::uint8_t*>(newline);
    return {reinterpret_cast<const char*>(window.cursor),
            static_cast<std::size_t>(end - window.cursor), Window{end + 1, window.end}};
}

/// A source over bytes in memory: what is not in the first window does not exist.
class MemorySource {
  public:
    explicit MemorySource(std::span<const std::uint8_t> bytes) noexcept
        : begin_(bytes.data() == nullptr ? &kNothing : bytes.data()), end_(begin_ + bytes.size()) {}

    [[nodiscard]] Window first() const noexcept { return {begin_, end_}; }
    [[nodiscard]] Window more(Window, std::size_t) const noexcept { return {}; }
    [[nodiscard]] Line line(Window window) const noexcept { return line_in(window); }
    [[nodiscard]] Window fill(Window, std::uint8_t*, std::size_t) const noexcept { return {}; }
    [[nodiscard]] bool finish(Window) const noexcept { return true; }
    [[nodiscard]] Fault fault() const noexcept { return Fault::kTruncated; }
    /// How many bytes lie before the cursor.
    [[nodiscard]] std::size_t offset(const std::uint8_t* cursor) const noexcept {
        return static_cast<std::size_t>(cursor - begin_);
    }

  private:
    static constexpr std::uint8_t kNothing = 0;
    const std::uint8_t* begin_;
    const std::uint8_t* end_;
};

}  // namespace anypickle
