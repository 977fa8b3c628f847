// Trail: where in the graph a dump is, or has failed, read off the engine's frames.
//
//     Trail(engine, root).annotate();     // the error that is set learns .path, .object and its
//     notes
//
// Threading: that of the engine. Invariant: costs nothing while all goes well; never replaces the
// error by another.
#pragma once

#include <Python.h>

#include <string>

#include "codec/save/engine.h"

namespace anypickle {

class Trail {
  public:
    Trail(Engine& engine, PyObject* root) noexcept : engine_(engine), root_(root) {}

    /// The expression of the object that is being saved, from `obj`.
    [[nodiscard]] std::string path();

    /// The object that is being saved. Borrowed.
    [[nodiscard]] PyObject* object();

    /// Puts path, object and notes onto the error that is set.
    void annotate();

  private:
    static void add_notes(Ref& error, PyObject* culprit, PyObject* where);

    Engine& engine_;
    PyObject* root_;
};

}  // namespace anypickle
