#include "common/dict_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "common/inline_values.h"
#include "common/ref.h"
#include "common/threading.h"

namespace anypickle {

#if defined(ANYPICKLE_NO_GIL) || defined(Py_REF_DEBUG) || PY_VERSION_HEX >= 0x030F0000

std::size_t detail::fill_with_pairs(PyObject* /*dict*/, PyObject** /*items*/,
                                    std::size_t /*count*/) noexcept {
    return 0;
}

int dict_tables_work() { return 0; }

#else

namespace {

using detail::DictKeys;

/// The hash of a str, which it remembers.
Py_hash_t hash_of_str(PyObject* key) noexcept {
    const Py_hash_t known = reinterpret_cast<PyASCIIObject*>(key)->hash;
    return known != -1 ? known : PyObject_Hash(key);
}

/// The entries of a dict that has no key but str.
struct StrEntry {
    static constexpr std::uint8_t kKind = 1;
    PyObject* key = nullptr;
    PyObject* value = nullptr;

    /// The hash of a key that may go into such a table; -1 for others.
    static Py_hash_t hash_of(PyObject* key) noexcept {
        return PyUnicode_CheckExact(key) ? hash_of_str(key) : -1;
    }
    [[nodiscard]] Py_hash_t hash() const noexcept { return hash_of_str(key); }
    void set(Py_hash_t /*hash*/, PyObject* new_key, PyObject* new_value) noexcept {
        key = new_key;
        value = new_value;
    }
};

/// The entries of any other.
struct GeneralEntry {
    static constexpr std::uint8_t kKind = 0;
    Py_hash_t known_hash = 0;
    PyObject* key = nullptr;
    PyObject* value = nullptr;

