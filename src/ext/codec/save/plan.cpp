#include "codec/save/plan.h"

#include <new>

#include "codec/save/planner.h"
#include "codec/save/registry.h"
#include "common/compat.h"
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
