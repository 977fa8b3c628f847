// The stages of the frames whose progress others read: dicts and reduced objects, for Trail.
//
// Threading: that of the engine. Invariant: a frame's stage is the one to go on with, so what is
// being written now belongs to the stage before it.
#pragma once

#include "codec/save/frame.h"

namespace anypickle {

/// Dicts. The value of a pair is saved in the ...Value stages, which follow the saving of its key.
enum DictStage : uint8_t {
    kDictNext,
    kDictInBatch,
    kDictInBatchValue,
    kDictSetOneValue,
    kDictSetOne
};

inline bool dict_saves_key(const Frame& frame) noexcept {
    return frame.stage == kDictInBatchValue || frame.stage == kDictSetOneValue;
}

/// Which opcode makes a reduced object.
enum ReduceForm : uint8_t { kFormCall, kFormNewObj, kFormNewObjEx, kFormPartial };

enum ReduceStage : uint8_t {
    kReduceCallable,
    kReduceArguments,
    kReduceKeywords,
    kReduceMake,
    kReduceListItems,
    kReduceDictItems,
    kReduceState,
    kReduceSetter,
    kReduceSetterObject,
    kReduceSetterState,
    kReduceSet,
    kReduceBuild,
    kReduceEnd,
};

/// What of a reduce value is being written.
enum class ReducePart : uint8_t { kItself, kCallable, kArguments, kKeywords, kState, kSetter };

inline ReducePart reduce_saves(const Frame& frame) noexcept {
    switch (frame.stage) {
        case kReduceCallable + 1:
            return ReducePart::kCallable;
        case kReduceArguments + 1:
            return ReducePart::kArguments;
        case kReduceKeywords + 1:
            return ReducePart::kKeywords;
        case kReduceSetter + 1:
            return ReducePart::kSetter;
        case kReduceSetterState + 1:
            return ReducePart::kState;
        case kReduceBuild:
            return ReducePart::kState;
        default:
            return ReducePart::kItself;
    }
}

}  // namespace anypickle
