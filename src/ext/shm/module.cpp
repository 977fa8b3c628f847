// The module `anypickle._shm`: the Python types over the core's arena, ring and locks, and the way
// into an arena.
//
// An arena belongs to the process, not to an interpreter: the core keeps the list of those that are
// joined.
#include <Python.h>

#include <cstring>

#include "anypickle/os.h"
#include "shm/promotable.h"
#include "shm/shared_object.h"
#include "shm/state.h"

namespace anypickle::shm {

State* state_of_object(PyObject* object) {
    PyObject* module = PyType_GetModuleByDef(Py_TYPE(object), &shm_module);
    return module == nullptr ? nullptr : state_of(module);
}

namespace {

bool parse_uuid(PyObject* bytes, Uuid* uuid) {
    if (!PyBytes_Check(bytes) || PyBytes_GET_SIZE(bytes) != static_cast<Py_ssize_t>(uuid->size())) {
        PyErr_SetString(PyExc_ValueError, "an arena's uuid has 16 bytes");
        return false;
    }
    std::memcpy(uuid->data(), PyBytes_AS_STRING(bytes), uuid->size());
    return true;
}

PyObject* set_codec(PyObject* module, PyObject* args) {
    PyObject* dumps = nullptr;
    PyObject* loads = nullptr;
    if (!PyArg_ParseTuple(args, "OO", &dumps, &loads)) return nullptr;
    Py_XSETREF(state_of(module)->dumps, Py_NewRef(dumps));
    Py_XSETREF(state_of(module)->loads, Py_NewRef(loads));
    Py_RETURN_NONE;
}

PyObject* set_array_type(PyObject* module, PyObject* args) {
    PyObject* type = nullptr;
    PyObject* rebuild = nullptr;
    if (!PyArg_ParseTuple(args, "OO", &type, &rebuild)) return nullptr;
    Py_XSETREF(state_of(module)->array_type, Py_NewRef(type));
    Py_XSETREF(state_of(module)->rebuild_array, Py_NewRef(rebuild));
    Py_RETURN_NONE;
}

PyObject* putting(PyObject*, PyObject*) { return PyBool_FromLong(Collecting::now()); }

PyObject* joined(PyObject*, PyObject* bytes) {
    Uuid uuid;
    if (!parse_uuid(bytes, &uuid)) return nullptr;
    return PyBool_FromLong(Arena::find(uuid) != nullptr);
}

PyObject* join(PyObject*, PyObject* args) {
    PyObject* bytes = nullptr;
    int fd = -1;
    Uuid uuid;
    if (!PyArg_ParseTuple(args, "Oi", &bytes, &fd) || !parse_uuid(bytes, &uuid)) return nullptr;
    return PyBool_FromLong(Arena::adopt(fd, uuid) != nullptr);
}

PyObject* open_of_process(PyObject*, PyObject* args) {
    unsigned int pid = 0;
    int fd = -1;
    if (!PyArg_ParseTuple(args, "Ii", &pid, &fd)) return nullptr;
    return PyLong_FromLong(os::open_of_process(pid, fd));
}

PyObject* descriptor(PyObject*, PyObject* bytes) {
    Uuid uuid;
    if (!parse_uuid(bytes, &uuid)) return nullptr;
    Arena* arena = Arena::find(uuid);
    return PyLong_FromLong(arena == nullptr ? -1 : arena->fd());
}

// Where the arena can be had: (pid, descriptor) of this process and of other members that seem to
// live.
PyObject* doors(PyObject*, PyObject* bytes) {
    Uuid uuid;
    if (!parse_uuid(bytes, &uuid)) return nullptr;
    Arena* arena = Arena::find(uuid);
    PyObject* list = PyList_New(0);
    if (arena == nullptr || list == nullptr) return list;
    arena->make_room_for_others();
    const Members& members = arena->members();
    auto add = [&](std::uint32_t slot) {
        const ProcessSlot& entry = members.slot_at(slot);
        if (entry.used.load() == 0 || entry.pid.load() == 0) return true;
        PyObject* door = Py_BuildValue("(Ii)", entry.pid.load(), entry.fd.load());
        bool added = door != nullptr && PyList_Append(list, door) == 0;
        Py_XDECREF(door);
        return added;
    };
    bool good = add(members.slot());
    for (std::uint32_t slot = 0; good && slot < kMaxProcesses && PyList_GET_SIZE(list) < 8;
         ++slot) {
        if (slot != members.slot()) good = add(slot);
    }
    if (good) return list;
    Py_DECREF(list);
    return nullptr;
}

PyObject* bury_dead(PyObject*, PyObject*) {
    Arena* arena = main_arena();
    if (arena == nullptr) return nullptr;
    int buried = 0;
    Py_BEGIN_ALLOW_THREADS;
    buried = arena->bury_dead();
    Py_END_ALLOW_THREADS;
    return PyLong_FromLong(buried);
}

PyObject* statistics(PyObject*, PyObject*) {
    Arena* arena = main_arena();
    if (arena == nullptr) return nullptr;
    const ArenaHeader& header = arena->header();
    return Py_BuildValue("{s:I,s:K,s:K,s:K}", "blocks", arena->blocks_in_use(), "bytes",
                         static_cast<unsigned long long>(header.in_use.load()), "budget",
                         static_cast<unsigned long long>(header.budget), "address_space",
                         static_cast<unsigned long long>(header.bytes));
}

PyMethodDef functions[] = {
    {"set_codec", set_codec, METH_VARARGS,
     "set_codec(dumps, loads): what pickles the items of queues."},
    {"set_array_type", set_array_type, METH_VARARGS,
     "set_array_type(type, rebuild): the arrays that queues hand over without pickling."},
    {"putting", putting, METH_NOARGS, "True while this thread pickles an item for a shared queue."},
    {"joined", joined, METH_O, "True if this process has joined the arena of that uuid."},
    {"join", join, METH_VARARGS,
     "join(uuid, fd): joins the arena behind a descriptor, which stays the caller's."},
    {"open_of_process", open_of_process, METH_VARARGS,
     "open_of_process(pid, fd): a descriptor, or -errno."},
    {"descriptor", descriptor, METH_O, "The descriptor of a joined arena, or -1."},
    {"doors", doors, METH_O, "[(pid, fd), ...] through which others may get at the arena."},
    {"bury_dead", bury_dead, METH_NOARGS,
     "Clears what dead processes left in the main arena; how many there were."},
    {"switch", switch_objects, METH_O,
     "switch([(object, expected, attributes, class, target, loops), ...]): all at once, or False."},
    {"statistics", statistics, METH_NOARGS, "What the main arena holds."},
    {nullptr, nullptr, 0, nullptr},
};

PyObject* one_name(const char* name) {
    PyObject* text = PyUnicode_InternFromString(name);
    PyObject* tuple = text == nullptr ? nullptr : PyTuple_Pack(1, text);
    Py_XDECREF(text);
    return tuple;
}

// The types that `threading` makes its locks of, whoever has changed their names there.
bool find_stock_types(State* state) {
    PyObject* thread = PyImport_ImportModule("_thread");
    if (thread == nullptr) return false;
    state->stock_lock = PyObject_GetAttrString(thread, "LockType");
    state->stock_rlock = PyObject_GetAttrString(thread, "RLock");
    Py_DECREF(thread);
    return state->stock_lock != nullptr && state->stock_rlock != nullptr;
}

int exec(PyObject* module) {
    State* state = state_of(module);
    if (!find_stock_types(state)) return -1;
    state->callback_name = one_name("buffer_callback");
    state->buffers_name = one_name("buffers");
    state->base_name = PyUnicode_InternFromString("base");
    if (state->callback_name == nullptr || state->buffers_name == nullptr ||
        state->base_name == nullptr)
        return -1;
    for (auto* add :
         {add_lock_types, add_promotable_lock, add_promotable_rlock, add_promotable_class,
          add_event_types, add_waiters_type, add_queue_types, add_view_type, add_buffer_type}) {
        if (add(module) < 0) return -1;
    }
    return 0;
}

int traverse(PyObject* module, visitproc visit, void* arg) {
    State* state = state_of(module);
    Py_VISIT(state->dumps);
    Py_VISIT(state->loads);
    Py_VISIT(state->promotable_lock);
    Py_VISIT(state->promotable_rlock);
    Py_VISIT(state->stock_lock);
    Py_VISIT(state->stock_rlock);
    Py_VISIT(state->array_type);
    Py_VISIT(state->rebuild_array);
    return 0;
}

int clear(PyObject* module) {
    State* state = state_of(module);
    Py_CLEAR(state->dumps);
    Py_CLEAR(state->loads);
    Py_CLEAR(state->promotable_lock);
    Py_CLEAR(state->promotable_rlock);
    Py_CLEAR(state->stock_lock);
    Py_CLEAR(state->stock_rlock);
    Py_CLEAR(state->array_type);
    Py_CLEAR(state->rebuild_array);
    Py_CLEAR(state->base_name);
    Py_CLEAR(state->callback_name);
    Py_CLEAR(state->buffers_name);
    return 0;
}

void free_state(void* module) { clear(static_cast<PyObject*>(module)); }

PyModuleDef_Slot slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(exec)},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, nullptr},
};

}  // namespace

PyModuleDef shm_module = {
    PyModuleDef_HEAD_INIT,
    "anypickle._shm",
    "Shared memory of anypickle.",
    sizeof(State),
    functions,
    slots,
    traverse,
    clear,
    free_state,
};

}  // namespace anypickle::shm

PyMODINIT_FUNC PyInit__shm() { return PyModuleDef_Init(&anypickle::shm::shm_module); }
