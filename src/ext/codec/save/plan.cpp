#include "codec/save/plan.h"

#include <structmember.h>

#include <cstddef>
#include <new>
#include <string_view>

#include "codec/save/engine.h"
#include "codec/save/globals.h"
#include "codec/save/registry.h"
#include "common/inline_values.h"

namespace anypickle {
namespace {

constexpr size_t kMostPlans = 2048;

size_t bucket(PyTypeObject* type, size_t capacity) noexcept {
    return static_cast<size_t>((reinterpret_cast<uintptr_t>(type) >> 4) * 0x9E3779B97F4A7C15ULL >>
                               20) &
           (capacity - 1);
}

/// The version tag of a type, assigned if it has none. 0: it can have none.
unsigned new_version(PyTypeObject* type, PyObject* any_name) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    (void)any_name;
    if (PyUnstable_Type_AssignVersionTag(type) == 0) return 0;
    return type->tp_version_tag;
#else
    (void)_PyType_Lookup(type, any_name);
    return PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG) ? type->tp_version_tag : 0;
#endif
}

/// Looks at one type, in the order in which pickle would.
class Planner {
  public:
    Planner(SaveState* state, PyTypeObject* type, PyObject* sample, Plan* plan)
        : state_(state), type_(type), sample_(sample), plan_(plan) {}

    /// Whether the recipe for exceptions has nothing to add to what BaseException says of one that
    /// was never raised: no __init__ in Python, no reducer of the class's own, no fields in C.
    void run_exception() {
        auto* root = reinterpret_cast<PyTypeObject*>(PyExc_BaseException);
        const SaveNames& names = state_->names;
        PyTypeObject* native = type_;
        while (PyType_HasFeature(native, Py_TPFLAGS_HEAPTYPE)) native = native->tp_base;
        PyObject* init = lookup(names.attr_init);
        if (found_by_name() && native->tp_basicsize == root->tp_basicsize && init != nullptr &&
            Py_IS_TYPE(init, &PyWrapperDescr_Type) &&
            type_->tp_getattro == PyObject_GenericGetAttr && same(names.attr_class) &&
            same(names.reduce_ex) && lookup(names.reduce) == _PyType_Lookup(root, names.reduce)) {
            plan_->kind = PlanKind::kException;
        }
    }

    /// False with an error. Sets the plan's kind and what goes with it.
    bool run() {
        const SaveNames& names = state_->names;
        if (PyType_IsSubtype(type_, &PyType_Type))
            return is_plain(type_) ? kind(PlanKind::kClass) : true;
        const bool named = found_by_name();
        PyObject* reduce = lookup(names.reduce);
        if (!PyType_HasFeature(type_, Py_TPFLAGS_HEAPTYPE) ||
            PyType_HasFeature(type_, Py_TPFLAGS_IMMUTABLETYPE) ||
            (reduce != nullptr && !same(names.reduce) && Py_IS_TYPE(reduce, &PyMethodDescr_Type))) {
            return builtin_kind() && (named || goes_unnamed(plan_->kind) || kind(PlanKind::kNone));
        }
        if (!named) return true;
        if (type_->tp_getattro != PyObject_GenericGetAttr || !same(names.attr_class)) return true;
        if (!same(names.reduce_ex) || !same(names.reduce)) return reduced_kind();
        if (lookup(names.getnewargs_ex) != nullptr) return true;
        if (PyObject* newargs = lookup(names.getnewargs); newargs != nullptr)
            return named_tuple_kind(newargs);
        return same(names.getstate) ? instance_kind() : state_kind();
    }

  private:
    [[nodiscard]] PyObject* lookup(PyObject* name) const { return _PyType_Lookup(type_, name); }
    [[nodiscard]] bool same(PyObject* name) const {
        return lookup(name) == _PyType_Lookup(&PyBaseObject_Type, name);
    }

