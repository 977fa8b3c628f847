// What is known of a class whose instances are given their state: may attributes be set without a
// state dict, and how.
//
//     Plan* plan = plans.of(type, state);
//     if (plan->has_plain_dict() && plan->resolve(items, count, false))    // different strs
//         plan->give_values(object, items, count) || ... plan->name(i) ...
//
// `_pickle` fills a dict for the state, asks the instance for its __dict__, and copies the one into
// the other with interned keys. For a plain class the same can be had by setting the attributes as
// `self.x = 1` in a method does, which needs neither dict and keeps the instance's compact layout.
//
// Threading: one interpreter's, under its GIL; one load's in free-threaded builds, where only what
// the class declares is asked for.
// Invariant: a plan is good for one version of its type (tp_version_tag), which any change to the
// class or its bases ends.
#pragma once

#include <Python.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "codec/load/declared.h"
#include "codec/load/known_types.h"
#include "common/compat.h"
#include "common/ref.h"

namespace anypickle {
struct LoadState;
}

namespace anypickle::load {

/// Instances without a place for attributes of their own.
inline bool has_no_instance_dict(const PyTypeObject* type) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    if ((type->tp_flags & Py_TPFLAGS_MANAGED_DICT) != 0) return false;
#endif
    return type->tp_dictoffset == 0;
}

class Plan {
  public:
    static constexpr std::size_t kNames = 32;

    /// Whether the class has neither a __setstate__ nor hooks that could come up with one.
    [[nodiscard]] bool has_no_setstate() const noexcept { return no_setstate_; }
    /// Whether it has the ordinary __dict__ as well, or none at all.
    [[nodiscard]] bool has_plain_dict() const noexcept { return plain_dict_; }
    [[nodiscard]] bool has_no_dict() const noexcept { return no_dict_; }

    /// Whether the class is one of namedtuple()'s, so that `count` arguments are its items and
    /// nothing else happens.
    bool is_named_tuple(const LoadState& state, std::size_t count);

    /// Takes in the attribute names among `count` keys and values in turn. False when they are no
    /// different strs, or, unless `descriptors` are welcome, when one of them is more than an entry
    /// in the instance's __dict__.
    bool resolve(PyObject* const* items, std::size_t count, bool descriptors) {
        const std::size_t wanted = count / 2;
        if (wanted > different_) return learn_all(items, wanted, descriptors);
        for (std::size_t i = 0; i < wanted; ++i) {
            if (items[i * 2] != names_[i].key.get()) return learn_all(items, wanted, descriptors);
        }
        return wanted <= plain_ || descriptors;
    }
    /// The interned name of the resolved attribute.
    [[nodiscard]] PyObject* name(std::size_t i) const noexcept { return names_[i].interned.get(); }

    /// Takes the items over into the resolved attributes of an instance that has none yet. False,
    /// with nothing done, when it has, or when it is not known yet where they belong.
    bool give_values(PyObject* object, PyObject** items, std::size_t count);
    /// The same for slots, up to one that is filled already; returns how many of the items it took.
    std::size_t give_slots(PyObject* object, PyObject** items, std::size_t count);
    /// Finds out where the resolved attributes belong, for the next instances.
    void find_places(std::size_t count);

    /// Whether it is a type of the standard library whose Python code can be left out.
    KnownType known;

    /// The fields that the class declares, and whether the first `count` of the resolved names
    /// have them all.
    Declared declared;
    [[nodiscard]] bool is_whole(std::size_t count) const noexcept {
        return !declared.any() || (count == whole_ && count != 0);
    }
    /// Has is_whole() know it of the names that are resolved, if it is so.
    void look_for_declared();
    /// Declared::fits, while the plan stays what it is.
    bool fits(PyObject* object, PyObject* state) {
        if (!declared.any()) return true;
        busy = true;
        const bool fit = declared.fits(object, state);
        busy = false;
        return fit;
    }

    /// KnownType::kind, which tries a first object out, while the plan stays what it is.
    KnownType::Kind known_kind(PyTypeObject* type, const LoadState& state) {
        const bool taken = std::exchange(busy, true);
        const KnownType::Kind kind = known.kind(type, state);
        busy = taken;
        return kind;
    }

    /// While it is in use, a plan's names stay; another load that this one runs finds it taken.
    bool busy = false;

  private:
    friend class Plans;
    struct KnownName {
        Ref key;  ///< As the last stream had it: the same object comes again for the next instance.
        Ref interned;  ///< What the instance gets.
        bool descriptor = false;
        Py_ssize_t place = -1;  ///< Among the values of an instance.
        Py_ssize_t offset = 0;  ///< Of a slot that takes any object.
    };

    void make(PyTypeObject* type, const LoadState& state);
    void clear();
    bool learn(std::size_t i, PyObject* key);
    bool learn_all(PyObject* const* items, std::size_t wanted, bool descriptors);

    [[nodiscard]] bool all_different(std::size_t count) const;
    bool look_at_new(const LoadState& state, std::size_t count);

    enum class NamedTuple : unsigned char { kUnknown, kNo, kYes };
    NamedTuple named_tuple_ = NamedTuple::kUnknown;
    std::size_t fields_ = 0;
    Ref new_;        ///< The function behind __new__,
    Ref new_code_;   ///< its code, which can be replaced without the class noticing,
    Ref tuple_new_;  ///< and the tuple.__new__ that it finds in its globals.
    bool no_setstate_ = false;
    bool plain_dict_ = false;
    bool no_dict_ = false;
    bool plain_slots_ = false;      ///< Setting an attribute is nobody else's business.
    PyTypeObject* type_ = nullptr;  ///< Not owned: with the version it is a key, nothing more.
    unsigned version_ = 0;
    bool inline_values_ = false;
    // So many of the names, from the first on, are known
    std::size_t different_ = 0;  ///< to differ,
    std::size_t plain_ = 0;      ///< to be no descriptors,
    std::size_t placed_ = 0;     ///< to have a place,
    std::size_t slotted_ = 0;    ///< to have a slot.
    std::size_t whole_ = 0;  ///< So many have all declared fields among them; 0: it is not known.
    std::array<KnownName, kNames> names_;
};

/// The plans of the classes that were met last.
class Plans {
  public:
    Plans() = default;
    Plans(const Plans&) = delete;
    Plans& operator=(const Plans&) = delete;
    ~Plans() { clear(); }

    /// The plan of a type, made if need be; null without an error if there is none to be had now.
    Plan* of(PyTypeObject* type, const LoadState& state) {
        Plan* plan = places_[place(type)];
        if (plan != nullptr && plan->type_ == type && plan->version_ == version_tag(type) &&
            !plan->busy) [[likely]]
            return plan;
        return make(type, state);
    }
    void clear();

  private:
    static std::size_t place(PyTypeObject* type) {
        return (reinterpret_cast<std::uintptr_t>(type) >> 6) % kPlaces;
    }
    Plan* make(PyTypeObject* type, const LoadState& state);

    static constexpr std::size_t kPlaces = 64;
    std::array<Plan*, kPlaces> places_{};
};

}  // namespace anypickle::load
