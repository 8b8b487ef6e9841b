/*
 * Intake: calls and caller positions from the wire, bytes to model. One file a format, one row.
 *
 * A format's parser is pure: bytes in, a report out. What is odd but harmless becomes a warning;
 * what would put a crew in the wrong place is an error. A report holds the fields of the model's
 * dictionary that the message carries (number, device, pos, radius_m, confidence_pct, source,
 * fix_time, words). Personal fields are marked in that dictionary. Texts live in the arena.
 */
#ifndef AMP_INTAKE_INTAKE_H
#define AMP_INTAKE_INTAKE_H

#include "base/json.h"
#include "model/event.h"

enum {
    AMP_INTAKE_MAX = 65536,
    AMP_INTAKE_WARNINGS = 8
};

struct amp_report {
    struct amp_fields f;
    bool located;          /* f.pos is a fix that may be used */
    struct amp_str region; /* what the message says of where that is, as /v1/location reads it:
                            * "ellipse:..."; empty where pos and radius say it all */
    struct amp_str warning[AMP_INTAKE_WARNINGS];
    size_t warning_n;
};

struct amp_intake {
    const char *name;  /* "aml": the last part of POST /v1/intake/{format} */
    const char *words; /* one line, with the standard it follows */
    bool always_taken; /* its standard has the sender hear yes whatever it sent */
    amp_err (*parse)(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                     struct amp_why *why);
};

size_t amp_intake_count(void);
const struct amp_intake *amp_intake_at(size_t i);
const struct amp_intake *amp_intake_find(struct amp_str name); /* NULL if there is none */
/* Refuses more than AMP_INTAKE_MAX bytes, then parses. */
AMP_MUST amp_err amp_intake_parse(const struct amp_intake *format, struct amp_str bytes,
                                  struct amp_arena *arena, struct amp_report *out,
                                  struct amp_why *why);
void amp_report_warn(struct amp_report *report,
                     struct amp_str warning); /* beyond the limit: lost */
/* {"format","located","lat","lon","radius_m",...,"warnings":[]} */
void amp_report_view(struct amp_json *js, const struct amp_intake *format,
                     const struct amp_report *report);

/* The parsers, one a file. */
amp_err amp_intake_aml(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                       struct amp_why *why);
amp_err amp_intake_pidf(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                        struct amp_why *why);

#endif
