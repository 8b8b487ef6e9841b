/*
 * What a reverse proxy says of its client: X-Forwarded-For and X-Forwarded-Proto.
 *
 * Anyone may send these fields; only the last entry of the last one is what our own proxy wrote.
 * Whoever asks has made sure that the peer is that proxy. Source: RFC 7239 section 1 (the fields it
 * replaces, which proxies still write), RFC 4291 section 2.2 for addresses.
 */
#ifndef AMP_SERVER_FORWARDED_H
#define AMP_SERVER_FORWARDED_H

#include "base/str.h"

enum {
    AMP_PEER_ADDR = 46 /* the longest address, INET6_ADDRSTRLEN */
};

/* The last address of the list "client, proxy, 192.0.2.7", also "192.0.2.7:80" and "[::1]:80", in
 * its canonical form; an IPv4 address inside an IPv6 one is the IPv4 address. False, and out
 * untouched, if the last entry is none. */
bool amp_forwarded_addr(struct amp_str field, char out[AMP_PEER_ADDR]);

bool amp_forwarded_secure(struct amp_str field); /* its last entry is "https" */

/* An address in the form above: "::ffff:192.0.2.7" gives "192.0.2.7". */
bool amp_forwarded_canonical(struct amp_str text, char out[AMP_PEER_ADDR]);

#endif
