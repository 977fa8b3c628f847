// deepcopy of objects: by __deepcopy__, by a reducer, or directly where the class leaves both to
// `object`.
#include "codec/copy/copier.h"
#include "codec/save/names.h"
#include "codec/save/registry.h"
#include "common/compat.h"
#include "common/errors.h"
#include "common/inline_values.h"

namespace anypickle {
namespace {

PyObject* part(PyObject* value, Py_ssize_t index) {
    PyObject* item = index < PyTuple_GET_SIZE(value) ? PyTuple_GET_ITEM(value, index) : Py_None;
    return item == Py_None ? nullptr : item;
}

/// Whether an instance brings an attribute that `copy` would take for a method of its class.
bool has_own_dunder(const InlineValues& values) {
    for (Py_ssize_t i = 0; i < values.count; ++i) {
        if (values.value(i) == nullptr || is_dunder(values.key(i))) return true;
    }
    return false;
}

}  // namespace

/// As a function of `channels/deepcopy.py` copies by a recipe; NotImplemented while anypickle is
/// not installed.
PyObject* Copier::new_by_recipe(PyObject* object, PyObject* recipe, const char* name) {
    PyObject* memo = memo_dict();
    const Ref module = Ref::steal(PyImport_ImportModule("anypickle.channels.deepcopy"));
    const Ref function = Ref::steal(module ? PyObject_GetAttrString(module.get(), name) : nullptr);
    if (!function || memo == nullptr) return nullptr;
    return PyObject_CallFunctionObjArgs(function.get(), object, memo, recipe, nullptr);
}

/// By its recipe, where its own class has refused, or is not rebuilt by what its class says: an
/// exception that wants an argument by name. Null with the first error.
PyObject* Copier::new_rescued(PyObject* object, PyTypeObject* type) {
    if (!trail_.empty() || !PyErr_ExceptionMatches(PyExc_Exception) ||
        PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return nullptr;  // what it holds has failed
    }
    ErrorHolder error;
    Ref begun;
    Ref recipe;
    PyObject* twin = nullptr;
    if (PyObject_HasAttrString(error.get(), "_anypickle_trail") == 0 && find(object, &begun) &&
        !begun && find_reducer(save_, type, &recipe) > 0) {
        twin = new_by_recipe(object, recipe.get(), "in_its_place");
    }
    if (twin != nullptr && twin != Py_NotImplemented) return twin;
    Py_XDECREF(twin);
    if (PyErr_Occurred() != nullptr && !PyErr_ExceptionMatches(PyExc_Exception)) return nullptr;
    PyErr_Clear();
    error.restore();
    return nullptr;
}

PyObject* Copier::new_object(PyObject* object, PyTypeObject* type) {
    bool plain = true;
    if (PyObject* twin = new_instance(object, type, &plain); plain) return twin;
    Ref method;
    if (optional_attr(object, copy_->name_deepcopy, method.out()) < 0) return nullptr;
    if (method && method.get() != Py_None) {
        PyObject* memo = memo_dict();
        return memo == nullptr ? nullptr : PyObject_CallOneArg(method.get(), memo);
    }
    Ref value;
    if (dict_get(save_->dispatch_table, reinterpret_cast<PyObject*>(type), method.out()) < 0)
        return nullptr;
    const int given = method ? PyObject_IsTrue(method.get()) : 0;
    if (given < 0) return nullptr;
    if (given > 0) {
        value = Ref::steal(PyObject_CallOneArg(method.get(), object));
    } else if (type == &PySet_Type) {
        return new_set(object);
    } else {
        Ref recipe;
        const int known = find_reducer(save_, type, &recipe);
        if (known < 0) return nullptr;
        if (known > 0) {
            // A twin that has nothing yet may ask itself for ever: its __getattr__ needs an
            // attribute. Else the table of `copy` has all but the classes derived from its own.
            const bool asks = static_cast<bool>(type_lookup(type, copy_->name_getattr));
            Ref twin = Ref::steal(
                new_by_recipe(object, recipe.get(), asks ? "in_its_place" : "as_its_base"));
            if (twin.get() != Py_NotImplemented) return twin.release();
        }
        if (optional_attr(object, save_->names.reduce_ex, method.out()) < 0) return nullptr;
        if (method && method.get() != Py_None) {
            value = Ref::steal(PyObject_CallOneArg(method.get(), save_->protocols[4]));
        } else {
            if (optional_attr(object, save_->names.reduce, method.out()) < 0) return nullptr;
            if (!method) {
                PyErr_Format(copy_->error.get(), "un(deep)copyable object of type %S", type);
                return nullptr;
            }
            value = Ref::steal(PyObject_CallNoArgs(method.get()));
        }
    }
    if (!value) return nullptr;
    if (PyUnicode_Check(value.get())) return Py_NewRef(object);
    return new_reconstructed(object, value.get());
}

/// y = func(*args), then its state and its items, as copy._reconstruct does.
PyObject* Copier::new_reconstructed(PyObject* object, PyObject* given) {
    const Ref value = Ref::steal(PySequence_Tuple(given));
    if (!value) return nullptr;
    const Py_ssize_t size = PyTuple_GET_SIZE(value.get());
    if (size < 2 || size > 5) {
        PyErr_Format(PyExc_TypeError,
                     "_reconstruct() takes from 4 to 7 positional arguments but %zd were given",
                     size + 2);
        return nullptr;
    }
    const Ref args = Ref::steal(PySequence_Tuple(PyTuple_GET_ITEM(value.get(), 1)));
    const Ref copied = Ref::steal(args ? PyTuple_New(PyTuple_GET_SIZE(args.get())) : nullptr);
    if (!copied) return nullptr;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args.get()); ++i) {
        PyObject* item = new_copy(PyTuple_GET_ITEM(args.get(), i));
        if (item == nullptr) return nullptr;
        PyTuple_SET_ITEM(copied.get(), i, item);
    }
    Ref twin = Ref::steal(PyObject_CallObject(PyTuple_GET_ITEM(value.get(), 0), copied.get()));
    if (!twin || !note(object, twin.get())) return nullptr;
    if (PyObject* state = part(value.get(), 2); state != nullptr) {
        const Ref new_state = Ref::steal(new_copy(state));
        if (!new_state || !set_state(twin.get(), new_state.get())) return nullptr;
    }
    for (Py_ssize_t i = 3; i < 5; ++i) {
        if (part(value.get(), i) == nullptr) continue;
        const Ref items = Ref::steal(PyObject_GetIter(part(value.get(), i)));
        if (!items ||
            !(i == 3 ? append_all(twin.get(), items.get()) : set_all(twin.get(), items.get())))
            return nullptr;
    }
    return twin.release();
}

