// Quick: the writer of most streams. It knows builtin types and planned ones, runs nobody's code,
// and gives up on anything else; the engine then writes the stream from the beginning.
//
//     Quick quick(state, memo, protocol, place);
//     switch (quick.run(object, most, &stream)) {
//         case Quick::Outcome::kDone:       // stream is a new reference
//         case Quick::Outcome::kUnprepared: // prepare(quick.wants(), quick.sample()) and try again
//         case Quick::Outcome::kGivenUp:    // the engine's work; no error is set
//     }
//
// Since no code runs, nothing changes while it writes, and three things hold that do not hold for
// the engine: references are borrowed throughout; an object that nothing but its container refers
// to cannot be met again, so it needs neither a memo entry nor an opcode for one; and giving up
// costs no more than time. It recurses in C, to a depth that any thread's stack bears, and never
// reports an error: what fails here, fails in the engine, with words.
//
// Functions and classes that go by value get the same bytes in every process that has them. So
// within them (`exact_`) nothing depends on who else holds an object or which strings are interned:
// everything that could be met again is memoised, equal names count as one, and a cell is written
// in brief unless functions of this stream share it (`Cells`).
//
// The memo of a Pickler is there for its next dump, too. With one that owns what it numbers,
// everything gets a number but what is made while writing; functions and classes by value are left
// to the engine.
//
// Threading: the GIL, held throughout; not used in free-threaded builds. Only with an empty memo,
// protocol 4 and up. Invariant: what is open and may be met again is in the memo as kOpen; to meet
// it is to give up.
#pragma once

#include <Python.h>

#include <cstring>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "codec/memo.h"
#include "codec/save/first_of.h"
#include "codec/save/output.h"
#include "codec/save/plan.h"
#include "codec/save/state.h"
#include "common/compat.h"
#include "common/inline_values.h"

namespace anypickle {

struct FunctionAttributes;

class Quick {
  public:
    enum class Outcome : uint8_t { kDone, kUnprepared, kGivenUp };

    /// What must be known before an object can be written, and takes code to find out.
    enum class Want : uint8_t {
        kNothing,
        kPlan,       ///< The plan of the object's type.
        kPlace,      ///< Whether a crossing is under way, which decides what goes by value.
        kCode,       ///< What codec/value knows of a code object.
        kClass,      ///< The token of a class, and the fingerprint that goes with it.
        kMark,       ///< The name that an object is found under.
        kModule,     ///< Whether another process can import a module.
        kNamespace,  ///< What stands for the globals of a function.
        kProgram,    ///< Whether running the program again defines an object of `__main__`.
        kCells,      ///< Which cells functions share: it is known now.
    };

    /// Where the dump happens, if that is known.
    enum class Place : uint8_t { kUnknown, kPlain, kCrossing, kCrossingToSameProgram };

    /// The cells that are written in full. Taken at first for those that somebody else holds as
    /// well; where that was not because several functions of this dump have them, it is written
    /// once more.
    struct Cells {
        std::unordered_set<PyObject*> shared;  ///< Borrowed from the graph.
        bool known = false;
    };

    /// `cells` lasts from one attempt to the next. `reducers` are those of copyreg, or those that
    /// stand for them.
    Quick(SaveState* state, Memo& memo, FirstOf& names, PyObject* reducers, int protocol,
          Place place, Cells& cells) noexcept
        : state_(state),
          memo_(memo),
          names_(names),
          cells_(cells),
          reducers_(reducers),
          protocol_(protocol),
          keeps_(memo.owns()),
          numbered_(memo.owns() ? 1 : 0),
          place_(keeps_ ? Place::kCrossing : place) {}
    Quick(const Quick&) = delete;
    Quick& operator=(const Quick&) = delete;
    ~Quick();

    /// Gives up rather than write more than `most` bytes, or one large payload of more than
    /// `largest`.
    void limit(Py_ssize_t most, Py_ssize_t largest) noexcept { out_.limit(most, largest); }

    /// Writes the stream for the object.
    Outcome run(PyObject* object, PyObject** stream);

    /// After kUnprepared: what is wanted, and of which object. Borrowed from the graph.
    [[nodiscard]] Want wants() const noexcept { return wants_; }
    [[nodiscard]] PyObject* sample() const noexcept { return sample_; }

    /// How many bytes were written before it gave up.
    [[nodiscard]] Py_ssize_t written() const noexcept { return out_.size(); }

    /// Whether functions or classes went by value.
    [[nodiscard]] bool met_values() const noexcept { return met_values_; }

