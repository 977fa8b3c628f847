// count_into, begin_count, end_count, count_met, hand_over: the functions of the traffic part.
#include <new>
#include <utility>

#include "codec/save/meter.h"
#include "codec/state.h"
#include "common/methods.h"
#include "traffic/counters.h"

namespace anypickle {
namespace {

Counters* counters_of(PyObject* module) { return state_of(module)->traffic.counters; }

/// Counting never fails the program; what is no Exception (Ctrl-C, in the middle of it) goes on.
PyObject* counted(bool done) {
    if (!done && PyErr_ExceptionMatches(PyExc_Exception)) PyErr_Clear();
    return PyErr_Occurred() == nullptr ? Py_NewRef(Py_None) : nullptr;
}

bool takes(Py_ssize_t wanted, Py_ssize_t given) {
    if (wanted != given)
        PyErr_Format(PyExc_TypeError, "takes %zd arguments, not %zd", wanted, given);
    return wanted == given;
}

PyObject* count_into(PyObject* module, PyObject* book) {
    Meter::of_thread().forget();
    const Section section(module);
    counters_of(module)->use(book == Py_None ? nullptr : book);
    Py_RETURN_NONE;
}

PyObject* begin_count(PyObject*, PyObject*) {
    return PyBool_FromLong(Meter::of_thread().begin() ? 1 : 0);
}

PyObject* end_count(PyObject* module, PyObject* const* args, Py_ssize_t count) {
    if (!takes(3, count)) return nullptr;
    const Section section(module);
    return counted(counters_of(module)->end(args[0], args[1], args[2]));
}

PyObject* drop_count(PyObject*, PyObject*) {
    Meter::of_thread().forget();
    Py_RETURN_NONE;
}

PyObject* count_met(PyObject*, PyObject* const* args, Py_ssize_t count) {
    if (!takes(2, count)) return nullptr;
    Meter::of_thread().met(args[0], args[1]);
    Py_RETURN_NONE;
}

PyObject* hand_over(PyObject* module, PyObject* args) {
    unsigned long long job = 0;
    PyObject* held = nullptr;
    if (!PyArg_ParseTuple(args, "KO:hand_over", &job, &held)) return nullptr;
    const Section section(module);
    return counted(counters_of(module)->hand_over(job, held));
}

PyMethodDef methods[] = {
    {"count_into", count_into, METH_O,
     "count_into($module, book, /)\n--\n\n"
     "Count every crossing of this process into a book, or with None no more."},
    {"begin_count", begin_count, METH_NOARGS,
     "begin_count($module, /)\n--\n\n"
     "Count what this thread writes from here on; False within a crossing that is counted."},
    {"end_count", method(end_count), METH_FASTCALL,
     "end_count($module, channel, root, error, /)\n--\n\n"
     "The crossing that begin_count() began has ended, with an error or None."},
    {"drop_count", drop_count, METH_NOARGS,
     "drop_count($module, /)\n--\n\nForget the crossing that begin_count() began."},
    {"count_met", method(count_met), METH_FASTCALL,
     "count_met($module, kind, policy, /)\n--\n\n"
     "What is being counted holds an object of this kind, which crosses so."},
    {"hand_over", hand_over, METH_VARARGS,
     "hand_over($module, job, obj, /)\n--\n\n"
     "The line that is being run now hands over what another thread will send: a job of a pool, or "
     "an object."},
    {nullptr, nullptr, 0, nullptr},
};

int exec(PyObject* module) {
    TrafficState* state = &state_of(module)->traffic;
    state->counters = new (std::nothrow) Counters;
    if (state->counters == nullptr) {
        PyErr_NoMemory();
        return -1;
    }
    return PyModule_AddFunctions(module, methods);
}

int traverse(PyObject* module, visitproc visit, void* arg) {
    const Counters* counters = state_of(module)->traffic.counters;
    if (counters == nullptr) return 0;
    return counters->each_object([&](PyObject* object) {
        Py_VISIT(object);
        return 0;
    });
}

int clear(PyObject* module) {
    delete std::exchange(state_of(module)->traffic.counters, nullptr);
    return 0;
}

}  // namespace

const Part traffic_part{exec, traverse, clear};

}  // namespace anypickle
