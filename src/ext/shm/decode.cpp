#include <cstring>

#include "shm/buffer_type.h"
#include "shm/errors.h"
#include "shm/message.h"
#include "shm/message_format.h"
#include "shm/reader.h"

namespace anypickle::shm {

namespace {

constexpr std::uint64_t kReadInPlaceFrom = 64 * 1024;

PyObject* damaged() {
    return raise_named("DamagedError", "a message in shared memory was overwritten");
}

Py_ssize_t signed_of(std::uint64_t length) { return static_cast<Py_ssize_t>(length); }
const char* chars(const std::byte* data) { return reinterpret_cast<const char*>(data); }

PyObject* read_plain(Kind kind, Reader* reader) {
    std::uint64_t length = 0;
    switch (kind) {
        case Kind::kNone:
            Py_RETURN_NONE;
        case Kind::kTrue:
            Py_RETURN_TRUE;
        case Kind::kFalse:
            Py_RETURN_FALSE;
        case Kind::kInt: {
            long long value = 0;
            return reader->read(&value) ? PyLong_FromLongLong(value) : damaged();
        }
        case Kind::kFloat: {
            double value = 0;
            return reader->read(&value) ? PyFloat_FromDouble(value) : damaged();
        }
        case Kind::kStr: {
            const std::byte* text = reader->read(&length) ? reader->take(length) : nullptr;
            return text != nullptr ? PyUnicode_DecodeUTF8(chars(text), signed_of(length), nullptr)
                                   : damaged();
        }
        case Kind::kBytes: {
            const std::byte* bytes = reader->read(&length) ? reader->take(length) : nullptr;
            return bytes != nullptr ? PyBytes_FromStringAndSize(chars(bytes), signed_of(length))
                                    : damaged();
        }
        default:
            return damaged();
    }
}

PyObject* read_tuple(Reader* reader) {
    std::uint8_t count = 0;
    if (!reader->read(&count)) return damaged();
    Ref tuple = Ref::steal(PyTuple_New(count));
    if (!tuple) return nullptr;
    for (Py_ssize_t i = 0; i < count; ++i) {
        Kind kind{};
        PyObject* element = reader->read(&kind) ? read_plain(kind, reader) : damaged();
        if (element == nullptr) return nullptr;
        PyTuple_SET_ITEM(tuple.get(), i, element);
    }
    return tuple.release();
}

PyObject* slice_of(PyObject* owner, std::uint64_t offset, std::uint64_t length) {
    Ref whole = Ref::steal(PyMemoryView_FromObject(owner));
    if (!whole) return nullptr;
    return PySequence_GetSlice(whole.get(), signed_of(offset), signed_of(offset + length));
}

PyObject* buffer_elsewhere(State* state, Arena* arena, const BufferHeader& header, Reader* reader) {
    BufferPlace place = {};
    if (!reader->read(&place)) return damaged();
    auto mode = static_cast<BufferMode>(place.mode);
    Ref buffer =
        Ref::steal(buffer_from_message(state, arena, {place.number, place.generation}, mode));
    if (!buffer) return nullptr;
    std::uint64_t length = length_of_buffer(buffer.get());
    if (place.offset > length || header.length > length - place.offset) return damaged();
    return slice_of(buffer.get(), place.offset, header.length);
}

// A buffer as the unpickler gets it: part of the owner's memory, or a copy that nobody else knows.
PyObject* new_buffer(State* state, Arena* arena, const BufferHeader& header, Reader* reader,
                     PyObject* owner) {
    if (!reader->align()) return damaged();
    if ((header.flags & kBufferElsewhere) != 0)
        return buffer_elsewhere(state, arena, header, reader);
    std::uint64_t offset = reader->offset();
    const std::byte* bytes = reader->take(header.length);
    if (bytes == nullptr) return damaged();
    if ((header.flags & kReadonlyBuffer) != 0)
        return PyBytes_FromStringAndSize(chars(bytes), signed_of(header.length));
    if (owner == nullptr)
        return PyByteArray_FromStringAndSize(chars(bytes), signed_of(header.length));
    return slice_of(owner, offset, header.length);
}

// A large pickle is read where it lies: what is unpickled from it is copied out of it.
PyObject* load(State* state, const std::byte* pickle, std::uint64_t length, PyObject* buffers) {
    char* text = const_cast<char*>(chars(pickle));
    Ref bytes = Ref::steal(length < kReadInPlaceFrom
                               ? PyBytes_FromStringAndSize(text, signed_of(length))
                               : PyMemoryView_FromMemory(text, signed_of(length), PyBUF_READ));
    if (!bytes) return nullptr;
    PyObject* args[] = {bytes.get(), buffers};
    return PyObject_Vectorcall(state->loads, args, 1,
                               buffers == nullptr ? nullptr : state->buffers_name);
}

PyObject* read_buffers(State* state, Arena* arena, Reader* reader, PyObject* owner) {
    BuffersHeader header = {};
    if (reader->take(7) == nullptr || !reader->read(&header)) return damaged();
    if (header.count > reader->left() / sizeof(BufferHeader)) return damaged();
    std::vector<BufferHeader> headers(header.count);
    for (BufferHeader& each : headers) {
        if (!reader->read(&each)) return damaged();
    }
    const std::byte* pickle = reader->take(header.pickle_length);
    if (pickle == nullptr) return damaged();
    Ref buffers = Ref::steal(PyList_New(0));
    if (!buffers) return nullptr;
    for (const BufferHeader& each : headers) {
        Ref buffer = Ref::steal(new_buffer(state, arena, each, reader, owner));
        if (!buffer || PyList_Append(buffers.get(), buffer.get()) < 0) return nullptr;
    }
    return load(state, pickle, header.pickle_length, buffers.get());
}

PyObject* tuple_of(const std::vector<Py_ssize_t>& numbers) {
    Ref tuple = Ref::steal(PyTuple_New(signed_of(numbers.size())));
    for (std::size_t i = 0; tuple && i < numbers.size(); ++i) {
        PyObject* number = PyLong_FromSsize_t(numbers[i]);
        if (number == nullptr) return nullptr;
        PyTuple_SET_ITEM(tuple.get(), signed_of(i), number);
    }
    return tuple.release();
}

PyObject* read_array(State* state, Arena* arena, Reader* reader) {
    ArrayHeader header = {};
    if (!reader->read(&header) || header.dimensions > kMostDimensions) return damaged();
    std::vector<Py_ssize_t> shape(header.dimensions);
    std::vector<Py_ssize_t> strides(header.dimensions);
    for (auto* numbers : {&shape, &strides}) {
        for (Py_ssize_t& number : *numbers) {
            if (!reader->read(&number)) return damaged();
        }
    }
    if (state->rebuild_array == nullptr) {  // its import tells us
        Ref module = Ref::steal(PyImport_ImportModule("anypickle.shared.ndarray"));
        if (!module) return nullptr;
    }
    auto mode = static_cast<BufferMode>(header.place.mode);
    Block block = {header.place.number, header.place.generation};
    Ref buffer = Ref::steal(buffer_from_message(state, arena, block, mode));
    Ref offset = Ref::steal(PyLong_FromUnsignedLongLong(header.place.offset));
    Ref lengths = Ref::steal(tuple_of(shape));
    Ref steps = Ref::steal(tuple_of(strides));
    Ref code = Ref::steal(PyUnicode_FromOrdinal(static_cast<int>(header.type_code & 0x7f)));
    if (!buffer || !offset || !lengths || !steps || !code) return nullptr;
    PyObject* args[] = {buffer.get(), offset.get(), lengths.get(), steps.get(), code.get()};
    return PyObject_Vectorcall(state->rebuild_array, args, 5, nullptr);
}

}  // namespace

PyObject* decode(State* state, Arena* arena, const std::byte* data, std::uint64_t length,
                 PyObject* owner) {
    Reader reader(data, length);
    Kind kind{};
    if (!reader.read(&kind)) return damaged();
    switch (kind) {
        case Kind::kTuple:
            return read_tuple(&reader);
        case Kind::kPickle:
            return load(state, reader.take(0), reader.left(), nullptr);
        case Kind::kBuffers:
            return read_buffers(state, arena, &reader, owner);
        case Kind::kArray:
            return read_array(state, arena, &reader);
        default:
            return read_plain(kind, &reader);
    }
}

}  // namespace anypickle::shm
