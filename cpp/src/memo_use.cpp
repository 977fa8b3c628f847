#include "anypickle/memo_use.h"

#include <bit>
#include <cstdlib>
#include <cstring>

#include "anypickle/opcode.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace anypickle {
namespace {

constexpr std::size_t kWorthSkipping = std::size_t{1} << 20;

bool is_blank(std::uint8_t byte) noexcept { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
bool is_digit(std::uint8_t byte) noexcept { return byte >= '0' && byte <= '9'; }
/// Whether a number may begin here: digits, signs and blanks all lie below.
bool maybe_digits(std::uint8_t byte) noexcept { return byte <= '9'; }

/// GET, BINGET and LONG_BINGET are 'g', 'h' and 'j'. Bit i is set if byte i of the 64 is one of
/// them, or the 'i' in between.
std::uint64_t maybe_gets(const std::uint8_t* at) noexcept {
    constexpr auto kFirst = static_cast<std::uint8_t>(Opcode::kGet);
    constexpr auto kSpan = static_cast<std::uint8_t>(Opcode::kLongBinGet) - kFirst;
    static_assert(static_cast<std::uint8_t>(Opcode::kBinGet) - kFirst < kSpan);
    std::uint64_t result = 0;
#ifdef __SSE2__
    const __m128i first = _mm_set1_epi8(static_cast<char>(kFirst));
    const __m128i span = _mm_set1_epi8(static_cast<char>(kSpan));
    for (int i = 0; i < 4; ++i) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * i));
        const __m128i above = _mm_sub_epi8(bytes, first);  // wraps around below the first
        const __m128i within = _mm_cmpeq_epi8(_mm_min_epu8(above, span), above);
        result |= std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(within))} << (16 * i);
    }
#else
    for (int i = 0; i < 64; ++i)
        result |= std::uint64_t{static_cast<std::uint8_t>(at[i] - kFirst) <= kSpan} << i;
#endif
    return result;
}

/// The bytes of a counted argument that picklers write between frames; 0 if this is no such opcode.
std::size_t unframed_payload(const std::uint8_t* at, std::size_t size) noexcept {
    const Argument argument = opcode_info(*at).argument;
    if (argument == Argument::kCounted4 && size >= 5)
        return 5 + std::size_t{little_endian<std::uint32_t>(at + 1)};
    if (argument == Argument::kCounted8 && size >= 9) {
        const auto count = little_endian<std::uint64_t>(at + 1);
        return count < size ? 9 + static_cast<std::size_t>(count) : 0;
    }
    return 0;
}

}  // namespace

MemoUse::~MemoUse() {
    if (words_ != inline_) std::free(words_);
}

bool MemoUse::grow(std::size_t word) noexcept {
    std::size_t room = room_ * 2 > word ? room_ * 2 : word + 1;
    if (room > limit_ / 64) room = limit_ / 64;
    void* old = words_ == inline_ ? nullptr : words_;
    auto* fresh = static_cast<std::uint64_t*>(std::realloc(old, room * sizeof(std::uint64_t)));
    if (fresh == nullptr) {
        limit_ = room_ * 64;
        return false;
    }
    if (old == nullptr) std::memcpy(fresh, inline_, sizeof inline_);
    std::memset(fresh + room_, 0, (room - room_) * sizeof(std::uint64_t));
    words_ = fresh;
    room_ = room;
    return true;
}

void MemoUse::scan(Window rest, std::size_t count) noexcept {
    std::memset(inline_, 0, sizeof inline_);
    // Every later entry costs at least one byte.
    limit_ = ((count + rest.size()) / 64 + 1) * 64;

    // Strings and bytes worth stepping over stand between the frames. Anything unexpected is looked
    // through.
    while (rest.size() != 0) {
        if (static_cast<Opcode>(*rest.cursor) == Opcode::kFrame && rest.size() >= 9) {
            const auto size = little_endian<std::uint64_t>(rest.cursor + 1);
            rest.cursor += 9;
            if (size > rest.size()) break;
            scan_bytes(rest.cursor, rest.cursor + size, rest.end);
            rest.cursor += size;
            continue;
        }
        const std::size_t payload = unframed_payload(rest.cursor, rest.size());
        if (payload < kWorthSkipping || payload > rest.size()) break;
        rest.cursor += payload;
        if (rest.size() != 0 && static_cast<Opcode>(*rest.cursor) == Opcode::kMemoize)
            ++rest.cursor;
    }
    scan_bytes(rest.cursor, rest.end, rest.end);
}

/// Looks at the bytes from `at` to `stop`; arguments reach up to `end`.
void MemoUse::scan_bytes(const std::uint8_t* at, const std::uint8_t* stop,
                         const std::uint8_t* end) noexcept {
    constexpr std::size_t kBlock = 64;
    constexpr std::size_t kReach = 4;  // the longest argument, which is read without asking
    while (at != stop) {
        std::size_t size = static_cast<std::size_t>(stop - at);
        if (size > kBlock) size = kBlock;
        const auto there = static_cast<std::size_t>(end - at);
        if (size == kBlock && there >= kBlock + kReach) [[likely]] {
            look_at(at, maybe_gets(at), at, end);
        } else {
            // What is read of an argument that is not there is zeros: one more entry to keep.
            std::uint8_t padded[kBlock + kReach] = {};
            std::memcpy(padded, at, there < size + kReach ? there : size + kReach);
            const std::uint64_t within = ~std::uint64_t{0} >> (kBlock - size);
            look_at(padded, maybe_gets(padded) & within, at, end);
        }
        at += size;
    }
}

/// Looks at the hits of one block, whose text arguments are to be read `at` its place in the
/// stream.
inline void MemoUse::look_at(const std::uint8_t* block, std::uint64_t hits, const std::uint8_t* at,
                             const std::uint8_t* end) noexcept {
    for (; hits != 0; hits &= hits - 1) {
        const int place = std::countr_zero(hits);
        const std::uint8_t* hit = block + place;
        if (static_cast<Opcode>(*hit) == Opcode::kBinGet) {
            mark(hit[1]);
        } else if (static_cast<Opcode>(*hit) == Opcode::kLongBinGet) {
            mark(little_endian<std::uint32_t>(hit + 1));
        } else if (static_cast<Opcode>(*hit) == Opcode::kGet && maybe_digits(hit[1])) {
            text_get(at + place + 1, end);
        }
    }
}

/// GET's argument is what int() takes: blanks, a sign, digits with underscores, blanks; a NUL ends
/// it early.
void MemoUse::text_get(const std::uint8_t* at, const std::uint8_t* end) noexcept {
    while (at != end && *at != '\n' && is_blank(*at)) ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (at == end || !is_digit(*at)) return;
    std::uint64_t index = 0;
    for (; at != end && (is_digit(*at) || *at == '_'); ++at) {
        if (*at == '_') continue;
        if (index > limit_) return;
        index = index * 10 + static_cast<std::uint64_t>(*at - '0');
    }
    mark(index);
}

}  // namespace anypickle
