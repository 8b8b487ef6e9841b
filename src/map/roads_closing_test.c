/* What closures come to on the roads: shapes, directions, paces, and what is told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/closing.h"
#include "map/roads_fixture.h"
#include "map/roads_slow.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    TEXT = 512,
    SHAPES = 400
};

/* Positions are in thousandths of a degree (111 m), x to the east of `east`. */
static struct amp_pos at_from(double east, double x, double y)
{
    double lon = east + x / 1000;
    return (struct amp_pos){(int32_t)lround(y * 1e4),
                            (int32_t)lround((lon > 180 ? lon - 360 : lon) * 1e7)};
}

static struct amp_pos at(double x, double y)
{
    return at_from(0, x, y);
}

static void node_put(struct amp_buf *xml, int id, struct amp_pos pos)
{
    amp_buf_printf(xml, "<node id='%d' version='1' lat='%.7f' lon='%.7f'/>\n", id, amp_lat_deg(pos),
                   amp_lon_deg(pos));
}

static void way_put(struct amp_buf *xml, int id, int from, int to, const char *name,
                    const char *more)
{
    amp_buf_printf(xml,
                   "<way id='%d' version='1'><nd ref='%d'/><nd ref='%d'/>"
                   "<tag k='highway' v='residential'/><tag k='name' v='%s'/>%s</way>\n",
                   id, from, to, name, more);
}

/*
 *  3 ---Upper--- 4              First leads from 1 to 3, Second from 2 to 4; 4 by 2 units.
 *  |             |              Lane leaves 1 to the east-north-east, for 2 units.
 *  1 ---Lower--- 2 --Out-> 5    (oneway)
 */
static void town_make(double east, struct amp_fixture *fx)
{
    struct amp_buf xml = amp_buf_make(1 << 16);
    static const double place[][2] = {{0, 0}, {4, 0}, {0, 2}, {4, 2}, {8, 0}, {1.732, 1}};
    for (int i = 0; i < 6; i++) {
        node_put(&xml, i + 1, at_from(east, place[i][0], place[i][1]));
    }
    way_put(&xml, 1, 1, 2, "Lower", "");
    way_put(&xml, 2, 3, 4, "Upper", "");
    way_put(&xml, 3, 1, 3, "First", "");
    way_put(&xml, 4, 2, 4, "Second", "");
    way_put(&xml, 5, 2, 5, "Out", "<tag k='oneway' v='yes'/>");
    way_put(&xml, 6, 1, 6, "Lane", "");
    amp_fixture_of_xml(amp_buf_cstr(&xml), fx);
    amp_buf_free(&xml);
}

/* The roads that a closure changes: "Lower+- Out+", + along their points, - against. */
static const char *closed_by(struct amp_fixture *fx, struct amp_road_closure closure)
{
    static char text[TEXT];
    struct amp_closed_roads roads;
    struct amp_why why = {""};
    size_t len = 0;
    text[0] = '\0';
    amp_err err = amp_closure_roads(fx->roads, &closure, 100, &fx->arena, &roads, &why);
    if (err) {
        (void)snprintf(text, sizeof(text), "%s: %s", amp_err_code(err), why.text);
        return text;
    }
    assert_int_equal(roads.n, roads.total);
    double length_m = 0;
    for (size_t i = 0; i < roads.n; i++) {
        const struct amp_closed_road *road = &roads.road[i];
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s%s%s", i > 0 ? " " : "",
                                (int)road->street.len, road->street.ptr, road->along ? "+" : "",
                                road->against ? "-" : "");
        assert_true(road->line_n >= 2);
        length_m += road->length_m;
    }
    assert_true(fabs(length_m - roads.length_m) < 0.01);
    return text;
}

static struct amp_road_closure circle(struct amp_pos pos, double radius_m)
{
    return (struct amp_road_closure){
        .shape = AMP_CLOSURE_CIRCLE, .at = pos, .radius_m = radius_m, .heading_deg = -1};
}

static struct amp_road_closure drawn(enum amp_closure_shape shape, const struct amp_pos *point,
                                     size_t n)
{
    return (struct amp_road_closure){
        .shape = shape, .point = point, .point_n = n, .heading_deg = -1};
}

