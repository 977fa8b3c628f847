// Errors that are held back for a while, and errors that are given a cause.
//
//     ErrorHolder error;               // takes the current error away
//     if (!recovered()) error.restore();
//
// Threading: an attached thread state. Invariant: an error that is neither restored nor chained is
// dropped.
#pragma once

#include <Python.h>

#include "common/ref.h"

namespace anypickle {

/// The error that is set, as one exception object; nothing is set afterwards. New reference or
/// null.
inline PyObject* new_raised() noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    return PyErr_GetRaisedException();
#else
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* traceback = nullptr;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == nullptr) return nullptr;
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != nullptr) PyException_SetTraceback(value, traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
#endif
}

/// Raises an exception object that new_raised() returned.
inline void steal_raise(PyObject* exception) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    PyErr_SetRaisedException(exception);
#else
    if (exception == nullptr) return;
    PyErr_Restore(Py_NewRef(reinterpret_cast<PyObject*>(Py_TYPE(exception))), exception,
                  PyException_GetTraceback(exception));
#endif
}

class ErrorHolder {
  public:
    ErrorHolder() noexcept : error_(Ref::steal(new_raised())) {}

    [[nodiscard]] PyObject* get() const noexcept { return error_.get(); }

    /// Raises the held error again, in the place of whatever is set now.
    void restore() noexcept { steal_raise(error_.release()); }

    /// Makes the held error the context of the one that is set now.
    void become_context() noexcept {
        PyObject* raised = new_raised();
        if (raised == nullptr) return;
        if (error_) PyException_SetContext(raised, error_.release());
        steal_raise(raised);
    }

    /// Makes the held error the cause of the one that is set now.
    void chain() noexcept {
        PyObject* raised = new_raised();
        if (raised == nullptr) return;
        if (error_) {
            PyException_SetContext(raised, Py_NewRef(error_.get()));
            PyException_SetCause(raised, error_.release());
        }
        steal_raise(raised);
    }

  private:
    Ref error_;
};

}  // namespace anypickle
