/*
 * Ranking crews: by the time they arrive by road, never by straight line.
 *
 * Free crews first, in the order of arrival; each is given the need that leaves the most needs met
 * (match.h). A busy crew is proposed only on its way to something less urgent: for a need that free
 * crews leave open, or when it would arrive before the best free one. Crews that are left over are
 * shown as the next choices, where the list is shortest.
 *
 * A crew that another agency lends stands where it would if it arrived timers.aid_margin_s later:
 * one order for all, in which an own crew that is hardly later goes first. Of it no more is told
 * than who lends it, what it is and when it is there: no distance, no position.
 */
#include "response/recommend.h"
#include "base/timefmt.h"
#include "model/words.h"
#include "response/match.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPARE = -1
};

struct contender {
    const struct amp_candidate *who;
    double arrive_s;
    double rank_s; /* what it is ordered by */
    bool divert;
    int need; /* SPARE until it has one */
};

struct ranking {
    const struct amp_question *question;
    struct amp_arena *arena;
    struct contender *contender; /* free ones first, each part by arrival */
    size_t n;
    struct amp_advice *advice;
};

static double turnout_s(const struct amp_question *question, const struct amp_candidate *who)
{
    return (double)amp_turnout_s(&question->timers, who);
}

static int contender_order(const void *a, const void *b)
{
    const struct contender *x = a;
    const struct contender *y = b;
    if (x->divert != y->divert) {
        return x->divert ? 1 : -1;
    }
    if (x->rank_s < y->rank_s || x->rank_s > y->rank_s) {
        return x->rank_s < y->rank_s ? -1 : 1;
    }
    if (!x->who->lent != !y->who->lent) {
        return x->who->lent ? 1 : -1;
    }
    return strcmp(x->who->call_sign, y->who->call_sign);
}

/* A candidate that can be ranked: it has a place, a way, and is free or on its way to less. */
static bool contender_make(const struct amp_question *question, const struct amp_candidate *who,
                           struct contender *out)
{
    bool is_free = amp_unit_is_free(who->status);
    bool on_the_way = who->status == AMP_UNIT_DISPATCHED || who->status == AMP_UNIT_EN_ROUTE;
    bool divert = on_the_way && who->incident_priority > question->priority;
    if (who->basis == AMP_BASIS_NONE || !isfinite(who->road_s) || !(is_free || divert) ||
        !(who->needs & ~question->filled) || (who->lent && !is_free)) {
        return false;
    }
    double arrive_s = turnout_s(question, who) + fmax(who->road_s, 0);
    double margin_s = who->lent ? (double)question->timers.aid_margin_s : 0;
    *out = (struct contender){.who = who,
                              .arrive_s = arrive_s,
                              .rank_s = arrive_s + margin_s,
                              .divert = divert,
                              .need = SPARE};
    return true;
}

/* The lender keeps what it said even if all that are proposed are sent: before this crew stand
 * fewer of its own that can do some of the same than may go. */
static bool leaves_enough(const struct amp_lent *const *taken, size_t n,
                          const struct amp_lent *lent)
{
    size_t before = 0;
    for (size_t i = 0; i < n; i++) {
        before += taken[i]->lender.n == lent->lender.n &&
                  amp_words_meet(&taken[i]->capabilities, &lent->capabilities);
    }
    return before < lent->room;
}

/* No more than one incident can be shown. */
static void lent_thin(struct ranking *rk)
{
    const struct amp_lent *taken[AMP_MATCH_MAX];
    size_t taken_n = 0, n = 0;
    for (size_t i = 0; i < rk->n; i++) {
        const struct contender contender = rk->contender[i];
        const struct amp_lent *lent = contender.who->lent;
        if (lent && (taken_n == AMP_MATCH_MAX || !leaves_enough(taken, taken_n, lent))) {
            continue;
        }
        if (lent) {
            taken[taken_n++] = lent;
        }
        rk->contender[n++] = contender;
    }
    rk->n = n;
}

