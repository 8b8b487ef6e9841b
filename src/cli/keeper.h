/*
 * Processes beside a server, which may start none itself once it serves: `serve` starts them
 * before, as this program with a word of its own, and keeps one end of a socket. The other end is
 * their descriptor AMP_KEEPER_SOCKET; they end when the server closes its own.
 */
#ifndef AMP_CLI_KEEPER_H
#define AMP_CLI_KEEPER_H

#include "cli/peer.h"

enum {
    AMP_KEEPER_SOCKET = 3
};

/* word: the subcommand. peer: NULL for one that connects to nobody. *out: the server's end, which
 * is the caller's. */
AMP_MUST amp_err amp_cli_keeper_start(const char *word, const struct amp_cli_peer *peer, int *out,
                                      struct amp_why *why);

/* The options of such a subcommand, which a person has no use for: AMP_CLI_GO_ON, or what to exit
 * with. about: as in struct amp_cli_usage. peer: as it was started with; NULL for one without. */
int amp_cli_keeper_options(const char *word, const char *about, int argc, char **argv,
                           struct amp_cli_peer *peer);

#endif
