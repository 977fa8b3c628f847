#include "codec/copy/copier.h"

#include <new>
#include <utility>

#include "common/compat.h"
#include "common/errors.h"

namespace anypickle {
namespace {

constexpr const char* kWhere = " while copying an object";

class Recursion {
  public:
    Recursion() : entered_(Py_EnterRecursiveCall(kWhere) == 0) {}
    Recursion(const Recursion&) = delete;
    Recursion& operator=(const Recursion&) = delete;
    ~Recursion() {
        if (entered_) Py_LeaveRecursiveCall();
    }
    explicit operator bool() const { return entered_; }

  private:
    bool entered_;
};

/// Types whose objects are their own copies, if the table of `copy` has not been told otherwise.
bool is_atomic(PyTypeObject* type) noexcept {
    return type == &PyUnicode_Type || type == &PyLong_Type || type == &PyFloat_Type ||
           type == Py_TYPE(Py_None) || type == &PyBool_Type || type == &PyBytes_Type ||
           type == &PyComplex_Type || type == &PyFunction_Type || type == &PyType_Type ||
           type == &PyCFunction_Type || type == &PyRange_Type || type == &PyCode_Type ||
           type == Py_TYPE(Py_Ellipsis) || type == Py_TYPE(Py_NotImplemented) ||
           type == &PyProperty_Type || (kWeakReferencesAreAtomic && type == &_PyWeakref_RefType);
}

PyObject* new_id(PyObject* object) { return PyLong_FromVoidPtr(object); }

}  // namespace

Copier::~Copier() {
    for (PyObject* twin : twins_) Py_DECREF(twin);
}

bool Copier::find(PyObject* object, Ref* twin) {
    if (!memo_) {
        const Memo::Entry* entry = done_.find(object);
        if (entry != nullptr) *twin = Ref::share(twins_[entry->index]);
        return true;
    }
    const Ref id = Ref::steal(new_id(object));
    if (!id) return false;
    if (PyDict_CheckExact(memo_.get())) return dict_get(memo_.get(), id.get(), twin->out()) >= 0;
    // Any mapping will do: `memo.get(id, nothing)`, with an object that nobody else has for
    // nothing.
    const Ref nothing = Ref::steal(PyList_New(0));
    if (!nothing) return false;
    *twin = Ref::steal(
        PyObject_CallMethodObjArgs(memo_.get(), copy_->name_get, id.get(), nothing.get(), nullptr));
    if (!*twin) return false;
    if (twin->get() == nothing.get()) *twin = Ref();
    return true;
}

bool Copier::note(PyObject* object, PyObject* twin) {
    if (memo_) {
        const Ref id = Ref::steal(new_id(object));
        return id && PyObject_SetItem(memo_.get(), id.get(), twin) == 0;
    }
    Memo::Entry* entry = done_.slot(object);
    if (entry == nullptr) return false;
    if (done_.live(*entry)) {
        Py_SETREF(twins_[entry->index], Py_NewRef(twin));
        return true;
    }
    try {
        twins_.push_back(twin);
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return false;
    }
    Py_INCREF(twin);
    done_.fill(*entry, object, static_cast<uint32_t>(twins_.size() - 1));
    return true;
}

/// memo[id(memo)] lists what must outlive its id; our own table does that by itself.
bool Copier::keep_alive(PyObject* object) {
    if (!memo_) return true;
    const Ref id = Ref::steal(new_id(memo_.get()));
    if (!id) return false;
    const Ref list = Ref::steal(PyObject_GetItem(memo_.get(), id.get()));
    if (list) {
        if (PyList_CheckExact(list.get())) return PyList_Append(list.get(), object) == 0;
        return static_cast<bool>(
            Ref::steal(PyObject_CallMethodOneArg(list.get(), copy_->name_append, object)));
    }
    if (!PyErr_ExceptionMatches(PyExc_KeyError)) return false;
    PyErr_Clear();
    const Ref first = Ref::steal(PyList_New(1));
    if (!first) return false;
    PyList_SET_ITEM(first.get(), 0, Py_NewRef(object));
    return PyObject_SetItem(memo_.get(), id.get(), first.get()) == 0;
}

/// The memo as a dict, made of the table when it is first needed. Borrowed; null with an error.
PyObject* Copier::memo_dict() {
    if (memo_) return memo_.get();
    Ref dict = Ref::steal(PyDict_New());
    const Ref alive = Ref::steal(PyList_New(0));
    if (!dict || !alive) return nullptr;
    const int failed = done_.each([&](const Memo::Entry& entry) {
        const Ref id = Ref::steal(new_id(entry.object));
        return id && PyDict_SetItem(dict.get(), id.get(), twins_[entry.index]) == 0 &&
                       PyList_Append(alive.get(), entry.object) == 0
                   ? 0
                   : -1;
    });
    const Ref own_id = Ref::steal(new_id(dict.get()));
    if (failed != 0 || !own_id) return nullptr;
    if (PyList_GET_SIZE(alive.get()) > 0 &&
        PyDict_SetItem(dict.get(), own_id.get(), alive.get()) < 0)
        return nullptr;
    memo_ = std::move(dict);
    return memo_.get();
}

/// Notes what was being copied. Always null.
PyObject* Copier::new_failed(PyObject* object) {
    constexpr size_t kDeepest = 1000;
    if (trail_.size() >= kDeepest) return nullptr;
    try {
        trail_.push_back(Ref::share(object));
    } catch (const std::bad_alloc&) {
        trail_.clear();  // the error is told without a path
    }
    return nullptr;
}

void Copier::annotate() {
    const Ref error = Ref::steal(new_raised());
    if (!error) return;
    const bool ordinary =
        PyObject_TypeCheck(error.get(), reinterpret_cast<PyTypeObject*>(PyExc_Exception)) &&
        !PyErr_GivenExceptionMatches(error.get(), PyExc_MemoryError) &&
        !PyErr_GivenExceptionMatches(error.get(), PyExc_ImportError) &&
        !PyErr_GivenExceptionMatches(error.get(), PyExc_RecursionError);
    const auto count = static_cast<Py_ssize_t>(trail_.size());
    const Ref trail = Ref::steal(ordinary && count > 0 ? PyList_New(count) : nullptr);
    if (trail) {
        for (Py_ssize_t i = 0; i < count; ++i) {
            PyList_SET_ITEM(trail.get(), count - 1 - i, trail_[static_cast<size_t>(i)].release());
        }
        const Ref notes = Ref::steal(PyImport_ImportModule("anypickle.explain.notes"));
        const Ref copied =
            Ref::steal(notes ? PyObject_GetAttrString(notes.get(), "copied") : nullptr);
        if (copied) {
            Ref::steal(
                PyObject_CallFunctionObjArgs(copied.get(), error.get(), trail.get(), nullptr));
        }
    }
    PyErr_Clear();
    steal_raise(Py_NewRef(error.get()));
}

PyObject* Copier::new_copy(PyObject* object) {
    PyTypeObject* type = Py_TYPE(object);
    if (is_itself(type)) return Py_NewRef(object);
    Ref twin;
    if (!find(object, &twin)) return nullptr;
    if (twin) return twin.release();
    const Recursion recursion;
    if (!recursion) return nullptr;
    const Ref hold = Ref::share(object);
    twin = Ref::steal(new_uncached(object, type));
    if (!twin) twin = Ref::steal(new_rescued(object, type));
    if (!twin) return new_failed(object);
    if (twin.get() == object) return twin.release();
    // Lists and dicts are noted before they have items.
    if (!memo_ && (type == &PyList_Type || type == &PyDict_Type)) return twin.release();
    return note(object, twin.get()) && keep_alive(object) ? twin.release() : nullptr;
}

/// Whether the table leaves the atomic types alone. Asked once for each copy.
bool Copier::is_itself(PyTypeObject* type) {
    return is_atomic(type) && !memo_ && atoms_are_atomic();
}

bool Copier::containers_are_ours() {
    if (containers_ != Containers::kUnknown) return containers_ == Containers::kOurs;
    containers_ = Containers::kOurs;
    const std::pair<PyTypeObject*, PyObject*> entries[] = {{&PyList_Type, copy_->list.get()},
                                                           {&PyDict_Type, copy_->dict.get()},
                                                           {&PyTuple_Type, copy_->tuple.get()}};
    for (const auto& [type, own] : entries) {
        if (dict_item(copy_->dispatch.get(), reinterpret_cast<PyObject*>(type)).get() != own)
            containers_ = Containers::kChanged;
    }
    return containers_ == Containers::kOurs;
}

bool Copier::atoms_are_atomic() {
    if (atoms_ != Atoms::kUnknown) return atoms_ == Atoms::kAtomic;
    atoms_ = Atoms::kAtomic;
    PyTypeObject* const types[] = {
        &PyUnicode_Type,   &PyLong_Type,         &PyFloat_Type,
        Py_TYPE(Py_None),  &PyBool_Type,         &PyBytes_Type,
        &PyComplex_Type,   &PyFunction_Type,     &PyType_Type,
        &PyCFunction_Type, &PyRange_Type,        &PyCode_Type,
        &PyProperty_Type,  Py_TYPE(Py_Ellipsis), Py_TYPE(Py_NotImplemented)};
    for (PyTypeObject* type : types) {
        const ItemRef entry = dict_item(copy_->dispatch.get(), reinterpret_cast<PyObject*>(type));
        // Newer Pythons keep them in a set, and out of the table.
        if (entry && entry.get() != copy_->atomic.get()) atoms_ = Atoms::kChanged;
    }
    return atoms_ == Atoms::kAtomic;
}

PyObject* Copier::new_uncached(PyObject* object, PyTypeObject* type) {
    if (!memo_ && containers_are_ours()) {
        if (type == &PyList_Type) return new_list(object);
        if (type == &PyDict_Type) return new_dict(object);
        if (type == &PyTuple_Type) return new_tuple(object);
    }
    Ref copier;
    if (dict_get(copy_->dispatch.get(), reinterpret_cast<PyObject*>(type), copier.out()) < 0)
        return nullptr;
    if (copier) {
        PyObject* own = copier.get();
        if (own == copy_->atomic.get()) return Py_NewRef(object);
        if (own == copy_->list.get() && type == &PyList_Type) return new_list(object);
        if (own == copy_->dict.get() && type == &PyDict_Type) return new_dict(object);
        if (own == copy_->tuple.get() && type == &PyTuple_Type) return new_tuple(object);
        if (own == copy_->method.get() && type == &PyMethod_Type) return new_method(object);
        PyObject* memo = memo_dict();
        return memo == nullptr ? nullptr : PyObject_CallFunctionObjArgs(own, object, memo, nullptr);
    }
    if (is_atomic(type) || PyType_IsSubtype(type, &PyType_Type)) return Py_NewRef(object);
    return new_object(object, type);
}

PyObject* Copier::new_list(PyObject* list) {
    const Py_ssize_t size = PyList_GET_SIZE(list);
    Ref twin = Ref::steal(kFreeThreaded ? PyList_New(0) : PyList_New(size));
    if (!twin) return nullptr;
    Py_SET_SIZE(twin.get(), 0);  // the room stays
    if (!note(list, twin.get())) return nullptr;
    for (Py_ssize_t i = 0;; ++i) {
        const ItemRef item = list_item(list, i);
        if (!item) return twin.release();
        const Ref copied = Ref::steal(new_copy(item.get()));
        if (!copied || PyList_Append(twin.get(), copied.get()) < 0) return nullptr;
    }
}

/// Noted before it has members, as a pickle does: one that leads back to its set has the copy.
PyObject* Copier::new_set(PyObject* set) {
    const Ref members = Ref::steal(PySequence_List(set));
    Ref twin = Ref::steal(members ? PySet_New(nullptr) : nullptr);
    if (!twin || !note(set, twin.get())) return nullptr;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(members.get()); ++i) {
        const Ref copied = Ref::steal(new_copy(PyList_GET_ITEM(members.get(), i)));
        if (!copied || PySet_Add(twin.get(), copied.get()) < 0) return nullptr;
    }
    return twin.release();
}

