// The memo: values by index, dense while the stream numbers them as picklers do, sparse when it
// does not.
//
//     if (!memo.put(index, value)) ...       // no memory; takes a reference of its own
//     (Backend::retain) const Value* value = memo.get(index);  // borrowed; null if there is none
//
// A stream may PUT at 4294967295 and nowhere else: that costs one slot of a small hash table, not
// an array.
//
// Threading: one run at a time.
// Invariant: an index is in the array or in the table, never in both; it stays where it was first
// put. What nothing reads is mostly appended in long runs: a run at the end is a number (`tail_`)
// until something that is read follows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace anypickle {

template <class Backend>
class MemoTable {
  public:
    using Value = typename Backend::Value;

    MemoTable() noexcept = default;
    MemoTable(const MemoTable&) = delete;
    MemoTable& operator=(const MemoTable&) = delete;
    ~MemoTable() {
        each([](std::size_t, Value value) {
            Backend::release(value);
            return true;
        });
        Backend::deallocate(dense_);
        Backend::deallocate(table_);
    }

    /// The number of entries (MEMOIZE puts at this index).
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    /// The memory held, in bytes.
    [[nodiscard]] std::size_t footprint() const noexcept {
        return capacity_ * sizeof(Value) + table_size_ * sizeof(Slot);
    }

    [[nodiscard]] const Value* get(std::size_t index) const noexcept {
        if (index < used_ && readable(dense_[index])) [[likely]] {
            return &dense_[index];
        }
        if (table_size_ == 0) return nullptr;
        const Slot& slot = table_[find(index)];
        return readable(slot.value) ? &slot.value : nullptr;
    }

    [[nodiscard]] bool put(std::size_t index, Value value) noexcept {
        return put_owned(index, Backend::retain(value));
    }

    /// put() at count(), as MEMOIZE does.
    [[nodiscard]] bool append(Value value) noexcept {
        if (count_ == used_ && used_ == tail_ && used_ < capacity_ && table_size_ == 0) [[likely]] {
            dense_[used_++] = Backend::retain(value);
            tail_ = count_ = used_;
            return true;
        }
        return put(count_, value);
    }

    [[nodiscard]] bool put_unread(std::size_t index) noexcept {
        if (index == count_ && ends_in_tail()) {
            append_to_tail();
            return true;
        }
        return put_owned(index, Backend::unread());
    }

    /// put_unread for MEMOIZE, whose index is count().
    [[nodiscard]] bool append_unread() noexcept {
        if (!ends_in_tail()) return put_unread(count_);
        append_to_tail();
        return true;
    }

    /// Whether the next entry, if nothing reads it, is no more than a number.
    [[nodiscard]] bool ends_in_tail() const noexcept { return count_ == tail_ && table_size_ == 0; }
    /// append_unread where ends_in_tail(), which stays so.
    void append_to_tail() noexcept {
        ++tail_;
        ++count_;
    }

    /// Gives all values back. They are taken out first: giving one back may run code that comes
    /// here again.
    void clear() noexcept {
        MemoTable old;
        swap(old);
    }

    void swap(MemoTable& other) noexcept {
        std::swap(dense_, other.dense_);
        std::swap(used_, other.used_);
        std::swap(tail_, other.tail_);
        std::swap(capacity_, other.capacity_);
        std::swap(table_, other.table_);
        std::swap(table_size_, other.table_size_);
        std::swap(table_used_, other.table_used_);
        std::swap(count_, other.count_);
    }

    /// Calls visit(index, value) for every entry that can be read until it returns false; returns
    /// whether it never did.
    template <class Visit>
    bool each(Visit visit) const {
        for (std::size_t i = 0; i < used_; ++i) {
            if (readable(dense_[i]) && !visit(i, dense_[i])) return false;
        }
        for (std::size_t i = 0; i < table_size_; ++i) {
            if (readable(table_[i].value) && !visit(table_[i].index, table_[i].value)) return false;
        }
        return true;
    }

