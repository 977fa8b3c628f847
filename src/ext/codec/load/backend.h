// The back end that builds Python objects: what the opcode machine (anypickle/machine.h) calls when
// it loads.
//
//     Backend backend(state, options);
//     Machine<Backend, Source> machine(backend, source, memo);
//
// One file per kind of thing: scalars.cpp, strings.cpp, containers.cpp, objects.cpp, globals.cpp,
// persistent.cpp, buffers.cpp. What is done for nearly every object is inline in build.h.
//
// Threading: an attached thread state. Calls may run any Python code: the machine's stack is nobody
// else's. Invariant: a call that gives nothing() or false has set the Python error; items handed
// over are always consumed.
#pragma once

#include <Python.h>

#include <atomic>
#include <memory>

#include "anypickle/budget.h"
#include "anypickle/machine.h"
#include "anypickle/memo_use.h"
#include "codec/load/numpy_scalars.h"
#include "codec/load/source.h"
#include "codec/load/state.h"
#include "common/compat.h"
#include "common/compat_make.h"
#include "common/ref.h"

namespace anypickle::load {

/// How one load is to be done; everything borrowed for its duration.
struct Options {
    bool fix_imports = true;
    const char* encoding = "ASCII";
    const char* errors = "strict";
    PyObject* buffers = nullptr;  ///< An iterator, or null.
    PyObject* unpickler =
        nullptr;  ///< Its find_class is asked; null for ours without a method call.
    PyObject* persistent_load = nullptr;  ///< A callable, or null.
    const Budget* budget = nullptr;       ///< Limits, or null for none.
};

/// What `Unpickler.find_class` does by itself. Returns a new reference, or null with the error set.
PyObject* find_global(LoadState& state, PyObject* module, PyObject* name, int protocol,
                      bool fix_imports);

class Backend {
  public:
    using Value = PyObject*;

    /// The protocol that the stream says it is goes to `*protocol`, if there is one, for
    /// Unpickler.find_class.
    Backend(LoadState& state, const Options& options, std::atomic<int>* protocol) noexcept;

    // --- values ---
    static Value nothing() noexcept { return nullptr; }
    /// What stands in the memo for a value that nothing reads: no object, and never taken for one.
    static Value unread() noexcept { return reinterpret_cast<PyObject*>(std::uintptr_t{1}); }
    static bool empty(Value value) noexcept { return value == nullptr; }
    static bool same(Value one, Value other) noexcept { return one == other; }
    static Value retain(Value value) noexcept { return Py_NewRef(value); }
    static void release(Value value) noexcept { Py_DECREF(value); }
    static void* reallocate(void* memory, std::size_t size) noexcept {
        return PyMem_Realloc(memory, size);
    }
    static void deallocate(void* memory) noexcept { PyMem_Free(memory); }

    // --- faults: the Python error says it all ---
    [[nodiscard]] Fault fault() const noexcept { return Fault::kBackend; }
    [[nodiscard]] std::uint64_t detail() const noexcept { return 0; }

    // --- the memo: what no GET asks for is not kept, when the stream is all there and cannot
    // change ---
    void expect_all_of(Window stream) noexcept { stream_ = stream; }
    [[nodiscard]] bool never_read(std::size_t index) const noexcept {
        return memo_use_.never_read(index);
    }
    /// Whether what the memo is for is not known: the rest of the stream is not there yet.
    [[nodiscard]] bool keeps_all() const noexcept { return stream_.end == nullptr; }
    [[nodiscard]] std::size_t unread_from(std::size_t index) const noexcept {
        return memo_use_.unread_from(index);
    }
    Keep keep(const Window& window, std::size_t index, std::size_t count) noexcept {
        if (memo_use_.never_read(index)) return Keep::kNobodyReadsIt;
        if (stream_.end != nullptr && !memo_use_.scanned()) [[unlikely]]
            return look_ahead(window, index, count);
        return Keep::kYes;
    }

