/* The question behind a recommendation: what is wanted, and who could come. */
#include "base/timefmt.h"
#include "response/match.h"
#include "response/recommend.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    ROLLING_KMH = 5
}; /* slower may be a parked vehicle whose fix wanders */

static uint64_t needs_met(const struct amp_question *question, const struct amp_words *capabilities)
{
    uint64_t needs = 0;
    for (size_t i = 0; i < question->need_n; i++) {
        if (amp_need_met_by(&question->need[i], capabilities)) {
            needs |= UINT64_C(1) << i;
        }
    }
    return needs;
}

/* What the crews that are assigned already leave open. */
static void missing_count(const struct amp_state *state, const struct amp_incident *incident,
                          struct amp_question *question)
{
    struct amp_match match = {.need_n = question->need_n};
    for (size_t i = 0; i < question->need_n; i++) {
        match.room[i] = question->need[i].count;
    }
    for (size_t i = 0; i < incident->slot_n; i++) {
        const struct amp_unit *unit = amp_state_unit_at(state, incident->slot[i].unit);
        assert(unit);
        (void)amp_match_add(&match, needs_met(question, &unit->capabilities), i);
    }
    for (size_t i = 0; i < question->need_n; i++) {
        question->missing[i] = match.room[i];
        question->filled |= match.room[i] ? 0 : UINT64_C(1) << i;
    }
}

static bool unit_can_come(const struct amp_state *state, const struct amp_unit *unit,
                          const struct amp_question *question)
{
    if (amp_unit_is_free(unit->status)) {
        return true;
    }
    const struct amp_incident *busy = amp_state_incident(state, unit->incident);
    bool on_the_way = unit->status == AMP_UNIT_DISPATCHED || unit->status == AMP_UNIT_EN_ROUTE;
    return busy && on_the_way && busy->id.n != question->incident.n &&
           busy->priority > question->priority;
}

const char *amp_basis_name(enum amp_basis basis)
{
    static const char *const names[] = {
        [AMP_BASIS_POSITION] = "position",
        [AMP_BASIS_STATION] = "station",
        [AMP_BASIS_NONE] = "none",
    };
    return names[basis];
}

int64_t amp_turnout_s(const struct amp_timers *timers, const struct amp_candidate *who)
{
    return who->moving ? timers->turnout_moving_s : timers->turnout_s;
}

void amp_candidate_locate(const struct amp_state *state, const struct amp_track *track,
                          const struct amp_unit *unit, int64_t now_us, struct amp_candidate *out)
{
    bool stale = true;
    const struct amp_position *last =
        track ? amp_track_last(track, unit->id, now_us, &stale) : NULL;
    const struct amp_station *station = amp_state_station_at(state, unit->station);
    out->position_age_s = -1;
    if (last) {
        int64_t age_us = now_us - last->fix_us;
        out->position_age_s = age_us > 0 ? age_us / AMP_US_PER_S : 0;
    }
    out->moving = unit->status == AMP_UNIT_RETURNING || unit->status == AMP_UNIT_EN_ROUTE;
    if (last && !stale) {
        out->basis = AMP_BASIS_POSITION;
        out->from = last->pos;
        out->moving = out->moving || last->speed_kmh >= ROLLING_KMH;
    } else if (station) {
        out->basis = AMP_BASIS_STATION;
        out->from = station->site;
        out->moving = false; /* counted as if it stood there */
    } else {
        out->basis = AMP_BASIS_NONE;
    }
}

static void candidates_find(const struct amp_state *state, const struct amp_track *track,
                            int64_t now_us, struct amp_question *question)
{
    for (size_t i = 0; i < state->unit_n; i++) {
        const struct amp_unit *unit = &state->unit[i];
        uint64_t needs = needs_met(question, &unit->capabilities);
        if (!(needs & ~question->filled) || !unit_can_come(state, unit, question)) {
            continue;
        }
        const struct amp_incident *busy = amp_state_incident(state, unit->incident);
        struct amp_candidate *candidate = &question->candidate[question->candidate_n++];
        *candidate = (struct amp_candidate){.unit = unit->id,
                                            .needs = needs,
                                            .status = unit->status,
                                            .incident = unit->incident,
                                            .incident_priority = busy ? busy->priority : 0,
                                            .road_s = INFINITY,
                                            .distance_m = NAN,
                                            .straight_m = NAN};
        amp_err err = amp_str_copy(candidate->call_sign, sizeof(candidate->call_sign),
                                   amp_str_of(unit->call_sign));
        assert(!err);
        amp_candidate_locate(state, track, unit, now_us, candidate);
        if (candidate->basis != AMP_BASIS_NONE) {
            candidate->straight_m = amp_pos_distance_m(candidate->from, question->at);
        }
    }
}

/* ---- for whom ---- */

struct narrowing {
    const struct amp_state *state;
    const struct amp_plans *plans;
    const struct amp_incident *incident;
    const struct amp_agency *asker;                    /* who may be lent to; NULL: nobody */
    bool whole;                                        /* the whole service asks: it sees all */
    struct amp_aid_stock *stock[AMP_AGENCIES_MAX + 1]; /* of a lender, once it was counted */
    struct amp_arena *arena;
};

