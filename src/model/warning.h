/*
 * Warnings to the public that this service issues: drafts, what is in force, what ended it.
 *
 * A warning is numbered from 1 in the order of its draft and written "W-3". Every message is one of
 * its own: an update and a cancellation have a number, and end the one that they are about. What
 * was issued is known to the world by its reference, "sender,identifier,sent" (CAP 1.2, section
 * 3.2.1). The document of a draft is what was composed, as JSON; that of an issued one is the CAP
 * message, byte by byte as it was published. The journal keeps all; the state keeps documents of
 * what is not over and of the newest AMP_WARNINGS_KEPT numbers. A draft that is thrown away loses
 * its document at once.
 */
#ifndef AMP_MODEL_WARNING_H
#define AMP_MODEL_WARNING_H

#include "base/str.h"

enum {
    AMP_WARNINGS_MAX = 1 << 20,
    AMP_WARNINGS_LIVE = 256, /* drafts and those in force */
    AMP_WARNING_DRAFTS = 64, /* of them drafts: what is issued always finds room */
    AMP_WARNINGS_KEPT = 256, /* numbers whose documents stay when they are over */
    AMP_WARNING_ID_TEXT = 16
};

enum amp_warning_state {
    AMP_WARNING_DRAFT,
    AMP_WARNING_IN_FORCE,
    AMP_WARNING_UPDATED,
    AMP_WARNING_CANCELLED,
    AMP_WARNING_EXPIRED,
    AMP_WARNING_DISCARDED, /* a draft that came to nothing */
    AMP_WARNING_STATES
};

const char *amp_warning_state_name(enum amp_warning_state state); /* "in-force" */
AMP_MUST amp_err amp_warning_state_of(struct amp_str name, enum amp_warning_state *out);
static inline bool amp_warning_is_live(enum amp_warning_state state)
{
    return state == AMP_WARNING_DRAFT || state == AMP_WARNING_IN_FORCE;
}

/* "W-12"; and back, also "w-12" and "12". Zero is refused. */
void amp_warning_id_text(uint32_t n, char out[AMP_WARNING_ID_TEXT]);
AMP_MUST amp_err amp_warning_id_parse(struct amp_str text, uint32_t *out);

struct amp_warning { /* number n is at [n - 1] */
    enum amp_warning_state state;
    bool cancels;           /* a cancellation: it warns of nothing, and is published until then */
    const char *reference;  /* NULL: never issued */
    const char *drafted_by; /* who wrote it last; NULL not known */
    const char *issued_by;
    int64_t drafted_us; /* written last */
    int64_t issued_us;  /* as it says itself; 0 never */
    int64_t until_us;   /* published until then */
    int64_t ended_us;   /* 0 while it is a draft or in force */
    char *document;     /* own; NULL: see above */
};

#endif
