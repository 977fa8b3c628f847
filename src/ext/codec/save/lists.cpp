// Exact lists, and the list items that a reducer returns as an iterator.
#include "codec/save/engine.h"

namespace anypickle {
namespace {

constexpr Py_ssize_t kBatch = 1000;

enum ListStage : uint8_t { kNext, kInBatch, kAppendOne, kBatchEnds };

constexpr uint8_t kExhausted = 1;  // form of a frame whose iterator has ended

}  // namespace

Step Engine::save_list(PyObject* object) {
    if (!out_.room()) return Step::kFailed;
    if (options_.bin) {
        out_.put(Opcode::kEmptyList);
    } else {
        out_.put(Opcode::kMark);
        out_.put(Opcode::kList);
    }
    if (!memoize(object)) return Step::kFailed;
    if (PyList_GET_SIZE(object) == 0) return Step::kDone;
    Frame* frame = push(FrameKind::kList, object);
    if (frame == nullptr) return Step::kFailed;
    frame->size = PyList_GET_SIZE(object);
    return Step::kPushed;
}

Step Engine::step_list(Frame& frame) {
    PyObject* list = frame.object;
    for (;;) {
        if (frame.stage == kAppendOne || frame.stage == kBatchEnds) {
            if (!out_.room()) return Step::kFailed;
            out_.put(frame.stage == kAppendOne ? Opcode::kAppend : Opcode::kAppends);
            // What a list of one item has grown by meanwhile is left out, as `_pickle` leaves it.
            if (frame.stage == kAppendOne && options_.bin) return pop();
            if (options_.bin && PyList_GET_SIZE(list) != frame.size && lists_keep_their_size()) {
                PyErr_SetString(PyExc_RuntimeError, "list changed size during iteration");
                return Step::kFailed;
            }
            frame.stage = kNext;
        }
        if (frame.stage == kNext) {
            if (!out_.boundary()) return Step::kFailed;
            const Py_ssize_t size = PyList_GET_SIZE(list);
            if (frame.position >= size) return pop();
            if (!options_.bin || (size == 1 && frame.position == 0)) {
                frame.stage = kAppendOne;
            } else {
                if (!out_.room()) return Step::kFailed;
                out_.put(Opcode::kMark);
                frame.stage = kInBatch;
                frame.batch = 0;
            }
        }
        do {
            if (!out_.boundary()) return Step::kFailed;
            const ItemRef item = list_item(list, frame.position);
            if (!item) {  // somebody has shortened the list
                if (frame.stage == kAppendOne) return pop();
                break;
            }
            ++frame.position;
            if (++frame.batch == kBatch && frame.stage == kInBatch) frame.stage = kBatchEnds;
            if (const Step step = save(item.get()); step != Step::kDone) return step;
        } while (frame.stage == kInBatch);
        if (frame.stage == kInBatch) frame.stage = kBatchEnds;
    }
}

Step Engine::push_list_items(PyObject* iterator) {
    Frame* frame = push(FrameKind::kListItems, nullptr);
    if (frame == nullptr) return Step::kFailed;
    frame->source = Py_NewRef(iterator);
    return Step::kPushed;
}

Step Engine::step_list_items(Frame& frame) {
    // Between two steps, extra is an item that was fetched to learn whether it is the last one.
    for (;;) {
        if (frame.stage == kAppendOne || frame.stage == kBatchEnds) {
            if (!out_.room()) return Step::kFailed;
            out_.put(frame.stage == kAppendOne ? Opcode::kAppend : Opcode::kAppends);
            frame.stage = kNext;
        }
        Ref item = Ref::steal(std::exchange(frame.extra, nullptr));
        if (!item && frame.form != kExhausted) {
            item = Ref::steal(PyIter_Next(frame.source));
            if (!item && PyErr_Occurred() != nullptr) return Step::kFailed;
        }
        if (!item) {
            if (frame.stage == kNext) return pop();
            frame.stage = kBatchEnds;
            continue;
        }
        if (!out_.boundary()) return Step::kFailed;
        if (frame.stage == kNext) {
            if (options_.protocol > 0) {
                frame.extra = PyIter_Next(frame.source);
                if (frame.extra == nullptr && PyErr_Occurred() != nullptr) return Step::kFailed;
                if (frame.extra == nullptr) frame.form = kExhausted;
            }
            frame.batch = 0;
            frame.stage = frame.extra == nullptr ? kAppendOne : kInBatch;
            if (frame.stage == kInBatch) out_.put(Opcode::kMark);
        }
        ++frame.position;
        if (++frame.batch == kBatch && frame.stage == kInBatch) frame.stage = kBatchEnds;
        Py_XSETREF(frame.key, item.release());
        if (const Step step = save(frame.key); step != Step::kDone) return step;
    }
}

}  // namespace anypickle
