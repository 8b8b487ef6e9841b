/* A warning as it is shown: in brief, whole, and where it is. */
#include "intake/cap_form.h"
#include "intake/warning_in.h"

#include <string.h>

uint32_t amp_warning_about(const struct amp_warning_draft *draft)
{
    return draft->about;
}

amp_err amp_warning_read_cap(struct amp_str document, struct amp_arena *arena,
                             const struct amp_warning_draft **out, struct amp_why *why)
{
    struct amp_warning_draft *draft = amp_arena_alloc(arena, sizeof *draft);
    if (draft == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_cap_read(document, arena, &draft->cap, why);
    if (err == AMP_OK) {
        *out = draft;
    }
    return err;
}

struct amp_warning_brief amp_warning_brief(const struct amp_warning_draft *draft,
                                           struct amp_str language)
{
    const struct amp_cap *cap = &draft->cap;
    const struct amp_cap_info *info = cap->info_n > 0 ? &cap->info[0] : NULL;
    struct amp_warning_brief brief = {.status = cap->status, .message = cap->msg_type};
    for (size_t i = cap->info_n; i-- > 0 && language.len > 0;) {
        info = amp_str_starts(cap->info[i].language, language) ? &cap->info[i] : info;
    }
    if (info != NULL) {
        brief.event = info->event;
        brief.headline = info->headline;
        brief.description = info->description;
        brief.urgency = info->urgency;
        brief.severity = info->severity;
        brief.certainty = info->certainty;
    }
    return brief;
}

void amp_warning_brief_view(struct amp_json *js, const struct amp_warning_draft *draft,
                            struct amp_str language)
{
    const struct amp_warning_brief brief = amp_warning_brief(draft, language);
    amp_json_str_maybe(js, "status", brief.status);
    amp_json_str_maybe(js, "message", brief.message);
    amp_json_str_maybe(js, "event", brief.event);
    amp_json_str_maybe(js, "headline", brief.headline);
    amp_json_str_maybe(js, "urgency", brief.urgency);
    amp_json_str_maybe(js, "severity", brief.severity);
    amp_json_str_maybe(js, "certainty", brief.certainty);
    amp_json_key(js, "languages");
    amp_json_open(js, '[');
    for (size_t i = 0; i < draft->cap.info_n; i++) {
        amp_json_put_str(js, draft->cap.info[i].language);
    }
    amp_json_close(js, ']');
}

void amp_warning_view(struct amp_json *js, const struct amp_warning_draft *draft)
{
    const struct amp_cap *cap = &draft->cap;
    amp_json_str_maybe(js, "status", cap->status);
    amp_json_str_maybe(js, "msgType", cap->msg_type);
    amp_json_str_maybe(js, "note", cap->note);
    if (draft->about != 0) {
        char id[AMP_WARNING_ID_TEXT];
        amp_warning_id_text(draft->about, id);
        amp_json_text_of(js, "about", id);
    }
    amp_json_key(js, "info");
    amp_json_open(js, '[');
    for (size_t i = 0; i < cap->info_n; i++) {
        amp_cap_info_view(js, &cap->info[i]);
    }
    amp_json_close(js, ']');
}

/* ---- where it is ---- */

static void polygon_put(struct amp_warning_areas *areas, const struct amp_cap_polygon *polygon)
{
    for (size_t i = 0; i < areas->ring_n; i++) {
        if (areas->ring[i].n == polygon->n && memcmp(areas->ring[i].point, polygon->point,
                                                     polygon->n * sizeof *polygon->point) == 0) {
            return; /* of another language */
        }
    }
    areas->ring[areas->ring_n++] = (struct amp_warning_ring){polygon->point, polygon->n};
}

static void circle_put(struct amp_warning_areas *areas, const struct amp_cap_circle *circle)
{
    const double m = circle->radius_km * 1000;
    for (size_t i = 0; i < areas->circle_n; i++) {
        const struct amp_warning_circle *have = &areas->circle[i];
        if (have->at.lat_e7 == circle->at.lat_e7 && have->at.lon_e7 == circle->at.lon_e7 &&
            have->radius_m == m) {
            return;
        }
    }
    areas->circle[areas->circle_n++] = (struct amp_warning_circle){circle->at, m};
}

static void area_put(struct amp_warning_areas *areas, const struct amp_cap_area *area)
{
    for (size_t i = 0; i < area->polygons.n && areas->ring_n < AMP_WARNING_SHAPES; i++) {
        polygon_put(areas, &area->polygons.item[i]);
    }
    for (size_t i = 0; i < area->circles.n && areas->circle_n < AMP_WARNING_SHAPES; i++) {
        circle_put(areas, &area->circles.item[i]);
    }
    areas->coded |= area->polygons.n + area->circles.n == 0 && area->geocodes.n > 0;
}

amp_err amp_warning_areas(const struct amp_warning_draft *draft, struct amp_arena *arena,
                          struct amp_warning_areas *out)
{
    struct amp_warning_areas areas = {
        .ring = amp_arena_array(arena, AMP_WARNING_SHAPES, sizeof *areas.ring),
        .circle = amp_arena_array(arena, AMP_WARNING_SHAPES, sizeof *areas.circle)};
    if (areas.ring == NULL || areas.circle == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < draft->cap.info_n; i++) {
        for (size_t k = 0; k < draft->cap.info[i].area_n; k++) {
            area_put(&areas, &draft->cap.info[i].area[k]);
        }
    }
    *out = areas;
    return AMP_OK;
}
