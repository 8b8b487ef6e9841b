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

#endif
