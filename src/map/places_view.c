/* Places and addresses as JSON: the same for the command line and the server. */
#include "base/json.h"
#include "map/places.h"

static void text_of(struct amp_json *js, const char *name, struct amp_str text)
{
    if (text.len > 0) {
        amp_json_str_of(js, name, text);
    }
}

void amp_place_view(struct amp_json *js, const struct amp_place *place)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "name", place->name);
    amp_json_str_of(js, "kind", place->kind);
    amp_json_str_of(js, "context", place->context);
    amp_json_pos_of(js, place->pos);
    amp_json_double_of(js, "score", place->score, 4);
    amp_json_double_of(js, "distance_m", place->distance_m, 1);
    amp_json_str_of(js, "used", place->used);
    amp_json_str_of(js, "unused", place->unused);
    text_of(js, "suggestion", place->suggestion);
    text_of(js, "relation", place->relation);
    text_of(js, "how", place->how);
    amp_json_close(js, '}');
}

static void lists_view(struct amp_json *js, const struct amp_address *a)
{
    amp_json_key(js, "crossings");
    amp_json_open(js, '[');
    for (size_t i = 0; i < 2 && a->cross[i].len > 0; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "street", a->cross[i]);
        amp_json_double_of(js, "distance_m", a->cross_m[i], 1);
        amp_json_pos_of(js, a->cross_pos[i]);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_key(js, "areas");
    amp_json_open(js, '[');
    for (size_t i = 0; i < a->area_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", a->areas[i].name);
        amp_json_i64_of(js, "level", a->areas[i].level);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

void amp_address_view(struct amp_json *js, const struct amp_address *a)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "text", a->text);
    amp_json_str_of(js, "street", a->street);
    amp_json_str_of(js, "house", a->house);
    amp_json_str_of(js, "area", a->area);
    amp_json_str_of(js, "landmark", a->landmark);
    amp_json_double_of(js, "landmark_m", a->landmark_m, 1);
    amp_json_double_of(js, "landmark_bearing_deg", a->landmark_bearing_deg, 1);
    amp_json_double_of(js, "street_m", a->street_m, 1);
    amp_json_text_of(js, "pluscode", a->pluscode);
    lists_view(js, a);
    amp_json_close(js, '}');
}
