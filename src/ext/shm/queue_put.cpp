// Queue.put and its kin: encode first, so that what cannot cross fails here; then one record,
// committed or not there.
#include <cstring>

#include "shm/message.h"
#include "shm/queue_object.h"

namespace anypickle::shm {

void copy_parts(std::byte* target, std::span<const Part> parts) {
    for (const Part& part : parts) {
        if (!part.empty()) std::memcpy(target, part.data(), part.size());
        target += part.size();
    }
}

namespace {

PyObject* put_large(PyObject* self, const Encoded& message, std::uint64_t length,
                    Deadline deadline) {
    Ring* ring = ring_of(self);
    Arena* arena = shared(self)->arena;
    Block block;
    Outcome end;
    if (length < kCopyWithoutGil) {
        end = arena->allocate(length, BlockKind::kMessage, &block);
        if (end == Outcome::kDone) copy_parts(arena->data(block.number), message.parts());
    } else {
        Py_BEGIN_ALLOW_THREADS;
        if (deadline != 0) ring->let_consumers_free(length);
        end = arena->allocate(length, BlockKind::kMessage, &block);
        if (end == Outcome::kDone) copy_parts(arena->data(block.number), message.parts());
        Py_END_ALLOW_THREADS;
    }
    if (end != Outcome::kDone) return raise_queue_outcome(end, true);
    end = ring->try_put_block(block, length, 0, message.references());
    if (end == Outcome::kInterrupted || (end == Outcome::kFull && deadline != 0)) {
        end = wait([&] { return ring->put_block(block, length, deadline, message.references()); });
    }
    if (end == Outcome::kDone) Py_RETURN_NONE;
    arena->free(block.number);
    return raise_queue_outcome(end, true);
}

PyObject* put_message(PyObject* self, const Encoded& message, std::uint64_t length,
                      Deadline deadline) {
    if (length > Ring::kInlineLimit) return put_large(self, message, length, deadline);
    Ring* ring = ring_of(self);
    Outcome end = ring->try_put(message.parts(), 0, message.references());
    if (end == Outcome::kInterrupted || (end == Outcome::kFull && deadline != 0)) {
        end = wait([&] { return ring->put(message.parts(), deadline, message.references()); });
    }
    if (end == Outcome::kDone) Py_RETURN_NONE;
    return raise_queue_outcome(end, true);
}

PyObject* put_until(PyObject* self, PyObject* item, Deadline deadline) {
    State* state = state_of_object(self);
    if (state == nullptr) return nullptr;
    Encoded message;
    if (!encode(state, shared(self)->arena, item, &message)) return nullptr;
    return put_message(self, message, message.length(), deadline);
}

}  // namespace

bool parse_put(PyObject* const* args, Py_ssize_t count, PyObject* names, PyObject** item,
               Deadline* deadline) {
    *deadline = kForever;
    if (count == 1 && names == nullptr) {
        *item = args[0];
        return true;
    }
    static const char* const keywords[] = {"item", "obj", "block", "timeout"};
    PyObject* values[4] = {nullptr, nullptr, nullptr, nullptr};
    Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    bool good = count <= 3;
    for (Py_ssize_t i = 0; good && i < count; ++i) values[i == 0 ? 0 : i + 1] = args[i];
    for (Py_ssize_t i = 0; good && i < named; ++i) {
        std::size_t at = 0;
        while (at < 4 &&
               PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, i), keywords[at]) != 0)
            ++at;
        good = at < 4 && values[at] == nullptr;
        if (good) values[at] = args[count + i];
    }
    *item = values[0] != nullptr ? values[0] : values[1];  // multiprocessing calls it obj
    if (!good || *item == nullptr || (values[0] != nullptr && values[1] != nullptr)) {
        PyErr_SetString(PyExc_TypeError, "put(item, block=True, timeout=None)");
        return false;
    }
    return parse_block(values[2], values[3], deadline);
}

PyObject* queue_put(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    PyObject* item;
    Deadline deadline;
    return parse_put(args, count, names, &item, &deadline) ? put_until(self, item, deadline)
                                                           : nullptr;
}

PyObject* queue_put_nowait(PyObject* self, PyObject* item) { return put_until(self, item, 0); }

// put_many(items): as many as there is room for at a time; waits for room for the rest.
PyObject* queue_put_many(PyObject* self, PyObject* args) {
    PyObject* items = nullptr;
    PyObject* timeout = Py_None;
    Deadline deadline;
    if (!PyArg_ParseTuple(args, "O|O", &items, &timeout) || !deadline_after(timeout, &deadline))
        return nullptr;
    State* state = state_of_object(self);
    Ref list = Ref::steal(PySequence_List(items));
    if (state == nullptr || !list) return nullptr;
    Ring* ring = ring_of(self);
    std::vector<std::vector<std::byte>> batch;
    std::vector<Part> parts;
    auto flush = [&] {
        parts.assign(batch.begin(), batch.end());
        std::span<const Part> rest = parts;
        while (!rest.empty()) {
            std::size_t placed = 0;
            Outcome end = wait([&] {
                Outcome put = ring->try_put_many(rest, &placed, kSlice);
                return put == Outcome::kFull ? ring->wait_for_room(deadline) : put;
            });
            if (end != Outcome::kDone) return end;
            rest = rest.subspan(placed);
        }
        batch.clear();
        return Outcome::kDone;
    };
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list.get()); ++i) {
        Encoded message;
        if (!encode(state, shared(self)->arena, PyList_GET_ITEM(list.get(), i), &message))
            return nullptr;
        std::uint64_t length = message.length();
        bool large = length > Ring::kInlineLimit;
        bool alone = large || !message.references().empty();
        if (alone || batch.size() >= 256) {
            Outcome end = flush();
            if (end != Outcome::kDone) return raise_queue_outcome(end, true);
        }
        if (alone) {
            Ref put = Ref::steal(put_message(self, message, length, deadline));
            if (!put) return nullptr;
            continue;
        }
        batch.emplace_back(length);
        copy_parts(batch.back().data(), message.parts());
    }
    Outcome end = flush();
    if (end != Outcome::kDone) return raise_queue_outcome(end, true);
    Py_RETURN_NONE;
}

}  // namespace anypickle::shm
