/* A table of LoST on a map that is made up here: what its areas hold, and how borders are told. */
#include "intake/lost_table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/chance.h"
#include "intake/lost.h"
#include "intake/lost_table_in.h"
#include "intake/lost_touch.h"
#include "intake/sample_test.h"

#include "base/testarena.h"

enum {
    MANY = 1500,  /* corners of a border that is told by reference */
    MOST = 40001, /* of one that is not told */
    DEGREE = 10000000
};

#define VERSION INT64_C(1700000000000000)
#define FIND(lat, lon, urn, attrs)                                                                 \
    "<findService xmlns='urn:ietf:params:xml:ns:lost1' "                                           \
    "xmlns:p='http://www.opengis.net/gml' " attrs                                                  \
    "><location id='L' profile='geodetic-2d'><p:Point "                                            \
    "srsName='urn:ogc:def:crs:EPSG::4326'><p:pos>" lat " " lon                                     \
    "</p:pos></p:Point></location><service>" urn "</service></findService>"
#define BOUNDARY(key) "<getServiceBoundary xmlns='urn:ietf:params:xml:ns:lost1' key='" key "'/>"

/* ---- the map ---- */

struct rings {
    const char *name;
    size_t n;
    struct amp_lost_ring ring[6];
};

static const struct amp_pos outer[] = {/* clockwise on purpose */
                                       {0, 0},
                                       {4 * DEGREE, 0},
                                       {4 * DEGREE, 4 * DEGREE},
                                       {0, 4 * DEGREE},
                                       {0, 0}};
static const struct amp_pos hole[] = {/* touches the outer one at a corner of its own */
                                      {0, 2 * DEGREE},          {1 * DEGREE, 3 * DEGREE},
                                      {3 * DEGREE, 3 * DEGREE}, {3 * DEGREE, 1 * DEGREE},
                                      {1 * DEGREE, 1 * DEGREE}, {0, 2 * DEGREE}};
static const struct amp_pos island[] = {{15000000, 15000000},
                                        {15000000, 25000000},
                                        {25000000, 25000000},
                                        {25000000, 15000000},
                                        {15000000, 15000000}};
static const struct amp_pos pond[] = {
    {19000000, 19000000}, {21000000, 19000000}, {21000000, 21000000}, {19000000, 19000000}};
static const struct amp_pos apart[] = {/* two triangles that meet where they begin */
                                       {5 * DEGREE, 5 * DEGREE}, {5 * DEGREE, 6 * DEGREE},
                                       {6 * DEGREE, 6 * DEGREE}, {5 * DEGREE, 5 * DEGREE},
                                       {5 * DEGREE, 4 * DEGREE}, {4 * DEGREE, 4 * DEGREE},
                                       {5 * DEGREE, 5 * DEGREE}};
static const struct amp_pos across[] = {
    {0, 179 * DEGREE}, {0, -179 * DEGREE}, {DEGREE, -179 * DEGREE}, {DEGREE, 179 * DEGREE}};
static const struct amp_pos up_to[] = {
    {0, 179 * DEGREE}, {0, -180 * DEGREE}, {DEGREE, -180 * DEGREE}, {DEGREE, 179 * DEGREE}};
static struct amp_pos circle[2][MOST];

static struct rings map_of[] = {
    {"Holes", 5, {{pond, 4}, {island, 5}, {apart, 7}, {hole, 6}, {outer, 5}}},
    {"Across", 1, {{across, 4}}},
    {"Up to", 1, {{up_to, 4}}},
    {"Many", 1, {{circle[0], MANY}}},
    {"Most", 1, {{circle[1], MOST}}},
    {"Outer", 1, {{outer, 5}}},
};

static amp_err map_find(const void *ctx, const struct amp_lost_wanted *wanted, uint32_t *out,
                        struct amp_why *why)
{
    assert_ptr_equal(ctx, map_of);
    for (uint32_t i = 0; i < sizeof map_of / sizeof map_of[0]; i++) {
        if (amp_str_is(wanted->name, map_of[i].name) && wanted->level != 3) {
            *out = i;
            return AMP_OK;
        }
    }
    return amp_fail(why, AMP_E_NOT_FOUND, "no %.*s of %u", (int)wanted->name.len, wanted->name.ptr,
                    wanted->level);
}

