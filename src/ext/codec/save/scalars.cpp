// None, bool, int and float.
#include <bit>
#include <cstdio>

#include "codec/save/engine.h"
#include "codec/save/longs.h"

namespace anypickle {
namespace {

/// Text and a newline after an opcode of protocol 0.
bool put_line(Output& out, Opcode opcode, PyObject* text, const char* suffix) {
    Py_ssize_t size = 0;
    const char* data = PyUnicode_AsUTF8AndSize(text, &size);
    if (data == nullptr || !out.room()) return false;
    out.put(opcode);
    return out.append(data, size) &&
           out.append(suffix, static_cast<Py_ssize_t>(std::strlen(suffix)));
}

}  // namespace

Step Engine::save_bool(PyObject* object) {
    if (!out_.room()) return Step::kFailed;
    const bool value = object == Py_True;
    if (options_.protocol >= 2) {
        out_.put(value ? Opcode::kNewTrue : Opcode::kNewFalse);
        return Step::kDone;
    }
    return out_.append(value ? "I01\n" : "I00\n", 4) ? Step::kDone : Step::kFailed;
}

Step Engine::save_float(PyObject* object) {
    if (!out_.room()) return Step::kFailed;
    const double value = PyFloat_AS_DOUBLE(object);
    if (options_.bin) {
        out_.put(Opcode::kBinFloat);
        out_.put_little(__builtin_bswap64(std::bit_cast<uint64_t>(value)), 8);
        return Step::kDone;
    }
    char* text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr);
    if (text == nullptr) return Step::kFailed;
    out_.put(Opcode::kFloat);
    const bool written =
        out_.append(text, static_cast<Py_ssize_t>(std::strlen(text))) && out_.append("\n", 1);
    PyMem_Free(text);
    return written ? Step::kDone : Step::kFailed;
}

Step Engine::save_long(PyObject* object) {
    int64_t value = 0;
    if (!small_long(object, &value)) return save_long_slow(object);
    if (!out_.room()) return Step::kFailed;
    const bool narrow = value == static_cast<int32_t>(value);
    if (options_.bin && narrow) {
        if (value >= 0 && value <= 0xFF) {
            out_.put(Opcode::kBinInt1);
            out_.put_byte(static_cast<unsigned>(value));
        } else if (value >= 0 && value <= 0xFFFF) {
            out_.put(Opcode::kBinInt2);
            out_.put_little(static_cast<uint64_t>(value), 2);
        } else {
            out_.put(Opcode::kBinInt);
            out_.put_little(static_cast<uint64_t>(value), 4);
        }
        return Step::kDone;
    }
    if (options_.protocol < 2) {
        if (!narrow) return save_long_slow(object);
        char* cursor = out_.cursor();
        out_.advance_to(cursor + std::snprintf(cursor, Output::kSlack, "I%lld\n",
                                               static_cast<long long>(value)));
        return Step::kDone;
    }
    // The shortest two's complement: its sign bit is the only bit beyond the magnitude.
    const uint64_t magnitude = static_cast<uint64_t>(value < 0 ? ~value : value);
    const size_t size = static_cast<size_t>(std::bit_width(magnitude)) / 8 + 1;
    out_.put(Opcode::kLong1);
    out_.put_byte(static_cast<unsigned>(size));
    out_.put_little(static_cast<uint64_t>(value), size);
    return Step::kDone;
}

/// Ints beyond the small ones, and protocols 0 and 1.
Step Engine::save_long_slow(PyObject* object) {
    if (options_.protocol < 2) {
        int overflow = 0;
        const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
        if (value == -1 && PyErr_Occurred() != nullptr) return Step::kFailed;
        if (overflow == 0 && value == static_cast<int32_t>(value)) {
            if (!out_.room()) return Step::kFailed;
            if (options_.bin) {
                out_.put(Opcode::kBinInt);
                out_.put_little(static_cast<uint64_t>(value), 4);
            } else {
                char* cursor = out_.cursor();
                out_.advance_to(cursor + std::snprintf(cursor, Output::kSlack, "I%lld\n", value));
            }
            return Step::kDone;
        }
        const Ref text = Ref::steal(PyObject_Repr(object));
        return text && put_line(out_, Opcode::kLong, text.get(), "L\n") ? Step::kDone
                                                                        : Step::kFailed;
    }
    return put_big_long(out_, object) ? Step::kDone : Step::kFailed;
}

}  // namespace anypickle
