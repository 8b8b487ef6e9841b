/*
 * Asking another system over HTTP, for the subcommands that do (libcurl).
 *
 * Certificates are checked, nothing is followed elsewhere, and there is a limit to how long it
 * takes and how much may come.
 */
#ifndef AMP_CLI_FETCH_H
#define AMP_CLI_FETCH_H

#include "base/buf.h"

enum {
    AMP_FETCH_MAX = 4 << 20, /* bytes of an answer */
    AMP_FETCH_S = 30
};

/* POSTs `body` of the media type `type`, or GETs where type is NULL. AMP_E_IO: nobody answered, or
 * with another status than 200; AMP_E_LIMIT. */
AMP_MUST amp_err amp_cli_fetch(const char *url, const char *type, const char *accept,
                               struct amp_str body, struct amp_buf *out, struct amp_why *why);

#endif
