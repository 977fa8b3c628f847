// What macOS does in its own way: no memfd (a file in the user's private temporary directory, which
// the next run sweeps if nobody holds a byte of it), no futex (__ulock, which libc++ waits with
// too), no /proc (libproc). Paths stand in for what Linux does through /proc/PID/fd.
#include <dirent.h>
#include <fcntl.h>
#include <libproc.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "anypickle/layout.h"
#include "anypickle/os.h"

extern "C" int __ulock_wait(std::uint32_t operation, void* address, std::uint64_t value,
                            std::uint32_t microseconds);
extern "C" int __ulock_wake(std::uint32_t operation, void* address, std::uint64_t value);

#ifndef F_OFD_SETLK
#define F_OFD_SETLK 90
#define F_OFD_GETLK 92
#endif

namespace anypickle::os {
namespace {

constexpr std::uint32_t kCompareAndWaitShared = 3;
constexpr std::uint32_t kWakeAll = 0x100;
constexpr char kPrefix[] = "anypickle-";

struct flock bytes_from(short type, std::uint64_t start, std::uint64_t length) {
    struct flock lock = {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(start);
    lock.l_len = static_cast<off_t>(length);
    return lock;
}

std::size_t directory(char* path) {
    std::size_t length = ::confstr(_CS_DARWIN_USER_TEMP_DIR, path, PATH_MAX);
    return length == 0 || length > PATH_MAX ? 0 : length - 1;
}

// Files of runs that are over: nobody holds a byte of a slot.
void sweep(const char* where) {
    DIR* listing = ::opendir(where);
    if (listing == nullptr) return;
    while (const dirent* entry = ::readdir(listing)) {
        if (std::strncmp(entry->d_name, kPrefix, sizeof kPrefix - 1) != 0) continue;
        int fd = ::openat(::dirfd(listing), entry->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0) continue;
        struct flock lock = bytes_from(F_WRLCK, 0, kMaxProcesses);
        if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) ::unlinkat(::dirfd(listing), entry->d_name, 0);
        ::close(fd);
    }
    ::closedir(listing);
}

bool info_of(std::uint32_t pid, proc_bsdinfo* info) {
    return ::proc_pidinfo(static_cast<int>(pid), PROC_PIDTBSDINFO, 0, info, sizeof *info) ==
           static_cast<int>(sizeof *info);
}

std::uint64_t start_of(const proc_bsdinfo& info) {
    return info.pbi_start_tvsec * 1'000'000 + info.pbi_start_tvusec;
}

}  // namespace

int create_memory(const char*, std::uint64_t bytes) {
    char path[PATH_MAX + 64];
    std::size_t length = directory(path);
    if (length == 0) return -ENOENT;
    sweep(path);
    std::uint64_t random[2];
    fill_random(random, sizeof random);
    std::snprintf(path + length, 64, "%s%016llx%016llx", kPrefix,
                  static_cast<unsigned long long>(random[0]),
                  static_cast<unsigned long long>(random[1]));
    int fd = ::open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return -errno;
    // Another run's sweep must not find it unheld: the first slot is ours before it has a size.
    lock_byte(fd, 0);
    if (::ftruncate(fd, static_cast<off_t>(bytes)) < 0) {
        int error = errno;
        ::unlink(path);
        ::close(fd);
        return -error;
    }
    return fd;
}

void* map_shared(int fd, std::uint64_t bytes) {
    void* base = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    return base == MAP_FAILED ? nullptr : base;
}

void* map_private(int fd, std::uint64_t offset, std::uint64_t bytes) {
    void* view =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, static_cast<off_t>(offset));
    return view == MAP_FAILED ? nullptr : view;
}

void unmap(void* address, std::uint64_t bytes) { ::munmap(address, bytes); }

int commit_memory(int, std::uint64_t, std::uint64_t) { return 0; }

void release_memory(int fd, std::uint64_t offset, std::uint64_t bytes) {
    struct fpunchhole hole = {0, 0, static_cast<off_t>(offset), static_cast<off_t>(bytes)};
    ::fcntl(fd, F_PUNCHHOLE, &hole);
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
    char path[PATH_MAX];
    if (::fcntl(fd, F_GETPATH, path) < 0) return -errno;
    int again = ::open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    return again < 0 ? -errno : again;
}

int open_of_process(std::uint32_t pid, int fd) {
    vnode_fdinfowithpath found = {};
    int size =
        ::proc_pidfdinfo(static_cast<int>(pid), fd, PROC_PIDFDVNODEPATHINFO, &found, sizeof found);
    if (size != static_cast<int>(sizeof found)) return -ESRCH;
    int opened = ::open(found.pvip.vip_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    return opened < 0 ? -errno : opened;
}

void close(int fd) { ::close(fd); }

bool lock_byte(int fd, std::uint64_t byte) {
    struct flock lock = bytes_from(F_WRLCK, byte, 1);
    return ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

void unlock_byte(int fd, std::uint64_t byte) {
    struct flock lock = bytes_from(F_UNLCK, byte, 1);
    ::fcntl(fd, F_OFD_SETLK, &lock);
}

bool byte_is_locked(int fd, std::uint64_t byte) {
    struct flock lock = bytes_from(F_WRLCK, byte, 1);
    if (::fcntl(fd, F_OFD_GETLK, &lock) < 0) return true;
    return lock.l_type != F_UNLCK;
}

Wait futex_wait(std::atomic<std::uint32_t>* word, std::uint32_t expected,
                std::int64_t nanoseconds) {
    std::int64_t microseconds = std::clamp<std::int64_t>(nanoseconds / 1000, 1, UINT_MAX);
    int result = __ulock_wait(kCompareAndWaitShared, word, expected,
                              static_cast<std::uint32_t>(microseconds));
    if (result >= 0) return word->load() == expected ? Wait::kWoken : Wait::kChanged;
    if (errno == ETIMEDOUT) return Wait::kTimedOut;
    return errno == EINTR ? Wait::kInterrupted : Wait::kChanged;
}

int futex_wake(std::atomic<std::uint32_t>* word, int count) {
    return __ulock_wake(kCompareAndWaitShared | (count > 1 ? kWakeAll : 0), word, 0) == 0 ? 1 : 0;
}

std::uint64_t now() { return ::clock_gettime_nsec_np(CLOCK_MONOTONIC_RAW); }

Identity identity() {
    Identity me = {static_cast<std::uint32_t>(::getpid()), 0, 0};
    proc_bsdinfo info = {};
    if (info_of(me.pid, &info)) me.start_time = start_of(info);
    return me;
}

bool runs(const Identity& who) {
    proc_bsdinfo info = {};
    return info_of(who.pid, &info) && start_of(info) == who.start_time && info.pbi_status != SZOMB;
}

std::uint32_t thread_id() {
    std::uint64_t id = 0;
    ::pthread_threadid_np(nullptr, &id);
    return static_cast<std::uint32_t>(id);
}

void yield() { ::sched_yield(); }

int usable_cpus() { return static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN))); }

std::uint64_t physical_memory() {
    long pages = ::sysconf(_SC_PHYS_PAGES);
    long size = ::sysconf(_SC_PAGESIZE);
    return pages <= 0 || size <= 0
               ? 0
               : static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size);
}

void fill_random(void* target, std::size_t bytes) { ::arc4random_buf(target, bytes); }

}  // namespace anypickle::os
