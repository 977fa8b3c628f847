// Persistent ids and out-of-band buffers: what the stream refers to and the caller provides.
#include "codec/load/backend.h"
#include "codec/load/errors.h"

namespace anypickle::load {

bool Backend::may_load_persistent() noexcept {
    if (options_.persistent_load != nullptr) return true;
    unpickling_error(
        "A load persistent id instruction was encountered, "
        "but no persistent_load function was specified.");
    return false;
}

PyObject* Backend::persistent_line(const char* text, std::size_t size) noexcept {
    PyObject* id = PyUnicode_DecodeASCII(text, static_cast<Py_ssize_t>(size), "strict");
    if (id != nullptr) return persistent(id);
    if (PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
        unpickling_error("persistent IDs in protocol 0 must be ASCII strings");
    }
    return nullptr;
}

PyObject* Backend::persistent(PyObject* steal_id) noexcept {
    const Ref id = Ref::steal(steal_id);
    return PyObject_CallOneArg(options_.persistent_load, id.get());
}

PyObject* Backend::next_buffer() noexcept {
    if (options_.buffers == nullptr) {
        return unpickling_error(
            "pickle stream refers to out-of-band data but no *buffers* argument was given");
    }
    PyObject* buffer = PyIter_Next(options_.buffers);
    if (buffer == nullptr && !PyErr_Occurred())
        return unpickling_error("not enough out-of-band buffers");
    return buffer;
}

bool Backend::readonly_buffer(PyObject*& top) noexcept {
    Ref view = Ref::steal(PyMemoryView_FromObject(top));
    if (!view) return false;
    Py_buffer* buffer = PyMemoryView_GET_BUFFER(view.get());
    if (buffer->readonly == 0) {  // what is read-only already stays what it is
        buffer->readonly = 1;
        Py_SETREF(top, view.release());
    }
    return true;
}

}  // namespace anypickle::load
