#include "codec/load/functions.h"

#include "codec/load/errors.h"
#include "codec/load/limits.h"
#include "codec/load/options.h"
#include "codec/state.h"
#include "common/compat_make.h"
#include "common/methods.h"

namespace anypickle::load {
namespace {

PyDoc_STRVAR(loads_doc,
             "loads($module, data, /, *, fix_imports=True, encoding='ASCII',\n"
             "      errors='strict', buffers=(), budget=None)\n"
             "--\n"
             "\n"
             "Return the object that a pickle in memory stands for.\n"
             "\n"
             "The protocol is detected; bytes after the pickle are ignored. fix_imports maps\n"
             "names of Python 2; encoding and errors say how its 8-bit strings are decoded\n"
             "(encoding='bytes' leaves them as they are). buffers gives the out-of-band\n"
             "buffers that the pickler's buffer_callback was given. A budget is a mapping\n"
             "of limits, 'bytes', 'objects', 'depth', 'memo' and 'expansion': a pickle that\n"
             "goes over one of them is refused before anything of it is made.");

PyDoc_STRVAR(load_doc,
             "load($module, file, *, fix_imports=True, encoding='ASCII',\n"
             "     errors='strict', buffers=(), budget=None)\n"
             "--\n"
             "\n"
             "Return the object that the next pickle in a file stands for.\n"
             "\n"
             "The file needs read() and readline(); readinto() and peek() are used if it has\n"
             "them. Nothing after the pickle is read from it. Otherwise as loads().");

/// One positional argument, which may go by `name` if there is one, and the keywords of
/// LoadArguments.
PyObject* parse(const char* function, const char* name, PyObject* const* args, Py_ssize_t count,
                PyObject* keywords, LoadArguments& arguments) {
    PyObject* first = count > 0 ? args[0] : nullptr;
    if (count > 1) {
        return PyErr_Format(PyExc_TypeError, "%s() takes %s 1 positional argument (%zd given)",
                            function, name == nullptr ? "exactly" : "at most", count);
    }
    const Py_ssize_t named = keywords == nullptr ? 0 : PyTuple_GET_SIZE(keywords);
    for (Py_ssize_t i = 0; i < named; ++i) {
        PyObject* keyword = PyTuple_GET_ITEM(keywords, i);
        if (name != nullptr && first == nullptr &&
            PyUnicode_CompareWithASCIIString(keyword, name) == 0) {
            first = args[count + i];
        } else if (!arguments.set(function, keyword, args[count + i])) {
            return nullptr;
        }
    }
    if (first == nullptr) {
        if (name == nullptr) {
            PyErr_Format(PyExc_TypeError, "%s() takes exactly 1 positional argument (0 given)",
                         function);
        } else {
            PyErr_Format(PyExc_TypeError, "%s() missing required argument '%s' (pos 1)", function,
                         name);
        }
    }
    return first;
}

PyObject* loads(PyObject* module, PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
    LoadArguments arguments;
    PyObject* data = parse("loads", nullptr, args, count, keywords, arguments);
    if (data == nullptr) return nullptr;
    Source source;
    if (!source.open_buffer(data)) return nullptr;
    MemoTable<Backend> memo;
    return run(state_of(module)->load, arguments.options(), source, memo, nullptr);
}

PyObject* load(PyObject* module, PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
    LoadArguments arguments;
    PyObject* file = parse("load", "file", args, count, keywords, arguments);
    if (file == nullptr) return nullptr;
    LoadState& state = state_of(module)->load;
    FileMethods methods;
    if (!methods.find(state, file)) return nullptr;
    MemoTable<Backend> memo;
    PyObject* result = nullptr;
    {
        Source source;
        source.open_file(state, &methods);
        result = run(state, arguments.options(), source, memo, nullptr);
    }
    methods.clear();
    return result;
}

}  // namespace

PyObject* run(LoadState& state, const Options& options, Source& source, MemoTable<Backend>& memo,
              std::atomic<int>* protocol) {
    if (options.budget != nullptr) [[unlikely]]
        return run_within_budget(state, options, source, memo, protocol);
    Backend backend(state, options, protocol);
    backend.expect_all_of(source.constant());
    Machine<Backend, Source> machine(backend, source, memo, frames_are_strict());
    PyObject* result = nullptr;
    const Verdict verdict = machine.run(result);
    return verdict.ok() ? result : raise(verdict);
}

PyMethodDef functions[] = {
    {"loads", method(loads), METH_FASTCALL | METH_KEYWORDS, loads_doc},
    {"load", method(load), METH_FASTCALL | METH_KEYWORDS, load_doc},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace anypickle::load
