// The opcode machine: the one decoder behind loading, checking and scanning.
//
//     MemorySource source(bytes);
//     Backend backend(...);                        // what the values are, and how they are made
//     MemoTable<Backend> memo;
//     Machine<Backend, MemorySource> machine(backend, source, memo);
//     typename Backend::Value result;
//     Verdict verdict = machine.run(result);       // result is the caller's if verdict.ok()
//
// A Backend has a trivially copyable `Value`, the statics nothing(), empty(value), retain(value) ->
// value, release(value), reallocate(), deallocate(), and one function for each thing that a stream
// can ask for (check.h shows all of them). Functions that make a value return nothing() to refuse;
// the others return false. A backend takes over the items that it is handed, also when it refuses;
// the target of an operation stays on the stack.
//
// Threading: one run, one thread. The memo may outlive the run; the stack does not.
// Invariant: iterative; every access is checked against the window, the fence and the memo before
// it is made.
#pragma once

#include <cstddef>
#include <cstdint>

#include "anypickle/memo.h"
#include "anypickle/opcode.h"
#include "anypickle/reader.h"
#include "anypickle/stack.h"
#include "anypickle/verdict.h"

namespace anypickle {

/// Which opcode family a run of bytes came with.
enum class Text : std::uint8_t { kUnicode, kPython2 };
enum class Binary : std::uint8_t { kBytes, kByteArray };

/// What a back end says to a value that the stream wants in the memo.
enum class Keep : std::uint8_t { kYes, kNobodyReadsIt, kRefuse };

/// An instance, a new dict for its state, and the opcodes that lie ahead and do no more than join
/// the two: SETITEMS has just been read, and a back end may take the items for the instance without
/// filling the dict.
template <class Value>
struct State {
    enum Kind : std::uint8_t {
        kOther,
        kDict,   ///< object, dict | BUILD
        kSlots,  ///< object, None, dict | TUPLE2 [MEMOIZE] BUILD
    };
    Kind kind = kOther;
    std::uint8_t opcodes = 0;  ///< How many bytes lie ahead.
    bool memoized = false;     ///< One of them is a MEMOIZE that nothing reads.
    Value* object = nullptr;   ///< On the stack; what is above it is the back end's to release.
};

/// A tuple that would be made only to be the arguments of the opcode that follows it.
struct Call {
    enum Kind : std::uint8_t { kNone, kReduce, kNewObj };
    Kind kind = kNone;
    bool memoized = false;  ///< A MEMOIZE of the tuple, which nothing reads, lies in between.
};

template <class Backend, class Source>
class Machine {
  public:
    using Value = typename Backend::Value;

    /// With `strict_frames`, an opcode or argument that straddles the end of its frame is a fault.
    Machine(Backend& backend, Source& source, MemoTable<Backend>& memo,
            bool strict_frames = true) noexcept
        : backend_(backend), source_(source), memo_(memo), strict_frames_(strict_frames) {}
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    ~Machine() {
        for (Value* value = stack_.top(); value != stack_.begin();) Backend::release(*--value);
    }

    /// Reads one pickle, to its STOP.
    [[nodiscard]] Verdict run(Value& result) noexcept;

  private:
    // --- bytes ---

    // What the loop calls with its window is inlined or goes through apart(): a window whose
    // address is known elsewhere would live in memory, and be read and written there by every
    // opcode.

    /// function(window), which is not worth being inlined.
    template <class Result>
    [[nodiscard, gnu::always_inline]] Result apart(Window& window,
                                                   Result (Machine::*function)(Window&) noexcept) {
        Window copy = window;
        const Result result = (this->*function)(copy);
        window = copy;
        return result;
    }

    /// Makes the window hold `count` bytes.
    [[nodiscard, gnu::always_inline]] bool need(Window& window, std::size_t count) noexcept {
        return window.size() >= count || (window = shortage(window, count));
    }

    [[gnu::noinline]] Window shortage(Window window, std::size_t count) noexcept {
        if (!leave_frame(window)) return {};
        if (window.size() >= count) return window;
        window = source_.more(window, count);
        if (!window) fault_ = source_.fault();
        return window;
    }

