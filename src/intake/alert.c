/* Alerts read, and seen. */
#include "intake/alert.h"
#include "base/timefmt.h"
#include "intake/cap_area.h"
#include "intake/cap_thin.h"
#include "intake/edxl.h"
#include "intake/intake.h"
#include "intake/tree.h"
#include "model/field.h"

/* ---- in ---- */

/* The latest of its infos; one of them without an end counts as a day. */
static int64_t until_of(const struct amp_cap *cap, int64_t sent_us)
{
    int64_t silent_us = sent_us + (int64_t)AMP_ALERT_SILENT_S * AMP_US_PER_S;
    int64_t until_us = cap->info_n == 0 ? silent_us : 0;
    for (size_t i = 0; i < cap->info_n; i++) {
        int64_t each_us = silent_us;
        if (cap->info[i].expires.len > 0 &&
            amp_cap_moment(cap->info[i].expires, &each_us) != AMP_OK) {
            each_us = silent_us;
        }
        until_us = each_us > until_us ? each_us : until_us;
    }
    return until_us;
}

/* Separated by blanks; each one a line. */
static void references_read(struct amp_arena *arena, struct amp_str text,
                            struct amp_alert_item *item)
{
    struct amp_str *refers = amp_arena_array(arena, AMP_ALERT_REFERENCES, sizeof *refers);
    size_t at = 0;
    while (refers != NULL && at < text.len && item->refer_n < AMP_ALERT_REFERENCES) {
        size_t from = at;
        while (at < text.len && (unsigned char)text.ptr[at] > ' ') {
            at++;
        }
        const struct amp_str each = {text.ptr + from, at - from};
        if (each.len > 0 && each.len <= AMP_LINE_MAX && amp_line_valid(each)) {
            refers[item->refer_n++] = each;
        }
        at++;
    }
    item->refers = refers;
}

/* The alert without the files that it carries. NULL: no memory. */
static const struct amp_cap *files_drop(const struct amp_cap *cap, struct amp_arena *arena)
{
    struct amp_cap *bare = amp_arena_alloc(arena, sizeof *bare);
    struct amp_cap_info *info = amp_arena_array(arena, cap->info_n + 1, sizeof *info);
    if (bare == NULL || info == NULL) {
        return NULL;
    }
    *bare = *cap;
    bare->info = info;
    for (size_t i = 0; i < cap->info_n; i++) {
        info[i] = cap->info[i];
        info[i].resource = amp_arena_array(arena, info[i].resource_n + 1, sizeof *info[i].resource);
        if (info[i].resource == NULL) {
            return NULL;
        }
        for (size_t k = 0; k < info[i].resource_n; k++) {
            info[i].resource[k] = cap->info[i].resource[k];
            info[i].resource[k].deref_uri = (struct amp_str){0};
        }
    }
    return bare;
}

/* As our writer has it. AMP_E_LIMIT: that cannot be kept. */
static amp_err rewritten(const struct amp_cap *cap, struct amp_arena *arena, struct amp_str *out,
                         struct amp_why *why)
{
    struct amp_arena scratch = amp_arena_make(AMP_ALERT_SCRATCH);
    struct amp_buf again = amp_buf_make(AMP_INTAKE_MAX);
    amp_err err = amp_cap_write(cap, &scratch, &again, why);
    if (err == AMP_OK && !amp_cap_document_fits(amp_buf_view(&again))) {
        err = amp_fail(why, AMP_E_LIMIT, "an alert has at most %d bytes", AMP_DOCUMENT_MAX);
    }
    if (err == AMP_OK) {
        *out = amp_arena_str(arena, amp_buf_view(&again));
    }
    amp_buf_free(&again);
    amp_arena_drop(&scratch);
    return err;
}

