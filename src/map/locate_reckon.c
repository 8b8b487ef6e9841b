/*
 * How long crews take to a region, and whether the best one depends on where in it the caller is.
 *
 * The samples of the region are targets one after another. A table holds the exact times of the
 * contenders: the crews that are soonest at one sample in the middle, and all that are first at
 * some sample. Who is first is exact without asking every crew: who gets from a sample to the
 * middle in b seconds cannot reach the sample in less than his time to the middle less b. (He may
 * have to turn round for it, at the end of his road; and a turn restriction that binds him but not
 * who begins at the sample is allowed half a minute.)
 */
#include "map/locate_in.h"
#include "map/locate_table.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double restricted_s = 30;
static const double tenth = 0.1;
static const double ms_per_s = 1000;

/* ---- who is first where ---- */

struct ranked {
    double at_middle_s;
    size_t crew;
};

struct search {
    struct amp_road_query *query;
    const struct amp_metric *metric;
    const struct amp_locate *where;
    const struct amp_locate_crew *crew;
    size_t crew_n;
    struct ranked *rank;   /* all crews, soonest at the middle first */
    struct amp_snap *from; /* by rank */
    struct amp_reach *reach;
    double back_s[AMP_LOCATE_SAMPLES]; /* from a sample to the middle one, turning round at worst */
    double first_s[AMP_LOCATE_SAMPLES];
    size_t first[AMP_LOCATE_SAMPLES];                   /* rank, or crew_n */
    double near_s[AMP_LOCATE_NEAR][AMP_LOCATE_SAMPLES]; /* of the first ranks */
    size_t asked; /* crews that were looked at beyond the middle */
};

static int rank_order(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->at_middle_s < y->at_middle_s || x->at_middle_s > y->at_middle_s) {
        return x->at_middle_s < y->at_middle_s ? -1 : 1;
    }
    return x->crew < y->crew ? -1 : x->crew > y->crew;
}

/* To drive on to the end of the road and back, where a road leads both ways. */
static double turn_s(const struct amp_metric *metric, const struct amp_snap *snap)
{
    uint32_t along_ms = amp_base_run_ms(metric->roads, metric->profile, 2 * snap->segment);
    uint32_t back_ms = amp_base_run_ms(metric->roads, metric->profile, 2 * snap->segment + 1);
    if (along_ms >= AMP_ROAD_INF || back_ms >= AMP_ROAD_INF) {
        return 0;
    }
    return fmax(snap->share, 1 - snap->share) * ((double)along_ms + back_ms) / ms_per_s;
}

static amp_err ranks_make(struct search *s, struct amp_arena *arena)
{
    const struct amp_locate_sample *sample = s->where->sample;
    size_t n = s->crew_n > AMP_LOCATE_SAMPLES ? s->crew_n : AMP_LOCATE_SAMPLES;
    const struct amp_snap *middle = &sample[s->where->sample_n / 2].snap;
    s->rank = amp_arena_array(arena, s->crew_n, sizeof(*s->rank));
    s->from = amp_arena_array(arena, n, sizeof(*s->from));
    s->reach = amp_arena_array(arena, n, sizeof(*s->reach));
    if (s->rank == NULL || s->from == NULL || s->reach == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < s->where->sample_n; i++) {
        s->from[i] = sample[i].snap;
    }
    amp_err err =
        amp_roads_reach(s->query, s->metric, s->from, s->where->sample_n, middle, 0, s->reach);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < s->where->sample_n; i++) {
        s->back_s[i] = s->reach[i].time_s + turn_s(s->metric, &s->from[i]) + restricted_s;
    }
    for (size_t c = 0; c < s->crew_n; c++) {
        s->from[c] = s->crew[c].snap;
    }
    err = amp_roads_reach(s->query, s->metric, s->from, s->crew_n, middle, 0, s->reach);
    for (size_t c = 0; c < s->crew_n && !err; c++) {
        s->rank[c] = (struct ranked){s->reach[c].time_s, c};
    }
    qsort(s->rank, s->crew_n, sizeof(*s->rank), rank_order);
    for (size_t c = 0; c < s->crew_n; c++) {
        s->from[c] = s->crew[s->rank[c].crew].snap;
    }
    return err;
}