static amp_err contenders_sort(struct ranking *rk)
{
    const struct amp_question *question = rk->question;
    size_t n = question->candidate_n;
    rk->contender = amp_arena_array(rk->arena, n ? n : 1, sizeof(*rk->contender));
    if (!rk->contender) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        rk->n += contender_make(question, &question->candidate[i], &rk->contender[rk->n]);
    }
    qsort(rk->contender, rk->n, sizeof(*rk->contender), contender_order);
    lent_thin(rk);
    return AMP_OK;
}

/* The crews to send: the earliest that together meet as many needs as can be met. */
static void contenders_match(struct ranking *rk)
{
    struct amp_match match = {.need_n = rk->question->need_n};
    int wanted = 0;
    for (size_t i = 0; i < match.need_n; i++) {
        match.room[i] = rk->question->missing[i];
        wanted += match.room[i];
    }
    for (size_t i = 0; i < rk->n && (int)match.crew_n < wanted; i++) {
        (void)amp_match_add(&match, rk->contender[i].who->needs, i);
    }
    for (size_t i = 0; i < match.crew_n; i++) {
        rk->contender[match.crew[i].tag].need = (int)match.crew[i].need;
    }
}

static struct amp_ranked *ranked_push(struct amp_advice *advice, const struct contender *contender)
{
    if (advice->ranked_n == AMP_RANKED_MAX) {
        return NULL;
    }
    struct amp_ranked *ranked = &advice->ranked[advice->ranked_n++];
    *ranked = (struct amp_ranked){.who = contender->who,
                                  .arrive_s = contender->arrive_s,
                                  .divert = contender->divert,
                                  .cover_without = NAN};
    return ranked;
}

/* Free crews are listed before busy ones, so the first of a list tells whether one is free. */
static bool divert_helps(const struct amp_advice *advice, const struct contender *contender)
{
    return !advice->ranked_n || advice->ranked[0].divert ||
           contender->arrive_s < advice->ranked[0].arrive_s;
}

/* The need with the shortest list that this spare crew could serve. */
static struct amp_advice *spare_home(const struct ranking *rk, const struct contender *contender)
{
    struct amp_advice *best = NULL;
    for (size_t i = 0; i < rk->question->need_n; i++) {
        struct amp_advice *advice = &rk->advice[i];
        bool serves = (contender->who->needs >> i & 1) && advice->missing > 0;
        if (!serves || (contender->divert && !divert_helps(advice, contender))) {
            continue;
        }
        if (!best || advice->ranked_n < best->ranked_n) {
            best = advice;
        }
    }
    return best;
}

/* Everybody in order: matched crews to their need, spare ones where they are of use. Within a list
 * the order of arrival holds, for a spare crew is never earlier than the matched ones of its needs.
 */
static void lists_fill(struct ranking *rk)
{
    for (int part = 0; part < 2; part++) {
        for (size_t i = 0; i < rk->n; i++) {
            struct contender *contender = &rk->contender[i];
            if (contender->divert == (part == 1) && contender->need != SPARE) {
                (void)ranked_push(&rk->advice[contender->need], contender);
            }
        }
        for (size_t i = 0; i < rk->n; i++) {
            struct contender *contender = &rk->contender[i];
            struct amp_advice *home = contender->divert == (part == 1) && contender->need == SPARE
                                          ? spare_home(rk, contender)
                                          : NULL;
            if (home) {
                (void)ranked_push(home, contender);
            }
        }
    }
}

static void reason_add(struct amp_ranked *ranked, const struct amp_reason *reason)
{
    assert(ranked->reason_n < AMP_REASONS);
    ranked->reason[ranked->reason_n++] = *reason;
}

static void reason_road(const struct ranking *rk, struct amp_ranked *ranked)
{
    const struct amp_candidate *who = ranked->who;
    struct amp_reason reason = {.code = AMP_REASON_BY_ROAD,
                                .road_s = who->road_s,
                                .distance_m = who->distance_m,
                                .turnout_s = turnout_s(rk->question, who)};
    char road[AMP_TIME_TEXT];
    amp_duration_text(who->road_s, road);
    struct amp_str distance = {0};
    struct amp_str leave = {0};
    if (isfinite(who->distance_m)) {
        distance = amp_arena_printf(rk->arena, " (%.1f km)", who->distance_m / 1000);
    }
    if (reason.turnout_s > 0) {
        leave = amp_arena_printf(rk->arena, " plus %.0f s to leave", reason.turnout_s);
    }
    reason.text = amp_arena_printf(rk->arena, "%s by road%.*s%.*s", road, (int)distance.len,
                                   distance.len ? distance.ptr : "", (int)leave.len,
                                   leave.len ? leave.ptr : "");
    reason_add(ranked, &reason);
}

