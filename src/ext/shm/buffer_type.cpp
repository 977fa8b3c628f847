#include "shm/buffer_type.h"

#include <algorithm>
#include <cstring>

#include "anypickle/os.h"
#include "common/ref.h"

namespace anypickle::shm {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kPagesFrom =
    64 * 1024;  // longer ones begin on a page, so that they can be mapped
constexpr int kDeepestView = 16;

struct BufferObject {
    SharedObject base;
    BufferMode mode;       // what this process may do
    BufferMode receivers;  // what those who get it from here may
    void* memory;
    bool mapped;       // `memory` is a mapping of our own
    Py_ssize_t items;  // the buffer protocol wants addresses of these
    Py_ssize_t item_size;
    std::array<char, 12> format;
};

BufferObject* buffer_of(PyObject* self) { return reinterpret_cast<BufferObject*>(self); }
SharedBuffer* header_of(PyObject* self) { return static_cast<SharedBuffer*>(shared(self)->data); }

// After the block is there: checks what it says of itself, and maps it if it is to be private.
PyObject* with_memory(PyObject* self, BufferMode mode) {
    if (self == nullptr) return nullptr;
    BufferObject* buffer = buffer_of(self);
    const SharedBuffer* header = header_of(self);
    std::uint64_t size = buffer->base.arena->size_of(buffer->base.number);
    if (header->data_offset > size || header->length > size - header->data_offset) {
        Py_DECREF(self);
        return raise_outcome(Outcome::kDamaged);
    }
    buffer->format = header->format;
    buffer->format.back() = '\0';
    buffer->item_size = static_cast<Py_ssize_t>(std::max<std::uint32_t>(header->item_size, 1));
    buffer->items = static_cast<Py_ssize_t>(header->length) / buffer->item_size;
    buffer->mode = mode;
    buffer->receivers = mode;
    buffer->memory = static_cast<std::byte*>(buffer->base.data) + header->data_offset;
    if (mode != BufferMode::kPrivate || header->length == 0) return self;
    if (header->data_offset == kPage) {
        std::uint64_t offset = buffer->base.arena->offset_of(buffer->base.number) + kPage;
        void* view = os::map_private(buffer->base.arena->fd(), offset, header->length);
        if (view != nullptr) {
            buffer->memory = view;
            buffer->mapped = true;
            return self;
        }
    }
    void* copy = PyMem_Malloc(header->length);
    if (copy == nullptr) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    std::memcpy(copy, buffer->memory, header->length);
    buffer->memory = copy;
    return self;
}

// One dimension of items keeps its type; what has more is bytes.
void describe(const Py_buffer& source, SharedBuffer* header) {
    bool typed = source.ndim == 1 && source.format != nullptr && source.itemsize > 0 &&
                 std::strlen(source.format) < header->format.size();
    header->item_size = typed ? static_cast<std::uint32_t>(source.itemsize) : 1;
    std::strcpy(header->format.data(), typed ? source.format : "B");
}

// Buffer(source): a copy of any contiguous buffer in the arena.
PyObject* buffer_new(PyTypeObject* type, PyObject* args, PyObject*) {
    PyObject* exporter = nullptr;
    Py_buffer source;
    unsigned int mode = 0;
    if (!PyArg_ParseTuple(args, "O|I", &exporter, &mode) ||
        PyObject_GetBuffer(exporter, &source, PyBUF_ND | PyBUF_FORMAT) < 0)
        return nullptr;
    Arena* arena = main_arena();
    auto length = static_cast<std::uint64_t>(source.len);
    std::uint64_t offset = length >= kPagesFrom ? kPage : 64;
    Block block;
    PyObject* self = nullptr;
    if (arena != nullptr && allocate_block(arena, offset + length, BlockKind::kObject, &block)) {
        std::byte* data = arena->data(block.number);
        auto* header = new (data) SharedBuffer{};
        header->tag = ObjectTag::kBuffer;
        header->data_offset = static_cast<std::uint32_t>(offset);
        header->length = length;
        describe(source, header);
        Py_BEGIN_ALLOW_THREADS;
        if (length != 0) std::memcpy(data + offset, source.buf, length);
        arena->publish(block.number);
        Py_END_ALLOW_THREADS;
        // The maker sees the memory itself, whatever the receivers get.
        self = with_memory(wrap_block(type, arena, block), BufferMode::kShared);
        if (self != nullptr) buffer_of(self)->receivers = static_cast<BufferMode>(mode);
    }
    PyBuffer_Release(&source);
    return self;
}

// _attach(uuid, number, generation, arriving, mode)
PyObject* buffer_attach(PyObject* type, PyObject* args) {
    static constexpr ObjectTag expected = ObjectTag::kBuffer;
    if (PyTuple_GET_SIZE(args) != 5)
        return PyErr_Format(PyExc_TypeError, "_attach takes 5 arguments");
    unsigned long mode = PyLong_AsUnsignedLong(PyTuple_GET_ITEM(args, 4));
    if (mode == static_cast<unsigned long>(-1) && PyErr_Occurred() != nullptr) return nullptr;
    Ref handle = Ref::steal(PyTuple_GetSlice(args, 0, 4));
    if (!handle) return nullptr;
    PyObject* self = attach_object(type, handle.get(), BlockKind::kObject, &expected);
    return with_memory(self, static_cast<BufferMode>(mode));
}

void buffer_dealloc(PyObject* self) {
    BufferObject* buffer = buffer_of(self);
    if (buffer->mapped) {
        os::unmap(buffer->memory, header_of(self)->length);
    } else if (buffer->memory != nullptr && !is_in_arena(self)) {
        PyMem_Free(buffer->memory);
    }
    dealloc(self);
}

bool writable(const BufferObject* buffer) { return buffer->mode != BufferMode::kReadonly; }

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
    BufferObject* buffer = buffer_of(self);
    if (PyBuffer_FillInfo(view, self, buffer->memory, buffer->items * buffer->item_size,
                          writable(buffer) ? 0 : 1, flags) < 0)
        return -1;
    view->itemsize = buffer->item_size;
    if ((flags & PyBUF_FORMAT) != 0) view->format = buffer->format.data();
    if ((flags & PyBUF_ND) != 0) view->shape = &buffer->items;
    if ((flags & PyBUF_STRIDES) == PyBUF_STRIDES) view->strides = &buffer->item_size;
    return 0;
}

