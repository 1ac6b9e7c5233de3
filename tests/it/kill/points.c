/* Loaded before the system's library: counts the calls of `skillmeat` that change files, and ends
 * the process with SIGKILL just before the one that KILL_AT names. With KILL_COUNT, a file gets
 * the number of calls at the end. Programs that it starts are left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long n_calls;

static int is_ours(void) {
    return strcmp(program_invocation_short_name, "skillmeat") == 0;
}

static void point(void) {
    static long at = -1;
    if (at < 0) {
        const char *text = getenv("KILL_AT");
        at = text && is_ours() ? atol(text) : 0;
    }
    if (atomic_fetch_add(&n_calls, 1) + 1 == at) kill(getpid(), SIGKILL);
}

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("KILL_COUNT");
    if (!path || !is_ours()) return;
    FILE *file = fopen(path, "w");
    if (!file) return;
    fprintf(file, "%ld", atomic_load(&n_calls));
    fclose(file);
}

#define NEXT(type, name, ...) \
    static type (*next)(__VA_ARGS__); \
    if (!next) next = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *from, size_t n) {
    NEXT(ssize_t, "write", int, const void *, size_t);
    if (fd > 2) point();
    return next(fd, from, n);
}
ssize_t pwrite64(int fd, const void *from, size_t n, off64_t at) {
    NEXT(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    point();
    return next(fd, from, n, at);
}
int fsync(int fd) {
    NEXT(int, "fsync", int);
    point();
    return next(fd);
}
int fdatasync(int fd) {
    NEXT(int, "fdatasync", int);
    point();
    return next(fd);
}
int ftruncate64(int fd, off64_t size) {
    NEXT(int, "ftruncate64", int, off64_t);
    point();
    return next(fd, size);
}
int rename(const char *from, const char *to) {
    NEXT(int, "rename", const char *, const char *);
    point();
    return next(from, to);
}
int unlink(const char *path) {
    NEXT(int, "unlink", const char *);
    point();
    return next(path);
}
int unlinkat(int dir, const char *path, int flags) {
    NEXT(int, "unlinkat", int, const char *, int);
    point();
    return next(dir, path, flags);
}
int mkdir(const char *path, mode_t mode) {
    NEXT(int, "mkdir", const char *, mode_t);
    point();
    return next(path, mode);
}
int open64(const char *path, int flags, ...) {
    NEXT(int, "open64", const char *, int, ...);
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list list;
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        va_end(list);
        point();
    }
    return next(path, flags, mode);
}