static void reason_station(const struct ranking *rk, struct amp_ranked *ranked)
{
    int64_t age_s = ranked->who->position_age_s;
    struct amp_reason reason = {.code = AMP_REASON_FROM_STATION, .age_s = age_s};
    if (age_s < 0) {
        reason.text = amp_arena_printf(rk->arena, "no position known; counted from its station");
    } else if (age_s < 2 * 3600) {
        reason.text =
            amp_arena_printf(rk->arena, "no position for %lld min; counted from its station",
                             (long long)(age_s / 60));
    } else {
        reason.text =
            amp_arena_printf(rk->arena, "no position for %lld h; counted from its station",
                             (long long)(age_s / 3600));
    }
    reason_add(ranked, &reason);
}

/* The free crew for this need that a straight line would have chosen. */
static const struct amp_candidate *straight_nearest(const struct amp_question *question,
                                                    size_t need)
{
    const struct amp_candidate *nearest = NULL;
    for (size_t i = 0; i < question->candidate_n; i++) {
        const struct amp_candidate *who = &question->candidate[i];
        if ((who->needs >> need & 1) && amp_unit_is_free(who->status) && !who->lent &&
            who->basis != AMP_BASIS_NONE && (!nearest || who->straight_m < nearest->straight_m)) {
            nearest = who;
        }
    }
    return nearest;
}

static void reason_straight(const struct ranking *rk, struct amp_ranked *top, size_t need)
{
    const struct amp_candidate *near = straight_nearest(rk->question, need);
    if (!near || near == top->who || !(near->straight_m < top->who->straight_m) ||
        !(near->road_s > top->who->road_s) ||
        !(near->road_s + turnout_s(rk->question, near) > top->arrive_s)) {
        return;
    }
    struct amp_reason reason = {.code = AMP_REASON_STRAIGHT_LINE,
                                .unit = near->call_sign,
                                .straight_m = near->straight_m,
                                .road_s = near->road_s};
    char road[AMP_TIME_TEXT];
    if (isfinite(near->road_s)) {
        amp_duration_text(near->road_s, road);
        reason.text = amp_arena_printf(
            rk->arena, "%s is nearest by straight line (%.1f km) but would take %s by road",
            near->call_sign, near->straight_m / 1000, road);
    } else {
        reason.text = amp_arena_printf(
            rk->arena, "%s is nearest by straight line (%.1f km) but has no way by road",
            near->call_sign, near->straight_m / 1000);
    }
    reason_add(top, &reason);
}

static void reason_divert(const struct ranking *rk, struct amp_ranked *ranked)
{
    const struct amp_candidate *who = ranked->who;
    struct amp_reason reason = {
        .code = AMP_REASON_DIVERT, .incident = who->incident, .priority = who->incident_priority};
    reason.text = amp_arena_printf(rk->arena, "now on I-%u (priority %d)", who->incident.n,
                                   who->incident_priority);
    reason_add(ranked, &reason);
}

static void reason_aid(const struct ranking *rk, struct amp_ranked *ranked)
{
    const struct amp_lent *lent = ranked->who->lent;
    struct amp_reason reason = {.code = AMP_REASON_AID,
                                .agency = lent->label,
                                .how = lent->how,
                                .margin_s = (double)rk->question->timers.aid_margin_s};
    const char *how =
        lent->how == AMP_AID_AUTOMATIC ? "can be sent at once" : "has to be asked for";
    reason.text = amp_arena_printf(
        rk->arena, "aid of %.*s, %s; own crews that arrive up to %.0f s later go first",
        (int)lent->label.len, lent->label.ptr, how, reason.margin_s);
    reason_add(ranked, &reason);
}

