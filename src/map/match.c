/*
 * The matcher: a window of used reports, the best way to each candidate, and when to decide.
 *
 * A layer is a used report with its candidates. `score` is the best log likelihood of a way to a
 * candidate (Viterbi), `forward` the logarithm of the sum over all ways. Both are kept relative to
 * the best of their layer, which changes no comparison and no share.
 */
#include "map/match_in.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CANDS = AMP_MATCH_CANDIDATES,
    DECIDE_EVERY = 8, /* layers between two looks whether something is decided */
    NOBODY = -1
};
static const double hardly_sigmas = 3;  /* Newson and Krumm, section 4.1, say 2: see docs/map.md */
static const double slack_sigmas = 4.2; /* the difference of two reports: 3 of its own */

struct held {
    size_t index;
    enum amp_match_state state;
    struct amp_pos pos;
};

struct layer {
    size_t index;
    struct amp_match_fix fix;
    enum amp_match_gap gap;
    struct amp_match_cand cand[CANDS];
    size_t n;
    double score[CANDS], forward[CANDS];
    double step[CANDS][CANDS]; /* [before][here] log likelihood */
    int8_t back[CANDS];
    struct held held[AMP_MATCH_HELD]; /* reports behind it that were not used */
    size_t held_n;
};

struct amp_matcher {
    const struct amp_roads *roads;
    const struct amp_metric *metric;
    struct amp_match_sink sink;
    struct amp_match_search *search;
    struct layer *layer; /* a ring of AMP_MATCH_WINDOW + 1 */
    size_t first, n;     /* first: decided and told already if told is set */
    bool told;
    int8_t told_cand; /* of the first layer */
    size_t pushed;
    bool any;
    double last_time_s;
    bool waiting; /* one report that no way led to */
    struct layer stray;
    enum amp_match_gap next_gap;
    struct amp_match_step step[AMP_MATCH_STEPS];
};

enum {
    RING = AMP_MATCH_WINDOW + 1
};

const char *amp_match_state_name(enum amp_match_state state)
{
    static const char *const names[] = {"on", "between", "off-road", "outlier"};
    assert(state <= AMP_MATCH_OUTLIER);
    return names[state];
}

const char *amp_match_gap_name(enum amp_match_gap gap)
{
    static const char *const names[] = {"none", "start", "time", "off-road", "no-way"};
    assert(gap <= AMP_MATCH_GAP_NO_WAY);
    return names[gap];
}

static double sigma_of(const struct amp_match_fix *fix)
{
    return fix->sigma_m > 0 ? fix->sigma_m : AMP_MATCH_SIGMA_M;
}

static struct layer *layer_at(struct amp_matcher *m, size_t i)
{
    return &m->layer[(m->first + i) % RING];
}

amp_err amp_matcher_create(const struct amp_roads *roads, const struct amp_metric *metric,
                           const struct amp_match_sink *sink, struct amp_matcher **out)
{
    assert(metric->roads == roads);
    struct amp_matcher *m = calloc(1, sizeof(*m));
    if (m == NULL) {
        return AMP_E_NOMEM;
    }
    m->roads = roads;
    m->metric = metric;
    m->sink = *sink;
    m->next_gap = AMP_MATCH_GAP_START;
    m->layer = calloc(RING, sizeof(*m->layer));
    amp_err err =
        m->layer == NULL ? AMP_E_NOMEM : amp_match_search_create(roads, metric, &m->search);
    if (err) {
        amp_matcher_destroy(m);
        return err;
    }
    *out = m;
    return AMP_OK;
}

void amp_matcher_destroy(struct amp_matcher *matcher)
{
    if (matcher != NULL) {
        amp_match_search_destroy(matcher->search);
        free(matcher->layer);
        free(matcher);
    }
}

/* ---- telling ---- */

static amp_err tell(struct amp_matcher *m, const struct amp_matched *matched)
{
    return m->sink.point(m->sink.ctx, matched);
}

