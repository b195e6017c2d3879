// Linux calls that Swift cannot make by itself: variadic fcntl and prctl, and clocks by constant.
#ifndef TOKEN_MANAGER_CLINUX_H
#define TOKEN_MANAGER_CLINUX_H

#include <stddef.h>
#include <stdint.h>

/// Takes an exclusive open-file-description lock on the whole file. 0, or errno (EAGAIN: held by another).
int tm_lock_exclusive(int fd);

/// 1 when somebody holds such a lock, or a part of it; 0 when not, or when it cannot be asked. Takes nothing.
int tm_is_locked(int fd);

/// CLOCK_BOOTTIME in nanoseconds: monotonic, and it counts while the machine sleeps (PROTOCOL.md §2).
int64_t tm_boottime_nanoseconds(void);

/// CLOCK_REALTIME in nanoseconds since 1970.
int64_t tm_realtime_nanoseconds(void);

/// Switches core dumps off and makes the process unreadable for others (SECURITY.md line 29). 0 or errno.
int tm_forbid_dumps(void);

/// Raises the number of files that the process may have open as far as it may itself, up to a million, and gives it; 0: it
/// is not known.
int64_t tm_raise_open_files(void);

/// What `stat` says of a file. Here, since which Swift module the members of `struct stat` belong to differs between one
/// build and the next where Foundation is imported beside others.
struct tm_file {
    int64_t size;
    /// When the contents were written last, in seconds since 1970.
    int64_t changed_at;
    uint32_t owner;
    uint32_t mode;
};

/// Of a symbolic link what it points at if `follows_links`, else the link itself. 0 or errno.
int tm_look_at(const char *path, int follows_links, struct tm_file *file);

/// A file that only grows, and how far it is known to be on disk.
struct tm_append_file {
    int fd;
    int64_t length;
    /// There may be bytes behind `length` that are not blank.
    int dirty;
    /// Keep zeros behind `length`, 64 KiB at a time: a write over them does not change the file's size, so that bringing
    /// it to the disk costs one write instead of the file system's journal as well. Readers have to expect them.
    int reserves;
    /// How far these zeros go.
    int64_t room;
};

/// Writes behind `length` and returns when it is on disk (fdatasync), `length` moved on. 0 or errno; after a failure the
/// bytes do not count: the next call cuts them off first.
int tm_append(struct tm_append_file *file, const void *bytes, size_t count);

/// Makes the names in a folder durable: what was created in it, renamed into it or removed from it. 0 or errno.
int tm_sync_folder(const char *path);

#endif
