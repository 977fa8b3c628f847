// Engine: one run of the pickler over one graph.
//
//     Memo memo(Memo::kOwning);
//     Engine engine(state, memo, SaveOptions{.protocol = 5});
//     PyObject* stream = engine.run(object);          // new reference, or null with the error set
//
// The writer is iterative. save() writes a leaf at once and pushes a frame for anything that has
// contents; run() then steps the top frame until none is left. Only code of the user's (a reducer,
// a persistent_id, a file) is entered recursively. Each kind of object has its own file in this
// folder. Threading: used by one thread at a time; the thread state is attached throughout.
// Invariant: between two steps the stream holds complete opcodes, and the frames say what remains.
#pragma once

#include <Python.h>

#include "codec/memo.h"
#include "codec/save/first_of.h"
#include "codec/save/frame.h"
#include "codec/save/observer.h"
#include "codec/save/output.h"
#include "codec/save/stages.h"
#include "codec/save/state.h"
#include "common/compat.h"
#include "common/ref.h"

namespace anypickle {

/// How a dump was asked for. Objects are borrowed from the caller for the length of the run.
struct SaveOptions {
    int protocol = 5;
    bool bin = true;
    bool fast = false;
    bool fix_imports = false;
    PyObject* write = nullptr;  ///< file.write, or null to return bytes
    PyObject* persistent_id = nullptr;
    PyObject* reducer_override = nullptr;
    PyObject* dispatch_table = nullptr;
    PyObject* buffer_callback = nullptr;
    Observer* observer = nullptr;  ///< Looks on, and lets the run go on after a failure.
};

/// What came of saving an object, or of a step.
enum class Step : int8_t {
    kFailed,   ///< The error is set (or the engine asks to begin again, see Engine::run).
    kDone,     ///< Written (a step: the frame is finished and popped).
    kPushed,   ///< A frame for its contents is on top now.
    kNotLeaf,  ///< leaf() only: nothing was written.
};

class Engine {
  public:
    Engine(SaveState* state, Memo& memo, const SaveOptions& options) noexcept
        : state_(state), memo_(memo), options_(options) {}

    /// Writes the whole stream for the object.
    PyObject* run(PyObject* object);

    /// The engine that runs on this thread, innermost of several; null if none does.
    static Engine* innermost_of_thread() noexcept;

    /// Who looks on, or null.
    [[nodiscard]] Observer* observer() const noexcept { return options_.observer; }

    /// What is being saved: the root, what each frame writes, and the object that is saved now or
    /// has failed. New reference to a list.
    PyObject* new_trail();

    /// Where a walk is that was told to end: (the objects from the root to the one that it does not
    /// come to an end of, how many items that gave, False), or (..., how deep it lies in others of
    /// its class, True); 0 where no object is the reason. New reference.
    PyObject* new_whereabouts();

    /// Whether the object that a walk meets now is in a set, or is a key of a dict, and is itself
    /// being written, further out: it will be hashed before it has its attributes.
    bool is_hashed_early(PyObject* object);

    /// The key of the dict item that is being saved now. Borrowed; null where it is none.
    PyObject* current_key() noexcept;

  private:
    friend class Trail;

    bool drive(PyObject* object);
    bool pass_over();
    Step step(Frame& frame);
    Step pop() noexcept;
    Frame* push(FrameKind kind, PyObject* object);
    bool track(Frame& frame);

    // engine.cpp: one object of any kind. boundary() is called before the object is fetched.
    Step save(PyObject* object, bool ask_persistent = true);
    Step save_rest(PyObject* object, bool ask_persistent);
    Step save_any(PyObject* object, bool ask_persistent);
    Step save_contents(PyObject* object, PyTypeObject* type);
    Step leaf(PyObject* object);
    Step save_persistent(PyObject* object);
    Step step_persistent(Frame& frame);

    /// Whether somebody has a say in each object, those without contents as well.
    [[nodiscard]] bool looks_on() const noexcept {
        return options_.persistent_id != nullptr || options_.observer != nullptr;
    }