/* The same with thinner rings, by the least of the steps that makes it fit. */
static amp_err thinned(const struct amp_cap *cap, struct amp_arena *arena, struct amp_str *out,
                       struct amp_why *why)
{
    amp_err found = AMP_E_LIMIT;
    for (unsigned low = 0, high = AMP_ALERT_THIN_STEPS; low < high;) {
        const unsigned step = low + (high - low) / 2;
        struct amp_arena scratch = amp_arena_make(AMP_ALERT_SCRATCH);
        struct amp_cap thin = {0};
        amp_err err = amp_cap_thin(cap, (unsigned)AMP_ALERT_THIN_M << step, &scratch, &thin);
        err = err ? err : rewritten(&thin, arena, out, why);
        amp_arena_drop(&scratch);
        if (err == AMP_OK) {
            found = AMP_OK;
            high = step;
        } else if (err == AMP_E_LIMIT) {
            low = step + 1;
        } else {
            return err;
        }
    }
    return found;
}

/* As it came, or rewritten when it cannot be kept so: whole, without files, with thinner rings. */
static amp_err document_keep(struct amp_str bytes, const struct amp_cap *cap,
                             struct amp_arena *arena, struct amp_str *out, struct amp_why *why)
{
    if (bytes.len > 0 && amp_cap_document_fits(bytes)) {
        *out = bytes;
        return AMP_OK;
    }
    struct amp_why last = {""};
    amp_err err = rewritten(cap, arena, out, &last);
    if (err == AMP_E_LIMIT) {
        const struct amp_cap *bare = files_drop(cap, arena);
        err = bare != NULL ? rewritten(bare, arena, out, &last) : AMP_E_NOMEM;
        err = err == AMP_E_LIMIT ? thinned(bare, arena, out, &last) : err;
    }
    if (err != AMP_OK && why != NULL) {
        *why = last;
    }
    return err;
}

/* Items while they are gathered. */
struct items {
    struct amp_alert_item item[AMP_ALERTS_AT_ONCE];
    size_t n;
};

static amp_err alert_take(const struct amp_cap *cap, struct amp_str bytes, struct amp_arena *arena,
                          struct items *out, struct amp_why *why)
{
    struct amp_alert_item *item = &out->item[out->n];
    bool alert = amp_str_is(cap->msg_type, "Alert") || amp_str_is(cap->msg_type, "Update");
    bool cancels = amp_str_is(cap->msg_type, "Cancel");
    if (!alert && !cancels) {
        return AMP_OK;
    }
    *item = (struct amp_alert_item){.reference = amp_cap_reference(cap, arena),
                                    .is_signed = cap->has_signature,
                                    .whole = bytes.len > 0,
                                    .cancels = cancels};
    amp_err err = amp_cap_moment(cap->sent, &item->sent_us);
    if (err == AMP_OK && item->reference.len > AMP_LINE_MAX) {
        err = amp_fail(why, AMP_E_LIMIT, "sender and identifier have more than %d bytes",
                       AMP_LINE_MAX);
    }
    if (err == AMP_OK && !amp_line_valid(item->reference)) {
        err = amp_fail(why, AMP_E_SYNTAX, "sender or identifier have a control character");
    }
    item->until_us = until_of(cap, item->sent_us);
    /* section 3.2.1, <msgType>: what an Alert refers to stays in force */
    if (cap->references.len > 0 && !amp_str_is(cap->msg_type, "Alert")) {
        references_read(arena, cap->references, item);
    }
    err = err || cancels ? err : document_keep(bytes, cap, arena, &item->document, why);
    out->n += err == AMP_OK;
    return err;
}

static amp_err envelope_take(struct amp_str bytes, struct amp_arena *arena, struct items *out,
                             struct amp_why *why)
{
    struct amp_edxl edxl = {0};
    amp_err err = amp_edxl_read(bytes, arena, &edxl, why);
    for (size_t i = 0; err == AMP_OK && i < edxl.item_n && out->n < AMP_ALERTS_AT_ONCE; i++) {
        if (edxl.item[i].alert != NULL) {
            err = alert_take(edxl.item[i].alert, (struct amp_str){0}, arena, out, why);
        }
    }
    return err;
}

