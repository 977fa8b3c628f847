// Quick: the writer of most streams. It knows builtin types and planned ones, runs nobody's code,
// and gives up on anything else; the engine then writes the stream from the beginning.
//
//     Quick quick(state, protocol);
//     switch (quick.run(object, &stream)) {
//         case Quick::Outcome::kDone:       // stream is a new reference
//         case Quick::Outcome::kUnplanned:  // quick.type() has no plan yet: make one and try again
//         case Quick::Outcome::kGivenUp:    // the engine's work; no error is set
//     }
//
// Since no code runs, nothing changes while it writes, and three things hold that do not hold for
// the engine: references are borrowed throughout; an object that nothing but its container refers
// to cannot be met again, so it needs neither a memo entry nor an opcode for one; and giving up
// costs no more than time. It recurses in C, to a depth that any thread's stack bears, and never
// reports an error: what fails here, fails in the engine, with words. Threading: the GIL, held
// throughout; not used in free-threaded builds. Only for one-shot dumps, protocol 4 and up.
// Invariant: a tuple that is open and may be met again is in the memo as kOpen; to meet it is to
// give up.
#pragma once

#include <Python.h>

#include <vector>

#include "codec/memo.h"
#include "codec/save/output.h"
#include "codec/save/plan.h"
#include "codec/save/state.h"
#include "common/inline_values.h"

namespace anypickle {

class Quick {
  public:
    enum class Outcome : uint8_t { kDone, kUnplanned, kGivenUp };

    Quick(SaveState* state, Memo& memo, int protocol) noexcept
        : state_(state), memo_(memo), protocol_(protocol) {}
    Quick(const Quick&) = delete;
    Quick& operator=(const Quick&) = delete;
    ~Quick();

    /// Writes the stream for the object, unless it would be longer than `most` bytes.
    Outcome run(PyObject* object, Py_ssize_t most, PyObject** stream);

    /// After kUnplanned: an object of the type that has no plan. Borrowed from the graph.
    [[nodiscard]] PyObject* unplanned() const noexcept { return unplanned_; }

  private:
    // quick.cpp. False: give up.
    bool save(PyObject* object);
    bool save_long(PyObject* object);
    bool save_float(PyObject* object);
    bool save_str(PyObject* object);
    bool save_bytes(PyObject* object);
    bool save_tuple(PyObject* object);
    bool save_list(PyObject* object);
    bool save_dict(PyObject* object);
    bool save_set(PyObject* object);
    bool save_frozenset(PyObject* object);
    bool put_str(PyObject* object);
    void put_int(int64_t value) noexcept;
    void put_tiny(int32_t value) noexcept;
    bool put_items(PyObject* const* items, Py_ssize_t count);
    bool put_list_items(PyObject* list);
    bool put_dict_items(PyObject* dict, bool attributes);
    bool put_tuple(PyObject* const* items, Py_ssize_t count);

    // The memo. `met` answers for an object that may be met again: a GET is written.
    static bool alone(PyObject* object) noexcept { return Py_REFCNT(object) == 1; }
    bool met(PyObject* object, bool* yes);
    bool memoize(PyObject* object);
    bool open(PyObject* object);
    bool close(PyObject* object);
    void put_get(uint32_t index) noexcept;
    [[nodiscard]] uint32_t next_index() const noexcept {
        return static_cast<uint32_t>(memo_.size() - open_);
    }

    // quick_objects.cpp
    bool save_object(PyObject* object, PyTypeObject* type);
    bool save_planned(PyObject* object, Plan& plan);
    bool save_instance(PyObject* object, Plan& plan);
    bool put_attributes(PyObject* object, Plan& plan, bool* any);
    bool put_inline(const InlineValues& values, Plan& plan);
    bool put_slots(PyObject* object, Plan& plan);
    bool save_shared_str(PyObject* name, uint32_t* index);
    bool put_class(Plan& plan);
    bool save_named(PyObject* object);
    bool put_global(PyObject* object, PyObject* module, PyObject* name);

    // quick_values.cpp
    bool save_named_tuple(PyObject* object, Plan& plan);
    bool save_date(PyObject* object, Plan& plan);
    bool save_timedelta(PyObject* object, Plan& plan);
    bool save_decimal(PyObject* object, Plan& plan);
    bool save_uuid(PyObject* object, Plan& plan);
    bool save_parts(PyObject* object, Plan& plan);
    bool save_enum(PyObject* object, Plan& plan);
    bool save_reduced(PyObject* object);
    bool put_reduced(PyObject* object, PyObject* value, bool once);
    bool put_pairs(PyObject* list);
    bool save_buffer(PyObject* object);
    bool keep(PyObject* steal_temporary);

    SaveState* state_;
    Memo& memo_;
    Output out_;
    int protocol_;
    int depth_ = 0;
    size_t open_ = 0;
    uint64_t dump_ = 0;
    PyObject* unplanned_ = nullptr;
    std::vector<PyObject*>
        temporaries_;  ///< Owned: what is in the memo must not be freed while that is in use.
};

}  // namespace anypickle
