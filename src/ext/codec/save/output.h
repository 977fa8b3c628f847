// Output: the stream as it is being written, in frames, into one bytes object or to a file.
//
//     Output out;
//     if (!out.open(write, framing)) return nullptr;       // write: a callable, or null for dumps
//     if (!out.boundary()) return nullptr;                 // before each object: frames end here,
//     files are fed here if (!out.room()) return nullptr;                     // kSlack bytes are
//     free from here on out.put(Opcode::kNone); return out.finish();
//
// Small opcodes are written without a test of their own: room() and boundary() promise kSlack free
// bytes, and every function that writes a few opcodes calls one of them first. Frames are those of
// protocol 4: 64 KiB, and large bytes and strings outside of any frame, passed to the file as they
// are. Threading: that of its pickler. Invariant: cur_ <= end_; a frame that is open has its 9
// header bytes reserved.
#pragma once

#include <Python.h>

#include <cstring>

#include "anypickle/opcode.h"

namespace anypickle {

class Output {
  public:
    static constexpr Py_ssize_t kSlack = 64;
    static constexpr Py_ssize_t kFrameTarget = 64 * 1024;

    Output() noexcept = default;
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() { Py_XDECREF(bytes_); }

    /// Begins a stream. `scratch` is memory that the caller lends until finish().
    void open(char* scratch, Py_ssize_t size, PyObject* write) noexcept;

    /// Fails, without an error, rather than let a stream for dumps grow beyond `most` bytes, or
    /// copy one large payload of more than `largest` into it.
    void limit(Py_ssize_t most, Py_ssize_t largest) noexcept {
        most_ = most;
        largest_ = largest;
    }

    /// Large payloads are shown to `write` where they lie, for whoever only counts them.
    void show_payloads() noexcept { shows_payloads_ = true; }

    /// From here on (protocol 4) what is written is put into frames.
    bool begin_framing() noexcept;

    /// To be called between two opcodes: ends a full frame and hands it to the file. May run the
    /// file's code.
    bool boundary() noexcept { return cur_ < soft_end_ || slow_boundary(); }

    /// Makes sure that kSlack bytes are free. Runs nobody's code.
    bool room() noexcept { return cur_ <= end_ - kSlack || grow(kSlack); }

    /// Makes sure that size + kSlack bytes are free, and says where.
    char* reserve(Py_ssize_t size) noexcept {
        if (end_ - cur_ < size + kSlack && !grow(size + kSlack)) return nullptr;
        return cur_;
    }

    /// Goes on after bytes that were written at reserve() or cursor().
    void advance_to(char* cursor) noexcept { cur_ = cursor; }
    [[nodiscard]] char* cursor() noexcept { return cur_; }

    /// How many bytes were written (for dumps).
    [[nodiscard]] Py_ssize_t size() const noexcept { return cur_ - begin_; }

    void put(Opcode opcode) noexcept { *cur_++ = static_cast<char>(opcode); }
    void put_byte(unsigned value) noexcept { *cur_++ = static_cast<char>(value); }

    /// The `size` lowest bytes of the value, little endian.
    void put_little(uint64_t value, size_t size) noexcept {
        static_assert(PY_LITTLE_ENDIAN,
                      "the stream is little endian, and so is every machine that we build for");
        std::memcpy(cur_, &value, size);
        cur_ += size;
    }

    /// A header and its payload. A large payload ends the frame, stays outside of any, and goes to
    /// the file directly: as `owner` if that is the payload, else as a bytes object made of it.
    bool put_payload(Opcode opcode, Py_ssize_t size, size_t size_bytes, const char* data,
                     PyObject* owner) noexcept {
        if (size >= kFrameTarget) return put_large(opcode, size, size_bytes, data, owner);
        char* target = reserve(size);
        if (target == nullptr) return false;
        put(opcode);
        put_little(static_cast<uint64_t>(size), size_bytes);
        std::memcpy(cur_, data, static_cast<size_t>(size));
        cur_ += size;
        return true;
    }

    /// Raw bytes of any length.
    bool append(const char* data, Py_ssize_t size) noexcept {
        if (reserve(size) == nullptr) return false;
        std::memcpy(cur_, data, static_cast<size_t>(size));
        cur_ += size;
        return true;
    }

    /// Ends the last frame. Returns the stream (dumps) or feeds the rest to the file and returns
    /// None.
    PyObject* finish() noexcept;

  private:
    bool slow_boundary() noexcept;
    bool grow(Py_ssize_t size) noexcept;
    bool open_frame() noexcept;
    void close_frame() noexcept;
    bool feed(PyObject* chunk) noexcept;
    bool flush() noexcept;
    bool put_large(Opcode opcode, Py_ssize_t size, size_t size_bytes, const char* data,
                   PyObject* owner) noexcept;
    void set_soft_end() noexcept;

    char* begin_ = nullptr;
    char* cur_ = nullptr;
    char* end_ = nullptr;
    char* soft_end_ = nullptr;     ///< Where boundary() has something to do.
    PyObject* bytes_ = nullptr;    ///< The buffer once the scratch memory is too small.
    PyObject* write_ = nullptr;    ///< Borrowed.
    Py_ssize_t frame_start_ = -1;  ///< Offset of the open frame's header, or -1.
    bool framing_ = false;
    bool shows_payloads_ = false;
    Py_ssize_t most_ = PY_SSIZE_T_MAX;
    Py_ssize_t largest_ = PY_SSIZE_T_MAX;
};

}  // namespace anypickle