/* Of all rings the odd, on the plane. */
static bool map_holds(const void *ctx, uint32_t area, struct amp_pos at)
{
    bool in = false;
    assert_ptr_equal(ctx, map_of);
    for (size_t r = 0; r < map_of[area].n; r++) {
        const struct amp_lost_ring *ring = &map_of[area].ring[r];
        for (size_t i = 0, j = ring->n - 1; i < ring->n; j = i++) {
            double ay = ring->corner[i].lat_e7, by = ring->corner[j].lat_e7;
            double ax = ring->corner[i].lon_e7, bx = ring->corner[j].lon_e7;
            in ^= (ay > at.lat_e7) != (by > at.lat_e7) &&
                  at.lon_e7 < ax + (bx - ax) * (at.lat_e7 - ay) / (by - ay);
        }
    }
    return in;
}

static size_t map_rings(const void *ctx, uint32_t area, struct amp_arena *room,
                        struct amp_lost_ring **out)
{
    assert_ptr_equal(ctx, map_of);
    *out = amp_arena_array(room, map_of[area].n, sizeof **out);
    for (size_t i = 0; *out != NULL && i < map_of[area].n; i++) {
        (*out)[i] = map_of[area].ring[i];
    }
    return *out != NULL ? map_of[area].n : 0;
}

static struct amp_lost_map map_made(void)
{
    return (struct amp_lost_map){.ctx = map_of,
                                 .version_us = VERSION + 60000000,
                                 .find = map_find,
                                 .holds = map_holds,
                                 .rings = map_rings};
}

static int set_up(void **state)
{
    for (int i = 0; i < 2; i++) {
        const int n = i == 0 ? MANY : MOST;
        for (int k = 0; k < n; k++) {
            double angle = k * 2 * 3.14159265358979323846 / n;
            circle[i][k] = (struct amp_pos){(int32_t)(10 * DEGREE + DEGREE * sin(angle)),
                                            (int32_t)(10 * DEGREE + DEGREE * cos(angle))};
        }
    }
    return arena_set_up(state);
}

/* ---- asking ---- */

#define TABLE                                                                                      \
    "source s.example\n"                                                                           \
    "area holes map level 6 at 1,0.5 Holes\n"                                                      \
    "area both map Up to\narea both polygon 20,20 20,21 21,21\n"                                   \
    "area two map Outer\narea two map Many\nservice urn:x:two two sip:two@x - Two\n"               \
    "service urn:x:holes holes sip:holes@x - Holes\n"                                              \
    "service urn:x:both both sip:both@x - Both\n"                                                  \
    "service urn:x:across \"Across\" sip:across@x - Across\n"                                      \
    "service urn:x:many \"Many\" sip:many@x - Many\n"                                              \
    "service urn:x:most \"Most\" sip:most@x - Most\n"                                              \
    "service urn:x:y \" level 7 Outer \" sip:o@x - Outer\nservice urn:x:z \"level 7 Outer\" "      \
    "sip:z@x - Z\n"

struct laid {
    struct amp_lost_table *table;
    struct amp_lost_ground *ground;
};

static struct laid lay(const char *text)
{
    const struct amp_lost_map map = map_made();
    struct amp_why why = {""};
    struct laid laid = {0};
    amp_err err = amp_lost_table_read(amp_str_of(text), VERSION, &laid.table, &why);
    err = err ? err : amp_lost_ground_make(laid.table, &map, &laid.ground, &why);
    if (err != AMP_OK) {
        fail_msg("%s", why.text);
    }
    return laid;
}

static void lift(struct laid *laid)
{
    amp_lost_ground_free(laid->ground);
    amp_lost_table_free(laid->table);
}

static const char *ask(const struct laid *laid, struct amp_str question, struct amp_lost *back)
{
    struct amp_buf out = amp_buf_make(AMP_LOST_ANSWER);
    struct amp_why why = {""};
    amp_lost_answer(laid->ground, question, VERSION, &arena, &out);
    assert_int_equal(amp_buf_err(&out), AMP_OK);
    struct amp_str text = amp_arena_str(&arena, amp_buf_view(&out));
    amp_buf_free(&out);
    if (back != NULL && amp_lost_read(text, &arena, back, &why) != AMP_OK) {
        fail_msg("%s: %.*s", why.text, (int)text.len, text.ptr);
    }
    return amp_arena_text(&arena, text);
}

static size_t times(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what)) {
        n++;
    }
    return n;
}

/* ---- what was told, read by hand ---- */

struct told_ring {
    bool hole;
    struct amp_pos corner[16];
    size_t n;
};