    /// Whether the classes of a metaclass go by the names that `type` gives them.
    [[nodiscard]] bool is_plain(PyTypeObject* meta) const {
        if (meta == &PyType_Type) return true;
        const auto as_type = [meta](PyObject* name) {
            // The metaclass's own __module__ is a string, which the class's goes before.
            PyObject* found = _PyType_Lookup(meta, name);
            return found == _PyType_Lookup(&PyType_Type, name) ||
                   (found != nullptr && PyUnicode_CheckExact(found));
        };
        const SaveNames& names = state_->names;
        return meta->tp_hash == PyType_Type.tp_hash && as_type(names.getattribute) &&
               as_type(names.attr_module) && as_type(names.attr_qualname) &&
               PyDict_GetItemWithError(state_->dispatch_table, reinterpret_cast<PyObject*>(meta)) ==
                   nullptr;
    }

    /// Notes module and name, if no code but CPython's answers for them. The name is verified at
    /// each dump.
    bool found_by_name() {
        if (!is_plain(Py_TYPE(type_))) return false;
        PyObject* type = reinterpret_cast<PyObject*>(type_);
        plan_->module = Ref::steal(PyObject_GetAttr(type, state_->names.attr_module));
        plan_->name = Ref::steal(PyObject_GetAttr(type, state_->names.attr_qualname));
        if (!plan_->module || !plan_->name) PyErr_Clear();
        return plan_->module && plan_->name && PyUnicode_CheckExact(plan_->module.get()) &&
               PyUnicode_CheckExact(plan_->name.get());
    }

    static bool goes_unnamed(PlanKind kind) { return kind >= PlanKind::kDeque; }

    bool kind(PlanKind kind) {
        plan_->kind = kind;
        return true;
    }

    /// Types in C that are known to give nothing away but their own contents.
    bool builtin_kind() {
        static constexpr struct {
            std::string_view name;
            PlanKind kind;
        } kKnown[] = {
            {"datetime.date", PlanKind::kDate},
            {"datetime.datetime", PlanKind::kDateTime},
            {"datetime.time", PlanKind::kTime},
            {"datetime.timedelta", PlanKind::kTimeDelta},
            {"decimal.Decimal", PlanKind::kDecimal},
            {"datetime.timezone", PlanKind::kTimeZone},
            {"range", PlanKind::kReduce},
            {"slice", PlanKind::kReduce},
            {"numpy.ndarray", PlanKind::kArray},
            {"builtin_function_or_method", PlanKind::kReduce},
            {"method_descriptor", PlanKind::kReduce},
            {"wrapper_descriptor", PlanKind::kReduce},
            {"collections.deque", PlanKind::kDeque},
            {"_collections._tuplegetter", PlanKind::kReduce},
            {"functools.partial", PlanKind::kReduce},
            {"collections.OrderedDict", PlanKind::kOrderedDict},
            {"collections.defaultdict", PlanKind::kReduce},
        };
        const std::string_view name = type_->tp_name;
        for (const auto& known : kKnown) {
            if (name != known.name) continue;
            return kind(known.kind) && (known.kind != PlanKind::kArray || find_flags());
        }
        if (name.starts_with("numpy.") && numpy_scalar()) return kind(PlanKind::kReduce);
        return true;
    }

    /// Where arrays have their flags: in the structure that numpy's C API promises.
    bool find_flags() {
        struct Array {
            PyObject_HEAD char* data;
            int dimensions;
            Py_intptr_t* shape;
            Py_intptr_t* strides;
            PyObject* base;
            PyObject* dtype;
            int flags;
        };
        const Ref flags = Ref::steal(PyObject_GetAttrString(sample_, "flags"));
        const Ref number = Ref::steal(flags ? PyObject_GetAttrString(flags.get(), "num") : nullptr);
        const long said = number ? PyLong_AsLong(number.get()) : -1;
        if (said == -1 && PyErr_Occurred() != nullptr) return false;
        if (said == reinterpret_cast<Array*>(sample_)->flags) plan_->flags = offsetof(Array, flags);
        return true;
    }

    /// Whether the type is one of numpy's scalars: its base types lead to numpy.generic.
    [[nodiscard]] bool numpy_scalar() const {
        for (PyTypeObject* base = type_->tp_base; base != nullptr; base = base->tp_base) {
            if (std::string_view(base->tp_name) == "numpy.generic")
                return std::string_view(type_->tp_name) != "numpy.object_";
        }
        return std::string_view(type_->tp_name).starts_with("numpy.dtype");
    }

