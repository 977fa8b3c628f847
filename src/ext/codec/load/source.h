// Where the bytes of a load come from: an object with the buffer interface, or a file object.
//
//     Source source;
//     if (!source.open_buffer(data)) return nullptr;            // loads
//     source.open_file(state, methods);                         // load: read, readinto, readline,
//     peek
//
// From a file no byte after STOP is taken: what is not framed is read piece by piece, or peeked at
// and then skipped, as `_pickle` does. Short reads are completed; what is read grows with what is
// there, not with what is claimed.
//
// Threading: an attached thread state; reading runs the file's code.
// Invariant: the window lies in `view_` or in `gathered_`, which live until the next call.
#pragma once

#include <Python.h>

#include "anypickle/reader.h"
#include "codec/load/state.h"
#include "common/ref.h"

namespace anypickle::load {

/// The methods of a file that loading uses, owned by whoever holds them. `peek` and `readinto` may
/// be null.
struct FileMethods {
    PyObject* read = nullptr;
    PyObject* readinto = nullptr;
    PyObject* readline = nullptr;
    PyObject* peek = nullptr;

    /// Looks the methods up; false with the error set.
    bool find(const LoadState& state, PyObject* file);
    int traverse(visitproc visit, void* arg) const;
    void clear();
};

/// Makes a bytes object or a bytearray of ours `size` bytes long, in place if nobody else can see
/// it; false with the error set, and then it is gone.
bool resize(Ref& object, std::size_t size);

class Source {
  public:
    Source() noexcept = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source();

    bool open_buffer(PyObject* data);
    /// `methods` outlive the source; `peek` in it is cleared when the file turns out not to support
    /// it.
    void open_file(const LoadState& state, FileMethods* methods) noexcept {
        state_ = &state;
        file_ = methods;
    }

    [[nodiscard]] bool is_file() const noexcept { return file_ != nullptr; }
    /// The input, when all of it is in memory that nobody can change; otherwise null.
    [[nodiscard]] Window constant() const noexcept {
        return file_ == nullptr && PyBytes_CheckExact(view_.obj) ? viewed()
                                                                 : Window{nullptr, nullptr};
    }

    // --- what the machine asks (anypickle/reader.h) ---
    [[nodiscard]] Window first() const noexcept;
    [[nodiscard]] Window more(Window window, std::size_t need) noexcept;
    [[nodiscard]] Line line(Window window) noexcept;
    /// Fills bytes or a bytearray from `begin` to `end`: first what the window has, then straight
    /// from the file.
    [[nodiscard]] Window fill(Window window, PyObject* object, std::size_t begin,
                              std::size_t end) noexcept;
    [[nodiscard]] bool finish(Window window) noexcept;
    [[nodiscard]] Fault fault() const noexcept {
        return PyErr_Occurred() ? Fault::kBackend : fault_;
    }
    [[nodiscard]] std::size_t offset(const std::uint8_t*) const noexcept { return 0; }

  private:
    [[nodiscard]] bool skip_peeked(Window window) noexcept;
    [[nodiscard]] bool settle(Window window) noexcept;
    [[nodiscard]] bool view(PyObject* steal_data) noexcept;
    [[nodiscard]] Window viewed() const noexcept;
    [[nodiscard]] Window gather(std::size_t need, std::size_t have) noexcept;
    [[nodiscard]] Py_ssize_t read_into(PyObject* object, char* out, std::size_t size) noexcept;
    [[nodiscard]] Py_ssize_t read_some(PyObject* object, std::size_t begin,
                                       std::size_t end) noexcept;

    const LoadState* state_ = nullptr;
    FileMethods* file_ = nullptr;
    Py_buffer view_{};
    Ref gathered_;
    const std::uint8_t* peeked_ =
        nullptr;  ///< Where the file's position is, if the window was peeked at.
    Fault fault_ = Fault::kTruncated;
};

}  // namespace anypickle::load
