/*
 * Files for TLS with who we connect to (decision 0030): authorities beside the machine's, and a
 * chain with its key, shown to those that ask for one. NULL: none.
 */
#ifndef AMP_CLI_PEER_H
#define AMP_CLI_PEER_H

#include "base/err.h"

struct amp_cli_peer {
    const char *ca, *cert, *key;
};

/* Whether they can be used, said at the start: later there is nobody to hear it. What is only worth
 * a word, such as a certificate that ends soon, is logged. name: of the options, "peer" in
 * --peer-cert. */
AMP_MUST amp_err amp_cli_peer_check(const struct amp_cli_peer *peer, const char *name,
                                    struct amp_why *why);

#endif