    /// Items, dict and slots and nothing else: what copyreg.__reduce_ex__ takes apart.
    bool instance_kind() {
        if (type_->tp_itemsize != 0 || type_->tp_new == nullptr) return true;
        const PyTypeObject* native = find_native();
        if (native == nullptr || !find_slots(native) || !find_dict()) return true;
        const Py_ssize_t words = (plan_->has_dict && type_->tp_dictoffset > 0 ? 1 : 0) +
                                 (type_->tp_weaklistoffset > 0 ? 1 : 0) +
                                 static_cast<Py_ssize_t>(plan_->slots.size());
        const Py_ssize_t expected =
            native->tp_basicsize + words * static_cast<Py_ssize_t>(sizeof(PyObject*));
        if (type_->tp_basicsize > expected) return true;  // contents in C: stock refuses it
        return kind(PlanKind::kInstance);
    }

    /// What the class is derived from: object, or a type whose items it shows as that does. Else
    /// null.
    const PyTypeObject* find_native() {
        PyTypeObject* native = type_;
        while (PyType_HasFeature(native, Py_TPFLAGS_HEAPTYPE)) native = native->tp_base;
        PyObject* items = state_->names.items;
        if (native == &PyList_Type && type_->tp_iter == PyList_Type.tp_iter) {
            plan_->native = Native::kList;
        } else if (native == &PyDict_Type && lookup(items) == _PyType_Lookup(&PyDict_Type, items)) {
            plan_->native = Native::kDict;
        } else if (native != &PyBaseObject_Type) {
            return nullptr;
        }
        return native;
    }

