/* A LoST message as JSON. */
#include "intake/intake.h"
#include "intake/lost.h"

static void texts_view(struct amp_json *js, const char *name, const struct amp_lost_texts *texts)
{
    amp_json_key(js, name);
    amp_json_open(js, '[');
    for (size_t i = 0; i < texts->n; i++) {
        amp_json_put_str(js, texts->item[i]);
    }
    amp_json_close(js, ']');
}

static void locations_view(struct amp_json *js, const struct amp_lost *lost,
                           struct amp_arena *arena)
{
    amp_json_key(js, "locations");
    amp_json_open(js, '[');
    for (size_t i = 0; i < lost->location_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_maybe(js, "id", lost->location[i].id);
        amp_json_str_maybe(js, "profile", lost->location[i].profile);
        if (lost->location[i].pidf != NULL) {
            amp_pidf_view(js, lost->location[i].pidf, arena);
        }
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void request_view(struct amp_json *js, const struct amp_lost *lost)
{
    amp_json_str_maybe(js, "service", lost->service);
    amp_json_bool_of(js, "recursive", lost->recursive);
    amp_json_bool_of(js, "boundary_by_value", lost->boundary_by_value);
    amp_json_bool_of(js, "validate", lost->validate);
    amp_json_str_maybe(js, "as_of", lost->as_of);
    amp_json_str_maybe(js, "call_id", lost->call_id);
    amp_json_str_maybe(js, "incident_id", lost->incident_id);
    amp_json_str_maybe(js, "key", lost->key);
}

static void mappings_view(struct amp_json *js, const struct amp_lost *lost, struct amp_arena *arena)
{
    amp_json_key(js, "mappings");
    amp_json_open(js, '[');
    for (size_t i = 0; i < lost->mapping_n; i++) {
        const struct amp_lost_mapping *each = &lost->mapping[i];
        amp_json_open(js, '{');
        amp_json_str_of(js, "source", each->source);
        amp_json_str_of(js, "source_id", each->source_id);
        amp_json_str_of(js, "last_updated", each->last_updated);
        amp_json_str_of(js, "expires", each->expires);
        amp_json_str_maybe(js, "display_name", each->display_name);
        amp_json_str_maybe(js, "service", each->service);
        amp_json_str_maybe(js, "number", each->number);
        texts_view(js, "uris", &each->uris);
        amp_json_str_maybe(js, "boundary_key", each->boundary_key);
        if (each->boundary != NULL) {
            amp_json_key(js, "boundary");
            amp_json_open(js, '{');
            amp_pidf_view(js, each->boundary, arena);
            amp_json_close(js, '}');
        }
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

amp_err amp_intake_lost(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                        struct amp_why *why)
{
    struct amp_lost lost = {0};
    amp_err err = amp_lost_read(bytes, arena, &lost, why);
    if (err != AMP_OK) {
        return err;
    }
    amp_json_open(js, '{');
    amp_json_text_of(js, "format", "lost");
    amp_json_text_of(js, "kind", amp_lost_kind_name(lost.kind));
    if (lost.kind < AMP_LOST_FIND_SERVICE_RESPONSE) {
        request_view(js, &lost);
    } else if (lost.kind < AMP_LOST_ERRORS) {
        mappings_view(js, &lost, arena);
        texts_view(js, "services", &lost.services);
        texts_view(js, "path", &lost.path);
        amp_json_str_maybe(js, "location_used", lost.location_used);
    } else {
        amp_json_str_maybe(js, "error", lost.error);
        amp_json_str_maybe(js, "message", lost.message);
        amp_json_str_maybe(js, "source", lost.source);
        amp_json_str_maybe(js, "target", lost.target);
    }
    locations_view(js, &lost, arena);
    amp_intake_warnings(js, lost.warning, lost.warning_n);
    amp_json_close(js, '}');
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}
