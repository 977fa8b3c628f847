// str: UTF-8 with surrogates passed through, written straight into the stream.
#include <cstdio>

#include "codec/save/engine.h"
#include "codec/save/utf8.h"

namespace anypickle {
namespace {

constexpr Py_ssize_t kShort = 4096;  // characters: writing it runs no code, which may use the memo

}  // namespace

Step Engine::save_str(PyObject* object) {
    if (values_open_ == 0 && options_.bin && options_.observer == nullptr &&
        PyUnicode_GET_LENGTH(object) <= kShort) {
        Memo::Entry* entry = memo_.slot(object);
        if (entry == nullptr) return Step::kFailed;
        const bool written =
            memo_.live(*entry) ? put_get(entry->index) : put_str(object) && number(*entry, object);
        return written ? Step::kDone : Step::kFailed;
    }
    bool met = false;
    if (const Step step = met_before(object, &met); met) return step;
    if (values_open_ > 0 && FirstOf::is_name(object)) {
        object = names_.like(object);
        if (object == nullptr) return Step::kFailed;
        if (const Step step = met_before(object, &met); met) return step;
    }
    const bool written = options_.bin ? put_str(object) : put_raw_unicode(object);
    return written && (is_done_with(object) || memoize(object)) ? Step::kDone : Step::kFailed;
}

bool Engine::put_str(PyObject* object) {
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(object) < 0) return false;
#endif
    const Py_ssize_t count = PyUnicode_GET_LENGTH(object);
    if (PyUnicode_IS_COMPACT_ASCII(object)) {
        return put_str_data(static_cast<const char*>(PyUnicode_DATA(object)), count);
    }
    const size_t size = utf8_size(object);
    if (size >= static_cast<size_t>(Output::kFrameTarget)) {
        const Ref bytes =
            Ref::steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size)));
        if (!bytes) return false;
        encode_utf8(object, PyBytes_AS_STRING(bytes.get()));
        return put_str_data(PyBytes_AS_STRING(bytes.get()), static_cast<Py_ssize_t>(size));
    }
    if (out_.reserve(static_cast<Py_ssize_t>(size)) == nullptr) return false;
    if (size <= 0xFF && options_.protocol >= 4) {
        out_.put(Opcode::kShortBinUnicode);
        out_.put_byte(static_cast<unsigned>(size));
    } else {
        out_.put(Opcode::kBinUnicode);
        out_.put_little(size, 4);
    }
    out_.advance_to(encode_utf8(object, out_.cursor()));
    return true;
}

bool Engine::put_str_data(const char* data, Py_ssize_t size) {
    if (size <= 0xFF && options_.protocol >= 4) {
        return out_.put_payload(Opcode::kShortBinUnicode, size, 1, data, nullptr);
    }
    if (size <= 0xFFFFFFFF) return out_.put_payload(Opcode::kBinUnicode, size, 4, data, nullptr);
    if (options_.protocol >= 4)
        return out_.put_payload(Opcode::kBinUnicode8, size, 8, data, nullptr);
    PyErr_SetString(PyExc_OverflowError,
                    "serializing a string larger than 4 GiB requires pickle protocol 4 or higher");
    return false;
}

/// Protocol 0: UNICODE, in raw-unicode-escape with backslash, NUL, line ends and Ctrl-Z escaped.
bool Engine::put_raw_unicode(PyObject* object) {
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(object) < 0) return false;
#endif
    if (!out_.room()) return false;
    out_.put(Opcode::kUnicode);
    const Py_ssize_t count = PyUnicode_GET_LENGTH(object);
    for (Py_ssize_t i = 0; i < count; ++i) {
        if (!out_.room()) return false;
        const Py_UCS4 unit = PyUnicode_READ_CHAR(object, i);
        if (unit >= 0x10000) {
            char* cursor = out_.cursor();
            out_.advance_to(cursor + std::snprintf(cursor, Output::kSlack, "\\U%08x",
                                                   static_cast<unsigned>(unit)));
        } else if (unit >= 0x100 || unit == '\\' || unit == 0 || unit == '\n' || unit == '\r' ||
                   unit == 0x1A) {
            char* cursor = out_.cursor();
            out_.advance_to(cursor + std::snprintf(cursor, Output::kSlack, "\\u%04x",
                                                   static_cast<unsigned>(unit)));
        } else {
            out_.put_byte(unit);
        }
    }
    return out_.append("\n", 1);
}

}  // namespace anypickle
