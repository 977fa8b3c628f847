#include "codec/load/numpy_scalars.h"

#include <utility>

namespace anypickle::load {
namespace {

bool begins_with(const char* text, const char* start) noexcept {
    return std::strncmp(text, start, std::strlen(start)) == 0;
}

/// Whether the dtype is of plain numbers in the order of bytes that this machine has.
bool is_of_native_numbers(PyObject* dtype) {
    const Ref kind = Ref::steal(PyObject_GetAttrString(dtype, "kind"));
    const Ref native = kind ? Ref::steal(PyObject_GetAttrString(dtype, "isnative")) : Ref();
    if (!native || native.get() != Py_True || !PyUnicode_Check(kind.get()) ||
        PyUnicode_GET_LENGTH(kind.get()) != 1)
        return false;
    const Py_UCS4 letter = PyUnicode_READ_CHAR(kind.get(), 0);
    return letter == 'i' || letter == 'u' || letter == 'f' || letter == 'c';
}

/// Whether instances have nothing but `size` bytes, and nothing is done to them.
bool is_bare(PyTypeObject* type, std::size_t size) noexcept {
    constexpr std::size_t kStep = alignof(PyObject);
    return begins_with(type->tp_name, "numpy.") && !PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) &&
           !PyType_HasFeature(type, Py_TPFLAGS_HAVE_GC) && type->tp_itemsize == 0 &&
           type->tp_dictoffset == 0 && type->tp_weaklistoffset == 0 && type->tp_del == nullptr &&
           static_cast<std::size_t>(type->tp_basicsize) ==
               sizeof(PyObject) + (size + kStep - 1) / kStep * kStep;
}

}  // namespace

bool NumpyScalars::is_function(PyObject* callable) noexcept {
    if (!PyCFunction_CheckExact(callable)) return false;
    const PyMethodDef* method = reinterpret_cast<PyCFunctionObject*>(callable)->m_ml;
    return std::strcmp(method->ml_name, "scalar") == 0;
}

void NumpyScalars::learn(PyObject* function, PyObject* dtype, PyObject* bytes,
                         PyObject* number) noexcept {
    Known& known = known_[place(dtype)];
    if (std::exchange(known.seen, dtype) != dtype) return;  // a single one is not worth it
    PyObject* module = PyCFunction_GET_SELF(function);
    PyTypeObject* type = Py_TYPE(number);
    const auto size = static_cast<std::size_t>(PyBytes_GET_SIZE(bytes));
    if (module == nullptr || !PyModule_Check(module) || size == 0 || !is_bare(type, size) ||
        !begins_with(Py_TYPE(dtype)->tp_name, "numpy.") ||
        static_cast<std::size_t>(Py_TYPE(dtype)->tp_basicsize) < sizeof(PyObject) + kHead ||
        std::memcmp(number + 1, PyBytes_AS_STRING(bytes), size) != 0)
        return;
    const char* home = PyModule_GetName(module);
    const bool native =
        home != nullptr && begins_with(home, "numpy.") && is_of_native_numbers(dtype);
    PyErr_Clear();
    if (!native) return;
    known.function = Ref::share(function);
    known.dtype = Ref::share(dtype);
    known.type = type;
    known.size = static_cast<Py_ssize_t>(size);
    std::memcpy(known.head, head_of(dtype), kHead);
}

}  // namespace anypickle::load
