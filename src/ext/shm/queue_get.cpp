// Queue.get and its kin. The message is ours before it is decoded: decoding runs Python, which may
// call us again.
#include "shm/errors.h"
#include "shm/message.h"
#include "shm/queue_object.h"
#include "shm/view_type.h"

namespace anypickle::shm {
namespace {

constexpr std::uint64_t kMapFrom = 1 << 20;  // below, a copy is cheaper than a mapping

// The memory of the last message, taken while in use.
thread_local std::vector<std::byte> spare;

PyObject* decode_block(State* state, Arena* arena, const Message& message) {
    // Only out-of-band buffers can be used where they lie; everything else is copied into its
    // object anyway.
    const std::byte* data = arena->data(message.block.number);
    if (message.length >= kMapFrom &&
        *data == std::byte{static_cast<std::uint8_t>(Kind::kBuffers)}) {
        Ref view = Ref::steal(new_view(state, arena, message.block, message.length));
        if (view)
            return decode(state, arena, memory_of_view(view.get()), message.length, view.get());
        PyErr_Clear();  // no more mappings to be had: copy
    }
    PyObject* object = decode(state, arena, data, message.length, nullptr);
    arena->free(message.block.number);
    return object;
}

}  // namespace

PyObject* decode_message(State* state, Arena* arena, const Message& message) {
    PyObject* object = message.in_block
                           ? decode_block(state, arena, message)
                           : decode(state, arena, message.bytes.data(), message.length, nullptr);
    for (const Block& block : message.references) arena->drop(block.number);
    return object;
}

namespace {

PyObject* get_until(PyObject* self, Deadline deadline) {
    State* state = state_of_object(self);
    if (state == nullptr) return nullptr;
    Ring* ring = ring_of(self);
    Message message;
    message.bytes.swap(spare);
    Outcome end = ring->try_take(&message, 0);
    if (end == Outcome::kInterrupted || (end == Outcome::kEmpty && deadline != 0)) {
        end = wait([&] { return ring->take(&message, deadline); });
    }
    PyObject* object = end == Outcome::kDone ? decode_message(state, shared(self)->arena, message)
                                             : raise_queue_outcome(end, false);
    message.bytes.swap(spare);
    return object;
}

}  // namespace

bool parse_get(PyObject* const* args, Py_ssize_t count, PyObject* names, Deadline* deadline) {
    *deadline = kForever;
    if (count == 0 && names == nullptr) return true;
    static const char* const keywords[] = {"block", "timeout"};
    PyObject* values[2] = {nullptr, nullptr};
    Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    bool good = count <= 2;
    for (Py_ssize_t i = 0; good && i < count; ++i) values[i] = args[i];
    for (Py_ssize_t i = 0; good && i < named; ++i) {
        std::size_t at = 0;
        while (at < 2 &&
               PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, i), keywords[at]) != 0)
            ++at;
        good = at < 2 && values[at] == nullptr;
        if (good) values[at] = args[count + i];
    }
    if (!good) {
        PyErr_SetString(PyExc_TypeError, "get(block=True, timeout=None)");
        return false;
    }
    return parse_block(values[0], values[1], deadline);
}

PyObject* queue_get(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    Deadline deadline;
    return parse_get(args, count, names, &deadline) ? get_until(self, deadline) : nullptr;
}

PyObject* queue_get_nowait(PyObject* self, PyObject*) { return get_until(self, 0); }

// _get_many(list, most, timeout): waits for the first, then takes what is there, at most so many.
// One by one: if an item cannot be unpickled, those before it are in the list and those after it in
// the queue.
PyObject* get_many(PyObject* self, PyObject* args, PyObject* (*get)(PyObject*, Deadline)) {
    PyObject* list = nullptr;
    Py_ssize_t most = 0;
    PyObject* timeout = Py_None;
    Deadline deadline;
    if (!PyArg_ParseTuple(args, "O!n|O", &PyList_Type, &list, &most, &timeout)) return nullptr;
    if (!deadline_after(timeout, &deadline)) return nullptr;
    for (Py_ssize_t i = 0; i < most && (i == 0 || queue_of(self)->size() != 0); ++i) {
        Ref object = Ref::steal(get(self, i == 0 ? deadline : 0));
        if (!object && i > 0 && is_named("Empty")) {  // another consumer was faster
            PyErr_Clear();
            break;
        }
        if (!object || PyList_Append(list, object.get()) < 0) return nullptr;
    }
    Py_RETURN_NONE;
}

PyObject* queue_get_many(PyObject* self, PyObject* args) { return get_many(self, args, get_until); }

}  // namespace anypickle::shm
