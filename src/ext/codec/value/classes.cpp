#include "codec/value/classes.h"

#include "codec/value/crossings.h"
#include "codec/value/functions.h"
#include "codec/value/identities.h"
#include "common/compat.h"

namespace anypickle {
namespace {

/// `name` is interned, and so are the names in most classes.
bool is_named(PyObject* key, PyObject* name) {
    return key == name || (PyUnicode_CHECK_INTERNED(key) == 0 && PyUnicode_Compare(key, name) == 0);
}

bool starts_with_underscores(PyObject* name) {
    return PyUnicode_GET_LENGTH(name) > 1 && PyUnicode_READ_CHAR(name, 0) == '_' &&
           PyUnicode_READ_CHAR(name, 1) == '_';
}

/// Whether Python code made the class, or C code made it as such code would.
bool is_heap(const PyTypeObject* type) noexcept {
    return (type->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0 &&
           (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) == 0;
}

/// What a module has under a name, if it is imported, or null without an error.
ItemRef find_imported(PyObject* module, PyObject* name) noexcept {
    const ItemRef found = dict_item(PyImport_GetModuleDict(), module);
    if (!found || !PyModule_Check(found.get())) return ItemRef(nullptr);
    return dict_item(PyModule_GetDict(found.get()), name);
}

/// Whether it is the metaclass of enumerations.
bool makes_enumerations(ValueState* state, const PyTypeObject* meta) noexcept {
    const ItemRef enum_type = find_imported(state->names.enums, state->names.enum_type);
    return enum_type && PyType_Check(enum_type.get()) &&
           PyType_IsSubtype(const_cast<PyTypeObject*>(meta),
                            reinterpret_cast<PyTypeObject*>(enum_type.get())) != 0;
}

/// Whether an abstract base class has virtual subclasses, or may have.
bool has_virtual_subclasses(ValueState* state, PyObject* cls) {
    const Ref all = Ref::steal(type_dict(reinterpret_cast<PyTypeObject*>(cls)));
    if (!all || !dict_item(all.get(), state->names.abc_impl)) return !all;
    const ItemRef get_dump = find_imported(state->names.abc, state->names.get_dump);
    const Ref dump = get_dump ? Ref::steal(PyObject_CallOneArg(get_dump.get(), cls)) : Ref();
    if (!dump) PyErr_Clear();
    return !dump || !PyTuple_Check(dump.get()) || PyTuple_GET_SIZE(dump.get()) == 0 ||
           PyObject_Size(PyTuple_GET_ITEM(dump.get(), 0)) != 0;
}

/// The fingerprint of a class that `__main__` has under its name, else None. Null with the error
/// set.
Ref new_fingerprint(ValueState* state, PyObject* cls, PyObject* entry, PyObject* module) {
    if (const ItemRef known = known_fingerprint(state, cls, entry, module); known) {
        return Ref::share(known.get());
    }
    const Ref helpers = Ref::steal(PyImport_ImportModule("anypickle.reducers.classes"));
    if (!helpers) return Ref();
    const Ref found =
        Ref::steal(PyObject_CallMethod(helpers.get(), "fingerprint_of", "OO", cls, entry));
    return found;
}

/// Sorts the attributes of a class into those that it is born with and those that follow.
class Parts {
  public:
    Parts(ValueState* state, PyObject* cls) : state_(state), cls_(cls) {}

    /// False with or without an error; without one the class is not ordinary.
    bool sort(PyObject* module) {
        const ValueNames& names = state_->names;
        birth_ = Ref::steal(PyDict_New());
        later_ = Ref::steal(PyDict_New());
        const Ref all = Ref::steal(type_dict(reinterpret_cast<PyTypeObject*>(cls_)));
        if (!all || !birth_ || !later_ || PyDict_SetItem(birth_.get(), names.module, module) < 0 ||
            PyDict_SetItem(birth_.get(), names.qualname,
                           reinterpret_cast<PyHeapTypeObject*>(cls_)->ht_qualname) < 0) {
            return false;
        }
        PyObject* key = nullptr;
        PyObject* value = nullptr;
        const Ref still = new_still(all.get());
        if (!still) return false;
        for (Py_ssize_t i = 0; PyDict_Next(still.get(), &i, &key, &value) != 0;) {
            if (!place(key, value)) return false;
        }
        return true;
    }

    [[nodiscard]] PyObject* birth() const noexcept { return birth_.get(); }
    [[nodiscard]] PyObject* later() const noexcept { return later_.get(); }

  private:
    bool place(PyObject* key, PyObject* value) {
        switch (place_of(state_, cls_, key, value)) {
            case AttributePlace::kNowhere:
                return true;
            case AttributePlace::kBirth:
                return PyDict_SetItem(birth_.get(), key, value) == 0;
            case AttributePlace::kLater:
                return PyDict_SetItem(later_.get(), key, value) == 0;
            case AttributePlace::kAnnotations: {
                const int differ = annotations_differ(annotate().get(), value);
                return differ == 0 || (differ > 0 && PyDict_SetItem(later_.get(), key, value) == 0);
            }
            case AttributePlace::kNotOrdinary:
                return false;
        }
        Py_UNREACHABLE();
    }

    /// What computes the annotations of the class, or null.
    [[nodiscard]] Ref annotate() const {
        Ref all = Ref::steal(type_dict(reinterpret_cast<PyTypeObject*>(cls_)));
        Ref found;
        for (PyObject* name : {state_->names.annotate_func, state_->names.annotate}) {
            if (!found && all && dict_get(all.get(), name, found.out()) < 0) PyErr_Clear();
        }
        return found;
    }

    ValueState* state_;
    PyObject* cls_;
    Ref birth_;
    Ref later_;
};

}  // namespace

AttributePlace place_of(ValueState* state, PyObject* cls, PyObject* key, PyObject* value) {
    if (!PyUnicode_Check(key)) return AttributePlace::kNotOrdinary;
    const PyTypeObject* type = Py_TYPE(value);
    if ((type == &PyGetSetDescr_Type || type == &PyMemberDescr_Type) &&
        (reinterpret_cast<PyObject*>(PyDescr_TYPE(value)) == cls ||
         PyUnicode_CompareWithASCIIString(key, "__dict__") == 0 ||
         PyUnicode_CompareWithASCIIString(key, "__weakref__") == 0)) {
        // Comes with the slots; as of 3.15 all classes have the same two.
        return AttributePlace::kNowhere;
    }
    // What only C code gives a class: there is no source of it to send.
    if ((type == &PyWrapperDescr_Type || type == &PyMethodDescr_Type ||
         type == &PyClassMethodDescr_Type) &&
        reinterpret_cast<PyObject*>(PyDescr_TYPE(value)) == cls) {
        return AttributePlace::kNotOrdinary;
    }
    const ValueNames& names = state->names;
    PyTypeObject* meta = Py_TYPE(cls);
    if (meta != &PyType_Type) {
        if (is_named(key, names.abc_impl)) return AttributePlace::kNowhere;
    } else if (!starts_with_underscores(key)) {
        return AttributePlace::kLater;
    }
    if (is_named(key, names.module) || is_named(key, names.slotnames)) {
        return AttributePlace::kNowhere;
    }
    if (is_named(key, names.annotations_cache)) return AttributePlace::kAnnotations;
    if (is_named(key, names.doc)) {
        return value == Py_None         ? AttributePlace::kNowhere
               : PyUnicode_Check(value) ? AttributePlace::kBirth
                                        : AttributePlace::kLater;
    }
    if (is_named(key, names.slots)) {
        const bool lasting = PyUnicode_Check(value) || PyTuple_Check(value) ||
                             PyList_Check(value) || PyDict_Check(value);
        return lasting ? AttributePlace::kBirth : AttributePlace::kNotOrdinary;
    }
    // Setting an attribute of such a name would set something of the type's: not ordinary.
    const ItemRef usual = type_lookup(meta, key);
    if (usual && Py_TYPE(usual.get())->tp_descr_set != nullptr &&
        !is_named(key, names.annotations) && !is_named(key, names.annotate) &&
        !is_named(key, names.type_params) && !is_named(key, names.abstract_methods)) {
        return AttributePlace::kNotOrdinary;
    }
    return AttributePlace::kLater;
}

bool count_changes(ValueState* state, PyObject* cls, PyObject* entry) {
    const unsigned version =
        type_version(reinterpret_cast<PyTypeObject*>(cls), state->names.module);
    const ItemRef known = list_item(entry, kEntryVersion);
    if (known.get() != Py_None && version != 0 && PyLong_AsUnsignedLong(known.get()) == version) {
        return true;
    }
    if (PyErr_Occurred() != nullptr) return false;
    if (known.get() != Py_None) {
        const long changes = PyLong_AsLong(list_item(entry, kEntryChanges).get());
        PyObject* more = PyLong_FromLong(changes + 1);
        if (more == nullptr) return false;
        PyList_SetItem(entry, kEntryChanges, more);
        PyList_SetItem(entry, kEntryFingerprint, Py_NewRef(Py_None));
    }
    PyObject* number = PyLong_FromUnsignedLong(version);
    return number != nullptr && PyList_SetItem(entry, kEntryVersion, number) == 0;
}

ItemRef known_fingerprint(ValueState* state, PyObject* cls, PyObject* entry, PyObject* module) {
    if (!is_named(module, state->names.main) && !is_named(module, state->names.mp_main)) {
        return lent(Py_None);
    }
    if (ItemRef known = list_item(entry, kEntryFingerprint); known.get() != Py_None) return known;
    const ItemRef home = dict_item(PyImport_GetModuleDict(), module);
    if (!home || !PyModule_CheckExact(home.get())) return ItemRef(nullptr);
    const Ref qualname = Ref::share(reinterpret_cast<PyHeapTypeObject*>(cls)->ht_qualname);
    const Py_ssize_t size = PyUnicode_GET_LENGTH(qualname.get());
    if (PyUnicode_FindChar(qualname.get(), '<', 0, size, 1) >= 0) return lent(Py_None);
    if (PyUnicode_FindChar(qualname.get(), '.', 0, size, 1) >= 0) return ItemRef(nullptr);
    const ItemRef there = dict_item(PyModule_GetDict(home.get()), qualname.get());
    // A module may have a __getattr__; no program means it to make up its classes anew.
    const bool unknown = there.get() == cls || PyErr_Occurred() != nullptr;
    return unknown ? ItemRef(nullptr) : lent(Py_None);
}

bool is_ordinary(ValueState* state, PyObject* cls) {
    const PyTypeObject* meta = Py_TYPE(cls);
    if (!PyType_Check(cls) || !is_heap(reinterpret_cast<PyTypeObject*>(cls))) return false;
    return meta == &PyType_Type || (is_heap(meta) && !makes_enumerations(state, meta) &&
                                    !has_virtual_subclasses(state, cls));
}

bool is_enumeration(ValueState* state, PyObject* cls) noexcept {
    return Py_TYPE(cls) != &PyType_Type && PyType_Check(cls) &&
           is_heap(reinterpret_cast<PyTypeObject*>(cls)) && is_heap(Py_TYPE(cls)) &&
           makes_enumerations(state, Py_TYPE(cls));
}

bool prepare_identity(ValueState* state, PyObject* cls) {
    const Ref entry = new_entry(state, cls);
    if (!entry || !count_changes(state, cls, entry.get())) return false;
    const Ref all = Ref::steal(type_dict(reinterpret_cast<PyTypeObject*>(cls)));
    Ref module;
    if (!all || dict_get(all.get(), state->names.module, module.out()) < 0) return false;
    return !module || !PyUnicode_Check(module.get()) ||
           new_fingerprint(state, cls, entry.get(), module.get());
}

Ref new_class_value(ValueState* state, PyObject* cls) {
    auto* type = reinterpret_cast<PyTypeObject*>(cls);
    if (!is_ordinary(state, cls)) return Ref();
    const Ref all = Ref::steal(type_dict(type));
    Ref module;
    if (!all || dict_get(all.get(), state->names.module, module.out()) < 0) return Ref();
    if (!module || !PyUnicode_Check(module.get()) ||
        PyUnicode_CompareWithASCIIString(module.get(), "builtins") == 0) {
        return Ref();
    }
    const int hashed = hashes(state);
    Parts parts(state, cls);
    if (hashed != 0 || !parts.sort(module.get())) return Ref();
    const Ref entry = new_entry(state, cls);
    if (!entry || !count_changes(state, cls, entry.get())) return Ref();
    // Where another thread may change the class at any moment: nothing older than the count says.
    if (kFreeThreaded && !parts.sort(module.get())) return Ref();
    const Ref fingerprint = new_fingerprint(state, cls, entry.get(), module.get());
    if (!fingerprint) return Ref();
    const Ref bases = Ref::share(type->tp_bases);
    const bool plain =
        PyTuple_GET_SIZE(bases.get()) == 1 &&
        PyTuple_GET_ITEM(bases.get(), 0) == reinterpret_cast<PyObject*>(&PyBaseObject_Type);
    const Ref none = plain ? Ref::steal(PyTuple_New(0)) : bases;
    if (!none) return Ref();
    PyObject* meta = reinterpret_cast<PyObject*>(Py_TYPE(cls));
    if (Py_TYPE(cls) == &PyType_Type) meta = Py_None;
    const Ref args = Ref::steal(
        PyTuple_Pack(6, list_item(entry.get(), kEntryToken).get(), fingerprint.get(), meta,
                     reinterpret_cast<PyHeapTypeObject*>(cls)->ht_name, none.get(), parts.birth()));
    const Ref content = Ref::steal(
        PyTuple_Pack(3, list_item(entry.get(), kEntryChanges).get(), Py_None, parts.later()));
    if (!args || !content) return Ref();
    return Ref::steal(PyTuple_Pack(6, state->rebuild[kRebuildNewClass], args.get(), content.get(),
                                   Py_None, Py_None, state->rebuild[kRebuildFillClass]));
}

PyObject* new_class(ValueState* state, PyObject* const* args, Py_ssize_t count) {
    if (count != 6) {
        PyErr_SetString(PyExc_TypeError, "new_class() takes 6 arguments");
        return nullptr;
    }
    if (Ref found = find_class_of(state, args[0]); found) return found.release();
    if (PyErr_Occurred() != nullptr) return nullptr;
    const Ref module = Ref::steal(PyImport_ImportModule("anypickle._classes"));
    if (!module) return nullptr;
    PyObject* metaclass = args[2] == Py_None ? reinterpret_cast<PyObject*>(&PyType_Type) : args[2];
    return PyObject_CallMethod(module.get(), "arrive", "OOOOOO", args[0], args[1], metaclass,
                               args[3], args[4], args[5]);
}

}  // namespace anypickle
