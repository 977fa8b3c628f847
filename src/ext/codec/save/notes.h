// The notes that CPython's pickle adds to an error since 3.14: what was being serialized, from the
// inside out.
//
//     note(object, "state");        // "when serializing pkg.Model state"
//     note_frames(frames, true);    // one or two for each frame
//
// Threading: an attached thread state. Invariant: the error that is set stays the one that is set;
// on older Pythons nothing happens.
#pragma once

#include <Python.h>

#include "codec/save/frame.h"

namespace anypickle {

/// Notes on the error that is set: "when serializing <type of object> <what>".
void note(PyObject* object, const char* what);

/// Notes what each frame was writing. `top_writes_child`: the top frame failed in something that it
/// contains.
void note_frames(FrameStack& frames, bool top_writes_child);

}  // namespace anypickle
