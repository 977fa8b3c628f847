// Copier: copy.deepcopy on the graph itself, with the rules of the `copy` module.
//
//     Copier copier(save, copy, nullptr);        // or the memo that a __deepcopy__ was given
//     PyObject* twin = copier.new_copy(object);  // null with the error set
//
// What has been copied is kept in an identity table of its own. The dict that `copy` calls memo is
// made when somebody must be given one (a __deepcopy__, an entry of copy._deepcopy_dispatch); from
// then on it is the one that counts. Threading: the GIL, or used by one thread. Invariant:
// originals are kept alive as long as their ids are used.
#pragma once

#include <Python.h>

#include <vector>

#include "codec/copy/state.h"
#include "codec/memo.h"
#include "codec/save/state.h"
#include "common/ref.h"

namespace anypickle {

class Copier {
  public:
    Copier(SaveState* save, CopyState* copy, PyObject* memo) noexcept
        : save_(save), copy_(copy), done_(Memo::kOwning), memo_(Ref::share(memo)) {}
    Copier(const Copier&) = delete;
    Copier& operator=(const Copier&) = delete;
    ~Copier();

    PyObject* new_copy(PyObject* object);

    /// After a failure: the error that is set learns where in the graph it happened, as that of a
    /// failing dump does.
    void annotate();

  private:
    PyObject* new_failed(PyObject* object);

    // What has been copied.
    bool find(PyObject* object, Ref* twin);
    bool note(PyObject* object, PyObject* twin);
    bool keep_alive(PyObject* object);
    PyObject* memo_dict();

    bool atoms_are_atomic();
    bool containers_are_ours();
    bool is_itself(PyTypeObject* type);
    bool holds_only_atoms(PyObject* dict);
    PyObject* new_uncached(PyObject* object, PyTypeObject* type);
    PyObject* new_list(PyObject* list);
    PyObject* new_set(PyObject* set);
    PyObject* new_tuple(PyObject* tuple);
    PyObject* new_dict(PyObject* dict);
    bool copy_items(PyObject* dict, PyObject* into);
    PyObject* new_method(PyObject* method);
    PyObject* new_object(PyObject* object, PyTypeObject* type);
    PyObject* new_by_recipe(PyObject* object, PyObject* recipe, const char* name);
    PyObject* new_rescued(PyObject* object, PyTypeObject* type);
    PyObject* new_reconstructed(PyObject* object, PyObject* value);
    bool set_state(PyObject* twin, PyObject* state);
    bool append_all(PyObject* twin, PyObject* items);
    bool set_all(PyObject* twin, PyObject* pairs);
    bool copy_inline(PyObject* object, PyObject* twin);
    PyObject* new_instance(PyObject* object, PyTypeObject* type, bool* plain);

    SaveState* save_;
    CopyState* copy_;
    Memo done_;  ///< object -> index into twins_, while there is no memo dict
    std::vector<PyObject*> twins_;
    enum class Atoms : uint8_t { kUnknown, kAtomic, kChanged } atoms_ = Atoms::kUnknown;
    enum class Containers : uint8_t {
        kUnknown,
        kOurs,
        kChanged
    } containers_ = Containers::kUnknown;
    std::vector<Ref> trail_;  ///< What was being copied when it failed, innermost first.
    Ref memo_;                ///< The memo dict, once there is one.
};

}  // namespace anypickle
