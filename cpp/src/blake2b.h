// BLAKE2b (RFC 7693), without a key, of a 16 byte digest.
//
//     Blake2b hash;
//     hash.add(bytes, size);
//     Digest digest = hash.finish();          // once
//
// Threading: that of its owner.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "anypickle/digest.h"

namespace anypickle {

class Blake2b {
  public:
    Blake2b() noexcept { state_[0] ^= 0x01010000U ^ std::tuple_size_v<Digest>; }

    void add(const void* bytes, std::size_t size) noexcept {
        const auto* from = static_cast<const std::uint8_t*>(bytes);
        while (size > 0) {
            if (filled_ == kBlock) {  // more is to come, so it is not the last one
                count_ += kBlock;
                compress(block_.data(), false);
                filled_ = 0;
            }
            for (; filled_ == 0 && size > kBlock; from += kBlock, size -= kBlock) {
                count_ += kBlock;
                compress(from, false);
            }
            const std::size_t part = size < kBlock - filled_ ? size : kBlock - filled_;
            std::memcpy(block_.data() + filled_, from, part);
            filled_ += part;
            from += part;
            size -= part;
        }
    }
    void add(std::uint8_t byte) noexcept { add(&byte, 1); }
    void add(const Digest& digest) noexcept { add(digest.data(), digest.size()); }

    [[nodiscard]] Digest finish() noexcept {
        count_ += filled_;
        std::memset(block_.data() + filled_, 0, kBlock - filled_);
        compress(block_.data(), true);
        Digest digest;
        static_assert(std::endian::native == std::endian::little);
        std::memcpy(digest.data(), state_.data(), digest.size());
        return digest;
    }

  private:
    static constexpr std::size_t kBlock = 128;
    static constexpr std::array<std::uint64_t, 8> kInitial = {
        0x6A09E667F3BCC908U, 0xBB67AE8584CAA73BU, 0x3C6EF372FE94F82BU, 0xA54FF53A5F1D36F1U,
        0x510E527FADE682D1U, 0x9B05688C2B3E6C1FU, 0x1F83D9ABFB41BD6BU, 0x5BE0CD19137E2179U};
    static constexpr std::uint8_t kOrder[10][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
        {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
        {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
        {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
        {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
        {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
        {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
        {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
        {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

    using Words = std::array<std::uint64_t, 16>;

    /// With the order of words known when it is compiled, all of them stay in registers.
    template <std::size_t kRound>
    static void round(Words& v, const Words& m) noexcept {
        constexpr auto& s = kOrder[kRound % 10];
        const auto mix = [&v](std::size_t a, std::size_t b, std::size_t c, std::size_t d,
                              std::uint64_t x, std::uint64_t y) __attribute__((always_inline)) {
            v[a] += v[b] + x;
            v[d] = std::rotr(v[d] ^ v[a], 32);
            v[c] += v[d];
            v[b] = std::rotr(v[b] ^ v[c], 24);
            v[a] += v[b] + y;
            v[d] = std::rotr(v[d] ^ v[a], 16);
            v[c] += v[d];
            v[b] = std::rotr(v[b] ^ v[c], 63);
        };
        mix(0, 4, 8, 12, m[s[0]], m[s[1]]);
        mix(1, 5, 9, 13, m[s[2]], m[s[3]]);
        mix(2, 6, 10, 14, m[s[4]], m[s[5]]);
        mix(3, 7, 11, 15, m[s[6]], m[s[7]]);
        mix(0, 5, 10, 15, m[s[8]], m[s[9]]);
        mix(1, 6, 11, 12, m[s[10]], m[s[11]]);
        mix(2, 7, 8, 13, m[s[12]], m[s[13]]);
        mix(3, 4, 9, 14, m[s[14]], m[s[15]]);
    }

    void compress(const std::uint8_t* block, bool last) noexcept {
        Words m;
        std::memcpy(m.data(), block, kBlock);
        Words v;
        for (std::size_t i = 0; i < 8; ++i) {
            v[i] = state_[i];
            v[i + 8] = kInitial[i];
        }
        v[12] ^= count_;
        if (last) v[14] = ~v[14];
        [&]<std::size_t... kRounds>(std::index_sequence<kRounds...>) {
            (round<kRounds>(v, m), ...);
        }
        (std::make_index_sequence<12>());
        for (std::size_t i = 0; i < 8; ++i) state_[i] ^= v[i] ^ v[i + 8];
    }

    std::array<std::uint64_t, 8> state_ = kInitial;
    std::array<std::uint8_t, kBlock> block_;
    std::size_t filled_ = 0;
    std::uint64_t count_ = 0;  ///< Of bytes: no stream has 2**64.
};

}  // namespace anypickle