/* The spot of the way nearest to a report that hardly moved. */
static void way_nearest(const struct amp_roads *rd, const struct amp_match_step *step, size_t n,
                        struct amp_pos pos, struct amp_matched *out)
{
    out->dist_m = INFINITY;
    for (size_t i = 0; i < n; i++) {
        uint32_t seg = step[i].segment, points = amp_seg_points(rd, seg);
        double low = fmin(step[i].begin, step[i].end), high = fmax(step[i].begin, step[i].end);
        double all_m = amp_seg_length_m(rd, seg), before_m = 0;
        for (uint32_t p = 0; p + 1 < points && all_m > 0; p++) {
            struct amp_pos a = amp_seg_point(rd, seg, p), b = amp_seg_point(rd, seg, p + 1);
            double piece_m = amp_pos_distance_m(a, b), share = 0;
            (void)amp_segment_near(pos, a, b, &share);
            double along = (before_m + share * piece_m) / all_m;
            double kept = fmin(fmax(along, low), high);
            double moved = piece_m > 0 ? share + (kept - along) * all_m / piece_m : 0;
            before_m += piece_m;
            if (moved < 0 || moved > 1) {
                continue; /* the way does not touch this piece */
            }
            struct amp_pos at = amp_pos_between(a, b, moved);
            double dist_m = amp_pos_distance_m(pos, at);
            if (dist_m < out->dist_m) {
                out->segment = seg;
                out->share = kept;
                out->at = at;
                out->dist_m = dist_m;
            }
        }
    }
}

/* What was held behind a layer, on the way to the next one. */
static amp_err held_tell(struct amp_matcher *m, const struct layer *layer,
                         const struct amp_match_cand *cand, size_t step_n)
{
    amp_err err = AMP_OK;
    for (size_t i = 0; i < layer->held_n && !err; i++) {
        const struct held *held = &layer->held[i];
        struct amp_matched out = {.index = held->index,
                                  .state = held->state,
                                  .segment = AMP_ROAD_NONE,
                                  .at = held->pos,
                                  .dist_m = NAN};
        if (held->state == AMP_MATCH_BETWEEN) {
            way_nearest(m->roads, m->step, step_n, held->pos, &out);
            if (out.segment == AMP_ROAD_NONE) {
                out.segment = cand->segment;
                out.share = cand->share;
                out.at = cand->at;
                out.dist_m = amp_pos_distance_m(held->pos, cand->at);
            }
            out.street = amp_seg_street(m->roads, out.segment);
        }
        err = tell(m, &out);
    }
    return err;
}

static double way_length_m(const struct amp_matcher *m, size_t step_n)
{
    enum {
        MM_PER_M = 1000
    };
    double sum_m = 0;
    for (size_t i = 0; i < step_n; i++) {
        const struct amp_match_step *step = &m->step[i];
        sum_m += fabs(step->end - step->begin) * m->roads->seg[step->segment].length_mm / MM_PER_M;
    }
    return sum_m;
}

static double straight_m(const struct layer *a, const struct layer *b)
{
    return amp_pos_distance_m(a->fix.pos, b->fix.pos);
}

static double bound_of(const struct layer *a, const struct layer *b)
{
    return amp_match_bound_m(straight_m(a, b), b->fix.time_s - a->fix.time_s);
}

static double slack_of(const struct layer *a, const struct layer *b)
{
    return slack_sigmas * fmax(sigma_of(&a->fix), sigma_of(&b->fix));
}

/* The held reports before it, then the layer itself with candidate c. */
static amp_err layer_tell(struct amp_matcher *m, struct layer *before, int8_t before_c,
                          struct layer *layer, int8_t c, double confidence)
{
    size_t step_n = 0;
    const struct amp_match_cand *cand = &layer->cand[c];
    amp_err err = AMP_OK;
    if (before != NULL) {
        const struct amp_match_cand *from = &before->cand[before_c];
        err = amp_match_way(m->search, from, cand, bound_of(before, layer), slack_of(before, layer),
                            m->step, &step_n);
        err = err == AMP_E_LIMIT || err == AMP_E_NO_ROUTE ? AMP_OK : err; /* without its parts */
        err = err ? err : held_tell(m, before, from, step_n);
    }
    if (err) {
        return err;
    }
    struct amp_matched out = {.index = layer->index,
                              .state = AMP_MATCH_ON,
                              .gap = before == NULL ? layer->gap : AMP_MATCH_GAP_NONE,
                              .segment = cand->segment,
                              .share = cand->share,
                              .at = cand->at,
                              .dist_m = cand->dist_m,
                              .confidence = confidence,
                              .street = amp_seg_street(m->roads, cand->segment),
                              .step = m->step,
                              .step_n = step_n,
                              .way_m = way_length_m(m, step_n)};
    return tell(m, &out);
}

