// Kills a process at a chosen instruction.
//
//     for (long k = 0;; ++k) {
//         bool finished = kill_after(k, [&] { ring.put(...); });     // a forked child,
//         single-stepped, then SIGKILL check_that_all_is_well(); if (finished) break;
//     }
//
// The child stops itself before the operation and ends after it; what is stepped is the operation
// and nothing else but the few instructions around it.
#pragma once

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#if defined(__linux__) && defined(__x86_64__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/user.h>
#endif

namespace anypickle::tests {

/// How many instructions lie between two kills: 1 in the long form (ANYPICKLE_STORM set), else
/// `usual`.
inline long stride(long usual) { return std::getenv("ANYPICKLE_STORM") == nullptr ? usual : 1; }

/// What is done before the stepping begins: by the child, then by us while it is stopped.
struct Nothing {
    void operator()() const {}
};
inline constexpr Nothing kNothing;

/// A child that has done `prepare` and is stopped before `operation`.
template <class Operation, class Prepare>
pid_t stopped_before(Operation&& operation, const Prepare& prepare) {
    pid_t victim = ::fork();
    if (victim == 0) {
        prepare();
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        ::raise(SIGSTOP);
        operation();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(victim, &status, 0);
    return victim;
}

/// False if it has ended.
inline bool step(pid_t victim) {
    int status = 0;
    ::ptrace(PTRACE_SINGLESTEP, victim, nullptr, nullptr);
    ::waitpid(victim, &status, 0);
    return !WIFEXITED(status);
}

inline void kill_and_reap(pid_t victim) {
    ::kill(victim, SIGKILL);
    ::waitpid(victim, nullptr, 0);
}

/// True if the operation was over before so many instructions.
template <class Operation, class Prepare = Nothing, class Meanwhile = Nothing>
bool kill_after(long instructions, Operation&& operation, const Prepare& prepare = {},
                const Meanwhile& meanwhile = {}) {
    pid_t victim = stopped_before(operation, prepare);
    meanwhile();
    for (long i = 0; i < instructions; ++i) {
        if (!step(victim)) return true;
    }
    kill_and_reap(victim);
    return false;
}

/// Whether the next instruction puts the process to sleep on a word.
inline bool is_about_to_sleep([[maybe_unused]] pid_t victim) {
#if defined(__linux__) && defined(__x86_64__)
    user_regs_struct registers = {};
    ::ptrace(PTRACE_GETREGS, victim, nullptr, &registers);
    auto command = registers.rsi & static_cast<unsigned long long>(FUTEX_CMD_MASK);
    if (registers.rax != SYS_futex || (command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET))
        return false;
    return (::ptrace(PTRACE_PEEKTEXT, victim, registers.rip, nullptr) & 0xffff) == 0x050f;
#else
    return false;
#endif
}

/// How many instructions of an operation that waits for ever come before it sleeps, and a few more.
template <class Operation>
long instructions_and_a_sleep(Operation&& operation) {
    constexpr long kAfterwards = 60;
    constexpr long kMost = 20'000;
    pid_t victim = stopped_before(operation, kNothing);
    long count = 0;
    while (count < kMost && !is_about_to_sleep(victim) && step(victim)) ++count;
    kill_and_reap(victim);
    return count + kAfterwards;
}

/// Calls trial(0), trial(1), ... with strides in the short form, until one says that its operation
/// was over; how many instructions it has.
template <class Trial>
long for_each_instruction(long usual_stride, Trial&& trial) {
    for (long at = 0;; at += stride(usual_stride)) {
        if (trial(at)) return at;
    }
}

/// A process that is killed when it has done something, and leaves it as it is.
template <class Operation>
void kill_after_all_of(Operation&& operation) {
    pid_t victim = ::fork();
    if (victim == 0) {
        operation();
        ::raise(SIGKILL);
    }
    ::waitpid(victim, nullptr, 0);
}

}  // namespace anypickle::tests