bool Copier::append_all(PyObject* twin, PyObject* items) {
    for (;;) {
        const Ref item = Ref::steal(PyIter_Next(items));
        if (!item) return PyErr_Occurred() == nullptr;
        const Ref copied = Ref::steal(new_copy(item.get()));
        if (!copied ||
            !Ref::steal(PyObject_CallMethodOneArg(twin, copy_->name_append, copied.get())))
            return false;
    }
}

bool Copier::set_all(PyObject* twin, PyObject* pairs) {
    for (;;) {
        const Ref item = Ref::steal(PyIter_Next(pairs));
        if (!item) return PyErr_Occurred() == nullptr;
        const Ref pair = Ref::steal(PySequence_Tuple(item.get()));
        if (!pair) return false;
        if (PyTuple_GET_SIZE(pair.get()) != 2) {
            PyErr_SetString(PyExc_ValueError, "dict items iterator must return pairs");
            return false;
        }
        const Ref key = Ref::steal(new_copy(PyTuple_GET_ITEM(pair.get(), 0)));
        const Ref value = Ref::steal(key ? new_copy(PyTuple_GET_ITEM(pair.get(), 1)) : nullptr);
        if (!value || PyObject_SetItem(twin, key.get(), value.get()) < 0) return false;
    }
}

bool Copier::set_state(PyObject* twin, PyObject* state) {
    Ref setter;
    if (optional_attr(twin, copy_->name_setstate, setter.out()) < 0) return false;
    if (setter) return static_cast<bool>(Ref::steal(PyObject_CallOneArg(setter.get(), state)));
    PyObject* attributes = state;
    PyObject* slots = Py_None;
    if (PyTuple_Check(state) && PyTuple_GET_SIZE(state) == 2) {
        attributes = PyTuple_GET_ITEM(state, 0);
        slots = PyTuple_GET_ITEM(state, 1);
    }
    if (attributes != Py_None) {
        const Ref dict = Ref::steal(PyObject_GetAttr(twin, copy_->name_dict));
        if (!dict || !Ref::steal(PyObject_CallMethod(dict.get(), "update", "O", attributes)))
            return false;
    }
    if (slots == Py_None) return true;
    const Ref items = Ref::steal(PyMapping_Items(slots));
    if (!items) return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.get()); ++i) {
        PyObject* pair = PyList_GET_ITEM(items.get(), i);
        if (PyObject_SetAttr(twin, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1)) < 0)
            return false;
    }
    return true;
}

