/*
 * What passes between the server and the process that looks at signatures (decision 0023).
 *
 * Over a socket pair (AF_UNIX, SOCK_SEQPACKET), a packet a message, numbers little-endian:
 *   ask     "AMPVRFY2", id (4 bytes), the moment (8, microseconds since 1970), count of keys (4),
 *           each: bytes (4), the key; count of authorities (4), each: bytes (4), certificates,
 *           bytes (4), the signer; bytes (4), document
 *   answer  id (4 bytes), then ASCII: "valid N" (the place, from 0, of the key, or behind all keys
 *           that of the authority), "unknown-key WORDS", "invalid WORDS", "unsupported WORDS"
 * Keys are SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) in DER, certificates as they are in
 * alert_chain.h. Both readers take nothing on trust: who answers has read what a stranger wrote.
 */
#ifndef AMP_SERVER_VERIFIER_H
#define AMP_SERVER_VERIFIER_H

#include "base/buf.h"
#include "model/alert.h"

enum {
    AMP_VERIFY_KEYS = 4,
    AMP_VERIFY_KEY = 1200,      /* bytes: RSA of 8192 bits */
    AMP_VERIFY_CAS = 2,         /* authorities */
    AMP_VERIFY_CA = 16 << 10,   /* bytes of the certificates of one */
    AMP_VERIFY_SIGNER = 200,    /* bytes of whom it has to have certified */
    AMP_VERIFY_RSA_BITS = 2048, /* shorter keys are as good as none */
    AMP_VERIFY_EC_BITS = 256,
    AMP_VERIFY_DOCUMENT = 64 << 10, /* AMP_INTAKE_MAX */
    AMP_VERIFY_FRAME = 112 << 10,
    AMP_VERIFY_ANSWER = 200,
    AMP_VERIFY_S = 5 /* processor and clock, of one document */
};

struct amp_verify_ca {
    struct amp_str certificates; /* the authority's own */
    struct amp_str signer; /* whom it certifies: "email ADDRESS", "dns HOST", "cn NAME", "any" */
};

struct amp_verify_ask {
    uint32_t id;
    int64_t now_us; /* certificates are valid at this moment, or not */
    struct amp_str key[AMP_VERIFY_KEYS];
    size_t key_n;
    struct amp_verify_ca ca[AMP_VERIFY_CAS];
    size_t ca_n;
    struct amp_str document;
};

struct amp_verdict {
    enum amp_alert_signature signature;
    size_t key;                        /* of a valid one: of the keys, then of the authorities */
    char words[AMP_VERIFY_ANSWER + 1]; /* why, of another; printable ASCII */
};

void amp_verify_ask_write(const struct amp_verify_ask *ask, struct amp_buf *out);
/* Views into the frame. AMP_E_SYNTAX, AMP_E_LIMIT. */
AMP_MUST amp_err amp_verify_ask_read(struct amp_str frame, struct amp_verify_ask *out);
void amp_verify_answer_write(uint32_t id, const struct amp_verdict *verdict, struct amp_buf *out);
/* key_n: of keys and authorities that were asked about. */
AMP_MUST amp_err amp_verify_answer_read(struct amp_str frame, size_t key_n, uint32_t *id,
                                        struct amp_verdict *out);

#endif