    /// A frame ends where an opcode or an argument of it does: nothing of it may be left.
    [[nodiscard]] bool leave_frame(Window& window) noexcept {
        if (frame_rest_ == nullptr) return true;
        if (window.size() != 0) {
            fault_ = Fault::kFrame;
            return false;
        }
        window.end = frame_rest_;
        frame_rest_ = nullptr;
        return true;
    }

    [[nodiscard]] Line line(Window& window) noexcept {
        Line line = line_in(window);
        if (!line) [[unlikely]] {
            line = long_line(window);
            if (!line) return line;
        }
        window = line.rest;
        return line;
    }

    [[gnu::noinline]] Line long_line(Window window) noexcept {
        if (frame_rest_ != nullptr) {
            if (!leave_frame(window)) return {};
            if (const Line found = line_in(window)) return found;
        }
        const Line found = source_.line(window);
        if (!found) fault_ = source_.fault();
        return found;
    }

    /// A line with at least one character, as most text arguments must be.
    [[nodiscard]] Line filled_line(Window& window) noexcept {
        const Line found = line(window);
        if (found && found.size == 0) {
            fault_ = Fault::kTruncated;
            return {};
        }
        return found;
    }

    template <class Integer>
    [[nodiscard, gnu::always_inline]] bool unsigned_argument(Window& window,
                                                             Integer& value) noexcept {
        if (!need(window, sizeof(Integer))) [[unlikely]]
            return false;
        value = little_endian<Integer>(window.cursor);
        window.cursor += sizeof(Integer);
        return true;
    }

    template <class Count>
    [[nodiscard, gnu::always_inline]] bool count_argument(Window& window,
                                                          std::size_t& size) noexcept {
        Count count = 0;
        if (!unsigned_argument(window, count)) [[unlikely]]
            return false;
        if (static_cast<std::uint64_t>(count) > static_cast<std::uint64_t>(PTRDIFF_MAX)) {
            fault_ = Fault::kTooLong;
            return false;
        }
        size = static_cast<std::size_t>(count);
        return true;
    }

    // --- values ---

    [[nodiscard]] Value refuse(Fault fault) noexcept {
        fault_ = fault;
        return Backend::nothing();
    }

    void release(Value* items, std::size_t count) noexcept {
        while (count > 0) Backend::release(items[--count]);
    }

    template <class Count>
    [[nodiscard, gnu::always_inline]] Value text(Window& window, Text kind) noexcept {
        std::size_t size = 0;
        if (!count_argument<Count>(window, size) || !need(window, size)) [[unlikely]] {
            return Backend::nothing();
        }
        const std::uint8_t* bytes = window.cursor;
        window.cursor += size;
        return backend_.text(kind, bytes, size);
    }

    template <class Count>
    [[nodiscard, gnu::always_inline]] Value binary(Window& window, Binary kind) noexcept {
        std::size_t size = 0;
        if (!count_argument<Count>(window, size)) [[unlikely]]
            return Backend::nothing();
        if (window.size() < size) [[unlikely]] {
            Window copy = window;
            const Value value = binary_beyond(copy, kind, size);
            window = copy;
            return value;
        }
        const std::uint8_t* bytes = window.cursor;
        window.cursor += size;
        return backend_.binary(kind, bytes, size);
    }

    /// The bytes are not all in the window: they may be read into the value itself.
    [[gnu::noinline]] Value binary_beyond(Window& window, Binary kind, std::size_t size) noexcept {
        if (!leave_frame(window)) return Backend::nothing();
        if (window.size() >= size) {
            window.cursor += size;
            return backend_.binary(kind, window.cursor - size, size);
        }
        const Value value = backend_.binary_from(kind, source_, window, size);
        if (Backend::empty(value) && fault_ == Fault::kNone) fault_ = source_.fault();
        return value;
    }

