/* `amparo map`: a map from an OpenStreetMap extract, what is in one, and made-up extracts. */
#include "map/map.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/map_info.h"
#include "cli/progress.h"
#include "map/quilt.h"
#include "map/synth.h"
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
    COUNT_ROWS = 16,
    MAP_TEXT_MAX = 1 << 20,
    MAP_BLOCK = 1 << 20 /* bytes from which memory is given back as soon as it is freed */
};

struct map_request {
    const char *out;
    const char *in; /* the operand of build and info */
    int64_t seed, size, side, links;
    bool json, names, progress;
};

/* What is counted, in the order in which it is printed; the first four are the contract. */
static size_t counts_rows(const struct amp_map_counts *counts, struct amp_count_row row[COUNT_ROWS])
{
    size_t n = 0;
    row[n++] = (struct amp_count_row){"nodes", counts->road.nodes};
    row[n++] = (struct amp_count_row){"segments", counts->road.segments};
    row[n++] = (struct amp_count_row){"restrictions", counts->road.restrictions};
    row[n++] = (struct amp_count_row){"names", counts->place.names};
    row[n++] = (struct amp_count_row){"arcs", counts->road.arcs};
    row[n++] = (struct amp_count_row){"restrictions_dropped", counts->road.restrictions_dropped};
    row[n++] = (struct amp_count_row){"conditions", counts->road.conditions};
    row[n++] = (struct amp_count_row){"conditions_unread", counts->road.conditions_unread};
    row[n++] = (struct amp_count_row){"places", counts->place.places};
    row[n++] = (struct amp_count_row){"addresses", counts->place.addresses};
    row[n++] = (struct amp_count_row){"osm_nodes", counts->osm.nodes};
    row[n++] = (struct amp_count_row){"osm_ways", counts->osm.ways};
    row[n++] = (struct amp_count_row){"osm_relations", counts->osm.relations};
    row[n++] = (struct amp_count_row){"osm_refs_absent", counts->osm.refs_absent};
    row[n++] = (struct amp_count_row){"osm_members_absent", counts->osm.members_absent};
    row[n++] = (struct amp_count_row){"osm_positions_bad", counts->osm.positions_bad};
    return n;
}

/* The rows into an open object, or a line each. */
static void rows_put(struct amp_json *js, const struct amp_count_row *row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        amp_json_i64_of(js, row[i].name, (int64_t)row[i].n);
    }
}

static void rows_write(struct amp_buf *buf, const struct amp_count_row *row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        amp_buf_printf(buf, "%s%-21s %" PRIu64, i > 0 ? "\n" : "", row[i].name, row[i].n);
    }
}

static int rows_print(const struct map_request *request, const struct amp_count_row *row, size_t n)
{
    struct amp_buf buf = amp_buf_make(MAP_TEXT_MAX);
    struct amp_json js = amp_json_make(&buf);
    if (request->json) {
        amp_json_open(&js, '{');
        rows_put(&js, row, n);
        amp_json_close(&js, '}');
    } else {
        rows_write(&buf, row, n);
    }
    return amp_cli_print("map", &buf);
}

static int counts_print(const struct map_request *request, const struct amp_map_counts *counts)
{
    struct amp_count_row row[COUNT_ROWS];
    return rows_print(request, row, counts_rows(counts, row));
}

