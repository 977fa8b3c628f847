// The quick writer: what reducers in C return, as far as they run nobody's code.
//
// Threading: nothing here lets another thread run. That is why some values are made here that a
// reducer would give as well: object.__getstate__ asks copyreg, in Python, for the slots of every
// class that can't remember them.
#include <Python.h>

#include <cstring>

#include "codec/save/names.h"
#include "codec/save/quick.h"

namespace anypickle {
namespace {

/// cls(), cls((), maxlen), then its items
PyObject* new_deque_value(PyObject* deque) {
    const Ref most = Ref::steal(PyObject_GetAttrString(deque, "maxlen"));
    const Ref items = Ref::steal(most ? PyObject_GetIter(deque) : nullptr);
    if (!items) return nullptr;
    PyObject* args = most.get() == Py_None ? PyTuple_New(0) : Py_BuildValue("(()O)", most.get());
    return Py_BuildValue("(ONOO)", Py_TYPE(deque), args, Py_None, items.get());
}

/// cls(), then its items, then what was set on it
PyObject* new_ordered_dict_value(PyObject* dict, PyObject* items_name) {
    const Ref view = Ref::steal(PyObject_CallMethodNoArgs(dict, items_name));
    const Ref items = Ref::steal(view ? PyObject_GetIter(view.get()) : nullptr);
    if (!items) return nullptr;
    PyObject* state =
        *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(dict) + Py_TYPE(dict)->tp_dictoffset);
    const bool none = state == nullptr || PyDict_GET_SIZE(state) == 0;
    return Py_BuildValue("(O()OOO)", Py_TYPE(dict), none ? Py_None : state, Py_None, items.get());
}

/// cls(offset) or cls(offset, name)
PyObject* new_timezone_value(PyObject* zone) {
    const Ref args = Ref::steal(PyObject_CallMethod(zone, "__getinitargs__", nullptr));
    return args ? Py_BuildValue("(OO)", Py_TYPE(zone), args.get()) : nullptr;
}

/// Whether an array lies in one piece; numpy lets other threads run while it puts one together.
bool is_whole(PyObject* array, const Plan& plan) {
    constexpr int kInOrderOfC = 1;
    constexpr int kInOrderOfFortran = 2;
    if (plan.flags > 0) {
        int known = 0;
        std::memcpy(&known, reinterpret_cast<char*>(array) + plan.flags, sizeof known);
        return (known & (kInOrderOfC | kInOrderOfFortran)) != 0;
    }
    const Ref flags = Ref::steal(PyObject_GetAttrString(array, "flags"));
    const Ref whole = Ref::steal(flags ? PyObject_GetAttrString(flags.get(), "forc") : nullptr);
    return whole.get() == Py_True;
}

}  // namespace

/// The value that its reducer would return. Null without a word where that would run other code.
PyObject* Quick::new_reduce_value(PyObject* object, const Plan& plan) {
    switch (plan.kind) {
        case PlanKind::kDeque:
            return new_deque_value(object);
        case PlanKind::kOrderedDict:
            return new_ordered_dict_value(object, state_->names.items);
        case PlanKind::kTimeZone:
            return new_timezone_value(object);
        case PlanKind::kArray:
            if (!is_whole(object, plan)) return nullptr;
            break;
        default:
            break;
    }
    return PyObject_CallMethodOneArg(object, state_->names.reduce_ex, state_->protocols[protocol_]);
}

bool Quick::save_reduced(PyObject* object, const Plan& plan) {
    const size_t known = memo_.size();
    PyObject* value = new_reduce_value(object, plan);
    if (value == nullptr) return false;
    const bool once = alone(object);
    const bool written =
        PyTuple_CheckExact(value) && (once || open(object)) && put_reduced(object, value, once);
    // What was memoised may be a part of the value: its address must not be used again.
    if (written && memo_.size() == known + (once ? 0 : 1)) {
        Py_DECREF(value);
        return true;
    }
    return keep(value) && written;
}

bool Quick::put_reduced(PyObject* object, PyObject* value, bool once) {
    const Py_ssize_t size = PyTuple_GET_SIZE(value);
    if (size < 2 || size > 5 || !PyTuple_CheckExact(PyTuple_GET_ITEM(value, 1))) return false;
    PyObject* callable = PyTuple_GET_ITEM(value, 0);
    const bool known =
        PyType_Check(callable) || PyCFunction_Check(callable) || PyFunction_Check(callable);
    if (!known || (PyFunction_Check(callable) &&
                   is_dunder(reinterpret_cast<PyFunctionObject*>(callable)->func_name))) {
        return false;  // __newobj__ and __newobj_ex__ have opcodes of their own
    }
    if (!save(callable) || !save(PyTuple_GET_ITEM(value, 1)) || !out_.room()) return false;
    out_.put(Opcode::kReduce);
    if (!once && !close(object)) return false;
    for (Py_ssize_t i = 3; i < size; ++i) {
        PyObject* items = PyTuple_GET_ITEM(value, i);
        if (items == Py_None) continue;
        PyObject* list = PySequence_List(items);
        if (list == nullptr || !keep(list)) return false;
        if (!(i == 3 ? put_list_items(list, Owner::kReducer) : put_pairs(list))) return false;
    }
    PyObject* state = size > 2 ? PyTuple_GET_ITEM(value, 2) : Py_None;
    if (state == Py_None) return true;
    if (!save(state) || !out_.room()) return false;
    out_.put(Opcode::kBuild);
    return true;
}

/// The items of a dict that its reducer gave as pairs.
bool Quick::put_pairs(PyObject* list) {
    constexpr Py_ssize_t kBatch = 1000;
    const Py_ssize_t count = PyList_GET_SIZE(list);
    bool marked = false;
    for (Py_ssize_t i = 0; i < count; ++i) {
        PyObject* pair = PyList_GET_ITEM(list, i);
        if (!PyTuple_CheckExact(pair) || PyTuple_GET_SIZE(pair) != 2 || !out_.room()) return false;
        if (i % kBatch == 0) {
            if (i > 0) out_.put(Opcode::kSetItems);
            marked = count - i > 1;
            if (marked) out_.put(Opcode::kMark);
        }
        if (!save(PyTuple_GET_ITEM(pair, 0)) || !save(PyTuple_GET_ITEM(pair, 1))) return false;
    }
    if (!out_.room()) return false;
    if (count > 0) out_.put(marked ? Opcode::kSetItems : Opcode::kSetItem);
    return true;
}

}  // namespace anypickle
