#include "codec/load/memo_proxy.h"

#include "codec/state.h"

namespace anypickle::load {
namespace {

struct MemoProxy {
    PyObject_HEAD Unpickler* unpickler;
};

Unpickler* unpickler_of(PyObject* proxy) { return reinterpret_cast<MemoProxy*>(proxy)->unpickler; }

PyObject* clear_memo(PyObject* self, PyObject*) {
    const Section section(reinterpret_cast<PyObject*>(unpickler_of(self)));
    unpickler_of(self)->memo.clear();
    Py_RETURN_NONE;
}

PyObject* copy(PyObject* self, PyObject*) {
    Ref dict = Ref::steal(PyDict_New());
    if (!dict) return nullptr;
    const Section section(reinterpret_cast<PyObject*>(unpickler_of(self)));
    const bool ok = unpickler_of(self)->memo.each([&dict](std::size_t index, PyObject* value) {
        const Ref key = Ref::steal(PyLong_FromSize_t(index));
        return key && PyDict_SetItem(dict.get(), key.get(), value) == 0;
    });
    return ok ? dict.release() : nullptr;
}

PyObject* reduce(PyObject* self, PyObject*) {
    PyObject* contents = copy(self, nullptr);
    return contents == nullptr ? nullptr : Py_BuildValue("O(N)", &PyDict_Type, contents);
}

int traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(reinterpret_cast<PyObject*>(unpickler_of(self)));
    return 0;
}

int clear(PyObject* self) {
    Py_CLEAR(reinterpret_cast<MemoProxy*>(self)->unpickler);
    return 0;
}

void dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    (void)clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyMethodDef methods[] = {
    {"clear", clear_memo, METH_NOARGS, PyDoc_STR("Remove all items from memo.")},
    {"copy", copy, METH_NOARGS, PyDoc_STR("Copy the memo to a new object.")},
    {"__reduce__", reduce, METH_NOARGS, PyDoc_STR("Implement pickling support.")},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {Py_tp_methods, methods},
    {Py_tp_hash, reinterpret_cast<void*>(PyObject_HashNotImplemented)},
    {0, nullptr},
};

PyType_Spec spec = {
    "anypickle._core.UnpicklerMemoProxy",
    sizeof(MemoProxy),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
        Py_TPFLAGS_DISALLOW_INSTANTIATION,
    slots,
};

/// The entries of a dict {index: object}.
bool fill(MemoTable<Backend>& memo, PyObject* dict) {
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    const Section section(dict);
    for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, &value) != 0;) {
        if (!PyLong_Check(key)) {
            PyErr_SetString(PyExc_TypeError, "memo key must be integers");
            return false;
        }
        const Py_ssize_t index = PyLong_AsSsize_t(key);
        if (index == -1 && PyErr_Occurred()) return false;
        if (index < 0) {
            PyErr_SetString(PyExc_ValueError, "memo key must be positive integers.");
            return false;
        }
        if (!memo.put(static_cast<std::size_t>(index), value)) {
            PyErr_NoMemory();
            return false;
        }
    }
    return true;
}

}  // namespace

PyTypeObject* new_memo_proxy_type(PyObject* module) {
    return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(module, &spec, nullptr));
}

PyObject* get_memo(PyObject* self, void*) {
    CoreState* state = state_of_type(Py_TYPE(self));
    if (state == nullptr) return nullptr;
    auto* proxy = PyObject_GC_New(MemoProxy, state->load.memo_proxy_type);
    if (proxy == nullptr) return nullptr;
    proxy->unpickler = reinterpret_cast<Unpickler*>(Py_NewRef(self));
    PyObject_GC_Track(proxy);
    return reinterpret_cast<PyObject*>(proxy);
}

int set_memo(PyObject* self, PyObject* value, void*) {
    if (value == nullptr) {
        PyErr_SetString(PyExc_TypeError, "attribute deletion is not supported");
        return -1;
    }
    CoreState* state = state_of_type(Py_TYPE(self));
    if (state == nullptr) return -1;
    MemoTable<Backend> memo;
    if (Py_IS_TYPE(value, state->load.memo_proxy_type)) {
        const Section section(reinterpret_cast<PyObject*>(unpickler_of(value)));
        const bool ok = unpickler_of(value)->memo.each(
            [&memo](std::size_t index, PyObject* object) { return memo.put(index, object); });
        if (!ok) {
            PyErr_NoMemory();
            return -1;
        }
    } else if (PyDict_Check(value)) {
        if (!fill(memo, value)) return -1;
    } else {
        PyErr_Format(PyExc_TypeError,
                     "'memo' attribute must be an UnpicklerMemoProxy object or dict, not %.200s",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    const Section section(self);
    reinterpret_cast<Unpickler*>(self)->memo.swap(memo);
    return 0;
}

}  // namespace anypickle::load