/* Ranks begin to end - 1 at one sample: is one of them there first? */
static amp_err first_among(struct search *s, size_t sample, size_t begin, size_t end)
{
    if (begin >= end) {
        return AMP_OK;
    }
    amp_err err = amp_roads_reach(s->query, s->metric, s->from + begin, end - begin,
                                  &s->where->sample[sample].snap, 0, s->reach);
    for (size_t i = begin; i < end && !err; i++) {
        double time_s = s->reach[i - begin].time_s;
        if (i < AMP_LOCATE_NEAR) {
            s->near_s[i][sample] = time_s;
        }
        size_t first = s->first[sample];
        bool tie = first < s->crew_n && !(time_s > s->first_s[sample]) &&
                   s->rank[i].crew < s->rank[first].crew;
        if (time_s < s->first_s[sample] || (tie && isfinite(time_s))) {
            s->first_s[sample] = time_s;
            s->first[sample] = i;
        }
    }
    return err;
}

/* with all set, every crew is asked at every sample. */
static amp_err firsts_find(struct search *s, bool all)
{
    amp_err err = AMP_OK;
    size_t near = s->crew_n < AMP_LOCATE_NEAR ? s->crew_n : AMP_LOCATE_NEAR;
    for (size_t i = 0; i < s->where->sample_n && !err; i++) {
        s->first[i] = s->crew_n;
        s->first_s[i] = INFINITY;
        err = first_among(s, i, 0, all ? s->crew_n : near);
        size_t end = all ? s->crew_n : near;
        while (end < s->crew_n && !(s->rank[end].at_middle_s > s->first_s[i] + s->back_s[i])) {
            end++;
        }
        err = err ? err : first_among(s, i, all ? s->crew_n : near, end);
        s->asked = end > s->asked ? end : s->asked;
    }
    return err;
}

/* ---- the table ---- */

/* Contenders by rank: the nearest to the middle, then who is first somewhere. */
static size_t contenders_list(const struct search *s, size_t *rank)
{
    size_t n = 0;
    while (n < s->crew_n && n < AMP_LOCATE_NEAR) {
        rank[n] = n;
        n++;
    }
    for (size_t i = 0; i < s->where->sample_n; i++) {
        size_t k = 0;
        while (k < n && rank[k] != s->first[i]) {
            k++;
        }
        if (k == n && s->first[i] < s->crew_n) {
            rank[n++] = s->first[i];
        }
    }
    return n;
}

/* The rows beyond the near ones, whose times are known. */
static amp_err rows_fill(struct search *s, const size_t *rank, size_t near,
                         struct amp_locate_table *t)
{
    struct amp_snap from[AMP_LOCATE_SAMPLES];
    for (size_t c = near; c < t->crew_n; c++) {
        from[c - near] = s->from[rank[c]];
    }
    for (size_t i = 0; i < t->sample_n && near < t->crew_n; i++) {
        amp_err err = amp_roads_reach(s->query, s->metric, from, t->crew_n - near,
                                      &s->where->sample[i].snap, 0, s->reach);
        if (err) {
            return err;
        }
        for (size_t c = near; c < t->crew_n; c++) {
            *amp_locate_cell(t, c, i) = s->reach[c - near].time_s;
        }
    }
    return AMP_OK;
}

