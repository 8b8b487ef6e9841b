/*
 * Tells the service manager that the server is ready, alive, and stopping.
 *
 * Does nothing where nobody asked ($NOTIFY_SOCKET is not set). Opened before the sandbox, which
 * forbids sockets later; the others need none. Any thread. Source: sd_notify(3) and
 * systemd.service(5), Type=notify and WatchdogSec=.
 */
#ifndef AMP_SERVER_NOTIFY_H
#define AMP_SERVER_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct amp_notify {
    int fd;              /* -1: nobody listens */
    int64_t watchdog_us; /* the manager gives up after so long without a word; 0: it does not */
};

/* Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID and takes them out of the environment. */
struct amp_notify amp_notify_open(void);
void amp_notify_close(struct amp_notify *notify);

bool amp_notify_ready(const struct amp_notify *notify); /* false: not told */
bool amp_notify_stopping(const struct amp_notify *notify);
bool amp_notify_alive(const struct amp_notify *notify); /* at least twice in watchdog_us */

#endif
