/*
 * A warning to the public, from what was composed to the CAP message.
 *
 * Source: OASIS Common Alerting Protocol 1.2 (2010), sections 3.2.1 to 3.2.4. What is composed is a
 * JSON object with the names of CAP: status, msgType, note, `about` (the warning that an update or
 * a cancellation is about, "W-3") and `info`, an array of one object a language, as `amparo intake
 * cap` prints them. Who sends it, when, to whom and after which messages is set when it is issued.
 *
 * A draft has the right form, and may lack what a warning needs. A warning obeys the standard and
 * these rules: its status is Actual, Exercise (with a note that says which) or Test; each language
 * once, with a headline, an end and an area; it ends after it is sent, within
 * AMP_WARNING_LONGEST_S; an update or a cancellation has the status of what it is about.
 */
#ifndef AMP_INTAKE_WARNING_H
#define AMP_INTAKE_WARNING_H

#include "base/arena.h"
#include "base/geo.h"
#include "base/json.h"
#include "model/warning.h"

enum {
    AMP_WARNING_LONGEST_S = 31 * 24 * 3600,
    AMP_WARNING_CANCEL_S = 3600, /* a cancellation is published at least so long */
    AMP_WARNING_SENDER_MAX = 80, /* bytes */
    AMP_WARNING_SHAPES = 512     /* polygons, and circles, that are looked into; more are not */
};

struct amp_warning_draft; /* a warning, read; in the arena */

/* What was composed. AMP_E_SYNTAX, AMP_E_RANGE, AMP_E_LIMIT with a sentence. */
AMP_MUST amp_err amp_warning_read(struct amp_str json, struct amp_arena *arena,
                                  const struct amp_warning_draft **out, struct amp_why *why);
/* The same of a CAP message that was issued. */
AMP_MUST amp_err amp_warning_read_cap(struct amp_str document, struct amp_arena *arena,
                                      const struct amp_warning_draft **out, struct amp_why *why);
uint32_t amp_warning_about(const struct amp_warning_draft *draft); /* number; 0 none */

struct amp_warning_brief { /* empty where it says nothing */
    struct amp_str status, message, event, headline, description, urgency, severity, certainty;
};
/* In the language that begins so ("pt" for "pt-MZ"), or the first. */
struct amp_warning_brief amp_warning_brief(const struct amp_warning_draft *draft,
                                           struct amp_str language);
/* Members of an open object: the same without the description, and its languages. */
void amp_warning_brief_view(struct amp_json *js, const struct amp_warning_draft *draft,
                            struct amp_str language);
/* Members of an open object: what was composed, as amp_warning_read takes it again. */
void amp_warning_view(struct amp_json *js, const struct amp_warning_draft *draft);

struct amp_warning_ring {
    const struct amp_pos *point;
    size_t n;
};
struct amp_warning_circle {
    struct amp_pos at;
    double radius_m;
};
struct amp_warning_areas { /* of all languages, each shape once */
    struct amp_warning_ring *ring;
    struct amp_warning_circle *circle;
    size_t ring_n, circle_n;
    bool coded; /* an area of geocodes alone: nobody knows here where it is */
};
AMP_MUST amp_err amp_warning_areas(const struct amp_warning_draft *draft, struct amp_arena *arena,
                                   struct amp_warning_areas *out);

/* Whether a text may be the sender: not empty, no blank, comma, < or & (section 3.2.1). */
bool amp_warning_sender_valid(struct amp_str sender);

struct amp_warning_order { /* what is set when it is issued */
    uint32_t number;
    int64_t now_us;
    struct amp_str sender, sender_name; /* the name may be empty */
    struct amp_str about;               /* the CAP message of that warning; or empty */
    int64_t about_until_us;
};
struct amp_warning_issue {
    struct amp_str document;  /* the CAP message */
    struct amp_str reference; /* sender,identifier,sent */
    int64_t sent_us, until_us;
    bool cancels;
};

/* Checks all rules and writes the message, which our own reader took again. In the arena. */
AMP_MUST amp_err amp_warning_write(const struct amp_warning_draft *draft,
                                   const struct amp_warning_order *order, struct amp_arena *arena,
                                   struct amp_warning_issue *out, struct amp_why *why);

#endif
