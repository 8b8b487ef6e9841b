/*
 * A CAP message as a call for help: a sensor or a car speaks, and nobody is on the line.
 *
 * Sources: RFC 8876 (non-interactive emergency calls), section 4: what of CAP such a call has;
 * OASIS CAP 1.2, sections 3.2.1 (references, message types) and 3.2.4 (areas).
 */
#ifndef AMP_INTAKE_CAP_CALL_H
#define AMP_INTAKE_CAP_CALL_H

#include "intake/cap.h"
#include "intake/intake.h"

enum {
    AMP_CAP_CALL_INFOS = 4,           /* of one message that become words */
    AMP_CAP_CALL_VALUE_MAX = 300,     /* bytes of a value in a row of them */
    AMP_CAP_CALL_TEXT_MAX = 3000,     /* of a description, of an instruction */
    AMP_CAP_CALL_RADIUS_MAX_M = 20000 /* an area that is wider says nothing of a place */
};

/* Adds lines of plain words: headline or event, description, instruction, and a last one of how
 * urgent it is, who sent it and what it refers to. Of infos in other languages than the first's
 * nothing is taken. */
void amp_cap_call_words(const struct amp_cap *cap, struct amp_buf *out);
/* Position, radius and place of its first area that has them, where the report has none. */
void amp_cap_call_place(const struct amp_cap *cap, struct amp_arena *arena,
                        struct amp_report *report);
/* "sender,identifier": by which its later messages refer to it. */
struct amp_str amp_cap_call_name(const struct amp_cap *cap, struct amp_arena *arena);
/* The next "sender,identifier" of a row of references; false at the end. */
bool amp_cap_call_refers(struct amp_str *references, struct amp_str *name);

#endif
