#include "codec/value/fields.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "common/ref.h"

namespace anypickle {
namespace {

/// Takes one of the objects off the list of those that are still to be seen.
int take_off(PyObject* object, void* list) {
    auto& expected = *static_cast<std::vector<PyObject*>*>(list);
    const auto found = std::find(expected.begin(), expected.end(), object);
    if (found == expected.end()) return 1;
    expected.erase(found);
    return 0;
}

/// Walks over the members behind an object's header.
class Struct {
  public:
    explicit Struct(PyObject* object)
        : object_(object), end_(static_cast<size_t>(Py_TYPE(object)->tp_basicsize)) {}

    /// The next member; false if the object ends before it does.
    template <typename T>
    bool next(T* value) {
        at_ = (at_ + alignof(T) - 1) / alignof(T) * alignof(T);
        if (at_ + sizeof(T) > end_) return false;
        std::memcpy(value, reinterpret_cast<const char*>(object_) + at_, sizeof(T));
        at_ += sizeof(T);
        return true;
    }

    /// Whether all of the object has been read.
    [[nodiscard]] bool complete() const {
        constexpr size_t kWord = alignof(void*);
        return (at_ + kWord - 1) / kWord * kWord == end_;
    }

    /// Whether these, and its type where that owns it, are what it shows to the collector.
    [[nodiscard]] bool shows(std::vector<PyObject*> objects) const {
        const traverseproc traverse = Py_TYPE(object_)->tp_traverse;
        if (traverse == nullptr) return false;
        objects.push_back(reinterpret_cast<PyObject*>(Py_TYPE(object_)));
        if (traverse(object_, take_off, &objects) != 0) return false;
        return objects.empty() ||
               (objects.size() == 1 && objects[0] == reinterpret_cast<PyObject*>(Py_TYPE(object_)));
    }

  private:
    PyObject* object_;
    size_t at_ = sizeof(PyObject);
    size_t end_;
};

/// (object,), or () for none. A tuple that has not got all of its items is shown with None for
/// them: no code may see it.
PyObject* new_shown(PyObject* object) {
    if (object == nullptr) return PyTuple_New(0);
    if (!PyTuple_CheckExact(object)) return PyTuple_Pack(1, object);
    const Ref copy = Ref::steal(PyTuple_New(PyTuple_GET_SIZE(object)));
    for (Py_ssize_t i = 0; copy && i < PyTuple_GET_SIZE(object); ++i) {
        PyObject* item = PyTuple_GET_ITEM(object, i);
        PyTuple_SET_ITEM(copy.get(), i, Py_NewRef(item == nullptr ? Py_None : item));
    }
    return copy ? PyTuple_Pack(1, copy.get()) : nullptr;
}

PyObject* new_array(const Py_ssize_t* array, Py_ssize_t length) {
    const Ref tuple = Ref::steal(PyTuple_New(length));
    for (Py_ssize_t i = 0; tuple && i < length; ++i) {
        PyObject* number = PyLong_FromSsize_t(array[i]);
        if (number == nullptr) return nullptr;
        PyTuple_SET_ITEM(tuple.get(), i, number);
    }
    return Py_XNewRef(tuple.get());
}

struct Member {
    char code;
    Py_ssize_t number = 0;
    PyObject* object = nullptr;
    const Py_ssize_t* array = nullptr;
};

bool read_member(Struct& from, Member& member) {
    switch (member.code) {
        case 'o':
            return from.next(&member.object);
        case 'n':
            return from.next(&member.number);
        case 'p':
        case 'a':
            return from.next(&member.array);
        case 'l': {
            long number = 0;
            const bool read = from.next(&number);
            member.number = number;
            return read;
        }
        case 'i': {
            int number = 0;
            const bool read = from.next(&number);
            member.number = number;
            return read;
        }
        case 'b': {
            char number = 0;
            const bool read = from.next(&number);
            member.number = number;
            return read;
        }
        default:
            return false;
    }
}

/// Reads all members; false where the description does not fit.
bool read(PyObject* object, const char* description, std::vector<Member>& members) {
    Struct from(object);
    std::vector<PyObject*> objects;
    for (const char* code = description; *code != 0; ++code) {
        Member member{*code};
        if (!read_member(from, member)) return false;
        if (member.object != nullptr) objects.push_back(member.object);
        members.push_back(member);
    }
    return from.complete() && from.shows(objects);
}

}  // namespace

PyObject* fields(PyObject*, PyObject* const* args, Py_ssize_t count) {
    const char* description = count < 2 ? nullptr : PyUnicode_AsUTF8(args[1]);
    if (description == nullptr) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "fields() wants a description");
        return nullptr;
    }
    std::vector<Member> members;
    if (!read(args[0], description, members)) {
        return PyErr_Format(PyExc_TypeError, "%s objects are laid out otherwise in this Python",
                            Py_TYPE(args[0])->tp_name);
    }
    const Ref result = Ref::steal(PyList_New(0));
    Py_ssize_t next_length = 2;
    for (const Member& member : members) {
        if (member.code == 'p' || !result) continue;
        Ref value;
        if (member.code == 'o') {
            value = Ref::steal(new_shown(member.object));
        } else if (member.code == 'a') {
            const Py_ssize_t length =
                next_length < count ? PyLong_AsSsize_t(args[next_length++]) : 0;
            if (length < 0) return nullptr;
            value = Ref::steal(new_array(member.array, length));
        } else {
            value = Ref::steal(PyLong_FromSsize_t(member.number));
        }
        if (!value || PyList_Append(result.get(), value.get()) < 0) return nullptr;
    }
    return result ? PyList_AsTuple(result.get()) : nullptr;
}

}  // namespace anypickle
