// What src/os/darwin.cpp takes from Apple's headers and other systems lack, so that it compiles
// everywhere: the core's tests build it to see that it follows os.h. It is never linked, and says
// nothing about how a Mac behaves.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <ctime>

#define F_GETPATH 50
#define F_PUNCHHOLE 99
#define SZOMB 5
#define PROC_PIDTBSDINFO 3
#define PROC_PIDFDVNODEPATHINFO 2
#define _CS_DARWIN_USER_TEMP_DIR _CS_PATH

struct fpunchhole {
    unsigned int fp_flags;
    unsigned int reserved;
    off_t fp_offset;
    off_t fp_length;
};

struct proc_bsdinfo {
    std::uint32_t pbi_status;
    std::uint64_t pbi_start_tvsec;
    std::uint64_t pbi_start_tvusec;
};

struct vnode_fdinfowithpath {
    struct {
        char vip_path[1024];
    } pvip;
};

extern "C" {
int proc_pidinfo(int pid, int flavor, std::uint64_t arg, void* buffer, int size);
int proc_pidfdinfo(int pid, int fd, int flavor, void* buffer, int size);
int pthread_threadid_np(void* thread, std::uint64_t* id);
std::uint64_t clock_gettime_nsec_np(clockid_t clock);
void arc4random_buf(void* target, std::size_t bytes) noexcept;
}
