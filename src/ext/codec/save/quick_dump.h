// How a dump begins: with the quick writer, as long as there is hope that it can write all of it.
//
//     PyObject* stream = nullptr;
//     if (!dump_quickly(state, memo, object, options, &stream)) return nullptr;
//     if (stream == nullptr) return Engine(state, memo, options).run(object);
//     return options.write == nullptr ? stream : write_pieces(options.write, stream);
//
// Threading: the GIL; may run Python code between two attempts.
#pragma once

#include "codec/memo.h"
#include "codec/save/engine.h"

namespace anypickle {

/// Tries the quick writer with an empty memo, where one that owns its objects is filled. *stream
/// stays null, and the memo empty, where the engine is wanted. False with an error.
bool dump_quickly(SaveState* state, Memo& memo, PyObject* object, const SaveOptions& options,
                  PyObject** stream);

/// Gives a stream, which it takes over, to a file: not more at a time than the engine does. None,
/// or null with an error.
PyObject* write_pieces(PyObject* write, PyObject* steal_stream);

}  // namespace anypickle