static amp_err table_fill(struct search *s, struct amp_arena *arena, struct amp_locate_table *t)
{
    size_t rank[AMP_LOCATE_NEAR + AMP_LOCATE_SAMPLES];
    size_t near = s->crew_n < AMP_LOCATE_NEAR ? s->crew_n : AMP_LOCATE_NEAR;
    t->crew_n = contenders_list(s, rank);
    t->sample_n = s->where->sample_n;
    t->crew = amp_arena_array(arena, t->crew_n, sizeof(*t->crew));
    t->time_s = amp_arena_array(arena, t->crew_n * t->sample_n, sizeof(*t->time_s));
    t->first = amp_arena_array(arena, t->sample_n, sizeof(*t->first));
    if (t->crew == NULL || t->time_s == NULL || t->first == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t c = 0; c < t->crew_n; c++) {
        t->crew[c] = s->rank[rank[c]].crew;
    }
    for (size_t i = 0; i < t->sample_n; i++) {
        t->first[i] = AMP_LOCATE_NOBODY;
        for (size_t c = 0; c < t->crew_n; c++) {
            if (c < near) {
                *amp_locate_cell(t, c, i) = s->near_s[c][i];
            }
            t->first[i] = rank[c] == s->first[i] ? (uint32_t)c : t->first[i];
        }
    }
    return rows_fill(s, rank, near, t);
}

static int double_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct amp_locate_time crew_time(const struct amp_locate_table *t, size_t c)
{
    double time_s[AMP_LOCATE_SAMPLES];
    size_t n = 0, first = 0, reached = 0;
    double sum_s = 0;
    for (size_t s = 0; s < t->sample_n; s++) {
        double one_s = *amp_locate_cell(t, c, s);
        if (isfinite(one_s)) {
            time_s[n++] = one_s;
            sum_s += one_s;
        }
        first += t->first[s] == c ? 1 : 0;
        reached += t->first[s] != AMP_LOCATE_NOBODY ? 1 : 0;
    }
    struct amp_locate_time out = {.crew = t->crew[c],
                                  .mean_s = INFINITY,
                                  .p10_s = INFINITY,
                                  .p90_s = INFINITY,
                                  .no_way_share = 1};
    if (n > 0) {
        qsort(time_s, n, sizeof(time_s[0]), double_order);
        out.mean_s = sum_s / (double)n;
        out.p10_s = time_s[(size_t)fmax(ceil(tenth * (double)n), 1) - 1];
        out.p90_s = time_s[(size_t)ceil((1 - tenth) * (double)n) - 1];
        out.no_way_share = 1 - (double)n / (double)t->sample_n;
    }
    out.first_share = reached > 0 ? (double)first / (double)reached : 0;
    return out;
}

static int time_order(const void *a, const void *b)
{
    const struct amp_locate_time *x = a, *y = b;
    if (x->no_way_share < y->no_way_share || x->no_way_share > y->no_way_share) {
        return x->no_way_share < y->no_way_share ? -1 : 1;
    }
    if (x->mean_s < y->mean_s || x->mean_s > y->mean_s) {
        return x->mean_s < y->mean_s ? -1 : 1;
    }
    return x->crew < y->crew ? -1 : x->crew > y->crew;
}

/* The listed ones: the soonest, and whoever is first somewhere before those who never are. */
static void times_shorten(struct amp_locate_times *out)
{
    size_t n = 0;
    for (size_t i = 0; i < out->time_n; i++) {
        bool wanted = i < AMP_LOCATE_CREWS / 2 || out->time[i].first_share > 0;
        if (wanted && n < AMP_LOCATE_CREWS) {
            out->time[n++] = out->time[i];
        }
    }
    out->time_n = n;
}

/* ---- where it flips ---- */

static void flip_keep(struct amp_locate_times *out, double *far_m, double away_m,
                      struct amp_locate_flip flip)
{
    size_t at = out->flip_n < AMP_LOCATE_FLIPS ? out->flip_n : AMP_LOCATE_FLIPS - 1;
    if (out->flip_n == AMP_LOCATE_FLIPS && !(away_m < far_m[at])) {
        return;
    }
    out->flip_n += out->flip_n < AMP_LOCATE_FLIPS ? 1 : 0;
    for (; at > 0 && away_m < far_m[at - 1]; at--) {
        far_m[at] = far_m[at - 1];
        out->flip[at] = out->flip[at - 1];
    }
    far_m[at] = away_m;
    out->flip[at] = flip;
}

