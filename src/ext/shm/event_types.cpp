// Event and Semaphore.
#include "common/methods.h"
#include "shm/shared_object.h"
#include "shm/state.h"
#include "shm/waiting.h"

namespace anypickle::shm {
namespace {

SharedEvent* event_of(PyObject* self) { return static_cast<SharedEvent*>(shared(self)->data); }
SharedSemaphore* semaphore_of(PyObject* self) {
    return static_cast<SharedSemaphore*>(shared(self)->data);
}

PyObject* event_new(PyTypeObject* type, PyObject*, PyObject*) {
    return new_object<SharedEvent>(type, ObjectTag::kEvent);
}

PyObject* event_set(PyObject* self, PyObject*) {
    event_of(self)->set();
    Py_RETURN_NONE;
}

PyObject* event_clear(PyObject* self, PyObject*) {
    event_of(self)->clear();
    Py_RETURN_NONE;
}

PyObject* event_is_set(PyObject* self, PyObject*) {
    return PyBool_FromLong(event_of(self)->is_set());
}

PyObject* event_wait(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    Deadline deadline;
    if (!parse_timeout(args, count, names, &deadline)) return nullptr;
    SharedEvent* event = event_of(self);
    std::uint32_t since = event->word.load();
    if ((since & 1) != 0) Py_RETURN_TRUE;
    Outcome end = wait([&] { return event->wait(since, deadline); });
    if (end == Outcome::kInterrupted) return nullptr;
    return PyBool_FromLong(end == Outcome::kDone);
}

PyObject* semaphore_new(PyTypeObject* type, PyObject* args, PyObject* names) {
    static const char* const keywords[] = {"value", nullptr};
    long value = 1;
    if (!PyArg_ParseTupleAndKeywords(args, names, "|l", const_cast<char**>(keywords), &value))
        return nullptr;
    if (value < 0) {
        PyErr_SetString(PyExc_ValueError, "semaphore initial value must be >= 0");
        return nullptr;
    }
    if (value > INT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "a shared semaphore counts to 2147483647");
        return nullptr;
    }
    PyObject* self = new_object<SharedSemaphore>(type, ObjectTag::kSemaphore);
    if (self != nullptr) {
        semaphore_of(self)->initial = static_cast<std::uint32_t>(value);
        semaphore_of(self)->value.store(static_cast<std::uint32_t>(value));
    }
    return self;
}

PyObject* semaphore_acquire_until(PyObject* self, Deadline deadline) {
    SharedSemaphore* semaphore = semaphore_of(self);
    if (semaphore->try_acquire()) Py_RETURN_TRUE;
    if (deadline == 0) Py_RETURN_FALSE;
    Outcome end = wait([&] { return semaphore->acquire(deadline); });
    if (end == Outcome::kInterrupted) return nullptr;
    return PyBool_FromLong(end == Outcome::kDone);
}

// _acquire(timeout): None waits for ever.
PyObject* semaphore_acquire(PyObject* self, PyObject* timeout) {
    Deadline deadline;
    if (!deadline_after(timeout, &deadline)) return nullptr;
    return semaphore_acquire_until(self, deadline);
}

PyObject* semaphore_enter(PyObject* self, PyObject*) {
    return semaphore_acquire_until(self, kForever);
}

// _release(n, bounded): False if that would be more than it may have.
PyObject* semaphore_release(PyObject* self, PyObject* args) {
    unsigned int count = 1;
    int bounded = 0;
    if (!PyArg_ParseTuple(args, "Ip", &count, &bounded)) return nullptr;
    std::uint32_t limit = bounded != 0 ? semaphore_of(self)->initial : INT32_MAX;
    return PyBool_FromLong(semaphore_of(self)->give_back(count, limit));
}

PyObject* semaphore_value(PyObject* self, void*) {
    return PyLong_FromUnsignedLong(semaphore_of(self)->value.load());
}

PyObject* semaphore_initial(PyObject* self, void*) {
    return PyLong_FromUnsignedLong(semaphore_of(self)->initial);
}

PyMethodDef event_methods[] = {
    {"set", event_set, METH_NOARGS, "Sets it and wakes all who wait."},
    {"clear", event_clear, METH_NOARGS, "Unsets it."},
    {"is_set", event_is_set, METH_NOARGS, "True while it is set."},
    {"wait", method(event_wait), METH_FASTCALL | METH_KEYWORDS,
     "wait(timeout=None): False if the time was over first."},
    {"_handle", handle_method, METH_NOARGS, nullptr},
    {"_departing", departing_method, METH_NOARGS, nullptr},
    {"_attach", attach_method<ObjectTag::kEvent>, METH_VARARGS | METH_CLASS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyMethodDef semaphore_methods[] = {
    {"_acquire", semaphore_acquire, METH_O, nullptr},
    {"_release", semaphore_release, METH_VARARGS, nullptr},
    {"__enter__", semaphore_enter, METH_NOARGS, nullptr},
    {"_handle", handle_method, METH_NOARGS, nullptr},
    {"_departing", departing_method, METH_NOARGS, nullptr},
    {"_attach", attach_method<ObjectTag::kSemaphore>, METH_VARARGS | METH_CLASS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef semaphore_getters[] = {
    {"_value", semaphore_value, nullptr, nullptr, nullptr},
    {"_initial", semaphore_initial, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot event_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(event_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_methods, event_methods},
    {0, nullptr},
};

PyType_Slot semaphore_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(semaphore_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_methods, semaphore_methods},
    {Py_tp_getset, semaphore_getters},
    {0, nullptr},
};

PyType_Spec event_spec = {"anypickle._shm.Event", sizeof(SharedObject), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, event_slots};
PyType_Spec semaphore_spec = {"anypickle._shm.Semaphore", sizeof(SharedObject), 0,
                              Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, semaphore_slots};

}  // namespace

int add_event_types(PyObject* module) {
    if (add_type(module, &event_spec, "Event") == nullptr) return -1;
    return add_type(module, &semaphore_spec, "Semaphore") == nullptr ? -1 : 0;
}

}  // namespace anypickle::shm
