/* The answer to "where can the caller be", as JSON and as lines for a person. */
#include "base/timefmt.h"
#include "map/locate.h"

#include <math.h>

enum {
    SHARE_DECIMALS = 4,
    METRE_DECIMALS = 1,
    SECOND_DECIMALS = 1
};

void amp_region_view(struct amp_json *js, const struct amp_region *region)
{
    const struct amp_region *r = region;
    amp_json_text_of(js, "shape", amp_region_shape_name(r->shape));
    if (r->shape == AMP_REGION_POLYGON) {
        amp_json_key(js, "points");
        amp_json_open(js, '[');
        for (size_t i = 0; i < r->point_n; i++) {
            amp_json_open(js, '{');
            amp_json_pos_of(js, r->point[i]);
            amp_json_close(js, '}');
        }
        amp_json_close(js, ']');
    } else {
        amp_json_pos_of(js, r->at);
    }
    if (r->shape == AMP_REGION_CIRCLE) {
        amp_json_double_of(js, "radius_m", r->radius_m, METRE_DECIMALS);
    }
    if (r->shape == AMP_REGION_ELLIPSE) {
        amp_json_double_of(js, "semi_major_m", r->radius_m, METRE_DECIMALS);
        amp_json_double_of(js, "semi_minor_m", r->inner_m, METRE_DECIMALS);
        amp_json_double_of(js, "orientation_deg", r->angle_deg, METRE_DECIMALS);
    }
    if (r->shape == AMP_REGION_ARC_BAND) {
        amp_json_double_of(js, "inner_radius_m", r->inner_m, METRE_DECIMALS);
        amp_json_double_of(js, "outer_radius_m", r->radius_m, METRE_DECIMALS);
        amp_json_double_of(js, "start_deg", r->angle_deg, METRE_DECIMALS);
        amp_json_double_of(js, "opening_deg", r->opening_deg, METRE_DECIMALS);
    }
    if (r->confidence > 0) {
        amp_json_double_of(js, "confidence_pct", r->confidence * 100, METRE_DECIMALS);
    }
}