    // --- scalars ---
    Value none() noexcept { return Py_NewRef(Py_None); }
    Value boolean(bool value) noexcept { return Py_NewRef(value ? Py_True : Py_False); }
    Value small_integer(std::uint8_t value) noexcept {
        return Py_NewRef(state_.small_integers[value]);
    }
    Value integer(std::int32_t value) noexcept { return new_int(value); }
    Value real(double value) noexcept { return PyFloat_FromDouble(value); }
    Value long_bytes(const std::uint8_t* bytes, std::size_t size) noexcept;
    Value number(Opcode opcode, const char* text, std::size_t size) noexcept;
    bool memo_index(const char* text, std::size_t size, std::int64_t& index) noexcept;

    // --- strings ---
    Value text(Text kind, const std::uint8_t* bytes, std::size_t size) noexcept {
        return kind == Text::kUnicode ? unicode(bytes, size) : python2_text(bytes, size);
    }
    Value unicode_escape(const char* text, std::size_t size) noexcept;
    Value string_escape(const char* text, std::size_t size) noexcept;
    Value name(const char* text, std::size_t size, bool ascii) noexcept;
    Value binary(Binary kind, const std::uint8_t* bytes, std::size_t size) noexcept;
    Value binary_from(Binary kind, Source& source, Window& window, std::size_t size) noexcept;

    // --- containers ---
    Value empty_list() noexcept { return PyList_New(0); }
    Value empty_dict() noexcept { return PyDict_New(); }
    /// What lies in the place of a dict whose items are still to come.
    static constexpr bool kDefersDicts = true;
    /// Since Python 3.15 even no items are added only to what can be added to.
    static constexpr bool kAddsNothing = PY_VERSION_HEX >= 0x030F0000;
    /// Since Python 3.13.5 the length of a BINSTRING has a sign, as it had in Python 2.
    static bool signs_binstring() noexcept { return Py_Version >= 0x030D0500; }
    static constexpr bool kLocates = false;
    Value deferred() const noexcept { return state_.deferred_dict; }
    Value empty_set() noexcept { return PySet_New(nullptr); }
    Value tuple(Value* items, std::size_t count) noexcept;
    Value list(Value* items, std::size_t count) noexcept;
    Value dict(Value* items, std::size_t count) noexcept;
    Value frozen_set(Value* items, std::size_t count) noexcept;
    bool append(Value list, Value item) noexcept { return extend(list, &item, 1); }
    bool extend(Value list, Value* items, std::size_t count) noexcept;
    bool set_items(Value& dict, Value* items, std::size_t count) noexcept;
    bool add_items(Value set, Value* items, std::size_t count) noexcept;

    // --- globals ---
    void protocol(int version) noexcept { protocol_->store(version, std::memory_order_relaxed); }
    Value global(Value module, Value name) noexcept;
    /// GLOBAL whose lines, `module\nname`, lie there whole.
    Value global_lines(const char* text, std::size_t module_size, std::size_t name_size) noexcept;
    Value stack_global(Value module, Value name) noexcept;
    Value extension(std::int64_t code) noexcept;

    // --- objects ---
    Value reduce(Value callable, Value arguments) noexcept;
    Value new_object(Value type, Value arguments) noexcept;
    Value new_object_ex(Value type, Value arguments, Value keywords) noexcept;
    Value instance(Value callable, Value* items, std::size_t count) noexcept;
    bool build(Value object, Value state) noexcept;
    /// SETITEMS into a new dict, then BUILD with it, in one: without the dict.
    static constexpr bool kBuildsFromItems = !kFreeThreaded;
    State<Value> state_from(Window window, Value* fence, Value* items, bool unread) noexcept {
        if (items[-1] != state_.deferred_dict || window.size() == 0) return {};
        return state_before(window, fence, items, unread);
    }
    /// The same for SETITEM, into a dict that is empty and seen by nobody.
    State<Value> state_from_one(Window window, Value* fence, Value* items, bool unread) noexcept {
        if (window.size() == 0 || !PyDict_CheckExact(items[-1]) ||
            PyDict_GET_SIZE(items[-1]) != 0 || !uniquely_referenced(items[-1]))
            return {};
        return state_before(window, fence, items, unread);
    }
    bool build_from(const State<Value>& state, Value* items, std::size_t count) noexcept;

