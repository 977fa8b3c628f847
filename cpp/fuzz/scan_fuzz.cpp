// scan(): reports what check() accepts, and its report is sound: names lie in the stream, offsets
// too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "anypickle/scan.h"

using namespace anypickle;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Report report;
    const Verdict scanned = scan({data, size}, Budget{}, report);
    const Verdict checked = check({data, size}, Budget{});
    if (scanned.fault != checked.fault || scanned.offset != checked.offset) std::abort();
    if (scanned.ok() && report.consumed > size) std::abort();
    for (const GlobalUse& use : report.globals) {
        if ((use.roles & bit(Role::kReferenced)) == 0 || use.count == 0) std::abort();
        if (use.module.size() + use.name.size() > size) std::abort();
    }
    return 0;
}
