// The quick writer: the standard library's values.
#include <Python.h>
#include <datetime.h>

#include <cstring>

#include "codec/save/names.h"
#include "codec/save/quick.h"
#include "codec/value/state.h"

namespace anypickle {
/// cls.__new__(cls, *items): the items are the tuple itself.
bool Quick::save_named_tuple(PyObject* object, Plan& plan) {
    const bool once = alone(object);
    if (!once && !open(object)) return false;
    if (!put_class(plan) ||
        !put_tuple(reinterpret_cast<PyTupleObject*>(object)->ob_item, PyTuple_GET_SIZE(object))) {
        return false;
    }
    out_.put(Opcode::kNewObj);
    return once || close(object);
}

bool Quick::save_date(PyObject* object, Plan& plan) {
    constexpr unsigned char kFold = 0x80;
    unsigned char data[_PyDateTime_DATETIME_DATASIZE];
    unsigned size = 0;
    PyObject* zone = nullptr;
    if (plan.kind == PlanKind::kDate) {
        size = _PyDateTime_DATE_DATASIZE;
        std::memcpy(data, reinterpret_cast<PyDateTime_Date*>(object)->data, size);
    } else if (plan.kind == PlanKind::kDateTime) {
        const auto* moment = reinterpret_cast<PyDateTime_DateTime*>(object);
        size = _PyDateTime_DATETIME_DATASIZE;
        std::memcpy(data, moment->data, size);
        if (moment->fold != 0) data[2] |= kFold;
        if (moment->hastzinfo != 0) zone = moment->tzinfo;
    } else {
        const auto* time = reinterpret_cast<PyDateTime_Time*>(object);
        size = _PyDateTime_TIME_DATASIZE;
        std::memcpy(data, time->data, size);
        if (time->fold != 0) data[0] |= kFold;
        if (time->hastzinfo != 0) zone = time->tzinfo;
    }
    const bool once = alone(object);
    if (zone != nullptr && !once && !open(object)) return false;
    if (!put_class(plan) || !out_.room()) return false;
    out_.put(Opcode::kShortBinBytes);
    out_.put_byte(size);
    std::memcpy(out_.cursor(), data, sizeof data);
    out_.advance_to(out_.cursor() + size);
    if (zone != nullptr && (!save(zone) || !out_.room())) return false;
    out_.put(zone != nullptr ? Opcode::kTuple2 : Opcode::kTuple1);
    out_.put(Opcode::kReduce);
    if (once) return true;
    return zone != nullptr ? close(object) : memoize(object);
}

bool Quick::save_timedelta(PyObject* object, Plan& plan) {
    const auto* delta = reinterpret_cast<PyDateTime_Delta*>(object);
    if (!put_class(plan) || !out_.room()) return false;
    put_int(delta->days);
    put_int(delta->seconds);
    put_int(delta->microseconds);
    out_.put(Opcode::kTuple3);
    out_.put(Opcode::kReduce);
    return alone(object) || memoize(object);
}

bool Quick::save_decimal(PyObject* object, Plan& plan) {
    const Ref text = Ref::steal(PyObject_Str(object));
    if (!text || !put_class(plan) || !out_.room() || !put_str(text.get())) return false;
    out_.put(Opcode::kTuple1);
    out_.put(Opcode::kReduce);
    return alone(object) || memoize(object);
}

bool Quick::save_uuid(PyObject* object, Plan& plan) {
    PyObject* number = at_offset(object, plan.slots[0].offset);
    if (number == nullptr || at_offset(object, plan.slots[1].offset) != plan.slots[1].name.get())
        return false;
    if (!put_class(plan) || !out_.room()) return false;
    out_.put(Opcode::kEmptyTuple);
    out_.put(Opcode::kNewObj);
    if (!alone(object) && !memoize(object)) return false;
    out_.put(Opcode::kEmptyDict);
    uint32_t index = 0;
    if (!out_.room() || !save_shared_str(plan.slots[0].name.get(), &index) || !save(number) ||
        !out_.room())
        return false;
    out_.put(Opcode::kSetItem);
    out_.put(Opcode::kBuild);
    return true;
}

/// cls(*parts)
bool Quick::save_parts(PyObject* object, Plan& plan) {
    PyObject* parts = at_offset(object, plan.parts);
    if (parts == nullptr || !PyList_CheckExact(parts)) return false;
    const bool once = alone(object);
    if (!once && !open(object)) return false;
    if (!put_class(plan) ||
        !put_tuple(reinterpret_cast<PyListObject*>(parts)->ob_item, PyList_GET_SIZE(parts))) {
        return false;
    }
    out_.put(Opcode::kReduce);
    return once || close(object);
}

/// cls(value), or getattr(cls, name)
bool Quick::save_enum(PyObject* object, Plan& plan) {
    const bool by_name = plan.kind == PlanKind::kEnumName;
    PyObject* wanted = by_name ? state_->names.enum_name : state_->names.enum_value;
    InlineValues values;
    PyObject* found = nullptr;
    switch (read_inline(object, &values)) {
        case Attributes::kInline:
            for (Py_ssize_t i = 0; i < values.count; ++i) {
                if (values.key(i) == wanted) found = values.value(i);
            }
            break;
        case Attributes::kDict:
            if (values.dict != nullptr) found = PyDict_GetItemWithError(values.dict, wanted);
            break;
        case Attributes::kUnknown:
            break;
    }
    if (found == nullptr) return false;
    const bool once = alone(object);
    if (!once && !open(object)) return false;
    if (by_name && !save(plan.slots[0].name.get())) return false;
    if (!put_class(plan) || !save(found) || !out_.room()) return false;
    out_.put(by_name ? Opcode::kTuple2 : Opcode::kTuple1);
    out_.put(Opcode::kReduce);
    return once || close(object);
}

/// Whether a kind of object that stock pickle refuses may be written here: nobody else has a say.
bool Quick::may_write(PyObject* object) {
    met_values_ = true;
    if (place_ != Place::kPlain) {
        return place_ == Place::kUnknown ? want(Want::kPlace, object) : false;
    }
    PyObject* found = PyDict_GetItemWithError(state_->dispatch_table,
                                              reinterpret_cast<PyObject*>(Py_TYPE(object)));
    return found == nullptr ||
           reinterpret_cast<PyObject*>(Py_TYPE(found)) == state_->value->recipe_type;
}

/// An exception that was never raised, and caused by none. Its class and args are all there is, and
/// what a program gave it.
bool Quick::save_exception(PyObject* object, const Plan& plan) {
    const auto* error = reinterpret_cast<PyBaseExceptionObject*>(object);
    if (error->traceback != nullptr || error->context != nullptr || error->cause != nullptr ||
        error->notes != nullptr || error->suppress_context != 0)
        return false;
    // An error of a pickler that says where holds what it is about, too.
    if (error->dict != nullptr && PyDict_GetItemString(error->dict, "path") != nullptr)
        return false;
    return may_write(object) && save_reduced(object, plan);
}

/// What dataclasses compares by identity.
bool Quick::save_mark(PyObject* object, Plan& plan) {
    if (!may_write(object)) return false;
    for (const Mark& mark : plan.marks) {
        if (mark.object.get() != object) continue;
        return mark.module ? put_getattr(object, mark.module.get(), mark.name.get())
                           : put_global(object, plan.module.get(), mark.name.get());
    }
    return want(Want::kMark, object);
}

/// MappingProxyType(dict)
bool Quick::save_mapping_proxy(PyObject* proxy) {
    PyObject* mapping = nullptr;
    const auto take = [](PyObject* held, void* place) {
        *static_cast<PyObject**>(place) = held;
        return 0;
    };
    if (!may_write(proxy) || PyDictProxy_Type.tp_traverse(proxy, take, &mapping) != 0 ||
        mapping == nullptr || !PyDict_CheckExact(mapping))
        return false;
    const bool once = alone(proxy);
    if ((!once && !open(proxy)) || !save(reinterpret_cast<PyObject*>(&PyDictProxy_Type)) ||
        !save(mapping) || !out_.room())
        return false;
    out_.put(Opcode::kTuple1);
    out_.put(Opcode::kReduce);
    return once || close(proxy);
}

/// A PickleBuffer, in band.
bool Quick::save_buffer(PyObject* object) {
    const Py_buffer* view = PyPickleBuffer_GetBuffer(object);
    if (protocol_ < 5 || view == nullptr || view->suboffsets != nullptr ||
        !PyBuffer_IsContiguous(view, 'A'))
        return false;
    const auto* data = static_cast<const char*>(view->buf);
    const Py_ssize_t size = view->len;
    bool written = false;
    if (view->readonly == 0) {
        written = out_.put_payload(Opcode::kByteArray8, size, 8, data, nullptr);
    } else if (size <= 0xFF) {
        written = out_.put_payload(Opcode::kShortBinBytes, size, 1, data, nullptr);
    } else {
        written = size <= 0xFFFFFFFF ? out_.put_payload(Opcode::kBinBytes, size, 4, data, nullptr)
                                     : out_.put_payload(Opcode::kBinBytes8, size, 8, data, nullptr);
    }
    return written && (alone(object) || memoize(object));
}

}  // namespace anypickle
