// Sites: the line of the program that is being run, found without running any Python.
//
//     const Site site = sites.calling(names);   // {code, lasti}, or no code where there is none
//
// It is the nearest frame that is neither anypickle's nor the standard library's; of a library,
// where no frame is the program's own. Whose a file is, Python says once for each code object.
// Threading: an attached thread state, and the lock of Counters where there is no GIL.
#pragma once

#include <Python.h>

#include <cstdint>
#include <unordered_map>

#include "common/ref.h"

namespace anypickle {

/// A place in the program: the instruction, so that its line is looked up only when it is told.
struct Site {
    Ref code;  ///< Null: no line of the program's.
    int lasti = 0;
};

/// Whose the code of a file is, in the words of `anypickle.traffic.sites`.
enum class Whose : uint8_t { kProgram = 0, kLibrary = 1, kMachinery = 2 };

class Sites {
  public:
    /// Where this thread is. `kind_of(filename) -> int` says whose a file is; its errors are
    /// dropped, and the file is the machinery's.
    Site calling(PyObject* kind_of);

    void clear() noexcept { known_.clear(); }

  private:
    static constexpr size_t kMost = size_t{1} << 15;

    Whose whose(PyObject* code, PyObject* kind_of);

    struct Known {
        Ref code;  ///< Held, so that nothing else gets its address.
        Whose whose;
    };
    std::unordered_map<PyObject*, Known> known_;
};

}  // namespace anypickle
