// dumps and dump, and the small functions that the Python side of the house calls.
#include <string>

#include "codec/pickler.h"
#include "codec/save/arguments.h"
#include "codec/save/quick_dump.h"
#include "codec/save/registry.h"
#include "codec/save/trail.h"
#include "codec/state.h"
#include "codec/value/namespaces.h"
#include "common/errors.h"
#include "common/methods.h"

namespace anypickle {

bool set_protocol(PyObject* protocol, bool fix_imports, SaveOptions* options) {
    long number = kDefaultProtocol;
    if (protocol != nullptr && protocol != Py_None) {
        number = PyLong_AsLong(protocol);
        if (number == -1 && PyErr_Occurred() != nullptr) return false;
        if (number < 0) {
            number = kHighestProtocol;
        } else if (number > kHighestProtocol) {
            PyErr_Format(PyExc_ValueError, "pickle protocol must be <= %d", kHighestProtocol);
            return false;
        }
    }
    options->protocol = static_cast<int>(number);
    options->bin = number > 0;
    options->fix_imports = fix_imports && number < 3;
    return true;
}

bool set_buffer_callback(PyObject* callback, SaveOptions* options) {
    options->buffer_callback = callback == Py_None ? nullptr : callback;
    if (options->buffer_callback != nullptr && options->protocol < 5) {
        PyErr_SetString(PyExc_ValueError, "buffer_callback needs protocol >= 5");
        return false;
    }
    return true;
}

PyObject* new_file_write(SaveState* state, PyObject* file) {
    Ref write;
    if (optional_attr(file, state->names.write, write.out()) < 0) return nullptr;
    if (!write) PyErr_SetString(PyExc_TypeError, "file must have a 'write' attribute");
    return write.release();
}

namespace {

/// The parameters of dumps (without file) and dump, in the order of their positions.
struct Call {
    PyObject* obj = nullptr;
    PyObject* file = nullptr;
    PyObject* protocol = nullptr;
    PyObject* fix_imports = nullptr;
    PyObject* buffer_callback = nullptr;
    PyObject* channel = nullptr;  ///< With policies: of the crossing that the call makes.
    PyObject* policies = nullptr;
};

/// Sorts a vector call into its parameters. False with TypeError set.
bool parse_call(const char* function, bool has_file, PyObject* const* args, Py_ssize_t count,
                PyObject* names, Call* call) {
    struct Parameter {
        const char* name;
        PyObject** target;
    };
    const Parameter all[] = {{"obj", &call->obj},
                             {"file", &call->file},
                             {"protocol", &call->protocol},
                             {"fix_imports", &call->fix_imports},
                             {"buffer_callback", &call->buffer_callback},
                             {"channel", &call->channel},
                             {"policies", &call->policies}};
    const Py_ssize_t most = has_file ? 3 : 2;
    if (count > most) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %zd positional arguments (%zd given)",
                     function, most, count);
        return false;
    }
    PyObject** positional[] = {&call->obj, has_file ? &call->file : &call->protocol,
                               &call->protocol};
    for (Py_ssize_t i = 0; i < count; ++i) *positional[i] = args[i];
    const Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    for (Py_ssize_t i = 0; i < named; ++i) {
        PyObject* name = PyTuple_GET_ITEM(names, i);
        const Parameter* found = nullptr;
        for (const Parameter& parameter : all) {
            if (!has_file && parameter.target == &call->file) continue;
            if (PyUnicode_CompareWithASCIIString(name, parameter.name) == 0) found = &parameter;
        }
        if (found == nullptr) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument %R", function,
                         name);
            return false;
        }
        if (*found->target != nullptr) {
            PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument %R", function,
                         name);
            return false;
        }
        *found->target = args[count + i];
    }
    if (call->obj == nullptr || (has_file && call->file == nullptr)) {
        PyErr_Format(PyExc_TypeError, "%s() missing required argument '%s'", function,
                     call->obj == nullptr ? "obj" : "file");
        return false;
    }
    return true;
}

PyObject* dump_once(PyObject* module, const Call& call) {
    const Ref hold = Ref::share(kCallsLend ? call.obj : nullptr);  // the caller may hold it
    SaveState* state = &state_of(module)->save;
    const int fix_imports = call.fix_imports == nullptr ? 1 : PyObject_IsTrue(call.fix_imports);
    if (fix_imports < 0) return nullptr;
    SaveOptions options;
    if (!set_protocol(call.protocol, fix_imports != 0, &options)) return nullptr;
    Ref write;
    if (call.file != nullptr) {
        write = Ref::steal(new_file_write(state, call.file));
        if (!write) return nullptr;
        options.write = write.get();
    }
    if (!set_buffer_callback(call.buffer_callback, &options)) return nullptr;
    PyObject* stream = nullptr;
    if (!dump_quickly(state, *state->quick_memo, call.obj, options, &stream)) return nullptr;
    if (stream != nullptr) return write ? write_pieces(write.get(), stream) : stream;
    Memo memo(Memo::kOwning);
    Engine engine(state, memo, options);
    return engine.run(call.obj);
}

