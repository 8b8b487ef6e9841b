/*
 * SIP: what an emergency call says of itself in its INVITE.
 *
 * Sources: RFC 3261 (the message), RFC 6442 (Geolocation, by value and by reference), RFC 7852 and
 * RFC 3261 section 20.9 (Call-Info: Additional Data, by value and by reference), RFC 3325
 * (P-Asserted-Identity), NENA-STA-010.3 (the call and incident identifiers in Call-Info), RFC 5621
 * (bodies), RFC 6881 section 15 and NENA-STA-010.3 section 4.6.17 (test calls). Only reading:
 * transactions and dialogs are src/cli/sip*.c's.
 *
 * What frames the message must be right: a body shorter than its Content-Length, a multipart body
 * without its end or a DOCTYPE in any part is refused. What is inside a part may be wrong: a call
 * is not refused because its location cannot be read; it comes without a position, and says so.
 */
#ifndef AMP_INTAKE_SIP_H
#define AMP_INTAKE_SIP_H

#include "intake/intake.h"

enum {
    AMP_SIP_FIELDS_MAX = 256, /* header fields; more: AMP_E_LIMIT */
    AMP_SIP_VALUES_MAX = 16   /* of one name: those after them are not looked at */
};

struct amp_sip_call {
    struct amp_str method, target; /* "INVITE", "urn:service:sos" */
    bool test;                     /* it tries the way out, and nobody needs help */
    struct amp_str call_id;        /* of the SIP header */
    struct amp_str replaces;  /* the Call-ID of the dialog that this one takes over; or empty */
    struct amp_str refer_to;  /* where a REFER sends the other side: its address; or empty */
    struct amp_str reason;    /* the text of a Reason header (RFC 3326) */
    bool elsewhere;           /* Reason: SIP;cause=200: somebody else answered */
    struct amp_str sdp;       /* what the caller offers to speak with; or empty */
    int frag_status;          /* of a message/sipfrag body: how a transfer went; 0 none */
    struct amp_str incident;  /* the incident identifier of NENA i3 */
    struct amp_str reference; /* http(s) address of a location that is given by reference */
    bool bad_location;        /* there was a location, and it could not be used */
    struct amp_report report; /* number, name, device, ref, words, place, position */
};

/* A whole request. AMP_E_SYNTAX (400), AMP_E_UNSUPPORTED (415), AMP_E_LIMIT (413). */
AMP_MUST amp_err amp_sip_read(struct amp_str bytes, struct amp_arena *arena,
                              struct amp_sip_call *out, struct amp_why *why);

#endif
