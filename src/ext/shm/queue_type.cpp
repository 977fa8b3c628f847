// Queue: queue.Queue and multiprocessing.Queue in one, over a Ring; and Pile, the same in another
// order. Their methods that move items: queue_put, queue_get, pile_put, pile_get.
#include "common/methods.h"
#include "shm/errors.h"
#include "shm/queue_object.h"

namespace anypickle::shm {

PyObject* raise_queue_outcome(Outcome outcome, bool putting) {
    switch (outcome) {
        case Outcome::kInterrupted:
        case Outcome::kIncomparable:
            return nullptr;
        case Outcome::kReentered:
            PyErr_SetString(PyExc_RuntimeError,
                            "a PriorityQueue was used by the comparison of its own items");
            return nullptr;
        case Outcome::kTimedOut:
        case Outcome::kFull:
        case Outcome::kEmpty:
            return raise_named(putting ? "Full" : "Empty", nullptr);
        case Outcome::kShutDown:
            return raise_named("ShutDown", nullptr);
        default:
            return raise_outcome(outcome);
    }
}

bool parse_block(PyObject* block, PyObject* timeout, Deadline* deadline) {
    int blocking = block == nullptr ? 1 : PyObject_IsTrue(block);
    if (blocking < 0) return false;
    if (blocking == 0) {
        *deadline = 0;
        return true;
    }
    if (timeout != nullptr && timeout != Py_None) {
        double seconds = PyFloat_AsDouble(timeout);
        if (seconds == -1.0 && PyErr_Occurred() != nullptr) return false;
        if (seconds < 0) {
            PyErr_SetString(PyExc_ValueError, "'timeout' must be a non-negative number");
            return false;
        }
    }
    return deadline_after(timeout == nullptr ? Py_None : timeout, deadline);
}

PyObject* with_queue(PyObject* object) {
    if (object == nullptr) return nullptr;
    auto* self = queue_object(object);
    self->queue = queue_at(*self->base.arena, self->base.number).release();
    if (self->queue != nullptr) return object;
    Py_DECREF(object);
    return raise_outcome(Outcome::kDamaged);
}

namespace {

// Which of both a new object is, its class says: a Pile's attribute `_least`, whether it compares.
bool create(PyTypeObject* type, Arena* arena, std::uint64_t capacity, Block* block) {
    PyObject* module = PyType_GetModuleByDef(type, &shm_module);
    if (module == nullptr) return false;
    Outcome made;
    if (PyType_IsSubtype(type, state_of(module)->pile_type)) {
        Ref least = Ref::steal(PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "_least"));
        if (!least) return false;
        Pile::Rule rule = least.get() == Py_True ? Pile::Rule::kLeast : Pile::Rule::kLast;
        made = Pile::create(*arena, rule, capacity, block);
    } else {
        made = Ring::create(*arena, capacity, block);
    }
    if (made != Outcome::kDone) raise_outcome(made);
    return made == Outcome::kDone;
}

PyObject* queue_new(PyTypeObject* type, PyObject* args, PyObject* names) {
    static const char* const keywords[] = {"maxsize", nullptr};
    long long maxsize = 0;
    if (!PyArg_ParseTupleAndKeywords(args, names, "|L", const_cast<char**>(keywords), &maxsize))
        return nullptr;
    Arena* arena = main_arena();
    Block block;
    std::uint64_t capacity = maxsize > 0 ? static_cast<std::uint64_t>(maxsize) : 0;
    if (arena == nullptr || !create(type, arena, capacity, &block)) return nullptr;
    arena->publish(block.number);
    return with_queue(wrap_block(type, arena, block));
}

template <BlockKind kind>
PyObject* queue_attach(PyObject* type, PyObject* args) {
    return with_queue(attach_object(type, args, kind, nullptr));
}

void queue_dealloc(PyObject* self) {
    delete queue_of(self);
    free_decoded(queue_object(self)->decoded);
    dealloc(self);
}

PyObject* queue_qsize(PyObject* self, PyObject*) {
    return PyLong_FromUnsignedLongLong(queue_of(self)->size());
}
PyObject* queue_empty(PyObject* self, PyObject*) {
    return PyBool_FromLong(queue_of(self)->size() == 0);
}
PyObject* queue_full(PyObject* self, PyObject*) { return PyBool_FromLong(queue_of(self)->full()); }

PyObject* queue_task_done(PyObject* self, PyObject*) {
    if (queue_of(self)->task_done()) Py_RETURN_NONE;
    PyErr_SetString(PyExc_ValueError, "task_done() called too many times");
    return nullptr;
}

// join(timeout=None): True when everything is done, False if the time was over first.
PyObject* queue_join(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    Deadline deadline;
    if (!parse_timeout(args, count, names, &deadline)) return nullptr;
    Outcome end = wait([&] { return queue_of(self)->wait_all_done(deadline); });
    if (end == Outcome::kInterrupted) return nullptr;
    return PyBool_FromLong(end != Outcome::kTimedOut);
}

// _wait_message(timeout), _wait_room(timeout): True when there may be one; nothing is taken.
template <bool for_room>
PyObject* queue_wait(PyObject* self, PyObject* timeout) {
    Deadline deadline;
    if (!deadline_after(timeout, &deadline)) return nullptr;
    MessageQueue* queue = queue_of(self);
    Outcome end = wait([&] {
        return for_room ? queue->wait_for_room(deadline) : queue->wait_for_message(deadline);
    });
    if (end == Outcome::kInterrupted) return nullptr;
    return PyBool_FromLong(end == Outcome::kDone);
}

PyObject* queue_shut_down(PyObject* self, PyObject* now) {
    int immediate = PyObject_IsTrue(now);
    if (immediate < 0) return nullptr;
    Outcome end = wait([&] { return queue_of(self)->shut_down(immediate != 0); });
    return end == Outcome::kDone ? Py_NewRef(Py_None) : raise_queue_outcome(end, true);
}

PyObject* queue_maxsize(PyObject* self, void*) {
    return PyLong_FromUnsignedLongLong(queue_of(self)->capacity());
}
int queue_set_maxsize(PyObject* self, PyObject* value, void*) {
    long long maxsize = value == nullptr ? 0 : PyLong_AsLongLong(value);
    if (maxsize == -1 && PyErr_Occurred() != nullptr) return -1;
    queue_of(self)->set_capacity(maxsize > 0 ? static_cast<std::uint64_t>(maxsize) : 0);
    return 0;
}

PyObject* queue_unfinished(PyObject* self, void*) {
    return PyLong_FromUnsignedLongLong(queue_of(self)->unfinished());
}
PyObject* queue_is_shutdown(PyObject* self, void*) {
    return PyBool_FromLong(queue_of(self)->closed() != 0);
}

PyMethodDef methods[] = {
    {"put", method(queue_put), METH_FASTCALL | METH_KEYWORDS,
     "put(item, block=True, timeout=None): when it returns, the item is in the queue, whoever "
     "dies."},
    {"put_nowait", queue_put_nowait, METH_O, "put(item, block=False)"},
    {"_put_many", queue_put_many, METH_VARARGS, nullptr},
    {"get", method(queue_get), METH_FASTCALL | METH_KEYWORDS,
     "get(block=True, timeout=None): the oldest item, which nobody else gets."},
    {"get_nowait", queue_get_nowait, METH_NOARGS, "get(block=False)"},
    {"_get_many", queue_get_many, METH_VARARGS, nullptr},
    {"qsize", queue_qsize, METH_NOARGS, "How many items there are; exact while nobody moves any."},
    {"empty", queue_empty, METH_NOARGS, "qsize() == 0"},
    {"full", queue_full, METH_NOARGS, "True if there is a maxsize and it is reached."},
    {"task_done", queue_task_done, METH_NOARGS, "Says that an item that was got is worked off."},
    {"join", method(queue_join), METH_FASTCALL | METH_KEYWORDS,
     "join(timeout=None): waits until task_done was called for all items; False if the time was "
     "over first."},
    {"_wait_message", queue_wait<false>, METH_O, nullptr},
    {"_wait_room", queue_wait<true>, METH_O, nullptr},
    {"_shut_down", queue_shut_down, METH_O, nullptr},
    {"_handle", handle_method, METH_NOARGS, nullptr},
    {"_departing", departing_method, METH_NOARGS, nullptr},
    {"_attach", queue_attach<BlockKind::kRing>, METH_VARARGS | METH_CLASS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyMethodDef pile_methods[] = {
    {"put", method(pile_put), METH_FASTCALL | METH_KEYWORDS,
     "put(item, block=True, timeout=None): when it returns, the item is in the queue, whoever "
     "dies."},
    {"put_nowait", pile_put_nowait, METH_O, "put(item, block=False)"},
    {"_put_many", pile_put_many, METH_VARARGS, nullptr},
    {"_put_ranked", pile_put_ranked, METH_VARARGS, nullptr},
    {"_has", pile_has, METH_VARARGS, nullptr},
    {"get", method(pile_get), METH_FASTCALL | METH_KEYWORDS,
     "get(block=True, timeout=None): the item whose turn it is, which nobody else gets."},
    {"get_nowait", pile_get_nowait, METH_NOARGS, "get(block=False)"},
    {"_get_many", pile_get_many, METH_VARARGS, nullptr},
    {"_attach", queue_attach<BlockKind::kPile>, METH_VARARGS | METH_CLASS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef getters[] = {
    {"maxsize", queue_maxsize, queue_set_maxsize,
     "How many items it may hold; 0 is as many as memory does.", nullptr},
    {"unfinished_tasks", queue_unfinished, nullptr, "Items put and not yet reported by task_done.",
     nullptr},
    {"is_shutdown", queue_is_shutdown, nullptr, "True after shutdown().", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(queue_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(queue_dealloc)},
    {Py_tp_methods, methods},
    {Py_tp_getset, getters},
    {0, nullptr},
};

PyType_Spec spec = {"anypickle._shm.Queue", sizeof(QueueObject), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};

PyType_Slot pile_slots[] = {
    {Py_tp_methods, pile_methods},
    {0, nullptr},
};

PyType_Spec pile_spec = {"anypickle._shm.Pile", sizeof(QueueObject), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, pile_slots};

}  // namespace

int add_queue_types(PyObject* module) {
    PyTypeObject* queue = add_type(module, &spec, "Queue");
    if (queue == nullptr) return -1;
    PyTypeObject* pile = add_type(module, &pile_spec, "Pile", queue);
    state_of(module)->pile_type = pile;
    return pile == nullptr ? -1 : 0;
}

}  // namespace anypickle::shm
