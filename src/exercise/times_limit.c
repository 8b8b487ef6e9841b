/* Limits of response times: the named standards as one table, and a service's own. */
#include "exercise/times.h"
#include <string.h>

/* What is said of each standard by whom: "publisher", by the association itself in its news;
 * "press", by the trade press; "secondary", by constants of other software. The clauses themselves
 * were not at hand, so each row says which it is, and one's own thresholds come before them. */
static const struct amp_times_limit standards[] = {
    {"NENA-STA-020.1", "2020", "publisher", AMP_TIMES_ANSWER, 15, 90},
    {"NENA-STA-020.1", "2020", "publisher", AMP_TIMES_ANSWER, 20, 95},
    {"NFPA 1225", "2022", "publisher", AMP_TIMES_ANSWER, 10, 90},
    {"NFPA 1225", "2022", "publisher", AMP_TIMES_PROCESSING, 60, 90},
    {"NFPA 1221", "2016", "press", AMP_TIMES_PROCESSING, 64, 90},
    {"NFPA 1221", "2016", "press", AMP_TIMES_PROCESSING, 106, 95},
    {"NFPA 1710", NULL, "secondary", AMP_TIMES_TURNOUT, 80, 0},
    {"NFPA 1710", NULL, "secondary", AMP_TIMES_TRAVEL, 240, 0},
};

enum {
    STANDARDS = sizeof standards / sizeof standards[0]
};
_Static_assert(STANDARDS + (int)AMP_TIMES_OWN_MAX <= (int)AMP_TIMES_LIMITS, "room for all limits");

const char *amp_times_phase_name(enum amp_times_phase phase)
{
    static const char *const names[] = {
#define X(id, name, run, from, to) [AMP_TIMES_##id] = name,
        AMP_TIMES_PHASE_TABLE(X)
#undef X
            [AMP_TIMES_ANSWER] = "answer"};
    return names[phase];
}

/* What stands before the mark; the rest goes on behind it. */
static struct amp_str piece_take(struct amp_str *text, char mark)
{
    const char *end = text->len > 0 ? memchr(text->ptr, mark, text->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - text->ptr) : text->len;
    struct amp_str piece = {text->ptr, len};
    size_t used = len + (end != NULL ? 1 : 0);
    text->ptr += used;
    text->len -= used;
    return piece;
}

static bool phase_of(struct amp_str name, enum amp_times_phase *out)
{
    for (int i = 0; i < AMP_TIMES_PHASES; i++) {
        if (amp_str_is(name, amp_times_phase_name((enum amp_times_phase)i))) {
            *out = (enum amp_times_phase)i;
            return true;
        }
    }
    return false;
}

static bool own_read(struct amp_str text, struct amp_times_limit *out)
{
    struct amp_times_limit own = {.basis = "own"};
    struct amp_str phase = piece_take(&text, ':');
    struct amp_str seconds = piece_take(&text, ':');
    int64_t target = 0;
    if (!phase_of(phase, &own.phase) || amp_str_i64(seconds, &own.limit_s) != AMP_OK ||
        own.limit_s < 1 || own.limit_s > AMP_TIMES_LIMIT_S_MAX) {
        return false;
    }
    if (text.len > 0 && (amp_str_i64(text, &target) != AMP_OK || target < 1 || target > 100)) {
        return false;
    }
    own.target_pct = (int)target;
    *out = own;
    return true;
}

amp_err amp_times_limits_read(struct amp_str own, struct amp_times_limits *out, struct amp_why *why)
{
    struct amp_times_limits limits = {.n = 0};
    while (own.len > 0) {
        struct amp_str piece = piece_take(&own, ',');
        if (limits.n == AMP_TIMES_OWN_MAX) {
            return amp_fail(why, AMP_E_RANGE, "there are more than %d thresholds",
                            AMP_TIMES_OWN_MAX);
        }
        if (!own_read(piece, &limits.row[limits.n])) {
            return amp_fail(why, AMP_E_RANGE,
                            "\"%.*s\" is no threshold: write PHASE:SECONDS or "
                            "PHASE:SECONDS:PERCENT, such as response:480:90",
                            (int)(piece.len < 60 ? piece.len : 60), piece.ptr);
        }
        limits.n++;
    }
    for (size_t i = 0; i < STANDARDS; i++) {
        limits.row[limits.n++] = standards[i];
    }
    *out = limits;
    return AMP_OK;
}
