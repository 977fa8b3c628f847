// What the tests share that kill a process at every instruction of what is done with an object in
// shared memory: they cut an operation short everywhere, and look whether all is well.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "anypickle/os.h"
#include "placed.h"
#include "stepper.h"

namespace anypickle::tests {

inline Deadline in_ten_seconds() { return os::now() + 10'000'000'000; }

// `operation` is cut short everywhere, `check` (told whether it was over) must find all well, and
// no block is lost. One that waits for ever is cut short at `most` instructions.
template <class Operation, class Check>
void kill_everywhere(long usual_stride, Operation&& operation, Check&& check, long most = 1 << 20) {
    long steps = for_each_instruction(usual_stride, [&](long at) {
        arena().bury_dead();
        std::uint32_t blocks = arena().blocks_in_use();
        bool finished = kill_after(at, operation);
        check(finished);
        arena().bury_dead();
        CHECK(arena().blocks_in_use() == blocks);
        return finished || at >= most;
    });
    MESSAGE(steps << " instructions");
}

// A thread of ours sleeps in what `wait` returns while the victim, which has done `prepare`, does
// what ends it. `finish` does what the victim perhaps did not come to.
template <class Wait, class Prepare, class Operation, class Finish>
void kill_wakers(long usual_stride, Wait&& wait, Prepare&& prepare, Operation&& operation,
                 Finish&& finish) {
    long steps = for_each_instruction(usual_stride, [&](long at) {
        std::thread sleeper;
        std::atomic<std::uint64_t> woken{0};
        bool finished = kill_after(at, operation, prepare, [&] {
            sleeper = std::thread([&, sleep = wait()] {
                sleep();
                woken.store(os::now());
            });
            ::usleep(300);
        });
        std::uint64_t since = os::now();
        finish(finished);
        sleeper.join();
        CHECK(woken.load() < since + 10'000'000'000);
        return finished;
    });
    MESSAGE(steps << " instructions");
}

}  // namespace anypickle::tests