static size_t told_read(const char *text, struct told_ring out[16])
{
    size_t n = 0;
    const char *at = text;
    while ((at = strstr(at, "<gml:LinearRing>")) != NULL) {
        struct told_ring *ring = &out[n++];
        assert_true(n < 16);
        *ring = (struct told_ring){.hole = strncmp(at - 14, "<gml:interior>", 14) == 0};
        const char *end = strstr(at, "</gml:LinearRing>");
        for (at = strstr(at, "<gml:pos>"); at != NULL && at < end; at = strstr(at, "<gml:pos>")) {
            char *next = NULL;
            double lat = strtod(at + 9, &next), lon = strtod(next, &next);
            assert_true(ring->n < 16);
            assert_int_equal(amp_pos_of_degrees(lat, lon, &ring->corner[ring->n++]), AMP_OK);
            at = next;
        }
        assert_memory_equal(&ring->corner[0], &ring->corner[ring->n - 1], sizeof(struct amp_pos));
        at = end;
    }
    return n;
}

static double turn_of(const struct told_ring *ring)
{
    double sum = 0;
    for (size_t i = 0; i + 1 < ring->n; i++) {
        struct amp_pos a = ring->corner[i], b = ring->corner[i + 1];
        sum += (double)a.lon_e7 * b.lat_e7 - (double)b.lon_e7 * a.lat_e7;
    }
    return sum;
}

static bool ring_has(const struct told_ring *ring, struct amp_pos at)
{
    bool in = false;
    for (size_t i = 0; i + 1 < ring->n; i++) {
        double ay = ring->corner[i].lat_e7, by = ring->corner[i + 1].lat_e7;
        double ax = ring->corner[i].lon_e7, bx = ring->corner[i + 1].lon_e7;
        in ^= (ay > at.lat_e7) != (by > at.lat_e7) &&
              at.lon_e7 < ax + (bx - ax) * (at.lat_e7 - ay) / (by - ay);
    }
    return in;
}

/* Polygons add up; each is its exterior without the interiors that follow it. */
static bool told_holds(const struct told_ring *ring, size_t n, struct amp_pos at)
{
    bool any = false;
    for (size_t i = 0; i < n;) {
        bool in = ring_has(&ring[i], at);
        assert_false(ring[i].hole);
        for (i++; i < n && ring[i].hole; i++) {
            in = in && !ring_has(&ring[i], at);
        }
        any = any || in;
    }
    return any;
}

/* ---- tests ---- */

static void a_line_names_an_area_of_the_map(void **state)
{
    (void)state;
    struct laid laid = lay(TABLE);
    const struct amp_lost_border *border = laid.table->border;
    struct amp_lost back = {0};
    assert_int_equal(laid.table->border_n, 8); /* the same one in quotation marks is one */
    assert_true(amp_str_is(border[0].wanted.name, "Holes"));
    assert_int_equal(border[0].wanted.level, 6);
    assert_true(border[0].wanted.placed && border[0].wanted.at.lon_e7 == 5000000);
    assert_true(amp_str_is(border[1].wanted.name, "Up to"));
    assert_false(border[1].wanted.placed);
    (void)ask(&laid, AMP_STR(FIND("1", "0.5", "urn:x:holes", "")), &back);
    assert_true(amp_str_is(back.mapping[0].display_name, "Holes"));
    assert_true(amp_str_is(back.mapping[0].last_updated, "2023-11-14T22:14:20Z")); /* the map's */
    (void)ask(&laid, AMP_STR(FIND("2", "2.9", "urn:x:holes", "")), &back);         /* in the hole */
    assert_true(amp_str_is(back.error, "notFound"));
    (void)ask(&laid, AMP_STR(FIND("2.4", "2.4", "urn:x:holes", "")), &back); /* on its island */
    assert_int_equal(back.mapping_n, 1);
    (void)ask(&laid, AMP_STR(FIND("20.1", "20.5", "urn:x:both", "")), &back);
    assert_int_equal(back.mapping_n, 1);
    for (int i = 0; i < 2; i++) { /* several lines of an area add up */
        (void)ask(&laid,
                  i == 0 ? AMP_STR(FIND("1", "0.5", "urn:x:two", ""))
                         : AMP_STR(FIND("10", "10", "urn:x:two", "")),
                  &back);
        assert_int_equal(back.mapping_n, 1);
    }
    (void)ask(&laid, AMP_STR(FIND("2", "2", "urn:x:z", "")), &back);
    assert_true(amp_str_is(back.mapping[0].display_name, "Z"));
    lift(&laid);
}

