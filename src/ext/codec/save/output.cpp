#include "codec/save/output.h"

#include <algorithm>

#include "codec/save/meter.h"
#include "common/ref.h"

namespace anypickle {
namespace {

constexpr Py_ssize_t kFrameHeader = 9;
constexpr Py_ssize_t kSmallestFrame = 4;
constexpr Py_ssize_t kEnding = 512;

}  // namespace

void Output::open(char* scratch, Py_ssize_t size, PyObject* write) noexcept {
    Py_CLEAR(bytes_);
    begin_ = cur_ = scratch;
    end_ = scratch + size;
    write_ = write;
    frame_start_ = -1;
    framing_ = false;
    set_soft_end();
}

bool Output::begin_framing() noexcept {
    framing_ = true;
    return open_frame();
}

void Output::set_soft_end() noexcept {
    soft_end_ = end_ - kSlack;
    if (frame_start_ >= 0) {
        const Py_ssize_t full = frame_start_ + kFrameHeader + kFrameTarget;
        if (soft_end_ - begin_ > full) soft_end_ = begin_ + full;
    }
}

bool Output::open_frame() noexcept {
    if (!room()) return false;
    frame_start_ = cur_ - begin_;
    cur_ += kFrameHeader;
    set_soft_end();
    return true;
}

void Output::close_frame() noexcept {
    if (frame_start_ < 0) return;
    char* header = begin_ + frame_start_;
    const Py_ssize_t size = cur_ - header - kFrameHeader;
    if (size >= kSmallestFrame) {
        *header = static_cast<char>(Opcode::kFrame);
        const uint64_t length = static_cast<uint64_t>(size);
        std::memcpy(header + 1, &length, sizeof length);
    } else {
        std::memmove(header, header + kFrameHeader, static_cast<size_t>(size));
        cur_ -= kFrameHeader;
    }
    frame_start_ = -1;
    set_soft_end();
}

bool Output::grow(Py_ssize_t size) noexcept {
    const Py_ssize_t used = cur_ - begin_;
    const Py_ssize_t capacity = end_ - begin_;
    if (size > PY_SSIZE_T_MAX - used - kSlack) {
        PyErr_NoMemory();
        return false;
    }
    Py_ssize_t wanted = used + size;
    if (wanted > most_) return false;
    // One large payload is given what it needs; a stream of small ones grows by half.
    const Py_ssize_t half = capacity <= PY_SSIZE_T_MAX / 2 ? capacity + capacity / 2 : wanted;
    if (wanted < half) wanted = half;
    if (bytes_ == nullptr) {
        PyObject* bytes = PyBytes_FromStringAndSize(nullptr, std::max(wanted, 2 * capacity));
        if (bytes == nullptr) return false;
        std::memcpy(PyBytes_AS_STRING(bytes), begin_, static_cast<size_t>(used));
        bytes_ = bytes;
    } else if (_PyBytes_Resize(&bytes_, wanted) < 0) {
        begin_ = cur_ = end_ = soft_end_ = nullptr;
        return false;
    }
    begin_ = PyBytes_AS_STRING(bytes_);
    cur_ = begin_ + used;
    end_ = begin_ + PyBytes_GET_SIZE(bytes_);
    set_soft_end();
    return true;
}

bool Output::slow_boundary() noexcept {
    if (frame_start_ >= 0 && cur_ - begin_ >= frame_start_ + kFrameHeader + kFrameTarget) {
        close_frame();
        if (write_ != nullptr && !flush()) return false;
        if (!open_frame()) return false;
    }
    return room();
}

bool Output::feed(PyObject* chunk) noexcept {
    const Py_ssize_t size = PyObject_Size(chunk);
    if (size < 0) PyErr_Clear();
    Meter::of_thread().wrote(size < 0 ? 0 : size);
    const Ref result = Ref::steal(PyObject_CallOneArg(write_, chunk));
    return static_cast<bool>(result);
}

bool Output::flush() noexcept {
    if (cur_ == begin_) return true;
    const Ref chunk = Ref::steal(PyBytes_FromStringAndSize(begin_, cur_ - begin_));
    if (!chunk) return false;
    cur_ = begin_;
    set_soft_end();
    return feed(chunk.get());
}

bool Output::put_large(Opcode opcode, Py_ssize_t size, size_t size_bytes, const char* data,
                       PyObject* owner) noexcept {
    if (size > largest_) return false;
    Meter::of_thread().payload(data, size);
    close_frame();
    if (!room()) return false;
    if (write_ == nullptr) {
        // With room for what a stream ends with: growing once more would copy it all.
        if (reserve(size + kEnding) == nullptr) return false;
        put(opcode);
        put_little(static_cast<uint64_t>(size), size_bytes);
        std::memcpy(cur_, data, static_cast<size_t>(size));
        cur_ += size;
    } else {
        put(opcode);
        put_little(static_cast<uint64_t>(size), size_bytes);
        const Ref payload =
            shows_payloads_
                ? Ref::steal(PyMemoryView_FromMemory(const_cast<char*>(data), size, PyBUF_READ))
            : owner != nullptr ? Ref::share(owner)
                               : Ref::steal(PyBytes_FromStringAndSize(data, size));
        if (!payload || !flush() || !feed(payload.get())) return false;
    }
    return framing_ ? open_frame() : room();
}

PyObject* Output::finish() noexcept {
    close_frame();
    framing_ = false;
    if (write_ != nullptr) return flush() ? Py_NewRef(Py_None) : nullptr;
    const Py_ssize_t size = cur_ - begin_;
    Meter::of_thread().wrote(size);
    if (bytes_ == nullptr) return PyBytes_FromStringAndSize(begin_, size);
    PyObject* bytes = bytes_;
    bytes_ = nullptr;
    begin_ = cur_ = end_ = soft_end_ = nullptr;
    if (_PyBytes_Resize(&bytes, size) < 0) return nullptr;
    return bytes;
}

}  // namespace anypickle
