#include "codec/pickler.h"

#include <structmember.h>

#include <cstddef>
#include <new>

#include "codec/save/arguments.h"
#include "codec/save/quick_dump.h"
#include "codec/state.h"

namespace anypickle {
namespace {

Pickler* cast(PyObject* object) { return Pickler::cast(object); }

SaveState* save_state_of(PyObject* self) {
    CoreState* state = state_of_type(Py_TYPE(self));
    return state == nullptr ? nullptr : &state->save;
}

PyObject* new_pickler(PyTypeObject* type, PyObject*, PyObject*) {
    PyObject* object = type->tp_alloc(type, 0);
    if (object == nullptr) return nullptr;
    Pickler* self = cast(object);
    new (&self->busy) std::atomic<bool>(false);
    new (&self->memo) Memo(Memo::kOwning);
    return object;
}

int init(PyObject* object, PyObject* args, PyObject* kwargs) {
    static const char* const kNames[] = {"file", "protocol", "fix_imports", "buffer_callback",
                                         nullptr};
    PyObject* file = nullptr;
    PyObject* protocol = Py_None;
    int fix_imports = 1;
    PyObject* buffer_callback = Py_None;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O|OpO:Pickler", const_cast<char**>(kNames),
                                    &file, &protocol, &fix_imports, &buffer_callback) == 0) {
        return -1;
    }
    SaveState* state = save_state_of(object);
    if (state == nullptr) return -1;
    Pickler* self = cast(object);
    SaveOptions options;
    if (!set_protocol(protocol, fix_imports != 0, &options)) return -1;
    Ref write = Ref::steal(new_file_write(state, file));
    if (!write || !set_buffer_callback(buffer_callback, &options)) return -1;
    Ref table;
    if (optional_attr(object, state->names.dispatch_table, table.out()) < 0) return -1;
    const Section section(object);
    if (self->busy.exchange(true)) {
        PyErr_SetString(PyExc_RuntimeError,
                        "Pickler.__init__() called while the pickler is dumping");
        return -1;
    }
    self->protocol = options.protocol;
    self->bin = options.bin ? 1 : 0;
    self->fast = 0;
    self->fix_imports = options.fix_imports;
    Py_XSETREF(self->write, write.release());
    Py_XSETREF(self->buffer_callback, Py_XNewRef(options.buffer_callback));
    // Python reads this member without asking anybody.
    const Ref old_table =
        Ref::steal(std::atomic_ref<PyObject*>(self->dispatch_table).exchange(table.release()));
    self->memo.clear();
    self->busy = false;
    return 0;
}

int traverse(PyObject* object, visitproc visit, void* arg) {
    Pickler* self = cast(object);
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->write);
    Py_VISIT(self->buffer_callback);
    Py_VISIT(self->dispatch_table);
    Py_VISIT(self->persistent_id);
    Py_VISIT(self->memo.kept());
    return self->memo.each([&](const Memo::Entry& entry) {
        Py_VISIT(entry.object);
        return 0;
    });
}

int clear(PyObject* object) {
    Pickler* self = cast(object);
    Py_CLEAR(self->write);
    Py_CLEAR(self->buffer_callback);
    Py_CLEAR(self->dispatch_table);
    Py_CLEAR(self->persistent_id);
    self->memo.clear();
    return 0;
}

void dealloc(PyObject* object) {
    PyTypeObject* type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    clear(object);
    cast(object)->memo.~Memo();
    type->tp_free(object);
    Py_DECREF(type);
}

/// A hook that a subclass defines or the instance was given; null where it is absent or does
/// nothing.
bool find_hook(PyObject* object, PyObject* name, Ref* hook) {
    if (optional_attr(object, name, hook->out()) < 0) return false;
    if (*hook && PyCFunction_Check(hook->get()) &&
        PyCFunction_GET_FUNCTION(hook->get()) == no_persistent_id) {
        *hook = Ref();
    }
    return true;
}

/// Writes one more stream with the memo of a Pickler.
PyObject* dump_with(SaveState* state, Memo& memo, const SaveOptions& options, PyObject* target) {
    PyObject* stream = nullptr;
    if (memo.size() == 0 && !dump_quickly(state, memo, target, options, &stream)) return nullptr;
    if (stream == nullptr) return Engine(state, memo, options).run(target);
    return write_pieces(options.write, stream);
}

