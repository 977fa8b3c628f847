#include "codec/value/crossings.h"

#include "codec/save/passing.h"
#include "common/compat.h"
#include "common/ref.h"
#include "crossing/gate.h"

namespace anypickle {
namespace {

/// The list of the crossings of this thread, innermost last. Null with the error set.
Ref new_crossings(ValueState* state) {
    PyObject* stack = state->stack.get();
    if (stack == nullptr) {
        const Ref module = Ref::steal(PyImport_ImportModule("anypickle.crossing"));
        if (!module) return Ref();
        stack = state->stack.keep(Ref::steal(PyObject_GetAttrString(module.get(), "_stack")));
        if (stack == nullptr) return Ref();
    }
    Ref crossings = Ref::steal(PyObject_GetAttr(stack, state->names.crossings));
    if (crossings && !PyList_Check(crossings.get())) {
        PyErr_SetString(PyExc_SystemError, "anypickle.crossing keeps crossings in a list");
        return Ref();
    }
    return crossings;
}

bool is(PyObject* channel, const char* name) noexcept {
    return PyUnicode_Check(channel) && PyUnicode_CompareWithASCIIString(channel, name) == 0;
}

bool is_hash(PyObject* channel) noexcept { return is(channel, "hash"); }

/// The crossing of this thread that was begun last. 1, 0 (none was), or -1 with an error.
int find_innermost(ValueState* state, Ref* innermost) {
    const Ref crossings = new_crossings(state);
    if (!crossings) return -1;
    const Py_ssize_t depth = PyList_GET_SIZE(crossings.get());
    if (depth == 0) return 0;
    *innermost = Ref::share(PyList_GET_ITEM(crossings.get(), depth - 1));
    return 1;
}

}  // namespace

int in_crossing(ValueState* state) {
    if (Passing::untold() != nullptr) return 1;
    const Ref crossings = new_crossings(state);
    return crossings ? PyList_GET_SIZE(crossings.get()) > 0 : -1;
}

int shares_main(ValueState* state) {
    if (const Passing::Entry* passing = Passing::untold()) {
        Ref shares;
        if (dict_get(gate_options(passing->gate), state->names.shares_main, shares.out()) < 0) {
            return -1;
        }
        return is(passing->channel, "spawn") || shares.get() == Py_True ? 1 : 0;
    }
    Ref innermost;
    if (const int begun = find_innermost(state, &innermost); begun <= 0) return begun;
    const Ref channel = Ref::steal(PyObject_GetAttr(innermost.get(), state->names.channel));
    const Ref shares = Ref::steal(PyObject_GetAttr(innermost.get(), state->names.shares_main));
    if (!channel || !shares) return -1;
    return is(channel.get(), "spawn") || shares.get() == Py_True ? 1 : 0;
}

int hashes(ValueState* state) {
    if (const Passing::Entry* passing = Passing::untold()) return is_hash(passing->channel);
    Ref innermost;
    if (const int begun = find_innermost(state, &innermost); begun <= 0) return begun;
    const Ref channel = Ref::steal(PyObject_GetAttr(innermost.get(), state->names.channel));
    if (!channel) return -1;
    return is_hash(channel.get());
}

}  // namespace anypickle