    /// The names that copyreg._slotnames() would collect, and where their values are.
    bool find_slots(const PyTypeObject* native) {
        PyObject* mro = type_->tp_mro;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); ++i) {
            auto* base = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(mro, i));
            if (base == &PyBaseObject_Type || base == native) continue;
            if (!PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE) || base->tp_dict == nullptr)
                return false;
            PyObject* declared = PyDict_GetItemWithError(base->tp_dict, state_->names.slots);
            if (declared == nullptr) continue;
            const Ref names = Ref::steal(PyUnicode_Check(declared) ? PyTuple_Pack(1, declared)
                                                                   : PySequence_Tuple(declared));
            if (!names) {
                PyErr_Clear();
                return false;
            }
            for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(names.get()); ++k) {
                if (!add_slot(base, PyTuple_GET_ITEM(names.get(), k))) return false;
            }
        }
        return true;
    }

    bool add_slot(PyTypeObject* owner, PyObject* name) {
        if (!PyUnicode_CheckExact(name)) return false;
        const Py_ssize_t size = PyUnicode_GET_LENGTH(name);
        if (PyUnicode_CompareWithASCIIString(name, "__dict__") == 0 ||
            PyUnicode_CompareWithASCIIString(name, "__weakref__") == 0) {
            return true;
        }
        // Names that the compiler mangles, and dunders, are left to the engine.
        if (size >= 2 && PyUnicode_READ_CHAR(name, 0) == '_' && PyUnicode_READ_CHAR(name, 1) == '_')
            return false;
        PyObject* member = _PyType_Lookup(type_, name);
        if (member == nullptr || !Py_IS_TYPE(member, &PyMemberDescr_Type)) return false;
        const PyMemberDef* definition = reinterpret_cast<PyMemberDescrObject*>(member)->d_member;
        if (definition->type != T_OBJECT_EX ||
            reinterpret_cast<PyDescrObject*>(member)->d_type != owner)
            return false;
        plan_->slots.push_back(Slot{Ref::share(name), definition->offset});
        return true;
    }

    bool find_dict() {
#ifdef Py_TPFLAGS_MANAGED_DICT
        if (PyType_HasFeature(type_, Py_TPFLAGS_MANAGED_DICT)) {
            plan_->has_dict = true;
            return state_->plans->layout == 1;
        }
#endif
        plan_->has_dict = type_->tp_dictoffset != 0;
        plan_->dict_offset = type_->tp_dictoffset;
        return type_->tp_dictoffset >= 0;
    }

    /// namedtuple's __getnewargs__ has one code object for all named tuples.
    bool named_tuple_kind(PyObject* newargs) {
        if (type_->tp_base != &PyTuple_Type || !same(state_->names.getstate) ||
            !PyFunction_Check(newargs))
            return true;
        if (type_->tp_dictoffset != 0 || type_->tp_basicsize != PyTuple_Type.tp_basicsize)
            return true;
        const Ref make = Ref::steal(import_attribute("collections", "namedtuple"));
        if (!make || !PyFunction_Check(make.get())) return PyErr_Occurred() == nullptr;
        PyObject* constants =
            reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(make.get()))->co_consts;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); ++i) {
            if (PyTuple_GET_ITEM(constants, i) == PyFunction_GET_CODE(newargs))
                return kind(PlanKind::kNamedTuple);
        }
        return true;
    }

    /// What `dataclasses` gives to a frozen class with slots lists the fields of the class, in
    /// their order.
    bool fields_kind(PyObject* getstate) {
        PyObject* dataclasses =
            PyDict_GetItemString(PyImport_GetModuleDict(), "dataclasses");  // borrowed, as below
        if (dataclasses == nullptr || !PyModule_CheckExact(dataclasses)) return true;
        PyObject* contents = PyModule_GetDict(dataclasses);
        PyObject* fields = lookup(state_->names.dataclass_fields);
        PyObject* ordinary = PyDict_GetItemString(contents, "_FIELD");
        if (getstate != PyDict_GetItemString(contents, "_dataclass_getstate") ||
            fields == nullptr || !PyDict_CheckExact(fields) || ordinary == nullptr)
            return true;
        PyObject* name = nullptr;
        PyObject* field = nullptr;
        for (Py_ssize_t at = 0; PyDict_Next(fields, &at, &name, &field) != 0;) {
            const Ref kind = Ref::steal(PyObject_GetAttrString(field, "_field_type"));
            const Ref said = Ref::steal(kind ? PyObject_GetAttrString(field, "name") : nullptr);
            if (!said) return false;
            if (kind.get() != ordinary) continue;
            PyObject* member = _PyType_Lookup(type_, name);
            if (said.get() != name || member == nullptr ||
                !Py_IS_TYPE(member, &PyMemberDescr_Type) || !add_slot(PyDescr_TYPE(member), name))
                return true;
        }
        return plan_->slots.empty() || kind(PlanKind::kFields);
    }

    /// uuid.UUID is written by its int alone, as its __getstate__ does.
    bool state_kind() {
        PyObject* getstate = lookup(state_->names.getstate);
        if (getstate != nullptr && PyFunction_Check(getstate) && type_->tp_new != nullptr &&
            std::string_view(type_->tp_name) != "UUID")
            return fields_kind(getstate);
        if (std::string_view(type_->tp_name) != "UUID") return true;
        const Ref uuid = Ref::steal(import_attribute("uuid", "UUID"));
        if (!uuid) return false;
        if (uuid.get() != reinterpret_cast<PyObject*>(type_)) return true;
        const Ref value = reduce_sample();
        if (!value) return false;
        const Ref number = Ref::steal(PyObject_GetAttrString(sample_, "int"));
        const Ref expected =
            Ref::steal(number ? Py_BuildValue("{s:O}", "int", number.get()) : nullptr);
        if (!expected) return false;
        if (PyTuple_GET_SIZE(value.get()) < 3) return true;
        const int equal =
            PyObject_RichCompareBool(PyTuple_GET_ITEM(value.get(), 2), expected.get(), Py_EQ);
        if (equal <= 0) return equal == 0;
        PyObject* safety = lookup(state_->names.is_safe);
        PyObject* member = lookup(state_->names.int_name);
        if (member == nullptr || safety == nullptr || !Py_IS_TYPE(member, &PyMemberDescr_Type) ||
            !Py_IS_TYPE(safety, &PyMemberDescr_Type)) {
            return true;
        }
        const Ref safe = Ref::steal(PyObject_GetAttr(sample_, state_->names.is_safe));
        if (!safe) return false;
        plan_->slots.push_back(
            Slot{Ref::share(state_->names.int_name),
                 reinterpret_cast<PyMemberDescrObject*>(member)->d_member->offset});
        // The second slot holds the value that needs no words in the state.
        plan_->slots.push_back(
            Slot{safe, reinterpret_cast<PyMemberDescrObject*>(safety)->d_member->offset});
        return kind(PlanKind::kUuid);
    }

    /// Classes of the standard library whose __reduce__ is Python code with a known result.
    bool reduced_kind() {
        const Ref enumeration = Ref::steal(import_attribute("enum", "Enum"));
        if (!enumeration) return false;
        const bool is_enum =
            PyType_IsSubtype(type_, reinterpret_cast<PyTypeObject*>(enumeration.get()));
        const std::string_view module = utf8(plan_->module.get());
        if (is_enum && lookup(state_->names.reduce_ex) ==
                           _PyType_Lookup(reinterpret_cast<PyTypeObject*>(enumeration.get()),
                                          state_->names.reduce_ex)) {
            return enum_kind();
        }
        if (module.starts_with("pathlib")) return path_kind();
        return true;
    }

    bool enum_kind() {
        if (state_->plans->layout != 1) return true;
        const Ref value = reduce_sample();
        if (!value) return false;
        if (PyTuple_GET_SIZE(value.get()) != 2) return true;
        PyObject* args = PyTuple_GET_ITEM(value.get(), 1);
        const Ref own = Ref::steal(PyObject_GetAttr(sample_, state_->names.enum_value));
        if (!own) return false;
        if (PyTuple_GET_ITEM(value.get(), 0) == reinterpret_cast<PyObject*>(type_) &&
            PyTuple_GET_SIZE(args) == 1 && PyTuple_GET_ITEM(args, 0) == own.get()) {
            return kind(PlanKind::kEnumValue);
        }
        const Ref getattr = Ref::steal(builtin("getattr"));
        const Ref name = Ref::steal(PyObject_GetAttr(sample_, state_->names.enum_name));
        if (!getattr || !name) return false;
        if (PyTuple_GET_ITEM(value.get(), 0) == getattr.get() && PyTuple_GET_SIZE(args) == 2 &&
            PyTuple_GET_ITEM(args, 0) == reinterpret_cast<PyObject*>(type_) &&
            PyTuple_GET_ITEM(args, 1) == name.get()) {
            plan_->slots.push_back(Slot{getattr, 0});
            return kind(PlanKind::kEnumName);
        }
        return true;
    }

    bool path_kind() {
        const Ref value = reduce_sample();
        if (!value) return false;
        if (PyTuple_GET_SIZE(value.get()) != 2) return true;
        for (PyObject* name : {state_->names.path_parts, state_->names.path_raw}) {
            PyObject* member = lookup(name);
            if (member == nullptr || !Py_IS_TYPE(member, &PyMemberDescr_Type)) continue;
            const Py_ssize_t offset =
                reinterpret_cast<PyMemberDescrObject*>(member)->d_member->offset;
            PyObject* list =
                *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(sample_) + offset);
            if (list == nullptr || !PyList_CheckExact(list)) continue;
            const Ref tuple = Ref::steal(PyList_AsTuple(list));
            if (!tuple) return false;
            const int equal =
                PyObject_RichCompareBool(tuple.get(), PyTuple_GET_ITEM(value.get(), 1), Py_EQ);
            if (equal < 0) return false;
            if (equal == 0 ||
                PyTuple_GET_ITEM(value.get(), 0) != reinterpret_cast<PyObject*>(type_))
                continue;
            plan_->parts = offset;
            return kind(PlanKind::kListOfParts);
        }
        return true;
    }

    /// What the sample's own __reduce_ex__ returns, if that is a tuple. Null with an error.
    Ref reduce_sample() {
        Ref value = Ref::steal(
            PyObject_CallMethodOneArg(sample_, state_->names.reduce_ex, state_->protocols[4]));
        if (value && !PyTuple_CheckExact(value.get())) value = Ref::steal(PyTuple_New(0));
        return value;
    }

    static PyObject* import_attribute(const char* module, const char* name) {
        const Ref imported = Ref::steal(PyImport_ImportModule(module));
        return imported ? PyObject_GetAttrString(imported.get(), name) : nullptr;
    }

    static std::string_view utf8(PyObject* text) {
        Py_ssize_t size = 0;
        const char* data = PyUnicode_AsUTF8AndSize(text, &size);
        if (data == nullptr) PyErr_Clear();
        return data == nullptr ? std::string_view()
                               : std::string_view(data, static_cast<size_t>(size));
    }

    SaveState* state_;
    PyTypeObject* type_;
    PyObject* sample_;
    Plan* plan_;
};

}  // namespace

