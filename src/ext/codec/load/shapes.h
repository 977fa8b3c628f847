// Dicts that have the keys of one before them, as the records of a table do: copied from it instead
// of being filled key by key.
//
//     PyObject* dict = nullptr;
//     if (shapes.copy(items, count, &dict)) return dict;      // null with an error
//     ... fill a dict with the items ...
//     shapes.remember(items, count);
//
// Picklers memoize keys: the second record has the same key objects as the first. Where dicts with
// the same first key and as many items come a second time, an example is kept; from then on a
// comparison of pointers stands for hashing, looking up and inserting.
//
// Threading: one load's, under the GIL.
// Invariant: nobody sees an example; its values are None.
#pragma once

#include <Python.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/ref.h"

namespace anypickle::load {

class Shapes {
  public:
    /// Makes the dict if one of this shape is known, taking over the items (also when it fails).
    bool copy(PyObject** items, std::size_t count, PyObject** result) noexcept {
        const Shape& shape = shape_of(items, count);
        return shape.example && shape.count == count && copy_of(shape, items, result);
    }

    /// Takes note of a shape that was not known.
    void remember(PyObject* const* items, std::size_t count) noexcept {
        Shape& shape = shape_of(items, count);
        if (shape.seen != items[0] || shape.seen_count != count) {
            shape.seen = items[0];
            shape.seen_count = count;
        } else {
            keep_example(shape, items, count);
        }
    }

    static constexpr std::size_t kFewest = 4;  ///< Keys and values: less is not worth it.
    static constexpr std::size_t kMost = 128;

  private:
    struct Shape {
        Ref example;
        std::size_t count = 0;
        PyObject* seen = nullptr;  ///< The first key of the last one; only to be compared with.
        std::size_t seen_count = 0;
    };

    Shape& shape_of(PyObject* const* items, std::size_t count) noexcept {
        return shapes_[((reinterpret_cast<std::uintptr_t>(items[0]) >> 4) + count / 2) %
                       shapes_.size()];
    }
    static bool copy_of(const Shape& shape, PyObject** items, PyObject** result) noexcept;
    static void keep_example(Shape& shape, PyObject* const* items, std::size_t count) noexcept;

    std::array<Shape, 8> shapes_;
};

}  // namespace anypickle::load
