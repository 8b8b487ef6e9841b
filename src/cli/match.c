/* `amparo match`: the roads that a unit's own position trace was driven on. */
#include "cli/commands.h"
#include "cli/roads.h"
#include "map/match_view.h"
#include "map/trace.h"

enum {
    MATCH_TEXT_MAX = 1 << 30,
    MATCH_ARENA = 1 << 30
};

struct asked {
    const char *map;
    const char *profile;
    const char *trace;
    bool json;
};

static amp_err trace_match(const struct asked *asked, const struct amp_trace *trace,
                           struct amp_buf *out, struct amp_why *why)
{
    struct amp_cli_roads rd = {.amap = NULL};
    struct amp_match_writer writer;
    struct amp_matcher *matcher = NULL;
    amp_err err = amp_cli_roads_open(asked->map, asked->profile, &rd, why);
    if (err) {
        return err;
    }
    amp_match_writer_init(&writer, rd.roads, out, asked->json);
    struct amp_match_sink sink = {&writer, amp_match_writer_point};
    err = amp_matcher_create(rd.roads, rd.metric, &sink, &matcher);
    for (size_t i = 0; i < trace->n && !err; i++) {
        err = amp_matcher_push(matcher, &trace->fix[i]);
    }
    err = err ? err : amp_matcher_finish(matcher);
    err = err ? err : amp_match_writer_end(&writer);
    amp_match_writer_finish(&writer);
    amp_matcher_destroy(matcher);
    amp_cli_roads_close(&rd);
    return err;
}

static int match_run(const struct asked *asked)
{
    struct amp_why why = {""};
    struct amp_trace trace = {NULL, 0};
    struct amp_buf bytes = {.data = NULL};
    struct amp_buf out = amp_buf_make(MATCH_TEXT_MAX);
    struct amp_arena arena = amp_arena_make(MATCH_ARENA);
    amp_err err = amp_cli_read_file(asked->trace, AMP_TRACE_BYTES, &bytes, &why);
    err = err ? err : amp_trace_read(amp_buf_view(&bytes), &arena, &trace, &why);
    err = err ? err : trace_match(asked, &trace, &out, &why);
    amp_arena_drop(&arena);
    amp_buf_free(&bytes);
    return amp_cli_answer("match", asked->json, err, &why, &out);
}

int amp_cli_match(int argc, char **argv)
{
    struct asked asked = {.profile = "ambulance"};
    const struct amp_opt opts[] = {
        {"--map", AMP_OPT_TEXT, "M.amap", "the map, made by `amparo map build`", true, &asked.map,
         NULL},
        {"--profile", AMP_OPT_TEXT, "NAME",
         "ambulance (default), car, fire, motorcycle, foot or rescue", false, &asked.profile, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON", false, &asked.json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "match",
        .operands = "TRACE",
        .about = "Which roads a unit on duty drove, from its own position trace: CSV "
                 "(time,lat,lon[,heading_deg,accuracy_m]), GPX or GeoJSON with times; - for "
                 "standard input. For vehicles of the service only.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
        .operand_min = 1,
        .operand_max = 1,
    };
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    asked.trace = argv[0];
    return match_run(&asked);
}
