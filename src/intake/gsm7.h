/*
 * The 7-bit alphabet of short messages: septets to text and back.
 *
 * Source: 3GPP TS 23.038, sections 6.1.2.1.1 (packing), 6.2.1 (default alphabet) and 6.2.1.1
 * (extension table). Pure; texts are UTF-8 and live in the arena.
 */
#ifndef AMP_INTAKE_GSM7_H
#define AMP_INTAKE_GSM7_H

#include "base/arena.h"

enum {
    AMP_GSM7_SEPTETS = 39015 /* 255 parts of 153: the longest message there can be */
};

/* Text of packed septets. 8k+7 septets fill 8k+7 bytes less one bit in eight: the eighth septet of
 * the last group is then seven zero bits, which is no character; it is dropped. AMP_E_LIMIT. */
AMP_MUST amp_err amp_gsm7_unpack(const uint8_t *bytes, size_t len, struct amp_arena *arena,
                                 struct amp_str *out);
/* How many septets the text takes, characters of the extension table counting two; -1 when it has a
 * character that the alphabet lacks (such a message is sent as UCS-2). The text is valid UTF-8. */
int64_t amp_gsm7_length(struct amp_str text);

enum {
    AMP_SMS_SEPTETS = 160,      /* of one message; TS 23.038, section 6.1.2.1 */
    AMP_SMS_SEPTETS_PART = 153, /* beside the header of 6 octets that joins the parts */
    AMP_SMS_UNITS = 70,         /* of UCS-2 */
    AMP_SMS_UNITS_PART = 67
};

struct amp_sms_size {
    bool ucs2;      /* it has a character that the 7-bit alphabet lacks */
    int64_t length; /* septets, or units of 16 bits */
    int64_t parts;  /* messages that it takes; 0 of nothing */
    int64_t left;   /* what still fits into the last of them */
};

/* What sending the text takes, with 8-bit references (TS 23.040, section 9.2.3.24.1) and without
 * national shift tables. No part ends within a character: neither between escape and code nor
 * within a pair of surrogates. The text is valid UTF-8. */
struct amp_sms_size amp_sms_size_of(struct amp_str text);

#endif
