// Passing: who is passing a gate in this thread, and whether anybody has asked.
//
//     const Passing passing(gate, channel, root);  // ...dumps...: a reducer may ask for it
//     if (passing.is_told()) ...              // somebody has: `anypickle.crossing` knows of it
//
// A crossing is a Python object that only reducers ask for, and most of what crosses needs none. So
// it is noted here that one is under way, and told when somebody asks. Threading: each thread has
// its own; an attached thread state. Invariant: what was told is older than what was not, and what
// leaves is looked for, as greenlets may leave in another order than they came.
#pragma once

#include <Python.h>

#include <cstdint>
#include <vector>

namespace anypickle {

class Passing {
  public:
    /// All are lent, until this goes.
    Passing(PyObject* gate, PyObject* channel, PyObject* root);
    ~Passing();
    Passing(const Passing&) = delete;
    Passing& operator=(const Passing&) = delete;

    [[nodiscard]] bool is_told() const noexcept;

    struct Entry {
        PyObject* gate;
        PyObject* channel;
        PyObject* root;
        PyInterpreterState* interpreter;
        uint64_t number;
        bool told;
    };
    /// Those of this thread, the outermost first, of every interpreter that it is in.
    static std::vector<Entry>& of_thread() noexcept;
    /// The innermost in this interpreter, if that has not been told; or null.
    static const Entry* untold() noexcept;

  private:
    uint64_t number_;
};

}  // namespace anypickle
