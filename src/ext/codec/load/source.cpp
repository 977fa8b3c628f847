#include "codec/load/source.h"

#include <algorithm>

#include "codec/load/read_target.h"
#include "common/compat.h"
#include "common/ref.h"
#include "common/threading.h"

namespace anypickle::load {
namespace {

constexpr std::size_t kPeek = std::size_t{128} * 1024;  // how much is asked of peek()
constexpr std::size_t kChunk =
    std::size_t{1024} * 1024;  // how much is read before more is believed
constexpr std::uint8_t kNothing = 0;

Ref call_with_size(PyObject* method, std::size_t size) {
    const Ref number = Ref::steal(PyLong_FromSize_t(size));
    return number ? Ref::steal(PyObject_CallOneArg(method, number.get())) : Ref();
}

}  // namespace

bool FileMethods::find(const LoadState& state, PyObject* file) {
    if (optional_attr(file, state.name(Name::kPeek), &peek) < 0 ||
        optional_attr(file, state.name(Name::kReadInto), &readinto) < 0 ||
        optional_attr(file, state.name(Name::kRead), &read) < 0 ||
        optional_attr(file, state.name(Name::kReadLine), &readline) < 0) {
        clear();
        return false;
    }
    if (read == nullptr || readline == nullptr) {
        PyErr_SetString(PyExc_TypeError, "file must have 'read' and 'readline' attributes");
        clear();
        return false;
    }
    return true;
}

int FileMethods::traverse(visitproc visit, void* arg) const {
    Py_VISIT(read);
    Py_VISIT(readinto);
    Py_VISIT(readline);
    Py_VISIT(peek);
    return 0;
}

void FileMethods::clear() {
    Py_CLEAR(read);
    Py_CLEAR(readinto);
    Py_CLEAR(readline);
    Py_CLEAR(peek);
}

bool resize(Ref& object, std::size_t size) {
    const auto length = static_cast<Py_ssize_t>(size);
    if (Py_REFCNT(object.get()) == 1) {
        if (PyByteArray_Check(object.get())) return PyByteArray_Resize(object.get(), length) == 0;
        PyObject* bytes = object.release();
        const bool ok = _PyBytes_Resize(&bytes, length) == 0;
        object = Ref::steal(bytes);
        return ok;
    }
    // A file kept a view of it: that memory stays where it is.
    const bool is_bytes = PyBytes_Check(object.get());
    Ref fresh = Ref::steal(is_bytes ? PyBytes_FromStringAndSize(nullptr, length)
                                    : PyByteArray_FromStringAndSize(nullptr, length));
    if (fresh && is_bytes) {
        std::memcpy(PyBytes_AS_STRING(fresh.get()), PyBytes_AS_STRING(object.get()),
                    static_cast<std::size_t>(PyBytes_GET_SIZE(object.get())));
    } else if (fresh) {
        std::memcpy(PyByteArray_AS_STRING(fresh.get()), PyByteArray_AS_STRING(object.get()),
                    static_cast<std::size_t>(PyByteArray_GET_SIZE(object.get())));
    }
    object = std::move(fresh);
    return static_cast<bool>(object);
}

Source::~Source() {
    if (view_.obj != nullptr) PyBuffer_Release(&view_);
}

bool Source::open_buffer(PyObject* data) {
    if (PyBytes_CheckExact(data)) {  // what bytes would answer: most reads are of a few bytes
        view_.obj = Py_NewRef(data);
        view_.buf = PyBytes_AS_STRING(data);
        view_.len = PyBytes_GET_SIZE(data);
        view_.readonly = 1;
        return true;
    }
    const Section section(data);
    if (PyObject_GetBuffer(data, &view_, PyBUF_CONTIG_RO) < 0) return false;
    if (!kFreeThreaded || view_.readonly != 0) return true;
    // What another thread writes meanwhile would be checked as one thing and taken as another.
    return view(PyBytes_FromStringAndSize(static_cast<const char*>(view_.buf), view_.len));
}

Window Source::first() const noexcept {
    return file_ == nullptr ? viewed() : Window{&kNothing, &kNothing};
}

Window Source::viewed() const noexcept {
    const auto* begin = view_.len == 0 ? &kNothing : static_cast<const std::uint8_t*>(view_.buf);
    return {begin, begin + view_.len};
}

bool Source::view(PyObject* steal_data) noexcept {
    const Ref data = Ref::steal(steal_data);
    if (view_.obj != nullptr) PyBuffer_Release(&view_);
    return data && open_buffer(data.get());
}

/// Moves the file over what was peeked at and used.
bool Source::skip_peeked(Window window) noexcept {
    if (peeked_ == nullptr) return true;
    const auto used = static_cast<std::size_t>(window.cursor - peeked_);
    peeked_ = nullptr;
    return used == 0 || call_with_size(file_->read, used);
}

/// Brings the file's position to the cursor. Bytes that were read and not used would be lost: they
/// are in no frame.
bool Source::settle(Window window) noexcept {
    if (peeked_ == nullptr && window.size() != 0) {
        fault_ = Fault::kFrame;
        return false;
    }
    return skip_peeked(window);
}

Window Source::more(Window window, std::size_t need) noexcept {
    fault_ = Fault::kTruncated;
    if (file_ == nullptr || !settle(window)) return {};
    if (file_->peek != nullptr && need < kPeek) {
        Ref data = call_with_size(file_->peek, kPeek);
        if (!data) {
            if (!PyErr_ExceptionMatches(PyExc_NotImplementedError)) return {};
            PyErr_Clear();
            Py_CLEAR(file_->peek);
        } else {
            if (!view(data.release())) return {};
            if (static_cast<std::size_t>(view_.len) >= need) {
                peeked_ = viewed().cursor;
                return viewed();
            }
        }
    }
    if (need > kChunk) return gather(need, 0);
    Ref data = call_with_size(file_->read, need);
    if (!data || !view(data.release())) return {};
    return static_cast<std::size_t>(view_.len) >= need
               ? viewed()
               : gather(need, static_cast<std::size_t>(view_.len));
}

/// Collects `need` bytes from as many reads as it takes, beginning with the `have` that are in
/// view.
Window Source::gather(std::size_t need, std::size_t have) noexcept {
    std::size_t room = std::min(need, kChunk);
    gathered_ = Ref::steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(room)));
    if (!gathered_) return {};
    if (have != 0) std::memcpy(PyBytes_AS_STRING(gathered_.get()), view_.buf, have);
    for (;;) {
        while (have < room) {
            const Py_ssize_t got = read_some(gathered_.get(), have, room);
            if (got <= 0) return {};
            have += static_cast<std::size_t>(got);
        }
        if (room == need) break;
        room = need - room < room ? need : room * 2;
        if (!resize(gathered_, room)) return {};
    }
    const auto* begin = reinterpret_cast<const std::uint8_t*>(PyBytes_AS_STRING(gathered_.get()));
    return {begin, begin + need};
}

