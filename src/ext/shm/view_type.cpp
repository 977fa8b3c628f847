// View: the bytes of a large message in this process. Copy-on-write pages over the block: writable,
// like any object that was unpickled, at the cost of the pages that are really written. The block
// is held as long as they are.
#include "shm/view_type.h"

#include "anypickle/os.h"
#include "shm/state.h"

namespace anypickle::shm {
namespace {

struct ViewObject {
    PyObject_HEAD Arena* arena;
    std::uint32_t number;
    void* memory;
    std::uint64_t length;
};

ViewObject* view_of(PyObject* self) { return reinterpret_cast<ViewObject*>(self); }

int get_buffer(PyObject* self, Py_buffer* buffer, int flags) {
    ViewObject* view = view_of(self);
    return PyBuffer_FillInfo(buffer, self, view->memory, static_cast<Py_ssize_t>(view->length), 0,
                             flags);
}

void view_dealloc(PyObject* self) {
    ViewObject* view = view_of(self);
    PyTypeObject* type = Py_TYPE(self);
    if (view->memory != nullptr) {
        os::unmap(view->memory, view->length);
        view->arena->drop(view->number);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(view_dealloc)},
    {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
    {0, nullptr},
};

PyType_Spec spec = {"anypickle._shm.View", sizeof(ViewObject), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

}  // namespace

int add_view_type(PyObject* module) {
    state_of(module)->view_type = add_type(module, &spec, "View");
    return state_of(module)->view_type == nullptr ? -1 : 0;
}

PyObject* new_view(State* state, Arena* arena, Block block, std::uint64_t length) {
    void* memory = os::map_private(arena->fd(), arena->offset_of(block.number), length);
    if (memory == nullptr) return nullptr;
    PyObject* self = state->view_type->tp_alloc(state->view_type, 0);
    if (self == nullptr) {
        os::unmap(memory, length);
        return nullptr;
    }
    arena->publish(block.number);
    ViewObject* view = view_of(self);
    view->arena = arena;
    view->number = block.number;
    view->memory = memory;
    view->length = length;
    return self;
}

const std::byte* memory_of_view(PyObject* view) {
    return static_cast<const std::byte*>(view_of(view)->memory);
}

}  // namespace anypickle::shm
