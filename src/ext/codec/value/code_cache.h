// The code objects that arrived lately, by the bytes that they came as: the same function comes
// again and again, and code never changes.
//
//     Ref code = cache.find(data);         // null without an error: not there
//     if (!code) cache.add(data, code = ...);
//
// Each text has two places; what is added takes that of the older one. All is forgotten when more
// than kMostBytes are kept, so that a process does not hold on to all that it ever read.
//
// Threading: an attached thread state. What makes way goes when nobody is locked out any more.
// Invariant: an entry is found by all of its bytes, not by their hash.
#pragma once

#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/ref.h"
#include "common/threading.h"

namespace anypickle {

class CodeCache {
  public:
    /// The code object of these bytes, or null.
    [[nodiscard]] Ref find(PyObject* data) noexcept;
    /// Keeps it, if it is not too large.
    void add(PyObject* data, PyObject* code) noexcept;
    void clear() noexcept;

  private:
    static constexpr std::size_t kSets = 1024;
    static constexpr std::size_t kMostBytes = std::size_t{8} << 20;
    static constexpr std::size_t kLargest = std::size_t{1} << 20;
    struct Entry {
        std::uint64_t hash = 0;
        Ref data;
        Ref code;
    };
    std::vector<Entry> entries_;  ///< Two for each set, the younger first.
    std::size_t bytes_ = 0;
    Mutex mutex_;
};

}  // namespace anypickle
