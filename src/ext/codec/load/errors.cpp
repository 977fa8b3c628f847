#include "codec/load/errors.h"

#include <cstdarg>

#include "anypickle/budget.h"
#include "anypickle/opcode.h"
#include "common/ref.h"

namespace anypickle::load {
namespace {

void bad_opcode(unsigned byte) {
    if (byte >= 0x20 && byte <= 0x7e && byte != '\'' && byte != '\\') {
        unpickling_error("invalid load key, '%c'.", static_cast<int>(byte));
    } else {
        unpickling_error("invalid load key, '\\x%02x'.", byte);
    }
}

void too_long(Opcode opcode) {
    switch (opcode) {
        case Opcode::kFrame:
            PyErr_Format(PyExc_OverflowError, "FRAME length exceeds system's maximum of %zd bytes",
                         PY_SSIZE_T_MAX);
            return;
        case Opcode::kBinUnicode8:
            PyErr_Format(PyExc_OverflowError,
                         "BINUNICODE exceeds system's maximum size of %zd bytes", PY_SSIZE_T_MAX);
            return;
        case Opcode::kByteArray8:
            PyErr_Format(PyExc_OverflowError,
                         "BYTEARRAY8 exceeds system's maximum size of %zd bytes", PY_SSIZE_T_MAX);
            return;
        default:
            PyErr_Format(PyExc_OverflowError, "BINBYTES exceeds system's maximum size of %zd bytes",
                         PY_SSIZE_T_MAX);
    }
}

}  // namespace

PyObject* unpickling_error(const char* format, ...) {
    PyErr_Clear();  // it takes the place of what is set
    const Ref module = Ref::steal(PyImport_ImportModule("_pickle"));
    if (!module) return nullptr;
    const Ref type = Ref::steal(PyObject_GetAttrString(module.get(), "UnpicklingError"));
    if (!type) return nullptr;
    std::va_list arguments;
    va_start(arguments, format);
    PyErr_FormatV(type.get(), format, arguments);
    va_end(arguments);
    return nullptr;
}

PyObject* raise(const Verdict& verdict) {
    const auto opcode = static_cast<Opcode>(verdict.opcode);
    switch (verdict.fault) {
        case Fault::kNone:
        case Fault::kBackend:
            break;
        case Fault::kBadText:
            PyErr_SetString(PyExc_ValueError, fault_text(verdict.fault));
            break;
        case Fault::kOverBudget:
            unpickling_error("over budget: %s", limit_name(static_cast<Limit>(verdict.detail)));
            break;
        case Fault::kEndOfInput:
            PyErr_SetString(PyExc_EOFError, "Ran out of input");
            break;
        case Fault::kTruncated:
            unpickling_error("pickle data was truncated");
            break;
        case Fault::kUnderflow:
            unpickling_error("unpickling stack underflow");
            break;
        case Fault::kUnexpectedMark:
            unpickling_error("unexpected MARK found");
            break;
        case Fault::kNoMark:
            unpickling_error("could not find MARK");
            break;
        case Fault::kBadOpcode:
            bad_opcode(static_cast<unsigned>(verdict.detail));
            break;
        case Fault::kBadProtocol:
            PyErr_Format(PyExc_ValueError, "unsupported pickle protocol: %d",
                         static_cast<int>(verdict.detail));
            break;
        case Fault::kOddItems:
            unpickling_error("odd number of items for %s",
                             opcode == Opcode::kDict ? "DICT" : "SETITEMS");
            break;
        case Fault::kNegativeLength:
            unpickling_error("%s pickle has negative byte count",
                             opcode == Opcode::kBinString ? "BINSTRING" : "LONG");
            break;
        case Fault::kTooLong:
            too_long(opcode);
            break;
        case Fault::kNoSuchMemo:
            unpickling_error("Memo value not found at index %ld",
                             static_cast<long>(verdict.detail));
            break;
        case Fault::kNegativeMemo:
            PyErr_SetString(PyExc_ValueError, "negative PUT argument");
            break;
        case Fault::kBadExtension:
            unpickling_error("EXT specifies code <= 0");
            break;
        case Fault::kUnquoted:
            unpickling_error("the STRING opcode argument must be quoted");
            break;
        case Fault::kFrame:
            unpickling_error("pickle exhausted before end of frame");
            break;
        case Fault::kNestedFrame:
            unpickling_error("beginning of a new frame before end of current frame");
            break;
        case Fault::kNoMemory:
            PyErr_NoMemory();
            break;
    }
    return nullptr;
}

}  // namespace anypickle::load
