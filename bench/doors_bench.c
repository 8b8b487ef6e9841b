/*
 * How fast the parsers of src/intake and src/fleet are: messages and bytes a second, on one core.
 *
 *   doors_bench [SECONDS [NAME]]   a row each; with NAME, only those whose name begins with it
 *
 * Messages are made up here; a format whose messages are long is read from the samples in
 * AMPARO_DATA, and left out, aloud, where they are not there. Bars: AML text 2,000,000 messages a
 * second, PIDF-LO 50,000. Time is the thread's own, so that a busy machine counts less.
 */
#include "base/testdata.h"
#include "base/timefmt.h"
#include "fleet/fleet.h"
#include "fleet/gt06.h"
#include "fleet/mqtt.h"
#include "intake/cap_thin.h"
#include "intake/intake.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ARENA = 64 << 20,
    BATCH = 1000, /* positions in a batch */
    CORNERS = 4000,
    THIN_M = 400
};
#define SLICE_S 0.01
#define NOW_US  INT64_C(1795000000000000)

static double cpu_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct row {
    const char *name;
    struct amp_str bytes;
    size_t messages; /* that the bytes are */
    double bar;      /* messages a second; 0: none */
    const void *format;
    bool (*once)(const struct row *row, struct amp_arena *arena);
};

/* ---- what each does once; false: it was refused ---- */

static bool intake_once(const struct row *row, struct amp_arena *arena)
{
    const struct amp_intake *format = row->format;
    struct amp_report report;
    return amp_intake_parse(format, row->bytes, arena, &report, NULL) == AMP_OK;
}

static bool view_once(const struct row *row, struct amp_arena *arena)
{
    const struct amp_intake *format = row->format;
    struct amp_buf out = amp_buf_make(1 << 22);
    struct amp_json js = amp_json_make(&out);
    bool taken = amp_intake_view(format, row->bytes, arena, &js, NULL) == AMP_OK;
    amp_buf_free(&out);
    return taken;
}

static bool fleet_once(const struct row *row, struct amp_arena *arena)
{
    struct amp_fleet_report *report = NULL;
    size_t n = 0;
    return amp_fleet_parse(row->format, row->bytes, NOW_US, arena, &report, &n, NULL) == AMP_OK &&
           n == row->messages && report[0].err == AMP_OK;
}

static bool gt06_once(const struct row *row, struct amp_arena *arena)
{
    struct amp_gt06_packet packet;
    (void)arena;
    return amp_gt06_take(row->bytes, NOW_US, &packet) == row->bytes.len && packet.fixed;
}

static bool mqtt_once(const struct row *row, struct amp_arena *arena)
{
    struct amp_mqtt_packet packet;
    size_t taken = 0;
    (void)arena;
    return amp_mqtt_take(row->bytes, AMP_MQTT_5, &packet, &taken) == AMP_OK &&
           taken == row->bytes.len && packet.kind == AMP_MQTT_MESSAGE;
}

static bool filter_once(const struct row *row, struct amp_arena *arena)
{
    static struct amp_fleet_trail trail[BATCH];
    static int64_t now_us = NOW_US;
    (void)arena;
    bool taken = true;
    now_us += AMP_US_PER_S;
    for (size_t i = 0; i < row->messages; i++) {
        struct amp_position position = {.pos = {411500000, -86100000 + (int32_t)i},
                                        .fix_us = now_us};
        taken = amp_fleet_filter(&trail[i], &position, now_us) == AMP_FLEET_TAKEN && taken;
    }
    return taken;
}

/* The bytes are a polygon's points; with a format they are thinned the slow way. */
static bool thin_once(const struct row *row, struct amp_arena *arena)
{
    struct amp_pos *point = amp_arena_array(arena, CORNERS + 1, sizeof *point);
    if (point == NULL) {
        return false;
    }
    memcpy(point, row->bytes.ptr, row->bytes.len);
    const struct amp_cap_polygon was = {point, CORNERS + 1};
    struct amp_cap_polygon now = {0};
    return amp_cap_ring_thin(&was, THIN_M, row->format != NULL, arena, &now) == AMP_OK &&
           now.n < CORNERS / 10;
}

