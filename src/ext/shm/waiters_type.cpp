// Waiters (what a Condition sleeps on) and Numbers (a few shared integers, for what is built of a
// condition).
#include "shm/shared_object.h"
#include "shm/state.h"
#include "shm/waiting.h"

namespace anypickle::shm {
namespace {

struct SharedNumbers {
    static constexpr std::size_t kCount = 8;
    ObjectTag tag;
    std::array<std::atomic<std::int64_t>, kCount> values;
};

SharedWaiters* waiters_of(PyObject* self) {
    return static_cast<SharedWaiters*>(shared(self)->data);
}
SharedNumbers* numbers_of(PyObject* self) {
    return static_cast<SharedNumbers*>(shared(self)->data);
}

PyObject* waiters_new(PyTypeObject* type, PyObject*, PyObject*) {
    return new_object<SharedWaiters>(type, ObjectTag::kWaiters);
}

PyObject* waiters_enter(PyObject* self, PyObject*) {
    int cell = waiters_of(self)->enter(members_of(self));
    if (cell >= 0) return PyLong_FromLong(cell);
    PyErr_Format(PyExc_RuntimeError, "a shared condition has at most %u waiters",
                 SharedWaiters::kMost);
    return nullptr;
}

bool cell_from(PyObject* number, int* cell) {
    long value = PyLong_AsLong(number);
    if (value == -1 && PyErr_Occurred() != nullptr) return false;
    if (value < 0 || value >= static_cast<long>(SharedWaiters::kMost)) {
        PyErr_SetString(PyExc_ValueError, "no such waiter");
        return false;
    }
    *cell = static_cast<int>(value);
    return true;
}

// wait(cell, timeout): True when notified, False when the time is over; the place is given up
// either way. If a signal handler raises, the place is kept: leave() gives it up.
PyObject* waiters_wait(PyObject* self, PyObject* args) {
    PyObject* number = nullptr;
    PyObject* timeout = nullptr;
    int cell = 0;
    Deadline deadline;
    if (!PyArg_ParseTuple(args, "OO", &number, &timeout) || !cell_from(number, &cell))
        return nullptr;
    if (!deadline_after(timeout, &deadline)) return nullptr;
    SharedWaiters* waiters = waiters_of(self);
    Outcome end = wait([&] { return waiters->wait(cell, deadline); });
    if (end == Outcome::kInterrupted) return nullptr;
    if (end == Outcome::kDone) Py_RETURN_TRUE;
    return PyBool_FromLong(waiters->leave(members_of(self), cell));
}

PyObject* waiters_leave(PyObject* self, PyObject* number) {
    int cell = 0;
    if (!cell_from(number, &cell)) return nullptr;
    return PyBool_FromLong(waiters_of(self)->leave(members_of(self), cell));
}

PyObject* waiters_notify(PyObject* self, PyObject* number) {
    unsigned long count = PyLong_AsUnsignedLong(number);
    if (count == static_cast<unsigned long>(-1) && PyErr_Occurred() != nullptr) return nullptr;
    waiters_of(self)->notify(members_of(self),
                             static_cast<std::uint32_t>(std::min(count, 1UL << 20)));
    Py_RETURN_NONE;
}

PyObject* waiters_waiting(PyObject* self, PyObject*) {
    return PyLong_FromUnsignedLong(waiters_of(self)->waiting());
}

PyObject* waiters_remove_dead(PyObject* self, PyObject*) {
    return PyLong_FromUnsignedLong(waiters_of(self)->remove_dead(members_of(self)));
}

PyObject* numbers_new(PyTypeObject* type, PyObject*, PyObject*) {
    return new_object<SharedNumbers>(type, ObjectTag::kNumbers);
}

Py_ssize_t numbers_length(PyObject*) { return static_cast<Py_ssize_t>(SharedNumbers::kCount); }

PyObject* numbers_get(PyObject* self, Py_ssize_t index) {
    if (index >= 0 && index < numbers_length(self)) {
        return PyLong_FromLongLong(
            numbers_of(self)->values[static_cast<std::size_t>(index)].load());
    }
    PyErr_SetString(PyExc_IndexError, "no such number");
    return nullptr;
}

int numbers_set(PyObject* self, Py_ssize_t index, PyObject* value) {
    long long number = value == nullptr ? 0 : PyLong_AsLongLong(value);
    if (number == -1 && PyErr_Occurred() != nullptr) return -1;
    if (index < 0 || index >= numbers_length(self)) {
        PyErr_SetString(PyExc_IndexError, "no such number");
        return -1;
    }
    numbers_of(self)->values[static_cast<std::size_t>(index)].store(number);
    return 0;
}

PyMethodDef waiters_methods[] = {
    {"enter", waiters_enter, METH_NOARGS, "A place among those who wait."},
    {"wait", waiters_wait, METH_VARARGS, "wait(place, timeout): True when notified."},
    {"leave", waiters_leave, METH_O, "Gives a place up; True if it was notified meanwhile."},
    {"notify", waiters_notify, METH_O,
     "Wakes so many of those who live and wait, the first first."},
    {"remove_dead", waiters_remove_dead, METH_NOARGS,
     "Gives up the places of the dead; how many there were."},
    {"waiting", waiters_waiting, METH_NOARGS, "How many wait."},
    {"_handle", handle_method, METH_NOARGS, nullptr},
    {"_departing", departing_method, METH_NOARGS, nullptr},
    {"_attach", attach_method<ObjectTag::kWaiters>, METH_VARARGS | METH_CLASS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyMethodDef numbers_methods[] = {
    {"_handle", handle_method, METH_NOARGS, nullptr},
    {"_departing", departing_method, METH_NOARGS, nullptr},
    {"_attach", attach_method<ObjectTag::kNumbers>, METH_VARARGS | METH_CLASS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot waiters_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(waiters_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_methods, waiters_methods},
    {0, nullptr},
};

PyType_Slot numbers_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(numbers_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_methods, numbers_methods},
    {Py_sq_length, reinterpret_cast<void*>(numbers_length)},
    {Py_sq_item, reinterpret_cast<void*>(numbers_get)},
    {Py_sq_ass_item, reinterpret_cast<void*>(numbers_set)},
    {0, nullptr},
};

PyType_Spec waiters_spec = {"anypickle._shm.Waiters", sizeof(SharedObject), 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, waiters_slots};
PyType_Spec numbers_spec = {"anypickle._shm.Numbers", sizeof(SharedObject), 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, numbers_slots};

}  // namespace

int add_waiters_type(PyObject* module) {
    if (add_type(module, &waiters_spec, "Waiters") == nullptr) return -1;
    return add_type(module, &numbers_spec, "Numbers") == nullptr ? -1 : 0;
}

}  // namespace anypickle::shm
