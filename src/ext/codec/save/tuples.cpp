// Exact tuples. A tuple is memoised after its items, so one that contains itself is met again while
// it is open: the inner one is written in full and memoised, and the outer one then throws its own
// items away for a GET.
#include "codec/save/engine.h"

namespace anypickle {
namespace {

constexpr Py_ssize_t kLongestCounted = 3;
constexpr Opcode kCounted[] = {Opcode::kTuple1, Opcode::kTuple2, Opcode::kTuple3};
}  // namespace

Step Engine::save_tuple(PyObject* object, bool once) {
    const Py_ssize_t size = PyTuple_GET_SIZE(object);
    if (!out_.room()) return Step::kFailed;
    if (size == 0) {
        if (options_.bin) {
            out_.put(Opcode::kEmptyTuple);
        } else {
            out_.put(Opcode::kMark);
            out_.put(Opcode::kTuple);
        }
        return Step::kDone;
    }
    if (size > kLongestCounted || options_.protocol < 2) out_.put(Opcode::kMark);
    if (has_only_leaves(object)) return put_leaves(object, once);
    Frame* frame = push(FrameKind::kTuple, object);
    if (frame == nullptr) return Step::kFailed;
    frame->once = once;
    return Step::kPushed;
}

Step Engine::step_tuple(Frame& frame) {
    PyObject* tuple = frame.object;
    const Py_ssize_t size = PyTuple_GET_SIZE(tuple);
    while (frame.position < size) {
        if (!out_.boundary()) return Step::kFailed;
        if (const Step step = save(PyTuple_GET_ITEM(tuple, frame.position++)); step != Step::kDone)
            return step;
    }
    return make_tuple(tuple, frame.once) != Step::kFailed ? pop() : Step::kFailed;
}

/// Makes the tuple of its items, which are written.
Step Engine::make_tuple(PyObject* tuple, bool once) {
    const Py_ssize_t size = PyTuple_GET_SIZE(tuple);
    if (!out_.room()) return Step::kFailed;
    const bool counted = size <= kLongestCounted && options_.protocol >= 2;
    const Opcode opcode = counted ? kCounted[size - 1] : Opcode::kTuple;
    if (once) {
        out_.put(opcode);
        return Step::kDone;
    }
    Memo::Entry* entry = memo_.slot(tuple);
    if (entry == nullptr) return Step::kFailed;
    if (!memo_.live(*entry)) {
        out_.put(opcode);
        return is_done_with(tuple) || number(*entry, tuple) ? Step::kDone : Step::kFailed;
    }
    const uint32_t index = entry->index;
    if (counted || !options_.bin) {
        for (Py_ssize_t i = counted ? 0 : -1; i < size; ++i) {
            if (!out_.room()) return Step::kFailed;
            out_.put(Opcode::kPop);
        }
    } else {
        out_.put(Opcode::kPopMark);
    }
    return put_get(index) ? Step::kDone : Step::kFailed;
}

}  // namespace anypickle