/* ---- deciding ---- */

static double log_sum(const double *value, size_t n)
{
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, value[i]);
    }
    for (size_t i = 0; i < n && isfinite(most); i++) {
        sum += exp(value[i] - most);
    }
    return isfinite(most) ? most + log(sum) : -INFINITY;
}

/* For every layer: how likely what follows is, from each of its candidates. */
static void backward_fill(struct amp_matcher *m, double (*backward)[CANDS])
{
    for (size_t i = m->n; i-- > 0;) {
        const struct layer *here = layer_at(m, i);
        double most = -INFINITY;
        for (size_t a = 0; a < here->n; a++) {
            double term[CANDS] = {0};
            const struct layer *next = i + 1 < m->n ? layer_at(m, i + 1) : NULL;
            for (size_t b = 0; next != NULL && b < next->n; b++) {
                term[b] = next->step[a][b] + next->cand[b].emission + backward[i + 1][b];
            }
            backward[i][a] = next != NULL ? log_sum(term, next->n) : 0;
            most = fmax(most, backward[i][a]);
        }
        for (size_t a = 0; a < here->n && isfinite(most); a++) {
            backward[i][a] -= most;
        }
    }
}

static double confidence_of(const struct layer *layer, const double *backward, int8_t c)
{
    double term[CANDS];
    for (size_t i = 0; i < layer->n; i++) {
        term[i] = layer->forward[i] + backward[i];
    }
    double all = log_sum(term, layer->n);
    return isfinite(all) ? exp(term[c] - all) : 0;
}

/* Tells the layers up to number `until` (not included), with the candidates of the best way, and
 * drops all but the last of them, which the next one's way begins at. */
static amp_err layers_tell(struct amp_matcher *m, const int8_t *best, size_t until)
{
    double(*backward)[CANDS] = calloc(RING, sizeof(*backward));
    amp_err err = backward == NULL ? AMP_E_NOMEM : AMP_OK;
    if (!err) {
        backward_fill(m, backward);
    }
    for (size_t i = m->told ? 1 : 0; i < until && !err; i++) {
        struct layer *before = i > 0 ? layer_at(m, i - 1) : NULL;
        struct layer *here = layer_at(m, i);
        err = layer_tell(m, before, i > 0 ? best[i - 1] : 0, here, best[i],
                         confidence_of(here, backward[i], best[i]));
    }
    free(backward);
    if (!err && until > 0) {
        m->told = true;
        m->told_cand = best[until - 1];
        m->first = (m->first + until - 1) % RING;
        m->n -= until - 1;
    }
    return err;
}

/* The best way back from candidate c of the last layer. */
static void trace_back(struct amp_matcher *m, int8_t c, int8_t *best)
{
    for (size_t i = m->n; i-- > 0;) {
        best[i] = c;
        c = i > 0 ? layer_at(m, i)->back[c] : c;
    }
    assert(!m->told || best[0] == m->told_cand);
}

static int8_t best_last(struct amp_matcher *m)
{
    const struct layer *last = layer_at(m, m->n - 1);
    int8_t best = NOBODY;
    for (size_t c = 0; c < last->n; c++) {
        if (isfinite(last->score[c]) && (best == NOBODY || last->score[c] > last->score[best])) {
            best = (int8_t)c;
        }
    }
    assert(best != NOBODY);
    return best;
}

/* How many layers from the first all ways that are still possible agree about. */
static size_t agreed(struct amp_matcher *m)
{
    const struct layer *last = layer_at(m, m->n - 1);
    unsigned alive = 0;
    for (size_t c = 0; c < last->n; c++) {
        alive |= isfinite(last->score[c]) ? 1U << c : 0;
    }
    for (size_t i = m->n; i-- > 0;) {
        if ((alive & (alive - 1)) == 0) {
            return i + 1;
        }
        unsigned before = 0;
        for (size_t c = 0; i > 0 && c < CANDS; c++) {
            if (alive >> c & 1) {
                before |= 1U << layer_at(m, i)->back[c];
            }
        }
        alive = before;
    }
    return 0;
}

