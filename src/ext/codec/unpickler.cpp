#include "codec/unpickler.h"

#include <structmember.h>

#include <new>

#include "codec/load/errors.h"
#include "codec/load/functions.h"
#include "codec/load/memo_proxy.h"
#include "codec/load/options.h"
#include "codec/state.h"
#include "common/compat.h"
#include "common/compat_make.h"
#include "common/methods.h"

namespace anypickle::load {
namespace {

Unpickler* cast(PyObject* self) { return reinterpret_cast<Unpickler*>(self); }

PyObject* refuse_second_use() {
    PyErr_SetString(PyExc_RuntimeError, "Unpickler object is already in use");
    return nullptr;
}

// --- making and unmaking ---

PyObject* create(PyTypeObject* type, PyObject*, PyObject*) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self == nullptr) return nullptr;
    new (&cast(self)->memo) MemoTable<Backend>();
    new (&cast(self)->file) FileMethods();
    new (&cast(self)->protocol) std::atomic<int>(0);
    new (&cast(self)->fix_imports) std::atomic<bool>(false);
    new (&cast(self)->loading) std::atomic<bool>(false);
    return self;
}

int clear(PyObject* self) {
    Unpickler* unpickler = cast(self);
    unpickler->file.clear();
    Py_CLEAR(unpickler->buffers);
    Py_CLEAR(unpickler->encoding);
    Py_CLEAR(unpickler->errors);
    Py_CLEAR(unpickler->persistent_load);
    unpickler->memo.clear();
    return 0;
}

int traverse(PyObject* self, visitproc visit, void* arg) {
    const Unpickler* unpickler = cast(self);
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(unpickler->buffers);
    Py_VISIT(unpickler->persistent_load);
    int stopped = 0;
    unpickler->memo.each([&](std::size_t, PyObject* value) {
        stopped = visit(value, arg);
        return stopped == 0;
    });
    if (stopped != 0) return stopped;
    return unpickler->file.traverse(visit, arg);
}

void dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    (void)clear(self);
    cast(self)->memo.~MemoTable<Backend>();
    type->tp_free(self);
    Py_DECREF(type);
}

/// The file argument, and the keywords that are those of load().
PyObject* parse(PyObject* args, PyObject* keywords, LoadArguments& arguments) {
    PyObject* file = PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : nullptr;
    if (PyTuple_GET_SIZE(args) > 1) {
        return PyErr_Format(PyExc_TypeError,
                            "Unpickler() takes at most 1 positional argument (%zd given)",
                            PyTuple_GET_SIZE(args));
    }
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t at = 0; keywords != nullptr && PyDict_Next(keywords, &at, &key, &value) != 0;) {
        if (file == nullptr && PyUnicode_CompareWithASCIIString(key, "file") == 0) {
            file = value;
        } else if (!arguments.set("Unpickler", key, value)) {
            return nullptr;
        }
    }
    if (file == nullptr)
        PyErr_SetString(PyExc_TypeError, "Unpickler() missing required argument 'file' (pos 1)");
    return file;
}

int init(PyObject* self, PyObject* args, PyObject* keywords) {
    Unpickler* unpickler = cast(self);
    CoreState* state = state_of_type(Py_TYPE(self));
    LoadArguments arguments;
    PyObject* file = state == nullptr ? nullptr : parse(args, keywords, arguments);
    FileMethods methods;
    if (file == nullptr || !methods.find(state->load, file)) return -1;
    const Section section(self);
    if (unpickler->loading.exchange(true)) {
        methods.clear();
        (void)refuse_second_use();
        return -1;
    }
    if (unpickler->initialised()) (void)clear(self);
    std::swap(unpickler->file, methods);
    Py_XSETREF(unpickler->encoding, arguments.encoding.release());
    Py_XSETREF(unpickler->errors, arguments.errors.release());
    Py_XSETREF(unpickler->buffers, arguments.buffers.release());
    unpickler->fix_imports = arguments.fix_imports;
    unpickler->limited = arguments.budget.has_value();
    if (arguments.budget) unpickler->budget = *arguments.budget;
    unpickler->protocol = 0;
    unpickler->loading = false;
    return 0;
}

// --- loading ---

/// What persistent ids are given to: null without an error when the type has nothing for it.
Ref persistent_load_of(const LoadState& state, PyObject* self, bool& ok) {
    ok = true;
    // No subclass, so nothing but what was set: no AttributeError is made for nothing.
    if (Py_IS_TYPE(self, state.unpickler_type)) return Ref::share(cast(self)->persistent_load);
    Ref function;
    ok = optional_attr(self, state.name(Name::kPersistentLoad), function.out()) >= 0;
    return function;
}

PyObject* load(PyObject* self, PyObject*) {
    Unpickler* unpickler = cast(self);
    CoreState* core = state_of_type(Py_TYPE(self));
    if (core == nullptr) return nullptr;
    LoadState& state = core->load;
    const Section section(self);
    if (!unpickler->initialised()) {
        return unpickling_error("Unpickler.__init__() was not called by %s.__init__()",
                                Py_TYPE(self)->tp_name);
    }
    bool ok = true;
    const Ref persistent = persistent_load_of(state, self, ok);
    if (!ok) return nullptr;

    Options options;
    options.fix_imports = unpickler->fix_imports;
    if (unpickler->encoding != nullptr) options.encoding = PyUnicode_AsUTF8(unpickler->encoding);
    if (unpickler->errors != nullptr) options.errors = PyUnicode_AsUTF8(unpickler->errors);
    options.buffers = unpickler->buffers;
    options.persistent_load = persistent.get();
    if (unpickler->limited) options.budget = &unpickler->budget;
    if (!Py_IS_TYPE(self, state.unpickler_type)) options.unpickler = self;

    if (unpickler->loading.exchange(true)) return refuse_second_use();
    const Ref alive = Ref::share(self);
    PyObject* result = nullptr;
    {
        Source source;
        source.open_file(state, &unpickler->file);
        result = run(state, options, source, unpickler->memo, &unpickler->protocol);
    }
    unpickler->loading = false;
    return result;
}

