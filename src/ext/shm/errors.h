// Errors and warnings that are Python classes: looked up when they are raised, so that importing
// costs nothing.
#pragma once

#include <Python.h>

#include <cstdint>

namespace anypickle::shm {

/// Raises a class of `anypickle.shared.errors` by its name; `message` may be null. Always null.
PyObject* raise_named(const char* name, const char* message);

/// True if the error that is set is of that class of `anypickle.shared.errors`.
bool is_named(const char* name);

/// OwnerDiedWarning for an object whose lock a dead process held; -1 if the program made it an
/// error.
int warn_owner_died(PyObject* object, std::uint32_t pid);

}  // namespace anypickle::shm
