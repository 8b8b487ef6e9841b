/*
 * A listening socket in the file system, for programs of the same machine and the same person.
 *
 * Only its owner may open it (mode 0600), and whoever connects is asked of the kernel again. One
 * that a dead process left is replaced; one that somebody answers on is refused. Sources: unix(7),
 * socket(7) SO_PEERCRED.
 */
#ifndef AMP_SERVER_LOCAL_H
#define AMP_SERVER_LOCAL_H

#include "base/err.h"
#include <stdbool.h>
#include <sys/types.h>

enum {
    AMP_LOCAL_PATH = 108 /* bytes of a path with its end: sun_path */
};

struct amp_local {
    char path[AMP_LOCAL_PATH];
    int fd; /* listening, not blocking, closed on exec; the caller closes it */
    dev_t device;
    ino_t node;
};

AMP_MUST amp_err amp_local_listen(const char *path, struct amp_local *out, struct amp_why *why);
void amp_local_remove(const struct amp_local *local); /* the file, if it is still this socket's */

/* The peer of a connected socket is this process's user, or root. */
bool amp_local_is_own(int fd);

#endif
