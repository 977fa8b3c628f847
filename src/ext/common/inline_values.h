// The attributes of an instance, read where CPython keeps them: without making the dict that
// `__dict__` would make.
//
//     InlineValues values;
//     switch (read_inline(object, &values)) {
//         case Attributes::kInline:               // values.count of them, in the order of their
//         assignment
//             values.key(i), values.value(i);
//         case Attributes::kDict:                 // values.dict (null: it has none yet, so no
//         attributes) case Attributes::kUnknown:              // ask for __dict__
//     }
//
// and given to an instance that has none yet, without looking each of them up:
//
//     if (read_inline(object, &values) == Attributes::kInline && values.count == 0)
//         give_inline(&values, place, value);     // place: shared_place(type, interned name)
//
// The layout is private to CPython and differs from one version to the next. Whoever uses this
// checks it once per interpreter with inline_values_work(), on an instance of a class made for
// that. Threading: the GIL; never in free-threaded builds.
#pragma once

#include <Python.h>

#include <cstdint>
#include <utility>

#include "common/ref.h"
#include "common/threading.h"

namespace anypickle {

enum class Attributes : uint8_t { kInline, kDict, kUnknown };

struct InlineValues {
    struct Entry {
        PyObject* key;
        PyObject* value;
    };
    PyObject* dict = nullptr;
    PyObject* const* slots = nullptr;  ///< By the index of the key in the shared keys.
    const uint8_t* order = nullptr;
    Py_ssize_t step = 1;  ///< The direction in which the order is stored.
    const Entry* keys = nullptr;
    Py_ssize_t count = 0;

    [[nodiscard]] Py_ssize_t index(Py_ssize_t i) const noexcept { return order[i * step]; }
    [[nodiscard]] PyObject* key(Py_ssize_t i) const noexcept { return keys[index(i)].key; }
    [[nodiscard]] PyObject* value(Py_ssize_t i) const noexcept { return slots[index(i)]; }
};

namespace detail {

/// The head of CPython's PyDictKeysObject, the same from 3.11 to 3.14 in builds with the GIL.
struct DictKeys {
    Py_ssize_t refcount;
    uint8_t log2_size;
    uint8_t log2_index_bytes;
    uint8_t kind;
    uint32_t version;
    Py_ssize_t usable;
    Py_ssize_t entries;
    char indices[];
};

inline const InlineValues::Entry* shared_entries(PyTypeObject* type) noexcept {
    const auto* keys = reinterpret_cast<const DictKeys*>(
        reinterpret_cast<PyHeapTypeObject*>(type)->ht_cached_keys);
    if (keys == nullptr) return nullptr;
    return reinterpret_cast<const InlineValues::Entry*>(keys->indices +
                                                        (size_t{1} << keys->log2_index_bytes));
}

}  // namespace detail

/// Where the attributes of an instance are. The class is a heap type.
inline Attributes read_inline(PyObject* object, InlineValues* result) noexcept {
#if defined(ANYPICKLE_NO_GIL) || !defined(Py_TPFLAGS_MANAGED_DICT) || PY_VERSION_HEX >= 0x030F0000
    (void)object;
    (void)result;
    return Attributes::kUnknown;
#else
    PyTypeObject* type = Py_TYPE(object);
    if (!PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)) return Attributes::kUnknown;
    PyObject** head = reinterpret_cast<PyObject**>(object);
#if PY_VERSION_HEX >= 0x030D0000
    result->dict = head[-3];
    if (result->dict != nullptr || !PyType_HasFeature(type, Py_TPFLAGS_INLINE_VALUES))
        return Attributes::kDict;
    struct Values {
        uint8_t capacity;
        uint8_t size;
        uint8_t embedded;
        uint8_t valid;
        PyObject* slots[1];
    };
    const auto* values =
        reinterpret_cast<const Values*>(reinterpret_cast<const char*>(object) + type->tp_basicsize);
    if (values->valid == 0) return Attributes::kUnknown;
    result->slots = values->slots;
    result->order = reinterpret_cast<const uint8_t*>(&values->slots[values->capacity]);
    result->step = 1;
    result->count = values->size;
#else
#if PY_VERSION_HEX >= 0x030C0000
    const auto tagged = reinterpret_cast<uintptr_t>(head[-3]);
    if ((tagged & 1) == 0) {
        result->dict = head[-3];
        return Attributes::kDict;
    }
    PyObject* const* slots = reinterpret_cast<PyObject* const*>(tagged + 1);
#else
    result->dict = head[-3];
    PyObject* const* slots = reinterpret_cast<PyObject* const*>(head[-4]);
    if (slots == nullptr) return Attributes::kDict;
#endif
    const uint8_t* bytes = reinterpret_cast<const uint8_t*>(slots);
    result->slots = slots;
    result->order = bytes - 3;
    result->step = -1;
    result->count = bytes[-2];
#endif
    result->keys = detail::shared_entries(type);
    return result->keys != nullptr ? Attributes::kInline : Attributes::kUnknown;
#endif
}

/// The place of an attribute in the instances of a heap type; -1 if it has none (yet). Places stay.
inline Py_ssize_t shared_place(PyTypeObject* type, PyObject* name) noexcept {
    const InlineValues::Entry* entries = detail::shared_entries(type);
    if (entries == nullptr) return -1;
    const auto* keys = reinterpret_cast<const detail::DictKeys*>(
        reinterpret_cast<PyHeapTypeObject*>(type)->ht_cached_keys);
    for (Py_ssize_t i = 0; i < keys->entries; ++i) {
        if (entries[i].key == name) return i;
    }
    return -1;
}

/// Gives the instance one more attribute, which it does not have yet. Takes the value over.
inline void give_inline(InlineValues* values, Py_ssize_t place, PyObject* value) noexcept {
    const_cast<PyObject**>(values->slots)[place] = value;
    auto* order = const_cast<uint8_t*>(values->order);
    order[values->count++ * values->step] = static_cast<uint8_t>(place);
#if PY_VERSION_HEX >= 0x030D0000
    constexpr Py_ssize_t kSizeBeforeSlots = 7;
    reinterpret_cast<uint8_t*>(const_cast<PyObject**>(values->slots))[-kSizeBeforeSlots] =
        static_cast<uint8_t>(values->count);
#else
    order[1] = static_cast<uint8_t>(values->count);
#endif
}

/// Makes a class and instances, and sees whether what is read is what is there, and the other way
/// round. 1, 0, or -1 with
/// an error.
int inline_values_work();

}  // namespace anypickle