PyObject* Copier::new_tuple(PyObject* tuple) {
    const Py_ssize_t size = PyTuple_GET_SIZE(tuple);
    Ref twin = Ref::steal(PyTuple_New(size));
    if (!twin) return nullptr;
    bool same = true;
    for (Py_ssize_t i = 0; i < size; ++i) {
        PyObject* copied = new_copy(PyTuple_GET_ITEM(tuple, i));
        if (copied == nullptr) return nullptr;
        same = same && copied == PyTuple_GET_ITEM(tuple, i);
        PyTuple_SET_ITEM(twin.get(), i, copied);
    }
    // It may have been copied on the way, if it contains itself.
    Ref earlier;
    if (!find(tuple, &earlier)) return nullptr;
    if (earlier) return earlier.release();
    return same ? Py_NewRef(tuple) : twin.release();
}

PyObject* Copier::new_dict(PyObject* dict) {
    if (!kFreeThreaded && holds_only_atoms(dict)) {
        Ref twin = Ref::steal(PyDict_Copy(dict));
        return twin && note(dict, twin.get()) ? twin.release() : nullptr;
    }
    Ref twin = Ref::steal(PyDict_New());
    return twin && note(dict, twin.get()) && copy_items(dict, twin.get()) ? twin.release()
                                                                          : nullptr;
}

