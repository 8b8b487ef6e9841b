/* Writes a matched trace: points, the way between them, gaps. */
#include "map/match_view.h"
#include "map/roads_in.h"

#include <math.h>

enum {
    VIEW_MAX = 1 << 29,
    POS_DECIMALS = 7
};

void amp_match_writer_init(struct amp_match_writer *writer, const struct amp_roads *roads,
                           struct amp_buf *out, bool json)
{
    *writer = (struct amp_match_writer){.roads = roads, .out = out, .json = json};
    writer->ways = amp_buf_make(VIEW_MAX);
    writer->gaps = amp_buf_make(VIEW_MAX);
    writer->js = amp_json_make(out);
    writer->ways_js = amp_json_make(&writer->ways);
    writer->gaps_js = amp_json_make(&writer->gaps);
    if (json) {
        amp_json_open(&writer->js, '{');
        amp_json_key(&writer->js, "points");
        amp_json_open(&writer->js, '[');
        amp_json_open(&writer->ways_js, '[');
        amp_json_open(&writer->gaps_js, '[');
    }
}

void amp_match_writer_finish(struct amp_match_writer *writer)
{
    amp_buf_free(&writer->ways);
    amp_buf_free(&writer->gaps);
}

/* ---- ways ---- */

static void line_put(struct amp_match_writer *w, struct amp_pos pos)
{
    if (w->at_any && w->at.lat_e7 == pos.lat_e7 && w->at.lon_e7 == pos.lon_e7) {
        return;
    }
    w->at = pos;
    w->at_any = true;
    amp_json_open(&w->ways_js, '[');
    amp_json_put_double(&w->ways_js, amp_lon_deg(pos), POS_DECIMALS);
    amp_json_put_double(&w->ways_js, amp_lat_deg(pos), POS_DECIMALS);
    amp_json_close(&w->ways_js, ']');
}

static void way_close(struct amp_match_writer *w)
{
    if (w->in_way) {
        amp_json_close(&w->ways_js, ']');
        amp_json_double_of(&w->ways_js, "way_m", w->way_m, 1);
        amp_json_close(&w->ways_js, '}');
    }
    w->in_way = false;
}

static void way_open(struct amp_match_writer *w, struct amp_pos pos)
{
    way_close(w);
    w->in_way = true;
    w->at_any = false;
    w->way_m = 0;
    amp_json_open(&w->ways_js, '{');
    amp_json_key(&w->ways_js, "line");
    amp_json_open(&w->ways_js, '[');
    line_put(w, pos);
}

/* The points of a segment strictly between two shares, in the order they were driven. */
static void step_put(struct amp_match_writer *w, const struct amp_match_step *step)
{
    uint32_t n = amp_seg_points(w->roads, step->segment);
    double all_m = amp_seg_length_m(w->roads, step->segment);
    bool along = step->begin <= step->end;
    double low = fmin(step->begin, step->end), high = fmax(step->begin, step->end);
    double sum_m = along ? 0 : all_m;
    struct amp_pos last = amp_seg_point(w->roads, step->segment, along ? 0 : n - 1);
    for (uint32_t k = 0; k < n; k++) {
        struct amp_pos at = amp_seg_point(w->roads, step->segment, along ? k : n - 1 - k);
        sum_m += (along ? 1 : -1) * amp_pos_distance_m(last, at);
        last = at;
        if (sum_m > low * all_m && sum_m < high * all_m) {
            line_put(w, at);
        }
    }
}

/* ---- points ---- */

static void point_json(struct amp_match_writer *w, const struct amp_matched *m)
{
    bool on = m->state == AMP_MATCH_ON || m->state == AMP_MATCH_BETWEEN;
    amp_json_open(&w->js, '{');
    amp_json_i64_of(&w->js, "index", (int64_t)m->index);
    amp_json_text_of(&w->js, "state", amp_match_state_name(m->state));
    amp_json_pos_of(&w->js, m->at);
    if (on) {
        amp_json_i64_of(&w->js, "osm_way", w->roads->way[w->roads->seg[m->segment].way].id);
        amp_json_str_of(&w->js, "street", m->street);
        amp_json_double_of(&w->js, "dist_m", m->dist_m, 1);
    }
    if (m->state == AMP_MATCH_ON) {
        amp_json_double_of(&w->js, "confidence", m->confidence, 4);
    }
    amp_json_close(&w->js, '}');
    if (m->gap > AMP_MATCH_GAP_START) {
        amp_json_open(&w->gaps_js, '{');
        amp_json_i64_of(&w->gaps_js, "index", (int64_t)m->index);
        amp_json_text_of(&w->gaps_js, "reason", amp_match_gap_name(m->gap));
        amp_json_close(&w->gaps_js, '}');
    }
}

static void point_text(struct amp_match_writer *w, const struct amp_matched *m)
{
    char at[AMP_POS_TEXT];
    amp_pos_text(m->at, at);
    if (m->gap > AMP_MATCH_GAP_START) {
        amp_buf_printf(w->out, "-- gap (%s)\n", amp_match_gap_name(m->gap));
    }
    amp_buf_printf(w->out, "%zu %s %s", m->index, amp_match_state_name(m->state), at);
    if (m->state == AMP_MATCH_ON) {
        amp_buf_printf(w->out, " %.0f %%", m->confidence * 100);
    }
    amp_buf_printf(w->out, " %.*s\n", (int)m->street.len, m->street.len > 0 ? m->street.ptr : "");
}

amp_err amp_match_writer_point(void *ctx, const struct amp_matched *matched)
{
    struct amp_match_writer *w = ctx;
    bool on = matched->state == AMP_MATCH_ON || matched->state == AMP_MATCH_BETWEEN;
    w->on += on ? 1 : 0;
    w->off += on ? 0 : 1;
    if (w->json) {
        point_json(w, matched);
    } else {
        point_text(w, matched);
    }
    if (matched->state != AMP_MATCH_ON) {
        return amp_buf_err(w->out);
    }
    w->sum_m += matched->way_m;
    if (w->json && (matched->gap != AMP_MATCH_GAP_NONE || !w->in_way)) {
        way_open(w, matched->at);
    } else if (w->json) {
        for (size_t i = 0; i < matched->step_n; i++) {
            step_put(w, &matched->step[i]);
        }
        line_put(w, matched->at);
        w->way_m += matched->way_m;
    }
    return amp_buf_err(w->out);
}

amp_err amp_match_writer_end(struct amp_match_writer *w)
{
    if (!w->json) {
        amp_buf_printf(w->out, "%zu of %zu reports on a road, %.2f km\n", w->on, w->on + w->off,
                       w->sum_m / 1000);
        amp_buf_text(w->out, "(c) OpenStreetMap contributors");
        return amp_buf_err(w->out);
    }
    way_close(w);
    amp_json_close(&w->ways_js, ']');
    amp_json_close(&w->gaps_js, ']');
    amp_err err = amp_buf_err(&w->ways);
    err = err ? err : amp_buf_err(&w->gaps);
    if (err) {
        return err;
    }
    amp_json_close(&w->js, ']');
    amp_json_key(&w->js, "ways");
    amp_json_put_raw(&w->js, amp_buf_view(&w->ways));
    amp_json_key(&w->js, "gaps");
    amp_json_put_raw(&w->js, amp_buf_view(&w->gaps));
    amp_json_i64_of(&w->js, "matched", (int64_t)w->on);
    amp_json_double_of(&w->js, "distance_m", w->sum_m, 1);
    amp_json_close(&w->js, '}');
    return amp_buf_err(w->out);
}
