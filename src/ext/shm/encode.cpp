#include <cstring>

#include "shm/buffer_type.h"
#include "shm/message.h"
#include "shm/message_format.h"

namespace anypickle::shm {

namespace {

constexpr Py_ssize_t kMostElements = 64;
constexpr std::size_t kLendFrom = 1024;  // shorter ones are copied: a part costs as much

// The memory of the last message, so that a small one allocates nothing. Taken while in use:
// encoding runs Python.
thread_local std::vector<std::byte> spare_bytes;
thread_local std::vector<Part> spare_parts;

// Where in the arena a buffer lies, if it is part of a Buffer there.
bool find_place(State* state, Arena* arena, const Py_buffer& view, BufferPlace* place) {
    PyObject* buffer = buffer_behind(state, view.obj);
    if (buffer == nullptr || shared(buffer)->arena != arena) return false;
    auto start = reinterpret_cast<std::uintptr_t>(memory_of_buffer(buffer));
    auto at = reinterpret_cast<std::uintptr_t>(view.buf);
    auto length = static_cast<std::uint64_t>(view.len);
    bool within = at >= start && at - start <= length_of_buffer(buffer) &&
                  length <= length_of_buffer(buffer) - (at - start);
    if (!within || !is_in_arena(buffer)) return false;
    *place = {shared(buffer)->number, shared(buffer)->generation, at - start,
              static_cast<std::uint64_t>(mode_of_buffer(buffer))};
    return true;
}

// numpy's character for a buffer's format, 0 if it is more than a plain number in this machine's
// order.
std::uint32_t type_code_of(const char* format) {
    bool complex = format[0] == 'Z';
    const char* code = format + (complex ? 1 : 0);
    if (code[0] == '\0' || code[1] != '\0') return 0;
    if (complex) return code[0] == 'f' ? 'F' : code[0] == 'd' ? 'D' : 0;
    return std::strchr("?bBhHiIlLqQefd", code[0]) != nullptr ? static_cast<std::uint32_t>(code[0])
                                                             : 0;
}

}  // namespace

Encoded::Encoded() {
    own_.swap(spare_bytes);
    parts_.swap(spare_parts);
    own_.clear();
    parts_.clear();
}

Encoded::~Encoded() {
    for (Py_buffer& view : views_) PyBuffer_Release(&view);
    if (own_.capacity() <= 64 * 1024) own_.swap(spare_bytes);
    if (parts_.capacity() <= 1024) parts_.swap(spare_parts);
}

std::uint64_t Encoded::length() const {
    std::uint64_t total = 0;
    for (const Part& part : parts_) total += part.size();
    return total;
}

void Encoded::add(const void* data, std::size_t length) {
    const auto* bytes = static_cast<const std::byte*>(data);
    own_.insert(own_.end(), bytes, bytes + length);
}

// own_ may move while it grows, so its parts are only noted as empty spans here; finish() fills
// them in.
void Encoded::lend(const void* data, std::size_t length) {
    if (length < kLendFrom) return add(data, length);
    parts_.emplace_back(static_cast<const std::byte*>(nullptr), own_.size() - finished_);
    finished_ = own_.size();
    parts_.emplace_back(static_cast<const std::byte*>(data), length);
}

void Encoded::finish() {
    parts_.emplace_back(static_cast<const std::byte*>(nullptr), own_.size() - finished_);
    finished_ = own_.size();
    const std::byte* at = own_.data();
    for (Part& part : parts_) {
        if (part.data() != nullptr) continue;
        part = Part(at, part.size());
        at += part.size();
    }
}

// False without an error: not plain.
bool Encoded::add_plain(PyObject* object, int depth) {
    if (object == Py_None) {
        add_value(Kind::kNone);
    } else if (object == Py_True) {
        add_value(Kind::kTrue);
    } else if (object == Py_False) {
        add_value(Kind::kFalse);
    } else if (PyLong_CheckExact(object)) {
        int overflow = 0;
        long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
        if (overflow != 0) return false;
        add_value(Kind::kInt);
        add_value(value);
    } else if (PyFloat_CheckExact(object)) {
        add_value(Kind::kFloat);
        add_value(PyFloat_AS_DOUBLE(object));
    } else if (PyUnicode_CheckExact(object)) {
        Py_ssize_t length = 0;
        const char* text = PyUnicode_AsUTF8AndSize(object, &length);
        if (text == nullptr) {  // surrogates: the pickler has a way
            PyErr_Clear();
            return false;
        }
        add_value(Kind::kStr);
        add_value(static_cast<std::uint64_t>(length));
        lend(text, static_cast<std::size_t>(length));
    } else if (PyBytes_CheckExact(object)) {
        add_value(Kind::kBytes);
        add_value(static_cast<std::uint64_t>(PyBytes_GET_SIZE(object)));
        lend(PyBytes_AS_STRING(object), static_cast<std::size_t>(PyBytes_GET_SIZE(object)));
    } else if (depth == 0 && PyTuple_CheckExact(object) &&
               PyTuple_GET_SIZE(object) <= kMostElements) {
        add_value(Kind::kTuple);
        add_value(static_cast<std::uint8_t>(PyTuple_GET_SIZE(object)));
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); ++i) {
            if (!add_plain(PyTuple_GET_ITEM(object, i), 1)) return false;
        }
    } else {
        return false;
    }
    return true;
}

