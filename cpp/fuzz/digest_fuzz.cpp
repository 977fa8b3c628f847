// digest_of(): any stream has one digest, and reading it touches nothing but its bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "anypickle/digest.h"

using namespace anypickle;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Digest one{};
    Digest other{};
    const Verdict first = digest_of({data, size}, one);
    const Verdict second = digest_of({data, size}, other);
    if (first.fault != second.fault || first.offset != second.offset || one != other) std::abort();
    return 0;
}
