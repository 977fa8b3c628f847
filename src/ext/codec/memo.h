// Memo: the number that each object of a dump was given, by identity.
//
//     Memo memo(Memo::kOwning);
//     Memo::Entry* entry = memo.slot(object);         // null: MemoryError is set
//     if (memo.live(*entry)) return entry->index;     // met before
//     memo.fill(*entry, object, next);
//
// An open hash table over addresses. Entries carry the epoch in which they were made, so that a
// table that is kept from one dump to the next is emptied by one addition. An owning memo keeps its
// objects alive (an address that is freed and used again would be taken for the object met before);
// a borrowing one is for dumps in which no code runs that could free anything. Threading: that of
// its pickler. Invariant: at most half of the slots are live.
#pragma once

#include <Python.h>

#include <cstddef>
#include <cstdint>

namespace anypickle {

class Memo {
  public:
    enum Ownership : bool { kBorrowing, kOwning };

    struct Entry {
        PyObject* object;
        uint32_t index;
        uint32_t epoch;
    };

    /// The index of an object whose opcodes are being written and that cannot be referred to yet.
    static constexpr uint32_t kOpen = 0xFFFFFFFF;
    /// The index of what was written without being numbered; see Quick::put_known.
    static constexpr uint32_t kOnce = 0xFFFFFFFE;

    explicit Memo(Ownership ownership) noexcept : owning_(ownership == kOwning) {}
    Memo(const Memo&) = delete;
    Memo& operator=(const Memo&) = delete;
    ~Memo();

    [[nodiscard]] bool live(const Entry& entry) const noexcept { return entry.epoch == epoch_; }
    [[nodiscard]] size_t size() const noexcept { return size_; }

    /// Whether it keeps its objects alive.
    [[nodiscard]] bool owns() const noexcept { return owning_; }

    /// Bytes that the table takes.
    [[nodiscard]] size_t memory() const noexcept { return capacity_ * sizeof(Entry); }

    /// The entry of the object, or null.
    [[nodiscard]] const Entry* find(PyObject* object) const noexcept {
        if (size_ == 0) return nullptr;
        Entry* entry = probe(object);
        return live(*entry) ? entry : nullptr;
    }

    /// The entry of the object, or (not live) the slot where it belongs; null with MemoryError set.
    [[nodiscard]] Entry* slot(PyObject* object) noexcept {
        if (size_ * 2 >= capacity_ && !grow()) return nullptr;
        return probe(object);
    }

    /// Makes the slot that slot() has just returned the entry of the object.
    void fill(Entry& entry, PyObject* object, uint32_t index) noexcept {
        if (owning_) Py_INCREF(object);
        entry = Entry{object, index, epoch_};
        ++size_;
    }

    /// Adds or overwrites; false with MemoryError set.
    bool put(PyObject* object, uint32_t index) noexcept;

    /// A dict of objects that stand for others in the stream: what the memo numbers, they must live
    /// as long as it. Borrowed; null with MemoryError set.
    [[nodiscard]] PyObject* companions() noexcept {
        if (companions_ == nullptr) companions_ = PyDict_New();
        return companions_;
    }

    /// What companions() made, or null.
    [[nodiscard]] PyObject* kept() const noexcept { return companions_; }

    /// Forgets everything. Lets a large table go, keeps a small one.
    void clear() noexcept;

    /// Takes over the contents of another owning memo.
    void swap(Memo& other) noexcept;

    /// Calls visit(entry) for each entry until it returns something else than 0, which is then the
    /// result.
    template <typename Visit>
    int each(Visit visit) const {
        for (size_t i = 0; i < capacity_; ++i) {
            if (live(entries_[i])) {
                if (int result = visit(entries_[i]); result != 0) return result;
            }
        }
        return 0;
    }

  private:
    [[nodiscard]] Entry* probe(PyObject* object) const noexcept {
        const uint64_t key = reinterpret_cast<uintptr_t>(object) >> 4;
        size_t i = static_cast<size_t>((key * 0x9E3779B97F4A7C15ULL) >> shift_);
        while (live(entries_[i]) && entries_[i].object != object) i = (i + 1) & (capacity_ - 1);
        return &entries_[i];
    }
    bool grow() noexcept;

    Entry* entries_ = nullptr;
    size_t capacity_ = 0;
    size_t size_ = 0;
    unsigned shift_ = 64;
    uint32_t epoch_ = 1;
    bool owning_;
    PyObject* companions_ = nullptr;
};

}  // namespace anypickle