/* ---- the table ---- */

/* Seconds of a slice of messages; negative when one was refused. */
static double slice_s(const struct row *row, struct amp_arena *arena, uint64_t n)
{
    double begin = cpu_s();
    for (uint64_t i = 0; i < n; i++) {
        if (!row->once(row, arena)) {
            return -1;
        }
        amp_arena_reset(arena);
    }
    return cpu_s() - begin;
}

/* The best of many short slices: whoever shares the machine makes the others slower, none faster.
 */
static void row_run(const struct row *row, double seconds)
{
    struct amp_arena arena = amp_arena_make(ARENA);
    uint64_t n = 1;
    double took = slice_s(row, &arena, n);
    while (took >= 0 && took < SLICE_S && n < UINT64_C(1) << 40) {
        n *= 2;
        took = slice_s(row, &arena, n);
    }
    double best = took;
    for (double all = 0; took >= 0 && all < seconds; all += took) {
        took = slice_s(row, &arena, n);
        best = took < best ? took : best;
    }
    amp_arena_drop(&arena);
    if (took < 0) {
        (void)printf("| %s | refused | | |\n", row->name);
        return;
    }
    double rate = (double)n * (double)row->messages / best;
    (void)printf("| %s | %.0f | %.1f | ", row->name, rate,
                 (double)n * (double)row->bytes.len / best / 1e6);
    if (row->bar > 0) {
        (void)printf("%.0f %s |\n", row->bar, rate >= row->bar ? "holds" : "MISSED");
    } else {
        (void)printf("|\n");
    }
    (void)fflush(stdout);
}

static char *file_text(const char *rel, size_t *n)
{
    const char *path = amp_testdata(rel);
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    char *text = file != NULL ? malloc(1 << 20) : NULL;
    *n = text != NULL ? fread(text, 1, 1 << 20, file) : 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    return text;
}

struct run {
    double seconds;
    const char *only;
};

static void one(const struct run *run, struct row row)
{
    if (run->only == NULL || strncmp(row.name, run->only, strlen(run->only)) == 0) {
        row_run(&row, run->seconds);
    }
}

#define AML_1                                                                                      \
    "A\"ML=1;lt=48.82639;lg=-2.36619;rd=52;top=20191112112928;lc=68;pm=G;si=208201771948415;"      \
    "ei=353472104343540;mcc=208;mnc=20;ml=126"
#define AML_2                                                                                      \
    "A\"ML=2;en=+15555555555;et=1593187189;lo=-37.42175,-122.08461,2000.1;lt=-5;lc=68;"            \
    "lz=-100.1,100.1;ls=G;ei=358239059042542;nc=310260;hc=310260;lg=en-US"
#define AML_FORM                                                                                   \
    "v=1&device_number=%2B447477593102&location_latitude=55.85732&location_longitude=-4.26325&"    \
    "location_time=1476189444435&location_accuracy=10.4&location_source=GPS&"                      \
    "location_certainty=83&device_imei=354773072099116"
#define PIDF                                                                                       \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><presence xmlns=\"urn:ietf:params:xml:ns:pidf\" "   \
    "xmlns:gp=\"urn:ietf:params:xml:ns:pidf:geopriv10\" "                                          \
    "xmlns:gs=\"http://www.opengis.net/pidflo/1.0\" xmlns:gml=\"http://www.opengis.net/gml\" "     \
    "entity=\"pres:caller@example.org\"><tuple id=\"a\"><status><gp:geopriv><gp:location-info>"    \
    "<gs:Circle srsName=\"urn:ogc:def:crs:EPSG::4326\"><gml:pos>41.15 -8.61</gml:pos>"             \
    "<gs:radius uom=\"urn:ogc:def:uom:EPSG::9001\">30</gs:radius></gs:Circle>"                     \
    "</gp:location-info><gp:usage-rules/><gp:method>GPS</gp:method></gp:geopriv></status>"         \
    "<timestamp>2026-11-18T11:00:00Z</timestamp></tuple></presence>"

