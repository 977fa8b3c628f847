// What the memo means in the stream: PUT, BINPUT, LONG_BINPUT, MEMOIZE and the GETs.
#include <cstdio>

#include "codec/save/engine.h"

namespace anypickle {

bool Engine::put_get(uint32_t index) {
    if (!out_.room()) return false;
    if (!options_.bin) {
        char* cursor = out_.cursor();
        out_.advance_to(cursor + std::snprintf(cursor, Output::kSlack, "g%lu\n",
                                               static_cast<unsigned long>(index)));
    } else if (index < 256) {
        out_.put(Opcode::kBinGet);
        out_.put_byte(index);
    } else {
        out_.put(Opcode::kLongBinGet);
        out_.put_little(index, 4);
    }
    return true;
}

bool Engine::put_put(uint32_t index) {
    if (!out_.room()) return false;
    if (options_.protocol >= 4) {
        out_.put(Opcode::kMemoize);
    } else if (!options_.bin) {
        char* cursor = out_.cursor();
        out_.advance_to(cursor + std::snprintf(cursor, Output::kSlack, "p%lu\n",
                                               static_cast<unsigned long>(index)));
    } else if (index < 256) {
        out_.put(Opcode::kBinPut);
        out_.put_byte(index);
    } else {
        out_.put(Opcode::kLongBinPut);
        out_.put_little(index, 4);
    }
    return true;
}

bool Engine::memoize(PyObject* object) {
    if (options_.fast) return true;
    Memo::Entry* entry = memo_.slot(object);
    return entry != nullptr && number(*entry, object);
}

/// Numbers an object whose entry in the memo, or the place for it, has just been found.
bool Engine::number(Memo::Entry& entry, PyObject* object) {
    if (options_.fast) return true;
    if (memo_.size() >= Memo::kOpen) {
        PyErr_SetString(PyExc_OverflowError, "too many objects for one pickle");
        return false;
    }
    const uint32_t index = static_cast<uint32_t>(memo_.size());
    if (memo_.live(entry)) {
        entry.index = index;
    } else {
        memo_.fill(entry, object, index);
    }
    return put_put(index);
}

/// Writes a GET if the object is in the memo.
Step Engine::met_before(PyObject* object, bool* met) {
    const Memo::Entry* entry = memo_.find(object);
    *met = entry != nullptr;
    if (entry == nullptr) return Step::kDone;
    return put_get(entry->index) ? Step::kDone : Step::kFailed;
}

}  // namespace anypickle