static amp_err lent_copy(struct narrowing *nw, const struct amp_unit *unit,
                         const struct amp_aid_answer *answer, const struct amp_lent **out)
{
    const struct amp_agency *lender = amp_state_agency_at(nw->state, unit->agency);
    struct amp_lent *lent = amp_arena_alloc(nw->arena, sizeof(*lent));
    if (!lent) {
        return AMP_E_NOMEM;
    }
    *lent = (struct amp_lent){.lender = lender->id,
                              .agency = amp_arena_str(nw->arena, amp_str_of(lender->code)),
                              .label = amp_arena_str(nw->arena, amp_str_of(lender->label)),
                              .kind = amp_arena_str(nw->arena, amp_str_of(unit->kind)),
                              .capabilities = {.n = unit->capabilities.n},
                              .how = answer->how,
                              .room = answer->room};
    for (size_t i = 0; i < unit->capabilities.n; i++) {
        lent->capabilities.word[i] = amp_arena_str(nw->arena, unit->capabilities.word[i]);
    }
    *out = lent;
    return amp_arena_failed(nw->arena) ? AMP_E_NOMEM : AMP_OK;
}

/* Counted once: candidates of several lenders come in any order. */
static const struct amp_aid_stock *stock_of(struct narrowing *nw, struct amp_agency_id lender)
{
    struct amp_aid_stock **stock = &nw->stock[lender.n];
    if (!*stock) {
        *stock = amp_arena_alloc(nw->arena, sizeof(**stock));
        if (*stock) {
            amp_aid_count(nw->state, lender, *stock);
        }
    }
    return *stock;
}

/* Whether the candidate stays, and as what. */
static amp_err candidate_narrow(struct narrowing *nw, struct amp_candidate *who, bool *stays)
{
    const struct amp_unit *unit = amp_state_unit_at(nw->state, who->unit);
    const struct amp_agency *lender = amp_state_agency_at(nw->state, unit->agency);
    *stays = true;
    bool sees = lender && amp_incident_agencies(nw->state, nw->incident) >> lender->id.n & 1;
    if (!lender || (nw->asker && lender->id.n == nw->asker->id.n) || (nw->whole && sees)) {
        return AMP_OK;
    }
    bool may_ask =
        nw->asker && amp_unit_is_free(unit->status) && amp_aid_any(nw->plans, lender, nw->asker);
    if (!may_ask) {
        *stays = nw->whole;
        return AMP_OK;
    }
    const struct amp_aid_stock *stock = stock_of(nw, lender->id);
    if (!stock) {
        return AMP_E_NOMEM;
    }
    struct amp_aid_answer answer = amp_aid_for(nw->plans, stock, lender, nw->asker,
                                               amp_str_of(nw->incident->type), &unit->capabilities);
    *stays = answer.how != AMP_AID_NONE;
    return *stays ? lent_copy(nw, unit, &answer, &who->lent) : AMP_OK;
}

amp_err amp_question_narrow(const struct amp_state *state, const struct amp_plans *plans,
                            struct amp_agency_id asker, struct amp_str crew,
                            struct amp_arena *arena, struct amp_question *question)
{
    const struct amp_incident *incident = amp_state_incident(state, question->incident);
    struct narrowing nw = {.state = state,
                           .plans = plans,
                           .incident = incident,
                           .whole = !asker.n && !crew.len,
                           .arena = arena};
    struct amp_agency_id for_whom = asker.n ? asker : incident->agency;
    bool own = !incident->agency.n || incident->agency.n == for_whom.n;
    nw.asker = amp_state_agency_at(state, for_whom);
    size_t n = 0;
    for (size_t i = 0; i < question->candidate_n; i++) {
        struct amp_candidate *who = &question->candidate[i];
        const struct amp_unit *unit = amp_state_unit_at(state, who->unit);
        bool stays = amp_str_is(crew, who->call_sign);
        amp_err err = AMP_OK;
        if (!crew.len && !own && unit->agency.n && unit->agency.n != asker.n) {
            stays = false; /* another's incident, shared: only its agency is lent to */
        } else if (!crew.len) {
            err = candidate_narrow(&nw, who, &stays);
        }
        if (err) {
            return err;
        }
        if (stays) {
            question->candidate[n++] = *who;
        }
    }
    question->candidate_n = n;
    return AMP_OK;
}

amp_err amp_question_ask(const struct amp_state *state, const struct amp_track *track,
                         const struct amp_plans *plans, const struct amp_incident *incident,
                         int64_t now_us, struct amp_arena *arena, struct amp_question *out,
                         struct amp_why *why)
{
    if (!incident->type) {
        return amp_fail(why, AMP_E_MISSING, "I-%u has no type; set one to see which crews it needs",
                        incident->id.n);
    }
    if (!incident->where.known) {
        return amp_fail(why, AMP_E_MISSING,
                        "I-%u has no position; place it to see which crews are nearest",
                        incident->id.n);
    }
    const struct amp_plan *plan =
        amp_plan_for(plans, amp_str_of(incident->type), incident->priority);
    if (!plan) {
        return amp_fail(why, AMP_E_MISSING, "the plans have no row for %s at priority %d",
                        incident->type, incident->priority);
    }
    struct amp_question question = {.incident = incident->id,
                                    .at = incident->where.pos,
                                    .priority =
                                        incident->priority ? incident->priority : plan->priority,
                                    .level = incident->level,
                                    .timers = amp_plans_timers(plans)};
    question.need_n = amp_plan_needs(plan, incident->level, question.need);
    missing_count(state, incident, &question);
    question.candidate =
        amp_arena_array(arena, state->unit_n ? state->unit_n : 1, sizeof(*question.candidate));
    if (!question.candidate) {
        return AMP_E_NOMEM;
    }
    candidates_find(state, track, now_us, &question);
    *out = question;
    return AMP_OK;
}
