/*
 * Files for TLS with who we connect to (decision 0030): authorities beside the machine's, and a
 * chain with its key, shown to those that ask for one. NULL: none.
 */
#ifndef AMP_CLI_PEER_H
#define AMP_CLI_PEER_H

#include "base/buf.h"
#include "server/courier.h"

struct amp_cli_peer {
    const char *ca, *cert, *key;
};

/* What is in them; a file that is not named is empty. To be dropped whether they could be read or
 * not. */
struct amp_cli_peer_text {
    struct amp_buf ca, cert, key;
    struct amp_courier_tls tls; /* of them */
};

AMP_MUST amp_err amp_cli_peer_read(const struct amp_cli_peer *peer, struct amp_cli_peer_text *out,
                                   struct amp_why *why);
void amp_cli_peer_drop(struct amp_cli_peer_text *text);

/* Whether they can be used, said at the start: later there is nobody to hear it. What is only worth
 * a word, such as a certificate that ends soon, is logged. name: of the options, "peer" in
 * --peer-cert. */
AMP_MUST amp_err amp_cli_peer_check(const struct amp_cli_peer *peer, const char *name,
                                    struct amp_why *why);

#endif