  private:
    // quick.cpp. False: give up.
    bool save(PyObject* object);
    bool put_item(PyObject* item);
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
    /// Whose items are written: those that a reducer gives one by one come in batches whose last
    /// one may be a single item without a mark, as `_pickle` has it.
    enum class Owner : unsigned char { kItself, kInstance, kReducer };
    bool put_list_items(PyObject* list, Owner owner);
    bool put_dict_items(PyObject* dict, Owner owner);
    bool put_tuple(PyObject* const* items, Py_ssize_t count);
    bool put_tuple_opcode(Py_ssize_t count);
    bool put_bytes(PyObject* object);

    /// Gives up for now: something has to be found out first.
    bool want(Want what, PyObject* sample) noexcept {
        wants_ = what;
        sample_ = sample;
        return false;
    }

    // The memo. `met` answers for an object that may be met again: a GET is written.
    [[nodiscard]] bool alone(PyObject* object) const noexcept {
        return numbered_ == 0 && Py_REFCNT(object) == 1;
    }
    [[nodiscard]] Memo::Entry* slot_of_str(PyObject* text);
    bool met(PyObject* object, bool* yes);
    bool memoize(PyObject* object);
    bool open(PyObject* object);
    bool close(PyObject* object);
    bool note_once(PyObject* object);
    void put_get(uint32_t index) noexcept;
    template <typename Write>
    bool put_shared(PyObject* object, Write write);
    [[nodiscard]] uint32_t next_index() const noexcept {
        return static_cast<uint32_t>(memo_.size() - open_);
    }

    // quick_objects.cpp
    bool save_object(PyObject* object, PyTypeObject* type);
    bool save_planned(PyObject* object, Plan& plan);
    bool put_new(PyObject* object, Plan& plan, bool* met);
    bool save_instance(PyObject* object, Plan& plan);
    bool save_fields(PyObject* object, Plan& plan);
    bool put_attributes(PyObject* object, Plan& plan, bool* any);
    bool put_inline(PyObject* object, const InlineValues& values, Plan& plan);
    bool put_slots(PyObject* object, Plan& plan);
    bool save_shared_str(PyObject* name, uint32_t* index);
    bool put_class(Plan& plan);
    bool save_named(PyObject* object);
    bool save_of_types(PyObject* type);
    bool put_getattr(PyObject* object, PyObject* module, PyObject* name);
    bool put_global(PyObject* object, PyObject* module, PyObject* name);
    bool put_found(PyObject* object, PyObject* module, PyObject* name);
    bool save_of_main(PyObject* object);

    // quick_values.cpp
    bool save_named_tuple(PyObject* object, Plan& plan);
    bool save_date(PyObject* object, Plan& plan);
    bool save_timedelta(PyObject* object, Plan& plan);
    bool save_decimal(PyObject* object, Plan& plan);
    bool save_uuid(PyObject* object, Plan& plan);
    bool save_parts(PyObject* object, Plan& plan);
    bool save_enum(PyObject* object, Plan& plan);
    bool save_exception(PyObject* object, const Plan& plan);
    bool save_mark(PyObject* object, Plan& plan);
    bool may_write(PyObject* object);
    bool save_mapping_proxy(PyObject* proxy);
    PyObject* new_reduce_value(PyObject* object, const Plan& plan);
    bool save_reduced(PyObject* object, const Plan& plan);
    bool put_reduced(PyObject* object, PyObject* value, bool once);
    bool put_pairs(PyObject* list);
    bool save_buffer(PyObject* object);
    bool keep(PyObject* steal_temporary);

    // quick_functions.cpp
    struct Globals;
    [[nodiscard]] bool goes_by_value(PyObject* module, PyObject* qualname) const noexcept;
    bool save_by_value(PyObject* object);
    bool save_function(PyObject* function);
    bool find_globals(Globals& globals);
    bool put_brief(const Globals& globals, bool* done);
    [[nodiscard]] bool has_usual_base(PyObject* globals) const noexcept;
    bool put_namespace(Globals& globals, bool nothing_else);
    bool put_base(PyObject* globals);
    [[nodiscard]] bool is_written(PyObject* globals, PyObject* name) const noexcept;
    bool put_global_values(Globals& globals, bool later);
    bool put_later_globals(Globals& globals);
    bool put_all_submodules(const Globals& globals, PyObject* closure, PyObject* facts);
    bool put_submodules(PyObject* module, PyObject* names);
    bool put_cells(PyObject* closure, bool alone_in_stream);
    bool put_shared_cell(PyObject* cell);
    [[nodiscard]] bool is_shared(PyObject* cell) const noexcept;
    bool know_cells();
    bool put_attributes_of(PyObject* function, const FunctionAttributes& attributes);
    bool save_cell(PyObject* cell);
    [[nodiscard]] bool is_open_function(PyObject* content) const noexcept;
    bool put_empty_cell(PyObject* cell, PyObject* function);
    bool put_fill_cell(PyObject* cell, PyObject* content);
    bool put_unfilled(PyObject* function);
    PyObject* importable_name(PyObject* module);
    bool save_module(PyObject* module);
    bool put_rebuilder(std::size_t which);
    bool put_known(PyObject* object, std::string_view opcode);
    bool put_code(PyObject* data);

