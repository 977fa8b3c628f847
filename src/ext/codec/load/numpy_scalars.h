// Numbers of NumPy's own types, which a stream makes one by one by calling
// `numpy.core.multiarray.scalar(dtype, bytes)`.
//
//     PyObject* number = scalars.make(function, dtype, bytes);     // null if it is not known how
//     if (number == nullptr) {
//         number = ... call the function ...;
//         scalars.learn(function, dtype, bytes, number);
//     }
//
// Nothing of NumPy is included here, and nothing assumed: the function is called twice for each
// dtype, and what it made is looked at. If that is an object with nothing in it but these bytes,
// the next ones are made like it.
//
// Threading: one load's, under the GIL.
// Invariant: errs on one side only. A dtype can be changed in place by a stream, so its beginning,
// where it says what it is of, has to be as it was.
#pragma once

#include <Python.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/ref.h"

namespace anypickle::load {

class NumpyScalars {
  public:
    /// A new number, or null: with an error only if memory has run out.
    PyObject* make(PyObject* function, PyObject* dtype, PyObject* bytes) const noexcept {
        const Known& known = known_[place(dtype)];
        if (known.dtype.get() != dtype || known.function.get() != function ||
            PyBytes_GET_SIZE(bytes) != known.size ||
            std::memcmp(head_of(dtype), known.head, kHead) != 0)
            return nullptr;
        PyObject* object = known.type->tp_alloc(known.type, 0);
        if (object != nullptr)
            std::memcpy(object + 1, PyBytes_AS_STRING(bytes), static_cast<std::size_t>(known.size));
        return object;
    }

    /// Looks at what the function made of a dtype and bytes.
    void learn(PyObject* function, PyObject* dtype, PyObject* bytes, PyObject* number) noexcept;

    /// Whether the function may be NumPy's.
    static bool is_function(PyObject* callable) noexcept;

  private:
    static constexpr std::size_t kHead = 32;  ///< Of a dtype: its type, kind, byte order and flags.

    struct Known {
        Ref function;
        Ref dtype;
        const PyObject* seen = nullptr;  ///< A dtype that was met; only to be compared with.
        PyTypeObject* type = nullptr;    ///< A static one.
        Py_ssize_t size = 0;
        char head[kHead] = {};
    };

    static const char* head_of(PyObject* dtype) noexcept {
        return reinterpret_cast<const char*>(dtype + 1);
    }
    std::size_t place(PyObject* dtype) const noexcept {
        return (reinterpret_cast<std::uintptr_t>(dtype) >> 5) % known_.size();
    }

    std::array<Known, 4> known_;
};

}  // namespace anypickle::load
