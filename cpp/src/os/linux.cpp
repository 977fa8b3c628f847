// What Linux does in its own way: memfd, futex, byte locks of open file descriptions, /proc.
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "anypickle/os.h"

namespace anypickle::os {
namespace {

struct flock one_byte(short type, std::uint64_t byte) {
    struct flock lock = {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(byte);
    lock.l_len = 1;
    return lock;
}

// Field 22 of /proc/PID/stat, in clock ticks after boot, and the state; false if there is no such
// process.
bool read_stat(std::uint32_t pid, char* state, std::uint64_t* start_time) {
    char path[32];
    std::snprintf(path, sizeof path, "/proc/%u/stat", pid);
    int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    char text[1024];
    ssize_t length = ::read(fd, text, sizeof text - 1);
    ::close(fd);
    if (length <= 0) return false;
    text[length] = '\0';
    const char* cursor = std::strrchr(text, ')');  // a command may hold blanks and parentheses
    if (cursor == nullptr || cursor[1] == '\0') return false;
    *state = cursor[2];
    cursor += 2;
    for (int field = 3; field < 22 && cursor != nullptr; ++field) {
        cursor = std::strchr(cursor, ' ');
        if (cursor != nullptr) ++cursor;
    }
    if (cursor == nullptr) return false;
    *start_time = std::strtoull(cursor, nullptr, 10);
    return true;
}

thread_local std::uint32_t cached_thread_id = 0;

struct ForgetThreadIdOnFork {
    ForgetThreadIdOnFork() {
        pthread_atfork(nullptr, nullptr, [] { cached_thread_id = 0; });
    }
} const forget_thread_id_on_fork;

}  // namespace

int create_memory(const char* name, std::uint64_t bytes) {
    int fd = ::memfd_create(name, MFD_CLOEXEC);
    if (fd < 0) return -errno;
    if (::ftruncate(fd, static_cast<off_t>(bytes)) < 0) {
        int error = errno;
        ::close(fd);
        return -error;
    }
    return fd;
}

void* map_shared(int fd, std::uint64_t bytes) {
    void* base = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (base == MAP_FAILED) return nullptr;
    ::madvise(base, bytes, MADV_DONTDUMP);
    return base;
}

void* map_private(int fd, std::uint64_t offset, std::uint64_t bytes) {
    void* view = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd,
                        static_cast<off_t>(offset));
    return view == MAP_FAILED ? nullptr : view;
}

void unmap(void* address, std::uint64_t bytes) { ::munmap(address, bytes); }

int commit_memory(int fd, std::uint64_t offset, std::uint64_t bytes) {
    while (::fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(bytes)) < 0) {
        if (errno == EINTR) continue;
        return errno == EOPNOTSUPP ? 0 : errno;
    }
    return 0;
}

void release_memory(int fd, std::uint64_t offset, std::uint64_t bytes) {
    ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                static_cast<off_t>(bytes));
}

std::uint64_t size_of(int fd) {
    struct stat status = {};
    return ::fstat(fd, &status) < 0 ? 0 : static_cast<std::uint64_t>(status.st_size);
}

FileIdentity file_identity(int fd) {
    struct stat status = {};
    if (fd < 0 || ::fstat(fd, &status) < 0) return {};
    return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
}

int reopen(int fd) {
    char path[40];
    std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = ::open(path, O_RDWR | O_CLOEXEC);
    return again < 0 ? -errno : again;
}

int open_of_process(std::uint32_t pid, int fd) {
    char path[48];
    std::snprintf(path, sizeof path, "/proc/%u/fd/%d", pid, fd);
    int opened = ::open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return opened < 0 ? -errno : opened;
}

void close(int fd) { ::close(fd); }

bool lock_byte(int fd, std::uint64_t byte) {
    struct flock lock = one_byte(F_WRLCK, byte);
    return ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

void unlock_byte(int fd, std::uint64_t byte) {
    struct flock lock = one_byte(F_UNLCK, byte);
    ::fcntl(fd, F_OFD_SETLK, &lock);
}

bool byte_is_locked(int fd, std::uint64_t byte) {
    struct flock lock = one_byte(F_WRLCK, byte);
    // What cannot be asked is taken for alive: nothing is ever taken from a process on a mere
    // suspicion.
    if (::fcntl(fd, F_OFD_GETLK, &lock) < 0) return true;
    return lock.l_type != F_UNLCK;
}

Wait futex_wait(std::atomic<std::uint32_t>* word, std::uint32_t expected,
                std::int64_t nanoseconds) {
    struct timespec limit = {nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
    long result = ::syscall(SYS_futex, word, FUTEX_WAIT, expected, &limit, nullptr, 0);
    if (result == 0) return Wait::kWoken;
    if (errno == EAGAIN) return Wait::kChanged;
    return errno == EINTR ? Wait::kInterrupted : Wait::kTimedOut;
}

int futex_wake(std::atomic<std::uint32_t>* word, int count) {
    long woken = ::syscall(SYS_futex, word, FUTEX_WAKE, count, nullptr, nullptr, 0);
    return woken < 0 ? 0 : static_cast<int>(woken);
}

std::uint64_t now() {
    struct timespec time = {};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
}

Identity identity() {
    Identity me = {static_cast<std::uint32_t>(::getpid()), 0, 0};
    char state = 0;
    read_stat(me.pid, &state, &me.start_time);
    struct stat status = {};
    if (::stat("/proc/self/ns/pid", &status) == 0) me.pid_namespace = status.st_ino;
    return me;
}

bool runs(const Identity& who) {
    char state = 0;
    std::uint64_t start_time = 0;
    if (!read_stat(who.pid, &state, &start_time)) return false;
    return start_time == who.start_time && state != 'Z' && state != 'X';
}

std::uint32_t thread_id() {
    if (cached_thread_id == 0) cached_thread_id = static_cast<std::uint32_t>(::syscall(SYS_gettid));
    return cached_thread_id;
}

void yield() { ::sched_yield(); }

int usable_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) < 0) return 1;
    return CPU_COUNT(&set);
}

std::uint64_t physical_memory() {
    long pages = ::sysconf(_SC_PHYS_PAGES);
    long size = ::sysconf(_SC_PAGESIZE);
    return pages <= 0 || size <= 0
               ? 0
               : static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size);
}

void fill_random(void* target, std::size_t bytes) {
    auto* cursor = static_cast<unsigned char*>(target);
    while (bytes > 0) {
        ssize_t got = ::getrandom(cursor, bytes, 0);
        if (got <= 0) continue;
        cursor += got;
        bytes -= static_cast<std::size_t>(got);
    }
}

}  // namespace anypickle::os
