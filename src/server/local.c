/* Makes, guards and removes the socket of the command line. */
#include "server/local.h"
#include "base/str.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BACKLOG = 64
};

/* AMP_OK: the path is free, or was made free. */
static amp_err stale_remove(const struct sockaddr_un *addr, struct amp_why *why)
{
    struct stat found;
    if (lstat(addr->sun_path, &found) != 0) {
        return errno == ENOENT ? AMP_OK
                               : amp_fail(why, AMP_E_IO, "%s: %s", addr->sun_path, strerror(errno));
    }
    if (!S_ISSOCK(found.st_mode)) {
        return amp_fail(why, AMP_E_EXISTS, "%s is in the way and is no socket; move it",
                        addr->sun_path);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return amp_fail(why, AMP_E_IO, "no socket: %s", strerror(errno));
    }
    bool dead =
        connect(fd, (const struct sockaddr *)addr, sizeof *addr) != 0 && errno == ECONNREFUSED;
    (void)close(fd);
    if (!dead) { /* answered, full, or not ours to try */
        return amp_fail(why, AMP_E_BUSY, "%s is served by another process", addr->sun_path);
    }
    if (unlink(addr->sun_path) != 0 && errno != ENOENT) {
        return amp_fail(why, AMP_E_IO, "%s: %s", addr->sun_path, strerror(errno));
    }
    return AMP_OK;
}

amp_err amp_local_listen(const char *path, struct amp_local *out, struct amp_why *why)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct amp_local local = {.fd = -1};
    struct stat made = {0};
    if (amp_str_copy(addr.sun_path, sizeof addr.sun_path, amp_str_of(path)) != AMP_OK ||
        path[0] == '\0') {
        return amp_fail(why, AMP_E_LIMIT, "\"%s\" is no path for a socket: it may have 107 bytes",
                        path);
    }
    amp_err err = stale_remove(&addr, why);
    if (err != AMP_OK) {
        return err;
    }
    memcpy(local.path, addr.sun_path, sizeof local.path);
    local.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* The file takes its mode from the socket: it is never open to others, not for a moment, and
     * the umask, which all threads share, is left alone. */
    if (local.fd < 0 || fchmod(local.fd, S_IRUSR | S_IWUSR) != 0 ||
        bind(local.fd, (const struct sockaddr *)&addr, sizeof addr) != 0) {
        err = amp_fail(why, AMP_E_IO, "cannot make the socket %s: %s", path, strerror(errno));
    } else if (lstat(path, &made) != 0 ||
               (made.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO)) != (S_IRUSR | S_IWUSR) ||
               listen(local.fd, BACKLOG) != 0) {
        (void)unlink(path);
        err = amp_fail(why, AMP_E_IO, "cannot keep others from the socket %s", path);
    }
    if (err != AMP_OK) {
        if (local.fd >= 0) {
            (void)close(local.fd);
        }
        return err;
    }
    local.device = made.st_dev;
    local.node = made.st_ino;
    *out = local;
    return AMP_OK;
}

void amp_local_remove(const struct amp_local *local)
{
    struct stat found;
    if (lstat(local->path, &found) == 0 && found.st_dev == local->device &&
        found.st_ino == local->node) {
        (void)unlink(local->path);
    }
}

bool amp_local_is_own(int fd)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}