static void a_road_and_a_circle_close_what_they_touch(void **state)
{
    (void)state;
    struct amp_fixture fx;
    town_make(0, &fx);
    struct amp_road_closure road = {.at = at(2.5, 0.1), .heading_deg = -1};
    assert_string_equal(closed_by(&fx, road), "Lower+-");
    road.at = at(100, 100);
    assert_string_equal(closed_by(&fx, road), "");
    assert_string_equal(closed_by(&fx, circle(at(4, 2), 50)), "Upper+- Second+-");
    assert_string_equal(closed_by(&fx, circle(at(6, 1), 100)), "");
    assert_string_equal(closed_by(&fx, circle(at(6, 0.5), 100)), "Out+");
    amp_fixture_free(&fx);
}

static void a_heading_closes_one_direction(void **state)
{
    (void)state;
    struct amp_fixture fx;
    town_make(0, &fx);
    struct amp_road_closure road = {.at = at(2.5, 0.1), .heading_deg = 90};
    assert_string_equal(closed_by(&fx, road), "Lower+");
    road.heading_deg = 260;
    assert_string_equal(closed_by(&fx, road), "Lower-");
    road.at = at(6, 0.3); /* Out is nearer, but nobody drives it to the west */
    assert_string_equal(closed_by(&fx, road), "Second-");
    struct amp_road_closure all = circle(at(2, 1), 2000);
    all.heading_deg = 10;
    assert_string_equal(closed_by(&fx, all), "Lower+ Upper+ First+ Second+ Out+ Lane+");
    all.heading_deg = 350;
    assert_string_equal(closed_by(&fx, all), "Lower- Upper- First+ Second+ Lane+");
    amp_fixture_free(&fx);
}

static void an_area_closes_what_touches_its_inside(void **state)
{
    (void)state;
    struct amp_fixture fx;
    town_make(0, &fx);
    const struct amp_pos inside[] = {at(2, 1), at(3, 1), at(3, 1.5), at(2, 1.5)};
    assert_string_equal(closed_by(&fx, drawn(AMP_CLOSURE_AREA, inside, 4)), "");
    const struct amp_pos across[] = {at(3, 0.5), at(5, 0.5), at(5, 1.5), at(3, 1.5)};
    assert_string_equal(closed_by(&fx, drawn(AMP_CLOSURE_AREA, across, 4)), "Second+-");
    const struct amp_pos corner[] = {at(2, 2), at(3, 3), at(1, 3)}; /* touches in one point */
    assert_string_equal(closed_by(&fx, drawn(AMP_CLOSURE_AREA, corner, 3)), "Upper+-");
    const struct amp_pos beak[] = {at(-1, -1), at(9, -1), at(9, 1), at(6, -0.5), at(-1, 1)};
    assert_string_equal(closed_by(&fx, drawn(AMP_CLOSURE_AREA, beak, 5)),
                        "Lower+- First+- Out+ Lane+-");
    amp_fixture_free(&fx);
}

static void over_the_antimeridian_shapes_close_the_same(void **state)
{
    (void)state;
    struct amp_fixture fx;
    town_make(179.998, &fx); /* Lower lies half on either side */
    double e = 179.998;
    const struct amp_pos across[] = {at_from(e, 3, 0.5), at_from(e, 5, 0.5), at_from(e, 5, 1.5),
                                     at_from(e, 1.9, 1.5), at_from(e, 1.9, 0.5)};
    assert_string_equal(closed_by(&fx, drawn(AMP_CLOSURE_AREA, across, 5)), "Second+-");
    const struct amp_pos west[] = {at_from(e, 1, 1.5), at_from(e, 1.5, 1.5), at_from(e, 1.5, 2.5)};
    assert_string_equal(closed_by(&fx, drawn(AMP_CLOSURE_AREA, west, 3)), "Upper+-");
    const struct amp_pos line[] = {at_from(e, 0.5, 2.1), at_from(e, 3.5, 2.1)};
    assert_string_equal(closed_by(&fx, drawn(AMP_CLOSURE_LINE, line, 2)), "Upper+-");
    assert_string_equal(closed_by(&fx, circle(at_from(e, 2.2, 0), 60)), "Lower+-");
    amp_fixture_free(&fx);
}

