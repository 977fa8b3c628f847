#include "common/imports.h"

#include <cstdint>
#include <cstring>

#include "common/compat.h"

namespace anypickle {

bool Imports::open() {
    import_name_ = Ref::steal(PyUnicode_InternFromString("__import__"));
    spec_ = Ref::steal(PyUnicode_InternFromString("__spec__"));
    initializing_ = Ref::steal(PyUnicode_InternFromString("_initializing"));
    if (!import_name_ || !spec_ || !initializing_) return false;
    PyObject* found = PyDict_GetItemWithError(PyEval_GetBuiltins(), import_name_.get());
    if (found == nullptr) return PyErr_Occurred() == nullptr;
    PyObject* home = PyCFunction_Check(found) ? PyCFunction_GET_SELF(found) : nullptr;
    if (home != nullptr && PyModule_Check(home) &&
        std::strcmp(PyModule_GetName(home), "builtins") == 0)
        function_ = Ref::share(found);
    return true;
}

PyObject* Imports::find_finished(PyObject* name) noexcept {
    if (kFreeThreaded || !function_ || !PyUnicode_CheckExact(name)) return nullptr;
    if (!is_usual()) return nullptr;
    PyObject* module = PyDict_GetItemWithError(PyImport_GetModuleDict(), name);
    if (module == nullptr || !PyModule_CheckExact(module) || !is_finished(module)) return nullptr;
    return module;
}

/// Whether importing is what it was: a number tells that the builtins have not changed.
bool Imports::is_usual() noexcept {
    PyObject* builtins = PyEval_GetBuiltins();
    const std::uint64_t version = dict_version(builtins);
    if (builtins == builtins_ && version == version_ && version != 0) return true;
    if (PyDict_GetItemWithError(builtins, import_name_.get()) != function_.get()) return false;
    builtins_ = builtins;
    version_ = version;
    return true;
}

bool Imports::is_finished(PyObject* module) noexcept {
    PyObject*& seen = finished_[(reinterpret_cast<std::uintptr_t>(module) >> 5) % finished_.size()];
    if (seen == module) return true;
    PyObject* spec = PyDict_GetItemWithError(PyModule_GetDict(module), spec_.get());
    Ref initializing;
    if (spec == nullptr || spec == Py_None ||
        optional_attr(spec, initializing_.get(), initializing.out()) < 0) {
        return false;
    }
    if (initializing && initializing.get() != Py_False) return false;
    seen = module;
    return true;
}

}  // namespace anypickle
