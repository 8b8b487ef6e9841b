/*
 * A certificate and its key: what a server shows, or what somebody signs with. Read from PEM files,
 * exchanged while running.
 *
 * A reload makes new connections show the new certificate; those that are open keep theirs, by a
 * count, until they end. When the new files are bad the old ones stay in force. Only TLS 1.3 and
 * 1.2 with forward secrecy and authenticated ciphers are spoken. Any thread may call. The library
 * is GnuTLS, because the HTTP library speaks through it (docs/decisions/0006).
 *
 * Sources: RFC 8446 (TLS 1.3), RFC 5246 and RFC 9325 sections 3.1 and 4.2 (TLS 1.2 and what of it
 * is still to be used), RFC 7468 (PEM).
 */
#ifndef AMP_SERVER_TLS_H
#define AMP_SERVER_TLS_H

#include "base/str.h"
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdint.h>

enum {
    AMP_TLS_FILE_MAX = 1 << 20,
    AMP_TLS_CHAIN_MAX = 8,  /* certificates: the server's and those that vouch for it */
    AMP_TLS_SOON_DAYS = 14, /* before its end a certificate is worth a word */
    AMP_TLS_ED448 = 114     /* bytes of a signature */
};

struct amp_tls;
struct amp_tls_pair; /* one certificate chain and its key */

/* On AMP_OK `why` is empty or a warning: the certificate has expired, will soon, or holds only
 * later. The server's certificate stands first in its file, then those that vouch for it. */
AMP_MUST amp_err amp_tls_open(const char *cert_path, const char *key_path, int64_t now_us,
                              struct amp_tls **out, struct amp_why *why);
/* Reads the same paths again. */
AMP_MUST amp_err amp_tls_reload(struct amp_tls *tls, int64_t now_us, struct amp_why *why);
void amp_tls_close(struct amp_tls *tls); /* accepts NULL; pairs in use live until unpinned */

int64_t amp_tls_expires_us(struct amp_tls *tls);

/* Before it serves: no cipher but AES with keys of 256 bits. Phones without AES in hardware then
 * work more for it, and clients that offer ChaCha20 or AES-128 alone are refused. */
void amp_tls_aes256_only(struct amp_tls *tls);

/* For who serves. What to speak, in the library's notation. */
const char *amp_tls_priorities(const struct amp_tls *tls);
/* The pair of a session from its start to its end: before the handshake and after the session is
 * gone. */
struct amp_tls_pair *amp_tls_pin(struct amp_tls *tls, gnutls_session_t session);
void amp_tls_unpin(struct amp_tls_pair *pair);          /* accepts NULL */
gnutls_certificate_retrieve_function3 amp_tls_retrieve; /* gives a session its pair */

/* For who signs. The pair in force, until it is unpinned. */
struct amp_tls_pair *amp_tls_hold(struct amp_tls *tls);
/* From now on no other key is taken. AMP_E_UNSUPPORTED: this one is another. */
AMP_MUST amp_err amp_tls_ed448_only(struct amp_tls *tls, struct amp_why *why);
/* The certificates as DER, the signer's first; borrowed of the pair. Their number. */
size_t amp_tls_chain(const struct amp_tls_pair *pair, gnutls_datum_t der[AMP_TLS_CHAIN_MAX]);
/* Pure Ed448 (RFC 8032, section 5.2), of a pair that may be no other. */
AMP_MUST amp_err amp_tls_sign_ed448(const struct amp_tls_pair *pair, struct amp_str text,
                                    uint8_t out[AMP_TLS_ED448], struct amp_why *why);

#endif
