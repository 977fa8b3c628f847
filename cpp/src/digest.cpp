#include "anypickle/digest.h"

#include "digest_backend.h"

namespace anypickle {

Verdict digest_of(std::span<const std::uint8_t> bytes, Digest& digest) noexcept {
    MemorySource source(bytes);
    DigestBackend backend;
    MemoTable<DigestBackend> memo;
    Machine<DigestBackend, MemorySource> machine(backend, source, memo);
    DigestBackend::Value result = DigestBackend::nothing();
    Verdict verdict = machine.run(result);
    if (verdict.ok() && !backend.graph().digest(result, digest)) verdict.fault = Fault::kNoMemory;
    return verdict;
}

}  // namespace anypickle