static void calls_run(const struct run *run)
{
    const void *aml = amp_intake_find(AMP_STR("aml"));
    one(run, (struct row){"aml: text, version 1", AMP_STR(AML_1), 1, 2e6, aml, intake_once});
    one(run, (struct row){"aml: text, version 2", AMP_STR(AML_2), 1, 2e6, aml, intake_once});
    one(run, (struct row){"aml: HTTPS form", AMP_STR(AML_FORM), 1, 0, aml, intake_once});
    one(run, (struct row){"pidf-lo: circle", AMP_STR(PIDF), 1, 5e4,
                          amp_intake_find(AMP_STR("pidf-lo")), intake_once});
}

static void samples_run(const struct run *run)
{
    static const struct {
        const char *name, *format, *file;
        double bar; /* of reading it; where there is none the row is the whole view of it */
    } sample[] = {
        {"pidf-lo: arc band", "pidf-lo", "messages/pidf/RFC5491TupleArcBandLocation.xml", 5e4},
        {"pidf-lo: civic", "pidf-lo", "messages/pidf/RFC5491TupleCivicLocation.xml", 5e4},
        {"pidf-lo: person and device", "pidf-lo",
         "messages/pidf/PersonDeviceCivicCircleLocation.xml", 5e4},
        {"held: answer", "held", "messages/held/Location_response.xml", 0},
        {"lost: findService", "lost", "messages/lost/findService_geodetic_point.xml", 0},
        {"lost: mapping", "lost", "messages/lost/findServiceResponse.xml", 0},
        {"adr: provider", "adr", "messages/adr/EmergencyCallData.ProviderInfo.xml", 0},
        {"cap: weather", "cap", "messages/cap/weather.cap", 0},
        {"cap: bushfire", "cap", "messages/cap/australia.cap", 0},
        {"edxl-de", "edxl-de", "messages/cap/bushfire_valid.edxlde", 0},
        {"eido: transfer", "eido", "messages/eido/nena_sample_call_transfer.json", 0},
    };
    for (size_t i = 0; i < sizeof sample / sizeof sample[0]; i++) {
        size_t n = 0;
        char *text = file_text(sample[i].file, &n);
        if (text == NULL) {
            (void)printf("| %s | left out: no sample | | |\n", sample[i].name);
            continue;
        }
        one(run, (struct row){sample[i].name,
                              {text, n},
                              1,
                              sample[i].bar,
                              amp_intake_find(amp_str_of(sample[i].format)),
                              view_once});
        free(text);
    }
}

static struct amp_buf batch_make(const char *first, const char *each, const char *last)
{
    struct amp_buf out = amp_buf_make(1 << 22);
    amp_buf_text(&out, first);
    for (int i = 0; i < BATCH; i++) {
        amp_buf_text(&out, each);
        amp_buf_text(&out, i + 1 < BATCH ? last : "");
    }
    return out;
}

static void batches_run(const struct run *run)
{
    static const struct {
        const char *name, *format, *first, *each, *between, *end;
    } batch[] = {
        {"json, 1,000 in a batch", "json", "{\"positions\":[",
         "{\"unit\":\"M12\",\"lat\":41.15,\"lon\":-8.61,\"time\":\"2026-11-18T11:06:30Z\","
         "\"heading_deg\":90,\"speed_kmh\":50}",
         ",", "]}"},
        {"owntracks, 1,000 in a batch", "owntracks", "[",
         "{\"_type\":\"location\",\"lat\":41.15,\"lon\":-8.61,\"tst\":1794999990,\"acc\":5,"
         "\"vel\":40,\"cog\":90,\"tid\":\"M12\"}",
         ",", "]"},
        {"nmea, 1,000 sentences", "nmea", "",
         "\\s:M12*07\\$GPRMC,110630,A,4109.0000,N,00836.6000,W,20.0,45.0,181126,,*03\n", "", ""},
        {"csv, 1,000 lines", "csv", "", "M12,41.1500000,-8.6100000,1794999990000,90,50,5\n", "",
         ""},
    };
    for (size_t i = 0; i < sizeof batch / sizeof batch[0]; i++) {
        struct amp_buf text = batch_make(batch[i].first, batch[i].each, batch[i].between);
        amp_buf_text(&text, batch[i].end);
        one(run, (struct row){batch[i].name, amp_buf_view(&text), BATCH, 0,
                              amp_fleet_find(amp_str_of(batch[i].format)), fleet_once});
        amp_buf_free(&text);
    }
}

