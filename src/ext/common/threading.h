// Whether other threads of Python may run at any moment.
//
//     #ifdef ANYPICKLE_NO_GIL
//
// They do in the builds of Python that have no GIL. There what is lent by a container is owned
// while it is used, contents are copied before they are walked, and nothing is kept that two
// threads would share. The same code can be compiled for any Python (3.13 or later), so that it is
// tested where there is no such build: -DANYPICKLE_FREE_THREADED=ON, `make test-freethreaded`.
#pragma once

#include <Python.h>

#include <atomic>
#include <utility>

#include "common/ref.h"

#if defined(Py_GIL_DISABLED) || defined(ANYPICKLE_FREE_THREADED)
#define ANYPICKLE_NO_GIL 1
#endif

#if defined(ANYPICKLE_FREE_THREADED) && PY_VERSION_HEX < 0x030D0000
#error "The code for Pythons without a GIL needs Python 3.13 or later."
#endif

namespace anypickle {

#ifdef ANYPICKLE_NO_GIL
inline constexpr bool kFreeThreaded = true;
#else
inline constexpr bool kFreeThreaded = false;
#endif

/// While it lives, no other thread is in a section of the same object; but one may come in wherever
/// Python code runs or this thread waits, as it may under the GIL. Where there is a GIL it is
/// nothing.
class Section {
  public:
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;
#ifdef Py_GIL_DISABLED
    explicit Section(PyObject* object) noexcept { PyCriticalSection_Begin(&section_, object); }
    ~Section() { PyCriticalSection_End(&section_); }

  private:
    PyCriticalSection section_;
#else
    explicit Section(PyObject* /*object*/) noexcept {}
    ~Section() {}
#endif
};

/// Held for a few instructions that run nobody's code and release nothing; see Locked. Where there
/// is a GIL it is nothing.
class Mutex {
  public:
    Mutex() noexcept = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;
#ifdef Py_GIL_DISABLED
    void lock() noexcept { PyMutex_Lock(&mutex_); }
    void unlock() noexcept { PyMutex_Unlock(&mutex_); }

  private:
    PyMutex mutex_{};
#else
    void lock() noexcept {}
    void unlock() noexcept {}
#endif
};

class Locked {
  public:
    explicit Locked(Mutex& mutex) noexcept : mutex_(mutex) { mutex_.lock(); }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;
    ~Locked() { mutex_.unlock(); }

  private:
    Mutex& mutex_;
};

/// A reference that is found out when it is first needed, and then stays: several threads may find
/// it out, the first one's is kept. Null until then.
class KeptOnce {
  public:
    KeptOnce() noexcept = default;
    KeptOnce(const KeptOnce&) = delete;
    KeptOnce& operator=(const KeptOnce&) = delete;
    ~KeptOnce() { clear(); }

    /// Borrowed, or null.
    [[nodiscard]] PyObject* get() const noexcept { return object_.load(kLoad); }
    /// Keeps it if there is none yet. Returns what is kept, borrowed; null for null.
    PyObject* keep(Ref found) noexcept {
        if (!found) return nullptr;
        PyObject* none = nullptr;
        if (!object_.compare_exchange_strong(none, found.get())) return none;
        return found.release();
    }
    /// For the end of the module.
    void clear() noexcept { Ref::steal(object_.exchange(nullptr)); }

  private:
    static constexpr std::memory_order kLoad =
        kFreeThreaded ? std::memory_order_acquire : std::memory_order_relaxed;
    std::atomic<PyObject*> object_{nullptr};
};

/// A reference that may become another at any time.
class Changing {
  public:
    Changing() noexcept = default;

    [[nodiscard]] Ref get() noexcept {
        const Locked locked(mutex_);
        return object_;
    }
    /// Returns what it was.
    Ref exchange(Ref object) noexcept {
        const Locked locked(mutex_);
        return std::exchange(object_, std::move(object));
    }
    /// For the garbage collector, and for code that is only compiled where there is a GIL.
    [[nodiscard]] PyObject* borrowed() const noexcept { return object_.get(); }

  private:
    Mutex mutex_;
    Ref object_;
};

/// What was found out and holds until something changes: a dict, in which whoever finds something
/// out puts it.
///
///     const Ref known = answers.now();        // before finding it out
///     ... PyDict_SetItem(known.get(), key, answer);
///
/// Who has begun before forget() puts it where nobody looks any more.
class Answers {
  public:
    /// False with an error.
    bool open() noexcept { return forget(); }
    [[nodiscard]] Ref now() noexcept { return dict_.get(); }
    [[nodiscard]] PyObject* borrowed() const noexcept { return dict_.borrowed(); }
    /// False with an error: nothing is forgotten.
    bool forget() noexcept {
        Ref fresh = Ref::steal(PyDict_New());
        if (!fresh) return false;
        dict_.exchange(std::move(fresh));
        return true;
    }
    void clear() noexcept { dict_.exchange(Ref()); }

  private:
    Changing dict_;
};

}  // namespace anypickle