/* When the window is full, the older half is decided by the best way; others end there. */
static void others_end(struct amp_matcher *m, const int8_t *best, size_t until)
{
    unsigned alive = 1U << best[until - 1];
    for (size_t i = until; i < m->n; i++) {
        struct layer *here = layer_at(m, i);
        unsigned here_alive = 0;
        for (size_t c = 0; c < here->n; c++) {
            bool lives = isfinite(here->score[c]) && (alive >> here->back[c] & 1);
            here->score[c] = lives ? here->score[c] : -INFINITY;
            here_alive |= lives ? 1U << c : 0;
        }
        alive = here_alive;
    }
}

static amp_err window_decide(struct amp_matcher *m)
{
    int8_t best[RING];
    bool full = m->n == RING;
    if (!full && m->n % DECIDE_EVERY != 0) {
        return AMP_OK;
    }
    size_t until = agreed(m);
    until = until == m->n ? until - 1 : until; /* the last one still gets its held reports */
    trace_back(m, best_last(m), best);
    if (full && until < 2) {
        until = RING / 2;
        others_end(m, best, until);
    }
    return until > (m->told ? 1U : 0U) ? layers_tell(m, best, until) : AMP_OK;
}

/* Decides all that is left, with what is held behind the last layer. */
static amp_err chain_end(struct amp_matcher *m)
{
    int8_t best[RING];
    if (m->n == 0) {
        return AMP_OK;
    }
    trace_back(m, best_last(m), best);
    int8_t last_c = best[m->n - 1];
    amp_err err = layers_tell(m, best, m->n);
    if (!err) {
        struct layer *last = layer_at(m, 0);
        err = held_tell(m, last, &last->cand[last_c], 0);
    }
    m->n = 0;
    m->told = false;
    return err;
}

/* ---- taking reports ---- */

static void chain_begin(struct amp_matcher *m, const struct layer *layer)
{
    m->first = 0;
    m->n = 1;
    m->told = false;
    m->layer[0] = *layer;
    m->layer[0].gap = m->next_gap;
    m->layer[0].held_n = 0;
    m->next_gap = AMP_MATCH_GAP_NO_WAY;
    for (size_t c = 0; c < layer->n; c++) {
        m->layer[0].score[c] = layer->cand[c].emission;
        m->layer[0].forward[c] = layer->cand[c].emission;
    }
}

/* Fills the steps from the last layer to this one; false if there is no way at all. */
static bool steps_fill(struct amp_matcher *m, struct layer *here)
{
    struct layer *before = layer_at(m, m->n - 1);
    double line_m = straight_m(before, here), time_s = here->fix.time_s - before->fix.time_s;
    double best = -INFINITY, most = -INFINITY;
    for (size_t a = 0; a < before->n; a++) {
        double way_m[CANDS];
        bool alive = isfinite(before->score[a]);
        if (alive) {
            amp_match_ways(m->search, &before->cand[a], here->cand, here->n, bound_of(before, here),
                           slack_of(before, here), way_m);
        }
        for (size_t b = 0; b < here->n; b++) {
            here->step[a][b] = alive ? amp_match_transition(way_m[b], line_m, time_s) : -INFINITY;
        }
    }
    for (size_t b = 0; b < here->n; b++) {
        double term[CANDS];
        here->score[b] = -INFINITY;
        here->back[b] = 0;
        for (size_t a = 0; a < before->n; a++) {
            term[a] = before->forward[a] + here->step[a][b];
            double score = before->score[a] + here->step[a][b];
            if (score > here->score[b]) {
                here->score[b] = score;
                here->back[b] = (int8_t)a;
            }
        }
        here->score[b] += here->cand[b].emission;
        here->forward[b] = log_sum(term, before->n) + here->cand[b].emission;
        best = fmax(best, here->score[b]);
        most = fmax(most, here->forward[b]);
    }
    for (size_t b = 0; b < here->n && isfinite(best); b++) {
        here->score[b] -= best;
        here->forward[b] -= most;
    }
    return isfinite(best);
}

static void layer_append(struct amp_matcher *m, const struct layer *here)
{
    assert(m->n < RING);
    *layer_at(m, m->n) = *here;
    layer_at(m, m->n)->held_n = 0;
    m->n++;
}

static void hold(struct amp_matcher *m, size_t index, struct amp_pos pos,
                 enum amp_match_state state)
{
    struct layer *last = layer_at(m, m->n - 1);
    assert(last->held_n < AMP_MATCH_HELD);
    last->held[last->held_n++] = (struct held){index, state, pos};
}

