/*
 * Fields by number: what lets parser, emitter, checks and decide treat the dictionary as rows.
 *
 * A line or a text of no bytes counts as absent: forms send empty boxes.
 */
#ifndef AMP_MODEL_FIELD_H
#define AMP_MODEL_FIELD_H

#include "base/json.h"
#include "model/event.h"

/* `has`, without lines and texts that are empty. */
amp_field_set amp_fields_present(const struct amp_fields *fields);
/* Copies the fields of `which` that are present (as views) and sets their bits. */
void amp_fields_take(struct amp_fields *to, const struct amp_fields *from, amp_field_set which);
/* Type and limits of one field that is present. */
AMP_MUST amp_err amp_field_check(const struct amp_fields *fields, enum amp_field field,
                                 struct amp_why *why);
/* Every present field is one of must|may, every one of must is present (but for those of `spared`),
 * and all are well. */
AMP_MUST amp_err amp_fields_check(const struct amp_fields *fields, const struct amp_kind_row *row,
                                  amp_field_set spared, struct amp_why *why);
bool amp_word_valid(struct amp_str word); /* 1..AMP_WORD_MAX of [a-zA-Z0-9._-] */
bool amp_line_valid(struct amp_str line); /* UTF-8 without control characters, of any length */
bool amp_key_valid(struct amp_str key);   /* at most AMP_KEY_MAX printable ASCII, no blank */

/* One value as JSON. */
void amp_field_write(struct amp_json *js, const struct amp_fields *fields, enum amp_field field);
/* One value from JSON, copied into the arena; sets its bit. An empty line or text sets nothing. */
AMP_MUST amp_err amp_field_read(const json_t *value, enum amp_field field, struct amp_arena *arena,
                                struct amp_fields *out, struct amp_why *why);
/* The name of a field's member: in an event, "kind" and "role" are the event's own. */
const char *amp_field_member(enum amp_field field, bool in_event);
/* The members of `which` that are there; the others are left alone. */
AMP_MUST amp_err amp_members_read(const json_t *obj, amp_field_set which, bool in_event,
                                  struct amp_arena *arena, struct amp_fields *out,
                                  struct amp_why *why);

#endif