static bool same_file(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static int map_build(const struct map_request *request)
{
    if (!request->in || !request->out) {
        return amp_cli_misuse("map", "build needs an extract and -o OUT.amap");
    }
    if (same_file(request->in, request->out)) {
        return amp_cli_misuse("map", "the map would overwrite the extract it is made from");
    }
    struct amp_cli_teller teller = {.begun = false};
    struct amp_progress progress = amp_cli_progress_timed(&teller, request->progress);
    struct amp_map_counts counts;
    struct amp_why why = {""};
    (void)mallopt(M_MMAP_THRESHOLD, MAP_BLOCK); /* else what one builder frees stays with us */
    amp_err err = amp_map_build(request->in, request->out, &progress, &counts, &why);
    amp_cli_progress_end();
    if (err) {
        return amp_cli_fail_as("map", request->json, err, &why);
    }
    return counts_print(request, &counts);
}

static amp_err info_write(const struct amp_map *map, bool json, struct amp_buf *buf,
                          struct amp_why *why)
{
    struct amp_map_counts counts;
    struct amp_count_row row[COUNT_ROWS];
    amp_err err = amp_map_count(map, &counts, why);
    if (err) {
        return err;
    }
    size_t n = counts_rows(&counts, row);
    if (!json) {
        rows_write(buf, row, n);
        return amp_cli_map_info_text(map, buf, why);
    }
    struct amp_json js = amp_json_make(buf);
    amp_json_open(&js, '{');
    rows_put(&js, row, n);
    err = amp_cli_map_info_json(map, &js, why);
    amp_json_close(&js, '}');
    return err;
}

static int map_info(const struct map_request *request)
{
    if (!request->in || request->out) {
        return amp_cli_misuse("map", "info needs a map and takes no -o");
    }
    struct amp_map map;
    struct amp_why why = {""};
    amp_err err = amp_map_open(request->in, &map, &why);
    if (err) {
        return amp_cli_fail_as("map", request->json, err, &why);
    }
    struct amp_buf buf = amp_buf_make(MAP_TEXT_MAX);
    err = info_write(&map, request->json, &buf, &why);
    amp_map_close(&map);
    if (err) {
        amp_buf_free(&buf);
        return amp_cli_fail_as("map", request->json, err, &why);
    }
    return amp_cli_print("map", &buf);
}

static int map_synth(const struct map_request *request)
{
    if (request->in || !request->out) {
        return amp_cli_misuse("map", "synth needs -o OUT.osm.pbf and no extract");
    }
    if (request->size < 1 || request->size > AMP_SYNTH_SIZE_MAX) {
        return amp_cli_misuse("map", "--size is 1 to %d", AMP_SYNTH_SIZE_MAX);
    }
    struct amp_cli_teller teller = {.begun = false};
    struct amp_progress progress = amp_cli_progress_timed(&teller, request->progress);
    struct amp_why why = {""};
    amp_err err = amp_synth_write(request->out, (uint64_t)request->seed, (unsigned)request->size,
                                  &progress, &why);
    amp_cli_progress_end();
    if (err) {
        return amp_cli_fail_as("map", request->json, err, &why);
    }
    return AMP_EXIT_OK;
}

static int map_tile(const struct map_request *request)
{
    if (!request->in || !request->out) {
        return amp_cli_misuse("map", "tile needs an extract and -o OUT.osm.pbf");
    }
    if (same_file(request->in, request->out)) {
        return amp_cli_misuse("map", "the copies would overwrite the extract they are made from");
    }
    if (request->side < 1 || request->side > AMP_QUILT_SIDE_MAX) {
        return amp_cli_misuse("map", "-k is 1 to %d", AMP_QUILT_SIDE_MAX);
    }
    if (request->links < 1 || request->links > AMP_QUILT_LINKS_MAX) {
        return amp_cli_misuse("map", "--links is 1 to %d", AMP_QUILT_LINKS_MAX);
    }
    const struct amp_quilt_plan plan = {.side = (unsigned)request->side,
                                        .links = (unsigned)request->links,
                                        .names = request->names};
    struct amp_cli_teller teller = {.begun = false};
    struct amp_progress progress = amp_cli_progress_timed(&teller, request->progress);
    struct amp_quilt_counts counts;
    struct amp_why why = {""};
    amp_err err = amp_quilt_write(request->in, request->out, &plan, &progress, &counts, &why);
    amp_cli_progress_end();
    if (err) {
        return amp_cli_fail_as("map", request->json, err, &why);
    }
    const struct amp_count_row row[] = {{"osm_nodes", counts.nodes},
                                        {"osm_ways", counts.ways},
                                        {"osm_relations", counts.relations},
                                        {"links", counts.links}};
    return rows_print(request, row, sizeof row / sizeof row[0]);
}

static const struct map_verb {
    const char *name;
    int (*run)(const struct map_request *request);
} verbs[] = {
    {"build", map_build},
    {"info", map_info},
    {"synth", map_synth},
    {"tile", map_tile},
};

int amp_cli_map(int argc, char **argv)
{
    struct map_request request = {.seed = 1, .size = 1, .side = 2, .links = AMP_QUILT_LINKS};
    const struct amp_opt opt[] = {
        {.name = "-o",
         .kind = AMP_OPT_TEXT,
         .value = "OUT",
         .help = "build: the .amap to write; synth: the .osm.pbf",
         .out = &request.out},
        {.name = "--seed",
         .kind = AMP_OPT_INT,
         .value = "N",
         .help = "synth: another number, another town (1)",
         .out = &request.seed},
        {.name = "--size",
         .kind = AMP_OPT_INT,
         .value = "K",
         .help = "synth: 1 is a town of 20,000, K is K*K times that (1)",
         .out = &request.size},
        {.name = "-k",
         .kind = AMP_OPT_INT,
         .value = "K",
         .help = "tile: K*K copies (2)",
         .out = &request.side},
        {.name = "--links",
         .kind = AMP_OPT_INT,
         .value = "N",
         .help = "tile: trunk roads from one copy to the next (12)",
         .out = &request.links},
        {.name = "--names",
         .kind = AMP_OPT_FLAG,
         .help = "tile: names of its own for each copy",
         .out = &request.names},
        {.name = "--progress",
         .kind = AMP_OPT_FLAG,
         .help = "progress as lines with seconds, also where standard error is no terminal",
         .out = &request.progress},
        {.name = "--json", .kind = AMP_OPT_FLAG, .help = "print as JSON", .out = &request.json},
    };
    const struct amp_cli_usage usage = {
        .name = "map",
        .operands =
            "build IN -o OUT.amap | info MAP.amap | synth -o OUT.osm.pbf | tile IN -o OUT.osm.pbf",
        .about =
            "build: a map from an OpenStreetMap extract (.osm.pbf, .osm or .osm.gz, told\n"
            "apart by content); the file appears whole or not at all. Ends with counts.\n"
            "info: checks every byte of a map and prints the same counts, its sections, roads and\n"
            "places by kind, and what was left out of it and why.\n"
            "synth: a made-up town as an extract, the same for the same seed and size.\n"
            "tile: copies of a city sewn together with roads, to try a map of a country's "
            "size.",
        .opt = opt,
        .opt_n = sizeof opt / sizeof opt[0],
        .operand_min = 1,
        .operand_max = 2};
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    request.in = operand_n > 1 ? argv[1] : NULL;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (amp_str_is(amp_str_of(argv[0]), verbs[i].name)) {
            return verbs[i].run(&request);
        }
    }
    return amp_cli_misuse("map", "\"%s\" is neither build, info, synth nor tile", argv[0]);
}
