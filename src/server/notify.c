/* One datagram for each word. */
#include "server/notify.h"
#include "base/str.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int socket_to(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    size_t len = path != NULL ? strlen(path) : 0;
    if (len < 2 || len >= sizeof addr.sun_path || (path[0] != '/' && path[0] != '@')) {
        return -1;
    }
    memcpy(addr.sun_path, path, len);
    if (path[0] == '@') { /* a name that is in no file system */
        addr.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&addr, size) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static int64_t watchdog_of(const char *usec, const char *pid)
{
    uint64_t value = 0;
    uint64_t whose = (uint64_t)getpid();
    bool ours = pid == NULL || amp_str_u64(amp_str_of(pid), &whose) == AMP_OK;
    bool set = usec != NULL && amp_str_u64(amp_str_of(usec), &value) == AMP_OK;
    return ours && set && whose == (uint64_t)getpid() && value <= INT64_MAX ? (int64_t)value : 0;
}

struct amp_notify amp_notify_open(void)
{
    const struct amp_notify notify = {
        .fd = socket_to(getenv("NOTIFY_SOCKET")),
        .watchdog_us = watchdog_of(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"))};
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
    return notify;
}

void amp_notify_close(struct amp_notify *notify)
{
    if (notify->fd >= 0) {
        (void)close(notify->fd);
        notify->fd = -1;
    }
}

static bool say(const struct amp_notify *notify, const char *word)
{
    size_t len = strlen(word);
    return notify->fd >= 0 &&
           send(notify->fd, word, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

bool amp_notify_ready(const struct amp_notify *notify)
{
    return say(notify, "READY=1");
}

bool amp_notify_stopping(const struct amp_notify *notify)
{
    return say(notify, "STOPPING=1");
}

bool amp_notify_alive(const struct amp_notify *notify)
{
    return say(notify, "WATCHDOG=1");
}
