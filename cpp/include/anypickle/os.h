// The few things that shared memory needs of an operating system, one file per system behind them.
//
//     int fd = os::create_memory("anypickle", bytes);       // -errno on failure
//     void* base = os::map_shared(fd, bytes);
//     os::futex_wait(word, seen, 2'000'000);                // sleeps while word == seen, at most 2
//     ms
//
// Threading: all functions may be called from any thread. None prints, throws or retries behind the
// caller's back.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace anypickle::os {

/// Anonymous shared memory of this size (sparse: pages appear when touched); a descriptor, closed
/// on exec, or -errno.
int create_memory(const char* name, std::uint64_t bytes);

/// Maps all of it for reading and writing by every process; null on failure.
void* map_shared(int fd, std::uint64_t bytes);

/// A copy-on-write view of part of the file: reads see the file, writes stay here. Null on failure.
void* map_private(int fd, std::uint64_t offset, std::uint64_t bytes);
void unmap(void* address, std::uint64_t bytes);

/// Makes sure that the pages exist, so that no write can be refused later. 0 or an errno.
int commit_memory(int fd, std::uint64_t offset, std::uint64_t bytes);

/// Gives the pages back; they read as zero afterwards.
void release_memory(int fd, std::uint64_t offset, std::uint64_t bytes);

/// The size of the file behind a descriptor, 0 if there is none.
std::uint64_t size_of(int fd);

/// What file a descriptor stands for; the program may have closed ours and opened another under its
/// number.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const FileIdentity&) const = default;
};
FileIdentity file_identity(int fd);

/// A new open file description of the same file: the owner of byte locks of its own. -errno on
/// failure.
int reopen(int fd);

/// Opens the memory of another process by its number and descriptor there; -errno on failure.
int open_of_process(std::uint32_t pid, int fd);
void close(int fd);

/// A byte lock belongs to the open file description: fork shares it, the last close or the death of
/// its last holder ends it, at once and by the kernel. True if it is ours now.
bool lock_byte(int fd, std::uint64_t byte);
void unlock_byte(int fd, std::uint64_t byte);

/// True if another description holds the byte.
bool byte_is_locked(int fd, std::uint64_t byte);

enum class Wait { kWoken, kChanged, kTimedOut, kInterrupted };

/// Sleeps while *word == expected, at most `nanoseconds`. kChanged: it did not hold to begin with.
Wait futex_wait(std::atomic<std::uint32_t>* word, std::uint32_t expected, std::int64_t nanoseconds);

/// Wakes at most `count` sleepers on the word, in all processes; returns how many there were.
int futex_wake(std::atomic<std::uint32_t>* word, int count);

/// Nanoseconds on a clock that nobody can set, the same in all processes.
std::uint64_t now();

/// Who a process is, beyond its number, which is used again.
struct Identity {
    std::uint32_t pid;
    std::uint64_t start_time;
    std::uint64_t pid_namespace;
};
Identity identity();

/// True if that process runs (a zombie does not). Only meaningful within one pid namespace.
bool runs(const Identity& who);

/// The number of this thread, unlike that of any other living thread on the machine.
std::uint32_t thread_id();

/// Lets others run on this processor.
void yield();

/// Processors that this process may use; spinning pays only if there is more than one.
int usable_cpus();
std::uint64_t physical_memory();
void fill_random(void* target, std::size_t bytes);

/// Tells the processor that this is a loop that waits.
inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb");
#endif
}

}  // namespace anypickle::os
