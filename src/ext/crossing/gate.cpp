#include "crossing/gate.h"

#include <structmember.h>

#include <cstddef>
#include <new>

#include "codec/save/meter.h"
#include "codec/save/passing.h"
#include "codec/state.h"
#include "common/errors.h"
#include "common/ref.h"
#include "traffic/counters.h"

namespace anypickle {
namespace {

struct Gate {
    PyObject_HEAD vectorcallfunc call;
    PyObject* function;
    PyObject* channel;
    PyObject* options;     ///< Of the crossing, or None.
    PyObject* left;        ///< Called without arguments.
    PyObject* attributes;  ///< Its `__dict__`.
};

Gate* cast(PyObject* object) noexcept { return reinterpret_cast<Gate*>(object); }

/// The value of a keyword, borrowed, or null.
PyObject* keyword(PyObject* const* args, size_t given, PyObject* names, const char* name) noexcept {
    const Py_ssize_t count = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    for (Py_ssize_t i = 0; i < count; ++i) {
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, i), name) == 0) {
            return args[given + static_cast<size_t>(i)];
        }
    }
    return nullptr;
}

/// Of this interpreter; null when the module is on its way out.
Counters* counters_of(PyObject* gate) noexcept {
    const void* state = PyType_GetModuleState(Py_TYPE(gate));
    return state == nullptr ? nullptr : static_cast<const CoreState*>(state)->traffic.counters;
}

/// Calls the function, within a crossing if somebody asks for one.
PyObject* pass(PyObject* gate, PyObject* root, PyObject* const* args, size_t flags,
               PyObject* names) try {
    PyObject* function = cast(gate)->function;
    if (cast(gate)->options == Py_None) return PyObject_Vectorcall(function, args, flags, names);
    const Passing passing(gate, cast(gate)->channel, root);
    Ref result = Ref::steal(PyObject_Vectorcall(function, args, flags, names));
    if (!passing.is_told()) return result.release();
    ErrorHolder error;
    const Ref left = Ref::steal(PyObject_CallNoArgs(cast(gate)->left));
    if (!left) {
        error.become_context();
        return nullptr;
    }
    if (error.get() != nullptr) error.restore();
    return result.release();
} catch (const std::bad_alloc&) {
    return PyErr_NoMemory();
}

/// Counts what has passed, and returns its result. An error that it raised stays raised, one in
/// counting is dropped, and what is no Exception (Ctrl-C, in the middle of it) goes on.
PyObject* counted(PyObject* gate, PyObject* root, PyObject* said, PyObject* passed) {
    Ref result = Ref::steal(passed);
    ErrorHolder error;
    PyObject* known = cast(gate)->channel;
    const Ref channel =
        said == nullptr || said == Py_None
            ? Ref::share(known)
            : Ref::steal(PyObject_CallOneArg(reinterpret_cast<PyObject*>(Py_TYPE(known)), said));
    Counters* counters = counters_of(gate);
    const Section section(PyType_GetModule(Py_TYPE(gate)));
    const bool done = channel && counters != nullptr &&
                      counters->end(channel.get(), root, error.get() ? error.get() : Py_None);
    if (!done && PyErr_ExceptionMatches(PyExc_Exception)) PyErr_Clear();
    if (PyErr_Occurred() != nullptr) {
        error.become_context();
        return nullptr;
    }
    if (error.get() != nullptr) error.restore();
    return result.release();
}

PyObject* call(PyObject* gate, PyObject* const* args, size_t flags, PyObject* names) {
    const auto given = static_cast<size_t>(PyVectorcall_NARGS(flags));
    PyObject* root = given > 0 ? args[0] : keyword(args, given, names, "obj");
    if (root == nullptr) root = Py_None;
    const Counters* counters = counters_of(gate);
    const bool counting = counters != nullptr && counters->counts() && Meter::of_thread().begin();
    PyObject* result = pass(gate, root, args, flags, names);
    if (!counting) return result;
    return counted(gate, root, keyword(args, given, names, "channel"), result);
}

PyObject* make(PyTypeObject* type, PyObject* args, PyObject*) {
    PyObject* given[4] = {};
    if (!PyArg_ParseTuple(args, "OOOO:Gate", &given[0], &given[1], &given[2], &given[3])) {
        return nullptr;
    }
    PyObject* made = type->tp_alloc(type, 0);
    if (made == nullptr) return nullptr;
    Gate* gate = cast(made);
    gate->call = call;
    gate->function = Py_NewRef(given[0]);
    gate->channel = Py_NewRef(given[1]);
    gate->options = Py_NewRef(given[2]);
    gate->left = Py_NewRef(given[3]);
    return made;
}

int traverse(PyObject* object, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(cast(object)->function);
    Py_VISIT(cast(object)->channel);
    Py_VISIT(cast(object)->options);
    Py_VISIT(cast(object)->left);
    Py_VISIT(cast(object)->attributes);
    return 0;
}

/// What breaks a cycle may still be called: the function and the channel stay.
int clear(PyObject* object) {
    Py_CLEAR(cast(object)->attributes);
    return 0;
}

void dealloc(PyObject* object) {
    PyTypeObject* type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    clear(object);
    Py_XDECREF(cast(object)->function);
    Py_XDECREF(cast(object)->channel);
    Py_XDECREF(cast(object)->options);
    Py_XDECREF(cast(object)->left);
    type->tp_free(object);
    Py_DECREF(type);
}

/// By name, as any function.
PyObject* reduce(PyObject* object, PyObject*) {
    return PyObject_GetAttrString(object, "__qualname__");
}

PyMethodDef methods[] = {
    {"__reduce__", reduce, METH_NOARGS, "__reduce__($self, /)\n--\n\nReturn its name."},
    {nullptr, nullptr, 0, nullptr},
};

PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Gate, call), READONLY, nullptr},
    {"__dictoffset__", T_PYSSIZET, offsetof(Gate, attributes), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyGetSetDef attributes[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>("Gate(function, channel, options, left, /)\n--\n\n"
                                  "A function that sends its first argument out of the process.")},
    {Py_tp_new, reinterpret_cast<void*>(make)},
    {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, attributes},
    {0, nullptr},
};

PyType_Spec spec = {
    "anypickle._core.Gate",
    static_cast<int>(sizeof(Gate)),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_IMMUTABLETYPE,
    slots,
};

}  // namespace

int add_gate(PyObject* module) {
    const Ref type = Ref::steal(PyType_FromModuleAndSpec(module, &spec, nullptr));
    return type ? PyModule_AddType(module, reinterpret_cast<PyTypeObject*>(type.get())) : -1;
}

PyObject* gate_options(PyObject* gate) noexcept { return cast(gate)->options; }

PyObject* new_passing() {
    const Passing::Entry* last = Passing::untold();
    if (last == nullptr) Py_RETURN_NONE;
    Ref told = Ref::steal(PyList_New(0));
    if (!told) return nullptr;
    for (Passing::Entry& entry : Passing::of_thread()) {
        if (entry.told || entry.interpreter != last->interpreter) continue;
        const Ref one = Ref::steal(PyTuple_Pack(2, cast(entry.gate)->options, entry.root));
        if (!one || PyList_Append(told.get(), one.get()) < 0) return nullptr;
        entry.told = true;
    }
    return told.release();
}

}  // namespace anypickle