static void flips_find(const struct amp_locate_table *t, struct amp_locate_times *out)
{
    double far_m[AMP_LOCATE_FLIPS];
    for (size_t a = 0; a < t->sample_n; a++) {
        for (size_t b = a + 1; b < t->sample_n; b++) {
            uint32_t x = t->first[a], y = t->first[b];
            if (x == y || x == AMP_LOCATE_NOBODY || y == AMP_LOCATE_NOBODY) {
                continue;
            }
            struct amp_pos p = t->where->sample[a].snap.at, q = t->where->sample[b].snap.at;
            flip_keep(out, far_m, amp_pos_distance_m(p, q),
                      (struct amp_locate_flip){p, q, t->crew[x], t->crew[y]});
        }
    }
}

static amp_err answer_make(struct amp_locate_table *t, struct amp_arena *arena,
                           struct amp_locate_times *out)
{
    out->time = amp_arena_array(arena, t->crew_n + 1, sizeof(*out->time));
    if (out->time == NULL) {
        return AMP_E_NOMEM;
    }
    size_t nobody = 0;
    for (size_t c = 0; c < t->crew_n; c++) {
        out->time[c] = crew_time(t, c);
    }
    for (size_t s = 0; s < t->sample_n; s++) {
        nobody += t->first[s] == AMP_LOCATE_NOBODY ? 1 : 0;
    }
    out->time_n = t->crew_n;
    out->no_way_share = (double)nobody / (double)t->sample_n;
    if (t->crew_n == 0 || nobody == t->sample_n) {
        return AMP_OK;
    }
    qsort(out->time, out->time_n, sizeof(*out->time), time_order);
    size_t top = 0;
    while (t->crew[top] != out->time[0].crew) {
        top++;
    }
    out->regret_s = amp_locate_regret(t, top, NULL, 0);
    out->differs = out->time[0].first_share < 1;
    if (out->differs) {
        flips_find(t, out);
        amp_locate_ask(t, out->regret_s, &out->ask);
    }
    times_shorten(out);
    return AMP_OK;
}

static amp_err reckon(struct search *s, bool all, struct amp_arena *arena,
                      struct amp_locate_times *out)
{
    struct amp_locate_times got = {.no_way_share = 1};
    struct amp_locate_table table = {.where = s->where};
    if (s->where->sample_n == 0 || s->crew_n == 0) {
        *out = got;
        return AMP_OK;
    }
    amp_err err = ranks_make(s, arena);
    err = err ? err : firsts_find(s, all);
    err = err ? err : table_fill(s, arena, &table);
    err = err ? err : answer_make(&table, arena, &got);
    if (!err) {
        got.reckoned = s->asked;
        *out = got;
    }
    return err;
}

amp_err amp_locate_reckon(struct amp_road_query *query, const struct amp_metric *metric,
                          const struct amp_locate *where, const struct amp_locate_crew *crew,
                          size_t crew_n, struct amp_arena *arena, struct amp_locate_times *out)
{
    struct search s = {
        .query = query, .metric = metric, .where = where, .crew = crew, .crew_n = crew_n};
    return reckon(&s, false, arena, out);
}

amp_err amp_locate_reckon_slow(struct amp_road_query *query, const struct amp_metric *metric,
                               const struct amp_locate *where, const struct amp_locate_crew *crew,
                               size_t crew_n, struct amp_arena *arena, struct amp_locate_times *out)
{
    struct search s = {
        .query = query, .metric = metric, .where = where, .crew = crew, .crew_n = crew_n};
    return reckon(&s, true, arena, out);
}
