#include "shm/waiting.h"

#include "anypickle/os.h"

namespace anypickle::shm {
namespace {

constexpr double kMostSeconds = 9223372036.0;  // threading.TIMEOUT_MAX

bool is_name(PyObject* name, const char* expected) {
    return PyUnicode_CompareWithASCIIString(name, expected) == 0;
}

// Up to two arguments by position or name.
bool collect(PyObject* const* args, Py_ssize_t count, PyObject* names, const char* first,
             const char* second, PyObject** values) {
    Py_ssize_t most = second == nullptr ? 1 : 2;
    if (count > most) {
        PyErr_Format(PyExc_TypeError, "takes at most %zd arguments (%zd given)", most, count);
        return false;
    }
    for (Py_ssize_t i = 0; i < count; ++i) values[i] = args[i];
    Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    for (Py_ssize_t i = 0; i < named; ++i) {
        PyObject* name = PyTuple_GET_ITEM(names, i);
        Py_ssize_t at = is_name(name, first)                         ? 0
                        : second != nullptr && is_name(name, second) ? 1
                                                                     : -1;
        if (at < 0 || values[at] != nullptr) {
            PyErr_Format(PyExc_TypeError, "'%U' is an invalid or repeated keyword argument", name);
            return false;
        }
        values[at] = args[count + i];
    }
    return true;
}

bool seconds_of(PyObject* timeout, double* seconds) {
    *seconds = PyFloat_AsDouble(timeout);
    if (*seconds == -1.0 && PyErr_Occurred() != nullptr) return false;
    if (*seconds != *seconds) {
        PyErr_SetString(PyExc_ValueError, "Invalid value NaN (not a number)");
        return false;
    }
    if (*seconds > kMostSeconds) {
        PyErr_SetString(PyExc_OverflowError, "timeout value is too large");
        return false;
    }
    return true;
}

Deadline after(double seconds) { return os::now() + static_cast<std::uint64_t>(seconds * 1e9); }

}  // namespace

bool parse_acquire(PyObject* const* args, Py_ssize_t count, PyObject* names, Deadline* deadline) {
    *deadline = kForever;
    if (count == 0 && names == nullptr) return true;
    PyObject* values[2] = {nullptr, nullptr};
    if (!collect(args, count, names, "blocking", "timeout", values)) return false;
    int blocking = values[0] == nullptr ? 1 : PyObject_IsTrue(values[0]);
    if (blocking < 0) return false;
    double seconds = -1;
    if (values[1] != nullptr && !seconds_of(values[1], &seconds)) return false;
    if (blocking == 0 && seconds != -1) {
        PyErr_SetString(PyExc_ValueError, "can't specify a timeout for a non-blocking call");
        return false;
    }
    if (seconds < 0 && seconds != -1) {
        PyErr_SetString(PyExc_ValueError, "timeout value must be a non-negative number");
        return false;
    }
    if (blocking == 0)
        *deadline = 0;
    else if (seconds != -1)
        *deadline = after(seconds);
    return true;
}

bool parse_timeout(PyObject* const* args, Py_ssize_t count, PyObject* names, Deadline* deadline) {
    PyObject* values[1] = {nullptr};
    if (!collect(args, count, names, "timeout", nullptr, values)) return false;
    return deadline_after(values[0] == nullptr ? Py_None : values[0], deadline);
}

bool deadline_after(PyObject* timeout, Deadline* deadline) {
    *deadline = kForever;
    if (timeout == Py_None) return true;
    double seconds = 0;
    if (!seconds_of(timeout, &seconds)) return false;
    *deadline = seconds <= 0 ? 0 : after(seconds);
    return true;
}

}  // namespace anypickle::shm
