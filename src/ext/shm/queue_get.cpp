// Queue.get and its kin. The message is ours before it is decoded: decoding runs Python, which may
// call us again.
#include "shm/message.h"
#include "shm/queue_object.h"
#include "shm/view_type.h"

namespace anypickle::shm {
namespace {

constexpr std::uint64_t kMapFrom = 1 << 20;  // below, a copy is cheaper than a mapping

// The memory of the last message, taken while in use.
thread_local std::vector<std::byte> spare;

PyObject* decode_block(State* state, Arena* arena, const Message& message) {
    if (message.length >= kMapFrom) {
        Ref view = Ref::steal(new_view(state, arena, message.block, message.length));
        if (view) return decode(state, memory_of_view(view.get()), message.length, view.get());
        PyErr_Clear();  // no more mappings to be had: copy
    }
    PyObject* object = decode(state, arena->data(message.block.number), message.length, nullptr);
    arena->free(message.block.number);
    return object;
}

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
    PyObject* object = nullptr;
    if (end != Outcome::kDone)
        raise_queue_outcome(end, false);
    else if (message.in_block)
        object = decode_block(state, shared(self)->arena, message);
    else
        object = decode(state, message.bytes.data(), message.length, nullptr);
    message.bytes.swap(spare);
    return object;
}

}  // namespace

PyObject* queue_get(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    if (count == 0 && names == nullptr) return get_until(self, kForever);
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
        return nullptr;
    }
    Deadline deadline;
    return parse_block(values[0], values[1], &deadline) ? get_until(self, deadline) : nullptr;
}

PyObject* queue_get_nowait(PyObject* self, PyObject*) { return get_until(self, 0); }

// get_many(most, timeout): waits for the first, then takes what is there, at most so many.
PyObject* queue_get_many(PyObject* self, PyObject* args) {
    Py_ssize_t most = 0;
    PyObject* timeout = Py_None;
    Deadline deadline;
    if (!PyArg_ParseTuple(args, "n|O", &most, &timeout) || !deadline_after(timeout, &deadline))
        return nullptr;
    State* state = state_of_object(self);
    if (state == nullptr) return nullptr;
    Ref list = Ref::steal(PyList_New(0));
    if (!list || most <= 0) return list.release();
    Ring* ring = ring_of(self);
    Arena* arena = shared(self)->arena;
    std::vector<Message> messages;
    Outcome end = wait([&] {
        Outcome got = ring->try_take_many(&messages, static_cast<std::size_t>(most), kSlice);
        if (got != Outcome::kEmpty) return got;
        got = ring->wait_for_message(deadline);
        return got == Outcome::kDone ? Outcome::kInterrupted : got;
    });
    if (end != Outcome::kDone) return raise_queue_outcome(end, false);
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const Message& message = messages[i];
        Ref object = Ref::steal(message.in_block
                                    ? decode_block(state, arena, message)
                                    : decode(state, message.bytes.data(), message.length, nullptr));
        if (object && PyList_Append(list.get(), object.get()) == 0) continue;
        for (std::size_t rest = i + 1; rest < messages.size(); ++rest) {
            if (messages[rest].in_block) arena->free(messages[rest].block.number);
        }
        return nullptr;
    }
    return list.release();
}

}  // namespace anypickle::shm
