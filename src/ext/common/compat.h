// The differences between the versions of Python that we build for, under one name each.
//
//     Ref method;
//     if (optional_attr(object, name, method.out()) < 0) return false;   // an error other than
//     "not there"
//
// Threading: as the functions they stand for: an attached thread state.
#pragma once

#include <Python.h>
#include <structmember.h>

#include <cstdint>
#include <utility>

#include "common/ref.h"
#include "common/threading.h"

namespace anypickle {

/// Since 3.14 pickle words its errors anew, with the fully qualified names of types (%T), says
/// which attribute was not found, and notes what it was serializing.
inline constexpr bool kNewWords = PY_VERSION_HEX >= 0x030E0000;

/// Since 3.14 no table of `copy` says that a weak reference is its own copy: it is so by itself.
inline constexpr bool kWeakReferencesAreAtomic = PY_VERSION_HEX >= 0x030E0000;

/// Since 3.14 a call lends what it passes: an object that its caller keeps may count one reference,
/// as one that nobody else has.
inline constexpr bool kCallsLend = PY_VERSION_HEX >= 0x030E0000;

/// The type of a PyMemberDef that holds any object, and none while it is null: what __slots__
/// makes.
#if PY_VERSION_HEX >= 0x030C0000
inline constexpr int kObjectMember = Py_T_OBJECT_EX;
#else
inline constexpr int kObjectMember = T_OBJECT_EX;
#endif

/// Where an instance keeps the value of a slot that any object may go into; 0 for other
/// descriptors.
inline Py_ssize_t slot_offset(PyObject* descriptor) noexcept {
    if (!Py_IS_TYPE(descriptor, &PyMemberDescr_Type)) return 0;
    const PyMemberDef* member = reinterpret_cast<PyMemberDescrObject*>(descriptor)->d_member;
    return member->type == kObjectMember && member->flags == 0 ? member->offset : 0;
}

/// Whether an object's dict may share the values that lie in the object, until its class changes.
inline constexpr bool kDictsShareValues = PY_VERSION_HEX >= 0x030D0000;

/// Since 3.13 `threading.Lock` is the type of the locks; before, a function that makes them. Since
/// 3.14 a reentrant lock says whether it is locked.
inline constexpr bool kLocksAreMadeByTheirType = PY_VERSION_HEX >= 0x030D0000;
inline constexpr bool kRLockSaysLocked = PY_VERSION_HEX >= 0x030E0000;

/// Whether `_pickle` of the running interpreter refuses a list that has another size when a batch
/// of its items is written (python/cpython#146452: since 3.14.4), as it always refused such a dict.
inline bool lists_keep_their_size() noexcept { return Py_Version >= 0x030E0400; }

/// Looks an attribute up without raising AttributeError: 1 found, 0 not there, -1 error. *result is
/// new or null.
inline int optional_attr(PyObject* object, PyObject* name, PyObject** result) noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return PyObject_GetOptionalAttr(object, name, result);
#else
    return _PyObject_LookupAttr(object, name, result);
#endif
}

/// Looks a key up in a dict: 1 found, 0 not there, -1 error. *result is new or null.
inline int dict_get(PyObject* dict, PyObject* key, PyObject** result) noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return PyDict_GetItemRef(dict, key, result);
#else
    *result = Py_XNewRef(PyDict_GetItemWithError(dict, key));
    if (*result != nullptr) return 1;
    return PyErr_Occurred() != nullptr ? -1 : 0;
#endif
}

/// A number that changes whenever a dict does; 0 where this Python has none (it was deprecated).
inline uint64_t dict_version(PyObject* dict) noexcept {
#if PY_VERSION_HEX < 0x030C0000
    return reinterpret_cast<PyDictObject*>(dict)->ma_version_tag;
#else
    (void)dict;
    return 0;
#endif
}

