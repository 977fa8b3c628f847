// REDUCE and NEWOBJ whose arguments lie on the stack: no tuple is made of them where none is
// needed.
#include <cstring>
#include <new>

#include "codec/load/backend.h"
#include "codec/load/changed.h"
#include "codec/load/datetimes.h"
#include "common/compat.h"
#include "common/errors.h"

namespace anypickle::load {

/// A path from its parts, which it takes over; null if that is not what is called.
PyObject* Backend::known_path(PyObject* callable, PyObject** items, std::size_t count) noexcept {
    if (PY_VERSION_HEX >= 0x030C0000 || kFreeThreaded || !PyType_Check(callable)) return nullptr;
    auto* type = reinterpret_cast<PyTypeObject*>(callable);
    const char* name = type->tp_name;
    if (*name != 'P' ||
        (std::strcmp(name, "PurePosixPath") != 0 && std::strcmp(name, "PosixPath") != 0))
        return nullptr;
    Plan* plan = plans().of(type, state_);
    if (plan == nullptr || plan->known_kind(type, state_) != KnownType::Kind::kPath) return nullptr;
    PyObject* path = plan->known.new_path(type, items, count, state_);
    while (path != nullptr && count > 0) Py_DECREF(items[--count]);
    return path;
}

/// function(dtype, bytes), where that may be NumPy's; takes the items over.
PyObject* Backend::numpy_scalar(PyObject* function, PyObject** items) noexcept {
    if (numpy_scalars_ == nullptr) numpy_scalars_.reset(new (std::nothrow) NumpyScalars());
    if (numpy_scalars_ != nullptr) {
        PyObject* known = numpy_scalars_->make(function, items[0], items[1]);
        if (known != nullptr || PyErr_Occurred()) {
            Py_DECREF(items[1]);
            Py_DECREF(items[0]);
            return known;
        }
    }
    const Ref arguments = Ref::steal(tuple(items, 2));
    if (!arguments) return nullptr;
    Ref number = Ref::steal(reduce(Py_NewRef(function), Py_NewRef(arguments.get())));
    if (number && numpy_scalars_ != nullptr) {
        numpy_scalars_->learn(function, PyTuple_GET_ITEM(arguments.get(), 0),
                              PyTuple_GET_ITEM(arguments.get(), 1), number.get());
    }
    return number.release();
}

PyObject* Backend::reduce_items(PyObject* steal_callable, PyObject** items,
                                std::size_t count) noexcept {
    Ref callable = Ref::steal(steal_callable);
    if (count == 1 && PyType_Check(callable.get()) && PyBytes_CheckExact(items[0])) {
        const Ref bytes = Ref::share(items[0]);
        PyObject* made = new_date(state_.dates, callable.get(), items[0]);
        if (made != nullptr || PyErr_Occurred()) {
            Py_DECREF(items[0]);
            return made;
        }
    }
    if (count == 1 && PyFunction_Check(callable.get())) {
        PyObject* module = state_.importing.find(callable.get(), items[0], state_.imports);
        if (module != nullptr) {
            Py_DECREF(items[0]);
            return Py_NewRef(module);
        }
    }
    if (PyObject* path = known_path(callable.get(), items, count); path != nullptr) return path;
    if (PyErr_Occurred()) {
        while (count > 0) Py_DECREF(items[--count]);
        return nullptr;
    }
    if (count == 2 && PyBytes_CheckExact(items[1]) && NumpyScalars::is_function(callable.get()))
        return numpy_scalar(callable.get(), items);
    if (PyVectorcall_Function(callable.get()) == nullptr) {
        PyObject* arguments = tuple(items, count);
        return arguments == nullptr ? nullptr : reduce(callable.release(), arguments);
    }
    // The callable's own place on the stack is in front of the items, and free for the callee to
    // use.
    PyObject* result =
        PyObject_Vectorcall(callable.get(), items, count | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    if (result == nullptr) {
        ErrorHolder error;
        const Ref arguments = Ref::steal(tuple(items, count));  // which takes them over
        error.restore();
        if (arguments) say_what_changed("called", {callable.get(), arguments.get()});
        return nullptr;
    }
    while (count > 0) Py_DECREF(items[--count]);
    return result;
}

PyObject* Backend::new_object_from(PyObject* steal_type, PyObject** items,
                                   std::size_t count) noexcept {
    Ref type = Ref::steal(steal_type);
    if (PyType_Check(type.get()) && !kFreeThreaded) {
        auto* cls = reinterpret_cast<PyTypeObject*>(type.get());
        if (count == 0 && cls->tp_new == PyBaseObject_Type.tp_new) {
            // Where there is no __dict__ to set up, object.__new__ does no more than this.
            fresh_ = has_no_instance_dict(cls) && !PyType_HasFeature(cls, Py_TPFLAGS_IS_ABSTRACT)
                         ? cls->tp_alloc(cls, 0)
                         : cls->tp_new(cls, state_.empty_tuple, nullptr);
            return fresh_;
        }
        if (cls->tp_base == &PyTuple_Type) {
            Plan* plan = plans().of(cls, state_);
            if (plan != nullptr && plan->is_named_tuple(state_, count)) {
                PyObject* object = cls->tp_alloc(cls, static_cast<Py_ssize_t>(count));
                for (std::size_t i = 0; i < count; ++i) {
                    if (object == nullptr) {
                        Py_DECREF(items[i]);
                    } else {
                        PyTuple_SET_ITEM(object, static_cast<Py_ssize_t>(i), items[i]);
                    }
                }
                return object;
            }
        }
    }
    PyObject* arguments = tuple(items, count);
    return arguments == nullptr ? nullptr : new_object(type.release(), arguments);
}

}  // namespace anypickle::load
