#include "shm/promotable.h"

#include "shm/state.h"
#include "shm/waiting.h"

namespace anypickle::shm {

void settle(PyObject* self, Arena* arena, Block block) {
    shared(self)->arena = arena;
    shared(self)->number = block.number;
    shared(self)->generation = block.generation;
    shared(self)->data = arena->data(block.number);
}

PrivateLock::End wait_privately(PrivateLock& lock, Deadline deadline) {
    for (;;) {
        PrivateLock::End end;
        Py_BEGIN_ALLOW_THREADS;
        end = lock.acquire(deadline);
        Py_END_ALLOW_THREADS;
        if (end != PrivateLock::End::kInterrupted || PyErr_CheckSignals() < 0) return end;
    }
}

PyObject* attach_promoted(PyObject* type, PyObject* args, ObjectTag tag) {
    PyObject* self = attach_object(type, args, BlockKind::kObject, &tag);
    if (self != nullptr) promotable(self)->word.begin_moved();
    return self;
}

void dealloc_promotable(PyObject* self) {
    if (promotable(self)->weak_references != nullptr) PyObject_ClearWeakRefs(self);
    dealloc(self);
}

bool stock_accepts(PyObject* stock, PyObject* const* args, std::size_t count, PyObject* names) {
    if (PyVectorcall_NARGS(count) == 0 && names == nullptr) return true;
    if (stock == nullptr) {
        PyErr_SetString(PyExc_RuntimeError, "the interpreter is ending");
        return false;
    }
    PyObject* made = PyObject_Vectorcall(stock, args, count, names);
    Py_XDECREF(made);
    return made != nullptr;
}

bool stock_accepts(PyObject* stock, PyObject* args, PyObject* names) {
    if (PyTuple_GET_SIZE(args) == 0 && (names == nullptr || PyDict_GET_SIZE(names) == 0))
        return true;
    if (stock == nullptr) {
        PyErr_SetString(PyExc_RuntimeError, "the interpreter is ending");
        return false;
    }
    PyObject* made = PyObject_Call(stock, args, names);
    Py_XDECREF(made);
    return made != nullptr;
}

}  // namespace anypickle::shm