static void streets_view(struct amp_json *js, const struct amp_locate *w)
{
    amp_json_key(js, "streets");
    amp_json_open(js, '[');
    for (size_t i = 0; i < w->street_n; i++) {
        const struct amp_locate_street *one = &w->street[i];
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", one->name);
        amp_json_double_of(js, "share", one->share, SHARE_DECIMALS);
        amp_json_pos_of(js, one->at);
        if (one->house_n > 0) {
            amp_json_str_of(js, "house_first", one->house_first);
            amp_json_str_of(js, "house_last", one->house_last);
            amp_json_i64_of(js, "houses", one->house_n);
        }
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_i64_of(js, "streets_all", (int64_t)w->street_all);
    amp_json_double_of(js, "other_streets", w->others, SHARE_DECIMALS);
    amp_json_double_of(js, "unnamed_roads", w->unnamed, SHARE_DECIMALS);
    amp_json_double_of(js, "elsewhere", w->elsewhere, SHARE_DECIMALS);
}

static void names_view(struct amp_json *js, const struct amp_locate *w)
{
    amp_json_key(js, "crossings");
    amp_json_open(js, '[');
    for (size_t i = 0; i < w->crossing_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "a", w->crossing[i].a);
        amp_json_str_of(js, "b", w->crossing[i].b);
        amp_json_pos_of(js, w->crossing[i].at);
        amp_json_double_of(js, "share", w->crossing[i].share, SHARE_DECIMALS);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_key(js, "landmarks");
    amp_json_open(js, '[');
    for (size_t i = 0; i < w->landmark_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", w->landmark[i].name);
        amp_json_str_of(js, "kind", w->landmark[i].kind);
        amp_json_pos_of(js, w->landmark[i].at);
        amp_json_double_of(js, "share", w->landmark[i].share, SHARE_DECIMALS);
        amp_json_double_of(js, "distance_m", w->landmark[i].distance_m, METRE_DECIMALS);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_key(js, "areas");
    amp_json_open(js, '[');
    for (size_t i = 0; i < w->area_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", w->area[i].name);
        amp_json_double_of(js, "share", w->area[i].share, SHARE_DECIMALS);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void ask_view(struct amp_json *js, const struct amp_locate_question *q,
                     const struct amp_locate_crew *crew)
{
    amp_json_key(js, "ask");
    amp_json_open(js, '{');
    amp_json_text_of(js, "kind", amp_locate_ask_name(q->kind));
    amp_json_str_of(js, "name", q->name[0]);
    amp_json_double_of(js, "regret_s", q->regret_s, SECOND_DECIMALS);
    amp_json_key(js, "answers");
    amp_json_open(js, '[');
    for (size_t i = 0; i < 2; i++) {
        amp_json_open(js, '{');
        if (q->side[i] != NULL) {
            amp_json_text_of(js, "side", q->side[i]);
            amp_json_bool_of(js, "or_on_it", q->kind == AMP_LOCATE_ASK_STREET && q->on_it == i);
        } else {
            amp_json_str_of(js, "nearer", q->name[i]);
        }
        amp_json_double_of(js, "share", q->share[i], SHARE_DECIMALS);
        amp_json_str_of(js, "unit", crew[q->crew[i]].id);
        amp_json_double_of(js, "mean_s", q->mean_s[i], SECOND_DECIMALS);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void flips_view(struct amp_json *js, const struct amp_locate_times *t,
                       const struct amp_locate_crew *crew)
{
    amp_json_key(js, "flips");
    amp_json_open(js, '[');
    for (size_t i = 0; i < t->flip_n; i++) {
        const struct amp_locate_flip *flip = &t->flip[i];
        amp_json_open(js, '[');
        for (int k = 0; k < 2; k++) {
            amp_json_open(js, '{');
            amp_json_pos_of(js, k == 0 ? flip->a_at : flip->b_at);
            amp_json_str_of(js, "unit", crew[k == 0 ? flip->a : flip->b].id);
            amp_json_close(js, '}');
        }
        amp_json_close(js, ']');
    }
    amp_json_close(js, ']');
}

static void times_view(struct amp_json *js, const struct amp_locate_times *t,
                       const struct amp_locate_crew *crew)
{
    amp_json_key(js, "crews");
    amp_json_open(js, '[');
    for (size_t i = 0; i < t->time_n; i++) {
        const struct amp_locate_time *one = &t->time[i];
        amp_json_open(js, '{');
        amp_json_str_of(js, "unit", crew[one->crew].id);
        amp_json_double_of(js, "mean_s", one->mean_s, SECOND_DECIMALS);
        amp_json_double_of(js, "p10_s", one->p10_s, SECOND_DECIMALS);
        amp_json_double_of(js, "p90_s", one->p90_s, SECOND_DECIMALS);
        amp_json_double_of(js, "first_share", one->first_share, SHARE_DECIMALS);
        amp_json_double_of(js, "no_way_share", one->no_way_share, SHARE_DECIMALS);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_bool_of(js, "differs", t->differs);
    amp_json_double_of(js, "regret_s", t->regret_s, SECOND_DECIMALS);
    amp_json_double_of(js, "no_way_share", t->no_way_share, SHARE_DECIMALS);
    flips_view(js, t, crew);
    if (t->ask.kind != AMP_LOCATE_ASK_NOTHING) {
        ask_view(js, &t->ask, crew);
    }
}

void amp_locate_view(struct amp_json *js, const struct amp_locate *where,
                     const struct amp_locate_times *times, const struct amp_locate_crew *crew)
{
    amp_json_key(js, "region");
    amp_json_open(js, '{');
    amp_region_view(js, &where->region);
    amp_json_close(js, '}');
    amp_json_key(js, "middle");
    amp_json_open(js, '{');
    amp_json_pos_of(js, where->middle);
    amp_json_close(js, '}');
    amp_json_double_of(js, "radius_68_m", where->radius_68_m, METRE_DECIMALS);
    amp_json_double_of(js, "radius_95_m", where->radius_95_m, METRE_DECIMALS);
    amp_json_bool_of(js, "confidence_assumed", where->confidence_assumed);
    amp_json_bool_of(js, "too_large", where->too_large);
    streets_view(js, where);
    names_view(js, where);
    if (times != NULL) {
        times_view(js, times, crew);
    }
}

/* ---- lines ---- */

static void percent_line(struct amp_buf *out, double share, struct amp_str name)
{
    static const double shown = 0.0005;
    if (share < shown) {
        amp_buf_printf(out, "\n         %.*s", (int)name.len, name.ptr);
    } else {
        amp_buf_printf(out, "\n%5.1f %%  %.*s", share * 100, (int)name.len, name.ptr);
    }
}

static void streets_text(struct amp_buf *out, const struct amp_locate *w)
{
    for (size_t i = 0; i < w->street_n; i++) {
        const struct amp_locate_street *one = &w->street[i];
        percent_line(out, one->share, one->name);
        if (one->house_n > 0) {
            amp_buf_printf(out, ", %.*s to %.*s", (int)one->house_first.len, one->house_first.ptr,
                           (int)one->house_last.len, one->house_last.ptr);
        }
    }
    if (w->others > 0) {
        percent_line(out, w->others, AMP_STR("other streets"));
    }
    percent_line(out, w->unnamed, AMP_STR("roads without a name"));
    percent_line(out, w->elsewhere, AMP_STR("elsewhere"));
}

static void names_text(struct amp_buf *out, const struct amp_locate *w)
{
    for (size_t i = 0; i < w->crossing_n; i++) {
        percent_line(out, w->crossing[i].share, w->crossing[i].a);
        amp_buf_printf(out, " / %.*s", (int)w->crossing[i].b.len, w->crossing[i].b.ptr);
    }
    for (size_t i = 0; i < w->landmark_n; i++) {
        percent_line(out, w->landmark[i].share, w->landmark[i].name);
        amp_buf_printf(out, " (%.*s)", (int)w->landmark[i].kind.len, w->landmark[i].kind.ptr);
    }
    for (size_t i = 0; i < w->area_n; i++) {
        percent_line(out, w->area[i].share, w->area[i].name);
    }
}

static void ask_text(struct amp_buf *out, const struct amp_locate_question *q,
                     const struct amp_locate_crew *crew)
{
    bool sides = q->side[0] != NULL;
    amp_buf_text(out, sides ? "\nAsk on which side of " : "\nAsk what is nearer: ");
    amp_buf_str(out, q->name[0]);
    if (!sides) {
        amp_buf_text(out, ", or ");
        amp_buf_str(out, q->name[1]);
    }
    for (size_t i = 0; i < 2; i++) {
        amp_buf_text(out, i == 0 ? ". " : "; ");
        if (sides) {
            amp_buf_text(out, q->side[i]);
        } else {
            amp_buf_str(out, q->name[i]);
        }
        if (q->kind == AMP_LOCATE_ASK_STREET && q->on_it == i) {
            amp_buf_text(out, " or on it");
        }
        amp_buf_text(out, ": ");
        amp_buf_str(out, crew[q->crew[i]].id);
    }
    amp_buf_char(out, '.');
}

static void times_text(struct amp_buf *out, const struct amp_locate_times *t,
                       const struct amp_locate_crew *crew)
{
    for (size_t i = 0; i < t->time_n; i++) {
        const struct amp_locate_time *one = &t->time[i];
        char mean[AMP_TIME_TEXT], early[AMP_TIME_TEXT], late[AMP_TIME_TEXT];
        if (!isfinite(one->mean_s)) {
            amp_buf_printf(out, "\n%.*s: no way by road", (int)crew[one->crew].id.len,
                           crew[one->crew].id.ptr);
            continue;
        }
        amp_duration_text(one->mean_s, mean);
        amp_duration_text(one->p10_s, early);
        amp_duration_text(one->p90_s, late);
        amp_buf_printf(out, "\n%.*s: %s (%s to %s), first in %.0f %% of it",
                       (int)crew[one->crew].id.len, crew[one->crew].id.ptr, mean, early, late,
                       one->first_share * 100);
    }
    if (t->differs) {
        amp_buf_printf(out,
                       "\nThe best crew depends on where: sending the first loses %.0f s in "
                       "the mean.",
                       t->regret_s);
    }
    if (t->ask.kind != AMP_LOCATE_ASK_NOTHING) {
        ask_text(out, &t->ask, crew);
    }
}

void amp_locate_text(struct amp_buf *out, const struct amp_locate *where,
                     const struct amp_locate_times *times, const struct amp_locate_crew *crew)
{
    char at[AMP_POS_TEXT];
    amp_pos_text(where->middle, at);
    amp_buf_printf(out, "%s around %s, 95 %% within about %.0f m%s",
                   amp_region_shape_name(where->region.shape), at, where->radius_95_m,
                   where->confidence_assumed ? " (its confidence is assumed)" : "");
    if (where->too_large) {
        amp_buf_text(out, "\ntoo large to name streets");
    } else {
        streets_text(out, where);
    }
    names_text(out, where);
    if (times != NULL) {
        times_text(out, times, crew);
    }
    amp_buf_text(out, "\n(c) OpenStreetMap contributors");
}