static void what_is_not_on_the_map_is_named_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"source s\n# x\narea a map Nowhere\n", "line 3: no Nowhere of 0"},
        {"source s\nservice urn:x:y \"level 3 Holes\" sip:a@x - A\n", "line 2: no Holes of 3"},
        {"source s\narea a polygon 1,1 1,2 2,2\narea a map Nowhere\n", "line 3: no Nowhere"},
    };
    const struct amp_lost_map map = map_made();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_lost_table *table = NULL;
        struct amp_lost_ground *ground = NULL;
        struct amp_why why = {""};
        assert_int_equal(amp_lost_table_read(amp_str_of(rows[i].text), 0, &table, &why), AMP_OK);
        assert_int_equal(amp_lost_ground_make(table, &map, &ground, &why), AMP_E_NOT_FOUND);
        text_says(why.text, rows[i].says, rows[i].text);
        assert_int_equal(amp_lost_ground_make(table, NULL, &ground, &why), AMP_E_MISSING);
        text_says(why.text, "is an area of the map, and there is no map", rows[i].text);
        assert_null(ground);
        amp_lost_table_free(table);
    }
}

static void holes_and_parts_are_told_as_polygons(void **state)
{
    (void)state;
    struct laid laid = lay(TABLE);
    struct told_ring ring[16];
    struct amp_chance chance = {.state = 11};
    const char *text = ask(&laid, AMP_STR(BOUNDARY("holes")), NULL);
    size_t n = told_read(text, ring), inside = 0;
    assert_int_equal(n, 6);
    assert_int_equal(times(text, "<serviceBoundary "), 1);
    assert_int_equal(times(text, "<gml:Polygon "), 4); /* the island and what lies apart, too */
    for (size_t i = 0; i < n; i++) {
        assert_true(ring[i].hole ? turn_of(&ring[i]) < 0 : turn_of(&ring[i]) > 0);
    }
    for (int i = 0; i < 20000; i++) {
        struct amp_pos at = {(int32_t)amp_chance_below(&chance, 70000000) - 5000000,
                             (int32_t)amp_chance_below(&chance, 70000000) - 5000000};
        assert_int_equal(told_holds(ring, n, at), map_holds(map_of, 0, at));
        inside += map_holds(map_of, 0, at);
    }
    assert_true(inside > 2000 && inside < 10000);
    lift(&laid);
}

static void areas_that_overlap_add_up_when_they_are_told(void **state)
{
    (void)state;
    struct laid laid = lay("source s\narea a map Outer\narea a polygon 1,1 1,2 2,2\n"
                           "area a map Holes\nservice urn:x:y a sip:a@x - A\n");
    const char *text = ask(&laid, AMP_STR(BOUNDARY("a")), NULL);
    struct told_ring ring[16];
    size_t n = told_read(text, ring);
    assert_int_equal(n, 8);
    assert_true(told_holds(ring, n, (struct amp_pos){2 * DEGREE, 29000000}));
    lift(&laid);
}

static void a_long_border_is_told_by_reference_and_a_longer_one_not(void **state)
{
    (void)state;
    struct laid laid = lay(TABLE);
    struct amp_lost back = {0};
    const char *text =
        ask(&laid, AMP_STR(FIND("1", "0.5", "urn:x:holes", "serviceBoundary='value'")), &back);
    assert_int_equal(times(text, "<serviceBoundary "), 1);
    assert_int_equal(times(text, "<serviceBoundaryReference "), 0);
    text = ask(&laid, AMP_STR(FIND("10", "10", "urn:x:many", "serviceBoundary='value'")), &back);
    assert_int_equal(times(text, "<serviceBoundary "), 0);
    assert_int_equal(times(text, "<serviceBoundaryReference source=\"s.example\" key="), 1);
    struct amp_str question = amp_arena_printf(
        &arena, "<getServiceBoundary xmlns='urn:ietf:params:xml:ns:lost1' key='%.*s'/>",
        (int)back.mapping[0].boundary_key.len, back.mapping[0].boundary_key.ptr);
    text = ask(&laid, question, NULL);
    assert_int_equal(times(text, "<gml:pos>"), MANY + 1);
    text = ask(&laid, AMP_STR(FIND("10", "10", "urn:x:most", "serviceBoundary='value'")), &back);
    assert_true(amp_str_is(back.mapping[0].display_name, "Most"));
    assert_null(strstr(text, "serviceBoundary"));
    lift(&laid);
}

