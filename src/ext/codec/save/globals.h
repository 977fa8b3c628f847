// Where an object is found by name: the rules of pickle.whichmodule and of the lookup that checks
// its answer.
//
//     GlobalName global;
//     if (!find_global(state, object, nullptr, &global)) return false;   // PicklingError is set
//     ... global.module "pkg.mod", global.name "Outer.inner" ...
//
// Threading: an attached thread state; imports the module.
// Invariant: what find_global returns resolves, at that moment, to the very object.
#pragma once

#include "codec/save/state.h"
#include "common/ref.h"

namespace anypickle {

struct GlobalName {
    Ref module;     ///< The name of the module.
    Ref name;       ///< The qualified name in it.
    Ref last_name;  ///< What follows the last dot of the name.
    Ref parent;     ///< What holds last_name if that is not the module, else null.
};

/// Finds the object by its own name, or by a name that its reducer gave. False with PicklingError
/// set.
bool find_global(SaveState* state, PyObject* object, PyObject* given_name, GlobalName* result);

/// The code under which copyreg.add_extension registered the name, or 0. False with the error set.
bool extension_code(SaveState* state, PyObject* object, const GlobalName& global, int64_t* code);

/// A builtin by name. New reference.
PyObject* builtin(const char* name);

}  // namespace anypickle
