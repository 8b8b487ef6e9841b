/* `amparo locate`: what the reports of where a caller is can mean, and which crew that asks for. */
#include "map/locate.h"
#include "cli/commands.h"
#include "cli/roads.h"
#include "cli/unitlist.h"
#include "map/fuse.h"

#include <math.h>

enum {
    LOCATE_TEXT_MAX = 4 << 20,
    LOCATE_ARENA = 1 << 30
};

struct asked {
    const char *map;
    const char *units; /* NULL: none */
    const char *profile;
    double speed_m_s;
    bool json;
    struct amp_fuse_report report[AMP_FUSE_REPORTS];
    size_t report_n;
};

struct answer {
    struct amp_cli_roads rd;
    struct amp_places *places;
    struct amp_arena arena;
    struct amp_buf bytes; /* of the units */
    struct amp_locate_crew *crew;
    size_t crew_n;
    struct amp_buf out;
};

static amp_err crews_read(const struct asked *asked, struct answer *a, struct amp_why *why)
{
    struct amp_cli_units units = {NULL, 0};
    size_t found = 0;
    amp_err err = amp_cli_read_file(asked->units, AMP_CLI_FILE_MAX, &a->bytes, why);
    err = err ? err : amp_cli_units_read(amp_buf_view(&a->bytes), &a->arena, &units, why);
    if (err) {
        return err;
    }
    a->crew = amp_arena_array(&a->arena, units.n + 1, sizeof(*a->crew));
    if (a->crew == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < units.n && !err; i++) {
        struct amp_locate_crew *crew = &a->crew[a->crew_n];
        crew->id = units.unit[i].id;
        err = amp_roads_snap(a->rd.roads, a->rd.profile, units.unit[i].pos, AMP_SNAP_MAX_M, -1,
                             &crew->snap, 1, &found);
        a->crew_n += err || found == 0 ? 0 : 1; /* without a road near it nobody gets there */
    }
    return err;
}

static amp_err hypothesis_put(const struct asked *asked, struct answer *a,
                              const struct amp_fuse_hypothesis *one, struct amp_json *js,
                              struct amp_why *why)
{
    struct amp_locate where;
    struct amp_locate_times times;
    const struct amp_locate_times *told = NULL;
    amp_err err = amp_locate_find(a->rd.roads, a->places, a->rd.profile, &one->region, &a->arena,
                                  &where, why);
    if (!err && asked->units != NULL) {
        err = amp_locate_reckon(a->rd.query, a->rd.metric, &where, a->crew, a->crew_n, &a->arena,
                                &times);
        told = &times;
    }
    if (err) {
        return err;
    }
    if (asked->json) {
        amp_json_open(js, '{');
        amp_json_double_of(js, "weight", one->weight, 4);
        amp_locate_view(js, &where, told, a->crew);
        amp_json_close(js, '}');
    } else {
        if (one->weight < 1) {
            amp_buf_printf(&a->out, "%.0f %% likely: ", one->weight * 100);
        }
        amp_locate_text(&a->out, &where, told, a->crew);
    }
    return AMP_OK;
}

static amp_err answer_put(const struct asked *asked, const struct amp_fused *fused,
                          struct answer *a, struct amp_why *why)
{
    struct amp_json js = amp_json_make(&a->out);
    amp_err err = AMP_OK;
    if (asked->json) {
        amp_json_open(&js, '{');
        amp_fuse_view(&js, fused, asked->report_n);
        amp_json_key(&js, "answers");
        amp_json_open(&js, '[');
    }
    for (size_t i = 0; i < fused->hypothesis_n && !err; i++) {
        if (!asked->json && i > 0) {
            amp_buf_text(&a->out, "\n\n");
        }
        err = hypothesis_put(asked, a, &fused->hypothesis[i], &js, why);
    }
    for (size_t i = 0; i < fused->outlier_n && !asked->json; i++) {
        amp_buf_char(&a->out, '\n');
        amp_fuse_outlier_text(&a->out, &fused->outlier[i]);
    }
    if (asked->json && !err) {
        amp_json_close(&js, ']');
        amp_json_close(&js, '}');
    }
    return err;
}

static int locate_run(const struct asked *asked)
{
    struct amp_why why = {""};
    struct amp_fused fused;
    struct answer a = {.arena = amp_arena_make(LOCATE_ARENA), .out = amp_buf_make(LOCATE_TEXT_MAX)};
    amp_err err = amp_fuse(asked->report, asked->report_n, asked->speed_m_s, &fused, &why);
    err = err ? err : amp_cli_roads_open(asked->map, asked->profile, &a.rd, &why);
    err = err ? err : amp_places_open(a.rd.amap, &a.places, &why);
    if (!err && asked->units != NULL) {
        err = crews_read(asked, &a, &why);
    }
    err = err ? err : answer_put(asked, &fused, &a, &why);
    amp_places_close(a.places);
    amp_cli_roads_close(&a.rd);
    amp_buf_free(&a.bytes);
    int status = amp_cli_answer("locate", asked->json, err, &why, &a.out);
    amp_arena_drop(&a.arena);
    return status;
}

static amp_err reports_read(char **argv, int n, struct asked *asked, struct amp_why *why)
{
    for (int i = 0; i < n; i++) {
        struct amp_region_text text;
        amp_err err = amp_region_parse(amp_str_of(argv[i]), &text, why);
        if (err) {
            return err;
        }
        asked->report[asked->report_n++] =
            (struct amp_fuse_report){text.region, text.age_s, text.source};
    }
    return AMP_OK;
}

int amp_cli_locate(int argc, char **argv)
{
    struct asked asked = {.profile = "ambulance", .speed_m_s = AMP_FUSE_SPEED_M_S};
    const struct amp_opt opts[] = {
        {"--map", AMP_OPT_TEXT, "M.amap", "the map, made by `amparo map build`", true, &asked.map,
         NULL},
        {"--units", AMP_OPT_TEXT, "FILE.csv", "id,lat,lon of each crew; - for standard input",
         false, &asked.units, NULL},
        {"--speed", AMP_OPT_NUM, "M_S", "how fast the caller may be moving (1.4)", false,
         &asked.speed_m_s, NULL},
        {"--profile", AMP_OPT_TEXT, "NAME",
         "ambulance (default), car, fire, motorcycle, foot or rescue", false, &asked.profile, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON", false, &asked.json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "locate",
        .operands = "REPORT...",
        .about = "What the reports of where a caller is can mean: streets, crossings, landmarks, "
                 "with their shares; how long crews take; what to ask. A report is LAT,LON or "
                 "circle:LAT,LON,R or ellipse:LAT,LON,MAJOR,MINOR,ANGLE or "
                 "arcband:LAT,LON,INNER,OUTER,START,OPENING or polygon:LAT,LON,..., in metres and "
                 "degrees, then @PERCENT of confidence, ~SECONDS ago, #SOURCE, each if known.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
        .operand_min = 1,
        .operand_max = AMP_FUSE_REPORTS,
    };
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    struct amp_why why = {""};
    if (reports_read(argv, operand_n, &asked, &why)) {
        return amp_cli_misuse("locate", "%s", why.text);
    }
    if (!(asked.speed_m_s >= 0 && asked.speed_m_s <= 100)) {
        return amp_cli_misuse("locate", "--speed must be 0 to 100 m/s");
    }
    return locate_run(&asked);
}
