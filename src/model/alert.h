/*
 * Alerts of weather and civil-protection services: which are in force, and what ended the others.
 *
 * An alert is known by its reference, "sender,identifier,sent", as the Common Alerting Protocol
 * refers to it (CAP 1.2, section 3.2.1, <references>). A later message updates or cancels earlier
 * ones by their references; one whose time is over has expired. What it says is kept as the
 * document that came. An alert that was ended before it came stays ended.
 */
#ifndef AMP_MODEL_ALERT_H
#define AMP_MODEL_ALERT_H

#include "base/str.h"

enum {
    AMP_ALERTS_MAX = 1 << 20,
    AMP_ALERTS_IN_FORCE = 1024,
    AMP_ALERT_REFERENCES = 64, /* of one message; more are passed over */
    AMP_ALERTS_AT_ONCE = 64    /* in one envelope */
};

enum amp_alert_state {
    AMP_ALERT_IN_FORCE,
    AMP_ALERT_UPDATED,
    AMP_ALERT_CANCELLED,
    AMP_ALERT_EXPIRED,
    AMP_ALERT_STATES
};

/* What came of looking at the signature of an alert (CAP 1.2, section 3.3.4.1). */
enum amp_alert_signature {
    AMP_SIGNATURE_NONE,        /* there is none */
    AMP_SIGNATURE_VALID,       /* by a key that was given */
    AMP_SIGNATURE_UNKNOWN_KEY, /* what was signed is this, but by no key that was given */
    AMP_SIGNATURE_INVALID,     /* what was signed is something else */
    AMP_SIGNATURE_UNSUPPORTED, /* of a form that is not looked at, or nobody could look */
    AMP_SIGNATURES
};

const char *amp_alert_signature_name(enum amp_alert_signature signature); /* "unknown-key" */
const char *amp_alert_state_name(enum amp_alert_state state);             /* "in-force" */
AMP_MUST amp_err amp_alert_state_of(struct amp_str name, enum amp_alert_state *out);

struct amp_alert {
    const char *reference;
    const char *source; /* who brought it: a feed's name, an account; NULL unknown */
    enum amp_alert_state state;
    int64_t received_us; /* 0: only its end has come */
    int64_t sent_us;
    int64_t until_us;      /* in force until then */
    int64_t ended_us;      /* 0 while in force */
    const char *signature; /* a name of amp_alert_signature; NULL: nobody looked */
    const char *signed_by; /* the name of the key; NULL unless it is valid */
    char *document;        /* own; NULL until it came, and once it is over and done */
};

/* What a message brings, for its command; texts are borrowed. */
struct amp_alert_item {
    struct amp_str reference; /* a line */
    struct amp_str document;
    int64_t sent_us, until_us;
    bool is_signed; /* there is a signature */
    bool whole;     /* it was the message; false: one of an envelope */
    enum amp_alert_signature signature;
    struct amp_str signed_by;     /* a word: the key; when valid */
    bool refused;                 /* it had to be validly signed, and is not */
    bool cancels;                 /* it ends what it refers to, and warns of nothing itself */
    const struct amp_str *refers; /* to these, which it updates or cancels */
    size_t refer_n;
};
struct amp_alert_report {
    const struct amp_alert_item *item;
    size_t n;
};

#endif
