#include "codec/save/reduce_value.h"

#include <string>

#include "common/compat.h"

namespace anypickle {
namespace {

/// What an error says of an object's type: the object for %T, the name of its type for %s.
const void* type_argument(PyObject* object) {
    return kNewWords ? static_cast<const void*>(object) : Py_TYPE(object)->tp_name;
}

/// Raises `said`, followed by `what_it_is` of the object. Returns false.
bool refuse(PyObject* error, const char* said, const char* what_it_is, PyObject* object) {
    PyErr_Format(error, std::string(said).append(what_it_is).c_str(), object);
    return false;
}

/// Whether a name is an interned one: mostly the same object, or of another length.
bool is_same_text(PyObject* name, PyObject* interned) {
    return name == interned || (PyUnicode_GET_LENGTH(name) == PyUnicode_GET_LENGTH(interned) &&
                                PyUnicode_Compare(name, interned) == 0);
}

bool check_newobj_ex(PyObject* error, PyObject* args) {
    if (PyTuple_GET_SIZE(args) != 3) {
        PyErr_Format(error,
                     kNewWords
                         ? "__newobj_ex__ expected 3 arguments, got %zd"
                         : "length of the NEWOBJ_EX argument tuple must be exactly 3, not %zd",
                     PyTuple_GET_SIZE(args));
        return false;
    }
    static constexpr const char* kOrdinals[] = {"first", "second", "third"};
    static constexpr const char* kKinds[] = {"class", "tuple", "dict"};
    for (Py_ssize_t i = 0; i < 3; ++i) {
        PyObject* item = PyTuple_GET_ITEM(args, i);
        const int right = i == 0   ? PyType_Check(item)
                          : i == 1 ? PyTuple_Check(item)
                                   : PyDict_Check(item);
        if (right != 0) continue;
        PyErr_Format(error,
                     kNewWords ? "%s argument to __newobj_ex__() must be a %s, not %T"
                               : "%s item from NEWOBJ_EX argument tuple must be a %s, not %.200s",
                     kOrdinals[i], kKinds[i], type_argument(item));
        return false;
    }
    return true;
}

/// Before protocol 4 keywords reach __new__ through functools.partial(cls.__new__, cls, *args,
/// **kwargs).
PyObject* new_partial(SaveState* state, PyObject* newobj_args) {
    PyObject* cls = PyTuple_GET_ITEM(newobj_args, 0);
    PyObject* args = PyTuple_GET_ITEM(newobj_args, 1);
    const Ref functools = Ref::steal(PyImport_ImportModule("functools"));
    const Ref partial =
        Ref::steal(functools ? PyObject_GetAttrString(functools.get(), "partial") : nullptr);
    const Ref create = Ref::steal(partial ? PyObject_GetAttr(cls, state->names.attr_new) : nullptr);
    const Ref head = Ref::steal(create ? PyTuple_Pack(2, create.get(), cls) : nullptr);
    const Ref all = Ref::steal(head ? PySequence_Concat(head.get(), args) : nullptr);
    return all ? PyObject_Call(partial.get(), all.get(), PyTuple_GET_ITEM(newobj_args, 2))
               : nullptr;
}

/// The name that a callable says it has; null (without an error) for none, or for one that is no
/// function of copyreg's. False with an error.
bool name_of(SaveState* state, PyObject* callable, Ref* name) {
    // Most are classes; asking each for its name takes as long as writing the object.
    if (Py_IS_TYPE(callable, &PyType_Type)) {
        if (PyType_HasFeature(reinterpret_cast<PyTypeObject*>(callable), Py_TPFLAGS_HEAPTYPE))
            *name = Ref::share(reinterpret_cast<PyHeapTypeObject*>(callable)->ht_name);
        return true;
    }
    if (PyFunction_Check(callable)) {
        *name = Ref::share(reinterpret_cast<PyFunctionObject*>(callable)->func_name);
        return true;
    }
    return optional_attr(callable, state->names.attr_name, name->out()) >= 0;
}

bool check_newobj(SaveState* state, PyObject* args, PyObject* object) {
    if (PyTuple_GET_SIZE(args) < 1) {
        PyErr_SetString(state->pickling_error,
                        kNewWords ? "__newobj__ expected at least 1 argument, got 0"
                                  : "__newobj__ arglist is empty");
        return false;
    }
    PyObject* cls = PyTuple_GET_ITEM(args, 0);
    if (!PyType_Check(cls)) {
        PyErr_Format(state->pickling_error,
                     kNewWords ? "first argument to __newobj__() must be a class, not %T"
                               : "args[0] from __newobj__ args is not a type",
                     cls);
        return false;
    }
    if (object == nullptr) return true;
    Ref object_class;
    const int found = optional_attr(object, state->names.attr_class, object_class.out());
    if (found < 0) return false;
    if (found == 0) object_class = Ref::share(reinterpret_cast<PyObject*>(Py_TYPE(object)));
    // A class that says it is another, as those of unittest.mock do, is made as what it is.
    if (object_class.get() != cls && reinterpret_cast<PyObject*>(Py_TYPE(object)) != cls) {
        PyErr_Format(state->pickling_error,
                     kNewWords ? "first argument to __newobj__() must be %R, not %R"
                               : "args[0] from __newobj__ args has the wrong class",
                     object_class.get(), cls);
        return false;
    }
    return true;
}

/// Which opcode makes an object of callable(*args): functions of copyreg are known by their names.
bool form_of(SaveState* state, PyObject* callable, ReduceForm* form) {
    *form = kFormCall;
    Ref name;
    if (!name_of(state, callable, &name)) return false;
    if (!name || !PyUnicode_Check(name.get())) return true;
    if (is_same_text(name.get(), state->names.newobj)) *form = kFormNewObj;
    if (is_same_text(name.get(), state->names.newobj_ex)) *form = kFormNewObjEx;
    return true;
}

}  // namespace

bool check_value(SaveState* state, PyObject* value) {
    PyObject* error = state->pickling_error;
    if (!PyTuple_Check(value)) {
        return refuse(error, "__reduce__ must return a string or tuple",
                      kNewWords ? ", not %T" : "", value);
    }
    const Py_ssize_t size = PyTuple_GET_SIZE(value);
    if (size < 2 || size > 6) {
        PyErr_SetString(error, "tuple returned by __reduce__ must contain 2 through 6 elements");
        return false;
    }
    if (PyObject* callable = PyTuple_GET_ITEM(value, 0); !PyCallable_Check(callable)) {
        return refuse(error, "first item of the tuple returned by __reduce__ must be callable",
                      kNewWords ? ", not %T" : "", callable);
    }
    if (PyObject* args = PyTuple_GET_ITEM(value, 1); !PyTuple_Check(args)) {
        return refuse(error, "second item of the tuple returned by __reduce__ must be a tuple",
                      kNewWords ? ", not %T" : "", args);
    }
    static constexpr const char* kOrdinals[] = {"fourth", "fifth"};
    for (Py_ssize_t i = 3; i <= 4; ++i) {
        PyObject* items = reduce_part(value, i);
        if (items != nullptr && !PyIter_Check(items)) {
            PyErr_Format(error,
                         kNewWords ? "%s item of the tuple returned by __reduce__ must be an "
                                     "iterator, not %T"
                                   : "%s element of the tuple returned by __reduce__ must be an "
                                     "iterator, not %s",
                         kOrdinals[i - 3], type_argument(items));
            return false;
        }
    }
    PyObject* setter = reduce_part(value, 5);
    if (setter != nullptr && !PyCallable_Check(setter)) {
        PyErr_Format(error,
                     kNewWords
                         ? "sixth item of the tuple returned by __reduce__ must be callable, not %T"
                         : "sixth element of the tuple returned by __reduce__ must be a function, "
                           "not %s",
                     type_argument(setter));
        return false;
    }
    return true;
}

bool find_form(SaveState* state, int protocol, PyObject* object, PyObject* value, ReduceForm* form,
               Ref* extra) {
    *form = kFormCall;
    if (protocol < 2) return true;
    PyObject* args = PyTuple_GET_ITEM(value, 1);
    if (!form_of(state, PyTuple_GET_ITEM(value, 0), form)) return false;
    if (*form == kFormNewObjEx) {
        if (!check_newobj_ex(state->pickling_error, args)) return false;
        if (protocol >= 4) return true;
        *form = kFormPartial;
        *extra = Ref::steal(new_partial(state, args));
        return static_cast<bool>(*extra);
    }
    if (*form == kFormNewObj) {
        if (!check_newobj(state, args, object)) return false;
        *extra = Ref::steal(PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args)));
        return static_cast<bool>(*extra);
    }
    return true;
}

}  // namespace anypickle
