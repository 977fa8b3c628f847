// Meter: what this thread has written since its outermost crossing began, its large payloads, and
// the policies that were met.
//
//     const bool outermost = Meter::of_thread().begin();  ...dumps...;
//     if (outermost) Meter::of_thread().end();             // written(), take_payloads(),
//     take_met()
//
// `anypickle run --report` counts with it (traffic/). A payload is known again by where it lies and
// by a few samples of what it holds, so that nothing is hashed. Threading: each thread has its own,
// and an attached thread state. Invariant: while nobody counts, a stream costs one test of a flag.
#pragma once

#include <Python.h>

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/ref.h"

namespace anypickle {

class Meter {
  public:
    struct Payload {
        const char* data;
        Py_ssize_t size;
        uint64_t samples;
    };
    /// A kind of object and the policy that it crossed by; both are kept alive by their owners.
    struct Met {
        Ref kind;
        Ref policy;
        uint64_t count;
    };

    static Meter& of_thread() noexcept;

    /// Whether a crossing of this thread is counted from here on; false within one that is.
    bool begin() noexcept;
    /// Nanoseconds since begin(), and the end of counting.
    uint64_t end() noexcept;
    /// Forgets a crossing: a forked child has its own.
    void forget() noexcept;

    [[nodiscard]] uint64_t written() const noexcept { return written_; }
    [[nodiscard]] std::vector<Payload> take_payloads() noexcept {
        return std::exchange(payloads_, {});
    }
    [[nodiscard]] std::vector<Met> take_met() noexcept { return std::exchange(met_, {}); }

    void wrote(Py_ssize_t size) noexcept {
        if (counting_) written_ += static_cast<uint64_t>(size);
    }

    /// A payload that is written outside of any frame.
    void payload(const char* data, Py_ssize_t size) noexcept {
        if (counting_) note(data, size);
    }

    /// An object of a kind crosses by a policy.
    void met(PyObject* kind, PyObject* policy) noexcept;

  private:
    static constexpr size_t kMostPayloads = 64;

    void note(const char* data, Py_ssize_t size) noexcept;

    bool counting_ = false;
    uint64_t written_ = 0;
    std::chrono::steady_clock::time_point began_;
    std::vector<Payload> payloads_;
    std::vector<Met> met_;
};

}  // namespace anypickle