Plan* Plans::search(PyTypeObject* type) noexcept {
    if (table_.empty()) return nullptr;
    for (size_t i = bucket(type, table_.size()); table_[i] != nullptr;
         i = (i + 1) & (table_.size() - 1)) {
        if (table_[i]->type == type)
            return current(*table_[i]) ? (last_ = table_[i].get()) : nullptr;
    }
    return nullptr;
}

void Plans::clear() noexcept {
    last_ = nullptr;
    count_ = 0;
    std::vector<std::unique_ptr<Plan>> old;
    old.swap(table_);
}

namespace {

/// Whether a recipe is one of ours. -1 with an error.
int is_ours(PyObject* recipe) {
    const Ref asked = Ref::steal(PyUnicode_InternFromString("origin"));
    Ref origin;
    if (!asked || optional_attr(recipe, asked.get(), origin.out()) < 0) return -1;
    return origin && PyUnicode_Check(origin.get()) &&
                   PyUnicode_CompareWithASCIIString(origin.get(), "anypickle") == 0
               ? 1
               : 0;
}

/// For a recipe that says so: its objects have names. False with an error.
bool plan_marks(PyTypeObject* type, PyObject* recipe, Plan* plan) {
    Ref named;
    const Ref asked = Ref::steal(PyUnicode_InternFromString("named"));
    if (!asked || optional_attr(recipe, asked.get(), named.out()) < 0) return false;
    if (named.get() != Py_True) return true;
    plan->module =
        Ref::steal(PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "__module__"));
    if (!plan->module) return false;
    if (PyUnicode_CheckExact(plan->module.get())) plan->kind = PlanKind::kMark;
    return true;
}

}  // namespace

