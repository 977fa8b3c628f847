// Where a walk was that did not end: at the object whose items, or whose parts within parts, are
// many.
#include "codec/save/engine.h"

namespace anypickle {
namespace {

/// How many items one object gives, or how deep objects of one class lie in one another, before
/// that is the reason.
constexpr Py_ssize_t kMany = 10'000;

}  // namespace

PyObject* Engine::new_whereabouts() {
    const size_t all = frames_.size();
    PyTypeObject* inmost = nullptr;
    size_t end = 0;
    Py_ssize_t count = 0;
    size_t at = 0;
    frames_.each([&](const Frame& frame) {
        ++at;
        if (frame.kind == FrameKind::kReduce) inmost = Py_TYPE(frame.object);
        const bool items =
            frame.kind == FrameKind::kListItems || frame.kind == FrameKind::kDictItems;
        if (items && frame.position > count) {
            count = frame.position;
            end = at;
        }
    });
    const bool nested = count < kMany;
    if (nested) {
        count = all >= static_cast<size_t>(kMany) && inmost != nullptr
                    ? static_cast<Py_ssize_t>(all)
                    : 0;
        at = end = 0;
        frames_.each([&](const Frame& frame) {
            ++at;
            if (end == 0 && count > 0 && frame.kind == FrameKind::kReduce &&
                Py_IS_TYPE(frame.object, inmost)) {
                end = at;
            }
        });
    }
    Ref trail = Ref::steal(PyList_New(0));
    bool good = trail && PyList_Append(trail.get(), root_) == 0;
    at = 0;
    frames_.each([&](const Frame& frame) {
        if (good && ++at <= end && frame.object != nullptr) {
            good = PyList_Append(trail.get(), frame.object) == 0;
        }
    });
    return good ? Py_BuildValue("(OnO)", trail.get(), count, nested ? Py_True : Py_False) : nullptr;
}

}  // namespace anypickle