/* The chain ends; what waited as a stray begins the next one, if there is one. */
static amp_err chain_break(struct amp_matcher *m, enum amp_match_gap gap)
{
    amp_err err = chain_end(m);
    m->next_gap = gap;
    if (!err && m->waiting) {
        m->waiting = false;
        chain_begin(m, &m->stray);
    }
    return err;
}

static amp_err layer_take(struct amp_matcher *m, struct layer *here)
{
    for (int tries = 0; tries < 2 && m->n > 0; tries++) {
        struct layer *last = layer_at(m, m->n - 1);
        if (steps_fill(m, here)) {
            if (m->waiting) {
                m->waiting = false;
                hold(m, m->stray.index, m->stray.fix.pos, AMP_MATCH_OUTLIER);
            }
            layer_append(m, here);
            return window_decide(m);
        }
        if (!m->waiting && tries == 0 && last->held_n + 1 < AMP_MATCH_HELD) {
            m->waiting = true;
            m->stray = *here;
            return AMP_OK;
        }
        amp_err err = chain_break(m, AMP_MATCH_GAP_NO_WAY);
        if (err) {
            return err;
        }
    }
    amp_err err = chain_end(m);
    if (!err) {
        chain_begin(m, here);
    }
    return err;
}

static amp_err off_road(struct amp_matcher *m, size_t index, struct amp_pos pos)
{
    amp_err err = AMP_OK;
    if (m->waiting || (m->n > 0 && layer_at(m, m->n - 1)->held_n + 1 >= AMP_MATCH_HELD)) {
        err = chain_break(m, AMP_MATCH_GAP_OFF_ROAD);
    }
    if (err) {
        return err;
    }
    if (m->n > 0) {
        hold(m, index, pos, AMP_MATCH_OFF_ROAD);
        return AMP_OK;
    }
    m->next_gap = m->next_gap == AMP_MATCH_GAP_START ? m->next_gap : AMP_MATCH_GAP_OFF_ROAD;
    struct amp_matched out = {.index = index,
                              .state = AMP_MATCH_OFF_ROAD,
                              .segment = AMP_ROAD_NONE,
                              .at = pos,
                              .dist_m = NAN};
    return tell(m, &out);
}

static bool fix_valid(const struct amp_matcher *m, const struct amp_match_fix *fix)
{
    return amp_pos_valid(fix->pos.lat_e7, fix->pos.lon_e7) && isfinite(fix->time_s) &&
           isfinite(fix->heading_deg) && fix->heading_deg <= 360 && fix->sigma_m >= 0 &&
           fix->sigma_m <= AMP_SNAP_MAX_M && (!m->any || fix->time_s >= m->last_time_s);
}

amp_err amp_matcher_push(struct amp_matcher *m, const struct amp_match_fix *fix)
{
    if (!fix_valid(m, fix)) {
        return AMP_E_RANGE;
    }
    amp_err err = AMP_OK;
    if (m->any && fix->time_s - m->last_time_s > AMP_MATCH_GAP_S) {
        err = chain_break(m, AMP_MATCH_GAP_TIME);
        err = err ? err : chain_end(m); /* a stray that became a chain of its own ends, too */
        m->next_gap = AMP_MATCH_GAP_TIME;
    }
    if (err) {
        return err;
    }
    size_t index = m->pushed++;
    m->any = true;
    m->last_time_s = fix->time_s;
    struct layer here = {.index = index, .fix = *fix};
    struct layer *last = m->n > 0 ? layer_at(m, m->n - 1) : NULL;
    if (last != NULL && !m->waiting && last->held_n + 1 < AMP_MATCH_HELD &&
        straight_m(last, &here) < hardly_sigmas * sigma_of(fix)) {
        hold(m, index, fix->pos, AMP_MATCH_BETWEEN);
        return AMP_OK;
    }
    here.n = amp_match_candidates(m->roads, m->metric->profile, fix, here.cand);
    if (here.n == 0) {
        return off_road(m, index, fix->pos);
    }
    if (m->n == 0) {
        chain_begin(m, &here);
        return AMP_OK;
    }
    return layer_take(m, &here);
}

amp_err amp_matcher_finish(struct amp_matcher *m)
{
    amp_err err = AMP_OK;
    if (m->waiting) {
        err = chain_break(m, AMP_MATCH_GAP_NO_WAY);
    }
    err = err ? err : chain_end(m);
    m->next_gap = AMP_MATCH_GAP_START;
    m->any = false;
    m->pushed = 0;
    return err;
}
