// Planner: looks at one type, in the order in which pickle would, and says how its objects are
// written without code of anybody's.
//
//     if (!Planner(state, type, sample, plan).run()) ...      // an error
//     plan->kind                                              // kNone: only the engine can
//
// Threading: the GIL; may run Python code of the standard library, on the sample.
#pragma once

#include "codec/save/plan.h"
#include "codec/save/state.h"

namespace anypickle {

class Planner {
  public:
    Planner(SaveState* state, PyTypeObject* type, PyObject* sample, Plan* plan)
        : state_(state), type_(type), sample_(sample), plan_(plan) {}

    /// Whether the recipe for exceptions has nothing to add to what BaseException says of one that
    /// was never raised: no __init__ in Python, no reducer of the class's own, no fields in C.
    void run_exception();

    /// False with an error. Sets the plan's kind and what goes with it.
    bool run();

  private:
    [[nodiscard]] PyObject* lookup(PyObject* name) const { return _PyType_Lookup(type_, name); }
    [[nodiscard]] bool same(PyObject* name) const {
        return lookup(name) == _PyType_Lookup(&PyBaseObject_Type, name);
    }
    [[nodiscard]] bool is_plain(PyTypeObject* meta) const;
    bool found_by_name();
    static bool goes_unnamed(PlanKind kind) { return kind >= PlanKind::kDeque; }
    bool kind(PlanKind kind) {
        plan_->kind = kind;
        return true;
    }

    bool instance_kind();
    const PyTypeObject* find_native();
    bool find_slots(const PyTypeObject* native);
    bool add_slot(PyTypeObject* owner, PyObject* name);
    bool find_dict();

    bool builtin_kind();
    bool find_flags();
    [[nodiscard]] bool numpy_scalar() const;
    bool named_tuple_kind(PyObject* newargs);
    bool fields_kind(PyObject* getstate);
    bool state_kind();
    bool reduced_kind();
    bool enum_kind();
    bool path_kind();
    Ref reduce_sample();

    SaveState* state_;
    PyTypeObject* type_;
    PyObject* sample_;
    Plan* plan_;
};

}  // namespace anypickle