    // memo_ops.cpp
    bool memoize(PyObject* object);
    bool number(Memo::Entry& entry, PyObject* object);
    /// Whether a walk that is only looked on need not note a str, bytes or tuple that it is done
    /// with: but for its container only this engine holds it, and it comes to that once.
    [[nodiscard]] bool is_done_with(PyObject* object) const noexcept {
        return options_.observer != nullptr && held_by_container_and_us(object);
    }
    bool put_get(uint32_t index);
    bool put_put(uint32_t index);
    Step met_before(PyObject* object, bool* met);

    // scalars.cpp
    Step save_long(PyObject* object);
    Step save_long_slow(PyObject* object);
    Step save_bool(PyObject* object);
    Step save_float(PyObject* object);

    // strings.cpp
    Step save_str(PyObject* object);
    bool put_str(PyObject* object);
    bool put_str_data(const char* data, Py_ssize_t size);
    bool put_raw_unicode(PyObject* object);

    // bytes.cpp
    Step save_bytes(PyObject* object);
    Step save_bytearray(PyObject* object);
    Step save_picklebuffer(PyObject* object);
    bool put_bytes_data(const char* data, Py_ssize_t size, PyObject* owner);
    bool put_bytearray_data(const char* data, Py_ssize_t size, PyObject* owner);

    // containers.cpp, sets.cpp, items.cpp
    Step save_tuple(PyObject* object, bool once = false);
    Step make_tuple(PyObject* tuple, bool once);
    Step save_list(PyObject* object);
    Step save_dict(PyObject* object, bool once = false);
    Step save_set(PyObject* object);
    Step save_frozenset(PyObject* object);
    Step step_tuple(Frame& frame);
    Step step_list(Frame& frame);
    Step step_dict(Frame& frame);
    Step step_set(Frame& frame);
    Step step_frozenset(Frame& frame);
    Step step_list_items(Frame& frame);
    Step step_dict_items(Frame& frame);
    Step push_list_items(PyObject* iterator);
    Step push_dict_items(PyObject* object, PyObject* iterator);

    // leaves.cpp
    [[nodiscard]] bool has_only_leaves(PyObject* tuple) const noexcept;
    Step put_leaves(PyObject* tuple, bool once);
    Step put_leaf_items(PyObject* dict);

    // globals.cpp
    Step save_type(PyObject* object);
    Step save_by_name(PyObject* object, PyObject* name);
    Step save_global(PyObject* object, PyObject* name);
    Step write_global(PyObject* object, PyObject* module, PyObject* name);
    Step step_global(Frame& frame);
    Step step_dotted_global(Frame& frame);
    bool put_global(Ref module, Ref name);

    // values.cpp
    Step save_named(PyObject* object);
    Step save_cell(PyObject* object);
    Step push_value(PyObject* object, PyObject* value);
    bool share_code(PyObject* value);
    bool by_value(PyObject* object, bool ask, Ref* value);

    // reduce.cpp
    Step save_reduced(PyObject* object);
    Step push_reduce_value(PyObject* object, PyObject* value);
    Step push_reduce_tuple(PyObject* object, PyObject* value);
    Step push_reduction(PyObject* object, PyObject* value, ReduceForm form, PyObject* steal_extra);
    Step save_call(PyObject* object, PyObject* callable, PyObject* steal_args);
    bool may_nest_temporary();
    void count_temporary(Frame& frame) noexcept;
    bool gets_on(PyObject* object);
    Step step_reduce(Frame& frame);
    Step save_part(const Frame& frame, PyObject* part);
    Step finish_reduce_call(Frame& frame);

    SaveState* state_;
    Memo& memo_;
    SaveOptions options_;
    Output out_;
    FrameStack frames_;
    size_t values_open_ = 0;           ///< Functions and classes by value that are being written.
    FirstOf names_{FirstOf::kOwning};  ///< Within those equal names are one object.
    PyObject* root_ = nullptr;         ///< Borrowed: what run() was given.
    Memo* open_objects_ = nullptr;     ///< fast: what is open below the nesting limit.
    size_t fast_nesting_ = 0;
    size_t next_check_ = 4096;     ///< The depth at which to look whether reductions get on.
    size_t temporaries_ = 0;       ///< Nested reductions of objects that nothing else refers to.
    PyObject* current_ = nullptr;  ///< Borrowed: what is being saved and is not a frame yet.
    Ref failed_;                   ///< What could not be saved.
    Engine* outer_ = nullptr;      ///< The engine that this one runs within, on this thread.
};

}  // namespace anypickle
