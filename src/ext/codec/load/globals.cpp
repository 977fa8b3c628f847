// Globals: find_class as `_pickle` has it, and the extension registry of copyreg.
#include <string_view>

#include "codec/load/backend.h"
#include "codec/load/changed.h"
#include "codec/load/errors.h"
#include "codec/value/state.h"
#include "common/compat.h"
#include "common/compat_make.h"
#include "common/errors.h"

namespace anypickle::load {
namespace {

/// The names that Python 2 had for what Python 3 has elsewhere, for streams of protocols 0 to 2.
bool map_python2_names(LoadState& state, Ref& module, Ref& name) {
    PyObject* names = state.table(Table::kNameMapping);
    PyObject* imports = names == nullptr ? nullptr : state.table(Table::kImportMapping);
    if (imports == nullptr) return false;
    const Ref key = Ref::steal(PyTuple_Pack(2, module.get(), name.get()));
    Ref found;
    if (!key || dict_get(names, key.get(), found.out()) < 0) return false;
    if (found) {
        if (!PyTuple_Check(found.get()) || PyTuple_GET_SIZE(found.get()) != 2) {
            PyErr_Format(PyExc_RuntimeError,
                         "_compat_pickle.NAME_MAPPING values should be 2-tuples, not %.200s",
                         Py_TYPE(found.get())->tp_name);
            return false;
        }
        module = Ref::share(PyTuple_GET_ITEM(found.get(), 0));
        name = Ref::share(PyTuple_GET_ITEM(found.get(), 1));
        if (PyUnicode_Check(module.get()) && PyUnicode_Check(name.get())) return true;
        PyErr_Format(
            PyExc_RuntimeError,
            "_compat_pickle.NAME_MAPPING values should be pairs of str, not (%.200s, %.200s)",
            Py_TYPE(module.get())->tp_name, Py_TYPE(name.get())->tp_name);
        return false;
    }
    if (dict_get(imports, module.get(), found.out()) < 0) return false;
    if (found && !PyUnicode_Check(found.get())) {
        PyErr_Format(PyExc_RuntimeError,
                     "_compat_pickle.IMPORT_MAPPING values should be strings, not %.200s",
                     Py_TYPE(found.get())->tp_name);
        return false;
    }
    if (found) module = std::move(found);
    return true;
}

PyObject* cannot_get(PyObject* module, PyObject* name) {
    if (!PyErr_Occurred())
        PyErr_Format(PyExc_AttributeError, "Can't get attribute %R on %R", name, module);
    return nullptr;
}

PyObject* plain_attribute(PyObject* module, PyObject* name) {
    if constexpr (kNewWords) return PyObject_GetAttr(module, name);
    Ref attribute;
    if (optional_attr(module, name, attribute.out()) <= 0) return cannot_get(module, name);
    return attribute.release();
}

/// module.a.b.c for the path [a, b, c], in the words of Python 3.14.
[[maybe_unused]] PyObject* resolve_path(PyObject* module, PyObject* module_name, PyObject* name,
                                        PyObject* path) {
    const Py_ssize_t length = PyList_GET_SIZE(path);
    if (length == 1) return PyObject_GetAttr(module, name);
    Ref object = Ref::share(module);
    for (Py_ssize_t i = 0; i < length && object; ++i) {
        object = Ref::steal(PyObject_GetAttr(object.get(), PyList_GET_ITEM(path, i)));
    }
    if (!object && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        ErrorHolder context;
        PyErr_Format(PyExc_AttributeError, "Can't resolve path %R on module %R", name, module_name);
        context.become_context();
    }
    return object.release();
}

/// module.a.b.c for the name "a.b.c".
PyObject* dotted_attribute(PyObject* module, PyObject* module_name, PyObject* name) {
    const Ref dot = Ref::steal(PyUnicode_FromString("."));
    const Ref path = dot ? Ref::steal(PyUnicode_Split(name, dot.get(), -1)) : Ref();
    if (!path) return nullptr;
    if constexpr (kNewWords) return resolve_path(module, module_name, name, path.get());
    const Py_ssize_t length = PyList_GET_SIZE(path.get());
    for (Py_ssize_t i = 0; i < length; ++i) {
        if (PyUnicode_CompareWithASCIIString(PyList_GET_ITEM(path.get(), i), "<locals>") == 0) {
            return local_attribute_error(module, name);
        }
    }
    Ref object = Ref::share(module);
    for (Py_ssize_t i = 0; i < length; ++i) {
        Ref attribute;
        if (optional_attr(object.get(), PyList_GET_ITEM(path.get(), i), attribute.out()) <= 0) {
            return cannot_get(module, name);
        }
        object = std::move(attribute);
    }
    return object.release();
}

/// What a compact ASCII str holds.
std::string_view ascii_text(PyObject* text) {
    return {reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(text)),
            static_cast<std::size_t>(PyUnicode_GET_LENGTH(text))};
}

/// A name without dots, and none that every module has.
bool is_plain_name(PyObject* name) {
    if (!PyUnicode_CheckExact(name) || PyUnicode_KIND(name) != PyUnicode_1BYTE_KIND) return false;
    const Py_UCS1* text = PyUnicode_1BYTE_DATA(name);
    const auto size = static_cast<std::size_t>(PyUnicode_GET_LENGTH(name));
    return size != 0 && text[0] != '<' && (text[0] != '_' || size < 2 || text[1] != '_') &&
           std::memchr(text, '.', size) == nullptr;
}

}  // namespace