/// An instance of a class that has no say in it. *plain: false if it has, and nothing has been
/// done.
PyObject* Copier::new_instance(PyObject* object, PyTypeObject* type, bool* plain) {
    *plain = false;
    if (kFreeThreaded) return nullptr;
    Plan* plan = save_->plans->find(type);
    if (plan == nullptr) plan = save_->plans->make(save_, type, object);
    if (plan == nullptr) {
        *plain = true;
        return nullptr;
    }
    if (plan->kind != PlanKind::kInstance || plan->native != Native::kObject ||
        !plan->slots.empty() || plan->dict_offset != 0 ||
        type->tp_new != PyBaseObject_Type.tp_new || type_lookup(type, copy_->name_deepcopy) ||
        type_lookup(type, copy_->name_setstate) ||
        dict_item(save_->dispatch_table, reinterpret_cast<PyObject*>(type))) {
        return nullptr;
    }
    const ItemRef own_dict = type_lookup(type, copy_->name_dict);
    if (plan->has_dict && (!own_dict || !Py_IS_TYPE(own_dict.get(), &PyGetSetDescr_Type)))
        return nullptr;
    InlineValues values;
    if (plan->has_dict &&
        (read_inline(object, &values) == Attributes::kUnknown || has_own_dunder(values)))
        return nullptr;
    if (values.dict != nullptr) {
        PyObject* key = nullptr;
        for (Py_ssize_t i = 0; PyDict_Next(values.dict, &i, &key, nullptr);) {
            if (!PyUnicode_CheckExact(key) || is_dunder(key)) return nullptr;
        }
    }
    *plain = true;
    const Ref no_args = Ref::steal(PyTuple_New(0));
    Ref twin = Ref::steal(no_args ? type->tp_new(type, no_args.get(), nullptr) : nullptr);
    if (!twin || !note(object, twin.get())) return nullptr;
    if (values.count == 0 && (values.dict == nullptr || PyDict_GET_SIZE(values.dict) == 0))
        return twin.release();
    // Copying an attribute may run code that changes the object: from here on its dict is what is
    // read. A copy whose original has no dict yet is given its attributes one by one, and so has
    // none either.
    if (values.dict == nullptr) return copy_inline(object, twin.get()) ? twin.release() : nullptr;
    const Ref state = Ref::share(values.dict);
    const Ref copied = Ref::steal(new_copy(state.get()));
    const Ref dict = Ref::steal(copied ? PyObject_GenericGetDict(twin.get(), nullptr) : nullptr);
    return dict && PyDict_Update(dict.get(), copied.get()) == 0 ? twin.release() : nullptr;
}

/// The attributes of an instance without a dict, for its twin. True when all are there.
bool Copier::copy_inline(PyObject* object, PyObject* twin) {
    InlineValues values;
    if (read_inline(object, &values) != Attributes::kInline) return false;
    const Py_ssize_t count = values.count;
    constexpr Py_ssize_t kMost = 32;
    if (count > kMost) {
        PyErr_SetString(PyExc_RuntimeError, "more attributes than shared keys can name");
        return false;
    }
    // Held at once: the object may change while they are copied.
    Ref keys[kMost];
    Ref originals[kMost];
    Py_ssize_t places[kMost];
    for (Py_ssize_t i = 0; i < count; ++i) {
        keys[i] = Ref::share(values.key(i));
        originals[i] = Ref::share(values.value(i));
        places[i] = values.index(i);
    }
    PyTypeObject* type = Py_TYPE(object);
    for (Py_ssize_t i = 0; i < count; ++i) {
        Ref copied = Ref::steal(new_copy(originals[i].get()));
        if (!copied) return false;
        // As long as nobody has touched the twin, its attributes have the places of the original's.
        InlineValues own;
        if (Py_IS_TYPE(twin, type) && read_inline(twin, &own) == Attributes::kInline &&
            own.count == i && (i == 0 || own.index(i - 1) == places[i - 1])) {
            give_inline(&own, places[i], copied.release());
            continue;
        }
        const Ref dict = Ref::steal(PyObject_GenericGetDict(twin, nullptr));
        if (!dict || PyDict_SetItem(dict.get(), keys[i].get(), copied.get()) < 0) return false;
    }
    return true;
}

}  // namespace anypickle
