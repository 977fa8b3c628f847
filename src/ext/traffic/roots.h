// Roots: what a message is, by what pools, executors and queues wrap around what they send.
//
//     if (is_answer(root)) ...          // a worker's, sent by no line of the program's
//
// A pool sends (job, number, function, args, kwds) and gets (job, number, (success, value)) back;
// executors send a _CallItem and get a _ResultItem. Threading: an attached thread state.
// Invariant: nothing of the program's is called.
#pragma once

#include <Python.h>

#include <cstdint>
#include <vector>

#include "common/ref.h"

namespace anypickle {

/// Whether a worker sends this back, or a pool says that there is no more.
bool is_answer(PyObject* root) noexcept;

/// "answer", "task" (of a pool), "call" (of an executor) or "object".
const char* kind_of_root(PyObject* root) noexcept;

/// The number of a pool's task.
bool job_of_root(PyObject* root, uint64_t* job) noexcept;

/// The object by which what is sent was handed over: a call's keywords, or what is sent itself.
Ref handed_root(PyObject* root) noexcept;

/// One key for a number or an address; neither is 0.
inline uint64_t handed_key(uint64_t number, bool is_job) noexcept {
    return number << 1U | (is_job ? 1U : 0U);
}

/// What a message consists of, as its sender knows it: the arguments of a task, or the object
/// itself; of those, what can be known again.
std::vector<Ref> parts_of_root(PyObject* root);

}  // namespace anypickle
