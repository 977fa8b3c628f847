// UTF-8 as pickles have it: measured in one pass, then written in the width that it needs.
//
//     const Utf8 shape = measure_utf8(bytes, size);
//     if (shape.valid) transcode_utf8(bytes, size, out, shape.widest < 0x100 ? 1 : shape.widest <
//     0x10000 ? 2 : 4);
//
// Threading: plain functions. The bytes must not change in between.
// Invariant: "valid" is RFC 3629's: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace anypickle {

struct Utf8 {
    bool valid = false;
    std::uint32_t widest =
        0;  ///< At least the greatest character, at most the greatest of its width (0x7f: ASCII).
    std::size_t length = 0;  ///< In characters.
};

namespace detail {

Utf8 measure_beyond_ascii(const std::uint8_t* bytes, std::size_t size) noexcept;

template <class Word>
[[nodiscard]] inline std::uint64_t word_at(const std::uint8_t* bytes) noexcept {
    Word word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

[[nodiscard]] inline bool all_ascii(const std::uint8_t* bytes, std::size_t size) noexcept {
    std::uint64_t seen = 0;
    if (size >= 8) {
        for (std::size_t at = 0; at + 8 <= size; at += 8)
            seen |= word_at<std::uint64_t>(bytes + at);
        seen |= word_at<std::uint64_t>(bytes + size - 8);
    } else if (size >= 4) {
        seen = word_at<std::uint32_t>(bytes) | word_at<std::uint32_t>(bytes + size - 4);
    } else {
        for (std::size_t at = 0; at < size; ++at) seen |= bytes[at];
    }
    return (seen & 0x8080808080808080u) == 0;
}

}  // namespace detail

/// What it takes to hold this text.
[[nodiscard]] inline Utf8 measure_utf8(const std::uint8_t* bytes, std::size_t size) noexcept {
    if (detail::all_ascii(bytes, size)) [[likely]] {
        return {true, 0x7f, size};
    }
    return detail::measure_beyond_ascii(bytes, size);
}

/// Writes valid text into `out`, one character for each 1, 2 or 4 bytes.
void transcode_utf8(const std::uint8_t* bytes, std::size_t size, void* out, int width) noexcept;

/// memcpy without a call for what is short, as names and words are.
inline void copy_short(std::uint8_t* out, const std::uint8_t* bytes, std::size_t size) noexcept {
    if (size > 32) {
        std::memcpy(out, bytes, size);
    } else if (size >= 8) {
        const std::uint64_t last = detail::word_at<std::uint64_t>(bytes + size - 8);
        for (std::size_t at = 0; at + 8 <= size; at += 8) std::memcpy(out + at, bytes + at, 8);
        std::memcpy(out + size - 8, &last, 8);
    } else if (size >= 4) {
        const auto last =
            static_cast<std::uint32_t>(detail::word_at<std::uint32_t>(bytes + size - 4));
        std::memcpy(out, bytes, 4);
        std::memcpy(out + size - 4, &last, 4);
    } else {
        for (std::size_t at = 0; at < size; ++at) out[at] = bytes[at];
    }
}

}  // namespace anypickle
