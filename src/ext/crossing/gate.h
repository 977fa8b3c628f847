// Gate: a function that sends its first argument out of the process, and knows so.
//
//     pickle.dumps = _core.Gate(_core.dumps, Channel.BYTES, {"shares_main": True}, left)
//
// What goes by is counted, where somebody counts (traffic/): the frame that is being run when a
// gate is called is its caller's, so that its line is found at once. A reducer that asks for the
// crossing it is part of gets one with these options (`passing()`), and `left()` is called when
// that is over; with None for options it gets the one that is under way anyhow. Called with
// `channel=` it counts for that channel. It is what it wraps in every other way:
// `functools.update_wrapper` gives it a name, and pickle finds it by that. Threading: an attached
// thread state.
#pragma once

#include <Python.h>

namespace anypickle {

/// Adds the type to the module. -1 with an error.
int add_gate(PyObject* module);

/// The options of the crossing that a gate makes, a dict. Borrowed.
PyObject* gate_options(PyObject* gate) noexcept;

/// `[(options, root), ...]` of the gates that this thread is passing and was not told of before, or
/// None. Null with an error.
PyObject* new_passing();

}  // namespace anypickle
