// FirstOf: the first of several equal strings, which stands for all of them.
//
//     FirstOf names(FirstOf::kBorrowing);
//     PyObject* first = names.like(text);      // text itself where no equal one came before
//
// Which strings are one object depends on what a process has interned, and that differs between the
// process that made a class and the one that it was sent to. Both are to write the same bytes, so
// within what goes by value equal names count as one object: `is_name` says which strings are
// meant. The code of functions does as well, since a process that is sent two equal ones keeps one.
//
// An open hash table, emptied by one addition as the memo is. Threading: that of its pickler.
// Invariant: holds exact str in ASCII and exact bytes; a borrowing one is for dumps in which
// nothing is freed.
#pragma once

#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace anypickle {

class FirstOf {
  public:
    enum Ownership : bool { kBorrowing, kOwning };

    explicit FirstOf(Ownership ownership) noexcept : owning_(ownership == kOwning) {}
    FirstOf(const FirstOf&) = delete;
    FirstOf& operator=(const FirstOf&) = delete;
    ~FirstOf();

    /// The first str, or the first bytes, with this content. Borrowed; null with MemoryError set.
    PyObject* like(PyObject* object) noexcept;

    void clear() noexcept;

    /// Whether a str may be the name of something: an identifier, dotted, or that of a local.
    static bool is_name(PyObject* text) noexcept;

  private:
    struct Entry {
        PyObject* object;
        Py_hash_t hash;
        uint32_t epoch;
    };

    static std::string_view content(PyObject* object) noexcept;
    [[nodiscard]] Entry* probe(PyObject* object, Py_hash_t hash) const noexcept;
    bool grow() noexcept;

    Entry* entries_ = nullptr;
    size_t capacity_ = 0;
    size_t size_ = 0;
    uint32_t epoch_ = 1;
    bool owning_;
};

}  // namespace anypickle
