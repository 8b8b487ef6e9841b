/*
 * JSON Web Signature in the flattened JSON serialization, as NENA i3 has it: signed with Ed448
 * (algorithm "EdDSA") and with the chain of certificates by value, or unsigned ("none").
 *
 * Sources: RFC 7515 sections 4.1.6 and 7.2.2; RFC 8037 section 3.1; NENA-STA-010.3 sections 2.8.2
 * and 5.10.
 */
#ifndef AMP_SERVER_JWS_H
#define AMP_SERVER_JWS_H

#include "base/buf.h"

struct amp_tls;

/* {"payload":...,"protected":...,"signature":...}; `signer` NULL: unsigned. Any thread. */
AMP_MUST amp_err amp_jws_write(struct amp_tls *signer, struct amp_str payload, struct amp_buf *out,
                               struct amp_why *why);

#endif
