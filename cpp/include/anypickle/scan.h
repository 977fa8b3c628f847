// Reading a pickle without making anything of it: is it well formed, what would it cost, and what
// would it call?
//
//     Verdict verdict = check(bytes, Budget{});             // well formed and within the budget?
//
//     Report report;
//     verdict = scan(bytes, Budget{}, report);              // also: the globals, and what is done
//     with each for (const GlobalUse& use : report.globals) ...
//
// Both run the machine that loads, over a domain in which a value is a node: what kind of thing it
// is, and what it holds. Strings that the stream has as they are keep their text, so that a global
// named by them is known; strings that come out of a call are unknown, and a global named by one of
// those is reported as computed.
//
// Threading: plain functions; a Report belongs to its caller. The bytes outlive the report's names.
// Invariant: nothing is imported, called or allocated at the stream's word; the work is linear in
// the stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "anypickle/budget.h"
#include "anypickle/verdict.h"

namespace anypickle {

/// What the stream does with a global, as bits: most are used in one way only.
enum class Role : std::uint8_t {
    kReferenced = 1,    ///< It is pushed. Every global is.
    kCalled = 2,        ///< REDUCE, INST, OBJ
    kInstantiated = 4,  ///< NEWOBJ, NEWOBJ_EX
    kBuilt = 8,         ///< BUILD sets the state of it, or of what it made.
    kFilled = 16,       ///< APPEND, APPENDS, SETITEM, SETITEMS, ADDITEMS on it, or on what it made.
};

/// A bit of this is set in GlobalUse::roles for each Role.
constexpr std::uint8_t bit(Role role) noexcept { return static_cast<std::uint8_t>(role); }

/// One (module, name) that the stream refers to.
struct GlobalUse {
    std::string module;
    std::string name;
    std::uint8_t roles = bit(Role::kReferenced);
    std::size_t offset = 0;   ///< Of the first opcode that pushes it.
    std::uint64_t count = 1;  ///< How many opcodes push it.
    bool computed = false;    ///< Its names are no constants of the stream: they say nothing.
    std::int64_t extension =
        0;  ///< The code, if it comes from the extension registry; its names are unknown then.
};

/// What a stream refers to, in the order of its first mention, and what it uses beside globals.
struct Report {
    std::vector<GlobalUse> globals;
    std::uint64_t persistent_ids = 0;
    std::uint64_t buffers = 0;  ///< Out-of-band buffers.
    std::size_t consumed =
        0;             ///< Bytes up to and with STOP; what follows is not part of this pickle.
    int protocol = 0;  ///< What PROTO says, or 0.
    std::uint64_t expansion = 0;  ///< Nodes of the result walked as a tree.
    std::uint64_t depth = 0;      ///< Nesting of the result.
};

/// Whether a pickle is well formed and stays within the budget.
[[nodiscard]] Verdict check(std::span<const std::uint8_t> bytes, const Budget& budget) noexcept;

/// The same, and what it refers to. The report is filled as far as the stream could be read.
[[nodiscard]] Verdict scan(std::span<const std::uint8_t> bytes, const Budget& budget,
                           Report& report) noexcept;

}  // namespace anypickle
