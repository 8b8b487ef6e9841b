/* `amparo nearest`: which of these crews can be there first, by road. */
#include "base/json.h"
#include "base/timefmt.h"
#include "cli/commands.h"
#include "cli/roads.h"
#include "cli/unitlist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    OUTPUT_MAX = 256 << 20,
    UNITS_MEMORY_MAX = 1 << 30,
    K_DEFAULT = 5
};

/* ---- ranking ---- */

static int id_compare(const void *a, const void *b)
{
    const struct amp_str *x = &((const struct amp_cli_unit *)a)->id;
    const struct amp_str *y = &((const struct amp_cli_unit *)b)->id;
    size_t n = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->ptr, y->ptr, n);
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static int rank_compare(const void *a, const void *b)
{
    double x = ((const struct amp_cli_unit *)a)->reach.time_s;
    double y = ((const struct amp_cli_unit *)b)->reach.time_s;
    return x < y ? -1 : x > y ? 1 : id_compare(a, b);
}

/* Times of all units to the target; the units without a road near them stay at INFINITY. They are
 * in the order of their ids, so that equal times rank by id. */
static amp_err units_reach(const struct amp_cli_roads *rd, struct amp_pos to, size_t k,
                           struct amp_arena *arena, struct amp_cli_units *units)
{
    size_t found = 0, n = 0;
    struct amp_snap target;
    struct amp_snap *snap = amp_arena_array(arena, units->n + 1, sizeof(*snap));
    struct amp_reach *reach = amp_arena_array(arena, units->n + 1, sizeof(*reach));
    size_t *unit_of = amp_arena_array(arena, units->n + 1, sizeof(*unit_of));
    if (snap == NULL || reach == NULL || unit_of == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err =
        amp_roads_snap(rd->roads, rd->profile, to, AMP_SNAP_MAX_M, -1, &target, 1, &found);
    if (err || found == 0) {
        return err ? err : AMP_E_NO_ROUTE;
    }
    for (size_t i = 0; i < units->n; i++) {
        units->unit[i].reach = (struct amp_reach){INFINITY, NAN};
        err = amp_roads_snap(rd->roads, rd->profile, units->unit[i].pos, AMP_SNAP_MAX_M, -1,
                             &snap[n], 1, &found);
        if (err) {
            return err;
        }
        if (found > 0) {
            unit_of[n++] = i;
        }
    }
    err = amp_roads_reach(rd->query, rd->metric, snap, n, &target, k, reach);
    for (size_t i = 0; i < n && !err; i++) {
        units->unit[unit_of[i]].reach = reach[i];
    }
    return err;
}

/* ---- writing ---- */

static void json_put(struct amp_buf *out, const struct amp_cli_units *units, size_t k)
{
    struct amp_json js = amp_json_make(out);
    size_t i = 0;
    amp_json_open(&js, '{');
    amp_json_key(&js, "results");
    amp_json_open(&js, '[');
    for (; i < units->n && i < k && isfinite(units->unit[i].reach.time_s); i++) {
        amp_json_open(&js, '{');
        amp_json_str_of(&js, "id", units->unit[i].id);
        amp_json_double_of(&js, "time_s", units->unit[i].reach.time_s, 3);
        amp_json_double_of(&js, "distance_m", units->unit[i].reach.distance_m, 3);
        amp_json_close(&js, '}');
    }
    amp_json_close(&js, ']');
    while (i < units->n && isfinite(units->unit[i].reach.time_s)) {
        i++;
    }
    amp_json_key(&js, "no_way_from"); /* they cannot get there by road */
    amp_json_open(&js, '[');
    for (; i < units->n; i++) {
        amp_json_put_str(&js, units->unit[i].id);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

static void text_put(struct amp_buf *out, const struct amp_cli_units *units, size_t k)
{
    for (size_t i = 0; i < units->n && i < k; i++) {
        const struct amp_cli_unit *unit = &units->unit[i];
        char time[AMP_TIME_TEXT];
        if (!isfinite(unit->reach.time_s)) {
            amp_buf_printf(out, "%3zu. %.*s: no way by road\n", i + 1, (int)unit->id.len,
                           unit->id.ptr);
            continue;
        }
        amp_duration_text(unit->reach.time_s, time);
        amp_buf_printf(out, "%3zu. %.*s: %s, %.2f km\n", i + 1, (int)unit->id.len, unit->id.ptr,
                       time, unit->reach.distance_m / 1000);
    }
    amp_buf_text(out, "(c) OpenStreetMap contributors");
}

struct asked {
    const char *map;
    const char *units;
    const char *profile;
    struct amp_cli_tuning tuning;
    struct amp_pos to;
    int64_t k;
    bool json;
};

static amp_err answer_from(const struct asked *asked, struct amp_str text, struct amp_arena *arena,
                           struct amp_buf *out, struct amp_why *why)
{
    struct amp_cli_units units = {NULL, 0};
    struct amp_cli_roads rd = {.amap = NULL};
    amp_err err = amp_cli_units_read(text, arena, &units, why);
    if (!err) {
        err = amp_cli_roads_open_as(asked->map, asked->profile, &asked->tuning, &rd, why);
    }
    if (err) {
        return err;
    }
    qsort(units.unit, units.n, sizeof(units.unit[0]), id_compare);
    err = units_reach(&rd, asked->to, (size_t)asked->k, arena, &units);
    if (err == AMP_E_NO_ROUTE) {
        (void)amp_fail(why, err, "there is no road open to the %s profile within %d m of --to",
                       amp_profile_name(rd.profile), (int)AMP_SNAP_MAX_M);
    }
    if (!err) {
        qsort(units.unit, units.n, sizeof(units.unit[0]), rank_compare);
        if (asked->json) {
            json_put(out, &units, (size_t)asked->k);
        } else {
            text_put(out, &units, (size_t)asked->k);
        }
    }
    amp_cli_roads_close(&rd);
    return err;
}

static amp_err answer(const struct asked *asked, struct amp_buf *out, struct amp_why *why)
{
    struct amp_buf bytes = {.data = NULL};
    amp_err err = amp_cli_read_file(asked->units, AMP_CLI_FILE_MAX, &bytes, why);
    if (err) {
        return err;
    }
    struct amp_arena arena = amp_arena_make(UNITS_MEMORY_MAX);
    err = answer_from(asked, amp_buf_view(&bytes), &arena, out, why);
    amp_arena_drop(&arena);
    amp_buf_free(&bytes);
    return err;
}

int amp_cli_nearest(int argc, char **argv)
{
    struct asked asked = {.profile = "ambulance", .k = K_DEFAULT};
    const struct amp_opt opts[] = {
        {"--map", AMP_OPT_TEXT, "M.amap", "the map, made by `amparo map build`", true, &asked.map,
         NULL},
        {"--units", AMP_OPT_TEXT, "FILE.csv", "id,lat,lon of each crew; - for standard input", true,
         &asked.units, NULL},
        {"--to", AMP_OPT_POS, "LAT,LON", "where they are needed", true, &asked.to, NULL},
        {"-k", AMP_OPT_INT, "N", "how many to list (5)", false, &asked.k, NULL},
        {"--profile", AMP_OPT_TEXT, "NAME", "ambulance (default), car, fire, motorcycle, foot, ...",
         false, &asked.profile, NULL},
        AMP_CLI_TUNING_OPTS(asked.tuning),
        {"--json", AMP_OPT_FLAG, NULL, "print JSON", false, &asked.json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "nearest",
        .operands = "",
        .about = "Which crews can be there first, by road time, the soonest first.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
    };
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    if (asked.k < 1 || asked.k > AMP_NEAREST_UNITS) {
        return amp_cli_misuse("nearest", "-k must be 1 to %d", AMP_NEAREST_UNITS);
    }
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(OUTPUT_MAX);
    amp_err err = answer(&asked, &out, &why);
    return amp_cli_answer("nearest", asked.json, err, &why, &out);
}
