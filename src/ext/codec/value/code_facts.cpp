#include "codec/value/code_facts.h"

#include "common/compat.h"

namespace anypickle {
namespace {

void release(void* facts) { Py_XDECREF(static_cast<PyObject*>(facts)); }

}  // namespace

void prepare_code_facts(ValueState* state) { state->code_index = code_extra_index(release); }

PyObject* value_helpers(ValueState* state) {
    if (state->helpers == nullptr) {
        state->helpers = PyImport_ImportModule("anypickle.reducers.functions");
    }
    return state->helpers;
}

Ref new_code_facts(ValueState* state, PyObject* code) {
    if (void* known = code_extra(code, state->code_index); known != nullptr) {
        return Ref::share(static_cast<PyObject*>(known));
    }
    PyObject* helpers = value_helpers(state);
    if (helpers == nullptr) return Ref();
    Ref facts = Ref::steal(PyObject_CallMethod(helpers, "facts_of", "O", code));
    if (!facts) return Ref();
    if (!PyTuple_Check(facts.get()) || PyTuple_GET_SIZE(facts.get()) != kFactDoc + 1) {
        PyErr_SetString(PyExc_SystemError, "facts_of() must return a tuple of four");
        return Ref();
    }
    if (set_code_extra(code, state->code_index, facts.get())) Py_INCREF(facts.get());
    return facts;
}

}  // namespace anypickle
