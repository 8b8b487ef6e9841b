/*
 * What passes between the server and the process that looks at signatures (decision 0023).
 *
 * Over a socket pair (AF_UNIX, SOCK_SEQPACKET), a packet a message, numbers little-endian:
 *   ask     "AMPVRFY1", id (4 bytes), count of keys (4), each: bytes (4), the key; bytes (4),
 * document answer  id (4 bytes), then ASCII: "valid N" (the key's place, from 0), "unknown-key",
 * "invalid WORDS", "unsupported WORDS" Keys are SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) in
 * DER. Both readers take nothing on trust: who answers has read what a stranger wrote.
 */
#ifndef AMP_SERVER_VERIFIER_H
#define AMP_SERVER_VERIFIER_H

#include "base/buf.h"
#include "model/alert.h"

enum {
    AMP_VERIFY_KEYS = 4,
    AMP_VERIFY_KEY = 1200,          /* bytes: RSA of 8192 bits */
    AMP_VERIFY_DOCUMENT = 64 << 10, /* AMP_INTAKE_MAX */
    AMP_VERIFY_FRAME = 80 << 10,
    AMP_VERIFY_ANSWER = 200,
    AMP_VERIFY_S = 5 /* processor and clock, of one document */
};

struct amp_verify_ask {
    uint32_t id;
    struct amp_str key[AMP_VERIFY_KEYS];
    size_t key_n;
    struct amp_str document;
};

struct amp_verdict {
    enum amp_alert_signature signature;
    size_t key;                        /* of a valid one */
    char words[AMP_VERIFY_ANSWER + 1]; /* why, of another; printable ASCII */
};

void amp_verify_ask_write(const struct amp_verify_ask *ask, struct amp_buf *out);
/* Views into the frame. AMP_E_SYNTAX, AMP_E_LIMIT. */
AMP_MUST amp_err amp_verify_ask_read(struct amp_str frame, struct amp_verify_ask *out);
void amp_verify_answer_write(uint32_t id, const struct amp_verdict *verdict, struct amp_buf *out);
AMP_MUST amp_err amp_verify_answer_read(struct amp_str frame, size_t key_n, uint32_t *id,
                                        struct amp_verdict *out);

#endif
