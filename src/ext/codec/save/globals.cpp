// Classes, functions and whatever else goes by name: found again as an attribute of an imported
// module.
#include "codec/save/globals.h"

#include <utility>

#include "codec/save/engine.h"
#include "codec/save/registry.h"
#include "common/compat.h"
#include "common/errors.h"

namespace anypickle {
namespace {

enum GlobalStage : uint8_t { kModule, kName, kEmit };

/// Protocols below 3 are for Python 2 too: the names that things had there. New references; false
/// with an error.
bool map_names(Ref& module, Ref& name) {
    const Ref compat = Ref::steal(PyImport_ImportModule("_compat_pickle"));
    if (!compat) return false;
    const Ref names = Ref::steal(PyObject_GetAttrString(compat.get(), "REVERSE_NAME_MAPPING"));
    if (!names) return false;
    const Ref imports = Ref::steal(PyObject_GetAttrString(compat.get(), "REVERSE_IMPORT_MAPPING"));
    if (!imports) return false;
    const Ref key = Ref::steal(PyTuple_Pack(2, module.get(), name.get()));
    if (!key) return false;
    Ref found;
    if (dict_get(names.get(), key.get(), found.out()) < 0) return false;
    if (found) {
        PyObject* pair = found.get();
        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
            PyErr_Format(
                PyExc_RuntimeError,
                "_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, not %.200s",
                Py_TYPE(pair)->tp_name);
            return false;
        }
        PyObject* new_module = PyTuple_GET_ITEM(pair, 0);
        PyObject* new_name = PyTuple_GET_ITEM(pair, 1);
        if (!PyUnicode_Check(new_module) || !PyUnicode_Check(new_name)) {
            PyErr_Format(PyExc_RuntimeError,
                         "_compat_pickle.REVERSE_NAME_MAPPING values should be pairs of str, not "
                         "(%.200s, %.200s)",
                         Py_TYPE(new_module)->tp_name, Py_TYPE(new_name)->tp_name);
            return false;
        }
        module = Ref::share(new_module);
        name = Ref::share(new_name);
        return true;
    }
    if (dict_get(imports.get(), module.get(), found.out()) < 0) return false;
    if (!found) return true;
    if (!PyUnicode_Check(found.get())) {
        PyErr_Format(PyExc_RuntimeError,
                     "_compat_pickle.REVERSE_IMPORT_MAPPING values should be strings, not %.200s",
                     Py_TYPE(found.get())->tp_name);
        return false;
    }
    module = std::move(found);
    return true;
}

/// One of the two lines after GLOBAL, in the encoding of the protocol.
bool put_global_line(Output& out, PyObject* pickling_error, const char* what, PyObject* text,
                     int protocol) {
    const Ref bytes =
        Ref::steal(protocol >= 3 ? PyUnicode_AsUTF8String(text) : PyUnicode_AsASCIIString(text));
    if (!bytes) {
        if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
            ErrorHolder cause;
            if constexpr (kNewWords) {
                PyErr_Format(pickling_error,
                             "can't pickle %s identifier %R using pickle protocol %i", what, text,
                             protocol);
                cause.become_context();
            } else {
                PyErr_Format(pickling_error,
                             "can't pickle global identifier '%U' using pickle protocol %i", text,
                             protocol);
            }
        }
        return false;
    }
    return out.append(PyBytes_AS_STRING(bytes.get()), PyBytes_GET_SIZE(bytes.get())) &&
           out.append("\n", 1);
}

}  // namespace

Step Engine::save_type(PyObject* object) {
    PyObject* singleton = nullptr;
    if (object == reinterpret_cast<PyObject*>(Py_TYPE(Py_None))) singleton = Py_None;
    if (object == reinterpret_cast<PyObject*>(Py_TYPE(Py_NotImplemented)))
        singleton = Py_NotImplemented;
    if (object == reinterpret_cast<PyObject*>(Py_TYPE(Py_Ellipsis))) singleton = Py_Ellipsis;
    if (singleton != nullptr) {
        return save_call(object, reinterpret_cast<PyObject*>(&PyType_Type),
                         PyTuple_Pack(1, singleton));
    }
    return save_named(object);
}

