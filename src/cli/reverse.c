/* `amparo reverse`: what is at a position. */
#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "map/places.h"
#include <math.h>

enum {
    REVERSE_TEXT_MAX = 1 << 16,
    REVERSE_ARENA = 1 << 20
};

struct reverse_request {
    const char *map;
    struct amp_pos pos;
    bool json;
};

static void address_text(const struct amp_address *a, struct amp_buf *buf)
{
    amp_buf_str(buf, a->text);
    if (a->landmark.len > 0) {
        amp_buf_printf(buf, "\n%.0f m from ", a->landmark_m);
        amp_buf_str(buf, a->landmark);
        amp_buf_printf(buf, ", bearing %.0f", a->landmark_bearing_deg);
    }
    for (size_t i = 0; i < 2 && a->cross[i].len > 0; i++) {
        amp_buf_text(buf, i == 0 ? "\ncrossing " : " and ");
        amp_buf_str(buf, a->cross[i]);
    }
    amp_buf_printf(buf, "\n%s", a->pluscode);
    for (size_t i = 0; i < a->area_n; i++) {
        amp_buf_text(buf, i == 0 ? "\nin " : ", ");
        amp_buf_str(buf, a->areas[i].name);
    }
}

static int reverse_run(const struct reverse_request *request)
{
    struct amp_why why = {""};
    struct amp_amap *amap = NULL;
    struct amp_places *places = NULL;
    struct amp_address address;
    struct amp_arena arena = amp_arena_make(REVERSE_ARENA);
    amp_err err = amp_amap_open(request->map, &amap, &why);
    err = err ? err : amp_places_open(amap, &places, &why);
    err = err ? err : amp_reverse(places, request->pos, &arena, &address);
    int status = AMP_EXIT_OK;
    if (err) {
        status = amp_cli_fail_as("reverse", request->json, err, &why);
    } else {
        struct amp_buf buf = amp_buf_make(REVERSE_TEXT_MAX);
        if (request->json) {
            struct amp_json js = amp_json_make(&buf);
            amp_address_view(&js, &address);
        } else {
            address_text(&address, &buf);
        }
        status = amp_cli_print("reverse", &buf);
    }
    amp_arena_drop(&arena);
    amp_places_close(places);
    amp_amap_close(amap);
    return status;
}

int amp_cli_reverse(int argc, char **argv)
{
    struct reverse_request request = {.map = NULL};
    const struct amp_opt opt[] = {
        {.name = "--map",
         .kind = AMP_OPT_TEXT,
         .value = "MAP.amap",
         .help = "the map to ask",
         .required = true,
         .out = &request.map},
        {.name = "--json", .kind = AMP_OPT_FLAG, .help = "print as JSON", .out = &request.json},
    };
    const struct amp_cli_usage usage = {
        .name = "reverse",
        .operands = "LAT,LON",
        .about = "Names the address or street at a position, the area around, and a landmark.",
        .opt = opt,
        .opt_n = sizeof(opt) / sizeof(opt[0]),
        .operand_min = 1,
        .operand_max = 1,
    };
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    if (amp_pos_parse(amp_str_of(argv[0]), &request.pos)) {
        return amp_cli_misuse("reverse", "\"%s\" is no position: write LAT,LON in degrees",
                              argv[0]);
    }
    return reverse_run(&request);
}
