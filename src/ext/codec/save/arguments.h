// The arguments that dumps, dump and Pickler share.
#pragma once

#include <Python.h>

#include "codec/save/engine.h"

namespace anypickle {

#if PY_VERSION_HEX >= 0x030E0000
inline constexpr int kDefaultProtocol = 5;
#else
inline constexpr int kDefaultProtocol = 4;
#endif

/// Reads protocol (None, an int, or null) and fix_imports into the options. False with the error
/// set.
bool set_protocol(PyObject* protocol, bool fix_imports, SaveOptions* options);

/// Checks buffer_callback (None, a callable, or null) against the protocol. False with ValueError
/// set.
bool set_buffer_callback(PyObject* callback, SaveOptions* options);

/// file.write. New reference, or null with TypeError set.
PyObject* new_file_write(SaveState* state, PyObject* file);

}  // namespace anypickle