static void a_line_closes_the_roads_along_it_and_not_those_it_crosses(void **state)
{
    (void)state;
    struct amp_fixture fx;
    town_make(0, &fx);
    const struct amp_pos lower[] = {at(0, 0.1), at(4, -0.1)};
    assert_string_equal(closed_by(&fx, drawn(AMP_CLOSURE_LINE, lower, 2)), "Lower+-");
    const struct amp_pos part[] = {at(2.5, 0), at(3, 0)};
    assert_string_equal(closed_by(&fx, drawn(AMP_CLOSURE_LINE, part, 2)), "Lower+-");
    const struct amp_pos middle[] = {at(-1, 1.2), at(5, 1.2)}; /* between two roads, across two */
    assert_string_equal(closed_by(&fx, drawn(AMP_CLOSURE_LINE, middle, 2)), "");
    const struct amp_pos bend[] = {at(0, 0), at(4, 0), at(4, 2)};
    assert_string_equal(closed_by(&fx, drawn(AMP_CLOSURE_LINE, bend, 3)), "Lower+- Second+-");
    const struct amp_pos same[] = {at(1, 0), at(1, 0)};
    assert_string_equal(closed_by(&fx, drawn(AMP_CLOSURE_LINE, same, 2)), "");
    struct amp_road_closure west = drawn(AMP_CLOSURE_LINE, lower, 2);
    west.heading_deg = 270;
    assert_string_equal(closed_by(&fx, west), "Lower-");
    amp_fixture_free(&fx);
}

static uint32_t time_of(struct amp_fixture *fx, const struct amp_road_closure *closure, size_t n,
                        struct amp_pos from, struct amp_pos to)
{
    struct amp_metric *metric = NULL;
    struct amp_why why;
    struct amp_snap end[2];
    uint32_t ms = 0, slow_ms = 0;
    assert_int_equal(amp_metric_create(fx->roads, AMP_PROFILE_CAR, closure, n, &metric, &why),
                     AMP_OK);
    assert_int_equal(amp_snap_open(fx->roads, metric, AMP_PROFILE_CAR, from, &end[0]), AMP_OK);
    assert_int_equal(amp_snap_open(fx->roads, metric, AMP_PROFILE_CAR, to, &end[1]), AMP_OK);
    assert_int_equal(amp_road_time(fx->query, metric, &end[0], &end[1], &ms), AMP_OK);
    assert_int_equal(amp_roads_slow_time(metric, &end[0], &end[1], &slow_ms), AMP_OK);
    assert_int_equal(ms, slow_ms);
    amp_metric_unref(metric);
    return ms;
}

static void a_slowed_road_takes_its_share_and_the_strictest_closure_wins(void **state)
{
    (void)state;
    struct amp_fixture fx;
    town_make(0, &fx);
    struct amp_pos from = at(1, 0), to = at(3, 0);
    struct amp_road_closure closure[3];
    for (size_t i = 0; i < 3; i++) {
        closure[i] = (struct amp_road_closure){.at = at(2, 0), .heading_deg = -1};
    }
    closure[0].time_percent = 150;
    closure[1].time_percent = 120;
    uint32_t usual_ms = time_of(&fx, NULL, 0, from, to);
    uint32_t slow_ms = time_of(&fx, closure, 2, from, to);
    assert_true(fabs(slow_ms - 1.5 * usual_ms) <= 2);
    closure[1].heading_deg = 270; /* the other way round */
    closure[0].heading_deg = 270;
    assert_int_equal(time_of(&fx, closure, 2, from, to), usual_ms);
    closure[0].heading_deg = -1;
    assert_true(time_of(&fx, closure, 3, from, to) > 2 * usual_ms); /* closed: round the block */
    amp_fixture_free(&fx);
}

