// Everything that is not a builtin: the reduce protocol (PEP 307 and what grew from it).
#include "codec/save/engine.h"
#include "codec/save/globals.h"
#include "codec/save/instances.h"
#include "codec/save/notes.h"
#include "codec/save/reduce_value.h"
#include "codec/save/registry.h"
#include "codec/save/stages.h"
#include "codec/value/crossings.h"
#include "codec/value/state.h"
#include "common/errors.h"

namespace anypickle {
namespace {

/// How deep reducers may nest objects that they make themselves: far beyond sense, short of eating
/// all memory.
constexpr size_t kDeepestTemporaries = 1500000;

/// How many unfinished reductions of one object are too many. A reducer may know that it is being
/// asked again, and then answer otherwise; once is enough for that.
constexpr size_t kOpenReductions = 4;

/// Whether protocols 0 and 1 have just refused an object that the same call carries in all others:
/// it is written in C and says what its __new__ wants (frozendict), or has slots, and its class is
/// one of the standard library's. Classes by value hold such objects, those of dataclasses.
bool is_refused_for_protocol(SaveState* state, PyTypeObject* type) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return false;
    ErrorHolder error;
    PyObject* cls = reinterpret_cast<PyObject*>(type);
    Ref found;
    int known = 0;
    if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) {
        known = optional_attr(cls, state->names.getnewargs, found.out());
    } else if (optional_attr(cls, state->names.attr_module, found.out()) > 0) {
        const Ref names = Ref::share(PySys_GetObject("stdlib_module_names"));
        known = names && PyAnySet_Check(names.get()) ? PySet_Contains(names.get(), found.get()) : 0;
    }
    PyErr_Clear();
    error.restore();
    return known > 0;
}

/// What a class derived from set reduces to, without the order of its elements: a set is made of a
/// list of them, which would be another one in another process.
Ref new_without_order(PyObject* value) {
    PyObject* args =
        PyTuple_Check(value) && PyTuple_GET_SIZE(value) > 1 ? PyTuple_GET_ITEM(value, 1) : nullptr;
    if (args == nullptr || !PyTuple_Check(args) || PyTuple_GET_SIZE(args) != 1 ||
        !PyList_CheckExact(PyTuple_GET_ITEM(args, 0))) {
        return Ref::share(value);
    }
    const Ref elements = Ref::steal(PyFrozenSet_New(PyTuple_GET_ITEM(args, 0)));
    const Ref head = Ref::steal(
        elements ? Py_BuildValue("(O(O))", PyTuple_GET_ITEM(value, 0), elements.get()) : nullptr);
    const Ref tail = Ref::steal(PyTuple_GetSlice(value, 2, PyTuple_GET_SIZE(value)));
    return head && tail ? Ref::steal(PySequence_Concat(head.get(), tail.get())) : Ref();
}

}  // namespace

/// An object that the builtin writers do not know: its reducer is found and called, what it returns
/// is written.
Step Engine::save_reduced(PyObject* object) {
    PyTypeObject* type = Py_TYPE(object);
    if (type == &PyCFunction_Type && options_.protocol >= 4 && options_.dispatch_table == nullptr) {
        // What our own streams call is where it is: nothing to look up.
        PyObject* name = rebuilder_name(state_->value, object);
        if (name != nullptr) return write_global(object, state_->value->home, name);
    }
    Ref reducer;
    Ref value;
    int found = 0;
    if (options_.dispatch_table != nullptr) {
        if (PyDict_CheckExact(options_.dispatch_table)) {
            found =
                dict_get(options_.dispatch_table, reinterpret_cast<PyObject*>(type), reducer.out());
        } else {
            reducer = Ref::steal(
                PyObject_GetItem(options_.dispatch_table, reinterpret_cast<PyObject*>(type)));
            found = reducer ? 1 : PyErr_ExceptionMatches(PyExc_KeyError) ? 0 : -1;
            if (found == 0) PyErr_Clear();
        }
    } else {
        found = dict_get(state_->dispatch_table, reinterpret_cast<PyObject*>(type), reducer.out());
    }
    if (found == 0 && PyType_HasFeature(type, Py_TPFLAGS_TYPE_SUBCLASS)) return save_named(object);
    if (found == 0 && type == &PyCell_Type) return save_cell(object);
    const bool in_table = found > 0;
    if (found == 0) found = find_reducer(state_, type, &reducer);
    if (found < 0) return Step::kFailed;
    if (found > 0) {
        value = Ref::steal(PyObject_CallOneArg(reducer.get(), object));
        // A recipe that has nothing to say of this object.
        if (!in_table && value.get() == Py_NotImplemented) found = 0;
    }
    if (found == 0 && options_.protocol >= 2) {
        const int plain = reduce_plain(state_, object, &value);
        if (plain < 0) return Step::kFailed;
        if (plain > 0) {
            const Step step =
                push_reduction(object, value.get(), kFormNewObj, Py_NewRef(state_->empty_tuple));
            if (step == Step::kFailed) note(object, "object");
            return step;
        }
    }
    if (found == 0) {
        // Looked up on the object, not on its type: an instance may bring a __reduce_ex__ of its
        // own. Without a __getattribute__ one is always found, and need not be bound to be called.
        PyObject* name = state_->names.reduce_ex;
        const bool usual = type->tp_getattro == PyObject_GenericGetAttr;
        if (!usual && optional_attr(object, name, reducer.out()) < 0) return Step::kFailed;
        const auto ask = [&](int protocol) {
            PyObject* number = state_->protocols[protocol];
            return Ref::steal(usual ? PyObject_CallMethodOneArg(object, name, number)
                                    : PyObject_CallOneArg(reducer.get(), number));
        };
        if (usual || reducer) {
            value = ask(options_.protocol);
            if (!value && options_.protocol < 2 && is_refused_for_protocol(state_, type)) {
                PyErr_Clear();
                value = ask(2);
            }
        } else {
            if (optional_attr(object, state_->names.reduce, reducer.out()) < 0)
                return Step::kFailed;
            if (!reducer) {
                PyErr_Format(state_->pickling_error, "can't pickle '%.200s' object: %R",
                             type->tp_name, object);
                return Step::kFailed;
            }
            value = Ref::steal(PyObject_CallNoArgs(reducer.get()));
        }
    }
    if (!value) return Step::kFailed;
    reducer = Ref();  // a bound method, which refers to the object
    if (PyAnySet_Check(object)) {
        const int hashed = hashes(state_->value);
        if (hashed > 0) value = new_without_order(value.get());
        if (hashed < 0 || !value) return Step::kFailed;
    }
    if (in_table && PyUnicode_Check(value.get())) return save_by_name(object, value.get());
    return push_reduce_value(object, value.get());
}

