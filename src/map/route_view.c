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
}
