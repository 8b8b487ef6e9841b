/*
 * SIP: what an emergency call says of itself in its INVITE, or in a MESSAGE without a call.
 *
 * Sources: RFC 3261 (the message), RFC 6442 (Geolocation, by value and by reference), RFC 7852 and
 * RFC 3261 section 20.9 (Call-Info: Additional Data, by value and by reference), RFC 3325
 * (P-Asserted-Identity), NENA-STA-010.3 (the call and incident identifiers in Call-Info), RFC 5621
 * (bodies), RFC 6881 section 15 and NENA-STA-010.3 section 4.6.17 (test calls), RFC 8876 (CAP in a
 * MESSAGE: nobody is on the line), RFC 3428 (text in a MESSAGE), RFC 8147 and 8148 (crash data and
 * their acknowledgement), RFC 6086 (INFO). Only reading: transactions and dialogs are
 * src/cli/sip*.c's.
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
    AMP_SIP_VALUES_MAX = 16,  /* of one name: those after them are not looked at */
    AMP_SIP_BLOCKS_MAX = 4, /* of crash data in one message; more are read, and not acknowledged */
    AMP_SIP_BLOCK_ID_MAX = 200,
    AMP_SIP_ADDITIONAL_MAX = 4 /* addresses of Additional Data in one call; more are words only */
};

enum amp_sip_data { /* bits: packages of INFO, and blocks of crash data */
    AMP_SIP_MSD = 1,
    AMP_SIP_VEDS = 2
};

struct amp_sip_block {
    enum amp_sip_data data;
    struct amp_str id; /* of its Content-ID, printable ASCII; empty: none that can be named */
    bool read;
};

struct amp_sip_alert { /* the first CAP message of the request */
    bool came;
    amp_err err;               /* AMP_OK: it was read, and the rest is there */
    struct amp_str name;       /* "sender,identifier" */
    struct amp_str type;       /* "Alert", "Update", "Cancel", "Ack", "Error" */
    struct amp_str references; /* as amp_cap_call_refers takes them apart */
};

struct amp_sip_call {
    struct amp_str method, target; /* "INVITE", "urn:service:sos" */
    bool test;                     /* it tries the way out, and nobody needs help */
    bool asks;                     /* its address, or To, names the service sos, or a test of it */
    struct amp_str called;    /* the number that was dialled, or a service below sos; or empty */
    struct amp_str call_id;   /* of the SIP header */
    struct amp_str replaces;  /* the Call-ID of the dialog that this one takes over; or empty */
    struct amp_str refer_to;  /* where a REFER sends the other side: its address; or empty */
    struct amp_str reason;    /* the text of a Reason header (RFC 3326) */
    bool elsewhere;           /* Reason: SIP;cause=200: somebody else answered */
    struct amp_str sdp;       /* what the caller offers to speak with; or empty */
    int frag_status;          /* of a message/sipfrag body: how a transfer went; 0 none */
    struct amp_str incident;  /* the incident identifier of NENA i3 */
    struct amp_str reference; /* http(s) address of a location that is given by reference */
    bool bad_location;        /* there was a location, and it could not be used */
    struct amp_str additional[AMP_SIP_ADDITIONAL_MAX]; /* http(s) addresses of Additional Data */
    size_t additional_n;
    struct amp_sip_block block[AMP_SIP_BLOCKS_MAX];
    size_t block_n;
    unsigned hears; /* bits of amp_sip_data: Recv-Info names that package */
    struct amp_sip_alert alert;
    bool useful;              /* something in it says why, or where: words, a place, crash data */
    struct amp_report report; /* number, name, device, ref, words, place, position */
};

/* What the server knows an alert by, of its "sender,identifier". */
struct amp_str amp_sip_alert_ref(struct amp_str name, struct amp_arena *arena);
/* The name of such a package: "EmergencyCallData.VEDS". */
const char *amp_sip_data_name(enum amp_sip_data data);
/* What such an address gave (RFC 7852, section 6.1): a block, also of VEDS, whose words and device
 * stand in the report as if the call had brought it. */
AMP_MUST amp_err amp_sip_additional_read(struct amp_str bytes, struct amp_arena *arena,
                                         struct amp_sip_call *out, struct amp_why *why);
/* A whole request. AMP_E_SYNTAX (400), AMP_E_UNSUPPORTED (415), AMP_E_LIMIT (413). */
AMP_MUST amp_err amp_sip_read(struct amp_str bytes, struct amp_arena *arena,
                              struct amp_sip_call *out, struct amp_why *why);

#endif