static void a_closure_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    struct amp_fixture fx;
    town_make(0, &fx);
    struct amp_road_closure road = {.at = at(0, 0), .heading_deg = -1, .time_percent = 100};
    assert_non_null(strstr(closed_by(&fx, road), "101 to 2000"));
    road.time_percent = AMP_CLOSURE_SLOW_MAX + 1;
    assert_non_null(strstr(closed_by(&fx, road), "101 to 2000"));
    road.time_percent = 0;
    road.heading_deg = 361;
    assert_non_null(strstr(closed_by(&fx, road), "heading"));
    road.heading_deg = (double)NAN;
    assert_non_null(strstr(closed_by(&fx, road), "heading"));
    assert_non_null(strstr(closed_by(&fx, circle(at(0, 0), 0)), "radius"));
    assert_non_null(strstr(closed_by(&fx, circle(at(0, 0), 1e9)), "radius"));
    struct amp_pos point[AMP_CLOSURE_POINTS + 1] = {at(0, 0), at(1, 0), at(1, 1)};
    assert_non_null(strstr(closed_by(&fx, drawn(AMP_CLOSURE_AREA, point, 2)), "3 to 256 points"));
    assert_non_null(
        strstr(closed_by(&fx, drawn(AMP_CLOSURE_LINE, point, AMP_CLOSURE_POINTS + 1)), "2 to 256"));
    point[1] = at(2000, 2000);
    assert_non_null(strstr(closed_by(&fx, drawn(AMP_CLOSURE_AREA, point, 3)), "km wide"));
    point[1] = (struct amp_pos){910000000, 0};
    assert_non_null(strstr(closed_by(&fx, drawn(AMP_CLOSURE_AREA, point, 3)), "nowhere"));
    assert_non_null(
        strstr(closed_by(&fx, (struct amp_road_closure){.at = {0, INT32_MAX}}), "nowhere"));
    amp_fixture_free(&fx);
}

/* ---- the twin: areas by sampling ---- */

static double random_unit(uint64_t *seed)
{
    return (double)(amp_fixture_chance(seed) % 100001) / 100000;
}

/* Inside by the angles that the ring is seen under: none of the integers of the real one. */
static bool seen_inside(const struct amp_pos *ring, size_t n, double x, double y)
{
    double turned = 0;
    for (size_t i = 0; i < n; i++) {
        struct amp_pos a = ring[i], b = ring[(i + 1) % n];
        double from = atan2(a.lat_e7 - y, a.lon_e7 - x), to = atan2(b.lat_e7 - y, b.lon_e7 - x);
        turned += remainder(to - from, 2 * M_PI);
    }
    return fabs(turned) > M_PI; /* triangles wind once */
}

/* A piece that is seen inside at one of many places touches; one that touches comes very near to
 * the inside at some place. */
static void areas_touch_what_samples_see_inside(void **state)
{
    (void)state;
    uint64_t seed = 5;
    unsigned touched = 0;
    for (int i = 0; i < SHAPES; i++) {
        struct amp_pos ring[3], end[2];
        for (int k = 0; k < 5; k++) {
            struct amp_pos pos = at(100 * random_unit(&seed), 100 * random_unit(&seed));
            *(k < 3 ? &ring[k] : &end[k - 3]) = pos;
        }
        end[1] = amp_pos_between(end[0], end[1], 0.3);
        struct amp_road_closure area = drawn(AMP_CLOSURE_AREA, ring, 3);
        struct amp_closing_shape shape;
        struct amp_why why;
        assert_int_equal(amp_closing_shape(&area, &shape, &why), AMP_OK);
        bool seen = false;
        for (int k = 0; k <= 1000; k++) {
            double x = end[0].lon_e7 + k / 1000.0 * ((double)end[1].lon_e7 - end[0].lon_e7);
            double y = end[0].lat_e7 + k / 1000.0 * ((double)end[1].lat_e7 - end[0].lat_e7);
            seen = seen || seen_inside(ring, 3, x, y);
        }
        bool touches = amp_closing_touches(&shape, end[0], end[1]);
        assert_true(touches || !seen);
        touched += touches;
        if (touches && !seen) { /* it only grazes a corner */
            double nearest_m = INFINITY, share = 0;
            for (int k = 0; k < 3; k++) {
                nearest_m = fmin(nearest_m, amp_segment_near(ring[k], end[0], end[1], &share));
            }
            assert_true(nearest_m < 30);
        }
    }
    assert_in_range(touched, SHAPES / 10, SHAPES * 9 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_road_and_a_circle_close_what_they_touch),
        cmocka_unit_test(a_heading_closes_one_direction),
        cmocka_unit_test(an_area_closes_what_touches_its_inside),
        cmocka_unit_test(over_the_antimeridian_shapes_close_the_same),
        cmocka_unit_test(a_line_closes_the_roads_along_it_and_not_those_it_crosses),
        cmocka_unit_test(a_slowed_road_takes_its_share_and_the_strictest_closure_wins),
        cmocka_unit_test(a_closure_that_makes_no_sense_is_refused),
        cmocka_unit_test(areas_touch_what_samples_see_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