Step Engine::save_global(PyObject* object, PyObject* given_name) {
    GlobalName global;
    if (!find_global(state_, object, given_name, &global)) return Step::kFailed;
    if (options_.protocol >= 2 && PyDict_GET_SIZE(state_->extension_registry) > 0) {
        int64_t code = 0;
        if (!extension_code(state_, object, global, &code)) return Step::kFailed;
        if (code > 0) {
            if (!out_.room()) return Step::kFailed;
            const size_t size = code <= 0xFF ? 1 : code <= 0xFFFF ? 2 : 4;
            out_.put(size == 1 ? Opcode::kExt1 : size == 2 ? Opcode::kExt2 : Opcode::kExt4);
            out_.put_little(static_cast<uint64_t>(code), size);
            return Step::kDone;
        }
    }
    if (options_.protocol >= 4) return write_global(object, global.module.get(), global.name.get());
    // A class that is found through itself would nest for ever the old way, getattr(parent, name).
    if (global.parent && (kNewWords || global.parent.get() == object)) {
        const Ref dot = Ref::steal(PyUnicode_FromString("."));
        const Ref path =
            Ref::steal(dot ? PyUnicode_Split(global.name.get(), dot.get(), -1) : nullptr);
        return path ? write_global(object, global.module.get(), path.get()) : Step::kFailed;
    }
    if (global.parent) {
        // The inner name of a class, before STACK_GLOBAL: getattr(parent, name).
        const Ref getattr = Ref::steal(builtin("getattr"));
        if (!getattr) return Step::kFailed;
        // A class that claims to be its own attribute would nest for ever.
        if (!may_nest_temporary()) return Step::kFailed;
        const Step step = save_call(object, getattr.get(),
                                    PyTuple_Pack(2, global.parent.get(), global.last_name.get()));
        if (step == Step::kPushed) count_temporary(frames_.top());
        return step;
    }
    const bool written = put_global(std::move(global.module), std::move(global.last_name));
    return written && memoize(object) ? Step::kDone : Step::kFailed;
}

/// GLOBAL with its two lines.
bool Engine::put_global(Ref module, Ref name) {
    if (options_.fix_imports && options_.protocol < 3 && !map_names(module, name)) return false;
    if (!out_.room()) return false;
    out_.put(Opcode::kGlobal);
    PyObject* error = state_->pickling_error;
    return put_global_line(out_, error, "module", module.get(), options_.protocol) &&
           put_global_line(out_, error, "global", name.get(), options_.protocol);
}

Step Engine::write_global(PyObject* object, PyObject* module, PyObject* name) {
    Frame* frame = push(FrameKind::kGlobal, object);
    if (frame == nullptr) return Step::kFailed;
    frame->source = Py_NewRef(module);
    frame->extra = Py_NewRef(name);
    return Step::kPushed;
}

/// Before protocol 4 a dotted name is getattr(getattr(GLOBAL first, second), third): as many
/// getattrs as there are dots, what they begin with, and the names one by one (since Python 3.14).
Step Engine::step_dotted_global(Frame& frame) {
    PyObject* path = frame.extra;
    const Py_ssize_t dots = PyList_GET_SIZE(path) - 1;
    for (;;) {
        const Py_ssize_t at = frame.position++;
        if (!out_.boundary() || !out_.room()) return Step::kFailed;
        if (at > 0 && at <= dots && options_.protocol < 2) out_.put(Opcode::kMark);
        if (at > dots + 1) {  // a name has been saved
            out_.put(options_.protocol < 2 ? Opcode::kTuple : Opcode::kTuple2);
            out_.put(Opcode::kReduce);
        }
        if (at == 2 * dots + 1) return memoize(frame.object) ? pop() : Step::kFailed;
        Step step = Step::kDone;
        if (at < dots) {
            const Ref getattr = Ref::steal(builtin("getattr"));
            step = getattr ? save(getattr.get()) : Step::kFailed;
        } else if (at == dots) {
            const bool written =
                put_global(Ref::share(frame.source), Ref::share(PyList_GET_ITEM(path, 0)));
            step = written ? Step::kDone : Step::kFailed;
        } else {
            step = save(PyList_GET_ITEM(path, at - dots));
        }
        if (step != Step::kDone) return step;
    }
}

Step Engine::step_global(Frame& frame) {
    if (PyList_CheckExact(frame.extra)) return step_dotted_global(frame);
    while (frame.stage != kEmit) {
        PyObject* text = frame.stage++ == kModule ? frame.source : frame.extra;
        if (!out_.boundary()) return Step::kFailed;
        if (const Step step = save(text); step != Step::kDone) return step;
    }
    if (!out_.room()) return Step::kFailed;
    out_.put(Opcode::kStackGlobal);
    return memoize(frame.object) ? pop() : Step::kFailed;
}

}  // namespace anypickle