    // quick_enums.cpp
    struct Members {
        PyObject* by_name = nullptr;   ///< _member_map_
        PyObject* by_value = nullptr;  ///< _value2member_map_
    };
    bool find_members(PyObject* attributes, Members* members);
    [[nodiscard]] bool is_of_members(const Members& members, PyObject* name, PyObject* value) const;
    bool put_members(PyObject* cls, const Members& members);
    bool put_member(PyObject* member, PyObject* name, PyTypeObject* base);
    PyObject* name_of_member(PyObject* member);

    // quick_classes.cpp
    bool save_class(PyObject* cls);
    bool put_birth(PyObject* cls, PyObject* attributes, PyObject* module);
    bool save_wrapped_method(PyObject* method);
    bool save_property(PyObject* property);

    SaveState* state_;
    Memo& memo_;
    FirstOf& names_;
    Cells& cells_;
    Output out_;
    PyObject* reducers_;  ///< A dict; borrowed.
    int protocol_;
    bool keeps_;    ///< The memo outlasts the dump.
    int numbered_;  ///< Not 0 while all that can be met again gets a number.
    int depth_ = 0;
    int exact_ = 0;  ///< How many functions and classes by value are open.
    size_t open_ = 0;
    uint64_t dump_ = 0;
    Place place_;
    Want wants_ = Want::kNothing;
    bool met_values_ = false;
    static constexpr int kMostRepeated = 4;
    int repeated_ = 0;
    PyObject* sample_ = nullptr;
    std::unordered_map<PyObject*, bool>
        full_cells_;  ///< Those that were written in full, and whether they were met again.
    std::vector<std::pair<PyObject*, PyObject*>>
        unfilled_;  ///< Cells, and the functions that they are filled with.
    std::vector<std::pair<PyObject*, PyObject*>>
        written_;  ///< Namespaces and the names of globals that they have in the stream.
    std::vector<PyObject*>
        temporaries_;  ///< Owned: what is in the memo must not be freed while that is in use.
};

/// An int of up to 30 bits that is not negative.
inline void Quick::put_tiny(int32_t value) noexcept {
    char* cursor = out_.cursor();
    std::memcpy(cursor + 1, &value, 4);
    if (value <= 0xFF) {
        cursor[0] = static_cast<char>(Opcode::kBinInt1);
        out_.advance_to(cursor + 2);
    } else if (value <= 0xFFFF) {
        cursor[0] = static_cast<char>(Opcode::kBinInt2);
        out_.advance_to(cursor + 3);
    } else {
        cursor[0] = static_cast<char>(Opcode::kBinInt);
        out_.advance_to(cursor + 5);
    }
}

/// save() for what is mostly a small int, which takes less time to write than a call does.
inline bool Quick::put_item(PyObject* item) {
    int32_t number = 0;
    if (!Py_IS_TYPE(item, &PyLong_Type) || !tiny_long(item, &number) || !out_.boundary())
        return save(item);
    put_tiny(number);
    return true;
}

inline void Quick::put_get(uint32_t index) noexcept {
    if (index < 256) {
        out_.put(Opcode::kBinGet);
        out_.put_byte(index);
    } else {
        out_.put(Opcode::kLongBinGet);
        out_.put_little(index, 4);
    }
}

/// Writes what may be needed more than once and means the same each time: once without a number,
/// once more with one, from then on by that. Most streams need no second, and so no memo where they
/// are read.
template <typename Write>
bool Quick::put_shared(PyObject* object, Write write) {
    Memo::Entry* entry = memo_.slot(object);
    if (entry == nullptr || !out_.room()) return false;
    if (!memo_.live(*entry)) {
        memo_.fill(*entry, object, Memo::kOnce);
        ++open_;
        return write();
    }
    if (entry->index == Memo::kOpen) return false;
    if (entry->index != Memo::kOnce) {
        put_get(entry->index);
        return true;
    }
    // A short stream may have no memo at all.
    if (next_index() == 0 && ++repeated_ <= kMostRepeated) return write();
    return write() && close(object);
}

}  // namespace anypickle
