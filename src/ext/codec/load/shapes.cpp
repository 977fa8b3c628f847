#include "codec/load/shapes.h"

#include "common/dict_entries.h"

namespace anypickle::load {
namespace {

/// Whether a dict with this value in it has to be known to the garbage collector.
bool may_hold_a_cycle(PyObject* value) noexcept {
    if (!PyType_IS_GC(Py_TYPE(value))) return false;
    return !PyTuple_CheckExact(value) || PyObject_GC_IsTracked(value) != 0;
}

}  // namespace

bool Shapes::copy_of(const Shape& shape, PyObject** items, PyObject** result) noexcept {
    const std::size_t size = shape.count / 2;
    const DictEntry* known = dict_entries(shape.example.get(), static_cast<Py_ssize_t>(size));
    if (known == nullptr) return false;
    for (std::size_t i = 0; i < size; ++i) {
        if (known[i].key != items[i * 2]) return false;
    }
    Ref dict = Ref::steal(PyDict_Copy(shape.example.get()));
    DictEntry* entries = dict ? dict_entries(dict.get(), static_cast<Py_ssize_t>(size)) : nullptr;
    if (entries == nullptr) {
        PyErr_Clear();  // the way key by key will say if memory has run out
        return false;
    }
    bool tracked = false;
    for (std::size_t i = 0; i < size; ++i) {
        PyObject* value = items[i * 2 + 1];
        tracked = tracked || may_hold_a_cycle(value);
        entries[i].value = value;
        Py_DECREF(items[i * 2]);  // the example has the key
        Py_DECREF(Py_None);
    }
    if (tracked && PyObject_GC_IsTracked(dict.get()) == 0) PyObject_GC_Track(dict.get());
    *result = dict.release();
    return true;
}

void Shapes::keep_example(Shape& shape, PyObject* const* items, std::size_t count) noexcept {
    Ref example = Ref::steal(PyDict_New());
    for (std::size_t i = 0; example && i < count; i += 2) {
        if (!PyUnicode_CheckExact(items[i]) || PyDict_SetItem(example.get(), items[i], Py_None) < 0)
            example = Ref();
    }
    PyErr_Clear();
    if (!example || dict_entries(example.get(), static_cast<Py_ssize_t>(count / 2)) == nullptr)
        return;
    if (PyObject_GC_IsTracked(example.get()) != 0) PyObject_GC_UnTrack(example.get());
    shape.example = std::move(example);
    shape.count = count;
}

}  // namespace anypickle::load
