// Types that the standard library makes, which are rebuilt by lines of Python which can be left
// out: uuid.UUID from its int, frozen dataclasses with slots from the list of their fields, and
// (before Python 3.12) pathlib's paths from their parts.
//
//     if (known.is(Kind::kUuid, type, state) && known.set_uuid(object, number)) ...
//
// Threading: one interpreter's, under its GIL; not used in free-threaded builds.
// Invariant: used only while the functions that are left out are those that were seen to do just
// that; a test on a first object is part of it.
#pragma once

#include <Python.h>

#include <array>
#include <cstddef>
#include <vector>

#include "common/ref.h"

namespace anypickle {
struct LoadState;
}

namespace anypickle::load {

class KnownType {
  public:
    enum class Kind : unsigned char { kUnknown, kNone, kUuid, kPath, kFields };

    /// What the type is, found out when first asked; kNone if its functions have been replaced.
    Kind kind(PyTypeObject* type, const LoadState& state) {
        if (kind_ == Kind::kUnknown) look(type, state);
        return kind_ == Kind::kNone || !unchanged() ? Kind::kNone : kind_;
    }

    /// `object.__setstate__({"int": number})` for a new UUID; false if it is not new.
    bool set_uuid(PyObject* object, PyObject* number) const noexcept;

    /// `object.__setstate__(values)` for a new instance; false if it is not new, or has other
    /// fields.
    bool set_fields(PyObject* object, PyObject* values) const noexcept;

    /// `type(*parts)`: null without an error when the parts are not as a path's own parts are.
    PyObject* new_path(PyTypeObject* type, PyObject* const* parts, std::size_t count,
                       const LoadState& state) const noexcept;

  private:
    struct Watched {
        Ref function;
        Ref code;  ///< It can be replaced without the type noticing.
    };

    void look(PyTypeObject* type, const LoadState& state);
    bool look_at_uuid(PyTypeObject* type, const LoadState& state);
    bool look_at_fields(PyTypeObject* type, const LoadState& state);
    bool look_at_path(PyTypeObject* type, const LoadState& state);
    bool watch(PyObject* found, PyObject* globals);
    [[nodiscard]] bool unchanged() const noexcept;

    Kind kind_ = Kind::kUnknown;
    std::array<Py_ssize_t, 3> slots_{};
    std::vector<Py_ssize_t> fields_;  ///< The offset of each.
    std::array<Watched, 5> watched_;
    std::size_t watches_ = 0;
    Ref constant_;  ///< SafeUUID.unknown, or pathlib's "/"
};

}  // namespace anypickle::load
