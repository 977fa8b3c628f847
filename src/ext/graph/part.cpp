// walk, current_trail and scan: the functions of the graph part.
#include "codec/save/engine.h"
#include "codec/state.h"
#include "common/errors.h"
#include "common/methods.h"
#include "graph/digest.h"
#include "graph/scan.h"
#include "graph/walk.h"

namespace anypickle {
namespace {

constexpr int kProtocol = 5;

PyObject* walk(PyObject* module, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {
        "obj", "observer", "large", "max_objects", "dispatch_table", "copies", nullptr};
    PyObject* object = nullptr;
    PyObject* observer = nullptr;
    Py_ssize_t large = PY_SSIZE_T_MAX;
    Py_ssize_t most = PY_SSIZE_T_MAX;
    PyObject* table = Py_None;
    int copies = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|$nnOp:walk", const_cast<char**>(names),
                                     &object, &observer, &large, &most, &table, &copies)) {
        return nullptr;
    }
    if (large < 1 || most < 1) {
        PyErr_SetString(PyExc_ValueError, "large and max_objects must be positive");
        return nullptr;
    }
    const Ref write = Ref::steal(PyObject_GetAttrString(observer, "write"));
    if (!write) return nullptr;
    Walk watching(observer, static_cast<size_t>(large), static_cast<size_t>(most), copies != 0);
    SaveOptions options;
    options.protocol = kProtocol;
    options.write = write.get();
    options.observer = &watching;
    if (table != Py_None) options.dispatch_table = table;
    Memo memo(Memo::kOwning);
    Engine engine(&state_of(module)->save, memo, options);
    const Ref done = Ref::steal(engine.run(object));
    if (!done) {
        if (!watching.stopped()) return nullptr;
        PyErr_Clear();
    }
    return Py_BuildValue("nO", static_cast<Py_ssize_t>(watching.visited()),
                         watching.stopped() ? Py_False : Py_True);
}

PyObject* current_trail(PyObject*, PyObject*) {
    Engine* engine = Engine::innermost_of_thread();
    return engine == nullptr ? PyList_New(0) : engine->new_trail();
}

PyObject* follow(PyObject*, PyObject* object) {
    Engine* engine = Engine::innermost_of_thread();
    Observer* observer = engine == nullptr ? nullptr : engine->observer();
    if (observer != nullptr) observer->follow(object);
    Py_RETURN_NONE;
}

PyMethodDef methods[] = {
    {"walk", method(walk), METH_VARARGS | METH_KEYWORDS,
     "walk($module, /, obj, observer, *, large=sys.maxsize, max_objects=sys.maxsize, "
     "dispatch_table=None, copies=False)\n--\n\n"
     "Walk the graph as dumps does, past what can't be saved, and tell the observer.\n\n"
     "Its methods: blocked(obj, error), again(obj) for one that was blocked before or is followed, "
     "named(obj) for "
     "functions and\nclasses, large(obj, size) for payloads of at least `large` bytes, "
     "namespace(obj)\nfor dicts of modules, "
     "secret(obj, key), shaped(obj), hashed_early(obj), far(visited) now and then, "
     "ended(where) at max_objects, write(chunk).\nReturns how many "
     "objects were "
     "met, and whether that was "
     "all."},
    {"follow", follow, METH_O,
     "follow($module, obj, /)\n--\n\n"
     "Have the observer of this thread's walk told of each further place where it meets obj."},
    {"current_trail", current_trail, METH_NOARGS,
     "current_trail($module, /)\n--\n\n"
     "Return the objects from the root to the one that this thread is pickling now."},
    {"scan", scan_stream, METH_O,
     "scan($module, data, /)\n--\n\n"
     "Read a pickle without running it: its globals and what is done with them, as a dict."},
    {"digest", digest_stream, METH_O,
     "digest($module, data, /)\n--\n\n"
     "Read a pickle without running it: 16 bytes that tell its content from any other."},
    {nullptr, nullptr, 0, nullptr},
};

int exec(PyObject* module) { return PyModule_AddFunctions(module, methods); }
int traverse(PyObject*, visitproc, void*) { return 0; }
int clear(PyObject*) { return 0; }

}  // namespace

const Part graph_part{exec, traverse, clear};

}  // namespace anypickle
