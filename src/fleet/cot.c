/*
 * Cursor on Target: the events that TAK clients (ATAK, WinTAK, iTAK) exchange, one or several in a
 * row.
 *
 * <event uid= type="a-f-G-..." how= time= start= stale=><point lat= lon= hae= ce= le=/>
 *   <detail><contact callsign="M12"/><track course= speed= (m/s)/></detail></event>
 * The call sign is contact's, else the uid. Only atoms of friends (type a-f) are positions of ours,
 * and the calls for help of their clients (b-a-o-, but -can that ends one); chat, drawings and
 * others' tracks are passed over. A point of 999999 or 9999999 is "not known"; what somebody put on
 * the map by hand (h-g-i-g-o, of no client's endpoint) is no crew's place.
 * Source: Cursor on Target event schema 2.0 (MITRE, MP090284).
 */
#include "base/timefmt.h"
#include "base/xml.h"
#include "fleet/cot_in.h"

#include <string.h>

struct cot {
    struct amp_arena *arena;
    struct amp_fleet_report *report;
    struct amp_cot_seen seen;
    bool wanted; /* the open event is one of ours */
    size_t n, cap;
    int depth, event; /* depth of the open event, 0 none */
    int64_t now_us;
    struct amp_why *why;
};

static struct amp_str attr(const char *const *attrs, const char *name)
{
    return amp_str_of(amp_xml_attr(attrs, name));
}

/* Untouched where it is no number. */
static void number_read(const char *const *attrs, const char *name, double *out)
{
    (void)!amp_str_double(attr(attrs, name), out);
}

static amp_err event_begin(struct cot *cot, const char *const *attrs)
{
    cot->event = cot->depth;
    cot->wanted = amp_cot_wanted(attr(attrs, "type"), attr(attrs, "uid"));
    if (!cot->wanted) {
        return AMP_OK;
    }
    if (cot->n == cot->cap) {
        return amp_fail(cot->why, AMP_E_LIMIT, "more than %d events", AMP_FLEET_BATCH);
    }
    cot->seen = amp_cot_none();
    cot->seen.type = amp_arena_str(cot->arena, attr(attrs, "type"));
    cot->seen.how = amp_arena_str(cot->arena, attr(attrs, "how"));
    cot->seen.uid = amp_arena_str(cot->arena, attr(attrs, "uid"));
    cot->seen.timed = amp_time_parse(attr(attrs, "time"), &cot->seen.time_us) == AMP_OK;
    return AMP_OK;
}

static void point_read(struct amp_cot_seen *seen, const char *const *attrs)
{
    seen->pointed = true;
    seen->placed = amp_str_fixed(attr(attrs, "lat"), 7, &seen->lat_e7) == AMP_OK &&
                   amp_str_fixed(attr(attrs, "lon"), 7, &seen->lon_e7) == AMP_OK;
    number_read(attrs, "ce", &seen->ce_m);
}

static amp_err start(void *ctx, const char *name, const char *const *attrs)
{
    struct cot *cot = ctx;
    cot->depth++;
    if (cot->event == 0) {
        return strcmp(name, "event") == 0 ? event_begin(cot, attrs) : AMP_OK;
    }
    if (!cot->wanted) {
        return AMP_OK;
    }
    if (strcmp(name, "point") == 0 && cot->depth == cot->event + 1) {
        point_read(&cot->seen, attrs);
    } else if (strcmp(name, "contact") == 0 && attr(attrs, "callsign").len > 0) {
        cot->seen.callsign = amp_arena_str(cot->arena, attr(attrs, "callsign"));
        cot->seen.endpoint = attr(attrs, "endpoint").len > 0;
    } else if (strcmp(name, "track") == 0) {
        number_read(attrs, "course", &cot->seen.course_deg);
        number_read(attrs, "speed", &cot->seen.speed_mps);
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
    if (cot->wanted) {
        amp_cot_report(&cot->seen, cot->now_us, &cot->report[cot->n++]);
    }
    cot->event = 0;
    cot->wanted = false;
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
