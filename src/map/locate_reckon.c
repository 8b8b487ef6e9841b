/*
 * How long crews take to a region, and whether the best one depends on where in it the caller is.
 *
 * The samples of the region are targets one after another; a table holds the time of each crew that
 * can matter to each of them. Times are exact for each sample.
 */
#include "map/locate_in.h"
#include "map/locate_table.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double turn_round_s = 120;
static const double tenth = 0.1;

/* ---- which crews can matter ---- */

/* How far apart in time the samples lie: the longest way from the middle one to another and back.
 */
static amp_err spread_find(struct amp_road_query *query, const struct amp_metric *metric,
                           const struct amp_locate *where, size_t middle, struct amp_arena *arena,
                           double *out_s)
{
    size_t n = where->sample_n;
    struct amp_snap *from = amp_arena_array(arena, n, sizeof(*from));
    struct amp_reach *to_middle = amp_arena_array(arena, n, sizeof(*to_middle));
    if (from == NULL || to_middle == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        from[i] = where->sample[i].snap;
    }
    amp_err err = amp_roads_reach(query, metric, from, n, &from[middle], 0, to_middle);
    double most_s = 0;
    for (size_t i = 0; i < n && !err; i++) {
        struct amp_reach there = {INFINITY, NAN};
        err = amp_roads_reach(query, metric, &from[middle], 1, &from[i], 0, &there);
        most_s = fmax(most_s, there.time_s + to_middle[i].time_s);
    }
    if (!err) {
        *out_s = most_s;
    }
    return err;
}

/* The crews that may be first somewhere, by index into those given. */
static amp_err crews_choose(struct amp_road_query *query, const struct amp_metric *metric,
                            const struct amp_locate *where, const struct amp_locate_crew *crew,
                            size_t crew_n, struct amp_arena *arena, size_t *chosen, size_t *out_n)
{
    size_t middle = where->sample_n / 2;
    double spread_s = 0, first_s = INFINITY;
    struct amp_snap *from = amp_arena_array(arena, crew_n, sizeof(*from));
    struct amp_reach *reach = amp_arena_array(arena, crew_n, sizeof(*reach));
    if (from == NULL || reach == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < crew_n; i++) {
        from[i] = crew[i].snap;
    }
    amp_err err = spread_find(query, metric, where, middle, arena, &spread_s);
    err = err ? err
              : amp_roads_reach(query, metric, from, crew_n, &where->sample[middle].snap, 0, reach);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < crew_n; i++) {
        first_s = fmin(first_s, reach[i].time_s);
    }
    size_t n = 0;
    double latest_s = first_s + spread_s + turn_round_s; /* INFINITY: all of them */
    for (size_t i = 0; i < crew_n; i++) {
        if (!(reach[i].time_s > latest_s)) {
            chosen[n++] = i;
        }
    }
    *out_n = n;
    return AMP_OK;
}

/* ---- the table ---- */

static amp_err table_fill(struct amp_road_query *query, const struct amp_metric *metric,
                          const struct amp_locate_crew *crew, struct amp_arena *arena,
                          struct amp_locate_table *table)
{
    struct amp_snap *from = amp_arena_array(arena, table->crew_n + 1, sizeof(*from));
    struct amp_reach *reach = amp_arena_array(arena, table->crew_n + 1, sizeof(*reach));
    table->time_s =
        amp_arena_array(arena, table->crew_n * table->sample_n + 1, sizeof(*table->time_s));
    table->first = amp_arena_array(arena, table->sample_n + 1, sizeof(*table->first));
    if (from == NULL || reach == NULL || table->time_s == NULL || table->first == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t c = 0; c < table->crew_n; c++) {
        from[c] = crew[table->crew[c]].snap;
    }
    for (size_t s = 0; s < table->sample_n; s++) {
        amp_err err = amp_roads_reach(query, metric, from, table->crew_n,
                                      &table->where->sample[s].snap, 0, reach);
        if (err) {
            return err;
        }
        table->first[s] = AMP_LOCATE_NOBODY;
        double best_s = INFINITY;
        for (size_t c = 0; c < table->crew_n; c++) {
            *amp_locate_cell(table, c, s) = reach[c].time_s;
            if (reach[c].time_s < best_s) {
                best_s = reach[c].time_s;
                table->first[s] = (uint32_t)c;
            }
        }
    }
    return AMP_OK;
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
    out->reckoned = t->crew_n;
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

static amp_err reckon(struct amp_road_query *query, const struct amp_metric *metric,
                      const struct amp_locate_crew *crew, struct amp_arena *arena,
                      struct amp_locate_table *table, struct amp_locate_times *out)
{
    struct amp_locate_times got = {.time_n = 0};
    amp_err err = table_fill(query, metric, crew, arena, table);
    err = err ? err : answer_make(table, arena, &got);
    if (!err) {
        *out = got;
    }
    return err;
}

static amp_err nothing(struct amp_locate_times *out)
{
    *out = (struct amp_locate_times){.no_way_share = 1};
    return AMP_OK;
}

amp_err amp_locate_reckon(struct amp_road_query *query, const struct amp_metric *metric,
                          const struct amp_locate *where, const struct amp_locate_crew *crew,
                          size_t crew_n, struct amp_arena *arena, struct amp_locate_times *out)
{
    if (where->sample_n == 0 || crew_n == 0) {
        return nothing(out);
    }
    struct amp_locate_table table = {.where = where, .sample_n = where->sample_n};
    table.crew = amp_arena_array(arena, crew_n, sizeof(*table.crew));
    if (table.crew == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err =
        crews_choose(query, metric, where, crew, crew_n, arena, table.crew, &table.crew_n);
    return err ? err : reckon(query, metric, crew, arena, &table, out);
}

amp_err amp_locate_reckon_slow(struct amp_road_query *query, const struct amp_metric *metric,
                               const struct amp_locate *where, const struct amp_locate_crew *crew,
                               size_t crew_n, struct amp_arena *arena, struct amp_locate_times *out)
{
    if (where->sample_n == 0 || crew_n == 0) {
        return nothing(out);
    }
    struct amp_locate_table table = {.where = where, .sample_n = where->sample_n, .crew_n = crew_n};
    table.crew = amp_arena_array(arena, crew_n, sizeof(*table.crew));
    if (table.crew == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < crew_n; i++) {
        table.crew[i] = i;
    }
    return reckon(query, metric, crew, arena, &table, out);
}
