#include "codec/state.h"
#include "codec/value/retype.h"

namespace anypickle {
namespace {

PyMethodDef functions[] = {
    {"retype", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(retype)), METH_FASTCALL,
     "retype(cls, metaclass, /)\n--\n\nGives a new class the metaclass that its present one "
     "derives from."},
    {nullptr, nullptr, 0, nullptr},
};

int exec(PyObject* module) { return PyModule_AddFunctions(module, functions); }
int traverse(PyObject*, visitproc, void*) { return 0; }
int clear(PyObject*) { return 0; }

}  // namespace

const Part value_part{exec, traverse, clear};

}  // namespace anypickle
