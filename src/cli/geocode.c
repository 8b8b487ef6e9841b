/* `amparo geocode`: a name, an address, a Plus Code or coordinates -> positions, best first. */
#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "map/places.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum {
    GEOCODE_TEXT_MAX = 1 << 20,
    GEOCODE_ARENA = 64 << 20,
    GEOCODE_LIMIT = 10
};

struct geocode_request {
    const char *map;
    const char *query;
    const char *area;
    struct amp_pos near;
    double radius_m;
    bool near_given;
    bool json;
    int64_t limit;
};

static void places_json(const struct amp_place *place, size_t n, struct amp_buf *buf)
{
    struct amp_json js = amp_json_make(buf);
    amp_json_open(&js, '{');
    amp_json_key(&js, "results");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < n; i++) {
        amp_place_view(&js, &place[i]);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

static void note_text(struct amp_buf *buf, const char *before, struct amp_str note)
{
    if (note.len > 0) {
        amp_buf_text(buf, before);
        amp_buf_str(buf, note);
    }
}

static void places_text(const struct amp_place *place, size_t n, struct amp_buf *buf)
{
    for (size_t i = 0; i < n; i++) {
        char pos[AMP_POS_TEXT];
        amp_pos_text(place[i].pos, pos);
        amp_buf_printf(buf, "%s%.2f  %s  ", i > 0 ? "\n" : "", place[i].score, pos);
        amp_buf_str(buf, place[i].name);
        amp_buf_text(buf, " (");
        amp_buf_str(buf, place[i].kind);
        amp_buf_char(buf, ')');
        if (place[i].context.len > 0) {
            amp_buf_text(buf, ", ");
            amp_buf_str(buf, place[i].context);
        }
        if (isfinite(place[i].distance_m)) {
            amp_buf_printf(buf, ", %.0f m away", place[i].distance_m);
        }
        note_text(buf, "; ", place[i].relation);
        note_text(buf, "; not used: ", place[i].unused);
        note_text(buf, "; did you mean: ", place[i].suggestion);
        note_text(buf, "; ", place[i].how);
    }
}

static int geocode_answer(const struct geocode_request *request, const struct amp_place *place,
                          size_t n)
{
    struct amp_buf buf = amp_buf_make(GEOCODE_TEXT_MAX);
    int status = AMP_EXIT_OK;
    if (request->json) {
        places_json(place, n, &buf);
    } else {
        places_text(place, n, &buf);
    }
    if (n > 0 || request->json) {
        status = amp_cli_print("geocode", &buf);
    }
    if (n == 0) {
        (void)fprintf(stderr, "amparo geocode: nothing on this map is called \"%s\".\n",
                      request->query);
        return AMP_EXIT_FAILED;
    }
    return status;
}

static int geocode_run(const struct geocode_request *request)
{
    struct amp_why why = {""};
    struct amp_amap *amap = NULL;
    struct amp_places *places = NULL;
    struct amp_arena arena = amp_arena_make(GEOCODE_ARENA);
    struct amp_place *place = NULL;
    size_t n = 0;
    struct amp_geocode_ask ask = {.query = amp_str_of(request->query),
                                  .near = request->near_given ? &request->near : NULL,
                                  .radius_m = request->radius_m,
                                  .limit = (size_t)request->limit};
    amp_err err = amp_amap_open(request->map, &amap, &why);
    err = err ? err : amp_places_open(amap, &places, &why);
    if (!err && request->area != NULL) {
        err = amp_places_area(places, amp_str_of(request->area), &ask, &why);
    }
    err = err ? err : amp_geocode_ask(places, &ask, &arena, &place, &n, &why);
    int status = err ? amp_cli_fail_as("geocode", request->json, err, &why)
                     : geocode_answer(request, place, n);
    amp_arena_drop(&arena);
    amp_places_close(places);
    amp_amap_close(amap);
    return status;
}

int amp_cli_geocode(int argc, char **argv)
{
    struct geocode_request request = {.limit = GEOCODE_LIMIT};
    const struct amp_opt opt[] = {
        {.name = "--map",
         .kind = AMP_OPT_TEXT,
         .value = "MAP.amap",
         .help = "the map to search",
         .required = true,
         .out = &request.map},
        {.name = "--near",
         .kind = AMP_OPT_POS,
         .value = "LAT,LON",
         .help = "prefer what is close to here; short Plus Codes need it, or a town",
         .out = &request.near,
         .given = &request.near_given},
        {.name = "--radius",
         .kind = AMP_OPT_NUM,
         .value = "METRES",
         .help = "of the circle around --near that the caller is in (0)",
         .out = &request.radius_m},
        {.name = "--area",
         .kind = AMP_OPT_TEXT,
         .value = "NAME",
         .help = "an administrative area, the jurisdiction: what lies in it comes first",
         .out = &request.area},
        {.name = "--limit",
         .kind = AMP_OPT_INT,
         .value = "N",
         .help = "at most so many results, 1 to 50 (10)",
         .out = &request.limit},
        {.name = "--json", .kind = AMP_OPT_FLAG, .help = "print as JSON", .out = &request.json},
    };
    const struct amp_cli_usage usage = {
        .name = "geocode",
        .operands = "QUERY",
        .about = "Finds a street, an address, a crossing (A & B), a kilometre (EN4 km 23), a "
                 "landmark (behind the Shoprite), the nearest of a kind (nearest hospital to "
                 "LAT,LON; farmacia perto de X), a Plus Code or a position in any usual form. The "
                 "last word may be begun only; words may be mistyped.",
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
    if (request.limit < 1 || request.limit > AMP_GEOCODE_MAX) {
        return amp_cli_misuse("geocode", "--limit is 1 to %d, not %" PRId64, AMP_GEOCODE_MAX,
                              request.limit);
    }
    if (!(request.radius_m >= 0)) {
        return amp_cli_misuse("geocode", "--radius is a number of metres from 0");
    }
    request.query = argv[0];
    return geocode_run(&request);
}
