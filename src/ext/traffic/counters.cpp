#include "traffic/counters.h"

#include <atomic>
#include <new>
#include <utility>

#include "traffic/roots.h"

namespace anypickle {
namespace {

/// Bytes from which on an object that is sent again is noticed.
constexpr uint64_t kWorthNoticing = uint64_t{16} << 10;
constexpr Py_ssize_t kNumbers = 4;

uint64_t word(const void* pointer) noexcept {
    return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(pointer));
}

/// Adds to a number that lies in mapped memory: this process is the only one that writes it.
void add_to(uint64_t* number, uint64_t more) noexcept {
#ifdef ANYPICKLE_NO_GIL
    std::atomic_ref<uint64_t>(*number).fetch_add(more, std::memory_order_relaxed);
#else
    *number += more;
#endif
}

/// An offset that a method of the book gives out; -1 with an error.
Py_ssize_t offset_of(PyObject* answer) {
    const Ref held = Ref::steal(answer);
    return held ? PyLong_AsSsize_t(held.get()) : -1;
}

/// Empties a table that is full; what it holds goes when it is whole again.
template <typename Any>
void make_room(Any& table, size_t most) {
    if (table.size() < most) return;
    const Any old = std::exchange(table, Any());
}

}  // namespace

void Counters::use(PyObject* book) noexcept {
    if (open_) PyBuffer_Release(&memory_);
    open_ = false;
    counts_ = book != nullptr;
    order_.clear();
    payloads_.clear();
    const Ref old_book = std::exchange(book_, Ref::share(book));
    const Ref old_kind = std::exchange(kind_of_, Ref());
    const auto old_rows = std::exchange(rows_, {});
    const auto old_details = std::exchange(details_, {});
    const auto old_objects = std::exchange(objects_, {});
    const auto old_handed = std::exchange(handed_, {});
}

bool Counters::open() {
    if (open_) return true;
    const Ref kind_of = Ref::steal(PyObject_GetAttrString(book_.get(), "whose"));
    const Ref memory =
        Ref::steal(kind_of ? PyObject_CallMethod(book_.get(), "memory", nullptr) : nullptr);
    if (!memory || open_) return open_;
    if (PyObject_GetBuffer(memory.get(), &memory_, PyBUF_WRITABLE) < 0) return false;
    kind_of_ = kind_of;
    return open_ = true;
}

void Counters::add(Py_ssize_t offset, uint64_t count, uint64_t bytes, uint64_t took,
                   uint64_t errors) noexcept {
    const uint64_t numbers[kNumbers] = {count, bytes, took, errors};
    if (!open_ || offset < 0 || offset % static_cast<Py_ssize_t>(sizeof numbers) != 0 ||
        offset + static_cast<Py_ssize_t>(sizeof numbers) > memory_.len) {
        return;
    }
    auto* at = reinterpret_cast<uint64_t*>(static_cast<char*>(memory_.buf) + offset);
    for (Py_ssize_t i = 0; i < kNumbers; ++i) add_to(&at[i], numbers[i]);
}

bool Counters::end(PyObject* channel, PyObject* root, PyObject* error) try {
    Meter& meter = Meter::of_thread();
    const uint64_t took = meter.end();
    const uint64_t size = meter.written();
    const std::vector<Meter::Met> met_now = meter.take_met();
    const std::vector<Meter::Payload> sent = meter.take_payloads();
    if (!book_ || !open()) return !PyErr_Occurred();
    const Py_ssize_t row = row_of(site_of(root), channel, root);
    if (row < 0) return false;
    add(row, 1, size, took, error == Py_None ? 0 : 1);
    if (error != Py_None) {
        const Py_ssize_t offset =
            offset_of(PyObject_CallMethod(book_.get(), "failed", "nO", row, error));
        if (offset < 0) return false;
        add(offset, 1);
    }
    if (!met_now.empty() && !met(row, met_now)) return false;
    if (!sent.empty()) return payloads(row, sent);
    return size < kWorthNoticing || objects(row, root, size);
} catch (const std::bad_alloc&) {
    PyErr_NoMemory();
    return false;
}

Py_ssize_t Counters::row_of(const Site& site, PyObject* channel, PyObject* root) {
    const CounterKey key{word(site.code.get()), static_cast<uint64_t>(site.lasti), word(channel)};
    if (const auto known = rows_.find(key); known != rows_.end()) return known->second.offset;
    PyObject* code = site.code ? site.code.get() : Py_None;
    const int line =
        site.code ? PyCode_Addr2Line(reinterpret_cast<PyCodeObject*>(code), site.lasti) : 0;
    const Ref what = Ref::steal(PyUnicode_FromString(kind_of_root(root)));
    if (!what) return -1;
    const Py_ssize_t offset = offset_of(
        PyObject_CallMethod(book_.get(), "row", "OiOOO", code, line, channel, what.get(), root));
    if (offset < 0) return -1;
    make_room(rows_, kMost);
    rows_.try_emplace(key, Row{site.code, Ref::share(channel), offset});
    return offset;
}