PyObject* find_class(PyObject* self, PyObject* const* args, Py_ssize_t count) {
    if (count != 2)
        return PyErr_Format(PyExc_TypeError, "find_class expected 2 arguments, got %zd", count);
    CoreState* state = state_of_type(Py_TYPE(self));
    if (state == nullptr) return nullptr;
    const Unpickler* unpickler = cast(self);
    return find_global(state->load, args[0], args[1], unpickler->protocol, unpickler->fix_imports);
}

PyObject* size_of(PyObject* self, PyObject*) {
    const Section section(self);
    return PyLong_FromSize_t(static_cast<std::size_t>(Py_TYPE(self)->tp_basicsize) +
                             cast(self)->memo.footprint());
}

// --- persistent_load: an attribute before Python 3.13, a method that an attribute can hide since
// ---

[[maybe_unused]] PyObject* get_persistent_load(PyObject* self, void*) {
    PyObject* function = cast(self)->persistent_load;
    if (function == nullptr) PyErr_SetString(PyExc_AttributeError, "persistent_load");
    return Py_XNewRef(function);
}

[[maybe_unused]] int set_persistent_load(PyObject* self, PyObject* value, void*) {
    if (value == nullptr) {
        PyErr_SetString(PyExc_TypeError, "attribute deletion is not supported");
        return -1;
    }
    if (!PyCallable_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "persistent_load must be a callable taking one argument");
        return -1;
    }
    Py_XSETREF(cast(self)->persistent_load, Py_NewRef(value));
    return 0;
}

[[maybe_unused]] PyObject* default_persistent_load(PyObject*, PyObject*) {
    return unpickling_error(
        "A load persistent id instruction was encountered, "
        "but no persistent_load function was specified.");
}

[[maybe_unused]] PyObject* get_attribute(PyObject* self, PyObject* name) {
    if (PyUnicode_CompareWithASCIIString(name, "persistent_load") == 0) {
        const Section section(self);
        if (PyObject* function = cast(self)->persistent_load; function != nullptr)
            return Py_NewRef(function);
    }
    return PyObject_GenericGetAttr(self, name);
}

[[maybe_unused]] int set_attribute(PyObject* self, PyObject* name, PyObject* value) {
    if (PyUnicode_CompareWithASCIIString(name, "persistent_load") == 0) {
        const Section section(self);
        Py_XSETREF(cast(self)->persistent_load, Py_XNewRef(value));
        return 0;
    }
    return PyObject_GenericSetAttr(self, name, value);
}

// --- the type ---

PyMethodDef methods[] = {
    {"load", load, METH_NOARGS,
     PyDoc_STR("load($self, /)\n--\n\nRead the next pickle from the file and return the object "
               "that it stands for.")},
    {"find_class", method(find_class), METH_FASTCALL,
     PyDoc_STR("find_class($self, module_name, global_name, /)\n--\n\n"
               "Return an object from a module, importing it if need be.\n\n"
               "Called for every class and function that a pickle names; override it to say which "
               "may be loaded.")},
#if PY_VERSION_HEX >= 0x030D0000
    {"persistent_load", default_persistent_load, METH_O,
     PyDoc_STR("persistent_load($self, pid, /)\n--\n\nReturn the object that a persistent id "
               "stands for.")},
#endif
    {"__sizeof__", size_of, METH_NOARGS,
     PyDoc_STR("__sizeof__($self, /)\n--\n\nReturns size in memory, in bytes.")},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef attributes[] = {
    {"memo", get_memo, set_memo, PyDoc_STR("What GET opcodes refer to; kept from load to load."),
     nullptr},
#if PY_VERSION_HEX < 0x030D0000
    {"persistent_load", get_persistent_load, set_persistent_load,
     PyDoc_STR("The callable that persistent ids are given to."), nullptr},
#endif
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyDoc_STRVAR(type_doc,
             "Unpickler(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=(), "
             "budget=None)\n"
             "--\n"
             "\n"
             "Reads pickles from a binary file.\n"
             "\n"
             "The file needs read() and readline(); readinto() and peek() are used if it has\n"
             "them. The other arguments are those of loads(). With a budget each pickle stands\n"
             "for itself: one that refers to what an earlier one had is refused.");

PyType_Slot slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(create)},
    {Py_tp_init, reinterpret_cast<void*>(init)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {Py_tp_methods, methods},
    {Py_tp_getset, attributes},
#if PY_VERSION_HEX >= 0x030D0000
    {Py_tp_getattro, reinterpret_cast<void*>(get_attribute)},
    {Py_tp_setattro, reinterpret_cast<void*>(set_attribute)},
#endif
    {Py_tp_doc, const_cast<char*>(type_doc)},
    {0, nullptr},
};

PyType_Spec spec = {
    "anypickle._core.Unpickler",
    sizeof(Unpickler),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    slots,
};

}  // namespace

PyTypeObject* add_unpickler_type(PyObject* module) {
    Ref type = Ref::steal(PyType_FromModuleAndSpec(module, &spec, nullptr));
    if (!type || PyModule_AddObjectRef(module, "Unpickler", type.get()) < 0) return nullptr;
    return reinterpret_cast<PyTypeObject*>(type.release());
}

}  // namespace anypickle::load
