/*
 * What the process gives up once it knows its files: privileges, other files, other programs.
 *
 * Whoever takes over the process through a hole in a parser can then read and write what the server
 * itself must, and nothing else: no other file, no program to run, no process to look into, no
 * connection to open. Entered before the first thread starts, because capabilities and Landlock are
 * each thread's own and inherited; sealed when all sockets listen. Neither can be undone.
 *
 * What the kernel or a container does not allow is left out and said in the report; the rest holds.
 * Sources: landlock(7), seccomp(2), capabilities(7), prctl(2); docs/decisions/0007.
 */
#ifndef AMP_SERVER_SANDBOX_H
#define AMP_SERVER_SANDBOX_H

#include "base/err.h"
#include <stdbool.h>

struct amp_sandbox {
    const char *const *readable; /* files or folders, NULL at the end; the list may be NULL */
    bool connects;               /* connections to other machines may be opened */
    const char *const *writable; /* folders in which files come and go; readable too */
};

struct amp_sandbox_report {
    bool no_new_privileges, no_dumps, no_capabilities;
    int landlock_abi;        /* 0: files are guarded by their modes alone */
    bool no_connections;     /* to other machines over TCP */
    bool no_foreign_signals; /* to other processes */
    bool syscalls;           /* seccomp is in force */
    struct amp_why missing;  /* what could not be had, as sentences; "" if nothing */
};

/* AMP_E_NOT_FOUND for a path that is not there, AMP_E_CONFLICT when there are threads already. */
AMP_MUST amp_err amp_sandbox_enter(const struct amp_sandbox *what, struct amp_sandbox_report *out,
                                   struct amp_why *why);

/* No socket is made, bound or connected any more, by any thread; those that listen go on to accept.
 * False, and a sentence in why, if that cannot be had. */
bool amp_sandbox_seal(struct amp_why *why);

#endif
