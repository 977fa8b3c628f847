// Making objects of `threading`'s Python classes into shared ones while other threads are in the
// middle of their methods.
//
//     switch([(condition, {}, {"_waiters": waiters}, PromotedCondition, waiters, False)])
//
// No other thread runs Python code during the call, so it is one step for all: either they find the
// object as it was, or its new class, its new attributes, and its waiters at their new place. What
// was made ready beforehand from the attributes of an object is named as `expected`: if one of
// these is another by now, nothing is done and the answer is False.
#include "common/compat.h"
#include "common/ref.h"
#include "shm/promotable.h"
#include "shm/state.h"

namespace anypickle::shm {
namespace {

struct Change {
    PyObject* object = nullptr;
    PyObject* expected = nullptr;
    PyObject* attributes = nullptr;
    PyTypeObject* type = nullptr;
    PyObject* target = nullptr;
    int loops = 0;
    Ref dict;
    Ref waiters;  // a list, if there is a target
};

// Assigning to `__class__` tells audit hooks, which may be written in Python: they are told
// beforehand.
bool announce(PyObject* tuple, Change* change) {
    if (!PyTuple_Check(tuple)) {
        PyErr_SetString(PyExc_TypeError, "a change is a tuple");
        return false;
    }
    if (!PyArg_ParseTuple(tuple, "OO!O!O!Op", &change->object, &PyDict_Type, &change->expected,
                          &PyDict_Type, &change->attributes, &PyType_Type, &change->type,
                          &change->target, &change->loops))
        return false;
    return PySys_Audit("object.__setattr__", "OsO", change->object, "__class__", change->type) == 0;
}

// Whether an object of the one class is one of the other when its type says so.
bool has_same_layout(PyTypeObject* type, PyTypeObject* other) {
    // Where attributes and weak references are: in bits that have names as of Python 3.12.
    constexpr unsigned long kPlaces = 7UL << 2;
    return ((type->tp_flags ^ other->tp_flags) & (kPlaces | Py_TPFLAGS_HEAPTYPE)) == 0 &&
           type->tp_basicsize == other->tp_basicsize && type->tp_itemsize == other->tp_itemsize &&
           type->tp_dictoffset == other->tp_dictoffset &&
           type->tp_weaklistoffset == other->tp_weaklistoffset;
}

bool read(PyObject* module, Change* change) {
    if (!has_same_layout(Py_TYPE(change->object), change->type)) {
        PyErr_SetString(PyExc_TypeError, "its class can't become that");
        return false;
    }
    change->dict = Ref::steal(PyObject_GenericGetDict(change->object, nullptr));
    if (!change->dict || change->target == Py_None) return static_cast<bool>(change->dict);
    PyObject* waiters = PyDict_GetItemString(change->dict.get(), "_waiters");
    if (waiters == nullptr) {
        PyErr_SetString(PyExc_TypeError, "it has no waiters");
        return false;
    }
    change->waiters = Ref::steal(PySequence_List(waiters));
    if (!change->waiters) return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(change->waiters.get()); ++i) {
        PyObject* waiter = PyList_GET_ITEM(change->waiters.get(), i);
        if (Py_IS_TYPE(waiter, state_of(module)->promotable_lock)) continue;
        PyErr_SetString(PyExc_TypeError, "a thread waits at a lock that can't be moved");
        return false;
    }
    return true;
}

// 1 if all is as expected, 0 if not.
bool is_as_expected(const Change& change) {
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    Py_ssize_t at = 0;
    while (PyDict_Next(change.expected, &at, &key, &value) != 0) {
        if (PyDict_GetItem(change.dict.get(), key) != value) return false;
    }
    return true;
}

bool apply(const Change& change) {
    if (change.waiters) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(change.waiters.get()); ++i) {
            PyObject* waiter = PyList_GET_ITEM(change.waiters.get(), i);
            if (!move_waiter(waiter, change.target, change.loops != 0)) return false;
        }
    }
    Ref dict = change.dict;
    if (kDictsShareValues) dict = Ref::steal(PyDict_Copy(change.dict.get()));
    if (!dict || PyDict_Update(dict.get(), change.attributes) < 0) return false;
    if (kDictsShareValues) {
        // By the descriptor: PyObject_GenericSetDict of Python 3.13.0 forgets the values.
        const Ref name = Ref::steal(PyUnicode_InternFromString("__dict__"));
        if (!name || PyObject_GenericSetAttr(change.object, name.get(), dict.get()) < 0) {
            return false;
        }
    }
    PyTypeObject* before = Py_TYPE(change.object);
    Py_INCREF(change.type);
    Py_SET_TYPE(change.object, change.type);
    Py_DECREF(before);
    return true;
}

}  // namespace

PyObject* switch_objects(PyObject* module, PyObject* changes) {
    Ref list = Ref::steal(PySequence_List(changes));
    if (!list) return nullptr;
    std::vector<Change> all(static_cast<std::size_t>(PyList_GET_SIZE(list.get())));
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!announce(PyList_GET_ITEM(list.get(), static_cast<Py_ssize_t>(i)), &all[i]))
            return nullptr;
    }
    for (Change& change : all) {
        if (!read(module, &change)) return nullptr;
    }
    for (const Change& change : all) {
        if (!is_as_expected(change)) Py_RETURN_FALSE;
    }
    for (const Change& change : all) {
        if (!apply(change)) return nullptr;
    }
    Py_RETURN_TRUE;
}

}  // namespace anypickle::shm
