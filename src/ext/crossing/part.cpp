// Gate and passing: what the part of the ways across adds to the module.
#include "common/methods.h"
#include "crossing/gate.h"
#include "crossing/state.h"

namespace anypickle {
namespace {

PyObject* passing(PyObject*, PyObject*) { return new_passing(); }

PyMethodDef methods[] = {
    {"passing", passing, METH_NOARGS,
     "passing($module, /)\n--\n\n"
     "(options, root) of each gate that this thread is passing and was not told of, or None."},
    {nullptr, nullptr, 0, nullptr},
};

int exec(PyObject* module) {
    return add_gate(module) < 0 ? -1 : PyModule_AddFunctions(module, methods);
}

int traverse(PyObject*, visitproc, void*) { return 0; }

int clear(PyObject*) { return 0; }

}  // namespace

const Part crossing_part{exec, traverse, clear};

}  // namespace anypickle