static void trackers_run(const struct run *run)
{
    static const char packet[] = "\x78\x78\x1F\x12\x0B\x08\x1D\x11\x2E\x10\xCF\x02\x7A\xC7\xEB\x0C"
                                 "\x46\x58\x49\x00\x14\x8F\x01\xCC\x00\x28\x7D\x00\x1F\xB8\x00\x03"
                                 "\x80\x81\x0D\x0A";
    struct amp_buf message = amp_buf_make(1 << 12);
    amp_mqtt_publish(&message, AMP_MQTT_5, 7, AMP_STR("owntracks/fleet/M12"),
                     AMP_STR("{\"_type\":\"location\",\"lat\":41.15,\"lon\":-8.61,"
                             "\"tst\":1794999990,\"acc\":5,\"vel\":40,\"cog\":90}"));
    one(run, (struct row){"owntracks, one object",
                          AMP_STR("{\"_type\":\"location\",\"lat\":41.15,\"lon\":-8.61,"
                                  "\"tst\":1794999990,\"acc\":5,\"vel\":40,\"cog\":90,"
                                  "\"tid\":\"M12\"}"),
                          1, 0, amp_fleet_find(AMP_STR("owntracks")), fleet_once});
    one(run, (struct row){"osmand",
                          AMP_STR("id=M12&lat=41.15&lon=-8.61&timestamp=1794999990&"
                                  "speed=20&bearing=90&accuracy=5"),
                          1, 0, amp_fleet_find(AMP_STR("osmand")), fleet_once});
    one(run, (struct row){"cot: one event",
                          AMP_STR("<event version=\"2.0\" uid=\"u\" type=\"a-f-G-U-C\" "
                                  "time=\"2026-11-18T11:06:30Z\" start=\"2026-11-18T11:06:30Z\" "
                                  "stale=\"2026-11-18T11:08:30Z\" how=\"m-g\"><point lat=\"41.15\" "
                                  "lon=\"-8.61\" hae=\"10\" ce=\"5\" le=\"5\"/><detail><contact "
                                  "callsign=\"M12\"/><track course=\"10\" speed=\"5\"/></detail>"
                                  "</event>"),
                          1, 0, amp_fleet_find(AMP_STR("cot")), fleet_once});
    one(run, (struct row){"gt06: position", {packet, sizeof packet - 1}, 1, 0, NULL, gt06_once});
    one(run, (struct row){"mqtt: message", amp_buf_view(&message), 1, 0, NULL, mqtt_once});
    one(run, (struct row){
                 "the filter of positions, 1,000 devices", {NULL, 0}, BATCH, 0, NULL, filter_once});
    amp_buf_free(&message);
}

/* A coast of 28 km around a middle, 280 m rough. */
static void thin_run(const struct run *run)
{
    static struct amp_pos point[CORNERS + 1];
    for (int i = 0; i < CORNERS; i++) {
        const double angle = 2 * 3.14159265358979 * i / CORNERS;
        const double far = 2.5e6 * (1 - 0.01 * (i * 7919 % 1000) / 1000);
        point[i] = (struct amp_pos){-198000000 + (int32_t)lround(far * sin(angle)),
                                    348000000 + (int32_t)lround(far * cos(angle))};
    }
    point[CORNERS] = point[0];
    const struct amp_str bytes = {(const char *)point, sizeof point};
    one(run, (struct row){"alert: 4,000 corners thinned", bytes, 1, 0, NULL, thin_once});
    one(run, (struct row){"the same, all edges looked at", bytes, 1, 0, point, thin_once});
}

int main(int argc, char **argv)
{
    struct run run = {.seconds = argc > 1 ? strtod(argv[1], NULL) : 1.0,
                      .only = argc > 2 ? argv[2] : NULL};
    amp_json_start();
    (void)printf("| format | messages/s | MB/s | bar |\n|---|---|---|---|\n");
    calls_run(&run);
    samples_run(&run);
    batches_run(&run);
    trackers_run(&run);
    thin_run(&run);
    return 0;
}
