/*
 * Files of settings: lines "name = value", blank lines, and lines that begin with '#'. What the
 * names mean is known to who reads: sms.h, partner.h, feeds.h.
 */
#ifndef AMP_SERVER_SETTINGS_H
#define AMP_SERVER_SETTINGS_H

#include "base/str.h"

struct amp_settings {
    struct amp_str rest; /* what was not read yet */
    unsigned line;       /* number of the one that was read last; 0: none */
    struct amp_str name, value;
};

/* The next setting; false behind the last. A line without '=' is a name with an empty value. */
bool amp_settings_next(struct amp_settings *settings);

/* A value of yes or no. AMP_E_RANGE: it is neither. */
AMP_MUST amp_err amp_setting_yes(struct amp_str value, bool *out);

/* Whether a text is the address of something on the web: http:// or https://, and then no blank
 * and nothing that would need to be escaped. */
bool amp_url_is_web(struct amp_str url);

/* A name of a host, as a part of a URN: RFC 8141 leaves more, domains need no more. */
bool amp_domain_valid(const char *name);

#endif
