#include "codec/value/program.h"

#include "common/ref.h"

namespace anypickle {
namespace {

/// What the other side runs: the module `__main__` and what it was started from. Borrowed, null
/// where there is none.
struct Program {
    PyObject* main = nullptr;
    PyObject* spec = nullptr;
    PyObject* file = nullptr;

    explicit Program(const ValueState* state) noexcept {
        main = PyDict_GetItemWithError(PyImport_GetModuleDict(), state->names.main);
        if (main == nullptr || !PyModule_CheckExact(main)) {
            main = nullptr;
            return;
        }
        spec = PyDict_GetItemWithError(PyModule_GetDict(main), state->names.spec);
        file = PyDict_GetItemWithError(PyModule_GetDict(main), state->names.file);
    }

    [[nodiscard]] bool is(PyObject* known) const noexcept {
        return main != nullptr && known != nullptr && PyTuple_GET_ITEM(known, 0) == main &&
               PyTuple_GET_ITEM(known, 1) == (spec == nullptr ? Py_None : spec) &&
               PyTuple_GET_ITEM(known, 2) == (file == nullptr ? Py_None : file);
    }
};

}  // namespace

bool is_run_again(ValueState* state, PyObject* qualname) noexcept {
    return state->run_again != nullptr && PyUnicode_CheckExact(qualname) &&
           Program(state).is(state->program) && PySet_Contains(state->run_again, qualname) > 0;
}

bool note_run_again(ValueState* state, PyObject* qualname) {
    const Program program(state);
    if (program.main == nullptr || !PyUnicode_CheckExact(qualname)) return true;
    if (!program.is(state->program)) {
        Ref names = Ref::steal(PySet_New(nullptr));
        Ref known = Ref::steal(PyTuple_Pack(3, program.main,
                                            program.spec == nullptr ? Py_None : program.spec,
                                            program.file == nullptr ? Py_None : program.file));
        if (!names || !known) return false;
        Py_XSETREF(state->run_again, names.release());
        Py_XSETREF(state->program, known.release());
    }
    constexpr Py_ssize_t kMost = 10000;
    if (PySet_GET_SIZE(state->run_again) >= kMost) PySet_Clear(state->run_again);
    return PySet_Add(state->run_again, qualname) == 0;
}

}  // namespace anypickle
