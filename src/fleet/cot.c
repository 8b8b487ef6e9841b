/*
 * Cursor on Target: the events that TAK clients (ATAK, WinTAK, iTAK) exchange, one or several in a
 * row.
 *
 * <event uid= type="a-f-G-..." time= start= stale=><point lat= lon= hae= ce= le=/>
 *   <detail><contact callsign="M12"/><track course= speed= (m/s)/></detail></event>
 * The call sign is contact's, else the uid. Only atoms of friends (type a-f) are positions of ours;
 * chat, drawings and others' tracks are passed over. A point of 9999999 is "not known".
 * Source: Cursor on Target event schema 2.0 (MITRE, MP090284).
 */
#include "base/timefmt.h"
#include "base/xml.h"
#include "fleet/fleet.h"

#include <math.h>
#include <string.h>

enum {
    COT_UNKNOWN = 9999999
};
#define KMH_PER_MS 3.6

struct cot {
    struct amp_arena *arena;
    struct amp_fleet_report *report;
    struct amp_fleet_report *now; /* the open event, NULL when it is none of ours */
    size_t n, cap;
    int depth, event; /* depth of the open event, 0 none */
    int64_t now_us;
    int64_t lat_e7, lon_e7;
    bool pointed;
    struct amp_why *why;
};

static struct amp_str attr(const char *const *attrs, const char *name)
{
    return amp_str_of(amp_xml_attr(attrs, name));
}

static int32_t extra_read(struct amp_str text, double scale, double most)
{
    double value = 0;
    if (amp_str_double(text, &value) || value >= COT_UNKNOWN) {
        return -1;
    }
    value *= scale;
    return value >= 0 && value <= most ? (int32_t)lround(value) : -1;
}

static void refuse(struct amp_fleet_report *report, amp_err err, struct amp_str detail)
{
    if (report->err == AMP_OK) {
        report->err = err;
        report->detail = detail;
    }
}

static amp_err event_begin(struct cot *cot, const char *const *attrs)
{
    cot->event = cot->depth;
    if (!amp_str_starts(attr(attrs, "type"), AMP_STR("a-f"))) {
        cot->now = NULL;
        return AMP_OK;
    }
    if (cot->n == cot->cap) {
        return amp_fail(cot->why, AMP_E_LIMIT, "more than %d events", AMP_FLEET_BATCH);
    }
    cot->now = &cot->report[cot->n++];
    *cot->now = (struct amp_fleet_report){
        .unit = amp_arena_str(cot->arena, attr(attrs, "uid")),
        .position = {.heading_deg = -1, .speed_kmh = -1, .accuracy_m = -1}};
    cot->pointed = false;
    if (amp_time_parse(attr(attrs, "time"), &cot->now->position.fix_us)) {
        refuse(cot->now, AMP_E_SYNTAX, AMP_STR("time is not RFC 3339"));
    }
    return AMP_OK;
}

static void point_read(struct cot *cot, const char *const *attrs)
{
    if (amp_str_fixed(attr(attrs, "lat"), 7, &cot->lat_e7) ||
        amp_str_fixed(attr(attrs, "lon"), 7, &cot->lon_e7)) {
        refuse(cot->now, AMP_E_SYNTAX, AMP_STR("lat or lon is not a decimal number of degrees"));
        return;
    }
    cot->pointed = true;
    cot->now->position.accuracy_m = extra_read(attr(attrs, "ce"), 1.0, 1e6);
}

static amp_err start(void *ctx, const char *name, const char *const *attrs)
{
    struct cot *cot = ctx;
    cot->depth++;
    if (cot->event == 0) {
        return strcmp(name, "event") == 0 ? event_begin(cot, attrs) : AMP_OK;
    }
    if (cot->now == NULL) {
        return AMP_OK;
    }
    if (strcmp(name, "point") == 0 && cot->depth == cot->event + 1) {
        point_read(cot, attrs);
    } else if (strcmp(name, "contact") == 0 && attr(attrs, "callsign").len > 0) {
        cot->now->unit = amp_arena_str(cot->arena, attr(attrs, "callsign"));
    } else if (strcmp(name, "track") == 0) {
        cot->now->position.heading_deg = extra_read(attr(attrs, "course"), 1.0, 360.0);
        cot->now->position.speed_kmh = extra_read(attr(attrs, "speed"), KMH_PER_MS, 1000.0);
    }
    return AMP_OK;
}

static amp_err end(void *ctx, const char *name, struct amp_str text)
{
    struct cot *cot = ctx;
    (void)name;
    (void)text;
    if (cot->depth-- != cot->event) {
        return AMP_OK;
    }
    if (cot->now != NULL && cot->now->err == AMP_OK) {
        if (cot->pointed) {
            amp_fleet_check(cot->now, cot->lat_e7, cot->lon_e7, cot->now_us);
        } else {
            refuse(cot->now, AMP_E_MISSING, AMP_STR("point is missing"));
        }
    }
    cot->event = 0;
    cot->now = NULL;
    return AMP_OK;
}

/* A stream of events is no XML document: it is read as the inside of one. Declarations between the
 * events ("<?xml ...?>") are allowed at the beginning of a document only, so they are left out. */
static amp_err events_feed(struct amp_xml *xml, struct amp_str bytes, struct amp_why *why)
{
    amp_err err = amp_xml_feed(xml, "<events>", 8, false, why);
    while (err == AMP_OK && bytes.len > 0) {
        const char *mark = memmem(bytes.ptr, bytes.len, "<?xml", 5);
        size_t before = mark != NULL ? (size_t)(mark - bytes.ptr) : bytes.len;
        err = amp_xml_feed(xml, bytes.ptr, before, false, why);
        bytes = (struct amp_str){.ptr = bytes.ptr + before, .len = bytes.len - before};
        if (mark != NULL) {
            const char *close = memmem(bytes.ptr, bytes.len, "?>", 2);
            size_t skip = close != NULL ? (size_t)(close - bytes.ptr) + 2 : bytes.len;
            bytes = (struct amp_str){.ptr = bytes.ptr + skip, .len = bytes.len - skip};
        }
    }
    return err ? err : amp_xml_feed(xml, "</events>", 9, true, why);
}

amp_err amp_fleet_cot(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                      struct amp_fleet_report **out, size_t *out_n, struct amp_why *why)
{
    struct cot cot = {.arena = arena, .now_us = now_us, .cap = bytes.len / 16 + 1, .why = why};
    cot.cap = cot.cap > AMP_FLEET_BATCH ? AMP_FLEET_BATCH : cot.cap;
    cot.report = amp_arena_array(arena, cot.cap, sizeof *cot.report);
    if (cot.report == NULL) {
        return AMP_E_NOMEM;
    }
    const struct amp_xml_handler handler = {.ctx = &cot, .start = start, .end = end};
    struct amp_xml *xml = NULL;
    amp_err err = amp_xml_create(&handler, &xml);
    err = err ? err : events_feed(xml, bytes, why);
    amp_xml_destroy(xml);
    err = err == AMP_OK && amp_arena_failed(arena) ? AMP_E_NOMEM : err;
    if (err == AMP_OK) {
        *out = cot.report;
        *out_n = cot.n;
    }
    return err;
}
