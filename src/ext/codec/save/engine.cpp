#include "codec/save/engine.h"

#include "codec/save/trail.h"

namespace anypickle {
namespace {

constexpr size_t kFastNestingLimit = 50;

/// The innermost engine of this thread: so that a reducer can say what it was called for.
thread_local Engine* innermost = nullptr;

}  // namespace

Engine* Engine::innermost_of_thread() noexcept { return innermost; }

PyObject* Engine::run(PyObject* object) {
    const Ref hold = Ref::share(kCallsLend ? object : nullptr);  // its owner may dump it again
    char scratch[4096];
    out_.open(scratch, sizeof scratch, options_.write);
    if (options_.observer != nullptr) out_.show_payloads();
    outer_ = std::exchange(innermost, this);
    root_ = object;
    Memo open_objects(Memo::kBorrowing);
    open_objects_ = &open_objects;
    bool written = true;
    if (options_.protocol >= 2) {
        out_.put(Opcode::kProto);
        out_.put_byte(static_cast<unsigned>(options_.protocol));
        if (options_.protocol >= 4) written = out_.begin_framing();
    }
    PyObject* result = nullptr;
    if (written && drive(object) && out_.room()) {
        out_.put(Opcode::kStop);
        result = out_.finish();
    } else {
        Trail(*this, object).annotate();
    }
    frames_.unwind(0);
    innermost = outer_;
    return result;
}

bool Engine::drive(PyObject* object) {
    if (!out_.boundary()) return false;
    Step last = save(object);
    for (;;) {
        if (last == Step::kFailed && !pass_over()) return false;
        if (frames_.empty()) return true;
        last = step(frames_.top());
    }
}

/// Tells the observer what failed: the object that the top frame was saving, or, if that failed
/// itself, its own. What is written from here on is for nobody.
bool Engine::pass_over() {
    if (options_.observer == nullptr) return false;
    const bool in_frame = !failed_ && !frames_.empty();
    const Ref object = Ref::share(Trail(*this, root_).object());
    if (options_.observer->blocked(*this, object.get()) != Observer::Answer::kGoOn) return false;
    failed_ = Ref();
    if (in_frame) pop();
    return true;
}

PyObject* Engine::new_trail() {
    Ref trail = Ref::steal(PyList_New(0));
    bool good = trail && PyList_Append(trail.get(), root_) == 0;
    frames_.each([&](const Frame& frame) {
        if (good && frame.object != nullptr) {
            good = PyList_Append(trail.get(), frame.object) == 0;
        }
    });
    PyObject* last = failed_ ? failed_.get() : current_;
    if (good && last != nullptr) good = PyList_Append(trail.get(), last) == 0;
    return good ? trail.release() : nullptr;
}

PyObject* Engine::current_key() noexcept {
    if (frames_.empty()) return nullptr;
    return frames_.top().item_key();
}

Step Engine::step(Frame& frame) {
    switch (frame.kind) {
        case FrameKind::kList:
            return step_list(frame);
        case FrameKind::kListItems:
            return step_list_items(frame);
        case FrameKind::kDict:
            return step_dict(frame);
        case FrameKind::kDictItems:
            return step_dict_items(frame);
        case FrameKind::kTuple:
            return step_tuple(frame);
        case FrameKind::kSet:
            return step_set(frame);
        case FrameKind::kFrozenSet:
            return step_frozenset(frame);
        case FrameKind::kReduce:
            return step_reduce(frame);
        case FrameKind::kGlobal:
            return step_global(frame);
        case FrameKind::kPersistent:
            return step_persistent(frame);
    }
    Py_UNREACHABLE();
}

Frame* Engine::push(FrameKind kind, PyObject* object) {
    Frame* frame = frames_.push(kind);
    if (frame == nullptr) return nullptr;
    frame->object = Py_XNewRef(object);
    if (options_.fast && object != nullptr && !track(*frame)) return nullptr;
    return frame;
}

Step Engine::pop() noexcept {
    Frame& frame = frames_.top();
    if (frame.by_value) --values_open_;
    if (frame.tracked) {
        --fast_nesting_;
        Memo::Entry* entry = open_objects_->slot(frame.object);
        if (entry != nullptr && open_objects_->live(*entry)) entry->index = 0;
    }
    frames_.pop();
    return Step::kDone;
}

/// A fast pickler has no memo, so a cycle would never end: beyond a certain nesting, open objects
/// are watched.
bool Engine::track(Frame& frame) {
    frame.tracked = true;
    if (++fast_nesting_ < kFastNestingLimit) return true;
    Memo::Entry* entry = open_objects_->slot(frame.object);
    if (entry == nullptr) return false;
    if (!open_objects_->live(*entry)) {
        open_objects_->fill(*entry, frame.object, 1);
        return true;
    }
    if (entry->index == 0) {
        entry->index = 1;
        return true;
    }
    PyErr_Format(PyExc_ValueError,
                 "fast mode: can't pickle cyclic objects including object type %.200s at %p",
                 Py_TYPE(frame.object)->tp_name, static_cast<void*>(frame.object));
    return false;
}

Step Engine::save(PyObject* object, bool ask_persistent) {
    if (!looks_on() || !ask_persistent) {
        if (const Step step = leaf(object); step != Step::kNotLeaf) return step;
    }
    return save_rest(object, ask_persistent);
}

/// Objects without contents, written at once and without running anybody's code.
Step Engine::leaf(PyObject* object) {
    PyTypeObject* type = Py_TYPE(object);
    if (type == &PyUnicode_Type) return save_str(object);
    if (type == &PyLong_Type) return save_long(object);
    if (object == Py_None) {
        if (!out_.room()) return Step::kFailed;
        out_.put(Opcode::kNone);
        return Step::kDone;
    }
    if (type == &PyFloat_Type) return save_float(object);
    if (type == &PyBool_Type) return save_bool(object);
    return Step::kNotLeaf;
}

Step Engine::save_rest(PyObject* object, bool ask_persistent) {
    // From here on code may run that drops the container's reference.
    Ref hold = Ref::share(object);
    current_ = object;
    const Step step = save_any(object, ask_persistent);
    current_ = nullptr;
    if (step == Step::kFailed && !failed_) failed_ = std::move(hold);
    return step;
}

Step Engine::save_any(PyObject* object, bool ask_persistent) {
    if (options_.observer != nullptr) {
        const Observer::Answer answer = options_.observer->meets(*this, object);
        if (answer == Observer::Answer::kFailed) return Step::kFailed;
        if (answer == Observer::Answer::kPassOver) return Step::kDone;
        if (const Step step = leaf(object); step != Step::kNotLeaf) return step;
    }
    if (ask_persistent && options_.persistent_id != nullptr) {
        if (const Step step = save_persistent(object); step != Step::kNotLeaf) return step;
        if (const Step step = leaf(object); step != Step::kNotLeaf) return step;
    }
    bool met = false;
    if (const Step step = met_before(object, &met); met) return step;
    return save_contents(object, Py_TYPE(object));
}

Step Engine::save_contents(PyObject* object, PyTypeObject* type) {
    if (type == &PyDict_Type) return save_dict(object);
    if (type == &PyList_Type) return save_list(object);
    if (type == &PyTuple_Type) return save_tuple(object);
    if (type == &PyBytes_Type) return save_bytes(object);
    if (type == &PySet_Type) return save_set(object);
    if (type == &PyFrozenSet_Type) return save_frozenset(object);
    if (type == &PyByteArray_Type) return save_bytearray(object);
    if (type == &PyPickleBuffer_Type) return save_picklebuffer(object);
    if (options_.reducer_override != nullptr) {
        const Ref value = Ref::steal(PyObject_CallOneArg(options_.reducer_override, object));
        if (!value) return Step::kFailed;
        if (value.get() != Py_NotImplemented) return push_reduce_value(object, value.get());
    }
    if (type == &PyType_Type) return save_type(object);
    if (type == &PyFunction_Type) return save_named(object);
    return save_reduced(object);
}

/// Asks persistent_id. kNotLeaf: it has no id for the object.
Step Engine::save_persistent(PyObject* object) {
    Ref id = Ref::steal(PyObject_CallOneArg(options_.persistent_id, object));
    if (!id) return Step::kFailed;
    if (id.get() == Py_None) return Step::kNotLeaf;
    if (options_.bin) {
        Frame* frame = push(FrameKind::kPersistent, nullptr);
        if (frame == nullptr) return Step::kFailed;
        frame->source = id.release();
        return Step::kPushed;
    }
    const Ref text = Ref::steal(PyObject_Str(id.get()));
    if (!text) return Step::kFailed;
    const Ref line = Ref::steal(PyUnicode_AsASCIIString(text.get()));
    if (!line) {
        if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
            PyErr_SetString(state_->pickling_error,
                            "persistent IDs in protocol 0 must be ASCII strings");
        }
        return Step::kFailed;
    }
    if (!out_.room()) return Step::kFailed;
    out_.put(Opcode::kPersId);
    const bool written = out_.append(PyBytes_AS_STRING(line.get()), PyBytes_GET_SIZE(line.get())) &&
                         out_.append("\n", 1);
    return written ? Step::kDone : Step::kFailed;
}

Step Engine::step_persistent(Frame& frame) {
    if (frame.stage++ == 0) {
        if (!out_.boundary()) return Step::kFailed;
        if (const Step step = save(frame.source, false); step != Step::kDone) return step;
    }
    if (!out_.room()) return Step::kFailed;
    out_.put(Opcode::kBinPersId);
    return pop();
}

}  // namespace anypickle
