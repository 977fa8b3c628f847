// What every Python type over the arena has in common: a block that this process holds, and how it
// gets one.
//
//     PyObject* self = new_object<SharedEvent>(type, ObjectTag::kEvent);      // a fresh one,
//     published PyObject* same = attach_object(type, args, BlockKind::kObject, ...);    // from a
//     handle
//
// Threading: with the GIL. Invariant: `arena` is never null, and the block is held until dealloc.
#pragma once

#include <Python.h>

#include <new>

#include "anypickle/arena.h"
#include "anypickle/sync.h"

namespace anypickle::shm {

struct SharedObject {
    PyObject_HEAD Arena* arena;
    std::uint32_t number;
    std::uint32_t generation;
    void* data;  // of the block, in this process
};

inline SharedObject* shared(PyObject* object) { return reinterpret_cast<SharedObject*>(object); }
inline const Members& members_of(PyObject* object) { return shared(object)->arena->members(); }

/// The arena for new objects, or null with the error set.
Arena* main_arena();

/// A Python object over a block that this process already holds once; drops the block if that
/// fails.
PyObject* wrap_block(PyTypeObject* type, Arena* arena, Block block);

/// A fresh block of this size, still in our hands; false with the error set.
bool allocate_block(Arena* arena, std::uint64_t bytes, BlockKind kind, Block* block);

template <class Data>
PyObject* new_object(PyTypeObject* type, ObjectTag tag) {
    Arena* arena = main_arena();
    Block block;
    if (arena == nullptr || !allocate_block(arena, sizeof(Data), BlockKind::kObject, &block))
        return nullptr;
    auto* data = new (arena->data(block.number)) Data{};
    data->tag = tag;
    arena->publish(block.number);
    return wrap_block(type, arena, block);
}

/// attach(uuid, number, generation, arriving): an object over the block that a handle names.
/// `arriving`: the handle came out of a stream that somebody keeps the block for; else a message in
/// a ring kept it.
PyObject* attach_object(PyObject* type, PyObject* args, BlockKind kind, const ObjectTag* tag);

template <ObjectTag tag>
PyObject* attach_method(PyObject* type, PyObject* args) {
    static constexpr ObjectTag expected = tag;
    return attach_object(type, args, BlockKind::kObject, &expected);
}

/// While one lives, handles of its arena that go into streams on this thread are noted here: the
/// message that they go into keeps their blocks alive, and nobody has to wait until they arrive.
class Collecting {
  public:
    Collecting(Arena* arena, std::vector<Block>* references);
    ~Collecting();
    Collecting(const Collecting&) = delete;
    Collecting& operator=(const Collecting&) = delete;

    /// True if one lives on this thread.
    static bool now();

  private:
    Arena* outer_arena_;
    std::vector<Block>* outer_references_;
};

/// handle(): (uuid, number, generation). departing(): these, and False if the block is kept until
/// it arrives, True if it is noted.
PyObject* handle_method(PyObject* self, PyObject*);
PyObject* departing_method(PyObject* self, PyObject*);
void dealloc(PyObject* self);

/// Adds a type made of a spec to the module under a name; the new type (borrowed) or null.
PyTypeObject* add_type(PyObject* module, PyType_Spec* spec, const char* name,
                       PyTypeObject* base = nullptr);

/// The error for an outcome that no caller had a better one for. Always null.
PyObject* raise_outcome(Outcome outcome);

}  // namespace anypickle::shm