    /// TUPLE, then REDUCE or NEWOBJ, in one: without the tuple, where the callable can do without.
    static constexpr bool kCallsWithItems = true;
    Value reduce_items(Value callable, Value* items, std::size_t count) noexcept;
    Value new_object_from(Value type, Value* items, std::size_t count) noexcept;

    // --- persistent ids and buffers ---
    bool may_load_persistent() noexcept;
    Value persistent_line(const char* text, std::size_t size) noexcept;
    Value persistent(Value id) noexcept;
    Value next_buffer() noexcept;
    bool readonly_buffer(Value& top) noexcept;

  private:
    State<Value> state_before(Window window, Value* fence, Value* items, bool unread) noexcept {
        switch (static_cast<Opcode>(*window.cursor)) {
            case Opcode::kBuild:
                return dict_state(fence, items);
            case Opcode::kTuple2:
                return slots_state(window, fence, items, unread);
            default:
                return {};
        }
    }
    Value unicode(const std::uint8_t* bytes, std::size_t size) noexcept;
    Value python2_text(const std::uint8_t* bytes, std::size_t size) noexcept;
    Keep look_ahead(const Window& window, std::size_t index, std::size_t count) noexcept;
    Value find_class(PyObject* module, PyObject* name) noexcept;
    Value new_instance(const char* opcode, const Ref& type, const Ref& arguments,
                       const Ref& keywords) noexcept;
    bool set_state(PyObject* object, PyObject* state) noexcept;
    int has_own_setstate(PyObject* object) noexcept;
    Value known_path(Value callable, Value* items, std::size_t count) noexcept;
    Value numpy_scalar(Value function, Value* items) noexcept;
    bool build_from_dict(PyObject* object, PyObject* state) noexcept;
    bool build_from_list(PyObject* object, PyObject* state) noexcept;
    State<Value> dict_state(Value* fence, Value* items) noexcept {
        if (items - fence < 2) return {};
        plan_ = plans().of(Py_TYPE(items[-2]), state_);
        if (plan_ == nullptr || !plan_->has_plain_dict()) return {};
        return {State<Value>::kDict, 1, 0, items - 2};
    }
    State<Value> slots_state(Window window, Value* fence, Value* items, bool unread) noexcept {
        if (items - fence < 3 || items[-2] != Py_None || window.size() < 3) return {};
        const bool memoized = window.cursor[1] == static_cast<std::uint8_t>(Opcode::kMemoize);
        if (window.cursor[memoized ? 2 : 1] != static_cast<std::uint8_t>(Opcode::kBuild) ||
            (memoized && !unread))
            return {};
        plan_ = plans().of(Py_TYPE(items[-3]), state_);
        if (plan_ == nullptr || !plan_->has_no_setstate()) return {};
        return {State<Value>::kSlots, static_cast<std::uint8_t>(memoized ? 3 : 2), memoized,
                items - 3};
    }
    bool set_attributes(PyObject* object, PyObject** items, std::size_t first, std::size_t count,
                        bool slots) noexcept;
    bool update_dict(PyObject* object, PyObject* state) noexcept;
    bool build_as_is(PyObject* object, PyObject* state) noexcept;
    bool is_complete(PyObject* object) noexcept;

#ifdef ANYPICKLE_NO_GIL
    Plans own_plans_;  // other loads may run at any moment
    Plans& plans() noexcept { return own_plans_; }
#else
    Plans& plans() noexcept { return state_.plans; }
#endif

    LoadState& state_;
    Options options_;
    MemoUse memo_use_;
    std::unique_ptr<NumpyScalars> numpy_scalars_;
    Ref incomplete_;  ///< The classes whose missing fields have been told of, in a set.
    Window stream_{nullptr, nullptr};  ///< Null if it can change, or is not all there.
    Plan* plan_ = nullptr;             ///< Of state_from, for build_from.
    PyObject* fresh_ = nullptr;        ///< What object.__new__ made last; only to be compared with.
    std::atomic<int> own_protocol_{0};
    std::atomic<int>* protocol_;
    bool bytes_strings_;  ///< encoding="bytes": strings of Python 2 stay bytes.
};

}  // namespace anypickle::load
