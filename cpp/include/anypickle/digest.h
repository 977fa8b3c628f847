// The digest of what a pickle holds: equal contents have equal digests, however they were written.
//
//     Digest digest;
//     Verdict verdict = digest_of(bytes, digest);        // 16 bytes, of BLAKE2b
//
// The machine that loads runs over a graph in which a value is a node. What it ignores: what has a
// number in the memo and which objects are one where both ways hold the same, in which order the
// items of dicts and sets come, and which opcode writes a number or a text. What counts: the types
// of values, the order of everything else, and, within a cycle, which objects are one.
//
// Threading: plain functions. Invariant: nothing is imported, called or allocated at the stream's
// word; the work is in proportion to the stream, but for sorting.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "anypickle/verdict.h"

namespace anypickle {

using Digest = std::array<std::uint8_t, 16>;

/// kBackend: the pickle refers to things outside of it (persistent ids, buffers).
[[nodiscard]] Verdict digest_of(std::span<const std::uint8_t> bytes, Digest& digest) noexcept;

}  // namespace anypickle
