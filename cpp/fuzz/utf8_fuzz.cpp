// measure_utf8 and transcode_utf8: what is valid comes back when it is encoded again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "anypickle/utf8.h"

using namespace anypickle;

namespace {

void encode(std::uint32_t c, std::vector<std::uint8_t>& out) {
    const auto add = [&out](std::uint32_t byte) { out.push_back(static_cast<std::uint8_t>(byte)); };
    if (c < 0x80) {
        add(c);
    } else if (c < 0x800) {
        add(0xc0 | c >> 6);
        add(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        add(0xe0 | c >> 12);
        add(0x80 | (c >> 6 & 0x3f));
        add(0x80 | (c & 0x3f));
    } else {
        add(0xf0 | c >> 18);
        add(0x80 | (c >> 12 & 0x3f));
        add(0x80 | (c >> 6 & 0x3f));
        add(0x80 | (c & 0x3f));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Utf8 shape = measure_utf8(data, size);
    if (!shape.valid) return 0;
    std::vector<std::uint32_t> characters(shape.length);
    transcode_utf8(data, size, characters.data(), 4);
    std::vector<std::uint8_t> again;
    for (const std::uint32_t c : characters) {
        if (c > shape.widest || (c >= 0xd800 && c < 0xe000)) std::abort();
        encode(c, again);
    }
    if (again != std::vector<std::uint8_t>(data, data + size)) std::abort();
    return 0;
}
