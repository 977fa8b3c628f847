// The attributes of a class that has arrived: all of them if it was just made or has been changed
// by its owner since it came. One that comes again unchanged keeps what it has, but for functions
// that refer to globals: as every function that arrives, they start from the globals that they
// came with.
#include "codec/value/as_compiled.h"
#include "codec/value/classes.h"
#include "codec/value/identities.h"
#include "common/compat.h"
#include "common/errors.h"

namespace anypickle {
namespace {

/// Holds _identity.arriving: another thread may be reading the same class.
class Arriving {
  public:
    explicit Arriving(ValueState* state) {
        PyObject* identity = state->identity.get();
        if (identity == nullptr) {
            identity =
                state->identity.keep(Ref::steal(PyImport_ImportModule("anypickle._identity")));
        }
        if (identity == nullptr) return;
        lock_ = Ref::steal(PyObject_GetAttr(identity, state->names.arriving));
        release_ =
            Ref::steal(lock_ ? PyObject_GetAttr(lock_.get(), state->names.release) : nullptr);
        const Ref held = Ref::steal(
            release_ ? PyObject_CallMethodNoArgs(lock_.get(), state->names.acquire) : nullptr);
        held_ = static_cast<bool>(held);
    }
    Arriving(const Arriving&) = delete;
    Arriving& operator=(const Arriving&) = delete;
    ~Arriving() {
        if (!held_) return;
        ErrorHolder error;
        const Ref done = Ref::steal(PyObject_CallNoArgs(release_.get()));
        if (!done) PyErr_WriteUnraisable(lock_.get());
        error.restore();
    }

    /// False: the error is set.
    explicit operator bool() const noexcept { return held_; }

  private:
    Ref lock_;
    Ref release_;
    bool held_ = false;
};

/// Whether it is a metaclass of C other than `type`, with a mind of its own: those of ctypes.
bool is_static(const PyTypeObject* metaclass) noexcept {
    return metaclass != &PyType_Type && ((metaclass->tp_flags & Py_TPFLAGS_HEAPTYPE) == 0 ||
                                         (metaclass->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) != 0);
}

/// What has arrived, beside what is here. kUnknown: the error is set.
enum class Age : unsigned char { kOlder, kSame, kNewer, kUnknown };

Age age_of(PyObject* entry, PyObject* revision) {
    const ItemRef lent = list_item(entry, kEntryRevision);
    const Ref known = Ref::share(lent.get());
    const int newer = PyObject_RichCompareBool(revision, known.get(), Py_GT);
    if (newer != 0) return newer > 0 ? Age::kNewer : Age::kUnknown;
    const int same = PyObject_RichCompareBool(revision, known.get(), Py_EQ);
    return same < 0 ? Age::kUnknown : same > 0 ? Age::kSame : Age::kOlder;
}

/// Whether functions among the attributes refer to globals. 1, 0, -1.
int some_have_globals(ValueState* state, PyObject* attributes) {
    const Ref still = new_still(attributes);
    if (!still) return -1;
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(still.get(), &i, &name, &value) != 0;) {
        if (const int found = has_globals(state, value); found != 0) return found;
    }
    return 0;
}

bool is_doc(PyObject* name) { return PyUnicode_CompareWithASCIIString(name, "__doc__") == 0; }

/// A class is born with a __doc__, if only None: what it has for one later comes where it is among
/// the attributes, so that the class is written in the order of the one that it is a copy of.
void forget_doc(PyObject* cls) {
    const Ref all = Ref::steal(type_dict(reinterpret_cast<PyTypeObject*>(cls)));
    if (!all || PyDict_DelItemString(all.get(), "__doc__") < 0) PyErr_Clear();
}

/// Sets attributes, or (`again`) only the functions among them that refer to globals. Past a
/// metaclass's __setattr__, which saw them where the class was made.
bool set_attributes(ValueState* state, PyObject* cls, PyObject* attributes, bool again) {
    const setattrofunc set =
        is_static(Py_TYPE(cls)) ? Py_TYPE(cls)->tp_setattro : PyType_Type.tp_setattro;
    const Ref still = new_still(attributes);
    if (!still) return false;
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(still.get(), &i, &name, &value) != 0;) {
        const int wanted = again ? has_globals(state, value) : 1;
        if (wanted < 0) return false;
        if (wanted == 0) continue;
        Ref text = Ref::share(name);
        const Ref content = Ref::steal(new_as_compiled(value));
        if (PyUnicode_CheckExact(name)) {
            PyObject* interned = text.release();
            PyUnicode_InternInPlace(&interned);
            text = Ref::steal(interned);
        }
        if (!again && PyUnicode_Check(name) && is_doc(name)) forget_doc(cls);
        if (set(cls, text.get(), content.get()) < 0) return false;
    }
    return true;
}