    static Py_hash_t hash_of(PyObject* key) noexcept {
        return PyLong_CheckExact(key) || PyUnicode_CheckExact(key) || PyBytes_CheckExact(key)
                   ? PyObject_Hash(key)
                   : -1;
    }
    [[nodiscard]] Py_hash_t hash() const noexcept { return known_hash; }
    void set(Py_hash_t hash, PyObject* new_key, PyObject* new_value) noexcept {
        known_hash = hash;
        key = new_key;
        value = new_value;
    }
};

/// Whether a dict with this value in it has to be known to the garbage collector.
bool may_hold_a_cycle(PyObject* value) noexcept {
    if (!PyType_IS_GC(Py_TYPE(value))) return false;
    return !PyTuple_CheckExact(value) || PyObject_GC_IsTracked(value) != 0;
}

DictKeys* allocate(std::size_t size) noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return static_cast<DictKeys*>(PyMem_Malloc(size));
#else
    return static_cast<DictKeys*>(PyObject_Malloc(size));
#endif
}

/// How many keys go into a table of 2^log2_size places.
constexpr std::size_t usable_of(unsigned log2_size) noexcept {
    return (std::size_t{1} << log2_size) * 2 / 3;
}

/// An empty table, as new_keys_object() of CPython's dictobject.c makes it; the entries are still
/// to be written.
template <class Entry, class Index>
inline DictKeys* new_table(unsigned log2_size) noexcept {
    const std::size_t index_bytes = sizeof(Index) << log2_size;
    const std::size_t usable = usable_of(log2_size);
    DictKeys* table = allocate(sizeof(DictKeys) + index_bytes + usable * sizeof(Entry));
    if (table == nullptr) return nullptr;
    table->refcount = 1;
    table->log2_size = static_cast<std::uint8_t>(log2_size);
    table->log2_index_bytes =
        static_cast<std::uint8_t>(log2_size + std::bit_width(sizeof(Index)) - 1);
    table->kind = Entry::kKind;
    table->version = 0;
    std::memset(table->indices, 0xff, index_bytes);
    return table;
}

/// Makes a table, puts items into it until one can't be, and gives it to the dict. Returns how many
/// items were taken.
template <class Entry, class Index>
inline std::size_t fill(PyObject* dict, PyObject** items, std::size_t count,
                        unsigned log2_size) noexcept {
    DictKeys* table = new_table<Entry, Index>(log2_size);
    if (table == nullptr) return 0;
    constexpr Index kEmpty = static_cast<Index>(-1);
    constexpr unsigned kPerturbShift = 5;
    auto* indices = reinterpret_cast<Index*>(table->indices);
    auto* entries = reinterpret_cast<Entry*>(table->indices + (sizeof(Index) << log2_size));
    const std::size_t mask = (std::size_t{1} << log2_size) - 1;
    bool tracked = false;
    std::size_t i = 0;
    for (; i < count; i += 2) {
        const Py_hash_t hash = Entry::hash_of(items[i]);
        if (hash == -1) break;
        auto perturb = static_cast<std::size_t>(hash);
        std::size_t slot = perturb & mask;
        bool known = false;
        while (indices[slot] != kEmpty) {
            known = known || entries[static_cast<std::size_t>(indices[slot])].hash() == hash;
            perturb >>= kPerturbShift;
            slot = (slot * 5 + perturb + 1) & mask;
        }
        if (known) break;
        indices[slot] = static_cast<Index>(i / 2);
        entries[i / 2].set(hash, items[i], items[i + 1]);
        tracked = tracked || may_hold_a_cycle(items[i + 1]);
    }
    const std::size_t used = i / 2;
    const std::size_t left = usable_of(log2_size) - used;
    for (std::size_t unused = 0; unused < left; ++unused) entries[used + unused] = Entry{};
    table->usable = static_cast<Py_ssize_t>(left);
    table->entries = static_cast<Py_ssize_t>(used);
    auto* object = reinterpret_cast<PyDictObject*>(dict);
#if PY_VERSION_HEX < 0x030C0000
    // The table that all empty dicts share; later it is immortal.
    --reinterpret_cast<DictKeys*>(object->ma_keys)->refcount;
#endif
    object->ma_keys = reinterpret_cast<PyDictKeysObject*>(table);
    object->ma_used = static_cast<Py_ssize_t>(used);
    if (tracked && PyObject_GC_IsTracked(dict) == 0) PyObject_GC_Track(dict);
    return i;
}

template <class Entry>
std::size_t fill(PyObject* dict, PyObject** items, std::size_t count) noexcept {
    constexpr unsigned kLog2Smallest = 3;
    // As far as CPython makes room ahead: a stream that repeats one key must not get a large table.
    constexpr unsigned kLog2Largest = 17;
    count = std::min(count, 2 * usable_of(kLog2Largest));
    if (count / 2 <= usable_of(kLog2Smallest)) [[likely]]  // all sizes are constants
        return fill<Entry, std::int8_t>(dict, items, count, kLog2Smallest);
    unsigned log2_size = kLog2Smallest + 1;
    while (usable_of(log2_size) < count / 2) ++log2_size;
    if (log2_size < 8) return fill<Entry, std::int8_t>(dict, items, count, log2_size);
    if (log2_size < 16) return fill<Entry, std::int16_t>(dict, items, count, log2_size);
    return fill<Entry, std::int32_t>(dict, items, count, log2_size);
}

/// Whether it has the table that all dicts share which nothing was put into.
bool untouched(PyObject* dict) noexcept {
    const auto* object = reinterpret_cast<PyDictObject*>(dict);
    return object->ma_used == 0 && object->ma_values == nullptr &&
           reinterpret_cast<DictKeys*>(object->ma_keys)->log2_size == 0;
}

/// Whether the tables of two dicts are the same, to the byte, but for what does not count.
bool alike(PyObject* one, PyObject* other, std::size_t entry_size) noexcept {
    const auto* a = reinterpret_cast<DictKeys*>(reinterpret_cast<PyDictObject*>(one)->ma_keys);
    const auto* b = reinterpret_cast<DictKeys*>(reinterpret_cast<PyDictObject*>(other)->ma_keys);
    if (a->refcount != b->refcount || a->log2_size != b->log2_size ||
        a->log2_index_bytes != b->log2_index_bytes || a->kind != b->kind ||
        a->usable != b->usable || a->entries != b->entries)
        return false;
    const std::size_t size = (std::size_t{1} << a->log2_index_bytes) +
                             static_cast<std::size_t>(a->usable + a->entries) * entry_size;
    return std::memcmp(a->indices, b->indices, size) == 0;
}

constexpr std::size_t kMostTried = 90;

/// Fills a dict with so many keys, kMostTried at most, in both ways. 1 if they are alike, 0, or -1
/// with an error.
int same_either_way(bool strs, std::size_t count) {
    const Ref quick = Ref::steal(PyDict_New());
    const Ref slow = Ref::steal(PyDict_New());
    const Ref values = Ref::steal(PyList_New(0));  // one that the garbage collector knows
    if (!quick || !slow || !values) return -1;
    if (!untouched(quick.get())) return 0;
    std::array<PyObject*, 2 * kMostTried> items{};
    std::size_t made = 0;
    bool ok = true;
    for (std::size_t i = 0; ok && i < count; ++i) {
        const Ref number = Ref::steal(PyLong_FromSize_t(i * i));
        PyObject* key = nullptr;
        if (number) key = strs ? PyObject_Str(number.get()) : Py_NewRef(number.get());
        ok = key != nullptr && PyDict_SetItem(slow.get(), key, values.get()) == 0;
        if (key == nullptr) break;
        items[made++] = key;
        items[made++] = Py_NewRef(values.get());
    }
    const std::size_t taken = ok ? fill_dict(quick.get(), items.data(), made) : 0;
    for (std::size_t i = taken; i < made; ++i) Py_DECREF(items[i]);
    if (!ok) return -1;
    if (taken != made || PyDict_Size(quick.get()) != PyDict_Size(slow.get()) ||
        PyObject_GC_IsTracked(quick.get()) != PyObject_GC_IsTracked(slow.get()) ||
        !alike(quick.get(), slow.get(), strs ? sizeof(StrEntry) : sizeof(GeneralEntry)))
        return 0;
    return PyObject_RichCompareBool(quick.get(), slow.get(), Py_EQ);
}

}  // namespace

std::size_t detail::fill_with_pairs(PyObject* dict, PyObject** items, std::size_t count) noexcept {
    if (!untouched(dict)) return 0;
    return PyUnicode_CheckExact(items[0]) ? fill<StrEntry>(dict, items, count)
                                          : fill<GeneralEntry>(dict, items, count);
}

int dict_tables_work() {
    // The smallest table, a larger one, and one with wider indices.
    constexpr std::size_t kCounts[] = {2, 6, kMostTried};
    for (const bool strs : {true, false}) {
        for (const std::size_t count : kCounts) {
            const int same = same_either_way(strs, count);
            if (same != 1) return same;
        }
    }
    return 1;
}

#endif

}  // namespace anypickle
