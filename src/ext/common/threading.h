// Whether other threads of Python may run at any moment.
//
//     #ifdef ANYPICKLE_NO_GIL
//
// They do in the builds of Python that have no GIL. There what is lent by a container is owned
// while it is used, contents are copied before they are walked, and nothing is kept that two
// threads would share. The same code can be compiled for any Python (3.13 or later), so that it is
// tested where there is no such build: -DANYPICKLE_FREE_THREADED=ON, `make test-freethreaded`.
#pragma once

#include <Python.h>

#if defined(Py_GIL_DISABLED) || defined(ANYPICKLE_FREE_THREADED)
#define ANYPICKLE_NO_GIL 1
#endif

#if defined(ANYPICKLE_FREE_THREADED) && PY_VERSION_HEX < 0x030D0000
#error "The code for Pythons without a GIL needs Python 3.13 or later."
#endif

namespace anypickle {

#ifdef ANYPICKLE_NO_GIL
inline constexpr bool kFreeThreaded = true;
#else
inline constexpr bool kFreeThreaded = false;
#endif

/// While it lives, no other thread is in a section of the same object; but one may come in wherever
/// Python code runs or this thread waits, as it may under the GIL. Where there is a GIL it is
/// nothing.
class Section {
  public:
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;
#ifdef Py_GIL_DISABLED
    explicit Section(PyObject* object) noexcept { PyCriticalSection_Begin(&section_, object); }
    ~Section() { PyCriticalSection_End(&section_); }

  private:
    PyCriticalSection section_;
#else
    explicit Section(PyObject* /*object*/) noexcept {}
    ~Section() {}
#endif
};

}  // namespace anypickle