/* Said of an own crew that is not the earliest: which lent one of its list would be. */
static void reason_own(const struct ranking *rk, struct amp_advice *advice, size_t at)
{
    struct amp_ranked *own = &advice->ranked[at];
    const struct amp_ranked *first = NULL;
    for (size_t i = at + 1; i < advice->ranked_n; i++) {
        const struct amp_ranked *other = &advice->ranked[i];
        bool earlier = other->who->lent && other->arrive_s < own->arrive_s;
        first = earlier && (!first || other->arrive_s < first->arrive_s) ? other : first;
    }
    if (!first || own->divert) {
        return;
    }
    struct amp_reason reason = {.code = AMP_REASON_OWN_FIRST,
                                .unit = first->who->call_sign,
                                .agency = first->who->lent->label,
                                .earlier_s = own->arrive_s - first->arrive_s};
    reason.text =
        amp_arena_printf(rk->arena, "own crew first: %s of %.*s would be there %.0f s earlier",
                         reason.unit, (int)reason.agency.len, reason.agency.ptr, reason.earlier_s);
    reason_add(own, &reason);
}

static void reasons_give(const struct ranking *rk, size_t need)
{
    struct amp_advice *advice = &rk->advice[need];
    for (size_t i = 0; i < advice->ranked_n; i++) {
        struct amp_ranked *ranked = &advice->ranked[i];
        if (ranked->who->lent) {
            reason_aid(rk, ranked);
            continue;
        }
        reason_road(rk, ranked);
        if (ranked->who->basis == AMP_BASIS_STATION) {
            reason_station(rk, ranked);
        }
        if (ranked->divert) {
            reason_divert(rk, ranked);
        }
        if (i == 0) {
            reason_straight(rk, ranked, need);
        }
        reason_own(rk, advice, i);
    }
}

amp_err amp_recommend(const struct amp_question *question, struct amp_arena *arena,
                      struct amp_advice **out, size_t *out_n)
{
    struct ranking rk = {.question = question, .arena = arena};
    size_t n = question->need_n;
    rk.advice = amp_arena_array(arena, n ? n : 1, sizeof(*rk.advice));
    if (!rk.advice || contenders_sort(&rk)) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        rk.advice[i].need = &question->need[i];
        rk.advice[i].missing = question->missing[i];
        rk.advice[i].cover = NAN;
    }
    contenders_match(&rk);
    lists_fill(&rk);
    for (size_t i = 0; i < n; i++) {
        reasons_give(&rk, i);
    }
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    *out = rk.advice;
    *out_n = n;
    return AMP_OK;
}

const char *amp_reason_code_name(enum amp_reason_code code)
{
    static const char *const names[AMP_REASONS] = {
        [AMP_REASON_BY_ROAD] = "by-road", [AMP_REASON_FROM_STATION] = "from-station",
        [AMP_REASON_DIVERT] = "divert",   [AMP_REASON_STRAIGHT_LINE] = "straight-line-misleads",
        [AMP_REASON_AID] = "aid",         [AMP_REASON_OWN_FIRST] = "own-first",
    };
    assert(code < AMP_REASONS);
    return names[code];
}

/* Only the facts that the code has. */
static void reason_params(struct amp_json *js, const struct amp_reason *reason)
{
    char id[AMP_ID_TEXT];
    amp_json_key(js, "params");
    amp_json_open(js, '{');
    switch (reason->code) {
    case AMP_REASON_BY_ROAD:
        amp_json_double_of(js, "road_s", reason->road_s, 1);
        amp_json_double_of(js, "distance_m", reason->distance_m, 0);
        amp_json_double_of(js, "turnout_s", reason->turnout_s, 1);
        break;
    case AMP_REASON_FROM_STATION:
        amp_json_double_of(js, "age_s", reason->age_s < 0 ? NAN : (double)reason->age_s, 0);
        break;
    case AMP_REASON_DIVERT:
        amp_incident_id_text(reason->incident, id);
        amp_json_text_of(js, "incident", id);
        amp_json_i64_of(js, "priority", reason->priority);
        break;
    case AMP_REASON_STRAIGHT_LINE:
        amp_json_text_of(js, "unit", reason->unit);
        amp_json_double_of(js, "straight_m", reason->straight_m, 0);
        amp_json_double_of(js, "road_s", reason->road_s, 1);
        break;
    case AMP_REASON_AID:
        amp_json_str_of(js, "agency", reason->agency);
        amp_json_text_of(js, "how", amp_aid_how_name(reason->how));
        amp_json_double_of(js, "margin_s", reason->margin_s, 0);
        break;
    case AMP_REASON_OWN_FIRST:
        amp_json_text_of(js, "unit", reason->unit);
        amp_json_str_of(js, "agency", reason->agency);
        amp_json_double_of(js, "earlier_s", reason->earlier_s, 0);
        break;
    case AMP_REASONS:
    default:
        assert(0);
    }
    amp_json_close(js, '}');
}

