// The module `anypickle._core`: it has no content of its own, only its parts.
#include <Python.h>

#include <new>

#include "codec/state.h"

namespace anypickle {
namespace {

constexpr const Part* kParts[] = {&save_part,  &load_part,    &copy_part,    &value_part,
                                  &graph_part, &traffic_part, &crossing_part};

int exec(PyObject* module) {
    new (state_of(module)) CoreState();
    for (const Part* part : kParts) {
        if (part->exec(module) < 0) return -1;
    }
    return 0;
}

int traverse(PyObject* module, visitproc visit, void* arg) {
    for (const Part* part : kParts) {
        if (int result = part->traverse(module, visit, arg); result != 0) return result;
    }
    return 0;
}

int clear(PyObject* module) {
    for (const Part* part : kParts) part->clear(module);
    return 0;
}

void free_state(void* module) { clear(static_cast<PyObject*>(module)); }

PyModuleDef_Slot slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(exec)},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},  // common/threading.h; make tsan-python
#endif
    {0, nullptr},
};

}  // namespace

PyModuleDef core_module = {
    PyModuleDef_HEAD_INIT,
    "anypickle._core",
    "The codec and the graph walk of anypickle.",
    sizeof(CoreState),
    nullptr,
    slots,
    traverse,
    clear,
    free_state,
};

}  // namespace anypickle

PyMODINIT_FUNC PyInit__core() { return PyModuleDef_Init(&anypickle::core_module); }
