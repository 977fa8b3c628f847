#include "codec/value/code_facts.h"

#include "common/compat.h"

namespace anypickle {
namespace {

[[maybe_unused]] void release(void* facts) { Py_XDECREF(static_cast<PyObject*>(facts)); }

#ifdef ANYPICKLE_NO_GIL

constexpr Py_ssize_t kMostCodes = 4096;

/// Python guards what is kept with a code object from other threads since 3.14 only. So it is kept
/// in a dict: address of a code object -> (a weak reference to it, its facts).
Ref find_facts(ValueState* state, PyObject* code) {
    const Ref all = state->facts.now();
    const Ref key = Ref::steal(PyLong_FromVoidPtr(code));
    Ref pair;
    if (!all || !key || dict_get(all.get(), key.get(), pair.out()) <= 0) return Ref();
    Ref there;
    if (PyWeakref_GetRef(PyTuple_GET_ITEM(pair.get(), 0), there.out()) < 0) return Ref();
    return there.get() == code ? Ref::share(PyTuple_GET_ITEM(pair.get(), 1)) : Ref();
}

bool keep_facts(ValueState* state, PyObject* code, PyObject* facts) {
    Ref all = state->facts.now();
    if (all && PyDict_GET_SIZE(all.get()) >= kMostCodes) {
        if (!state->facts.forget()) return false;
        all = state->facts.now();
    }
    const Ref key = Ref::steal(PyLong_FromVoidPtr(code));
    const Ref reference = Ref::steal(PyWeakref_NewRef(code, nullptr));
    const Ref pair = Ref::steal(reference ? PyTuple_Pack(2, reference.get(), facts) : nullptr);
    return all && key && pair && PyDict_SetItem(all.get(), key.get(), pair.get()) == 0;
}

#else

Ref find_facts(ValueState* state, PyObject* code) {
    return Ref::share(static_cast<PyObject*>(code_extra(code, state->code_index)));
}

bool keep_facts(ValueState* state, PyObject* code, PyObject* facts) {
    if (set_code_extra(code, state->code_index, facts)) Py_INCREF(facts);
    return true;
}

#endif

}  // namespace

bool prepare_code_facts(ValueState* state) {
    if constexpr (kFreeThreaded) return state->facts.open();
    state->code_index = code_extra_index(release);
    return true;
}

PyObject* value_helpers(ValueState* state) {
    if (PyObject* known = state->helpers.get(); known != nullptr) return known;
    return state->helpers.keep(Ref::steal(PyImport_ImportModule("anypickle.reducers.functions")));
}

Ref new_code_facts(ValueState* state, PyObject* code) {
    Ref known = find_facts(state, code);
    if (known || PyErr_Occurred() != nullptr) return known;
    PyObject* helpers = value_helpers(state);
    if (helpers == nullptr) return Ref();
    Ref facts = Ref::steal(PyObject_CallMethod(helpers, "facts_of", "O", code));
    if (!facts) return Ref();
    if (!PyTuple_Check(facts.get()) || PyTuple_GET_SIZE(facts.get()) != kFactDoc + 1) {
        PyErr_SetString(PyExc_SystemError, "facts_of() must return a tuple of four");
        return Ref();
    }
    return keep_facts(state, code, facts.get()) ? facts : Ref();
}

}  // namespace anypickle
