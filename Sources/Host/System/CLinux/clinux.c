#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int tm_lock_exclusive(int fd) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0};
    return fcntl(fd, F_OFD_SETLK, &whole) == 0 ? 0 : errno;
}

int tm_is_locked(int fd) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0};
    return fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

static int64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t tm_boottime_nanoseconds(void) { return nanoseconds(CLOCK_BOOTTIME); }

int64_t tm_realtime_nanoseconds(void) { return nanoseconds(CLOCK_REALTIME); }

int tm_forbid_dumps(void) {
    struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

int tm_look_at(const char *path, int follows_links, struct tm_file *file) {
    struct stat found;
    if ((follows_links ? stat(path, &found) : lstat(path, &found)) != 0) return errno;
    file->size = found.st_size;
    file->changed_at = found.st_mtim.tv_sec;
    file->owner = found.st_uid;
    file->mode = found.st_mode;
    return 0;
}

int64_t tm_raise_open_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    // A million is more than anybody needs; some hosts allow a thousand times that, and libraries that go through all.
    rlim_t most = limit.rlim_max < 1 << 20 ? limit.rlim_max : 1 << 20;
    struct rlimit raised = {.rlim_cur = most, .rlim_max = limit.rlim_max};
    if (limit.rlim_cur < most && setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

static int write_at(int fd, const char *bytes, size_t count, off_t place) {
    for (size_t done = 0; done < count;) {
        ssize_t written = pwrite(fd, bytes + done, count - done, place + (off_t)done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written < 0 ? errno : EIO;
        done += (size_t)written;
    }
    return 0;
}

int tm_append(struct tm_append_file *file, const void *bytes, size_t count) {
    static const char blank[65536];
    // What an earlier failure left behind the good part goes first, or a shorter write would leave a piece of it.
    if (file->dirty) {
        if (ftruncate(file->fd, file->length) != 0) return errno;
        file->room = file->length;
    }
    file->dirty = 1;
    int64_t end = file->length + (int64_t)count;
    int result = write_at(file->fd, bytes, count, file->length);
    if (result != 0) return result;
    // A disk too full for the room has still taken the bytes.
    int grows = file->reserves && end > file->room && write_at(file->fd, blank, sizeof blank, end) == 0;
    if (fdatasync(file->fd) != 0) return errno;
    if (grows) file->room = end + (int64_t)sizeof blank;
    file->length = end;
    file->dirty = 0;
    return 0;
}

int tm_sync_folder(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    int result = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return result;
}
