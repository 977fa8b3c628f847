#include "anypickle/verdict.h"

#include "anypickle/budget.h"

namespace anypickle {

const char* fault_text(Fault fault) noexcept {
    switch (fault) {
        case Fault::kNone:
            return "no fault";
        case Fault::kBackend:
            return "refused";
        case Fault::kEndOfInput:
            return "the input ends before STOP";
        case Fault::kTruncated:
            return "an argument is truncated";
        case Fault::kUnderflow:
            return "stack underflow";
        case Fault::kUnexpectedMark:
            return "a MARK where a value should be";
        case Fault::kNoMark:
            return "no MARK";
        case Fault::kBadOpcode:
            return "no such opcode";
        case Fault::kBadProtocol:
            return "unknown protocol";
        case Fault::kOddItems:
            return "a key without a value";
        case Fault::kNegativeLength:
            return "a negative length";
        case Fault::kTooLong:
            return "a length beyond all memory";
        case Fault::kNoSuchMemo:
            return "nothing under this memo index";
        case Fault::kNegativeMemo:
            return "a negative memo index";
        case Fault::kBadExtension:
            return "an extension code that is not positive";
        case Fault::kUnquoted:
            return "a STRING without quotes";
        case Fault::kFrame:
            return "an opcode straddles the end of its frame";
        case Fault::kNestedFrame:
            return "a frame begins within a frame";
        case Fault::kNoMemory:
            return "no memory";
        case Fault::kOverBudget:
            return "over budget";
        case Fault::kBadText:
            return "text that is no number";
    }
    return "unknown fault";
}

const char* limit_name(Limit limit) noexcept {
    switch (limit) {
        case Limit::kBytes:
            return "bytes";
        case Limit::kObjects:
            return "objects";
        case Limit::kDepth:
            return "depth";
        case Limit::kMemo:
            return "memo";
        case Limit::kExpansion:
            return "expansion";
    }
    return "unknown limit";
}

}  // namespace anypickle
