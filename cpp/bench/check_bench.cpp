// How fast a stream is read when nothing is made of it: check() and scan(), in bytes and opcodes.
//
//     cmake -S cpp -B build/cpp -DANYPICKLE_CORE_BENCH=ON && build/cpp/check_bench
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "anypickle/scan.h"

using namespace anypickle;

namespace {

std::vector<std::uint8_t> bytes_of(const std::string& stream) {
    return {stream.begin(), stream.end()};
}

/// A list of records as a pickler writes it: dicts with the same keys, a small int and a short text
/// in each.
std::vector<std::uint8_t> records(int count) {
    std::string stream =
        "\x80\x04]\x94(}\x94(\x8c\x02id\x94K\x01\x8c\x04name\x94\x8c\x05hello\x94u";
    for (int i = 1; i < count; ++i) stream += "}\x94(h\x02K\x07h\x03\x8c\x05world\x94u";
    return bytes_of(stream + "e.");
}

std::vector<std::uint8_t> instances(int count) {
    std::string stream =
        "\x80\x04]\x94(\x8c\x01m\x94\x8c\x05Plain\x94\x93\x94)\x81\x94}\x94\x8c\x01x\x94K\x01sb";
    for (int i = 1; i < count; ++i) stream += "h\x03)\x81\x94}\x94h\x06K\x02sb";
    return bytes_of(stream + "e.");
}

template <class Work>
void measure(benchmark::State& state, const std::vector<std::uint8_t>& stream, Work work) {
    for (auto _ : state) {
        const Verdict verdict = work(stream);
        if (!verdict.ok()) state.SkipWithError("the stream is not well formed");
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
}

Verdict check_it(const std::vector<std::uint8_t>& stream) { return check(stream, Budget{}); }

Verdict scan_it(const std::vector<std::uint8_t>& stream) {
    Report report;
    return scan(stream, Budget{}, report);
}

void check_records(benchmark::State& state) { measure(state, records(10'000), check_it); }
void check_instances(benchmark::State& state) { measure(state, instances(10'000), check_it); }
void scan_records(benchmark::State& state) { measure(state, records(10'000), scan_it); }
void scan_instances(benchmark::State& state) { measure(state, instances(10'000), scan_it); }

BENCHMARK(check_records);
BENCHMARK(check_instances);
BENCHMARK(scan_records);
BENCHMARK(scan_instances);

}  // namespace

BENCHMARK_MAIN();