static void a_border_across_the_antimeridian_is_not_told(void **state)
{
    (void)state;
    struct laid laid = lay(TABLE);
    struct amp_lost back = {0};
    const char *text =
        ask(&laid, AMP_STR(FIND("0.5", "-200", "urn:x:across", "serviceBoundary='value'")), NULL);
    assert_null(strstr(text, "<mapping"));
    text =
        ask(&laid, AMP_STR(FIND("0.5", "178", "urn:x:across", "serviceBoundary='value'")), &back);
    assert_null(strstr(text, "serviceBoundary"));
    text = ask(&laid, AMP_STR(BOUNDARY("both")), NULL); /* up to it is told on its own side */
    assert_int_equal(times(text, " 180.0000000</gml:pos>"), 2);
    assert_int_equal(times(text, "-180"), 0);
    lift(&laid);
}

static void another_border_has_another_key(void **state)
{
    (void)state;
    char key[2][AMP_LOST_KEY];
    for (int i = 0; i < 2; i++) {
        circle[0][7].lat_e7 += i; /* the map was built anew */
        struct laid laid = lay("source s\nservice urn:x:y \"Many\" sip:a@x - A\n");
        memcpy(key[i], laid.ground->told[0].key, AMP_LOST_KEY);
        assert_int_equal(strlen(key[i]), 32);
        lift(&laid);
    }
    assert_string_not_equal(key[0], key[1]);
}

static void our_own_reader_takes_a_boundary_of_many_parts(void **state)
{
    (void)state;
    struct amp_buf text = amp_buf_make(1 << 16);
    struct amp_lost back = {0};
    amp_buf_text(&text, "source s\n");
    for (int i = 0; i < 180; i++) { /* 3 corners and 4: no more than 1400 */
        amp_buf_printf(&text, "area many polygon %d,50 %d,51 %d.5,51\n", i % 80, i % 80, i % 80);
    }
    amp_buf_text(&text, "service urn:x:z many sip:z@x - Z\n");
    struct laid laid = lay(amp_buf_cstr(&text));
    const char *told =
        ask(&laid, AMP_STR(FIND("1.1", "50.8", "urn:x:z", "serviceBoundary='value'")), &back);
    assert_int_equal(times(told, "<gml:Polygon "), 180);
    assert_true(strlen(told) < AMP_INTAKE_MAX);
    assert_int_equal(back.mapping[0].boundary->location[0].point_n, 3);
    text_says(back.warning[0].ptr, "several shapes", "warning");
    lift(&laid);
    amp_buf_free(&text);
}

static bool touches_none(void *ctx, const struct amp_pos *corner, size_t n)
{
    (void)ctx;
    (void)corner;
    return n == 0;
}

static bool touches_area(void *ctx, uint32_t area)
{
    return area == *(uint32_t *)ctx;
}

static void a_centre_is_touched_by_its_area_of_the_map(void **state)
{
    (void)state;
    struct laid laid = lay(TABLE);
    struct amp_lost_centre centre[AMP_LOST_CENTRES];
    uint32_t area = 5;
    const struct amp_lost_touching touching = {&area, touches_none, touches_area};
    assert_int_equal(amp_lost_centres(laid.ground, &touching, centre), 3);
    assert_true(amp_str_is(centre[0].name, "Two"));
    assert_true(amp_str_is(centre[1].name, "Outer"));
    assert_true(amp_str_is(centre[1].area, "level 7 Outer"));
    assert_true(amp_str_is(centre[2].name, "Z"));
    lift(&laid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_names_an_area_of_the_map),
        cmocka_unit_test(what_is_not_on_the_map_is_named_with_its_line),
        cmocka_unit_test(holes_and_parts_are_told_as_polygons),
        cmocka_unit_test(areas_that_overlap_add_up_when_they_are_told),
        cmocka_unit_test(a_long_border_is_told_by_reference_and_a_longer_one_not),
        cmocka_unit_test(a_border_across_the_antimeridian_is_not_told),
        cmocka_unit_test(another_border_has_another_key),
        cmocka_unit_test(our_own_reader_takes_a_boundary_of_many_parts),
        cmocka_unit_test(a_centre_is_touched_by_its_area_of_the_map),
    };
    return cmocka_run_group_tests_name("lost_ground", tests, set_up, arena_tear_down);
}
