#include "codec/load/limits.h"

#include <algorithm>

#include "anypickle/opcode.h"
#include "anypickle/scan.h"
#include "codec/load/errors.h"
#include "codec/load/functions.h"

namespace anypickle::load {
namespace {

constexpr std::size_t kFrameToRead = std::size_t{1} << 20;  // what is read ahead for one at most

bool set_limit(Budget& budget, PyObject* name, PyObject* value) {
    std::uint64_t* const limits[] = {&budget.bytes, &budget.objects, &budget.depth, &budget.memo,
                                     &budget.expansion};
    for (std::size_t i = 0; i < std::size(limits); ++i) {
        if (!PyUnicode_Check(name) ||
            PyUnicode_CompareWithASCIIString(name, limit_name(static_cast<Limit>(i))) != 0)
            continue;
        *limits[i] = value == Py_None ? UINT64_MAX : PyLong_AsUnsignedLongLong(value);
        return PyErr_Occurred() == nullptr;
    }
    PyErr_Format(PyExc_ValueError, "budget has no limit named %R", name);
    return false;
}

/// Reads one pickle from a file, to its STOP or to what is no pickle.
class Recorder {
  public:
    Recorder(Source& source, const Budget& budget) noexcept
        : source_(source), window_(source.first()), bytes_left_(budget.bytes) {}

    /// The pickle as bytes, or null with the error set.
    Ref record() {
        Fault fault = read_opcodes();
        if (fault == Fault::kNone && !source_.finish(window_)) fault = source_.fault();
        if (fault == Fault::kNone && kept_ && resize(kept_, size_)) return std::move(kept_);
        if (fault != Fault::kNone) raise({fault, 0, 0, static_cast<std::uint64_t>(Limit::kBytes)});
        return Ref();
    }

  private:
    Fault read_opcodes() {
        for (;;) {
            if (!need(1)) {
                return source_.fault() == Fault::kTruncated ? Fault::kEndOfInput : source_.fault();
            }
            const std::uint8_t opcode = *window_.cursor;
            if (!keep(1)) return Fault::kBackend;
            const Argument argument = opcode_info(opcode).argument;
            if (opcode == static_cast<std::uint8_t>(Opcode::kStop) ||
                argument == Argument::kInvalid)
                return Fault::kNone;
            if (const Fault fault = read_argument(argument); fault != Fault::kNone) return fault;
            if (opcode == static_cast<std::uint8_t>(Opcode::kFrame) && frame_ <= kFrameToRead &&
                !need(static_cast<std::size_t>(frame_)))
                return source_.fault();
        }
    }

    Fault read_argument(Argument argument) {
        switch (argument) {
            case Argument::kFixed1:
                return fixed(1);
            case Argument::kFixed2:
                return fixed(2);
            case Argument::kFixed4:
                return fixed(4);
            case Argument::kFixed8:
                return fixed(8);
            case Argument::kCounted1:
                return counted<std::uint8_t>();
            case Argument::kCounted4:
                return counted<std::uint32_t>();
            case Argument::kCounted8:
                return counted<std::uint64_t>();
            case Argument::kTwoLines:
                if (const Fault fault = line(); fault != Fault::kNone) return fault;
                return line();
            case Argument::kLine:
                return line();
            default:
                return Fault::kNone;
        }
    }

    Fault fixed(std::size_t size) {
        if (!need(size)) return source_.fault();
        if (size == sizeof frame_) frame_ = little_endian<std::uint64_t>(window_.cursor);
        return keep(size) ? Fault::kNone : Fault::kBackend;
    }

    template <class Count>
    Fault counted() {
        if (!need(sizeof(Count))) return source_.fault();
        const auto count = static_cast<std::uint64_t>(little_endian<Count>(window_.cursor));
        if (!keep(sizeof(Count))) return Fault::kBackend;
        if (count > bytes_left_) return Fault::kOverBudget;
        bytes_left_ -= count;
        if (count > static_cast<std::uint64_t>(PTRDIFF_MAX)) return Fault::kTruncated;
        const auto size = static_cast<std::size_t>(count);
        if (!need(size)) return source_.fault();
        return keep(size) ? Fault::kNone : Fault::kBackend;
    }

    Fault line() {
        Line found = line_in(window_);
        if (!found) found = source_.line(window_);
        if (!found) return source_.fault();
        if (found.size > bytes_left_) return Fault::kOverBudget;
        bytes_left_ -= found.size;
        const auto* text = reinterpret_cast<const std::uint8_t*>(found.text);
        window_ = {text, text + found.size + 1};
        if (!keep(found.size + 1)) return Fault::kBackend;
        window_ = found.rest;
        return Fault::kNone;
    }

    bool need(std::size_t size) {
        if (window_.size() < size) window_ = source_.more(window_, size);
        return static_cast<bool>(window_);
    }

    /// Takes so many bytes over from the window.
    bool keep(std::size_t size) {
        const std::size_t room =
            kept_ ? static_cast<std::size_t>(PyBytes_GET_SIZE(kept_.get())) : 0;
        if (size > room - size_) {
            const std::size_t wanted = std::max({size_ + size, room * 2, std::size_t{256}});
            if (!kept_) {
                kept_ =
                    Ref::steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(wanted)));
                if (!kept_) return false;
            } else if (!resize(kept_, wanted)) {
                return false;
            }
        }
        std::memcpy(PyBytes_AS_STRING(kept_.get()) + size_, window_.cursor, size);
        size_ += size;
        window_.cursor += size;
        return true;
    }

    Source& source_;
    Window window_;
    std::uint64_t bytes_left_;
    std::uint64_t frame_ = 0;  ///< What the last argument of eight bytes says.
    Ref kept_;
    std::size_t size_ = 0;
};

/// The bytes of a source in memory, which nobody can change.
Ref constant_bytes(const Source& source) {
    const Window all = source.first();
    return Ref::steal(PyBytes_FromStringAndSize(reinterpret_cast<const char*>(all.cursor),
                                                static_cast<Py_ssize_t>(all.size())));
}

}  // namespace

bool set_budget(PyObject* mapping, Budget& budget) {
    const Ref items = Ref::steal(PyMapping_Items(mapping));
    if (!items) return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.get()); ++i) {
        PyObject* item = PyList_GET_ITEM(items.get(), i);
        if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 2) {
            PyErr_SetString(PyExc_TypeError, "items() of a budget gives pairs");
            return false;
        }
        if (!set_limit(budget, PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1))) return false;
    }
    return true;
}

PyObject* run_within_budget(LoadState& state, const Options& options, Source& source,
                            MemoTable<Backend>& memo, std::atomic<int>* protocol) {
    const Budget& budget = *options.budget;
    Ref copy;
    if (source.is_file()) {
        copy = Recorder(source, budget).record();
    } else if (source.constant().end == nullptr) {
        copy = constant_bytes(source);
    }
    Source copied;
    Source* checked = &source;
    if (copy) {
        if (!copied.open_buffer(copy.get())) return nullptr;
        checked = &copied;
    } else if (PyErr_Occurred()) {
        return nullptr;
    }
    const Window all = checked->first();
    const Verdict verdict = check({all.cursor, all.size()}, budget);
    if (!verdict.ok()) return raise(verdict);
    Options rest = options;
    rest.budget = nullptr;
    return run(state, rest, *checked, memo, protocol);
}

}  // namespace anypickle::load