/// An object lent by its container: borrowed where the GIL keeps the container still, owned in
/// free-threaded builds.
class ItemRef {
  public:
    explicit ItemRef(PyObject* object) noexcept : object_(object) {}
#ifdef ANYPICKLE_NO_GIL
    ItemRef(const ItemRef&) = delete;
    ItemRef(ItemRef&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    ItemRef& operator=(const ItemRef&) = delete;
    ~ItemRef() { Py_XDECREF(object_); }
#endif
    [[nodiscard]] PyObject* get() const noexcept { return object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

  private:
    PyObject* object_;
};

/// An object that lasts, as if a container lent it.
inline ItemRef lent(PyObject* object) noexcept {
#ifdef ANYPICKLE_NO_GIL
    return ItemRef(Py_XNewRef(object));
#else
    return ItemRef(object);
#endif
}

/// What a class or its bases have under a name, past __getattr__ and descriptors; null without an
/// error.
inline ItemRef type_lookup(PyTypeObject* type, PyObject* name) noexcept {
#ifdef ANYPICKLE_NO_GIL
    return ItemRef(_PyType_LookupRef(type, name));
#else
    return ItemRef(_PyType_Lookup(type, name));
#endif
}

/// What a dict has under a key; null with or without an error.
inline ItemRef dict_item(PyObject* dict, PyObject* key) noexcept {
#ifdef ANYPICKLE_NO_GIL
    PyObject* item = nullptr;
    (void)PyDict_GetItemRef(dict, key, &item);
    return ItemRef(item);
#else
    return ItemRef(PyDict_GetItemWithError(dict, key));
#endif
}

/// A dict that PyDict_Next can walk: the same, or a copy where other threads may change it at any
/// moment. Null with an error.
inline Ref new_still(PyObject* dict) noexcept {
    return Ref::steal(kFreeThreaded ? PyDict_Copy(dict) : Py_NewRef(dict));
}

/// The item of an exact list; null without an error when the index is past its end.
inline ItemRef list_item(PyObject* list, Py_ssize_t index) noexcept {
#ifdef ANYPICKLE_NO_GIL
    PyObject* item = PyList_GetItemRef(list, index);
    if (item == nullptr) PyErr_Clear();
    return ItemRef(item);
#else
    return ItemRef(index < PyList_GET_SIZE(list) ? PyList_GET_ITEM(list, index) : nullptr);
#endif
}

/// True if the caller's path is the only counted reference to the object.
inline bool uniquely_referenced(PyObject* object) noexcept {
#ifdef ANYPICKLE_NO_GIL
    (void)object;
    return false;
#else
    return Py_REFCNT(object) == 1;
#endif
}

/// The same where the caller holds a reference of its own, too.
inline bool held_by_container_and_us(PyObject* object) noexcept {
#ifdef ANYPICKLE_NO_GIL
    (void)object;
    return false;
#else
    return Py_REFCNT(object) == 2;
#endif
}

/// Little-endian two's complement of an int into `size` bytes; -1 with an error when it does not
/// fit.
inline int long_as_bytes(PyObject* value, unsigned char* bytes, size_t size) noexcept {
    PyLongObject* number = reinterpret_cast<PyLongObject*>(value);
#if PY_VERSION_HEX >= 0x030D0000
    return _PyLong_AsByteArray(number, bytes, size, 1, 1, 1);
#else
    return _PyLong_AsByteArray(number, bytes, size, 1, 1);
#endif
}

/// The value of an int that is stored in so few digits that reading it cannot fail.
inline bool small_long(PyObject* value, int64_t* result) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    const PyLongObject* number = reinterpret_cast<const PyLongObject*>(value);
    if (PyUnstable_Long_IsCompact(number)) {
        *result = PyUnstable_Long_CompactValue(number);
        return true;
    }
    // The tag: how many digits, above three bits whose lowest two are 0 for positive, 2 for
    // negative.
    const uintptr_t tag = number->long_value.lv_tag;
    if (tag >> 3 != 2) return false;
    const digit* digits = number->long_value.ob_digit;
    const auto magnitude =
        static_cast<int64_t>(digits[0] | static_cast<uint64_t>(digits[1]) << PyLong_SHIFT);
    *result = (tag & 3) == 2 ? -magnitude : magnitude;
    return true;
#else
    static_assert(PyLong_SHIFT == 30 || PyLong_SHIFT == 15);
    const digit* digits = reinterpret_cast<const PyLongObject*>(value)->ob_digit;
    switch (Py_SIZE(value)) {
        case 0:
            *result = 0;
            return true;
        case 1:
            *result = static_cast<int64_t>(digits[0]);
            return true;
        case -1:
            *result = -static_cast<int64_t>(digits[0]);
            return true;
        case 2:
            *result =
                static_cast<int64_t>(digits[0] | static_cast<uint64_t>(digits[1]) << PyLong_SHIFT);
            return true;
        case -2:
            *result =
                -static_cast<int64_t>(digits[0] | static_cast<uint64_t>(digits[1]) << PyLong_SHIFT);
            return true;
        default:
            return false;
    }
#endif
}

/// The value of an int that has one digit and is not negative: less than 2^30.
inline bool tiny_long(PyObject* value, int32_t* result) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    const PyLongObject* number = reinterpret_cast<const PyLongObject*>(value);
    if (!PyUnstable_Long_IsCompact(number)) return false;
    *result = static_cast<int32_t>(PyUnstable_Long_CompactValue(number));
    return *result >= 0;
#else
    if (Py_SIZE(value) != 1) return false;
    *result = static_cast<int32_t>(reinterpret_cast<const PyLongObject*>(value)->ob_digit[0]);
    return true;
#endif
}