/// anypickle.crossing.crossing(channel, root=obj, policies=policies), entered. New reference.
PyObject* new_crossing(const Call& call) {
    const Ref module = Ref::steal(PyImport_ImportModule("anypickle.crossing"));
    Ref channel = Ref::share(call.channel);
    if (module && (!channel || channel.get() == Py_None)) {
        const Ref current = Ref::steal(PyObject_CallMethod(module.get(), "current", nullptr));
        channel = Ref::steal(current ? PyObject_GetAttrString(current.get(), "channel") : nullptr);
    }
    if (!module || !channel) return nullptr;
    const Ref begin = Ref::steal(PyObject_GetAttrString(module.get(), "crossing"));
    const Ref args = Ref::steal(PyTuple_Pack(1, channel.get()));
    const Ref options =
        Ref::steal(Py_BuildValue("{s:O,s:O}", "root", call.obj, "policies",
                                 call.policies == nullptr ? Py_None : call.policies));
    if (!begin || !args || !options) return nullptr;
    Ref crossing = Ref::steal(PyObject_Call(begin.get(), args.get(), options.get()));
    const Ref entered =
        Ref::steal(crossing ? PyObject_CallMethod(crossing.get(), "__enter__", nullptr) : nullptr);
    return entered ? crossing.release() : nullptr;
}

PyObject* dump_across(PyObject* module, const Call& call) {
    const bool plain = (call.channel == nullptr || call.channel == Py_None) &&
                       (call.policies == nullptr || call.policies == Py_None);
    if (plain) return dump_once(module, call);
    const Ref crossing = Ref::steal(new_crossing(call));
    if (!crossing) return nullptr;
    Ref result = Ref::steal(dump_once(module, call));
    ErrorHolder error;
    const Ref left = Ref::steal(
        PyObject_CallMethod(crossing.get(), "__exit__", "OOO", Py_None, Py_None, Py_None));
    if (!result) {
        PyErr_Clear();
        error.restore();
        return nullptr;
    }
    return left ? result.release() : nullptr;
}

PyObject* dumps(PyObject* module, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    Call call;
    if (!parse_call("dumps", false, args, count, names, &call)) return nullptr;
    return dump_across(module, call);
}

PyObject* dump(PyObject* module, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    Call call;
    if (!parse_call("dump", true, args, count, names, &call)) return nullptr;
    return dump_across(module, call);
}

PyObject* registry_changed(PyObject* module, PyObject*) {
    CoreState* state = state_of(module);
    if (!forget_registry(&state->save) || !forget_modules(&state->value)) return nullptr;
    Py_RETURN_NONE;
}

PyObject* current_path(PyObject*, PyObject*) {
    Engine* engine = Engine::innermost_of_thread();
    if (engine == nullptr) Py_RETURN_NONE;
    const std::string path = Trail(*engine, nullptr).path();
    return PyUnicode_DecodeUTF8(path.data(), static_cast<Py_ssize_t>(path.size()), "replace");
}

PyMethodDef methods[] = {
    {"dumps", method(dumps), METH_FASTCALL | METH_KEYWORDS,
     "dumps($module, /, obj, protocol=None, *, fix_imports=True, buffer_callback=None, "
     "channel=None, policies=None)"
     "\n--\n\nReturn the pickled representation of the object as a bytes object.\n\n"
     "channel and policies say how it crosses; by default as in the crossing that is under way, or "
     "as bytes."},
    {"dump", method(dump), METH_FASTCALL | METH_KEYWORDS,
     "dump($module, /, obj, file, protocol=None, *, fix_imports=True, buffer_callback=None, "
     "channel=None, policies=None)"
     "\n--\n\nWrite the pickled representation of the object to the open file."},
    {"registry_changed", registry_changed, METH_NOARGS,
     "registry_changed($module, /)\n--\n\nForget what the registry has answered: its contents have "
     "changed."},
    {"current_path", current_path, METH_NOARGS,
     "current_path($module, /)\n--\n\n"
     "Return the path expression of the object that this thread is pickling now, or None."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

int add_save_functions(PyObject* module) { return PyModule_AddFunctions(module, methods); }

}  // namespace anypickle
