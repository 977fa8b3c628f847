#include "codec/save/quick_dump.h"

#include <algorithm>
#include <utility>

#include "codec/save/quick.h"
#include "codec/save/quick_prepare.h"

namespace anypickle {
namespace {

/// Whether nobody has a say in what is written, and it is all written at once.
bool can_be_quick(const SaveOptions& options) noexcept {
    return !kFreeThreaded && options.protocol >= 4 && options.buffer_callback == nullptr &&
           !options.fast && options.persistent_id == nullptr &&
           options.reducer_override == nullptr && options.observer == nullptr &&
           (options.dispatch_table == nullptr || PyDict_CheckExact(options.dispatch_table));
}

/// Whether an object is of a type that only the engine can write.
bool is_for_engine(SaveState* state, PyTypeObject* type) noexcept {
    const Plan* plan = state->plans->find(type);
    return plan != nullptr && plan->kind == PlanKind::kNone;
}

/// Whether the items of a list, tuple or dict have such an object among them, which the quick
/// writer may come to last.
bool has_some_for_engine(SaveState* state, PyObject* object) noexcept {
    PyTypeObject* last = nullptr;
    const auto is_one = [&](PyObject* item) {
        PyTypeObject* type = Py_TYPE(item);
        return std::exchange(last, type) != type && is_for_engine(state, type);
    };
    if (PyDict_CheckExact(object)) {
        PyObject* value = nullptr;
        for (Py_ssize_t at = 0; PyDict_Next(object, &at, nullptr, &value) != 0;) {
            if (is_one(value)) return true;
        }
    } else if (PyList_CheckExact(object) || PyTuple_CheckExact(object)) {
        PyObject** items = PySequence_Fast_ITEMS(object);
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(object); ++i) {
            if (is_one(items[i])) return true;
        }
    }
    return false;
}

}  // namespace

bool dump_quickly(SaveState* state, Memo& memo, PyObject* object, const SaveOptions& options,
                  PyObject** stream) {
    // A file is fed by the engine, frame by frame and with large payloads as they are, unless all
    // of it is little.
    constexpr Py_ssize_t kMostForFile = 4 << 20;
    constexpr Py_ssize_t kLargestForFile = 256 << 10;
    // What is found out is known from then on, and the engine writes other bytes that mean the
    // same: so that the first dump of something is like all others, much is written in vain first.
    constexpr int kAlwaysPrepared = 8;
    constexpr int kMostPrepared = 4096;
    constexpr Py_ssize_t kMostInVain = 16 << 20;
    if (!can_be_quick(options)) return true;
    // It has to be written by the engine in any case: the sooner that is known, the better.
    if (state->gave_up && has_some_for_engine(state, object)) return true;
    PyObject* const reducers =
        options.dispatch_table != nullptr ? options.dispatch_table : state->dispatch_table;
    Quick::Place place = Quick::Place::kUnknown;
    if (!memo.owns() && state->meets_values && !find_place(state, &place)) return false;
    Quick::Cells cells;
    Quick::Want last_want = Quick::Want::kNothing;
    const PyObject* last = nullptr;  // held, it would look as if it could be met again
    Py_ssize_t in_vain = 0;
    for (int prepared = 0; prepared <= kMostPrepared; ++prepared) {
        if (prepared > kAlwaysPrepared && in_vain > kMostInVain) return true;
        Quick quick(state, memo, *state->names_met, reducers, options.protocol, place, cells);
        if (options.write != nullptr) quick.limit(kMostForFile, kLargestForFile);
        const auto outcome = quick.run(object, stream);
        if (!memo.owns() || outcome != Quick::Outcome::kDone) memo.clear();
        state->names_met->clear();
        if (!memo.owns()) state->meets_values = quick.met_values();
        state->gave_up = outcome == Quick::Outcome::kGivenUp;
        if (outcome != Quick::Outcome::kUnprepared) return true;
        in_vain += quick.written();
        const Ref sample = Ref::share(quick.sample());
        const Quick::Want want = quick.wants();
        if (want == last_want && sample.get() == last) return true;
        const int known = prepare(state, want, sample.get(), &place);
        if (known <= 0) return known == 0;
        last_want = want;
        last = sample.get();
    }
    return true;
}

PyObject* write_pieces(PyObject* write, PyObject* steal_stream) {
    const Ref stream = Ref::steal(steal_stream);
    const Py_ssize_t size = PyBytes_GET_SIZE(stream.get());
    constexpr Py_ssize_t kMost = Output::kFrameTarget + 1024;  // a full frame in one piece
    for (Py_ssize_t at = 0; at < size; at += kMost) {
        const Ref piece = Ref::steal(
            size <= kMost ? Py_NewRef(stream.get())
                          : PyBytes_FromStringAndSize(PyBytes_AS_STRING(stream.get()) + at,
                                                      std::min(kMost, size - at)));
        if (!piece || !Ref::steal(PyObject_CallOneArg(write, piece.get()))) return nullptr;
    }
    Py_RETURN_NONE;
}

}  // namespace anypickle
