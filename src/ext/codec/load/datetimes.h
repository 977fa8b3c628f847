// Dates and datetimes from the bytes that they pickle as, without a call of their type.
//
//     PyObject* date = new_date(state.dates, type, bytes);       // null without an error: call the
//     type
//
// Threading: an attached thread state.
// Invariant: only for the types `datetime.date` and `datetime.datetime` themselves, and only for
// bytes that hold a valid date, for which `type(bytes)` gives an equal object: everything else goes
// through the type.
#pragma once

#include <Python.h>

#include <atomic>

namespace anypickle::load {

/// The C API of the module `datetime`, found when the first date is met: which thread does it does
/// not matter, and whoever comes meanwhile goes without.
struct Dates {
    std::atomic<void*> api{nullptr};
    std::atomic<bool> looked_for{false};
};

/// A new reference; null when it is not for us, or with an error set.
PyObject* new_date(Dates& dates, PyObject* type, PyObject* bytes);

}  // namespace anypickle::load