    [[nodiscard, gnu::always_inline]] Value memo_value(std::size_t index) noexcept {
        const Value* value = memo_.get(index);
        if (value == nullptr) [[unlikely]] {
            detail_ = index;
            return refuse(Fault::kNoSuchMemo);
        }
        return Backend::retain(*value);
    }

    [[nodiscard, gnu::noinline]] bool memo_put(Window window, std::size_t index,
                                               Value value) noexcept {
        quiet_ = 0;
        const Keep keep = backend_.keep(window, index, memo_.count());
        if (keep == Keep::kRefuse) [[unlikely]] {
            return false;
        }
        if (keep == Keep::kYes ? memo_.put(index, value) : memo_.put_unread(index)) [[likely]] {
            return true;
        }
        fault_ = Fault::kNoMemory;
        return false;
    }

    [[nodiscard, gnu::always_inline]] bool memoize(const Window& window, Value value) noexcept {
        if (quiet_ != 0) [[likely]] {
            append_quietly();
            return true;
        }
        if (backend_.keeps_all()) {
            if (memo_.append(value)) [[likely]]
                return true;
            fault_ = Fault::kNoMemory;
            return false;
        }
        return memo_put_next(window, value);
    }

    [[nodiscard, gnu::noinline]] bool memo_put_next(Window window, Value value) noexcept {
        if (!memo_put(window, memo_.count(), value)) [[unlikely]]
            return false;
        find_quiet();
        return true;
    }

    /// Whether nothing reads what the next MEMOIZE puts into the memo.
    [[nodiscard, gnu::always_inline]] bool next_is_unread() const noexcept {
        return quiet_ != 0 || backend_.never_read(memo_.count());
    }

    /// MEMOIZE where next_is_unread().
    [[nodiscard, gnu::always_inline]] bool memoize_unread() noexcept {
        if (quiet_ != 0) [[likely]] {
            append_quietly();
            return true;
        }
        if (!memo_.append_unread()) return false;
        find_quiet();
        return true;
    }

    [[gnu::always_inline]] void append_quietly() noexcept {
        --quiet_;
        memo_.append_to_tail();
    }

    void find_quiet() noexcept {
        quiet_ = memo_.ends_in_tail() ? backend_.unread_from(memo_.count()) : 0;
    }

    // --- opcodes of more than a line ---

    [[nodiscard, gnu::always_inline]] Call call_ahead(const Window& window) const noexcept {
        Call call;
        if (window.size() < 2) return call;
        call.memoized = window.cursor[0] == static_cast<std::uint8_t>(Opcode::kMemoize);
        const auto opcode = static_cast<Opcode>(window.cursor[call.memoized ? 1 : 0]);
        if (opcode != Opcode::kReduce && opcode != Opcode::kNewObj) return call;
        if (call.memoized && !next_is_unread()) return call;
        call.kind = opcode == Opcode::kReduce ? Call::kReduce : Call::kNewObj;
        return call;
    }

    [[nodiscard, gnu::always_inline]] Value long_bytes(Window& window, std::size_t size) noexcept {
        if (!need(window, size)) [[unlikely]]
            return Backend::nothing();
        const std::uint8_t* bytes = window.cursor;
        window.cursor += size;
        return backend_.long_bytes(bytes, size);
    }

    /// Whether the four bytes ahead are no negative number.
    [[nodiscard]] bool not_negative(Window& window) noexcept {
        if (!need(window, sizeof(std::int32_t))) return false;
        if ((window.cursor[3] & 0x80) == 0) return true;
        fault_ = Fault::kNegativeLength;
        return false;
    }

    [[nodiscard]] Value long4(Window& window) noexcept {
        std::uint32_t size = 0;
        if (!unsigned_argument(window, size)) [[unlikely]]
            return Backend::nothing();
        if (static_cast<std::int32_t>(size) < 0) return refuse(Fault::kNegativeLength);
        return long_bytes(window, size);
    }

