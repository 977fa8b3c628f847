#include "anypickle/scan.h"

#include "scan_backend.h"

namespace anypickle {
namespace {

Verdict read(std::span<const std::uint8_t> bytes, const Budget& budget, Report* report) noexcept {
    MemorySource source(bytes);
    ScanBackend backend(budget, report);
    MemoTable<ScanBackend> memo;
    Machine<ScanBackend, MemorySource> machine(backend, source, memo);
    ScanBackend::Value result = ScanBackend::nothing();
    Verdict verdict = machine.run(result);
    if (!verdict.ok()) return verdict;
    if (report != nullptr) report->consumed = verdict.offset + 1;
    if (!backend.measure(result)) {
        verdict.fault = backend.fault();
        verdict.detail = backend.detail();
    }
    return verdict;
}

}  // namespace

Verdict check(std::span<const std::uint8_t> bytes, const Budget& budget) noexcept {
    return read(bytes, budget, nullptr);
}

Verdict scan(std::span<const std::uint8_t> bytes, const Budget& budget, Report& report) noexcept {
    return read(bytes, budget, &report);
}

}  // namespace anypickle
