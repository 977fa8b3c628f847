#include "codec/save/quick.h"

#include <bit>
#include <cstring>

#include "codec/save/longs.h"
#include "codec/save/names.h"
#include "codec/save/sets.h"
#include "codec/save/utf8.h"
#include "common/compat.h"

namespace anypickle {
namespace {

constexpr int kDeepest = 500;
constexpr Py_ssize_t kBatch = 1000;
constexpr Opcode kCounted[] = {Opcode::kTuple1, Opcode::kTuple2, Opcode::kTuple3};

/// memcpy for what is mostly a few bytes long.
inline void copy_short(char* target, const char* source, size_t size) noexcept {
    if (size >= 8) {
        if (size > 16) {
            std::memcpy(target, source, size);
            return;
        }
        std::memcpy(target, source, 8);
        std::memcpy(target + size - 8, source + size - 8, 8);
    } else if (size >= 4) {
        std::memcpy(target, source, 4);
        std::memcpy(target + size - 4, source + size - 4, 4);
    } else {
        for (size_t i = 0; i < size; ++i) target[i] = source[i];
    }
}

}  // namespace

Quick::~Quick() {
    for (PyObject* temporary : temporaries_) Py_DECREF(temporary);
}

Quick::Outcome Quick::run(PyObject* object, PyObject** stream) {
    out_.open(state_->scratch, SaveState::kScratch, nullptr);
    dump_ = ++state_->dumps;
    out_.put(Opcode::kProto);
    out_.put_byte(static_cast<unsigned>(protocol_));
    // The collector would run finalizers, which are somebody's code.
    const int collecting = PyGC_Disable();
    const bool written = out_.begin_framing() && save(object) && out_.room() && know_cells() &&
                         unfilled_.empty() && (!keeps_ || open_ == 0);
    if (collecting != 0) PyGC_Enable();
    if (!written) {
        PyErr_Clear();
        return wants_ != Want::kNothing ? Outcome::kUnprepared : Outcome::kGivenUp;
    }
    out_.put(Opcode::kStop);
    *stream = out_.finish();
    if (*stream == nullptr) PyErr_Clear();
    return *stream != nullptr ? Outcome::kDone : Outcome::kGivenUp;
}

bool Quick::save(PyObject* object) {
    if (!out_.boundary()) return false;
    PyTypeObject* type = Py_TYPE(object);
    if (type == &PyUnicode_Type) return save_str(object);
    if (type == &PyLong_Type) return save_long(object);
    if (type == &PyFloat_Type) return save_float(object);
    if (object == Py_None) {
        out_.put(Opcode::kNone);
        return true;
    }
    if (type == &PyBool_Type) {
        out_.put(object == Py_True ? Opcode::kNewTrue : Opcode::kNewFalse);
        return true;
    }
    if (!alone(object)) {
        const Memo::Entry* entry = memo_.find(object);
        if (entry != nullptr) {
            if (entry->index >= Memo::kOnce) {
                return entry->index == Memo::kOnce && type == &PyModule_Type && save_module(object);
            }
            put_get(entry->index);
            return true;
        }
    }
    if (type == &PyBytes_Type) return save_bytes(object);
    if (++depth_ > kDeepest) return false;
    bool written = false;
    if (type == &PyDict_Type) {
        written = save_dict(object);
    } else if (type == &PyTuple_Type) {
        written = save_tuple(object);
    } else if (type == &PyList_Type) {
        written = save_list(object);
    } else {
        written = save_object(object, type);
    }
    --depth_;
    return written;
}

bool Quick::save_long(PyObject* object) {
    int64_t value = 0;
    if (!small_long(object, &value)) {
        int overflow = 0;
        value = PyLong_AsLongLongAndOverflow(object, &overflow);
        if (overflow != 0) return put_big_long(out_, object);
    }
    put_int(value);
    return true;
}

/// An int of up to 64 bits. Takes at most 10 bytes.
void Quick::put_int(int64_t value) noexcept {
    char* cursor = out_.cursor();
    if (value == static_cast<int32_t>(value)) {
        if (value >= 0 && value <= 0xFFFF) {
            if (value <= 0xFF) {
                cursor[0] = static_cast<char>(Opcode::kBinInt1);
                cursor[1] = static_cast<char>(value);
                out_.advance_to(cursor + 2);
                return;
            }
            cursor[0] = static_cast<char>(Opcode::kBinInt2);
            std::memcpy(cursor + 1, &value, 2);
            out_.advance_to(cursor + 3);
            return;
        }
        cursor[0] = static_cast<char>(Opcode::kBinInt);
        std::memcpy(cursor + 1, &value, 4);
        out_.advance_to(cursor + 5);
        return;
    }
    const auto magnitude = static_cast<uint64_t>(value < 0 ? ~value : value);
    const size_t size = static_cast<size_t>(std::bit_width(magnitude)) / 8 + 1;
    cursor[0] = static_cast<char>(Opcode::kLong1);
    cursor[1] = static_cast<char>(size);
    std::memcpy(cursor + 2, &value, 8);
    out_.advance_to(cursor + 2 + size);
}

bool Quick::save_float(PyObject* object) {
    out_.put(Opcode::kBinFloat);
    out_.put_little(__builtin_bswap64(std::bit_cast<uint64_t>(PyFloat_AS_DOUBLE(object))), 8);
    return true;
}

bool Quick::met(PyObject* object, bool* yes) {
    const Memo::Entry* entry = memo_.find(object);
    *yes = entry != nullptr;
    if (entry == nullptr) return true;
    if (entry->index >= Memo::kOnce) return false;
    put_get(entry->index);
    return true;
}

bool Quick::memoize(PyObject* object) {
    Memo::Entry* entry = memo_.slot(object);
    if (entry == nullptr || memo_.size() >= Memo::kOnce || !out_.room()) return false;
    memo_.fill(*entry, object, next_index());
    out_.put(Opcode::kMemoize);
    return true;
}

/// Notes an object that was written without a number: to meet it again is to give up.
bool Quick::note_once(PyObject* object) {
    Memo::Entry* entry = memo_.slot(object);
    if (entry == nullptr || memo_.live(*entry)) return false;
    memo_.fill(*entry, object, Memo::kOnce);
    ++open_;
    return true;
}

/// Where the memo has a str, or an equal one that stands for it; or (not live) the slot where it
/// belongs.
Memo::Entry* Quick::slot_of_str(PyObject* text) {
    Memo::Entry* entry = memo_.slot(text);
    if (exact_ == 0 || entry == nullptr || memo_.live(*entry) || !FirstOf::is_name(text)) {
        return entry;
    }
    PyObject* first = names_.like(text);
    if (first == text) return entry;
    return first == nullptr ? nullptr : memo_.slot(first);
}

/// Notes an object that is memoised after its contents.
bool Quick::open(PyObject* object) {
    Memo::Entry* entry = memo_.slot(object);
    if (entry == nullptr) return false;
    memo_.fill(*entry, object, Memo::kOpen);
    ++open_;
    return true;
}

bool Quick::close(PyObject* object) {
    Memo::Entry* entry = memo_.slot(object);
    if (entry == nullptr || !out_.room()) return false;
    entry->index = next_index();
    --open_;
    out_.put(Opcode::kMemoize);
    return true;
}

bool Quick::save_str(PyObject* object) {
    if (alone(object)) return put_str(object);
    Memo::Entry* entry = slot_of_str(object);
    if (entry == nullptr) return false;
    if (memo_.live(*entry)) {
        put_get(entry->index);
        return true;
    }
    memo_.fill(*entry, object, next_index());
    if (!put_str(object)) return false;
    out_.put(Opcode::kMemoize);
    return true;
}

bool Quick::put_str(PyObject* object) {
    if (PyUnicode_IS_COMPACT_ASCII(object)) {
        const char* data =
            reinterpret_cast<const char*>(reinterpret_cast<PyASCIIObject*>(object) + 1);
        const Py_ssize_t size = PyUnicode_GET_LENGTH(object);
        if (size <= 0xFF) {
            char* cursor = out_.reserve(size + 2);
            if (cursor == nullptr) return false;
            cursor[0] = static_cast<char>(Opcode::kShortBinUnicode);
            cursor[1] = static_cast<char>(size);
            copy_short(cursor + 2, data, static_cast<size_t>(size));
            out_.advance_to(cursor + 2 + size);
            return true;
        }
        return size <= 0xFFFFFFFF ? out_.put_payload(Opcode::kBinUnicode, size, 4, data, nullptr)
                                  : out_.put_payload(Opcode::kBinUnicode8, size, 8, data, nullptr);
    }
#if PY_VERSION_HEX < 0x030C0000
    if (!PyUnicode_IS_READY(object)) return false;
#endif
    const auto size = static_cast<Py_ssize_t>(utf8_size(object));
    if (size >= Output::kFrameTarget) return false;
    char* cursor = out_.reserve(size + 5);
    if (cursor == nullptr) return false;
    if (size <= 0xFF) {
        out_.put(Opcode::kShortBinUnicode);
        out_.put_byte(static_cast<unsigned>(size));
    } else {
        out_.put(Opcode::kBinUnicode);
        out_.put_little(static_cast<uint64_t>(size), 4);
    }
    out_.advance_to(encode_utf8(object, out_.cursor()));
    return true;
}

bool Quick::save_bytes(PyObject* object) {
    return put_bytes(object) && (alone(object) || memoize(object));
}

bool Quick::put_bytes(PyObject* object) {
    const char* data = PyBytes_AS_STRING(object);
    const Py_ssize_t size = PyBytes_GET_SIZE(object);
    if (size <= 0xFF) {
        char* cursor = out_.reserve(size + 2);
        if (cursor == nullptr) return false;
        cursor[0] = static_cast<char>(Opcode::kShortBinBytes);
        cursor[1] = static_cast<char>(size);
        copy_short(cursor + 2, data, static_cast<size_t>(size));
        out_.advance_to(cursor + 2 + size);
        return true;
    }
    return size <= 0xFFFFFFFF ? out_.put_payload(Opcode::kBinBytes, size, 4, data, nullptr)
                              : out_.put_payload(Opcode::kBinBytes8, size, 8, data, nullptr);
}

bool Quick::put_items(PyObject* const* items, Py_ssize_t count) {
    for (Py_ssize_t i = 0; i < count; ++i) {
        if (!put_item(items[i])) return false;
    }
    return out_.room();
}

/// A tuple of these items, which are not memoised as one.
bool Quick::put_tuple(PyObject* const* items, Py_ssize_t count) {
    if (count > 3) out_.put(Opcode::kMark);
    return put_items(items, count) && put_tuple_opcode(count);
}

/// Makes a tuple of the items, in front of which a mark was put if they are more than three.
bool Quick::put_tuple_opcode(Py_ssize_t count) {
    if (!out_.room()) return false;
    out_.put(count == 0 ? Opcode::kEmptyTuple : count > 3 ? Opcode::kTuple : kCounted[count - 1]);
    return true;
}

bool Quick::save_tuple(PyObject* object) {
    const Py_ssize_t count = PyTuple_GET_SIZE(object);
    PyObject* const* items = reinterpret_cast<PyTupleObject*>(object)->ob_item;
    if (count == 0 || alone(object)) return put_tuple(items, count);
    return open(object) && put_tuple(items, count) && close(object);
}

bool Quick::save_list(PyObject* object) {
    out_.put(Opcode::kEmptyList);
    if (!alone(object) && !memoize(object)) return false;
    return put_list_items(object, Owner::kItself);
}

bool Quick::put_list_items(PyObject* list, Owner owner) {
    const Py_ssize_t count = PyList_GET_SIZE(list);
    PyObject* const* items = reinterpret_cast<PyListObject*>(list)->ob_item;
    for (Py_ssize_t i = 0; i < count; i += kBatch) {
        if (count - i == 1 && (i == 0 || owner == Owner::kReducer)) {
            if (!put_items(items + i, 1)) return false;
            out_.put(Opcode::kAppend);
            return true;
        }
        out_.put(Opcode::kMark);
        if (!put_items(items + i, count - i < kBatch ? count - i : kBatch)) return false;
        out_.put(Opcode::kAppends);
    }
    return true;
}

bool Quick::save_dict(PyObject* object) {
    out_.put(Opcode::kEmptyDict);
    if (!alone(object) && !memoize(object)) return false;
    return put_dict_items(object, Owner::kItself);
}

/// The items of a dict; of an instance's, whose names must not be among those that change how it is
/// reduced.
bool Quick::put_dict_items(PyObject* dict, Owner owner) {
    const Py_ssize_t count = PyDict_GET_SIZE(dict);
    if (count == 0) return true;
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    Py_ssize_t position = 0;
    Py_ssize_t batch = 0;
    Py_ssize_t left = count;
    bool marked = count > 1;
    if (marked) out_.put(Opcode::kMark);
    while (PyDict_Next(dict, &position, &key, &value)) {
        if (batch == kBatch) {
            if (!out_.room()) return false;
            out_.put(Opcode::kSetItems);
            left -= kBatch;
            batch = 0;
            marked = left > 1 || owner != Owner::kReducer;
            if (marked) out_.put(Opcode::kMark);
        }
        ++batch;
        if (owner == Owner::kInstance && (!PyUnicode_CheckExact(key) || is_dunder(key)))
            return false;
        if (!save(key) || !put_item(value)) return false;
    }
    if (!out_.room()) return false;
    out_.put(marked ? Opcode::kSetItems : Opcode::kSetItem);
    return true;
}

bool Quick::save_set(PyObject* object) {
    out_.put(Opcode::kEmptySet);
    if (!alone(object) && !memoize(object)) return false;
    Py_ssize_t position = 0;
    Py_ssize_t batch = 0;
    for (PyObject* item = nullptr; (item = next_in_set(object, &position)) != nullptr;) {
        if (batch == kBatch) {
            if (!out_.room()) return false;
            out_.put(Opcode::kAddItems);
            batch = 0;
        }
        if (batch++ == 0) out_.put(Opcode::kMark);
        if (!put_item(item)) return false;
    }
    if (!out_.room()) return false;
    if (batch > 0) out_.put(Opcode::kAddItems);
    return true;
}

bool Quick::save_frozenset(PyObject* object) {
    const bool once = alone(object);
    if (!once && !open(object)) return false;
    out_.put(Opcode::kMark);
    Py_ssize_t position = 0;
    for (PyObject* item = nullptr; (item = next_in_set(object, &position)) != nullptr;) {
        if (!put_item(item)) return false;
    }
    if (!out_.room()) return false;
    out_.put(Opcode::kFrozenSet);
    return once || close(object);
}

}  // namespace anypickle
