/* Loaded into a host by LD_PRELOAD: what the driver writes into a shared page makes its disk full and moves its wall clock,
   without root and at any moment. Nothing else changes: sockets and pipes are written as before, and clocks that measure
   (CLOCK_MONOTONIC, CLOCK_BOOTTIME) go on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define CONDITIONS "GLIBC_2.3.2"
#else
#define CONDITIONS "GLIBC_2.17"
#endif

struct page {
    volatile int64_t is_full;        /* 1: files cannot grow or be written */
    volatile int64_t offset_seconds; /* added to CLOCK_REALTIME */
};

static struct page nothing;
static struct page *page = &nothing;

__attribute__((constructor)) static void attach(void) {
    const char *path = getenv("CHAOS_PAGE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof(struct page), PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) page = mapped;
    close(file);
}

/* The system's own, found once. */
#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int is_refused(int file) {
    struct stat facts;
    if (!page->is_full || fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) return 0;
    errno = ENOSPC;
    return 1;
}

ssize_t write(int file, const void *bytes, size_t count) {
    REAL(write);
    return is_refused(file) ? -1 : real(file, bytes, count);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    REAL(writev);
    return is_refused(file) ? -1 : real(file, parts, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    REAL(pwrite);
    return is_refused(file) ? -1 : real(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    REAL(pwrite64);
    return is_refused(file) ? -1 : real(file, bytes, count, at);
}

int ftruncate(int file, off_t size) {
    REAL(ftruncate);
    return is_refused(file) ? -1 : real(file, size);
}

int fsync(int file) {
    REAL(fsync);
    return is_refused(file) ? -1 : real(file);
}

int fdatasync(int file) {
    REAL(fdatasync);
    return is_refused(file) ? -1 : real(file);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    REAL(clock_gettime);
    int result = real(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += page->offset_seconds;
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    REAL(gettimeofday);
    int result = real(time, zone);
    if (result == 0) time->tv_sec += page->offset_seconds;
    return result;
}

time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}

/* Who waits until a time of day has reckoned it on the moved clock. Times since the start of the machine are small. */
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until) {
    static __typeof__(pthread_cond_timedwait) *real;
    /* By name alone it would be that of old programs, which lays out the condition otherwise. */
    if (!real) real = (__typeof__(pthread_cond_timedwait) *)dlvsym(RTLD_NEXT, "pthread_cond_timedwait", CONDITIONS);
    struct timespec moved = *until;
    if (moved.tv_sec > 1000000000) moved.tv_sec -= page->offset_seconds;
    return real(condition, mutex, &moved);
}
