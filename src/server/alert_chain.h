/*
 * From the certificates that come with a signature to an authority that the owner gave (RFC 5280,
 * section 6; decision 0025). Used to read the authority's file at the start, and by the process
 * that looks at one message (verifier.h): it has neither files nor a network, nor the system's
 * authorities, and asks nobody whether a certificate was revoked.
 *
 * What holds, and all else does not:
 *   1. One of the certificates is of no authority: it is the signer's. Their order says nothing.
 *   2. From it a chain leads to a certificate that was given, by those that came. Each of them, the
 *      given one too, is valid at the moment that is told; each above the signer's is of an
 *      authority (basicConstraints), and nothing in them is critical and not understood.
 *   3. All keys are RSA of 2,048 to 8,192 bits or of a named elliptic curve of 256 or more. All are
 *      certified by SHA-256, -384 or -512 (how the given one was does not matter).
 *   4. The signer's has a keyUsage, and digitalSignature in it. extKeyUsage is not looked at.
 *   5. The signer's is of who was expected, by one name in one place: no wildcard, and no address
 *      in the subject.
 */
#ifndef AMP_SERVER_ALERT_CHAIN_H
#define AMP_SERVER_ALERT_CHAIN_H

#include "base/buf.h"

enum {
    AMP_CHAIN_CERTIFICATES = 8,      /* in a message; in the file of an authority */
    AMP_CHAIN_CERTIFICATE = 8 << 10, /* bytes of one */
    AMP_CHAIN_TEXT = 16 << 10        /* of one, in base64 with line breaks */
};

/* "email ADDRESS", "dns HOST" (both of subjectAltName), "cn NAME" (the subject's one commonName),
 * or "any". */
bool amp_chain_signer_valid(struct amp_str signer);

/* The certificates of a file (PEM), one behind the other in DER. *expired: one of them has.
 * AMP_E_UNSUPPORTED, AMP_E_LIMIT: *out is to be thrown away. */
AMP_MUST amp_err amp_chain_read(struct amp_str pem, int64_t now_us, struct amp_buf *out,
                                bool *expired, struct amp_why *why);

struct amp_chain; /* what came with a message */

/* Each text is the base64 of one certificate. NULL and why in *words: they cannot be looked at. */
struct amp_chain *amp_chain_open(const struct amp_str *text, size_t n, const char **words);
void amp_chain_close(struct amp_chain *chain); /* accepts NULL */
/* Why the signer's certificate does not count with this authority; NULL: it does. */
const char *amp_chain_wrong(const struct amp_chain *chain, struct amp_str authority,
                            struct amp_str signer, int64_t now_us);
extern const char amp_chain_unknown[]; /* what it says when no chain leads to the authority */
/* The signer's key: SubjectPublicKeyInfo in DER. */
struct amp_str amp_chain_key(const struct amp_chain *chain);

#endif