    template <class Code>
    [[nodiscard]] Value extension(Window& window) noexcept {
        Code code = 0;
        if (!unsigned_argument(window, code)) [[unlikely]]
            return Backend::nothing();
        // Only the four-byte code has a sign: a trap of the format.
        const std::int64_t value = sizeof(Code) == 4
                                       ? static_cast<std::int64_t>(static_cast<std::int32_t>(code))
                                       : static_cast<std::int64_t>(code);
        if (value <= 0) return refuse(Fault::kBadExtension);
        return backend_.extension(value);
    }

    [[nodiscard]] Value string_line(Window& window) noexcept {
        const Line found = line(window);
        if (!found) return Backend::nothing();
        const char quote = found.size >= 2 ? found.text[0] : '\0';
        if ((quote != '\'' && quote != '"') || found.text[found.size - 1] != quote) {
            return refuse(Fault::kUnquoted);
        }
        return backend_.string_escape(found.text + 1, found.size - 2);
    }

    /// The two names of GLOBAL and INST. The first is made before the second is read: its line may
    /// be gone then.
    [[nodiscard]] bool names(Window& window, bool ascii, Value& module, Value& name) noexcept {
        const Line first = filled_line(window);
        if (!first) return false;
        module = backend_.name(first.text, first.size, ascii);
        if (Backend::empty(module)) return false;
        const Line second = filled_line(window);
        if (second) name = backend_.name(second.text, second.size, ascii);
        if (second && !Backend::empty(name)) return true;
        Backend::release(module);
        return false;
    }

    [[nodiscard]] Value global(Window& window) noexcept {
        if constexpr (requires { backend_.global_lines("", 0, 0); }) {
            const Line first = line_in(window);
            const Line second = first ? line_in(first.rest) : Line{};
            if (second && first.size != 0 && second.size != 0) {
                window = second.rest;
                return backend_.global_lines(first.text, first.size, second.size);
            }
        }
        Value module = Backend::nothing();
        Value name = Backend::nothing();
        if (!names(window, false, module, name)) return Backend::nothing();
        return backend_.global(module, name);
    }

    [[nodiscard]] Value inst_class(Window& window) noexcept {
        Value module = Backend::nothing();
        Value name = Backend::nothing();
        if (!names(window, true, module, name)) return Backend::nothing();
        return backend_.global(module, name);
    }

    [[nodiscard]] Value persistent_line(Window& window) noexcept {
        if (!backend_.may_load_persistent()) return Backend::nothing();
        const Line found = line(window);
        if (!found) return Backend::nothing();
        return backend_.persistent_line(found.text, found.size);
    }

    [[nodiscard]] bool frame(Window& window) noexcept {
        std::uint64_t count = 0;
        if (!unsigned_argument(window, count)) return false;
        if (frame_rest_ != nullptr && window.size() != 0) {
            fault_ = Fault::kNestedFrame;
            return false;
        }
        if (count > static_cast<std::uint64_t>(PTRDIFF_MAX)) {
            fault_ = Fault::kTooLong;
            return false;
        }
        const auto size = static_cast<std::size_t>(count);
        if (!leave_frame(window) || !need(window, size)) return false;
        if (strict_frames_) {
            frame_rest_ = window.end;
            window.end = window.cursor + size;
        }
        return true;
    }

    [[nodiscard]] bool protocol(Window& window) noexcept {
        std::uint8_t version = 0;
        if (!unsigned_argument(window, version)) return false;
        if (version > kHighestProtocol) {
            fault_ = Fault::kBadProtocol;
            detail_ = version;
            return false;
        }
        backend_.protocol(version);
        return true;
    }

    Backend& backend_;
    Source& source_;
    MemoTable<Backend>& memo_;
    Stack<Value, Backend> stack_;
    /// Inside a frame the window ends with it; this is where the window really ends. Null outside.
    const std::uint8_t* frame_rest_ = nullptr;
    /// So many MEMOIZEs from here on put what nothing reads, where it takes no memory.
    std::size_t quiet_ = 0;
    std::uint64_t detail_ = 0;
    Fault fault_ = Fault::kNone;
    std::uint8_t opcode_ = 0;  ///< The last one.
    const bool strict_frames_;
};

}  // namespace anypickle

#include "anypickle/machine_run.h"  // IWYU pragma: export
