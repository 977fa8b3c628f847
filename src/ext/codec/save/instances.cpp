#include "codec/save/instances.h"

#include "codec/save/names.h"
#include "common/inline_values.h"
#include "common/threading.h"

namespace anypickle {
namespace {

/// The dict of an instance, if it has attributes. 1, 0 where only the object can tell, -1 error.
int find_attributes(PyObject* object, const Plan& plan, Ref* dict) {
    InlineValues values;
    if (plan.dict_offset > 0) {
        *dict = Ref::share(at_offset(object, plan.dict_offset));
    } else {
        const Attributes where = read_inline(object, &values);
        if (where == Attributes::kUnknown) return 0;
        // Whoever asks for the dict later means the one that is written now.
        if (where == Attributes::kInline && values.count > 0) {
            *dict = Ref::steal(PyObject_GenericGetDict(object, nullptr));
            if (!*dict) return -1;
        } else {
            *dict = Ref::share(values.dict);
        }
    }
    if (!*dict) return 1;
    if (!PyDict_CheckExact(dict->get())) return 0;
    PyObject* key = nullptr;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict->get(), &position, &key, nullptr) != 0) {
        // Among those may be a reducer of its own.
        if (!PyUnicode_CheckExact(key) || is_dunder(key)) return 0;
    }
    if (PyDict_GET_SIZE(dict->get()) == 0) *dict = Ref();
    return 1;
}

/// The slots that have a value, in a dict; null where there are none. False with an error.
bool find_slots(PyObject* object, const Plan& plan, Ref* dict) {
    for (const Slot& slot : plan.slots) {
        const Ref value = Ref::share(at_offset(object, slot.offset));
        if (!value) continue;
        if (!*dict) *dict = Ref::steal(PyDict_New());
        if (!*dict || PyDict_SetItem(dict->get(), slot.name.get(), value.get()) < 0) return false;
    }
    return true;
}

/// While it lives, the garbage collector runs no finalizers, which are somebody's code.
class NoCollection {
  public:
    NoCollection() noexcept : was_on_(PyGC_Disable() != 0) {}
    ~NoCollection() {
        if (was_on_) PyGC_Enable();
    }
    NoCollection(const NoCollection&) = delete;
    NoCollection& operator=(const NoCollection&) = delete;

  private:
    bool was_on_;
};

}  // namespace

int reduce_plain(SaveState* state, PyObject* object, Ref* value) {
    if (kFreeThreaded) return 0;
    PyTypeObject* type = Py_TYPE(object);
    const Plan* plan = state->plans->find(type);
    if (plan == nullptr && (plan = state->plans->make(state, type, object)) == nullptr) return -1;
    if (plan->kind != PlanKind::kInstance || plan->native != Native::kObject) return 0;
    const NoCollection quiet;  // the plan goes when anybody changes the registry
    Ref attributes;
    Ref slots;
    const int known = plan->has_dict ? find_attributes(object, *plan, &attributes) : 1;
    if (known <= 0) return known;
    if (!find_slots(object, *plan, &slots)) return -1;
    Ref written = std::move(attributes);
    if (slots) {
        written = Ref::steal(PyTuple_Pack(2, written ? written.get() : Py_None, slots.get()));
        if (!written) return -1;
    }
    const Ref args = Ref::steal(PyTuple_Pack(1, reinterpret_cast<PyObject*>(type)));
    if (!args) return -1;
    *value =
        Ref::steal(PyTuple_Pack(3, state->make_new, args.get(), written ? written.get() : Py_None));
    return *value ? 1 : -1;
}

}  // namespace anypickle