/// An index under which this interpreter lets us keep something with each code object; -1 without
/// an error when there are no more. `release` is called for what is kept when the code object goes.
inline Py_ssize_t code_extra_index(freefunc release) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    return PyUnstable_Eval_RequestCodeExtraIndex(release);
#else
    return _PyEval_RequestCodeExtraIndex(release);
#endif
}

/// What is kept with the code object, or null.
inline void* code_extra(PyObject* code, Py_ssize_t index) noexcept {
    void* extra = nullptr;
    if (index < 0) return nullptr;
#if PY_VERSION_HEX >= 0x030C0000
    if (PyUnstable_Code_GetExtra(code, index, &extra) < 0) PyErr_Clear();
#else
    if (_PyCode_GetExtra(code, index, &extra) < 0) PyErr_Clear();
#endif
    return extra;
}

/// Keeps something with the code object; false (without an error) if that can't be.
inline bool set_code_extra(PyObject* code, Py_ssize_t index, void* extra) noexcept {
    if (index < 0) return false;
#if PY_VERSION_HEX >= 0x030C0000
    const bool kept = PyUnstable_Code_SetExtra(code, index, extra) == 0;
#else
    const bool kept = _PyCode_SetExtra(code, index, extra) == 0;
#endif
    if (!kept) PyErr_Clear();
    return kept;
}

/// The function that computes a function's annotations. Borrowed; null if it has none.
inline PyObject* annotate_function(PyObject* function) noexcept {
#if PY_VERSION_HEX >= 0x030E0000
    PyObject* annotate = reinterpret_cast<PyFunctionObject*>(function)->func_annotate;
    return annotate == Py_None ? nullptr : annotate;
#else
    (void)function;
    return nullptr;
#endif
}

/// The annotations that a function has without anything being computed. Borrowed; null if it has
/// none, without an error.
inline PyObject* kept_annotations(PyObject* function) noexcept {
#if PY_VERSION_HEX >= 0x030E0000
    if (annotate_function(function) != nullptr) {
        return reinterpret_cast<PyFunctionObject*>(function)->func_annotations;
    }
#endif
    return PyFunction_GetAnnotations(function);
}

/// Gives a function annotations, beside the function that would compute them.
inline int set_annotations(PyObject* function, PyObject* annotations) noexcept {
#if PY_VERSION_HEX >= 0x030E0000
    auto* fields = reinterpret_cast<PyFunctionObject*>(function);
    PyObject* annotate = Py_XNewRef(fields->func_annotate);
    const int set = PyFunction_SetAnnotations(function, annotations);
    PyObject* before = fields->func_annotate;
    fields->func_annotate = annotate;
    Py_XDECREF(before);
    return set;
#else
    return PyFunction_SetAnnotations(function, annotations);
#endif
}

/// The number that a class has now, which changes whenever it does; 0 if nobody has asked for one.
inline unsigned version_tag(PyTypeObject* type) noexcept {
#ifdef ANYPICKLE_NO_GIL
    return std::atomic_ref<unsigned>(type->tp_version_tag).load(std::memory_order_acquire);
#else
    return type->tp_version_tag;
#endif
}

/// The same, given one if it has none; 0 if it can't be.
inline unsigned type_version(PyTypeObject* type, PyObject* some_name) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    (void)some_name;
    return PyUnstable_Type_AssignVersionTag(type) != 0 ? version_tag(type) : 0;
#else
    _PyType_Lookup(type, some_name);  // gives it one
    return PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG) ? type->tp_version_tag : 0;
#endif
}

/// Lets a class have versions again that had a metaclass with an mro() of its own: as of late 3.13
/// it never would, and its attributes be looked up anew each time. Its order is to be found anew.
inline void allow_versions(PyTypeObject* type) noexcept {
#ifdef _Py_ATTR_CACHE_UNUSED
    if (type->tp_versions_used == _Py_ATTR_CACHE_UNUSED) type->tp_versions_used = 0;
#else
    (void)type;
#endif
}

/// The attributes of a class itself. New reference.
inline PyObject* type_dict(PyTypeObject* type) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    return PyType_GetDict(type);
#else
    return Py_NewRef(type->tp_dict);
#endif
}

}  // namespace anypickle
