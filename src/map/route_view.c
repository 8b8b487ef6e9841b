/* The JSON form of a route, for the command line and the server alike. */
#include "map/roads.h"

static void end_put(struct amp_json *js, const char *name, const struct amp_snap *snap)
{
    amp_json_key(js, name);
    amp_json_open(js, '{');
    amp_json_pos_of(js, snap->at);
    amp_json_str_of(js, "street", snap->street);
    amp_json_text_of(js, "road_class", snap->road_class);
    amp_json_double_of(js, "off_road_m", snap->dist_m, 1);
    amp_json_close(js, '}');
}

/* What it takes, as far as the map says. */
static void needs_put(struct amp_json *js, const struct amp_pass *pass)
{
    if (pass->locked) {
        amp_json_bool_of(js, "locked", true);
    }
    if (pass->only_4wd) {
        amp_json_bool_of(js, "only_4wd", true);
    }
    if (pass->width_m > 0) {
        amp_json_double_of(js, "width_m", pass->width_m, 2);
    }
    if (pass->surface[0] != '\0') {
        amp_json_text_of(js, "surface", pass->surface);
    }
    if (pass->smoothness[0] != '\0') {
        amp_json_text_of(js, "smoothness", pass->smoothness);
    }
    if (pass->tracktype > 0) {
        amp_json_i64_of(js, "tracktype", pass->tracktype);
    }
}

static void passes_put(struct amp_json *js, const struct amp_route *route)
{
    amp_json_key(js, "passes");
    amp_json_open(js, '[');
    for (size_t i = 0; i < route->pass_n; i++) {
        const struct amp_pass *pass = &route->pass[i];
        amp_json_open(js, '{');
        amp_json_text_of(js, "kind", amp_pass_name(pass->kind));
        amp_json_str_of(js, "name", pass->name);
        amp_json_pos_of(js, pass->at);
        amp_json_double_of(js, "cost_s", pass->cost_s, 3);
        needs_put(js, pass);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void turns_put(struct amp_json *js, const struct amp_route *route)
{
    amp_json_key(js, "turns");
    amp_json_open(js, '[');
    for (size_t i = 0; i < route->turn_n; i++) {
        const struct amp_turn *turn = &route->turn[i];
        amp_json_open(js, '{');
        amp_json_text_of(js, "kind", amp_turn_name(turn->kind));
        amp_json_str_of(js, "street", turn->street);
        if (turn->ref.len > 0) {
            amp_json_str_of(js, "ref", turn->ref);
        }
        amp_json_pos_of(js, turn->at);
        amp_json_double_of(js, "bearing_deg", turn->bearing_deg, 0);
        amp_json_double_of(js, "time_s", turn->time_s, 3);
        amp_json_double_of(js, "distance_m", turn->distance_m, 3);
        if (turn->exit_n > 0) {
            amp_json_i64_of(js, "exit", turn->exit_n);
        }
        if (turn->kind == AMP_TURN_ARRIVE) {
            amp_json_text_of(js, "side",
                             turn->side < 0   ? "left"
                             : turn->side > 0 ? "right"
                                              : "ahead");
        }
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

void amp_route_view(struct amp_json *js, enum amp_profile profile, const struct amp_route *route)
{
    amp_json_text_of(js, "profile", amp_profile_name(profile));
    amp_json_double_of(js, "time_s", route->time_s, 3);
    amp_json_double_of(js, "distance_m", route->distance_m, 3);
    end_put(js, "from", &route->from);
    end_put(js, "to", &route->to);
    amp_json_key(js, "legs");
    amp_json_open(js, '[');
    for (size_t i = 0; i < route->leg_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "street", route->leg[i].street);
        amp_json_double_of(js, "time_s", route->leg[i].time_s, 3);
        amp_json_double_of(js, "distance_m", route->leg[i].distance_m, 3);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    passes_put(js, route);
    amp_json_text_of(js, "drives_on", route->left_hand ? "left" : "right");
    turns_put(js, route);
}