/// An object whose library gave its name: by that, or by its recipe where the name leads nowhere.
Step Engine::save_by_name(PyObject* object, PyObject* name) {
    const Step step = save_global(object, name);
    if (step != Step::kFailed || (!PyErr_ExceptionMatches(state_->pickling_error) &&
                                  !PyErr_ExceptionMatches(PyExc_AttributeError))) {
        return step;
    }
    ErrorHolder error;
    Ref reducer;
    const int found = find_reducer(state_, Py_TYPE(object), &reducer);
    if (found < 0) return Step::kFailed;
    if (found == 0) {
        error.restore();
        return Step::kFailed;
    }
    const Ref value = Ref::steal(PyObject_CallOneArg(reducer.get(), object));
    return value ? push_reduce_value(object, value.get()) : Step::kFailed;
}

Step Engine::push_reduce_value(PyObject* object, PyObject* value) {
    if (PyUnicode_Check(value)) return save_global(object, value);
    const Step step = push_reduce_tuple(object, value);
    if (step == Step::kFailed && object != nullptr) note(object, "object");
    return step;
}

Step Engine::push_reduce_tuple(PyObject* object, PyObject* value) {
    ReduceForm form = kFormCall;
    Ref extra;
    if (!check_value(state_, value) ||
        !find_form(state_, options_.protocol, object, value, &form, &extra))
        return Step::kFailed;
    return push_reduction(object, value, form, extra.release());
}

/// A frame for an object that the value makes. Steals extra.
Step Engine::push_reduction(PyObject* object, PyObject* value, ReduceForm form,
                            PyObject* steal_extra) {
    Ref extra = Ref::steal(steal_extra);
    // An object that only its container and the pickler refer to may have been made by the reducer
    // above it. No data nests such objects that deep; a reducer that makes others of its kind does.
    const FrameKind holder = frames_.empty() ? FrameKind::kTuple : frames_.top().kind;
    const bool in_dict =
        holder == FrameKind::kDict || (kFreeThreaded && holder == FrameKind::kDictItems);
    const bool owned = kFreeThreaded && holder != FrameKind::kTuple;  // while it is walked
    const int held = (in_dict ? 3 : 2) + (owned ? 1 : 0);
    const bool temporary = object != nullptr && Py_REFCNT(object) <= held;
    // Before the push: an observer goes on after a failure, with the frames that there are.
    if (temporary && !may_nest_temporary()) return Step::kFailed;
    if (object != nullptr && frames_.size() >= next_check_ && !gets_on(object)) {
        return Step::kFailed;
    }
    Frame* frame = push(FrameKind::kReduce, object);
    if (frame == nullptr) return Step::kFailed;
    if (temporary) count_temporary(*frame);
    frame->form = form;
    frame->source = Py_NewRef(value);
    frame->extra = extra.release();
    return Step::kPushed;
}

/// Whether the reduction of an object gets on: an object that its own reduce value needs before it
/// is made comes again and again. Asked each time that the depth has doubled. False with
/// RecursionError set, as a recursive pickler raises it.
bool Engine::gets_on(PyObject* object) {
    next_check_ = 2 * frames_.size();
    size_t open = 0;
    frames_.each([&](const Frame& frame) {
        if (frame.kind == FrameKind::kReduce && frame.object == object) ++open;
    });
    if (open < kOpenReductions) return true;
    PyErr_SetString(PyExc_RecursionError,
                    "maximum recursion depth exceeded while pickling an object that its own "
                    "reduce value holds");
    return false;
}

