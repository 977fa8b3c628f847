// What the quick writer has to know before it runs, since finding it out may run code.
//
//     Quick::Place place = ...;
//     switch (prepare(state, quick.wants(), quick.sample(), &place)) ...   // 1: try again
//
// Threading: the GIL; may run Python code.
#pragma once

#include "codec/save/quick.h"

namespace anypickle {

/// Finds out what is wanted. 1: it is known now; 0: it can't be had, the engine has to write this;
/// -1: an error.
int prepare(SaveState* state, Quick::Want want, PyObject* sample, Quick::Place* place);

/// Where a dump that begins now happens. False with the error set.
bool find_place(SaveState* state, Quick::Place* place);

}  // namespace anypickle
