#include "codec/load/options.h"

#include <cstring>

#include "codec/load/limits.h"

namespace anypickle::load {
namespace {

/// A str without NULs, as argument clinic asks for `const char*`.
bool set_text(const char* function, const char* argument, PyObject* value, Ref& out) {
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s() argument '%s' must be str, not %.50s", function,
                     argument, value == Py_None ? "None" : Py_TYPE(value)->tp_name);
        return false;
    }
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(value, &size);
    if (text == nullptr) return false;
    if (std::strlen(text) != static_cast<std::size_t>(size)) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return false;
    }
    out = Ref::share(value);
    return true;
}

}  // namespace

bool LoadArguments::set(const char* function, PyObject* keyword, PyObject* value) {
    if (PyUnicode_CompareWithASCIIString(keyword, "fix_imports") == 0) {
        const int truth = PyObject_IsTrue(value);
        fix_imports = truth > 0;
        return truth >= 0;
    }
    if (PyUnicode_CompareWithASCIIString(keyword, "encoding") == 0)
        return set_text(function, "encoding", value, encoding);
    if (PyUnicode_CompareWithASCIIString(keyword, "errors") == 0)
        return set_text(function, "errors", value, errors);
    if (PyUnicode_CompareWithASCIIString(keyword, "buffers") == 0) {
        buffers = value == Py_None ? Ref() : Ref::steal(PyObject_GetIter(value));
        return value == Py_None || static_cast<bool>(buffers);
    }
    if (PyUnicode_CompareWithASCIIString(keyword, "budget") == 0) {
        budget = value == Py_None ? std::optional<Budget>() : Budget();
        return !budget || set_budget(value, *budget);
    }
    PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", function,
                 keyword);
    return false;
}

Options LoadArguments::options() const {
    Options options;
    options.fix_imports = fix_imports;
    if (encoding) options.encoding = PyUnicode_AsUTF8(encoding.get());
    if (errors) options.errors = PyUnicode_AsUTF8(errors.get());
    options.buffers = buffers.get();
    if (budget) options.budget = &*budget;
    return options;
}

}  // namespace anypickle::load
