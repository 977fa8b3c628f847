#include "traffic/sites.h"

#include "common/compat.h"
#include "common/errors.h"

namespace anypickle {

Site Sites::calling(PyObject* kind_of) {
    Site library;
    Ref frame =
        Ref::steal(reinterpret_cast<PyObject*>(PyThreadState_GetFrame(PyThreadState_Get())));
    while (frame) {
        auto* at = reinterpret_cast<PyFrameObject*>(frame.get());
        Ref code = Ref::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(at)));
        const Whose whose_it_is = whose(code.get(), kind_of);
        if (whose_it_is == Whose::kProgram) return {code, PyFrame_GetLasti(at)};
        if (whose_it_is == Whose::kLibrary && !library.code) {
            library = {code, PyFrame_GetLasti(at)};
        }
        frame = Ref::steal(reinterpret_cast<PyObject*>(PyFrame_GetBack(at)));
    }
    return library;
}

Whose Sites::whose(PyObject* code, PyObject* kind_of) {
    if (const auto known = known_.find(code); known != known_.end()) return known->second.whose;
    const Ref answer = Ref::steal(
        PyObject_CallOneArg(kind_of, reinterpret_cast<PyCodeObject*>(code)->co_filename));
    const long number = answer ? PyLong_AsLong(answer.get()) : -1;
    PyErr_Clear();
    const Whose found = number == 0   ? Whose::kProgram
                        : number == 1 ? Whose::kLibrary
                                      : Whose::kMachinery;
    std::unordered_map<PyObject*, Known> old;
    if (known_.size() >= kMost) old.swap(known_);
    known_.try_emplace(code, Known{Ref::share(code), found});
    return found;
}

}  // namespace anypickle
