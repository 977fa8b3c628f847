// Exact sets and frozensets: opcodes of their own from protocol 4 on, a call with a list before.
#include "codec/save/sets.h"

#include "codec/save/engine.h"

namespace anypickle {
namespace {

constexpr Py_ssize_t kBatch = 1000;

}  // namespace

/// What the elements are read from: the set itself; in a free-threaded build a list of them, made
/// at once.
static PyObject* new_elements([[maybe_unused]] PyObject* set) {
    return kFreeThreaded ? PySequence_List(set) : Py_NewRef(set);
}

static ItemRef element(PyObject* elements, Py_ssize_t* position) {
    if constexpr (kFreeThreaded) {
        ItemRef item = list_item(elements, *position);
        if (item) ++*position;
        return item;
    } else {
        return ItemRef(next_in_set(elements, position));
    }
}

Step Engine::save_set(PyObject* object) {
    if (options_.protocol < 4) {
        PyObject* items = PySequence_List(object);
        if (items == nullptr) return Step::kFailed;
        return save_call(object, reinterpret_cast<PyObject*>(&PySet_Type),
                         Py_BuildValue("(N)", items));
    }
    if (!out_.room()) return Step::kFailed;
    out_.put(Opcode::kEmptySet);
    if (!memoize(object)) return Step::kFailed;
    if (PySet_GET_SIZE(object) == 0) return Step::kDone;
    Frame* frame = push(FrameKind::kSet, object);
    if (frame == nullptr) return Step::kFailed;
    frame->size = PySet_GET_SIZE(object);
    frame->source = new_elements(object);
    return frame->source != nullptr ? Step::kPushed : Step::kFailed;
}

Step Engine::step_set(Frame& frame) {
    for (;;) {
        if (!out_.boundary()) return Step::kFailed;
        const ItemRef item = element(frame.source, &frame.position);
        if (PySet_GET_SIZE(frame.object) != frame.size) {
            PyErr_SetString(PyExc_RuntimeError, "set changed size during iteration");
            return Step::kFailed;
        }
        if (frame.batch == kBatch || (!item && frame.batch > 0)) {
            out_.put(Opcode::kAddItems);
            frame.batch = 0;
        }
        if (!item) return pop();
        if (frame.batch++ == 0) out_.put(Opcode::kMark);
        ++frame.written;
        if (const Step step = save(item.get()); step != Step::kDone) return step;
    }
}

Step Engine::save_frozenset(PyObject* object) {
    if (options_.protocol < 4) {
        PyObject* items = PySequence_List(object);
        if (items == nullptr) return Step::kFailed;
        return save_call(object, reinterpret_cast<PyObject*>(&PyFrozenSet_Type),
                         Py_BuildValue("(N)", items));
    }
    if (!out_.room()) return Step::kFailed;
    out_.put(Opcode::kMark);
    Frame* frame = push(FrameKind::kFrozenSet, object);
    if (frame == nullptr) return Step::kFailed;
    frame->source = new_elements(object);
    return frame->source != nullptr ? Step::kPushed : Step::kFailed;
}

Step Engine::step_frozenset(Frame& frame) {
    for (;;) {
        if (!out_.boundary()) return Step::kFailed;
        const ItemRef item = element(frame.source, &frame.position);
        if (!item) break;
        ++frame.written;
        if (const Step step = save(item.get()); step != Step::kDone) return step;
    }
    // As with tuples: it may have been met, and memoised, among its own elements.
    Memo::Entry* entry = memo_.slot(frame.object);
    if (entry == nullptr) return Step::kFailed;
    if (memo_.live(*entry)) {
        out_.put(Opcode::kPopMark);
        return put_get(entry->index) ? pop() : Step::kFailed;
    }
    out_.put(Opcode::kFrozenSet);
    return number(*entry, frame.object) ? pop() : Step::kFailed;
}

}  // namespace anypickle
