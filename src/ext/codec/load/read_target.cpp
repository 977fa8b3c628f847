#include "codec/load/read_target.h"

namespace anypickle::load {
namespace {

struct ReadTarget {
    PyObject_HEAD PyObject* owner;
    char* begin;
    Py_ssize_t size;
};

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
    auto* target = reinterpret_cast<ReadTarget*>(self);
    return PyBuffer_FillInfo(view, self, target->begin, target->size, 0, flags);
}

void dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Py_DECREF(reinterpret_cast<ReadTarget*>(self)->owner);
    type->tp_free(self);
    Py_DECREF(type);
}

PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
    {0, nullptr},
};

PyType_Spec spec = {
    "anypickle._core._ReadTarget",
    sizeof(ReadTarget),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    slots,
};

}  // namespace

PyTypeObject* new_read_target_type(PyObject* module) {
    return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(module, &spec, nullptr));
}

PyObject* new_read_target(const LoadState& state, PyObject* owner, char* begin, Py_ssize_t size) {
    auto* target = PyObject_New(ReadTarget, state.read_target_type);
    if (target == nullptr) return nullptr;
    target->owner = Py_NewRef(owner);
    target->begin = begin;
    target->size = size;
    const Ref held = Ref::steal(reinterpret_cast<PyObject*>(target));
    return PyMemoryView_FromObject(held.get());
}

}  // namespace anypickle::load
