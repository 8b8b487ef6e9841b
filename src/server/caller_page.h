/*
 * The page of a caller's link as HTML: small, without any other file than one style and one script,
 * and of use without the script. All of it together is under 30 kB.
 */
#ifndef AMP_SERVER_CALLER_PAGE_H
#define AMP_SERVER_CALLER_PAGE_H

#include "model/state.h"

enum amp_caller_view {
    AMP_CALLER_SEE_OVER,  /* not known, or over */
    AMP_CALLER_SEE_ASK,   /* before the tap */
    AMP_CALLER_SEE_OWN,   /* this phone shares */
    AMP_CALLER_SEE_TAKEN, /* another phone does */
    AMP_CALLER_SEE_ENDED  /* this phone did */
};

/* link may be NULL for OVER. `version` goes into the addresses of style and script. */
void amp_caller_page_write(enum amp_caller_view view, unsigned language,
                           const struct amp_state *state, const struct amp_invite *link,
                           const char *version, struct amp_buf *out);

#endif
