// Python objects as messages: small plain ones in a form of our own, everything else by the
// pickler.
//
//     Encoded message;
//     if (!encode(state, arena, object, &message)) return nullptr;        // what cannot be pickled
//     says so here ring.put(message.parts(), ...); PyObject* object = decode(state, bytes, length,
//     nullptr);
//
// One byte says the kind: None, True, False, int, float, str, bytes, a flat tuple of these, a
// pickle, or a pickle with out-of-band buffers (PEP 574), which then lie behind it, each at a
// multiple of 64. Exact types only: a subclass is pickled. Large strings, bytes and buffers are not
// copied here: the parts point at them.
//
// Threading: with the GIL. Invariant: decode believes nothing: every length is checked against what
// is there.
#pragma once

#include <Python.h>

#include <vector>

#include "anypickle/ring.h"
#include "common/ref.h"
#include "shm/message_format.h"
#include "shm/state.h"

namespace anypickle::shm {

class Encoded {
  public:
    Encoded();
    ~Encoded();
    Encoded(const Encoded&) = delete;
    Encoded& operator=(const Encoded&) = delete;

    [[nodiscard]] std::span<const Part> parts() const { return parts_; }
    [[nodiscard]] std::uint64_t length() const;
    [[nodiscard]] References references() const { return references_; }

  private:
    friend bool encode(State* state, Arena* arena, PyObject* object, Encoded* message);
    friend void encode_key(PyObject* object, Encoded* key);
    bool add_plain(PyObject* object, int depth);
    bool add_array(State* state, Arena* arena, PyObject* array);
    bool add_pickle(State* state, Arena* arena, PyObject* object);
    bool add_buffers(State* state, Arena* arena, PyObject* pickle, PyObject* buffers);
    void add(const void* data, std::size_t length);
    template <class Value>
    void add_value(Value value) {
        add(&value, sizeof value);
    }
    void lend(const void* data, std::size_t length);
    void finish();

    std::vector<std::byte> own_;
    std::vector<Part> parts_;
    std::size_t finished_ = 0;  // bytes of own_ that parts_ covers
    std::vector<Py_buffer> views_;
    std::vector<BufferPlace> places_;
    std::vector<Block> references_;
    Ref kept_;
};

/// Shared objects of `arena` within the object are referred to, not copied: the message has to
/// carry `references()`.
bool encode(State* state, Arena* arena, PyObject* object, Encoded* message);

/// What tells the rank of an object without unpickling it, for pile_order: nothing if it has no
/// plain beginning.
void encode_key(PyObject* object, Encoded* key);

/// `owner`: what keeps the bytes alive, if buffers may point into them instead of being copied;
/// else null.
PyObject* decode(State* state, Arena* arena, const std::byte* data, std::uint64_t length,
                 PyObject* owner);

}  // namespace anypickle::shm
