// Whether a crossing (anypickle.crossing) is under way in this thread.
//
//     const int crossing = in_crossing(state);        // 1, 0, -1
//
// Threading: an attached thread state; the answer is this thread's.
#pragma once

#include "codec/value/state.h"

namespace anypickle {

/// 1 within a `with crossing(...)` or a gate, 0 in a plain dumps, -1 with the error set.
int in_crossing(ValueState* state);

/// Whether the other side of the crossing in this thread runs the same program, so that it has what
/// `__main__` defines. 1, 0, -1.
int shares_main(ValueState* state);

/// Whether the crossing in this thread is for a content hash, which knows no tokens. 1, 0, -1.
int hashes(ValueState* state);

}  // namespace anypickle
