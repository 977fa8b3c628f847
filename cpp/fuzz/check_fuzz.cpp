// check(): any bytes, under a small budget and under none. The verdicts may differ in one way only.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "anypickle/scan.h"

using namespace anypickle;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Verdict unlimited = check({data, size}, Budget::unlimited());
    Budget small;
    small.bytes = 1000;
    small.objects = 200;
    small.memo = 50;
    small.depth = 20;
    small.expansion = 1000;
    const Verdict limited = check({data, size}, small);
    const bool same = limited.fault == unlimited.fault && limited.offset == unlimited.offset;
    if (!same && limited.fault != Fault::kOverBudget) std::abort();
    if (!unlimited.ok() && unlimited.fault == Fault::kOverBudget) std::abort();
    return 0;
}
