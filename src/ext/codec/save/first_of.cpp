#include "codec/save/first_of.h"

#include <array>
#include <utility>

namespace anypickle {
namespace {

constexpr size_t kFirstCapacity = 64;
constexpr size_t kKeptCapacity = size_t{1} << 14;

constexpr std::array<bool, 256> name_characters() {
    std::array<bool, 256> found{};
    for (const char c :
         std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.<>")) {
        found[static_cast<unsigned char>(c)] = true;
    }
    return found;
}

constexpr std::array<bool, 256> kNameCharacters = name_characters();

}  // namespace

FirstOf::~FirstOf() {
    clear();
    PyMem_Free(entries_);
}

bool FirstOf::is_name(PyObject* text) noexcept {
    if (!PyUnicode_IS_COMPACT_ASCII(text)) return false;
    for (const char c : content(text)) {
        if (!kNameCharacters[static_cast<unsigned char>(c)]) return false;
    }
    return true;
}

PyObject* FirstOf::like(PyObject* object) noexcept {
    if (size_ * 2 >= capacity_ && !grow()) return nullptr;
    const Py_hash_t hash = PyObject_Hash(object);
    Entry* entry = probe(object, hash);
    if (entry->epoch != epoch_) {
        if (owning_) Py_INCREF(object);
        *entry = Entry{object, hash, epoch_};
        ++size_;
    }
    return entry->object;
}

void FirstOf::clear() noexcept {
    if (owning_) {
        for (size_t i = 0; i < capacity_; ++i) {
            if (entries_[i].epoch == epoch_) Py_DECREF(entries_[i].object);
        }
    }
    size_ = 0;
    if (capacity_ > kKeptCapacity || epoch_ == UINT32_MAX) {
        PyMem_Free(std::exchange(entries_, nullptr));
        capacity_ = 0;
        epoch_ = 1;
    } else {
        ++epoch_;
    }
}

std::string_view FirstOf::content(PyObject* object) noexcept {
    if (PyBytes_CheckExact(object)) {
        return {PyBytes_AS_STRING(object), static_cast<size_t>(PyBytes_GET_SIZE(object))};
    }
    return {reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(object)),
            static_cast<size_t>(PyUnicode_GET_LENGTH(object))};
}

/// The entry of what is equal, or (of another epoch) the slot where it belongs.
FirstOf::Entry* FirstOf::probe(PyObject* object, Py_hash_t hash) const noexcept {
    size_t i = static_cast<size_t>(hash) & (capacity_ - 1);
    for (; entries_[i].epoch == epoch_; i = (i + 1) & (capacity_ - 1)) {
        const Entry& entry = entries_[i];
        if (entry.object == object) break;
        if (entry.hash == hash && Py_TYPE(entry.object) == Py_TYPE(object) &&
            content(entry.object) == content(object)) {
            break;
        }
    }
    return &entries_[i];
}

bool FirstOf::grow() noexcept {
    const size_t capacity = capacity_ == 0 ? kFirstCapacity : capacity_ * 4;
    auto* entries = static_cast<Entry*>(PyMem_Calloc(capacity, sizeof(Entry)));
    if (entries == nullptr) {
        PyErr_NoMemory();
        return false;
    }
    Entry* old = std::exchange(entries_, entries);
    const size_t old_capacity = std::exchange(capacity_, capacity);
    for (size_t i = 0; i < old_capacity; ++i) {
        if (old[i].epoch == epoch_) *probe(old[i].object, old[i].hash) = old[i];
    }
    PyMem_Free(old);
    return true;
}

}  // namespace anypickle
