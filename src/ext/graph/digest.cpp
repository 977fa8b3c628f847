#include "graph/digest.h"

#include "anypickle/digest.h"

namespace anypickle {

PyObject* digest_stream(PyObject*, PyObject* data) {
    if (!PyBytes_CheckExact(data)) {
        PyErr_SetString(PyExc_TypeError, "digest() wants bytes");
        return nullptr;
    }
    const std::span<const std::uint8_t> stream{
        reinterpret_cast<const std::uint8_t*>(PyBytes_AS_STRING(data)),
        static_cast<std::size_t>(PyBytes_GET_SIZE(data))};
    Digest digest{};
    Verdict verdict;
    Py_BEGIN_ALLOW_THREADS verdict = digest_of(stream, digest);
    Py_END_ALLOW_THREADS if (verdict.fault == Fault::kNoMemory) return PyErr_NoMemory();
    if (!verdict.ok()) {
        PyErr_Format(PyExc_ValueError, "%s at byte %zu", fault_text(verdict.fault), verdict.offset);
        return nullptr;
    }
    return PyBytes_FromStringAndSize(reinterpret_cast<const char*>(digest.data()),
                                     static_cast<Py_ssize_t>(digest.size()));
}

}  // namespace anypickle
