// Walk: what happens to each object of a graph when it is dumped, told to a Python observer.
//
//     _core.walk(obj, observer)        # see _core.pyi for the methods of the observer
//
// It is the pickler's own engine, looked on: see codec/save/observer.h. The Python side is called
// only for what it asked to hear of (what can't be saved, functions and classes, large payloads,
// names that promise a secret), so that the walk keeps the pickler's speed. Threading: an attached
// thread state; one walk belongs to one thread.
#pragma once

#include <Python.h>

#include <unordered_map>

#include "codec/save/observer.h"
#include "common/ref.h"

namespace anypickle {

class Walk : public Observer {
  public:
    /// `large` is in bytes. The observer is borrowed for the length of the walk. `copies`: for the
    /// `copy` module functions and classes are their own copies, with all that they hold.
    Walk(PyObject* observer, size_t large, size_t most, bool copies) noexcept
        : observer_(observer), large_(large), most_(most), copies_(copies) {}

    Answer meets(Engine& engine, PyObject* object) override;
    Answer blocked(Engine& engine, PyObject* object) override;
    void follow(PyObject* object) override;

    [[nodiscard]] size_t visited() const noexcept { return visited_; }
    /// Whether the walk ended because it had visited as many objects as it was allowed to.
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

  private:
    bool tell(const char* event, PyObject* object, PyObject* detail = nullptr);
    Answer meets_payload(PyObject* object, PyObject* key);
    bool is_secret(PyObject* key);
    bool named(PyObject* object);
    bool is_namespace(PyObject* dict);
    bool is_far();

    PyObject* observer_;
    size_t large_;
    size_t most_;
    bool copies_;
    size_t visited_ = 0;
    bool stopped_ = false;
    std::unordered_map<PyObject*, Ref> told_;  ///< What must not be told again as new.
    std::unordered_map<PyObject*, bool>
        secret_;  ///< Verdicts on keys, by identity, which key_hold_ keeps.
    struct Followed {
        bool blocked = false;  ///< It is passed over.
        unsigned again = 0;    ///< How often it was told of again.
    };
    std::unordered_map<PyObject*, Followed> followed_;
    Ref key_hold_;  ///< A list.
    Ref builtins_;  ///< "__builtins__"
};

}  // namespace anypickle
