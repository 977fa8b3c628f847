#include "codec/load/importing.h"

#include "common/threading.h"

namespace anypickle::load {

PyObject* Importing::find(PyObject* function, PyObject* name, Imports& imports) noexcept {
    if (kFreeThreaded || !PyUnicode_CheckExact(name) || PyUnicode_GET_LENGTH(name) == 0 ||
        PyUnicode_READ_CHAR(name, 0) == '.') {
        return nullptr;
    }
    if (function != function_.get() && !recognize(function)) return nullptr;
    if (PyFunction_GET_CODE(function) != code_.get()) return nullptr;
    PyObject* module = imports.find_finished(name);
    if (module == nullptr) PyErr_Clear();
    return module;
}

/// Whether it is the function of that name in the module that is imported as importlib.
bool Importing::recognize(PyObject* function) noexcept {
    PyObject* name = reinterpret_cast<PyFunctionObject*>(function)->func_name;
    if (PyUnicode_CompareWithASCIIString(name, "import_module") != 0) return false;
    PyObject* importlib = PyDict_GetItemString(PyImport_GetModuleDict(), "importlib");
    if (importlib == nullptr || !PyModule_Check(importlib) ||
        PyDict_GetItemString(PyModule_GetDict(importlib), "import_module") != function ||
        PyFunction_GET_GLOBALS(function) != PyModule_GetDict(importlib)) {
        return false;
    }
    function_ = Ref::share(function);
    code_ = Ref::share(PyFunction_GET_CODE(function));
    return true;
}

}  // namespace anypickle::load