bool Counters::met(Py_ssize_t row, const std::vector<Meter::Met>& met) {
    for (const Meter::Met& one : met) {
        const CounterKey key{static_cast<uint64_t>(row), word(one.kind.get()),
                             word(one.policy.get())};
        const auto known = details_.find(key);
        Py_ssize_t offset = known != details_.end() ? known->second.offset : -1;
        if (offset < 0) {
            offset = offset_of(PyObject_CallMethod(book_.get(), "met", "nOO", row, one.kind.get(),
                                                   one.policy.get()));
            if (offset < 0) return false;
            make_room(details_, kMost);
            details_.try_emplace(key, Detail{one.kind, one.policy, offset});
        }
        add(offset, one.count);
    }
    return true;
}

bool Counters::payloads(Py_ssize_t row, const std::vector<Meter::Payload>& payloads) {
    for (const Meter::Payload& payload : payloads) {
        const CounterKey key{word(payload.data), static_cast<uint64_t>(payload.size),
                             payload.samples};
        if (payloads_.find(key) == payloads_.end()) make_room(payloads_, kMost);
        if (!repeated(payloads_, key, row, Py_None, static_cast<uint64_t>(payload.size)))
            return false;
    }
    return true;
}

bool Counters::objects(Py_ssize_t row, PyObject* root, uint64_t size) {
    for (const Ref& part : parts_of_root(root)) {
        if (!object(row, part.get(), size)) return false;
    }
    return true;
}

bool Counters::object(Py_ssize_t row, PyObject* sent, uint64_t size) {
    const Ref reference = Ref::steal(PyWeakref_NewRef(sent, nullptr));
    if (!reference) {
        PyErr_Clear();
        return true;
    }
    const CounterKey key{word(sent), 0, 0};
    const auto known = objects_.find(key);
    if (known == objects_.end()) {
        make_room(objects_, kMost);
    } else if (known->second.reference.get() != reference.get()) {
        // Another object that got its address.
        const Seen old = std::exchange(known->second, Seen{});
    }
    // An object has one plain weak reference, so it is the same one as long as it lives.
    objects_[key].reference = reference;
    return repeated(objects_, key, row, sent, size);
}

/// Counts what was sent before: both times at the second one.
bool Counters::repeated(Table& table, const CounterKey& key, Py_ssize_t row, PyObject* what,
                        uint64_t size) {
    Seen& seen = table[key];
    if (++seen.times < 2) return true;
    const uint64_t times = seen.times == 2 ? 2 : 1;
    Py_ssize_t offset = seen.row == row ? seen.offset : -1;
    if (offset < 0) {
        offset = offset_of(PyObject_CallMethod(book_.get(), "again", "nOKK", row, what,
                                               static_cast<unsigned long long>(key.first),
                                               static_cast<unsigned long long>(size)));
        if (offset < 0) return false;
        if (const auto still = table.find(key); still != table.end()) {
            still->second.row = row;
            still->second.offset = offset;
        }
    }
    add(offset, times, times * size);
    return true;
}

Site Counters::site_of(PyObject* root) {
    if (is_answer(root)) return {};
    Site site;
    if (!handed_.empty()) {
        uint64_t key = 0;
        const bool is_job = job_of_root(root, &key);
        if (!is_job) key = word(handed_root(root).get());
        if (take_handed(handed_key(key, is_job), is_job, &site)) return site;
    }
    return sites_.calling(kind_of_.get());
}

bool Counters::take_handed(uint64_t key, bool keep, Site* site) {
    const auto found = handed_.find(key);
    if (found == handed_.end()) return false;
    *site = found->second.site;
    if (keep) return true;
    const Handed dropped = std::move(found->second);
    handed_.erase(found);
    return true;
}

bool Counters::hand_over(uint64_t job, PyObject* held) try {
    if (!book_ || !open()) return !PyErr_Occurred();
    const Site site = sites_.calling(kind_of_.get());
    if (!site.code) return true;
    const bool is_job = held == Py_None;
    const uint64_t key = handed_key(is_job ? job : word(held), is_job);
    Handed dropped;
    if (handed_.try_emplace(key, Handed{Ref::share(held), site}).second) {
        order_.push_back(key);
    } else {
        dropped = std::exchange(handed_[key], Handed{Ref::share(held), site});
    }
    std::vector<Handed> old;
    while (order_.size() > kMost) {
        if (const auto oldest = handed_.find(order_.front()); oldest != handed_.end()) {
            old.push_back(std::move(oldest->second));
            handed_.erase(oldest);
        }
        order_.pop_front();
    }
    return true;
} catch (const std::bad_alloc&) {
    PyErr_NoMemory();
    return false;
}

}  // namespace anypickle
