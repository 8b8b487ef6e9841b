/* `amparo map`: a map file from an OpenStreetMap extract, what is in one, and a made-up town. */
#include "map/map.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "map/synth.h"
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
    MAP_TEXT_MAX = 4096
};

struct map_request {
    const char *out;
    const char *in; /* the operand of build and info */
    int64_t seed, size;
    bool json;
};

/* What is counted, in the order in which it is printed; the first four are the contract. */
struct count_row {
    const char *name;
    uint64_t n;
};

static size_t counts_rows(const struct amp_map_counts *counts, struct count_row row[16])
{
    size_t n = 0;
    row[n++] = (struct count_row){"nodes", counts->road.nodes};
    row[n++] = (struct count_row){"segments", counts->road.segments};
    row[n++] = (struct count_row){"restrictions", counts->road.restrictions};
    row[n++] = (struct count_row){"names", counts->place.names};
    row[n++] = (struct count_row){"arcs", counts->road.arcs};
    row[n++] = (struct count_row){"restrictions_dropped", counts->road.restrictions_dropped};
    row[n++] = (struct count_row){"conditions", counts->road.conditions};
    row[n++] = (struct count_row){"conditions_unread", counts->road.conditions_unread};
    row[n++] = (struct count_row){"places", counts->place.places};
    row[n++] = (struct count_row){"addresses", counts->place.addresses};
    row[n++] = (struct count_row){"osm_nodes", counts->osm.nodes};
    row[n++] = (struct count_row){"osm_ways", counts->osm.ways};
    row[n++] = (struct count_row){"osm_relations", counts->osm.relations};
    row[n++] = (struct count_row){"osm_refs_absent", counts->osm.refs_absent};
    row[n++] = (struct count_row){"osm_members_absent", counts->osm.members_absent};
    row[n++] = (struct count_row){"osm_positions_bad", counts->osm.positions_bad};
    return n;
}

static int counts_print(const struct map_request *request, const struct amp_map_counts *counts)
{
    struct count_row row[16];
    size_t n = counts_rows(counts, row);
    struct amp_buf buf = amp_buf_make(MAP_TEXT_MAX);
    struct amp_json js = amp_json_make(&buf);
    if (request->json) {
        amp_json_open(&js, '{');
    }
    for (size_t i = 0; i < n; i++) {
        if (request->json) {
            amp_json_i64_of(&js, row[i].name, (int64_t)row[i].n);
        } else {
            amp_buf_printf(&buf, "%s%-21s %" PRIu64, i > 0 ? "\n" : "", row[i].name, row[i].n);
        }
    }
    if (request->json) {
        amp_json_close(&js, '}');
    }
    return amp_cli_print("map", &buf);
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
    struct amp_progress progress = amp_cli_progress();
    struct amp_map_counts counts;
    struct amp_why why = {""};
    amp_err err = amp_map_build(request->in, request->out, &progress, &counts, &why);
    amp_cli_progress_end();
    if (err) {
        return amp_cli_fail_as("map", request->json, err, &why);
    }
    return counts_print(request, &counts);
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
    struct amp_map_counts counts;
    err = amp_map_count(&map, &counts, &why);
    amp_map_close(&map);
    if (err) {
        return amp_cli_fail_as("map", request->json, err, &why);
    }
    return counts_print(request, &counts);
}

static int map_synth(const struct map_request *request)
{
    if (request->in || !request->out) {
        return amp_cli_misuse("map", "synth needs -o OUT.osm.pbf and no extract");
    }
    if (request->size < 1 || request->size > AMP_SYNTH_SIZE_MAX) {
        return amp_cli_misuse("map", "--size is 1 to %d", AMP_SYNTH_SIZE_MAX);
    }
    struct amp_progress progress = amp_cli_progress();
    struct amp_why why = {""};
    amp_err err = amp_synth_write(request->out, (uint64_t)request->seed, (unsigned)request->size,
                                  &progress, &why);
    amp_cli_progress_end();
    if (err) {
        return amp_cli_fail_as("map", request->json, err, &why);
    }
    return AMP_EXIT_OK;
}

static const struct map_verb {
    const char *name;
    int (*run)(const struct map_request *request);
} verbs[] = {
    {"build", map_build},
    {"info", map_info},
    {"synth", map_synth},
};

int amp_cli_map(int argc, char **argv)
{
    struct map_request request = {.seed = 1, .size = 1};
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
        {.name = "--json", .kind = AMP_OPT_FLAG, .help = "print as JSON", .out = &request.json},
    };
    const struct amp_cli_usage usage = {
        .name = "map",
        .operands = "build IN -o OUT.amap | info MAP.amap | synth -o OUT.osm.pbf",
        .about = "build: a map from an OpenStreetMap extract (.osm.pbf, .osm or .osm.gz, told\n"
                 "apart by content); the file appears whole or not at all. Ends with counts.\n"
                 "info: checks every byte of a map and prints the same counts.\n"
                 "synth: a made-up town as an extract, the same for the same seed and size.",
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
    return amp_cli_misuse("map", "\"%s\" is neither build, info nor synth", argv[0]);
}
