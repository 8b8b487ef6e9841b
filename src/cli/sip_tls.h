/*
 * TLS of the SIP door (RFC 3261 section 26.2; RFC 9325 for what of TLS is still to be used).
 *
 * The library is OpenSSL, because libre speaks through it. TLS 1.3 and 1.2, forward secrecy and
 * authenticated ciphers alone. Files are read once, before the door gives up its files: a renewed
 * certificate wants a new start.
 */
#ifndef AMP_CLI_SIP_TLS_H
#define AMP_CLI_SIP_TLS_H

#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

struct amp_sip_tls {
    const char *addr; /* NULL: no TLS */
    uint16_t port;
    const char *cert,
        *key;            /* PEM: the server's certificate, then those that vouch for it; its key */
    const char *clients; /* PEM: authorities that certify who may connect; NULL: anybody may */
    bool aes256_only;    /* no other cipher (NENA-STA-010.3, section 5.8) */
};

struct tls;
/* The caller owns it, and gives it back with mem_deref. AMP_E_IO: a file cannot be read or is none
 * of these; the reason says which. */
AMP_MUST amp_err amp_sip_tls_open(const struct amp_sip_tls *how, struct tls **out,
                                  struct amp_why *why);

#endif
