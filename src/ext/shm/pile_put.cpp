// LifoQueue.put, PriorityQueue.put and their kin. The message is written before any lock is taken;
// what cannot be compared raises here, and leaves the queue as it was.
#include "shm/message.h"
#include "shm/pile_items.h"
#include "shm/queue_object.h"

namespace anypickle::shm {
namespace {

// A message in a block that is freed unless the pile takes it.
class Written {
  public:
    explicit Written(Arena* arena) : arena_(arena) {}
    ~Written() {
        // A child that was forked meanwhile leaves it to its parent.
        if (ours_ && arena_->entry(block.number)->owner.load() == arena_->members().me())
            arena_->free(block.number);
    }
    Written(const Written&) = delete;
    Written& operator=(const Written&) = delete;

    Outcome write(Pile* pile, const Encoded& message, const Encoded& key) {
        Part beside = key.parts().empty() ? Part() : key.parts()[0];
        auto now = [&] {
            return pile->write(message.parts(), message.references(), beside, &block);
        };
        Outcome end;
        if (message.length() < kCopyWithoutGil) {
            end = now();
        } else {
            Py_BEGIN_ALLOW_THREADS;
            end = now();
            Py_END_ALLOW_THREADS;
        }
        ours_ = end == Outcome::kDone;
        return end;
    }
    void taken() { ours_ = false; }

    Block block;

  private:
    Arena* arena_;
    bool ours_ = false;
};

bool is_plain(const Encoded& message) {
    return message.parts()[0][0] <= static_cast<std::byte>(Kind::kTuple);
}

// `rank`: the object whose plain beginning tells the rank of `item`.
Outcome put_until(PyObject* self, PyObject* item, PyObject* rank, Deadline deadline, Block* block) {
    State* state = state_of_object(self);
    if (state == nullptr) return Outcome::kInterrupted;
    Pile* pile = pile_of(self);
    Encoded message;
    Encoded key;
    if (!encode(state, shared(self)->arena, item, &message)) return Outcome::kInterrupted;
    bool compares = pile->rule() == Pile::Rule::kLeast;
    if (compares && (rank != item || !is_plain(message))) encode_key(rank, &key);
    Written written(shared(self)->arena);
    Outcome end = written.write(pile, message, key);
    ItemOrder order(state, self, written.block, item);
    while (end == Outcome::kDone) {
        end = move_item(pile, deadline, [&](std::uint64_t slice) {
            return pile->try_put(written.block, slice, &order);
        });
        if (end != Outcome::kFull || deadline == 0) break;
        end = wait([&] { return pile->wait_for_room(deadline); });
    }
    if (end == Outcome::kDone) {
        written.taken();
        *block = written.block;
    }
    return end;
}

PyObject* put_one(PyObject* self, PyObject* item, Deadline deadline) {
    Block block;
    Outcome end = put_until(self, item, item, deadline, &block);
    if (end == Outcome::kDone) Py_RETURN_NONE;
    return raise_queue_outcome(end, true);
}

}  // namespace

PyObject* pile_put(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    PyObject* item;
    Deadline deadline;
    return parse_put(args, count, names, &item, &deadline) ? put_one(self, item, deadline)
                                                           : nullptr;
}

PyObject* pile_put_nowait(PyObject* self, PyObject* item) { return put_one(self, item, 0); }

PyObject* pile_put_many(PyObject* self, PyObject* args) {
    PyObject* items = nullptr;
    PyObject* timeout = Py_None;
    Deadline deadline;
    if (!PyArg_ParseTuple(args, "O|O", &items, &timeout) || !deadline_after(timeout, &deadline))
        return nullptr;
    Ref list = Ref::steal(PySequence_List(items));
    if (!list) return nullptr;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list.get()); ++i) {
        Ref item = Ref::share(PyList_GET_ITEM(list.get(), i));
        Ref put = Ref::steal(put_one(self, item.get(), deadline));
        if (!put) return nullptr;
    }
    Py_RETURN_NONE;
}

// _put_ranked(item, rank, block, timeout): put, where `item` is compared as `rank` is; the name of
// its message, for _has.
PyObject* pile_put_ranked(PyObject* self, PyObject* args) {
    PyObject* item = nullptr;
    PyObject* rank = nullptr;
    PyObject* blocking = nullptr;
    PyObject* timeout = nullptr;
    Deadline deadline;
    if (!PyArg_ParseTuple(args, "OOOO", &item, &rank, &blocking, &timeout) ||
        !parse_block(blocking, timeout, &deadline))
        return nullptr;
    Block block;
    Outcome end = put_until(self, item, rank, deadline, &block);
    if (end != Outcome::kDone) return raise_queue_outcome(end, true);
    return Py_BuildValue("II", block.number, block.generation);
}

}  // namespace anypickle::shm
