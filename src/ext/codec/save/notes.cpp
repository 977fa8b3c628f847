#include "codec/save/notes.h"

#include "codec/save/stages.h"
#include "common/compat.h"
#include "common/errors.h"
#include "common/ref.h"

namespace anypickle {
namespace {

/// Notes for more levels than this help nobody; CPython ends in RecursionError before.
constexpr size_t kMostLevels = 1000;

/// "when serializing <type of object>", and what follows. New reference.
PyObject* new_words(PyObject* object, const char* what, PyObject* key = nullptr) {
    return key != nullptr ? PyUnicode_FromFormat("when serializing %T %s %R", object, what, key)
                          : PyUnicode_FromFormat("when serializing %T %s", object, what);
}

PyObject* new_item(PyObject* object, Py_ssize_t index) {
    return PyUnicode_FromFormat("when serializing %T item %zd", object, index);
}

/// What of a reduced object was being written, in words; null where it has none.
const char* part_words(const Frame& frame) {
    const bool by_new = frame.form == kFormNewObj || frame.form == kFormNewObjEx;
    switch (reduce_saves(frame)) {
        case ReducePart::kCallable:
            return by_new ? "class" : "reconstructor";
        case ReducePart::kArguments:
            return by_new ? "__new__ arguments" : "reconstructor arguments";
        case ReducePart::kKeywords:
            return "__new__ arguments";
        case ReducePart::kState:
            return "state";
        case ReducePart::kSetter:
            return "state setter";
        case ReducePart::kItself:
            break;
    }
    return nullptr;
}

/// The note on the item that a frame was writing, or null. `owner` is whose items an iterator's
/// are.
PyObject* new_child_words(const Frame& frame, PyObject* owner) {
    switch (frame.kind) {
        case FrameKind::kList:
        case FrameKind::kTuple:
            return new_item(frame.object, frame.position - 1);
        case FrameKind::kListItems:
            return owner == nullptr ? nullptr : new_item(owner, frame.position - 1);
        case FrameKind::kSet:
        case FrameKind::kFrozenSet:
            return new_words(frame.object, "element");
        case FrameKind::kDict:
            return dict_saves_key(frame) ? nullptr : new_words(frame.object, "item", frame.key);
        case FrameKind::kDictItems: {
            PyObject* object = frame.object != nullptr ? frame.object : owner;
            if (object == nullptr || frame.key == nullptr || dict_saves_key(frame)) return nullptr;
            return new_words(object, "item", PyTuple_GET_ITEM(frame.key, 0));
        }
        case FrameKind::kReduce: {
            const char* words = frame.object == nullptr ? nullptr : part_words(frame);
            return words == nullptr ? nullptr : new_words(frame.object, words);
        }
        case FrameKind::kGlobal:
        case FrameKind::kPersistent:
            break;
    }
    return nullptr;
}

void append(PyObject* notes, PyObject* steal_words) {
    const Ref words = Ref::steal(steal_words);
    if (!words || PyList_Append(notes, words.get()) < 0) PyErr_Clear();
}

void add(PyObject* error, PyObject* words) {
    const Ref method = Ref::steal(PyUnicode_InternFromString("add_note"));
    const Ref done =
        method ? Ref::steal(PyObject_CallMethodOneArg(error, method.get(), words)) : Ref();
    if (!done) PyErr_Clear();
}

}  // namespace

void note(PyObject* object, const char* what) {
    if constexpr (!kNewWords) return;
    ErrorHolder error;
    const Ref words = error.get() == nullptr ? Ref() : Ref::steal(new_words(object, what));
    if (words) add(error.get(), words.get());
    PyErr_Clear();
    error.restore();
}

void note_frames(FrameStack& frames, bool top_writes_child) {
    if constexpr (!kNewWords) return;
    ErrorHolder error;
    const Ref notes = Ref::steal(PyList_New(0));
    const size_t depth = frames.size();
    size_t level = 0;
    PyObject* below = nullptr;
    frames.each([&](const Frame& frame) {
        ++level;
        PyObject* owner = std::exchange(below, frame.object);
        if (!notes || level + kMostLevels < depth) return;
        if (frame.kind == FrameKind::kReduce && frame.object != nullptr && !frame.builtin)
            append(notes.get(), new_words(frame.object, "object"));
        if (level < depth || top_writes_child) append(notes.get(), new_child_words(frame, owner));
    });
    for (Py_ssize_t i = notes ? PyList_GET_SIZE(notes.get()) : 0; error.get() != nullptr && i > 0;)
        add(error.get(), PyList_GET_ITEM(notes.get(), --i));
    PyErr_Clear();
    error.restore();
}

}  // namespace anypickle
