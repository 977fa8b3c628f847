// A Verdict says how reading one pickle ended: well, or at which opcode and why not.
//
//     Verdict verdict = check(bytes, Budget{});
//     if (!verdict.ok()) std::fprintf(stderr, "%s at %zu\n", fault_text(verdict.fault),
//     verdict.offset);
//
// Threading: plain values.
// Invariant: the machine never throws, prints or aborts; this is all it has to say.
#pragma once

#include <cstddef>
#include <cstdint>

namespace anypickle {

/// Why a pickle could not be read. The comments name the opcodes that can give it.
enum class Fault : std::uint8_t {
    kNone,
    kBackend,         ///< The back end refused; it knows why (in Python: an exception is set).
    kEndOfInput,      ///< No byte where an opcode should be.
    kTruncated,       ///< An opcode's argument is not all there.
    kUnderflow,       ///< The opcode needs more values than the stack has.
    kUnexpectedMark,  ///< The opcode needs a value and finds a MARK.
    kNoMark,          ///< The opcode needs a MARK and there is none.
    kBadOpcode,       ///< Verdict::detail is the byte.
    kBadProtocol,     ///< PROTO above kHighestProtocol; Verdict::detail is what it asks for.
    kOddItems,        ///< DICT, SETITEMS.
    kNegativeLength,  ///< LONG4.
    kTooLong,         ///< A count that no address space can hold.
    kNoSuchMemo,      ///< GET and its kin; Verdict::detail is the index.
    kNegativeMemo,    ///< PUT.
    kBadExtension,    ///< EXT1, EXT2, EXT4 with a code that is not positive.
    kUnquoted,        ///< STRING.
    kFrame,           ///< An opcode or an argument straddles the end of its frame.
    kNestedFrame,     ///< FRAME within a frame.
    kNoMemory,
    kOverBudget,  ///< Verdict::detail is a Limit (budget.h).
    kBadText,     ///< A text argument that is no number.
};

/// The fault in a few words of English, without the final period.
const char* fault_text(Fault fault) noexcept;

struct Verdict {
    Fault fault = Fault::kNone;
    std::uint8_t opcode = 0;   ///< The opcode being executed.
    std::size_t offset = 0;    ///< Where that opcode is: bytes from the start of the stream.
    std::uint64_t detail = 0;  ///< See Fault.

    [[nodiscard]] bool ok() const noexcept { return fault == Fault::kNone; }
};

}  // namespace anypickle