/// One readinto() of at most `size` bytes; 0 at the end of the file, -1 with the error set.
Py_ssize_t Source::read_into(PyObject* object, char* out, std::size_t size) noexcept {
    const Ref memory =
        Ref::steal(new_read_target(*state_, object, out, static_cast<Py_ssize_t>(size)));
    const Ref result =
        memory ? Ref::steal(PyObject_CallOneArg(file_->readinto, memory.get())) : Ref();
    if (!result) return -1;
    const Py_ssize_t got = PyLong_AsSsize_t(result.get());
    if (got == -1 && PyErr_Occurred()) return -1;
    if (got < 0 || static_cast<std::size_t>(got) > size) {
        PyErr_SetString(PyExc_ValueError,
                        got < 0 ? "readinto() returned negative size"
                                : "readinto() returned more than it was given room for");
        return -1;
    }
    return got;
}

/// One read into `object` from `begin` to at most `end`; 0 at the end of the file, -1 with the
/// error set.
Py_ssize_t Source::read_some(PyObject* object, std::size_t begin, std::size_t end) noexcept {
    char* out =
        (PyBytes_Check(object) ? PyBytes_AS_STRING(object) : PyByteArray_AS_STRING(object)) + begin;
    if (file_->readinto != nullptr) return read_into(object, out, end - begin);
    const Ref data = call_with_size(file_->read, end - begin);
    if (!data) return -1;
    if (!PyBytes_Check(data.get())) {
        PyErr_Format(PyExc_ValueError, "read() returned non-bytes object (%R)",
                     Py_TYPE(data.get()));
        return -1;
    }
    const auto got = std::min(static_cast<std::size_t>(PyBytes_GET_SIZE(data.get())), end - begin);
    std::memcpy(out, PyBytes_AS_STRING(data.get()), got);
    return static_cast<Py_ssize_t>(got);
}

Line Source::line(Window window) noexcept {
    fault_ = Fault::kTruncated;
    if (file_ == nullptr || !settle(window)) return {};
    if (!view(PyObject_CallNoArgs(file_->readline))) return {};
    const Window whole = viewed();
    if (whole.size() == 0 || whole.end[-1] != '\n') return {};
    return {reinterpret_cast<const char*>(whole.cursor), whole.size() - 1,
            Window{whole.end, whole.end}};
}

Window Source::fill(Window window, PyObject* object, std::size_t begin, std::size_t end) noexcept {
    fault_ = Fault::kTruncated;
    char* out = PyBytes_Check(object) ? PyBytes_AS_STRING(object) : PyByteArray_AS_STRING(object);
    const std::size_t held = std::min(window.size(), end - begin);
    std::memcpy(out + begin, window.cursor, held);
    window.cursor += held;
    begin += held;
    if (begin == end) return window;
    if (file_ == nullptr || !skip_peeked(window)) return {};
    while (begin < end) {
        const Py_ssize_t got = read_some(object, begin, end);
        if (got <= 0) return {};
        begin += static_cast<std::size_t>(got);
    }
    return {&kNothing, &kNothing};
}

bool Source::finish(Window window) noexcept { return file_ == nullptr || skip_peeked(window); }

}  // namespace anypickle::load
