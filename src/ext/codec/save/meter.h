// Meter: how much this thread has written since somebody began to count, and its large payloads.
//
//     Meter::of_thread().begin();  ...dumps...;  PyObject* counted =
//     Meter::of_thread().new_counted();
//
// `anypickle run --report` counts with it. A payload is known again by where it lies and by a few
// samples of what it holds, so that nothing is hashed. Threading: each thread has its own.
// Invariant: while nobody counts, a stream costs one test of a flag.
#pragma once

#include <Python.h>

#include <cstdint>
#include <vector>

namespace anypickle {

class Meter {
  public:
    static Meter& of_thread() noexcept;

    void begin() noexcept;

    /// (bytes, ((address, size, samples), ...)) since begin(), and the end of counting. New
    /// reference.
    PyObject* new_counted();

    void wrote(Py_ssize_t size) noexcept {
        if (counting_) written_ += static_cast<uint64_t>(size);
    }

    /// A payload that is written outside of any frame.
    void payload(const char* data, Py_ssize_t size) noexcept {
        if (counting_) note(data, size);
    }

  private:
    struct Payload {
        const char* data;
        Py_ssize_t size;
        uint64_t samples;
    };
    static constexpr size_t kMostPayloads = 64;

    void note(const char* data, Py_ssize_t size) noexcept;

    bool counting_ = false;
    uint64_t written_ = 0;
    std::vector<Payload> payloads_;
};

}  // namespace anypickle
