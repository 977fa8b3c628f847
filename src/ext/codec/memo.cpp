#include "codec/memo.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace anypickle {
namespace {

constexpr size_t kFirstCapacity = 64;
constexpr size_t kKeptCapacity = size_t{1} << 16;

}  // namespace

Memo::~Memo() {
    clear();
    PyMem_Free(entries_);
}

bool Memo::put(PyObject* object, uint32_t index) noexcept {
    Entry* entry = slot(object);
    if (entry == nullptr) return false;
    if (live(*entry)) {
        entry->index = index;
    } else {
        fill(*entry, object, index);
    }
    return true;
}

void Memo::clear() noexcept {
    // Releasing an object may run code that looks at this memo: it finds it empty.
    Entry* entries = entries_;
    const size_t capacity = capacity_;
    const uint32_t epoch = epoch_;
    const bool release = owning_ && size_ > 0;
    PyObject* companions = std::exchange(companions_, nullptr);
    size_ = 0;
    if (release || capacity > kKeptCapacity || epoch_ == UINT32_MAX) {
        entries_ = nullptr;
        capacity_ = 0;
        shift_ = 64;
        epoch_ = 1;
        if (release) {
            for (size_t i = 0; i < capacity; ++i) {
                if (entries[i].epoch == epoch) Py_DECREF(entries[i].object);
            }
        }
        PyMem_Free(entries);
    } else {
        ++epoch_;
    }
    Py_XDECREF(companions);
}

void Memo::swap(Memo& other) noexcept {
    std::swap(entries_, other.entries_);
    std::swap(capacity_, other.capacity_);
    std::swap(size_, other.size_);
    std::swap(shift_, other.shift_);
    std::swap(epoch_, other.epoch_);
    std::swap(companions_, other.companions_);
}

bool Memo::grow() noexcept {
    const size_t capacity =
        capacity_ == 0 ? kFirstCapacity : capacity_ * (capacity_ < 1024 ? 4 : 2);
    auto* entries = static_cast<Entry*>(PyMem_Calloc(capacity, sizeof(Entry)));
    if (entries == nullptr) {
        PyErr_NoMemory();
        return false;
    }
    Entry* old = std::exchange(entries_, entries);
    const size_t old_capacity = std::exchange(capacity_, capacity);
    shift_ = 64 - static_cast<unsigned>(std::bit_width(capacity) - 1);
    for (size_t i = 0; i < old_capacity; ++i) {
        if (live(old[i])) *probe(old[i].object) = old[i];
    }
    PyMem_Free(old);
    return true;
}

}  // namespace anypickle