  private:
    struct Slot {
        std::size_t index;
        Value value;
    };

    static bool readable(Value value) noexcept {
        return !Backend::empty(value) && value != Backend::unread();
    }

    [[nodiscard]] bool put_owned(std::size_t index, Value value) noexcept {
        if (index < capacity_ && tail_ <= capacity_ && table_size_ == 0) [[likely]] {
            store_dense(index, value);
            return true;
        }
        if (put_slowly(index, value)) return true;
        if (readable(value)) Backend::release(value);
        return false;
    }

    void store(Value& place, Value value) noexcept {
        const Value old = std::exchange(place, value);
        if (Backend::empty(old)) {
            ++count_;
        } else if (readable(old)) {
            Backend::release(old);
        }
    }

    void store_dense(std::size_t index, Value value) noexcept {
        while (used_ < tail_) dense_[used_++] = Backend::unread();
        if (index == used_) [[likely]] {
            dense_[used_++] = value;
            tail_ = used_;
            ++count_;
            return;
        }
        while (used_ <= index) dense_[used_++] = Backend::nothing();
        tail_ = used_;
        store(dense_[index], value);
    }

    [[nodiscard]] bool put_slowly(std::size_t index, Value value) noexcept {
        if (table_size_ != 0) {
            Slot& slot = table_[find(index)];
            if (!Backend::empty(slot.value)) {
                store(slot.value, value);
                return true;
            }
        }
        if (index < capacity_ || index <= count_ * 2 + kSlack) {
            const std::size_t room = index < tail_ ? tail_ : index + 1;
            if (room > capacity_ && !grow(room)) return false;
            store_dense(index, value);
            return true;
        }
        if (table_used_ * 2 >= table_size_ && !grow_table()) return false;
        Slot& slot = table_[find(index)];
        slot.index = index;
        ++table_used_;
        store(slot.value, value);
        return true;
    }

    [[nodiscard]] bool grow(std::size_t at_least) noexcept {
        std::size_t capacity = capacity_ * 2 < kFirst ? kFirst : capacity_ * 2;
        if (capacity < at_least) capacity = at_least;
        void* fresh = Backend::reallocate(dense_, capacity * sizeof(Value));
        if (fresh == nullptr) return false;
        dense_ = static_cast<Value*>(fresh);
        capacity_ = capacity;
        return true;
    }

    /// The slot of an index in the table, or the empty one where it would go.
    [[nodiscard]] std::size_t find(std::size_t index) const noexcept {
        const std::size_t mask = table_size_ - 1;
        std::size_t at = static_cast<std::size_t>((index * 0x9E3779B97F4A7C15u) >> 32) & mask;
        while (!Backend::empty(table_[at].value) && table_[at].index != index) at = (at + 1) & mask;
        return at;
    }

    [[nodiscard]] bool grow_table() noexcept {
        const std::size_t size = table_size_ == 0 ? kFirst : table_size_ * 2;
        auto* fresh = static_cast<Slot*>(Backend::reallocate(nullptr, size * sizeof(Slot)));
        if (fresh == nullptr) return false;
        for (std::size_t i = 0; i < size; ++i) fresh[i] = Slot{0, Backend::nothing()};
        Slot* old = std::exchange(table_, fresh);
        const std::size_t old_size = std::exchange(table_size_, size);
        for (std::size_t i = 0; i < old_size; ++i) {
            if (!Backend::empty(old[i].value)) table_[find(old[i].index)] = old[i];
        }
        Backend::deallocate(old);
        return true;
    }

    static constexpr std::size_t kFirst = 32;
    static constexpr std::size_t kSlack = 1024;

    Value* dense_ = nullptr;
    std::size_t used_ = 0;  ///< Entries from here to tail_ are there, and read by nothing.
    std::size_t tail_ = 0;
    std::size_t capacity_ = 0;
    Slot* table_ = nullptr;
    std::size_t table_size_ = 0;
    std::size_t table_used_ = 0;
    std::size_t count_ = 0;
};

}  // namespace anypickle