/// What stands in a module that is imported and finished, under a plain name: the road of nearly
/// every global, without calling __import__. Null without an error when that road does not lead
/// there.
static PyObject* find_quickly(LoadState& state, PyObject* module_name, PyObject* name) {
    if (!is_plain_name(name)) return nullptr;
    PyObject* module = state.imports.find_finished(module_name);
    if (module == nullptr) return nullptr;
    return Py_XNewRef(PyDict_GetItemWithError(PyModule_GetDict(module), name));
}

PyObject* find_global(LoadState& state, PyObject* module_name, PyObject* global_name, int protocol,
                      bool fix_imports) {
    if (PySys_Audit("pickle.find_class", "OO", module_name, global_name) < 0) return nullptr;
    Ref module = Ref::share(module_name);
    Ref name = Ref::share(global_name);
    if (protocol < 3 && fix_imports && !map_python2_names(state, module, name)) return nullptr;
    PyObject* found = find_quickly(state, module.get(), name.get());
    if (found != nullptr || PyErr_Occurred()) return found;
    Ref imported = Ref::share(state.imports.find_finished(module.get()));
    if (!imported) {
        if (PyErr_Occurred()) return nullptr;
        imported = Ref::steal(PyImport_Import(module.get()));
    }
    if (imported)
        found = protocol >= 4 ? dotted_attribute(imported.get(), module.get(), name.get())
                              : plain_attribute(imported.get(), name.get());
    if (found == nullptr) say_what_changed("missing", {module.get(), name.get()});
    return found;
}

PyObject* Backend::find_class(PyObject* module, PyObject* name) noexcept {
    if (options_.unpickler == nullptr)
        return find_global(state_, module, name, protocol_->load(std::memory_order_relaxed),
                           options_.fix_imports);
    return PyObject_CallMethodObjArgs(options_.unpickler, state_.name(Name::kFindClass), module,
                                      name, nullptr);
}

PyObject* Backend::global(PyObject* steal_module, PyObject* steal_name) noexcept {
    const Ref module = Ref::steal(steal_module);
    const Ref name = Ref::steal(steal_name);
    return find_class(module.get(), name.get());
}

