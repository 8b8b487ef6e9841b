/*
 * The master key, from where it is kept: never in the database that it seals.
 *
 * In this order: what a command prints (--master-key-command), a file (--master-key), the service
 * manager's credential "master.key" ($CREDENTIALS_DIRECTORY), DIR/master.key. The last is made for
 * a new journal, with a word that it belongs elsewhere. A key is 64 hexadecimal digits; a file of
 * it must be its owner's alone (mode 0600).
 */
#ifndef AMP_CLI_MASTER_H
#define AMP_CLI_MASTER_H

#include "base/crypto.h"

struct amp_master_from {
    const char *command; /* NULL: none */
    const char *file;    /* NULL: none */
    const char *dir;     /* of the journal */
    bool make;           /* a new journal gets a new key */
};

/* AMP_E_NOT_FOUND, AMP_E_FORBIDDEN (a file that others can read), AMP_E_SYNTAX, each with what to
 * do. *made: a new one was written to DIR/master.key. */
AMP_MUST amp_err amp_cli_master(const struct amp_master_from *from, uint8_t out[AMP_KEY],
                                bool *made, struct amp_why *why);

#endif
