// Counters: adds up each outermost crossing of this process, without calling Python for what it has
// counted before.
//
//     counters.begin();  ...dumps...;  counters.end(channel, root, error);
//
// The numbers lie in memory that Python has mapped to a file (`anypickle.traffic.tallies`): four of
// them at an offset, which Python gives out together with a label the first time that a line, a
// policy or a repeated object is met. From then on a crossing costs the look-up of its line and an
// addition. Threading: the interpreter has one; an attached thread state, and where there is no GIL
// a section of the module, but for counts(). Invariant: what is a key here is kept alive here, and
// tables are whole whenever Python runs or something is released.
#pragma once

#include <Python.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "codec/save/meter.h"
#include "common/ref.h"
#include "traffic/sites.h"

namespace anypickle {

/// The words of one hash table's key, mixed.
struct CounterKey {
    uint64_t first;
    uint64_t second;
    uint64_t third;
    bool operator==(const CounterKey&) const noexcept = default;
};

struct CounterHash {
    size_t operator()(const CounterKey& key) const noexcept {
        constexpr uint64_t kPrime = 0x9E3779B97F4A7C15;
        uint64_t mixed = key.first * kPrime;
        mixed = (mixed ^ (mixed >> 29) ^ key.second) * kPrime;
        mixed = (mixed ^ (mixed >> 29) ^ key.third) * kPrime;
        return static_cast<size_t>(mixed ^ (mixed >> 32));
    }
};

class Counters {
  public:
    Counters() noexcept = default;
    Counters(const Counters&) = delete;
    Counters& operator=(const Counters&) = delete;
    ~Counters() { use(nullptr); }

    /// Counts into a `anypickle.traffic.book.Book`, which is asked for its memory at the first
    /// crossing; null: counts no more.
    void use(PyObject* book) noexcept;

    [[nodiscard]] bool counts() const noexcept { return counts_.load(std::memory_order_relaxed); }

    /// The outermost crossing of this thread has ended. False with an error of Python's.
    bool end(PyObject* channel, PyObject* root, PyObject* error);

    /// What another thread will send is handed over by the line that is being run now: a job of a
    /// pool by its number, anything else by the object, which is held until it is sent.
    bool hand_over(uint64_t job, PyObject* held);

    template <typename Visit>
    int each_object(Visit visit) const {
        return book_ ? visit(book_.get()) : 0;
    }

  private:
    static constexpr size_t kMost = 4096;
    struct Row {
        Ref code;  ///< Or null.
        Ref channel;
        Py_ssize_t offset;
    };
    struct Detail {
        Ref kind;
        Ref policy;
        Py_ssize_t offset;
    };
    /// Something that was sent before.
    struct Seen {
        Ref reference;  ///< A weak one, of an object; of a payload none.
        uint64_t times = 0;
        Py_ssize_t row = -1;  ///< The line that sent it last, and where its repetitions count.
        Py_ssize_t offset = -1;
    };
    struct Handed {
        Ref held;
        Site site;
    };
    using Table = std::unordered_map<CounterKey, Seen, CounterHash>;

    bool open();
    void add(Py_ssize_t offset, uint64_t count, uint64_t bytes = 0, uint64_t took = 0,
             uint64_t errors = 0) noexcept;
    Site site_of(PyObject* root);
    bool take_handed(uint64_t key, bool keep, Site* site);
    Py_ssize_t row_of(const Site& site, PyObject* channel, PyObject* root);
    bool met(Py_ssize_t row, const std::vector<Meter::Met>& met);
    bool payloads(Py_ssize_t row, const std::vector<Meter::Payload>& payloads);
    bool objects(Py_ssize_t row, PyObject* root, uint64_t size);
    bool object(Py_ssize_t row, PyObject* sent, uint64_t size);
    bool repeated(Table& table, const CounterKey& key, Py_ssize_t row, PyObject* what,
                  uint64_t size);

    std::atomic<bool> counts_{false};
    Ref book_;
    Ref kind_of_;
    Py_buffer memory_{};
    bool open_ = false;
    Sites sites_;
    std::unordered_map<CounterKey, Row, CounterHash> rows_;
    std::unordered_map<CounterKey, Detail, CounterHash> details_;
    Table payloads_;
    Table objects_;
    std::unordered_map<uint64_t, Handed> handed_;
    std::deque<uint64_t> order_;  ///< Keys of handed_, the oldest first.
};

}  // namespace anypickle