PyObject* dump(PyObject* object, PyObject* target) {
    SaveState* state = save_state_of(object);
    if (state == nullptr) return nullptr;
    Pickler* self = cast(object);
    const Section section(object);
    if (self->write == nullptr) {
        PyErr_Format(state->pickling_error, "Pickler.__init__() was not called by %s.__init__()",
                     Py_TYPE(object)->tp_name);
        return nullptr;
    }
    Ref persistent_id;
    Ref reducer_override;
    if (!find_hook(object, state->names.persistent_id, &persistent_id) ||
        !find_hook(object, state->names.reducer_override, &reducer_override)) {
        return nullptr;
    }
    if (self->busy.exchange(true)) {
        PyErr_SetString(PyExc_RuntimeError,
                        "Pickler.dump() called while the same pickler is dumping");
        return nullptr;
    }
    const Ref write = Ref::share(self->write);
    const Ref table = Ref::share(self->dispatch_table);
    const Ref callback = Ref::share(self->buffer_callback);
    SaveOptions options;
    options.protocol = self->protocol;
    options.bin = self->bin != 0;
    options.fast = self->fast != 0;
    options.fix_imports = self->fix_imports;
    options.write = write.get();
    options.persistent_id = persistent_id.get();
    options.reducer_override = reducer_override.get();
    options.dispatch_table = table.get();
    options.buffer_callback = callback.get();
    PyObject* result = dump_with(state, self->memo, options, target);
    self->busy = false;
    return result;
}

PyObject* clear_memo(PyObject* object, PyObject*) {
    const Section section(object);
    cast(object)->memo.clear();
    Py_RETURN_NONE;
}

PyObject* size_of(PyObject* object, PyObject*) {
    const Section section(object);
    const size_t size =
        static_cast<size_t>(Py_TYPE(object)->tp_basicsize) + cast(object)->memo.memory();
    return PyLong_FromSize_t(size);
}

PyObject* get_memo(PyObject* object, void*) {
    SaveState* state = save_state_of(object);
    return state == nullptr ? nullptr : new_memo_proxy(state, object);
}

int set_memo_attribute(PyObject* object, PyObject* value, void*) {
    SaveState* state = save_state_of(object);
    return state == nullptr ? -1 : set_memo(state, cast(object), value);
}

PyMethodDef default_persistent_id = {
    "persistent_id", no_persistent_id, METH_O,
    "persistent_id($self, obj, /)\n--\n\nReturn the persistent id of an object."};

PyObject* get_persistent_id(PyObject* object, void*) {
    const Section section(object);
    if (PyObject* hook = cast(object)->persistent_id; hook != nullptr) return Py_NewRef(hook);
#if PY_VERSION_HEX < 0x030D0000
    if (Py_TYPE(object) == save_state_of(object)->pickler_type) {
        PyErr_SetString(PyExc_AttributeError, "persistent_id");
        return nullptr;
    }
#endif
    return PyCFunction_New(&default_persistent_id, object);
}

int set_persistent_id(PyObject* object, PyObject* value, void*) {
    const Section section(object);
    if (value != nullptr && !PyCallable_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "persistent_id must be a callable taking one argument");
        return -1;
    }
#if PY_VERSION_HEX < 0x030D0000
    if (value == nullptr) {
        PyErr_SetString(PyExc_TypeError, "attribute deletion is not supported");
        return -1;
    }
#else
    if (value == nullptr && cast(object)->persistent_id == nullptr) {
        PyErr_SetString(PyExc_AttributeError, "persistent_id");
        return -1;
    }
#endif
    Py_XSETREF(cast(object)->persistent_id, Py_XNewRef(value));
    return 0;
}

PyMethodDef methods[] = {
    {"dump", dump, METH_O,
     "dump($self, obj, /)\n--\n\nWrite a pickled representation of the object to the file."},
    {"clear_memo", clear_memo, METH_NOARGS,
     "clear_memo($self, /)\n--\n\nForget the objects that were pickled: they are written in full "
     "again."},
    {"__sizeof__", size_of, METH_NOARGS,
     "__sizeof__($self, /)\n--\n\nReturn the size in memory, in bytes."},
    {nullptr, nullptr, 0, nullptr},
};

PyMemberDef members[] = {
    {"bin", T_INT, offsetof(Pickler, bin), 0, nullptr},
    {"fast", T_INT, offsetof(Pickler, fast), 0, nullptr},
    {"dispatch_table", T_OBJECT_EX, offsetof(Pickler, dispatch_table), 0, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyGetSetDef getset[] = {
    {"memo", get_memo, set_memo_attribute, nullptr, nullptr},
    {"persistent_id", get_persistent_id, set_persistent_id, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>(
                    "Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)\n--\n\n"
                    "Writes pickles to a file: any object that has write().")},
    {Py_tp_new, reinterpret_cast<void*>(new_pickler)},
    {Py_tp_init, reinterpret_cast<void*>(init)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, getset},
    {0, nullptr},
};

PyType_Spec spec = {
    "anypickle._core.Pickler",
    static_cast<int>(sizeof(Pickler)),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    slots,
};

}  // namespace

PyObject* no_persistent_id(PyObject*, PyObject*) { Py_RETURN_NONE; }

int add_pickler(PyObject* module, SaveState* state) {
    state->pickler_type =
        reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(module, &spec, nullptr));
    if (state->pickler_type == nullptr || PyModule_AddType(module, state->pickler_type) < 0)
        return -1;
    state->memo_proxy_type = reinterpret_cast<PyTypeObject*>(
        PyType_FromModuleAndSpec(module, &memo_proxy_spec, nullptr));
    return state->memo_proxy_type == nullptr ? -1 : 0;
}

}  // namespace anypickle
