/* Whole files that are durable and never half. */
#include "journal/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_LEN = 4096
};

amp_err amp_file_fail(const char *what, const char *path, struct amp_why *why)
{
    amp_err err = errno == ENOSPC || errno == EDQUOT                    ? AMP_E_FULL
                  : errno == ENOENT                                     ? AMP_E_NOT_FOUND
                  : errno == EEXIST || errno == ENOTEMPTY               ? AMP_E_EXISTS
                  : errno == EACCES || errno == EPERM || errno == EROFS ? AMP_E_FORBIDDEN
                                                                        : AMP_E_IO;
    return amp_fail(why, err, "%s %s: %s", what, path, strerror(errno));
}

amp_err amp_file_make(const char *path, struct amp_why *why)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return amp_file_fail("cannot make", path, why);
    }
    return close(fd) == 0 ? AMP_OK : amp_file_fail("cannot make", path, why);
}

amp_err amp_file_sync(const char *path, struct amp_why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return amp_file_fail("cannot open", path, why);
    }
    bool good = fsync(fd) == 0;
    amp_err err = good ? AMP_OK : amp_file_fail("cannot make durable", path, why);
    close(fd);
    return err;
}

static amp_err parent_sync(const char *path, struct amp_why *why)
{
    char dir[PATH_LEN];
    const char *slash = strrchr(path, '/');
    int len = slash == path ? snprintf(dir, sizeof dir, "/")
              : slash       ? snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path)
                            : snprintf(dir, sizeof dir, ".");
    if (len < 0 || (size_t)len >= sizeof dir) {
        return amp_fail(why, AMP_E_LIMIT, "a name is too long");
    }
    return amp_file_sync(dir, why);
}

amp_err amp_file_move(const char *from, const char *to, struct amp_why *why)
{
    if (rename(from, to) != 0) {
        return amp_file_fail("cannot make", to, why);
    }
    return parent_sync(to, why);
}

static bool all_write(int fd, struct amp_str text)
{
    while (text.len > 0) {
        ssize_t put = write(fd, text.ptr, text.len);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        if (put > 0) {
            text.ptr += put;
            text.len -= (size_t)put;
        }
    }
    return fsync(fd) == 0;
}

amp_err amp_file_write(const char *path, struct amp_str text, struct amp_why *why)
{
    char part[PATH_LEN];
    int len = snprintf(part, sizeof part, "%s.part", path);
    if (len < 0 || (size_t)len >= sizeof part) {
        return amp_fail(why, AMP_E_LIMIT, "a name is too long");
    }
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return amp_file_fail("cannot make", part, why);
    }
    bool written = all_write(fd, text);
    amp_err err = written ? AMP_OK : amp_file_fail("cannot write", part, why);
    if (close(fd) != 0 && !err) {
        err = amp_file_fail("cannot write", part, why);
    }
    err = err ? err : amp_file_move(part, path, why);
    if (err) {
        (void)unlink(part);
    }
    return err;
}
