#include "shm/shared_object.h"

#include <Python.h>

#include <cstring>

#include "anypickle/ring.h"
#include "shm/errors.h"
#include "shm/state.h"

namespace anypickle::shm {

namespace {
thread_local Arena* collecting_arena = nullptr;
thread_local std::vector<Block>* collected = nullptr;
}  // namespace

Collecting::Collecting(Arena* arena, std::vector<Block>* references)
    : outer_arena_(collecting_arena), outer_references_(collected) {
    collecting_arena = arena;
    collected = references;
}

Collecting::~Collecting() {
    collecting_arena = outer_arena_;
    collected = outer_references_;
}

bool Collecting::now() { return collecting_arena != nullptr; }

Arena* main_arena() {
    Arena* arena = Arena::main();
    if (arena == nullptr) {
        PyErr_SetString(PyExc_OSError,
                        "no shared memory: no file of that size, no descriptor or no address space "
                        "was to be had "
                        "(ulimit -f, -n, -v), or all 1024 process slots are taken");
    } else if (arena->members().me() == 0) {
        raise_outcome(Outcome::kNoSlot);
        return nullptr;
    }
    return arena;
}

bool allocate_block(Arena* arena, std::uint64_t bytes, BlockKind kind, Block* block) {
    Outcome outcome = arena->allocate(bytes, kind, block);
    if (outcome == Outcome::kDone) return true;
    raise_outcome(outcome);
    return false;
}

PyObject* wrap_block(PyTypeObject* type, Arena* arena, Block block) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self == nullptr) {
        arena->drop(block.number);
        return nullptr;
    }
    shared(self)->arena = arena;
    shared(self)->number = block.number;
    shared(self)->generation = block.generation;
    shared(self)->data = arena->data(block.number);
    return self;
}

PyObject* attach_object(PyObject* type, PyObject* args, BlockKind kind, const ObjectTag* tag) {
    const char* uuid_bytes = nullptr;
    Py_ssize_t uuid_length = 0;
    Block block;
    int arriving = 1;
    if (!PyArg_ParseTuple(args, "y#II|p", &uuid_bytes, &uuid_length, &block.number,
                          &block.generation, &arriving)) {
        return nullptr;
    }
    Uuid uuid = {};
    if (uuid_length != static_cast<Py_ssize_t>(uuid.size())) {
        PyErr_SetString(PyExc_ValueError, "an arena's uuid has 16 bytes");
        return nullptr;
    }
    std::memcpy(uuid.data(), uuid_bytes, uuid.size());
    Arena* arena = Arena::find(uuid);
    if (arena == nullptr) {
        PyErr_SetString(PyExc_LookupError, "this process has not joined that arena");
        return nullptr;
    }
    Outcome held = arena->hold(block, kind, arriving != 0);
    if (held != Outcome::kDone) return raise_outcome(held);
    const std::byte* data = arena->data(block.number);
    if (tag != nullptr && std::memcmp(data, tag, sizeof *tag) != 0) {
        arena->drop(block.number);
        return raise_outcome(Outcome::kGone);
    }
    return wrap_block(reinterpret_cast<PyTypeObject*>(type), arena, block);
}

PyObject* handle_method(PyObject* self, PyObject*) {
    const SharedObject* object = shared(self);
    const Uuid& uuid = object->arena->uuid();
    return Py_BuildValue("y#II", reinterpret_cast<const char*>(uuid.data()),
                         static_cast<Py_ssize_t>(uuid.size()), object->number, object->generation);
}

PyObject* departing_method(PyObject* self, PyObject*) {
    const SharedObject* object = shared(self);
    const Uuid& uuid = object->arena->uuid();
    bool noted = collecting_arena == object->arena && collected->size() < Ring::kMostReferences;
    if (noted) {
        collected->push_back({object->number, object->generation});
    } else {
        object->arena->depart(object->number);
    }
    return Py_BuildValue("y#IIO", reinterpret_cast<const char*>(uuid.data()),
                         static_cast<Py_ssize_t>(uuid.size()), object->number, object->generation,
                         noted ? Py_True : Py_False);
}

void dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    if (shared(self)->arena != nullptr) shared(self)->arena->drop(shared(self)->number);
    type->tp_free(self);
    Py_DECREF(type);
}

PyTypeObject* add_type(PyObject* module, PyType_Spec* spec, const char* name, PyTypeObject* base) {
    PyObject* type = PyType_FromModuleAndSpec(module, spec, reinterpret_cast<PyObject*>(base));
    if (type == nullptr) return nullptr;
    int added = PyModule_AddObjectRef(module, name, type);
    Py_DECREF(type);  // the module has it
    return added < 0 ? nullptr : reinterpret_cast<PyTypeObject*>(type);
}

PyObject* raise_outcome(Outcome outcome) {
    switch (outcome) {
        case Outcome::kNoMemory:
            PyErr_SetString(
                PyExc_MemoryError,
                "shared memory is full: its limit is the environment's ANYPICKLE_MEMORY, in bytes, "
                "by default four fifths of the machine's memory");
            break;
        case Outcome::kNoSlot:
            PyErr_SetString(
                PyExc_OSError,
                "shared memory: all 1024 process slots were taken when this process was forked");
            break;
        case Outcome::kGone:
            raise_named(
                "GoneError",
                "the shared object is gone: the last process that held it dropped it or ended "
                "before this handle was read");
            break;
        case Outcome::kDamaged:
            raise_named(
                "DamagedError",
                "the shared memory of this queue was overwritten; it cannot be used any more");
            break;
        default:
            PyErr_Format(PyExc_SystemError, "unexpected outcome %d in shared memory",
                         static_cast<int>(outcome));
    }
    return nullptr;
}

}  // namespace anypickle::shm