amp_err amp_alerts_read(struct amp_str bytes, struct amp_arena *arena, struct amp_alert_report *out,
                        struct amp_why *why)
{
    struct amp_node *root = NULL;
    struct amp_cap cap = {0};
    struct items *items = amp_arena_alloc(arena, sizeof *items);
    if (items == NULL) {
        return AMP_E_NOMEM;
    }
    items->n = 0;
    if (bytes.len > AMP_ALERT_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "a message has at most %d bytes", AMP_ALERT_BYTES);
    }
    amp_err err = amp_tree_read(bytes, arena, &root, why);
    if (err == AMP_OK && amp_cap_is_alert(root)) {
        err = amp_cap_read(bytes, arena, &cap, why);
        err = err ? err : alert_take(&cap, bytes, arena, items, why);
    } else if (err == AMP_OK) {
        err = envelope_take(bytes, arena, items, why);
    }
    err = err ? err : amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
    if (err == AMP_OK) {
        *out = (struct amp_alert_report){items->item, items->n};
    }
    return err;
}

/* ---- out ---- */

/* "pt-MZ" for "pt": the first that fits the language, or the first of all. */
static const struct amp_cap_info *info_for(const struct amp_cap *cap, struct amp_str language)
{
    for (size_t i = 0; i < cap->info_n && language.len > 0; i++) {
        struct amp_str has =
            cap->info[i].language.len > 0 ? cap->info[i].language : AMP_STR("en-US");
        if (amp_str_starts(has, language)) {
            return &cap->info[i];
        }
    }
    return cap->info_n > 0 ? &cap->info[0] : NULL;
}

/* How an area came to its place. */
enum placed {
    PLACED_NOT,
    PLACED_SHAPE, /* the alert says it */
    PLACED_GEOCODE,
    PLACED_NAME
};
static const char *const placed_names[] = {"none", "shape", "geocode", "name"};

enum {
    MAP_AREAS = 64 /* of one area of an alert */
};

struct place { /* beside each area */
    enum placed how;
    uint32_t map_area[MAP_AREAS];
    size_t map_n;
    struct amp_cap_polygons drawn; /* of those */
    bool *unknown;                 /* of each geocode: nobody knows it. NULL: none was asked for */
};

struct amp_alert_seen {
    struct amp_cap cap;
    const struct amp_cap_info *info; /* NULL: it has none */
    struct place *place;             /* of each area of info; NULL: not placed */
    const struct amp_alert_map *map;
};

static void polygons_put(struct amp_json *js, const struct amp_cap_polygons *polygons)
{
    for (size_t i = 0; i < polygons->n; i++) {
        amp_json_open(js, '[');
        for (size_t k = 0; k < polygons->item[i].n; k++) {
            amp_json_put_point(js, polygons->item[i].point[k]);
        }
        amp_json_close(js, ']');
    }
}

/* Codes that nobody knew where they are. */
static void unmatched_put(struct amp_json *js, const struct amp_cap_area *area,
                          const struct place *place)
{
    amp_json_key(js, "unmatched");
    amp_json_open(js, '[');
    for (size_t i = 0; place != NULL && place->unknown != NULL && i < area->geocodes.n; i++) {
        if (place->unknown[i]) {
            const struct amp_cap_pair *code = &area->geocodes.item[i];
            amp_json_open(js, '{');
            amp_json_str_of(js, "name", code->name);
            amp_json_str_of(js, "value", code->value);
            amp_json_close(js, '}');
        }
    }
    amp_json_close(js, ']');
}

