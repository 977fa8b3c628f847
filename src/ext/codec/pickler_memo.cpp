// PicklerMemoProxy: pickler.memo as Python sees it, a mapping of id(object) to (index, object) by
// way of copy().
#include "codec/pickler.h"
#include "codec/state.h"
#include "common/ref.h"
#include "common/threading.h"

namespace anypickle {
namespace {

struct MemoProxy {
    PyObject_HEAD PyObject* pickler;

    static MemoProxy* cast(PyObject* object) { return reinterpret_cast<MemoProxy*>(object); }
    static Memo& memo(PyObject* object) { return Pickler::cast(cast(object)->pickler)->memo; }
};

int traverse(PyObject* object, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(MemoProxy::cast(object)->pickler);
    return 0;
}

int clear(PyObject* object) {
    Py_CLEAR(MemoProxy::cast(object)->pickler);
    return 0;
}

void dealloc(PyObject* object) {
    PyTypeObject* type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

PyObject* new_copy(PyObject* object) {
    Ref copy = Ref::steal(PyDict_New());
    if (!copy) return nullptr;
    const Section section(MemoProxy::cast(object)->pickler);
    const int failed = MemoProxy::memo(object).each([&](const Memo::Entry& entry) {
        const Ref key = Ref::steal(PyLong_FromVoidPtr(entry.object));
        const Ref value = Ref::steal(
            Py_BuildValue("(kO)", static_cast<unsigned long>(entry.index), entry.object));
        return key && value ? PyDict_SetItem(copy.get(), key.get(), value.get()) : -1;
    });
    return failed == 0 ? copy.release() : nullptr;
}

PyObject* copy_method(PyObject* object, PyObject*) { return new_copy(object); }

PyObject* clear_method(PyObject* object, PyObject*) {
    const Section section(MemoProxy::cast(object)->pickler);
    MemoProxy::memo(object).clear();
    Py_RETURN_NONE;
}

PyObject* reduce_method(PyObject* object, PyObject*) {
    PyObject* contents = new_copy(object);
    return contents == nullptr ? nullptr : Py_BuildValue("(O(N))", &PyDict_Type, contents);
}

PyMethodDef methods[] = {
    {"clear", clear_method, METH_NOARGS, "clear($self, /)\n--\n\nRemove all items from memo."},
    {"copy", copy_method, METH_NOARGS, "copy($self, /)\n--\n\nCopy the memo to a new object."},
    {"__reduce__", reduce_method, METH_NOARGS,
     "__reduce__($self, /)\n--\n\nImplement pickle support."},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {Py_tp_hash, reinterpret_cast<void*>(PyObject_HashNotImplemented)},
    {Py_tp_methods, methods},
    {0, nullptr},
};

/// Reads {anything: (index, object)} into the memo. False with the error set.
bool fill_from_dict(Memo& memo, PyObject* dict) {
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    const Section section(dict);
    for (Py_ssize_t i = 0; PyDict_Next(dict, &i, &key, &value);) {
        if (!PyTuple_Check(value) || PyTuple_GET_SIZE(value) != 2) {
            PyErr_SetString(PyExc_TypeError, "'memo' values must be 2-item tuples");
            return false;
        }
        const unsigned long index = PyLong_AsUnsignedLong(PyTuple_GET_ITEM(value, 0));
        if (index == static_cast<unsigned long>(-1) && PyErr_Occurred() != nullptr) return false;
        if (index >= Memo::kOpen) {
            PyErr_SetString(PyExc_OverflowError, "memo index out of range");
            return false;
        }
        if (!memo.put(PyTuple_GET_ITEM(value, 1), static_cast<uint32_t>(index))) return false;
    }
    return true;
}

}  // namespace

PyType_Spec memo_proxy_spec = {
    "anypickle._core.PicklerMemoProxy",
    static_cast<int>(sizeof(MemoProxy)),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
        Py_TPFLAGS_DISALLOW_INSTANTIATION,
    slots,
};

PyObject* new_memo_proxy(SaveState* state, PyObject* pickler) {
    MemoProxy* self = PyObject_GC_New(MemoProxy, state->memo_proxy_type);
    if (self == nullptr) return nullptr;
    self->pickler = Py_NewRef(pickler);
    PyObject_GC_Track(self);
    return reinterpret_cast<PyObject*>(self);
}

int set_memo(SaveState* state, Pickler* pickler, PyObject* value) {
    if (value == nullptr) {
        PyErr_SetString(PyExc_TypeError, "attribute deletion is not supported");
        return -1;
    }
    Memo memo(Memo::kOwning);
    if (Py_IS_TYPE(value, state->memo_proxy_type)) {
        const Section section(MemoProxy::cast(value)->pickler);
        const int failed = MemoProxy::memo(value).each(
            [&](const Memo::Entry& entry) { return memo.put(entry.object, entry.index) ? 0 : -1; });
        if (failed != 0) return -1;
    } else if (PyDict_Check(value)) {
        if (!fill_from_dict(memo, value)) return -1;
    } else {
        PyErr_Format(PyExc_TypeError,
                     "'memo' attribute must be a PicklerMemoProxy object or dict, not %.200s",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    const Section section(reinterpret_cast<PyObject*>(pickler));
    pickler->memo.swap(memo);
    return 0;
}

}  // namespace anypickle
