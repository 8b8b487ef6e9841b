/*
 * Intake: calls, alerts and the messages about them from the wire, bytes to model. One file a
 * format, one row.
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
    /* NULL: a message of this format is never a caller's report. */
    amp_err (*parse)(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                     struct amp_why *why);
    /* The whole message as one JSON object; nothing is written when it is refused. NULL: the report
     * says all that there is. */
    amp_err (*view)(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                    struct amp_why *why);
};

size_t amp_intake_count(void);
const struct amp_intake *amp_intake_at(size_t i);
const struct amp_intake *amp_intake_find(struct amp_str name); /* NULL if there is none */
/* Refuses more than AMP_INTAKE_MAX bytes, then parses. AMP_E_UNSUPPORTED: no call comes in this
 * format, or none in this message. */
AMP_MUST amp_err amp_intake_parse(const struct amp_intake *format, struct amp_str bytes,
                                  struct amp_arena *arena, struct amp_report *out,
                                  struct amp_why *why);
void amp_report_warn(struct amp_report *report,
                     struct amp_str warning); /* beyond the limit: lost */
/* The same for any format: its model as one JSON object. */
AMP_MUST amp_err amp_intake_view(const struct amp_intake *format, struct amp_str bytes,
                                 struct amp_arena *arena, struct amp_json *js, struct amp_why *why);
/* "warnings":[...], the last member of each view. */
void amp_intake_warnings(struct amp_json *js, const struct amp_str *warning, size_t n);
/* The place in words, as the model takes it: one line, cut where it is too long, and said. A call
 * must not be lost because somebody described its place at length. */
void amp_report_place(struct amp_report *report, struct amp_arena *arena, struct amp_str text);
/* The same of what was said, which may have several lines. */
void amp_report_words(struct amp_report *report, struct amp_arena *arena, struct amp_str text);
/* {"format","located","lat","lon","radius_m",...,"warnings":[]} */
void amp_report_view(struct amp_json *js, const struct amp_intake *format,
                     const struct amp_report *report);

/* An AML message in the form that comes over HTTPS, which alone can be signed. */
bool amp_aml_is_form(struct amp_str bytes);

/* The parsers, one a file. */
amp_err amp_intake_aml(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                       struct amp_why *why);
amp_err amp_intake_pidf(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                        struct amp_why *why);
amp_err amp_intake_held(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                        struct amp_why *why);
amp_err amp_intake_eido(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                        struct amp_why *why);
amp_err amp_intake_sip(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                       struct amp_why *why);
amp_err amp_intake_veds(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                        struct amp_why *why);
amp_err amp_intake_msd(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                       struct amp_why *why);
/* The views. */
amp_err amp_intake_held_view(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                             struct amp_why *why);
amp_err amp_intake_eido_view(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                             struct amp_why *why);
amp_err amp_intake_cap(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                       struct amp_why *why);
amp_err amp_intake_edxl(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                        struct amp_why *why);
amp_err amp_intake_lost(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                        struct amp_why *why);
amp_err amp_intake_veds_view(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                             struct amp_why *why);
amp_err amp_intake_msd_view(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                            struct amp_why *why);
amp_err amp_intake_adr(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                       struct amp_why *why);

#endif
