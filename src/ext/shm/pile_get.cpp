// LifoQueue.get, PriorityQueue.get and their kin.
#include "shm/pile_items.h"
#include "shm/queue_object.h"

namespace anypickle::shm {
namespace {

PyObject* get_until(PyObject* self, Deadline deadline) {
    State* state = state_of_object(self);
    if (state == nullptr) return nullptr;
    Pile* pile = pile_of(self);
    Arena* arena = shared(self)->arena;
    Message message;
    Ref item;
    ItemOrder order(state, self);
    Outcome end;
    for (;;) {
        end = move_item(pile, deadline, [&](std::uint64_t slice) {
            Outcome taken = pile->try_take(&message, slice, &order);
            Decoded* decoded = queue_object(self)->decoded;
            if (taken == Outcome::kDone && decoded != nullptr)
                item = decoded->give_up(message.block);
            return taken;
        });
        if (end != Outcome::kEmpty || deadline == 0) break;
        end = wait([&] { return pile->wait_for_message(deadline); });
        if (end != Outcome::kDone) break;
    }
    if (end != Outcome::kDone) return raise_queue_outcome(end, false);
    if (!item) return decode_message(state, arena, message);
    arena->free(message.block.number);
    return item.release();
}

}  // namespace

PyObject* pile_get(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    Deadline deadline;
    return parse_get(args, count, names, &deadline) ? get_until(self, deadline) : nullptr;
}

PyObject* pile_get_nowait(PyObject* self, PyObject*) { return get_until(self, 0); }

PyObject* pile_get_many(PyObject* self, PyObject* args) { return get_many(self, args, get_until); }

// _has(number, generation): whether a message of that name may still be in the queue.
PyObject* pile_has(PyObject* self, PyObject* args) {
    Block block;
    if (!PyArg_ParseTuple(args, "II", &block.number, &block.generation)) return nullptr;
    Part message;
    Part key;
    return PyBool_FromLong(pile_of(self)->read(block, &message, &key));
}

}  // namespace anypickle::shm
