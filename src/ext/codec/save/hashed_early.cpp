// What is hashed before it has its attributes: an object that is in a set, or is a key of a dict,
// that its own attributes lead to. The stream has to name it there, and what loads it hashes it
// then.
#include "codec/save/engine.h"
#include "codec/save/stages.h"

namespace anypickle {
namespace {

/// Deeper nothing is looked for: it takes time with the depth.
constexpr size_t kDeepest = 10'000;

/// Whether the hash may depend on attributes.
bool has_own_hash(PyTypeObject* type) noexcept {
    return PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) &&
           type->tp_hash != PyBaseObject_Type.tp_hash &&
           type->tp_hash != PyObject_HashNotImplemented;
}

bool is_made_of_nothing(const Frame& frame) noexcept {
    return frame.form == kFormNewObj && frame.stage > kReduceMake && frame.extra != nullptr &&
           PyTuple_CheckExact(frame.extra) && PyTuple_GET_SIZE(frame.extra) == 0;
}

}  // namespace

bool Engine::is_hashed_early(PyObject* object) {
    if (!has_own_hash(Py_TYPE(object)) || frames_.empty() || frames_.size() > kDeepest)
        return false;
    if (memo_.find(object) == nullptr) return false;
    bool open = false;
    bool hashed = false;
    PyObject* key = nullptr;  // of the dict that is being written, as long as it may be the object
    frames_.each([&](const Frame& frame) {
        if (!open) {
            open = frame.kind == FrameKind::kReduce && frame.object == object &&
                   is_made_of_nothing(frame);
            return;
        }
        switch (frame.kind) {
            case FrameKind::kSet:
            case FrameKind::kFrozenSet:
                hashed = true;
                break;
            case FrameKind::kTuple:  // is hashed with all that it holds
                hashed = hashed || (key != nullptr && key == frame.object);
                break;
            default:
                hashed = false;
        }
        key = frame.item_key();
    });
    return open && (hashed || (key != nullptr && key == object));
}

}  // namespace anypickle
