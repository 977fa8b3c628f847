// Observer: who looks on while an engine walks a graph, and lets it go on where it would fail.
//
//     class Walk : public Observer { ... };
//     SaveOptions options{.observer = &walk};
//
// With an observer the engine is the walk behind `anypickle.explain`: the same dispatch that dumps
// uses decides what crosses, so the two can't disagree. What the engine writes meanwhile is no
// valid stream once anything was passed over. Threading: that of the engine. Invariant: the engine
// calls it with no error set, except in blocked().
#pragma once

#include <Python.h>

namespace anypickle {

class Engine;

class Observer {
  public:
    enum class Answer { kFailed, kGoOn, kPassOver };

    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// Every object, each time that the walk comes to it, before it is saved.
    virtual Answer meets(Engine& engine, PyObject* object) = 0;

    /// The error that is set says why the object can't be saved. kGoOn: it is told, the error is
    /// taken.
    virtual Answer blocked(Engine& engine, PyObject* object) = 0;

    /// Somebody who is being asked for the object wants to hear of its further places. Sets no
    /// error.
    virtual void follow(PyObject* object) = 0;
};

}  // namespace anypickle
