// Everything that is not a builtin: the reduce protocol (PEP 307 and what grew from it).
#include <string>

#include "codec/save/engine.h"
#include "codec/save/globals.h"
#include "codec/save/notes.h"
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

PyObject* part(PyObject* value, Py_ssize_t index) {
    PyObject* item = index < PyTuple_GET_SIZE(value) ? PyTuple_GET_ITEM(value, index) : Py_None;
    return item == Py_None ? nullptr : item;
}

/// What an error says of an object's type: the object for %T, the name of its type for %s.
const void* type_argument(PyObject* object) {
    return kNewWords ? static_cast<const void*>(object) : Py_TYPE(object)->tp_name;
}

/// Raises `said`, followed by `what_it_is` of the object. Returns false.
bool refuse(PyObject* error, const char* said, const char* what_it_is, PyObject* object) {
    PyErr_Format(error, std::string(said).append(what_it_is).c_str(), object);
    return false;
}

/// Checks the shape of what a reducer returned. False with PicklingError set.
bool check_value(PyObject* error, PyObject* value) {
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
        PyObject* items = part(value, i);
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
    PyObject* setter = part(value, 5);
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
        PyObject* names = PySys_GetObject("stdlib_module_names");
        known = names != nullptr && PyAnySet_Check(names) ? PySet_Contains(names, found.get()) : 0;
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

/// Which opcode makes an object of callable(*args): functions of copyreg are known by their names.
bool find_form(SaveState* state, PyObject* callable, ReduceForm* form) {
    *form = kFormCall;
    Ref name;
    if (!name_of(state, callable, &name)) return false;
    if (!name || !PyUnicode_Check(name.get())) return true;
    if (is_same_text(name.get(), state->names.newobj)) *form = kFormNewObj;
    if (is_same_text(name.get(), state->names.newobj_ex)) *form = kFormNewObjEx;
    return true;
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
    if (!PyTuple_Check(value)) {
        refuse(state_->pickling_error, "__reduce__ must return a string or tuple",
               kNewWords ? ", not %T" : "", value);
        return Step::kFailed;
    }
    if (!check_value(state_->pickling_error, value)) return Step::kFailed;
    PyObject* callable = PyTuple_GET_ITEM(value, 0);
    PyObject* args = PyTuple_GET_ITEM(value, 1);
    ReduceForm form = kFormCall;
    if (options_.protocol >= 2 && !find_form(state_, callable, &form)) return Step::kFailed;
    Ref extra;
    if (form == kFormNewObjEx) {
        if (!check_newobj_ex(state_->pickling_error, args)) return Step::kFailed;
        if (options_.protocol < 4) {
            form = kFormPartial;
            extra = Ref::steal(new_partial(state_, args));
            if (!extra) return Step::kFailed;
        }
    } else if (form == kFormNewObj) {
        if (!check_newobj(state_, args, object)) return Step::kFailed;
        extra = Ref::steal(PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args)));
        if (!extra) return Step::kFailed;
    }
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
                if (part(value, 3) != nullptr) step = push_list_items(part(value, 3));
                break;
            case kReduceDictItems:
                if (part(value, 4) != nullptr) step = push_dict_items(nullptr, part(value, 4));
                break;
            case kReduceState:
                if (part(value, 2) == nullptr) {
                    frame.stage = kReduceEnd;
                } else if (part(value, 5) != nullptr) {
                    frame.stage = kReduceSetter;
                } else {
                    frame.stage = kReduceBuild;
                    step = save_part(frame, part(value, 2));
                }
                break;
            case kReduceSetter:
                step = save(part(value, 5));
                break;
            case kReduceSetterObject:
                if (frame.object != nullptr) step = save(frame.object);
                break;
            case kReduceSetterState:
                step = save(part(value, 2));
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