// False without an error: one for the pickler.
bool Encoded::add_array(State* state, Arena* arena, PyObject* array) {
    Py_buffer view;
    if (PyObject_GetBuffer(array, &view, PyBUF_FULL_RO) < 0) {
        PyErr_Clear();
        return false;
    }
    views_.push_back(view);
    ArrayHeader header = {};
    header.dimensions = static_cast<std::uint32_t>(view.ndim);
    header.type_code = type_code_of(view.format);
    PyObject* buffer = buffer_behind(state, array);
    if (header.type_code == 0 || buffer == nullptr || shared(buffer)->arena != arena ||
        view.ndim == 0 || !is_in_arena(buffer)) {
        PyBuffer_Release(&views_.back());
        views_.pop_back();
        return false;
    }
    header.place.number = shared(buffer)->number;
    header.place.generation = shared(buffer)->generation;
    header.place.mode = static_cast<std::uint64_t>(mode_of_buffer(buffer));
    header.place.offset = static_cast<std::uint64_t>(static_cast<const std::byte*>(view.buf) -
                                                     memory_of_buffer(buffer));
    references_.push_back({header.place.number, header.place.generation});
    add_value(Kind::kArray);
    add_value(header);
    add(view.shape, static_cast<std::size_t>(view.ndim) * sizeof(Py_ssize_t));
    add(view.strides, static_cast<std::size_t>(view.ndim) * sizeof(Py_ssize_t));
    return true;
}

bool Encoded::add_pickle(State* state, Arena* arena, PyObject* object) {
    own_.clear();
    parts_.clear();
    finished_ = 0;
    Ref buffers = Ref::steal(PyList_New(0));
    Ref protocol = Ref::steal(PyLong_FromLong(5));
    if (!buffers || !protocol) return false;
    Ref append = Ref::steal(PyObject_GetAttrString(buffers.get(), "append"));
    if (!append) return false;
    PyObject* args[] = {object, protocol.get(), append.get()};
    Ref pickle;
    {
        Collecting collecting(arena, &references_);
        pickle = Ref::steal(PyObject_Vectorcall(state->dumps, args, 2, state->callback_name));
    }
    if (!pickle) return false;
    if (!PyBytes_CheckExact(pickle.get())) {
        PyErr_Format(PyExc_TypeError, "dumps returned %.100s, not bytes",
                     Py_TYPE(pickle.get())->tp_name);
        return false;
    }
    if (PyList_GET_SIZE(buffers.get()) != 0)
        return add_buffers(state, arena, pickle.get(), buffers.get());
    add_value(Kind::kPickle);
    kept_ = pickle;
    lend(PyBytes_AS_STRING(pickle.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(pickle.get())));
    return true;
}

bool Encoded::add_buffers(State* state, Arena* arena, PyObject* pickle, PyObject* buffers) {
    auto count = static_cast<std::size_t>(PyList_GET_SIZE(buffers));
    kept_ = Ref::steal(PyTuple_Pack(2, pickle, buffers));
    if (!kept_) return false;
    views_.reserve(count);
    places_.reserve(count);
    std::vector<BufferHeader> headers;
    headers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        Py_buffer view;
        PyObject* buffer = PyList_GET_ITEM(buffers, static_cast<Py_ssize_t>(i));
        if (PyObject_GetBuffer(buffer, &view, PyBUF_ANY_CONTIGUOUS | PyBUF_FORMAT) < 0)
            return false;
        views_.push_back(view);
        BufferPlace place = {};
        std::uint64_t flags = view.readonly != 0 ? kReadonlyBuffer : 0;
        if (references_.size() < Ring::kMostReferences && find_place(state, arena, view, &place)) {
            flags |= kBufferElsewhere;
            references_.push_back({place.number, place.generation});
        }
        places_.push_back(place);
        headers.push_back({static_cast<std::uint64_t>(view.len), flags});
    }
    auto pickle_length = static_cast<std::size_t>(PyBytes_GET_SIZE(pickle));
    constexpr std::byte kPadding[kBufferAlignment] = {};
    add_value(Kind::kBuffers);
    add(kPadding, 7);
    add_value(BuffersHeader{count, pickle_length});
    add(headers.data(), headers.size() * sizeof(BufferHeader));
    lend(PyBytes_AS_STRING(pickle), pickle_length);
    std::uint64_t offset =
        8 + sizeof(BuffersHeader) + headers.size() * sizeof(BufferHeader) + pickle_length;
    for (std::size_t i = 0; i < count; ++i) {
        add(kPadding, aligned(offset) - offset);
        offset = aligned(offset);
        if ((headers[i].flags & kBufferElsewhere) != 0) {
            add_value(places_[i]);
            offset += sizeof(BufferPlace);
        } else {
            lend(views_[i].buf, static_cast<std::size_t>(views_[i].len));
            offset += headers[i].length;
        }
    }
    return true;
}

bool encode(State* state, Arena* arena, PyObject* object, Encoded* message) {
    bool array = state->array_type != nullptr &&
                 Py_IS_TYPE(object, reinterpret_cast<PyTypeObject*>(state->array_type));
    bool added = array ? message->add_array(state, arena, object) : message->add_plain(object, 0);
    if (!added && !message->add_pickle(state, arena, object)) return false;
    message->finish();
    return true;
}

}  // namespace anypickle::shm
