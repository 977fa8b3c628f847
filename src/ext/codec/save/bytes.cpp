// bytes, bytearray and PickleBuffer: in the stream, or out of band (PEP 574).
#include "codec/save/engine.h"
#include "common/threading.h"

namespace anypickle {
namespace {

/// A view of a PickleBuffer's memory that is contiguous, for as long as it lives.
class ContiguousView {
  public:
    ContiguousView() = default;
    ContiguousView(const ContiguousView&) = delete;
    ContiguousView& operator=(const ContiguousView&) = delete;
    ~ContiguousView() {
        if (held_) PyBuffer_Release(&view_);
    }

    bool open(SaveState* state, PyObject* buffer) {
        const Py_buffer* lent = PyPickleBuffer_GetBuffer(buffer);
        if (lent == nullptr) return false;
        if (lent->suboffsets != nullptr || !PyBuffer_IsContiguous(lent, 'A')) {
            PyErr_SetString(
                state->pickling_error,
                "PickleBuffer can not be pickled when pointing to a non-contiguous buffer");
            return false;
        }
        // A view of our own: the callback may release the PickleBuffer.
        if (PyObject_GetBuffer(buffer, &view_, PyBUF_FULL_RO) < 0) return false;
        held_ = true;
        return true;
    }
    [[nodiscard]] const char* data() const { return static_cast<const char*>(view_.buf); }
    [[nodiscard]] Py_ssize_t size() const { return view_.len; }
    [[nodiscard]] bool readonly() const { return view_.readonly != 0; }

  private:
    Py_buffer view_{};
    bool held_ = false;
};

/// What it holds now. Null with an error.
Ref copy_bytearray(PyObject* object) {
    const Section section(object);
    return Ref::steal(PyBytes_FromObject(object));
}

}  // namespace

Step Engine::save_bytes(PyObject* object) {
    if (options_.protocol >= 3) {
        const bool written =
            put_bytes_data(PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object), object);
        return written && (is_done_with(object) || memoize(object)) ? Step::kDone : Step::kFailed;
    }
    // Protocols 0 to 2 have no bytes: a call that makes them, in Python 2 as well.
    const bool empty = PyBytes_GET_SIZE(object) == 0;
    if (empty) return save_call(object, reinterpret_cast<PyObject*>(&PyBytes_Type), PyTuple_New(0));
    const Ref encode = Ref::steal(state_->new_codecs_encode());
    if (!encode) return Step::kFailed;
    PyObject* text =
        PyUnicode_DecodeLatin1(PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object), "strict");
    if (text == nullptr) return Step::kFailed;
    return save_call(object, encode.get(), Py_BuildValue("(NO)", text, state_->names.latin1));
}

bool Engine::put_bytes_data(const char* data, Py_ssize_t size, PyObject* owner) {
    if (size <= 0xFF) return out_.put_payload(Opcode::kShortBinBytes, size, 1, data, owner);
    if (size <= 0xFFFFFFFF) return out_.put_payload(Opcode::kBinBytes, size, 4, data, owner);
    if (options_.protocol >= 4) return out_.put_payload(Opcode::kBinBytes8, size, 8, data, owner);
    PyErr_SetString(
        PyExc_OverflowError,
        "serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher");
    return false;
}

Step Engine::save_bytearray(PyObject* object) {
    if (!kFreeThreaded && options_.protocol >= 5) {
        const bool written =
            put_bytearray_data(PyByteArray_AS_STRING(object), PyByteArray_GET_SIZE(object), object);
        return written && memoize(object) ? Step::kDone : Step::kFailed;
    }
    // Without a GIL another thread may change its size at any moment.
    const Ref bytes = copy_bytearray(object);
    if (!bytes) return Step::kFailed;
    const Py_ssize_t size = PyBytes_GET_SIZE(bytes.get());
    if (options_.protocol >= 5) {
        const bool written = put_bytearray_data(PyBytes_AS_STRING(bytes.get()), size, bytes.get());
        return written && memoize(object) ? Step::kDone : Step::kFailed;
    }
    return save_call(object, reinterpret_cast<PyObject*>(&PyByteArray_Type),
                     size == 0 ? PyTuple_New(0) : PyTuple_Pack(1, bytes.get()));
}

bool Engine::put_bytearray_data(const char* data, Py_ssize_t size, PyObject* owner) {
    return out_.put_payload(Opcode::kByteArray8, size, 8, data, owner);
}

Step Engine::save_picklebuffer(PyObject* object) {
    if (options_.protocol < 5) {
        PyErr_SetString(state_->pickling_error,
                        "PickleBuffer can only be pickled with protocol >= 5");
        return Step::kFailed;
    }
    ContiguousView view;
    if (!view.open(state_, object)) return Step::kFailed;
    bool in_band = true;
    if (options_.buffer_callback != nullptr) {
        const Ref answer = Ref::steal(PyObject_CallOneArg(options_.buffer_callback, object));
        const int truth = answer ? PyObject_IsTrue(answer.get()) : -1;
        if (truth < 0) return Step::kFailed;
        in_band = truth != 0;
    }
    if (!in_band) {
        if (!out_.room()) return Step::kFailed;
        out_.put(Opcode::kNextBuffer);
        if (view.readonly()) out_.put(Opcode::kReadonlyBuffer);
        return Step::kDone;
    }
    const bool written = view.readonly() ? put_bytes_data(view.data(), view.size(), nullptr)
                                         : put_bytearray_data(view.data(), view.size(), nullptr);
    return written && memoize(object) ? Step::kDone : Step::kFailed;
}

}  // namespace anypickle