Py_ssize_t buffer_length(PyObject* self) { return buffer_of(self)->items; }

PyObject* buffer_address(PyObject* self, void*) {
    return PyLong_FromVoidPtr(buffer_of(self)->memory);
}
PyObject* buffer_mode(PyObject* self, void*) {
    return PyLong_FromUnsignedLong(static_cast<unsigned long>(buffer_of(self)->receivers));
}

PyObject* buffer_in_arena(PyObject* self, void*) { return PyBool_FromLong(is_in_arena(self)); }

PyMethodDef methods[] = {
    {"_handle", handle_method, METH_NOARGS, nullptr},
    {"_departing", departing_method, METH_NOARGS, nullptr},
    {"_attach", buffer_attach, METH_VARARGS | METH_CLASS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef getters[] = {
    {"address", buffer_address, nullptr, "Where its memory lies in this process.", nullptr},
    {"in_arena", buffer_in_arena, nullptr, "False for a private view, which is this process's own.",
     nullptr},
    {"mode", buffer_mode, nullptr,
     "What receivers see: 0 the memory, 1 the same read-only, 2 a private view.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(buffer_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(buffer_dealloc)},
    {Py_tp_methods, methods},
    {Py_tp_getset, getters},
    {Py_sq_length, reinterpret_cast<void*>(buffer_length)},
    {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
    {0, nullptr},
};

PyType_Spec spec = {"anypickle._shm.Buffer", sizeof(BufferObject), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};

}  // namespace

int add_buffer_type(PyObject* module) {
    state_of(module)->buffer_type = add_type(module, &spec, "Buffer");
    return state_of(module)->buffer_type == nullptr ? -1 : 0;
}

PyObject* buffer_behind(State* state, PyObject* exporter) {
    Ref at = Ref::share(exporter);
    for (int i = 0; i < kDeepestView && at; ++i) {
        if (PyObject_TypeCheck(at.get(), state->buffer_type))
            return at.get();  // the exporter keeps it alive
        if (PyMemoryView_Check(at.get())) {
            at = Ref::share(PyMemoryView_GET_BUFFER(at.get())->obj);
            continue;
        }
        at = Ref::steal(PyObject_GetAttr(at.get(), state->base_name));
        if (!at) PyErr_Clear();
    }
    return nullptr;
}

const std::byte* memory_of_buffer(PyObject* buffer) {
    return static_cast<const std::byte*>(buffer_of(buffer)->memory);
}
std::uint64_t length_of_buffer(PyObject* buffer) { return header_of(buffer)->length; }
BufferMode mode_of_buffer(PyObject* buffer) { return buffer_of(buffer)->receivers; }

bool is_in_arena(PyObject* buffer) {
    const auto* start = static_cast<const std::byte*>(shared(buffer)->data);
    return memory_of_buffer(buffer) == start + header_of(buffer)->data_offset;
}

PyObject* buffer_from_message(State* state, Arena* arena, Block block, BufferMode mode) {
    Outcome held = arena->hold(block, BlockKind::kObject, false);
    if (held != Outcome::kDone) return raise_outcome(held);
    PyObject* self = wrap_block(state->buffer_type, arena, block);
    if (self != nullptr && header_of(self)->tag != ObjectTag::kBuffer) {
        Py_DECREF(self);
        return raise_outcome(Outcome::kDamaged);
    }
    return with_memory(self, mode);
}

}  // namespace anypickle::shm
