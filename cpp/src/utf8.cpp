#include "anypickle/utf8.h"

namespace anypickle {
namespace {

bool continues(std::uint8_t byte) noexcept { return (byte & 0xc0) == 0x80; }

/// The bytes of the character that starts here, 0 if none does. Reads no further than `left` bytes.
std::size_t character_size(const std::uint8_t* at, std::size_t left) noexcept {
    const std::uint8_t lead = at[0];
    if (lead < 0x80) return 1;
    if (lead < 0xc2) return 0;
    if (lead < 0xe0) return left >= 2 && continues(at[1]) ? 2 : 0;
    if (lead < 0xf0) {
        if (left < 3 || !continues(at[1]) || !continues(at[2])) return 0;
        const bool overlong = lead == 0xe0 && at[1] < 0xa0;
        const bool surrogate = lead == 0xed && at[1] >= 0xa0;
        return overlong || surrogate ? 0 : 3;
    }
    if (lead > 0xf4 || left < 4 || !continues(at[1]) || !continues(at[2]) || !continues(at[3]))
        return 0;
    const bool overlong = lead == 0xf0 && at[1] < 0x90;
    const bool too_great = lead == 0xf4 && at[1] >= 0x90;
    return overlong || too_great ? 0 : 4;
}

template <class Character>
void transcode(const std::uint8_t* at, std::size_t size, Character* out) noexcept {
    const std::uint8_t* end = at + size;
    const auto tail = [](std::uint8_t byte) { return static_cast<std::uint32_t>(byte & 0x3f); };
    while (at != end) {
        const std::uint8_t lead = at[0];
        if (lead < 0x80) {
            *out++ = lead;
            at += 1;
        } else if (lead < 0xe0) {
            *out++ = static_cast<Character>((lead & 0x1fu) << 6 | tail(at[1]));
            at += 2;
        } else if (lead < 0xf0) {
            *out++ = static_cast<Character>((lead & 0x0fu) << 12 | tail(at[1]) << 6 | tail(at[2]));
            at += 3;
        } else {
            *out++ = static_cast<Character>((lead & 0x07u) << 18 | tail(at[1]) << 12 |
                                            tail(at[2]) << 6 | tail(at[3]));
            at += 4;
        }
    }
}

}  // namespace

Utf8 detail::measure_beyond_ascii(const std::uint8_t* bytes, std::size_t size) noexcept {
    Utf8 shape;
    std::uint8_t greatest = 0;
    for (std::size_t at = 0; at < size;) {
        const std::size_t step = character_size(bytes + at, size - at);
        if (step == 0) return {};
        if (bytes[at] > greatest) greatest = bytes[at];
        at += step;
        ++shape.length;
    }
    // U+0080 to U+00FF begin with C2 and C3; U+10000 and up with F0 and more.
    shape.valid = true;
    shape.widest = greatest < 0x80   ? 0x7f
                   : greatest < 0xc4 ? 0xff
                   : greatest < 0xf0 ? 0xffff
                                     : 0x10ffff;
    return shape;
}

void transcode_utf8(const std::uint8_t* bytes, std::size_t size, void* out, int width) noexcept {
    if (width == 1) {
        transcode(bytes, size, static_cast<std::uint8_t*>(out));
    } else if (width == 2) {
        transcode(bytes, size, static_cast<std::uint16_t*>(out));
    } else {
        transcode(bytes, size, static_cast<std::uint32_t*>(out));
    }
}

}  // namespace anypickle
