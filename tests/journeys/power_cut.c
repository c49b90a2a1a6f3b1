/* Preloaded into a process: keeps, beside the real files, what would be left of them after a power cut.
   Only what was brought to the disk by fsync or fdatasync is copied to POWER_CUT_TO; removing and renaming count at once. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *from(void) { return getenv("POWER_CUT_FROM"); }
static const char *to(void) { return getenv("POWER_CUT_TO"); }

static int shadow(const char *path, char *out) {
    const char *base = from();
    if (!base || !to() || strncmp(path, base, strlen(base)) != 0) return 0;
    snprintf(out, PATH_MAX, "%s%s", to(), path + strlen(base));
    return 1;
}

static void make_folders(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
}

static void keep(int fd) {
    char link[64], path[PATH_MAX], copy[PATH_MAX], part[PATH_MAX + 16];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    struct stat found;
    if (!shadow(path, copy) || fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) return;
    make_folders(copy);
    snprintf(part, sizeof part, "%s.%d.part", copy, getpid());
    int in = open(path, O_RDONLY), out = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    char buffer[1 << 16];
    ssize_t got;
    if (in >= 0 && out >= 0)
        while ((got = read(in, buffer, sizeof buffer)) > 0)
            if (write(out, buffer, got) != got) break;
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    int (*real_rename)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    real_rename(part, copy);
}

int fsync(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    int done = real(fd);
    if (done == 0) keep(fd);
    return done;
}

int fdatasync(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    int done = real(fd);
    if (done == 0) keep(fd);
    return done;
}

int unlink(const char *path) {
    int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
    char copy[PATH_MAX];
    int done = real(path);
    if (done == 0 && shadow(path, copy)) real(copy);
    return done;
}

int rename(const char *old, const char *new) {
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    char copy[PATH_MAX], moved[PATH_MAX];
    int done = real(old, new);
    if (done == 0 && shadow(old, copy) && shadow(new, moved)) real(copy, moved);
    return done;
}
