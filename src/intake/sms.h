/*
 * A text message as a gateway hands it over: form fields, in a query or a body, or a JSON object.
 *
 * Fields, all but from and text optional:
 *   from     the sender's number
 *   to       the number it was sent to
 *   text     what it says; in a form in UTF-8, or as `coding` or `charset` have it
 *   coding   0 the 7-bit alphabet (text is then UTF-8), 1 data, 2 UCS-2 (text is UTF-16BE, raw):
 *            the values of Kannel's %c
 *   charset  UTF-8, UTF-16BE, ISO-8859-1, WINDOWS-1252: Kannel's %C; goes before `coding`
 *   udh      the user data header (3GPP TS 23.040, section 9.2.3.24), raw or in hex
 *   ref, parts, part   the same of a gateway that has read the header: reference, of how many,
 *            which
 *   id       the gateway's own, the same whenever it hands this message over again
 *   time     when the network took it: RFC 3339, or seconds since 1970
 *   gateway  a word for the gateway
 * Unknown fields are ignored: a gateway may send more. What is not text in any of these ways is
 * read as WINDOWS-1252, so that no call is lost for a character.
 *
 * Sources: 3GPP TS 23.040 (concatenation, sections 9.2.3.24.1 and 9.2.3.24.8); WHATWG URL standard,
 * section 5.1 (form fields), but that values may be any bytes.
 */
#ifndef AMP_INTAKE_SMS_H
#define AMP_INTAKE_SMS_H

#include "base/arena.h"
#include "model/state.h"

enum {
    AMP_SMS_BYTES = 1 << 17 /* of a message with all its fields */
};

struct amp_sms_in {
    struct amp_str from, to, id, gateway; /* empty if not said */
    struct amp_str text;                  /* UTF-8 without NUL; "" of a data message */
    struct amp_str data;                  /* the octets of a data message, in hex; else "" */
    struct amp_part part;                 /* total 0: it is whole */
    int64_t sent_us;                      /* 0: not said */
    bool cut;                             /* it was longer than AMP_TEXT_MAX */
};

/* Texts live in the arena. AMP_E_MISSING without a sender, AMP_E_SYNTAX, AMP_E_LIMIT. */
AMP_MUST amp_err amp_sms_read_form(struct amp_str form, struct amp_arena *arena,
                                   struct amp_sms_in *out, struct amp_why *why);
AMP_MUST amp_err amp_sms_read_json(struct amp_str json, struct amp_arena *arena,
                                   struct amp_sms_in *out, struct amp_why *why);
/* One field of a form, its octets decoded and otherwise as they are; "" if it is not there. */
AMP_MUST amp_err amp_sms_field(struct amp_str form, const char *name, struct amp_arena *arena,
                               struct amp_str *out);

#endif
