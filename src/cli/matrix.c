/* `amparo matrix`: road times from many places to many. */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/roads.h"
#include "cli/unitlist.h"

enum {
    OUTPUT_MAX = 1 << 30,
    MEMORY_MAX = 1 << 30
};

struct asked {
    const char *map;
    const char *from, *to;
    const char *profile;
    bool json;
};

struct ends { /* one side of the table */
    struct amp_buf bytes;
    struct amp_cli_units units;
    struct amp_snap *snap; /* of those near a road */
    size_t *at;            /* of each unit its snap; SIZE_MAX: no road */
    size_t snap_n;
};

static amp_err ends_read(const char *path, struct amp_arena *arena, struct ends *out,
                         struct amp_why *why)
{
    amp_err err = amp_cli_read_file(path, AMP_CLI_FILE_MAX, &out->bytes, why);
    return err ? err : amp_cli_units_read(amp_buf_view(&out->bytes), arena, &out->units, why);
}

static amp_err ends_snap(const struct amp_cli_roads *rd, struct amp_arena *arena, struct ends *ends)
{
    ends->snap = amp_arena_array(arena, ends->units.n + 1, sizeof(*ends->snap));
    ends->at = amp_arena_array(arena, ends->units.n + 1, sizeof(*ends->at));
    if (ends->snap == NULL || ends->at == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < ends->units.n; i++) {
        size_t found = 0;
        amp_err err = amp_roads_snap(rd->roads, rd->profile, ends->units.unit[i].pos,
                                     AMP_SNAP_MAX_M, -1, &ends->snap[ends->snap_n], 1, &found);
        if (err && err != AMP_E_NO_ROUTE) {
            return err;
        }
        ends->at[i] = !err && found > 0 ? ends->snap_n++ : SIZE_MAX;
    }
    return AMP_OK;
}

struct table {
    const struct ends *from, *to;
    uint32_t *time_ms;
};

/* The time of one cell, or AMP_ROAD_FOREVER_MS. */
static uint32_t cell_ms(const struct table *table, size_t i, size_t j)
{
    size_t a = table->from->at[i], b = table->to->at[j];
    return a == SIZE_MAX || b == SIZE_MAX ? AMP_ROAD_FOREVER_MS
                                          : table->time_ms[a * table->to->snap_n + b];
}

static void cell_json(struct amp_json *js, uint32_t time_ms)
{
    if (time_ms < AMP_ROAD_FOREVER_MS) {
        amp_json_put_double(js, time_ms / 1000.0, 3);
    } else {
        amp_json_put_null(js);
    }
}

static void ids_json(struct amp_json *js, const char *name, const struct ends *ends)
{
    amp_json_key(js, name);
    amp_json_open(js, '[');
    for (size_t i = 0; i < ends->units.n; i++) {
        amp_json_put_str(js, ends->units.unit[i].id);
    }
    amp_json_close(js, ']');
}

static void table_json(struct amp_buf *out, const struct table *table)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    ids_json(&js, "from", table->from);
    ids_json(&js, "to", table->to);
    amp_json_key(&js, "time_s");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < table->from->units.n; i++) {
        amp_json_open(&js, '[');
        for (size_t j = 0; j < table->to->units.n; j++) {
            cell_json(&js, cell_ms(table, i, j));
        }
        amp_json_close(&js, ']');
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

/* RFC 4180: what holds a comma, a quote or a line end stands in quotes. */
static void csv_put(struct amp_buf *out, struct amp_str text)
{
    amp_buf_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"') {
            amp_buf_char(out, '"');
        }
        amp_buf_char(out, text.ptr[i]);
    }
    amp_buf_char(out, '"');
}

static void table_text(struct amp_buf *out, const struct table *table)
{
    amp_buf_text(out, "from,to,time_s");
    for (size_t i = 0; i < table->from->units.n; i++) {
        for (size_t j = 0; j < table->to->units.n; j++) {
            uint32_t time_ms = cell_ms(table, i, j);
            amp_buf_char(out, '\n');
            csv_put(out, table->from->units.unit[i].id);
            amp_buf_char(out, ',');
            csv_put(out, table->to->units.unit[j].id);
            amp_buf_char(out, ',');
            if (time_ms < AMP_ROAD_FOREVER_MS) {
                amp_buf_printf(out, "%u.%03u", time_ms / 1000, time_ms % 1000);
            }
        }
    }
}

static amp_err table_fill(const struct amp_cli_roads *rd, struct ends side[2],
                          struct amp_arena *arena, struct table *out, struct amp_why *why)
{
    amp_err err = ends_snap(rd, arena, &side[0]);
    err = err ? err : ends_snap(rd, arena, &side[1]);
    *out = (struct table){.from = &side[0], .to = &side[1]};
    if (!err) {
        out->time_ms =
            amp_arena_array(arena, side[0].snap_n * side[1].snap_n + 1, sizeof(uint32_t));
        err = out->time_ms == NULL ? AMP_E_NOMEM : AMP_OK;
    }
    if (!err) {
        err = amp_roads_matrix(rd->query, rd->metric, side[0].snap, side[0].snap_n, side[1].snap,
                               side[1].snap_n, out->time_ms);
    }
    if (err == AMP_E_LIMIT) {
        return amp_fail(why, err, "a table has at most %d rows, %d columns and %d cells",
                        AMP_MATRIX_ENDS, AMP_MATRIX_ENDS, AMP_MATRIX_CELLS);
    }
    return err ? amp_fail(why, err, "not enough memory for the table") : AMP_OK;
}

static amp_err answer(const struct asked *asked, struct amp_buf *out, struct amp_why *why)
{
    struct amp_arena arena = amp_arena_make(MEMORY_MAX);
    struct amp_cli_roads rd = {.amap = NULL};
    struct ends side[2] = {{.snap_n = 0}, {.snap_n = 0}};
    struct table table;
    amp_err err = ends_read(asked->from, &arena, &side[0], why);
    err = err ? err : ends_read(asked->to, &arena, &side[1], why);
    err = err ? err : amp_cli_roads_open(asked->map, asked->profile, &rd, why);
    err = err ? err : table_fill(&rd, side, &arena, &table, why);
    if (!err && asked->json) {
        table_json(out, &table);
    } else if (!err) {
        table_text(out, &table);
    }
    amp_cli_roads_close(&rd);
    amp_buf_free(&side[0].bytes);
    amp_buf_free(&side[1].bytes);
    amp_arena_drop(&arena);
    return err;
}

int amp_cli_matrix(int argc, char **argv)
{
    struct asked asked = {.profile = "ambulance"};
    const struct amp_opt opts[] = {
        {"--map", AMP_OPT_TEXT, "M.amap", "the map, made by `amparo map build`", true, &asked.map,
         NULL},
        {"--from", AMP_OPT_TEXT, "FILE.csv", "id,lat,lon of each source; - for standard input",
         true, &asked.from, NULL},
        {"--to", AMP_OPT_TEXT, "FILE.csv", "id,lat,lon of each target", true, &asked.to, NULL},
        {"--profile", AMP_OPT_TEXT, "NAME",
         "ambulance (default), car, fire, motorcycle, foot or rescue", false, &asked.profile, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON instead of CSV", false, &asked.json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "matrix",
        .operands = "",
        .about = "Road times from many places to many, in seconds; empty where there is no way.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
    };
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(OUTPUT_MAX);
    amp_err err = answer(&asked, &out, &why);
    return amp_cli_answer("matrix", asked.json, err, &why, &out);
}