/// Whether no copy of a key or value is another object.
bool Copier::holds_only_atoms(PyObject* dict) {
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(dict, &i, &key, &value);) {
        if (!is_itself(Py_TYPE(key)) || !is_itself(Py_TYPE(value))) return false;
    }
    return true;
}

bool Copier::copy_items(PyObject* dict, PyObject* into) {
    const Ref walked = Ref::steal(kFreeThreaded ? PyDict_Copy(dict) : Py_NewRef(dict));
    if (!walked) return false;
    const Py_ssize_t size = PyDict_GET_SIZE(walked.get());
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(walked.get(), &i, &key, &value);) {
        const Ref hold = Ref::share(value);
        const Ref new_key = Ref::steal(is_itself(Py_TYPE(key)) ? Py_NewRef(key) : new_copy(key));
        if (!new_key) return false;
        const Ref new_value =
            Ref::steal(is_itself(Py_TYPE(value)) ? Py_NewRef(value) : new_copy(value));
        if (!new_value || PyDict_SetItem(into, new_key.get(), new_value.get()) < 0) return false;
        if (PyDict_GET_SIZE(dict) != size) {
            PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
            return false;
        }
    }
    return true;
}

PyObject* Copier::new_method(PyObject* method) {
    const Ref self = Ref::steal(new_copy(PyMethod_GET_SELF(method)));
    return self ? PyMethod_New(PyMethod_GET_FUNCTION(method), self.get()) : nullptr;
}

}  // namespace anypickle