Plan* Plans::make(SaveState* state, PyTypeObject* type, PyObject* sample) try {
    if (layout < 0 && (layout = inline_values_work()) < 0) return nullptr;
    auto plan = std::make_unique<Plan>();
    plan->type = type;
    // The tag is taken first: should the type change while it is looked at, the plan is stale at
    // once.
    plan->version = new_version(type, state->names.reduce_ex);
    Ref reducer;
    // Classes go by name or by value, whatever their metaclass.
    const int found =
        PyType_IsSubtype(type, &PyType_Type) ? 0 : find_reducer(state, type, &reducer);
    if (found < 0) return nullptr;
    if (found == 0 && plan->version != 0 && !Planner(state, type, sample, plan.get()).run())
        return nullptr;
    if (found > 0 && plan->version != 0) {
        if (!plan_marks(type, reducer.get(), plan.get())) return nullptr;
        if (PyType_HasFeature(type, Py_TPFLAGS_BASE_EXC_SUBCLASS)) {
            const int ours = is_ours(reducer.get());
            if (ours < 0) return nullptr;
            if (ours > 0) Planner(state, type, sample, plan.get()).run_exception();
        }
    }
    if (count_ >= kMostPlans) clear();
    if (count_ * 2 >= table_.size()) {
        std::vector<std::unique_ptr<Plan>> old(table_.empty() ? 64 : table_.size() * 2);
        old.swap(table_);
        for (auto& moved : old) {
            if (moved == nullptr) continue;
            size_t i = bucket(moved->type, table_.size());
            while (table_[i] != nullptr) i = (i + 1) & (table_.size() - 1);
            table_[i] = std::move(moved);
        }
    }
    size_t i = bucket(type, table_.size());
    while (table_[i] != nullptr && table_[i]->type != type) i = (i + 1) & (table_.size() - 1);
    if (table_[i] == nullptr) ++count_;
    table_[i] = std::move(plan);
    last_ = nullptr;
    return table_[i].get();
} catch (const std::bad_alloc&) {
    PyErr_NoMemory();
    return nullptr;
}

}  // namespace anypickle