/// Whether one more frame may be among those whose nesting has a limit. False with RecursionError
/// set.
bool Engine::may_nest_temporary() {
    if (temporaries_ < kDeepestTemporaries) return true;
    PyErr_SetString(PyExc_RecursionError,
                    "maximum recursion depth exceeded while pickling an object");
    return false;
}

/// Counts a frame among those whose nesting has a limit.
void Engine::count_temporary(Frame& frame) noexcept {
    if (!frame.temporary) ++temporaries_;
    frame.temporary = true;
}

/// callable(*args), for builtins that have no opcode in the protocol. Steals args, which may be
/// null with an error.
Step Engine::save_call(PyObject* object, PyObject* callable, PyObject* steal_args) {
    const Ref args = Ref::steal(steal_args);
    const Ref value = Ref::steal(args ? PyTuple_Pack(2, callable, args.get()) : nullptr);
    const Step step = value ? push_reduce_tuple(object, value.get()) : Step::kFailed;
    if (step == Step::kPushed) frames_.top().builtin = true;
    return step;
}

/// The object is made: REDUCE or NEWOBJ is written. It is memoised unless its own contents did
/// that.
Step Engine::finish_reduce_call(Frame& frame) {
    if (!out_.room()) return Step::kFailed;
    switch (frame.form) {
        case kFormNewObj:
            out_.put(Opcode::kNewObj);
            break;
        case kFormNewObjEx:
            out_.put(Opcode::kNewObjEx);
            break;
        default:
            out_.put(Opcode::kReduce);
            break;
    }
    frame.stage = kReduceListItems;
    if (frame.object == nullptr) return Step::kDone;
    Memo::Entry* entry = memo_.slot(frame.object);
    if (entry == nullptr) return Step::kFailed;
    if (!memo_.live(*entry)) return number(*entry, frame.object) ? Step::kDone : Step::kFailed;
    out_.put(Opcode::kPop);
    frame.stage = kReduceEnd;
    return put_get(entry->index) ? Step::kDone : Step::kFailed;
}

/// A part of what a reducer returned. A tuple or dict that it made for the purpose, so that nothing
/// but its answer refers to it, can't be met again. Not within what goes by value, where nothing
/// may depend on reference counts; and not in the older protocols, whose streams are those of
/// `_pickle` to the byte.
Step Engine::save_part(const Frame& frame, PyObject* part) {
    if (options_.protocol >= 4 && values_open_ == 0 && !looks_on() && uniquely_referenced(part) &&
        uniquely_referenced(frame.source)) {
        if (PyTuple_CheckExact(part)) return save_tuple(part, true);
        if (PyDict_CheckExact(part)) return save_dict(part, true);
    }
    return save(part);
}

Step Engine::step_reduce(Frame& frame) {
    PyObject* value = frame.source;
    PyObject* args = PyTuple_GET_ITEM(value, 1);
    for (;;) {
        Step step = Step::kDone;
        if (!out_.boundary()) return Step::kFailed;
        switch (frame.stage++) {
            case kReduceCallable:
                step = save(frame.form == kFormPartial ? frame.extra
                            : frame.form == kFormCall  ? PyTuple_GET_ITEM(value, 0)
                                                       : PyTuple_GET_ITEM(args, 0));
                break;
            case kReduceArguments:
                if (frame.form == kFormPartial) {
                    out_.put(Opcode::kEmptyTuple);
                    break;
                }
                step = frame.form == kFormNewObjEx
                           ? save(PyTuple_GET_ITEM(args, 1))
                           : save_part(frame, frame.form == kFormNewObj ? frame.extra : args);
                break;
            case kReduceKeywords:
                if (frame.form == kFormNewObjEx) step = save(PyTuple_GET_ITEM(args, 2));
                break;
            case kReduceMake:
                step = finish_reduce_call(frame);
                break;
            case kReduceListItems:
                if (reduce_part(value, 3) != nullptr) step = push_list_items(reduce_part(value, 3));
                break;
            case kReduceDictItems:
                if (reduce_part(value, 4) != nullptr)
                    step = push_dict_items(nullptr, reduce_part(value, 4));
                break;
            case kReduceState:
                if (reduce_part(value, 2) == nullptr) {
                    frame.stage = kReduceEnd;
                } else if (reduce_part(value, 5) != nullptr) {
                    frame.stage = kReduceSetter;
                } else {
                    frame.stage = kReduceBuild;
                    step = save_part(frame, reduce_part(value, 2));
                }
                break;
            case kReduceSetter:
                step = save(reduce_part(value, 5));
                break;
            case kReduceSetterObject:
                if (frame.object != nullptr) step = save(frame.object);
                break;
            case kReduceSetterState:
                step = save(reduce_part(value, 2));
                break;
            case kReduceSet:
                out_.put(Opcode::kTuple2);
                out_.put(Opcode::kReduce);
                out_.put(Opcode::kPop);
                frame.stage = kReduceEnd;
                break;
            case kReduceBuild:
                out_.put(Opcode::kBuild);
                break;
            default:
                if (frame.temporary) --temporaries_;
                return pop();
        }
        if (step != Step::kDone) return step;
    }
}

}  // namespace anypickle