PyObject* Backend::global_lines(const char* text, std::size_t module_size,
                                std::size_t name_size) noexcept {
    const std::string_view module_text(text, module_size);
    const std::string_view name_text(text + module_size + 1, name_size);
    const GlobalNames::Pair* known = state_.global_names.find(module_text, name_text);
    if (known != nullptr) {
        // Others may take its place while this one is looked up.
        const GlobalNames::Pair pair = *known;
        if (!pair.object || options_.unpickler != nullptr) {
            return find_class(pair.module.get(), pair.name.get());
        }
        if (PySys_Audit("pickle.find_class", "OO", pair.module.get(), pair.name.get()) < 0) {
            return nullptr;
        }
        return Py_NewRef(pair.object.get());
    }
    GlobalNames::Pair pair;
    pair.module = Ref::steal(name(text, module_size, false));
    pair.name = pair.module ? Ref::steal(name(text + module_size + 1, name_size, false)) : Ref();
    if (!pair.name) return nullptr;
    Ref found = Ref::steal(find_class(pair.module.get(), pair.name.get()));
    if (!found) return nullptr;
    // What our own streams call stays where it is.
    if (rebuilder_name(state_.value, found.get()) != nullptr) pair.object = found;
    state_.global_names.add(module_text, name_text, pair);
    return found.release();
}

PyObject* Backend::stack_global(PyObject* steal_module, PyObject* steal_name) noexcept {
    const Ref module = Ref::steal(steal_module);
    const Ref name = Ref::steal(steal_name);
    if (!PyUnicode_CheckExact(module.get()) || !PyUnicode_CheckExact(name.get())) {
        return unpickling_error("STACK_GLOBAL requires str");
    }
    if (options_.unpickler != nullptr || !PyUnicode_IS_COMPACT_ASCII(module.get()) ||
        !PyUnicode_IS_COMPACT_ASCII(name.get())) {
        return find_class(module.get(), name.get());
    }
    const std::string_view module_text = ascii_text(module.get());
    const std::string_view name_text = ascii_text(name.get());
    const GlobalNames::Pair* known = state_.global_names.find(module_text, name_text);
    if (known != nullptr) {
        const GlobalNames::Pair pair = *known;  // others may take its place meanwhile
        return find_class(pair.module.get(), pair.name.get());
    }
    PyObject* found = find_class(module.get(), name.get());
    if (found != nullptr) state_.global_names.add(module_text, name_text, {module, name, Ref()});
    return found;
}

PyObject* Backend::extension(std::int64_t code) noexcept {
    PyObject* cache = state_.table(Table::kExtensionCache);
    PyObject* registry = cache == nullptr ? nullptr : state_.table(Table::kInvertedRegistry);
    const Ref key = registry == nullptr ? Ref() : Ref::steal(PyLong_FromLongLong(code));
    Ref found;
    if (!key || dict_get(cache, key.get(), found.out()) < 0) return nullptr;
    if (found) return found.release();
    Ref pair;
    if (dict_get(registry, key.get(), pair.out()) < 0) return nullptr;
    if (!pair)
        return PyErr_Format(PyExc_ValueError, "unregistered extension code %ld",
                            static_cast<long>(code));
    // Any Python code can write into the registry.
    if (!PyTuple_Check(pair.get()) || PyTuple_GET_SIZE(pair.get()) != 2 ||
        !PyUnicode_Check(PyTuple_GET_ITEM(pair.get(), 0)) ||
        !PyUnicode_Check(PyTuple_GET_ITEM(pair.get(), 1))) {
        return PyErr_Format(PyExc_ValueError, "_inverted_registry[%ld] isn't a 2-tuple of strings",
                            static_cast<long>(code));
    }
    found =
        Ref::steal(find_class(PyTuple_GET_ITEM(pair.get(), 0), PyTuple_GET_ITEM(pair.get(), 1)));
    if (!found || PyDict_SetItem(cache, key.get(), found.get()) < 0) return nullptr;
    return found.release();
}

}  // namespace anypickle::load
