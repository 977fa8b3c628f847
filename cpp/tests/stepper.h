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

namespace anypickle::tests {

/// How many instructions lie between two kills: 1 in the long form (ANYPICKLE_STORM set), else
/// `usual`.
inline long stride(long usual) { return std::getenv("ANYPICKLE_STORM") == nullptr ? usual : 1; }

/// True if the operation was over before so many instructions.
template <class Operation>
bool kill_after(long instructions, Operation&& operation) {
    pid_t victim = ::fork();
    if (victim == 0) {
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        ::raise(SIGSTOP);
        operation();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(victim, &status, 0);
    for (long i = 0; i < instructions; ++i) {
        ::ptrace(PTRACE_SINGLESTEP, victim, nullptr, nullptr);
        ::waitpid(victim, &status, 0);
        if (WIFEXITED(status)) return true;
    }
    ::kill(victim, SIGKILL);
    ::waitpid(victim, &status, 0);
    return false;
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