static void area_view(struct amp_json *js, const struct amp_cap_area *area,
                      const struct place *place)
{
    const bool shaped = area->polygons.n + area->circles.n > 0;
    const enum placed how = place != NULL ? place->how : shaped ? PLACED_SHAPE : PLACED_NOT;
    amp_json_open(js, '{');
    amp_json_str_of(js, "desc", area->desc);
    amp_json_text_of(js, "placed", placed_names[how]);
    amp_json_key(js, "polygons");
    amp_json_open(js, '[');
    polygons_put(js, &area->polygons);
    if (place != NULL) {
        polygons_put(js, &place->drawn);
    }
    amp_json_close(js, ']');
    amp_json_key(js, "circles");
    amp_json_open(js, '[');
    for (size_t i = 0; i < area->circles.n; i++) {
        amp_json_open(js, '{');
        amp_json_pos_of(js, area->circles.item[i].at);
        amp_json_i64_of(js, "radius_m", (int64_t)(area->circles.item[i].radius_km * 1000 + 0.5));
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    unmatched_put(js, area, place);
    amp_json_close(js, '}');
}

static void info_view(struct amp_json *js, const struct amp_alert_seen *seen)
{
    const struct amp_cap_info *info = seen->info;
    amp_json_str_of(js, "language", info->language);
    amp_json_str_of(js, "event", info->event);
    amp_json_str_of(js, "headline", info->headline);
    amp_json_str_of(js, "description", info->description);
    amp_json_str_of(js, "instruction", info->instruction);
    amp_json_str_of(js, "urgency", info->urgency);
    amp_json_str_of(js, "severity", info->severity);
    amp_json_str_of(js, "certainty", info->certainty);
    amp_json_str_of(js, "sender_name", info->sender_name);
    if (amp_cap_tolerance(info) > 0) {
        amp_json_i64_of(js, "wider_m", amp_cap_tolerance(info));
    }
    amp_json_key(js, "areas");
    amp_json_open(js, '[');
    for (size_t i = 0; i < info->area_n; i++) {
        area_view(js, &info->area[i], seen->place != NULL ? &seen->place[i] : NULL);
    }
    amp_json_close(js, ']');
}

struct amp_alert_seen *amp_alert_see(struct amp_str document, struct amp_str language,
                                     struct amp_arena *arena)
{
    struct amp_alert_seen *seen = amp_arena_alloc(arena, sizeof *seen);
    if (seen == NULL || amp_cap_read(document, arena, &seen->cap, NULL) != AMP_OK) {
        return NULL;
    }
    seen->info = info_for(&seen->cap, language);
    return seen;
}

void amp_alert_view(struct amp_json *js, const struct amp_alert_seen *seen)
{
    const struct amp_cap *cap = &seen->cap;
    amp_json_str_of(js, "sender", cap->sender);
    amp_json_str_of(js, "identifier", cap->identifier);
    amp_json_str_of(js, "status", cap->status);
    amp_json_str_of(js, "scope", cap->scope);
    if (seen->info != NULL) {
        info_view(js, seen);
    }
}

bool amp_alert_is_signed(const struct amp_alert_seen *seen)
{
    return seen->cap.has_signature;
}

bool amp_alert_holds(const struct amp_alert_seen *seen, struct amp_pos pos)
{
    if (seen->info == NULL || amp_cap_info_holds(seen->info, pos)) {
        return seen->info != NULL;
    }
    for (size_t i = 0; seen->place != NULL && i < seen->info->area_n; i++) {
        for (size_t k = 0; k < seen->place[i].map_n; k++) {
            if (seen->map->holds(seen->map->ctx, seen->place[i].map_area[k], pos)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- places for areas that have none ---- */

struct placing {
    const struct amp_alert_areas *table;
    const struct amp_alert_map *map;
    struct amp_arena *arena;
    struct amp_cap_area *area;
    struct place *place;
};

static bool polygon_add(struct amp_arena *arena, struct amp_cap_polygons *to,
                        const struct amp_cap_polygon *polygon)
{
    struct amp_cap_polygon *more =
        to->n < AMP_CAP_PARTS ? amp_arena_array(arena, to->n + 1, sizeof *more) : NULL;
    if (more == NULL) {
        return false;
    }
    for (size_t i = 0; i < to->n; i++) {
        more[i] = to->item[i];
    }
    more[to->n] = *polygon;
    *to = (struct amp_cap_polygons){more, to->n + 1};
    return true;
}

static bool circle_add(struct amp_arena *arena, struct amp_cap_circles *to,
                       const struct amp_cap_circle *circle)
{
    struct amp_cap_circle *more =
        to->n < AMP_CAP_PARTS ? amp_arena_array(arena, to->n + 1, sizeof *more) : NULL;
    if (more == NULL) {
        return false;
    }
    for (size_t i = 0; i < to->n; i++) {
        more[i] = to->item[i];
    }
    more[to->n] = *circle;
    *to = (struct amp_cap_circles){more, to->n + 1};
    return true;
}

static bool map_add(struct placing *p, struct amp_str name, uint32_t level)
{
    uint32_t area = 0;
    struct place *place = p->place;
    if (p->map == NULL || place->map_n == MAP_AREAS ||
        !p->map->find(p->map->ctx, name, level, &area)) {
        return false;
    }
    place->map_area[place->map_n++] = area;
    const struct amp_cap_polygons drawn = p->map->draw(p->map->ctx, area, p->arena);
    for (size_t i = 0; i < drawn.n; i++) {
        (void)polygon_add(p->arena, &place->drawn, &drawn.item[i]);
    }
    return true;
}

/* What the table says of a code. */
static bool rows_add(struct placing *p, struct amp_str scheme, struct amp_str value, size_t *rows)
{
    const struct amp_alert_area *row = NULL;
    bool any = false;
    *rows = amp_alert_areas_find(p->table, scheme, value, &row);
    for (size_t i = 0; i < *rows; i++) {
        bool good = row[i].polygon.n > 0
                        ? polygon_add(p->arena, &p->area->polygons, &row[i].polygon)
                    : row[i].name.len > 0 ? map_add(p, row[i].name, row[i].level)
                                          : circle_add(p->arena, &p->area->circles, &row[i].circle);
        any = any || good;
    }
    return any;
}

static bool code_place(struct placing *p, const struct amp_cap_pair *code)
{
    size_t rows = 0;
    bool placed = rows_add(p, code->name, code->value, &rows);
    bool ours = amp_str_is(code->name, "ISO3166-2") || amp_str_is(code->name, "ISO 3166-2") ||
                amp_str_is(code->name, "ref");
    return placed || (rows == 0 && ours && map_add(p, code->value, 0));
}

static void area_place(struct placing *p)
{
    struct amp_cap_area *area = p->area;
    struct place *place = p->place;
    size_t rows = 0;
    if (area->polygons.n + area->circles.n > 0) {
        place->how = PLACED_SHAPE;
        return;
    }
    place->unknown = amp_arena_array(p->arena, area->geocodes.n, sizeof *place->unknown);
    for (size_t i = 0; place->unknown != NULL && i < area->geocodes.n; i++) {
        place->unknown[i] = !code_place(p, &area->geocodes.item[i]);
        place->how = place->unknown[i] ? place->how : PLACED_GEOCODE;
    }
    if (place->how == PLACED_NOT && (rows_add(p, AMP_STR("areaDesc"), area->desc, &rows) ||
                                     (rows == 0 && map_add(p, area->desc, 0)))) {
        place->how = PLACED_NAME;
    }
}

void amp_alert_place(struct amp_alert_seen *seen, const struct amp_alert_areas *table,
                     const struct amp_alert_map *map, struct amp_arena *arena)
{
    const struct amp_cap_info *info = seen->info;
    if (info == NULL || info->area_n == 0) {
        return;
    }
    seen->place = amp_arena_array(arena, info->area_n, sizeof *seen->place);
    seen->map = map;
    for (size_t i = 0; seen->place != NULL && i < info->area_n; i++) {
        struct placing p = {.table = table,
                            .map = map,
                            .arena = arena,
                            .area = &info->area[i],
                            .place = &seen->place[i]};
        area_place(&p);
    }
}
