// Exact dicts, and the pairs that a reducer returns as an iterator.
#include "codec/save/engine.h"
#include "codec/save/stages.h"

namespace anypickle {
namespace {

constexpr Py_ssize_t kBatch = 1000;

constexpr uint8_t kExhausted = 1;  // form of a frame whose iterator has ended

/// False, with the error that iterating over a dict raises, if it has another size by now.
bool has_its_size(const Frame& frame) {
    if (PyDict_GET_SIZE(frame.object) == frame.size) return true;
    PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
    return false;
}

}  // namespace

Step Engine::save_dict(PyObject* object, bool once) {
    if (!out_.room()) return Step::kFailed;
    if (options_.bin) {
        out_.put(Opcode::kEmptyDict);
    } else {
        out_.put(Opcode::kMark);
        out_.put(Opcode::kDict);
    }
    if (!once && !memoize(object)) return Step::kFailed;
    if (PyDict_GET_SIZE(object) == 0) return Step::kDone;
    if (const Step step = put_leaf_items(object); step != Step::kNotLeaf) return step;
    if (options_.protocol == 0 || kFreeThreaded) {
        // In a free-threaded build another thread may change the dict between two steps: a snapshot
        // is written.
        const Ref items =
            Ref::steal(kFreeThreaded ? PyDict_Items(object)
                                     : PyObject_CallMethodNoArgs(object, state_->names.items));
        const Ref iterator = Ref::steal(items ? PyObject_GetIter(items.get()) : nullptr);
        if (!iterator || push_dict_items(object, iterator.get()) == Step::kFailed) {
            return Step::kFailed;
        }
        if (kFreeThreaded) frames_.top().size = PyList_GET_SIZE(items.get());
        return Step::kPushed;
    }
    Frame* frame = push(FrameKind::kDict, object);
    if (frame == nullptr) return Step::kFailed;
    frame->size = PyDict_GET_SIZE(object);  // what tells that it is changed meanwhile
    return Step::kPushed;
}

Step Engine::step_dict(Frame& frame) {
    PyObject* dict = frame.object;
    for (;;) {
        switch (frame.stage) {
            case kDictSetOne:
                if (!out_.room()) return Step::kFailed;
                out_.put(Opcode::kSetItem);
                return pop();
            case kDictNext:
                if (!out_.room()) return Step::kFailed;
                if (frame.size == 1) {
                    frame.stage = kDictSetOneValue;
                } else {
                    out_.put(Opcode::kMark);
                    frame.stage = kDictInBatch;
                }
                frame.batch = 0;
                break;
            case kDictInBatchValue:
            case kDictSetOneValue: {
                frame.stage = frame.stage == kDictInBatchValue ? kDictInBatch : kDictSetOne;
                if (!out_.boundary()) return Step::kFailed;
                if (const Step step = save(frame.extra); step != Step::kDone) return step;
                continue;
            }
            default:
                break;
        }
        PyObject* key = nullptr;
        PyObject* value = nullptr;
        const bool single = frame.stage == kDictSetOneValue;
        if (frame.batch == kBatch || !PyDict_Next(dict, &frame.position, &key, &value)) {
            if (!out_.room()) return Step::kFailed;
            out_.put(Opcode::kSetItems);
            if (!has_its_size(frame)) return Step::kFailed;
            if (frame.batch < kBatch || frame.written == frame.size) return pop();
            frame.stage = kDictNext;
            continue;
        }
        ++frame.batch;
        ++frame.written;
        Py_INCREF(key);
        Py_INCREF(value);
        Py_XSETREF(frame.key, key);
        Py_XSETREF(frame.extra, value);
        frame.stage = single ? kDictSetOneValue : kDictInBatchValue;
        if (!out_.boundary()) return Step::kFailed;
        if (const Step step = save(key); step != Step::kDone) return step;
    }
}

Step Engine::push_dict_items(PyObject* object, PyObject* iterator) {
    Frame* frame = push(FrameKind::kDictItems, object);
    if (frame == nullptr) return Step::kFailed;
    frame->source = Py_NewRef(iterator);
    return Step::kPushed;
}

Step Engine::step_dict_items(Frame& frame) {
    for (;;) {
        switch (frame.stage) {
            case kDictSetOne:
                if (!out_.room()) return Step::kFailed;
                out_.put(Opcode::kSetItem);
                frame.stage = kDictNext;
                break;
            case kDictInBatchValue:
            case kDictSetOneValue: {
                frame.stage = frame.stage == kDictInBatchValue ? kDictInBatch : kDictSetOne;
                if (!out_.boundary()) return Step::kFailed;
                if (const Step step = save(PyTuple_GET_ITEM(frame.key, 1)); step != Step::kDone)
                    return step;
                continue;
            }
            default:
                break;
        }
        if (frame.stage == kDictInBatch && frame.batch == kBatch) {
            if (!out_.room()) return Step::kFailed;
            out_.put(Opcode::kSetItems);
            frame.stage = kDictNext;
        }
        Ref pair = Ref::steal(std::exchange(frame.extra, nullptr));
        if (!pair && frame.form != kExhausted) {
            pair = Ref::steal(PyIter_Next(frame.source));
            if (!pair && PyErr_Occurred() != nullptr) return Step::kFailed;
        }
        if (!pair) {
            // As where there is a GIL: after a single item nobody looks again, but an iterator.
            const bool looks = frame.size > 1 || options_.protocol == 0;
            if (kFreeThreaded && looks && frame.object != nullptr && !has_its_size(frame)) {
                return Step::kFailed;
            }
            if (frame.stage == kDictNext) return pop();
            if (!out_.room()) return Step::kFailed;
            out_.put(Opcode::kSetItems);
            return pop();
        }
        if (!PyTuple_Check(pair.get()) || PyTuple_GET_SIZE(pair.get()) != 2) {
            PyErr_SetString(PyExc_TypeError, "dict items iterator must return 2-tuples");
            return Step::kFailed;
        }
        if (!out_.boundary()) return Step::kFailed;
        if (frame.stage == kDictNext) {
            if (options_.protocol > 0) {
                frame.extra = PyIter_Next(frame.source);
                if (frame.extra == nullptr && PyErr_Occurred() != nullptr) return Step::kFailed;
                if (frame.extra == nullptr) frame.form = kExhausted;
            }
            frame.batch = 0;
            frame.stage = frame.extra == nullptr ? kDictSetOneValue : kDictInBatchValue;
            if (frame.extra != nullptr) out_.put(Opcode::kMark);
        } else {
            frame.stage = kDictInBatchValue;
        }
        ++frame.batch;
        ++frame.position;
        Py_XSETREF(frame.key, pair.release());
        if (const Step step = save(PyTuple_GET_ITEM(frame.key, 0)); step != Step::kDone)
            return step;
    }
}

}  // namespace anypickle
