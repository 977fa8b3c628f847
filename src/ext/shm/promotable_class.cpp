// The type of the two types of promotable locks. A program that keeps `type(threading.Lock())` asks
// it about locks that were made before anypickle was installed, too: those are of that class as
// well.
#include "shm/promotable.h"
#include "shm/state.h"

namespace anypickle::shm {
namespace {

// The stock type that `type` stands for; null if it is neither of the two (borrowed).
PyObject* stock_of(PyObject* type) {
    PyObject* module = PyType_GetModuleByDef(reinterpret_cast<PyTypeObject*>(type), &shm_module);
    if (module == nullptr) {
        PyErr_Clear();
        return nullptr;
    }
    State* state = state_of(module);
    if (type == reinterpret_cast<PyObject*>(state->promotable_lock)) return state->stock_lock;
    if (type == reinterpret_cast<PyObject*>(state->promotable_rlock)) return state->stock_rlock;
    return nullptr;
}

// What `type` itself answers, and if that is no, what the stock type does.
PyObject* ask(const char* method, int (*stock_answer)(PyObject*, PyObject*), PyObject* type,
              PyObject* object) {
    PyObject* answer =
        PyObject_CallMethod(reinterpret_cast<PyObject*>(&PyType_Type), method, "OO", type, object);
    if (answer != Py_False) return answer;
    PyObject* stock = stock_of(type);
    if (stock == nullptr) return answer;
    Py_DECREF(answer);
    int is = stock_answer(object, stock);
    return is < 0 ? nullptr : PyBool_FromLong(is);
}

PyObject* instance_check(PyObject* type, PyObject* object) {
    return ask("__instancecheck__", PyObject_IsInstance, type, object);
}

PyObject* subclass_check(PyObject* type, PyObject* cls) {
    return ask("__subclasscheck__", PyObject_IsSubclass, type, cls);
}

PyMethodDef methods[] = {
    {"__instancecheck__", instance_check, METH_O, nullptr},
    {"__subclasscheck__", subclass_check, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_methods, methods},
    {0, nullptr},
};

PyType_Spec spec = {"anypickle._shm.LockClass", 0, 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE, slots};

}  // namespace

int add_promotable_class(PyObject* module) {
    PyObject* meta =
        PyType_FromModuleAndSpec(module, &spec, reinterpret_cast<PyObject*>(&PyType_Type));
    if (meta == nullptr) return -1;
    // The two are ready, and nobody has seen them yet: there is no other way to give a type its
    // type before Python 3.12.
    for (PyTypeObject* type :
         {state_of(module)->promotable_lock, state_of(module)->promotable_rlock}) {
        PyTypeObject* before = Py_TYPE(type);
        Py_SET_TYPE(type, reinterpret_cast<PyTypeObject*>(Py_NewRef(meta)));
        if (PyType_HasFeature(before, Py_TPFLAGS_HEAPTYPE)) Py_DECREF(before);
    }
    int added = PyModule_AddObjectRef(module, "LockClass", meta);
    Py_DECREF(meta);
    return added;
}

}  // namespace anypickle::shm