static void reason_view(struct amp_json *js, const struct amp_reason *reason)
{
    amp_json_open(js, '{');
    amp_json_text_of(js, "code", amp_reason_code_name(reason->code));
    amp_json_str_of(js, "text", reason->text);
    reason_params(js, reason);
    amp_json_close(js, '}');
}

static void lent_view(struct amp_json *js, const struct amp_lent *lent)
{
    amp_json_key(js, "aid");
    if (!lent) {
        amp_json_put_null(js);
        return;
    }
    amp_json_open(js, '{');
    amp_json_str_of(js, "agency", lent->agency);
    amp_json_str_of(js, "label", lent->label);
    amp_json_text_of(js, "how", amp_aid_how_name(lent->how));
    amp_json_str_of(js, "kind", lent->kind);
    amp_words_of(js, "capabilities", &lent->capabilities);
    amp_json_close(js, '}');
}

/* Of a lent crew, what would say where it is stays out. */
static void ranked_view(struct amp_json *js, const struct amp_ranked *ranked)
{
    char id[AMP_ID_TEXT];
    const struct amp_candidate *who = ranked->who;
    bool own = !who->lent;
    amp_incident_id_text(who->incident, id);
    amp_json_open(js, '{');
    amp_json_text_of(js, "unit", who->call_sign);
    amp_json_text_of(js, "status", own ? amp_unit_status_name(who->status) : NULL);
    amp_json_double_of(js, "arrive_s", ranked->arrive_s, own ? 1 : 0);
    amp_json_double_of(js, "road_s", own ? who->road_s : NAN, 1);
    amp_json_double_of(js, "distance_m", own ? who->distance_m : NAN, 0);
    amp_json_double_of(js, "straight_m", own ? who->straight_m : NAN, 0);
    amp_json_text_of(js, "basis", own ? amp_basis_name(who->basis) : NULL);
    lent_view(js, who->lent);
    amp_json_bool_of(js, "divert", ranked->divert);
    amp_json_text_of(js, "from_incident", who->incident.n ? id : NULL);
    amp_json_double_of(js, "coverage", ranked->cover_without, 4);
    amp_json_key(js, "reasons");
    amp_json_open(js, '[');
    for (size_t i = 0; i < ranked->reason_n; i++) {
        reason_view(js, &ranked->reason[i]);
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void cover_view(struct amp_json *js, const struct amp_advice *advice)
{
    amp_json_key(js, "coverage");
    if (isnan(advice->cover)) {
        amp_json_put_null(js);
        return;
    }
    amp_json_open(js, '{');
    amp_json_i64_of(js, "minutes", advice->cover_minutes);
    amp_json_double_of(js, "share", advice->cover, 4);
    amp_json_close(js, '}');
}

void amp_recommend_view(struct amp_json *js, const struct amp_question *question,
                        const struct amp_advice *advice, size_t advice_n)
{
    char id[AMP_ID_TEXT];
    amp_incident_id_text(question->incident, id);
    amp_json_text_of(js, "incident", id);
    amp_json_i64_of(js, "level", question->level);
    amp_json_key(js, "needs");
    amp_json_open(js, '[');
    for (size_t i = 0; i < advice_n; i++) {
        amp_json_open(js, '{');
        amp_words_of(js, "capabilities", &advice[i].need->all);
        amp_json_i64_of(js, "count", advice[i].need->count);
        amp_json_i64_of(js, "missing", advice[i].missing);
        cover_view(js, &advice[i]);
        amp_json_key(js, "units");
        amp_json_open(js, '[');
        for (size_t k = 0; k < advice[i].ranked_n; k++) {
            ranked_view(js, &advice[i].ranked[k]);
        }
        amp_json_close(js, ']');
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}
