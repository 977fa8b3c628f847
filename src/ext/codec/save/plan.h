// Plan: what the quick writer knows of a type: that its objects need no code of anybody's, and how
// they are written.
//
//     const Plan* plan = plans.find(type);
//     if (plan == nullptr) ...                         // not planned yet, or the type has been
//     changed since
//
// A plan is made once for each type (which may run Python code: the registry is asked) and holds as
// long as the type's version tag, the registry and copyreg.dispatch_table stay as they were.
// Threading: the GIL; free-threaded builds make no plans. Invariant: types are compared, never kept
// alive.
#pragma once

#include <Python.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "common/ref.h"

namespace anypickle {

struct SaveState;

enum class PlanKind : uint8_t {
    kNone,        ///< Only the engine can write these.
    kInstance,    ///< object.__reduce_ex__ as it is: items, a dict, slots, or any of these
    kNamedTuple,  ///< collections.namedtuple's __getnewargs__
    kDate,
    kDateTime,
    kTime,
    kTimeDelta,
    kDecimal,
    kUuid,
    kListOfParts,  ///< pathlib: the class called with a tuple of what a slot lists
    kFields,       ///< a frozen dataclass with slots: its state is a list of what they hold
    kEnumValue,    ///< the class called with _value_
    kEnumName,     ///< getattr(class, _name_): the slot is getattr
    kClass,        ///< a metaclass: its classes go by name
    kMark,         ///< found under a name in the module of the type, which its recipe told
    kDeque,
    kOrderedDict,
    kTimeZone,
    kArray,      ///< numpy's
    kReduce,     ///< a reducer in C that returns nothing but what the object itself owns
    kException,  ///< that of BaseException, where nothing has raised it
};

/// What the class of an instance is derived from, if that has items.
enum class Native : uint8_t { kObject, kList, kDict };

struct Slot {
    Ref name;  ///< As it goes into the state.
    Py_ssize_t offset;
};

/// What an object holds at an offset, borrowed; null if nothing.
inline PyObject* at_offset(PyObject* object, Py_ssize_t offset) noexcept {
    return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(object) + offset);
}

/// An object and the name that it is found under; or a copy of what is, with its module.
struct Mark {
    Ref object;
    Ref name;
    Ref module;
};

struct Plan {
    PyTypeObject* type = nullptr;
    unsigned version = 0;
    PlanKind kind = PlanKind::kNone;
    Native native = Native::kObject;
    bool has_dict = false;
    bool by_value = false;  ///< The class has gone by value.
    Ref module;             ///< Where the class is found ...
    Ref name;               ///< ... and under which qualified name.
    std::vector<Slot> slots;
    std::vector<Mark> marks;  ///< Those of kMark that were met.
    Py_ssize_t parts = 0;     ///< kListOfParts: the offset of the slot.
    Py_ssize_t flags = 0;     ///< kArray: the offset of its flags; 0: it has to be asked.
    Py_ssize_t dict_offset = 0;

    // Of the dump that is under way.
    uint64_t dump = 0;
    uint32_t class_index = 0;
    static constexpr Py_ssize_t kMostKeys = 32;
    uint32_t key_index[kMostKeys] =
        {};  ///< 1 + the memo index of the attribute name with that index, or 0.
};

class Plans {
  public:
    /// The plan for the type, or null.
    [[nodiscard]] Plan* find(PyTypeObject* type) noexcept {
        Plan* plan = find_again(type);
        return plan != nullptr ? plan : search(type);
    }

    /// The plan for the type, if it is the one that was found last, or null.
    [[nodiscard]] Plan* find_again(PyTypeObject* type) noexcept {
        return last_ != nullptr && last_->type == type && current(*last_) ? last_ : nullptr;
    }

    /// Makes the plan for the type. Null with an error. May run Python code.
    Plan* make(SaveState* state, PyTypeObject* type, PyObject* sample);

    void clear() noexcept;

    /// Whether the layout of instances is what inline_values.h takes it for; -1: not known yet.
    int layout = -1;

  private:
    static bool current(const Plan& plan) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
        return plan.version == plan.type->tp_version_tag;
#else
        return plan.version == plan.type->tp_version_tag &&
               PyType_HasFeature(plan.type, Py_TPFLAGS_VALID_VERSION_TAG);
#endif
    }
    Plan* search(PyTypeObject* type) noexcept;

    std::vector<std::unique_ptr<Plan>> table_;  ///< Open addressing by the type's address.
    size_t count_ = 0;
    Plan* last_ = nullptr;
};

}  // namespace anypickle
