// The module `anypickle._shm`: the Python types over the core's arena, ring and lock.
#include <Python.h>

namespace {

PyModuleDef_Slot slots[] = {
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, nullptr},
};

PyModuleDef shm_module = {
    PyModuleDef_HEAD_INIT, "anypickle._shm", "Shared memory of anypickle.", 0, nullptr, slots, nullptr, nullptr, nullptr,
};

}  // namespace

PyMODINIT_FUNC PyInit__shm() { return PyModuleDef_Init(&shm_module); }