/// Registers the virtual subclasses of an abstract base class.
bool register_virtual(PyObject* cls, PyObject* registered) {
    const Ref abc = Ref::steal(PyImport_ImportModule("abc"));
    const Ref meta = Ref::steal(abc ? PyObject_GetAttrString(abc.get(), "ABCMeta") : nullptr);
    const Ref all = Ref::steal(meta ? PySequence_Tuple(registered) : nullptr);
    if (!all) return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(all.get()); ++i) {
        const Ref done = Ref::steal(
            PyObject_CallMethod(meta.get(), "register", "OO", cls, PyTuple_GET_ITEM(all.get(), i)));
        if (!done) return false;
    }
    return true;
}

/// Notes in the entry what the class is now.
bool note_revision(ValueState* state, PyObject* cls, PyObject* entry, PyObject* revision) {
    PyObject* version = PyLong_FromUnsignedLong(
        type_version(reinterpret_cast<PyTypeObject*>(cls), state->names.module));
    return version != nullptr && PyList_SetItem(entry, kEntryVersion, version) == 0 &&
           PyList_SetItem(entry, kEntryRevision, Py_NewRef(revision)) == 0 &&
           PyList_SetItem(entry, kEntryChanges, Py_NewRef(revision)) == 0;
}

}  // namespace

PyObject* fill_class(ValueState* state, PyObject* const* args, Py_ssize_t count) {
    if (count != 2 || !PyType_Check(args[0]) || !PyTuple_CheckExact(args[1]) ||
        PyTuple_GET_SIZE(args[1]) < 3 || !PyDict_CheckExact(PyTuple_GET_ITEM(args[1], 2))) {
        PyErr_SetString(PyExc_TypeError, "fill_class() wants a class and its state");
        return nullptr;
    }
    PyObject* cls = args[0];
    const Ref content = Ref::share(args[1]);
    PyObject* revision = PyTuple_GET_ITEM(args[1], 0);
    PyObject* attributes = PyTuple_GET_ITEM(args[1], 2);
    PyObject* registered = PyTuple_GET_SIZE(args[1]) > 3 ? PyTuple_GET_ITEM(args[1], 3) : nullptr;
    const Ref entry = new_entry(state, cls);
    if (!entry) return nullptr;
    const Age age = age_of(entry.get(), revision);
    int needed = age == Age::kNewer ? 1 : 0;
    if (age == Age::kSame) {
        // A virtual subclass may have gone since, and come anew.
        needed = registered != nullptr ? 1 : some_have_globals(state, attributes);
    }
    if (age == Age::kUnknown || needed < 0) return nullptr;
    if (needed == 0) Py_RETURN_NONE;

    const Arriving arriving(state);
    if (!arriving) return nullptr;
    const Age now = age_of(entry.get(), revision);  // another thread may have been faster
    if (now == Age::kUnknown) return nullptr;
    if (now == Age::kOlder) Py_RETURN_NONE;
    const bool filled = set_attributes(state, cls, attributes, now == Age::kSame) &&
                        (registered == nullptr || register_virtual(cls, registered)) &&
                        note_revision(state, cls, entry.get(), revision);
    if (!filled) return nullptr;
    Py_RETURN_NONE;
}

}  // namespace anypickle
