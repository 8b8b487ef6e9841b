/* Centres whose areas are those of a map: found once or refused with what would find one, held as
 * the map itself says, told as they are. On a made map and on real ones. */
#include "intake/lost.h"
#include "map/places_fixture.h"
#include "server/lost_map.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    POINTS = 3000,
    RINGS = 64
};

#define SQUARE(id, south, west, north, east)                                                       \
    "<node id='" id "1' lat='" south "' lon='" west "'/><node id='" id "2' lat='" south            \
    "' lon='" east "'/><node id='" id "3' lat='" north "' lon='" east "'/><node id='" id           \
    "4' lat='" north "' lon='" west "'/>"
#define WAY(id)                                                                                    \
    "<way id='" id "'><nd ref='" id "1'/><nd ref='" id "2'/><nd ref='" id "3'/><nd ref='" id       \
    "4'/><nd ref='" id "1'/></way>"
#define MEMBER(id, role) "<member type='way' ref='" id "' role='" role "'/>"
#define AREA(id, name, level, members, more)                                                       \
    "<relation id='" id "'>" members "<tag k='type' v='boundary'/><tag k='boundary' "              \
    "v='administrative'/><tag k='name' v='" name "'/><tag k='admin_level' v='" level "'/>" more    \
    "</relation>"
#define TAG(key, value) "<tag k='" key "' v='" value "'/>"

static const char xml[] =
    "<osm version='0.6'>" SQUARE("10", "0", "0", "4", "4") SQUARE("11", "1", "1", "3", "3")
        SQUARE("12", "1.5", "1.5", "2.5", "2.5") SQUARE("13", "0", "6", "1", "7")
            SQUARE("20", "5", "0", "6", "1") SQUARE("21", "5", "2", "6", "3")
                SQUARE("30", "7", "0", "9", "2") SQUARE("31", "7.5", "0.5", "8", "1")
                    SQUARE("40", "-20", "178", "-18", "-179") WAY("10") WAY("11") WAY("12")
                        WAY("13") WAY("20") WAY("21") WAY("30") WAY("31") WAY("40")
    /* a hole, an island in it, a part far away */
    AREA("100", "Serra Alta", "6",
         MEMBER("12", "outer") MEMBER("11", "inner") MEMBER("10", "outer") MEMBER("13", "outer"),
         TAG("ISO3166-2", "ZZ-AL"))
    /* what lies in the hole */
    AREA("101", "Vila", "8", MEMBER("11", "outer") MEMBER("12", "inner"), "")
    /* two of one name and level, one of them with a code */
    AREA("102", "Santa Maria", "8", MEMBER("20", "outer"), TAG("ref", "SM01"))
        AREA("103", "Santa Maria", "8", MEMBER("21", "outer"), "")
    /* a town in the district of its name */
    AREA("104", "Porto", "6", MEMBER("30", "outer"), "")
        AREA("105", "Porto", "8", MEMBER("31", "outer"), "")
    /* not whole in the extract */
    AREA("106", "Rota", "8", MEMBER("20", "outer") MEMBER("99", "outer"), "")
    /* one border, twice */
    AREA("107", "Gémeos", "8", MEMBER("13", "outer"), "")
        AREA("108", "Gemeos", "8", MEMBER("13", "outer"), "")
            AREA("109", "Data", "4", MEMBER("40", "outer"), "")
    /* one within the other, of one level */
    AREA("110", "Dentro", "8", MEMBER("10", "outer"), "")
        AREA("111", "Dentro", "8", MEMBER("12", "outer"), "") "</osm>";

static struct amp_fixture made;

static int set_up(void **state)
{
    (void)state;
    amp_fixture_of_xml(xml, &made);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    amp_fixture_close(&made);
    return 0;
}

struct laid {
    struct amp_lost_table *table;
    struct amp_lost_ground *ground;
};

/* A table of one area and its service, on a map. */
static amp_err lay(const struct amp_places *places, const char *wanted, struct laid *out,
                   struct amp_why *why)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "source s.example\narea a map %s\nservice urn:x:y a sip:a@x - A\n", wanted);
    *out = (struct laid){NULL, NULL};
    assert_int_equal(amp_lost_table_read(amp_str_of(text), 0, &out->table, why), AMP_OK);
    return amp_lost_on_map(out->table, places, NULL, &out->ground, why);
}

static void lift(struct laid *laid)
{
    amp_lost_ground_free(laid->ground);
    amp_lost_table_free(laid->table);
}

static struct laid laid_on(const struct amp_places *places, const char *wanted)
{
    struct amp_why why = {""};
    struct laid laid;
    if (lay(places, wanted, &laid, &why) != AMP_OK) {
        fail_msg("%s: %s", wanted, why.text);
    }
    return laid;
}

static void answer(const struct laid *laid, const char *question, struct amp_arena *arena,
                   struct amp_buf *out)
{
    amp_buf_clear(out);
    amp_lost_answer(laid->ground, amp_str_of(question), 1, arena, out);
    assert_int_equal(amp_buf_err(out), AMP_OK);
}

/* Asked as anybody asks. */
static bool serves(const struct laid *laid, struct amp_pos at)
{
    char question[512];
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_buf out = amp_buf_make(AMP_LOST_ANSWER);
    (void)snprintf(question, sizeof question,
                   "<findService xmlns='urn:ietf:params:xml:ns:lost1' "
                   "xmlns:p='http://www.opengis.net/gml'><location id='L' profile='geodetic-2d'>"
                   "<p:Point srsName='urn:ogc:def:crs:EPSG::4326'><p:pos>%.7f %.7f</p:pos>"
                   "</p:Point></location><service>urn:x:y</service></findService>",
                   amp_lat_deg(at), amp_lon_deg(at));
    answer(laid, question, &arena, &out);
    const char *text = amp_buf_cstr(&out);
    bool served = strstr(text, "<uri>sip:a@x</uri>") != NULL;
    assert_true(served || strstr(text, "<notFound ") != NULL);
    amp_buf_free(&out);
    amp_arena_drop(&arena);
    return served;
}

/* ---- the boundary as it is told ---- */

struct told {
    struct amp_arena arena;
    struct amp_pos *corner[RINGS];
    size_t corner_n[RINGS];
    bool hole[RINGS];
    size_t n;
};

static void told_read(const struct laid *laid, struct told *out)
{
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_buf text = amp_buf_make(AMP_LOST_ANSWER);
    answer(laid, "<getServiceBoundary xmlns='urn:ietf:params:xml:ns:lost1' key='a'/>", &arena,
           &text);
    const char *at = amp_buf_cstr(&text);
    *out = (struct told){.arena = amp_arena_make(1 << 24)};
    while ((at = strstr(at, "<gml:LinearRing>")) != NULL) {
        const char *end = strstr(at, "</gml:LinearRing>");
        size_t n = 0;
        assert_true(out->n < RINGS);
        struct amp_pos *corner =
            amp_arena_array(&out->arena, (size_t)(end - at) / 20, sizeof *corner);
        out->hole[out->n] = strncmp(at - 14, "<gml:interior>", 14) == 0;
        for (at = strstr(at, "<gml:pos>"); at != NULL && at < end; at = strstr(at, "<gml:pos>")) {
            char *next = NULL;
            double lat = strtod(at + 9, &next), lon = strtod(next, &next);
            corner[n++] = amp_at(lat, lon);
            at = next;
        }
        out->corner[out->n] = corner;
        out->corner_n[out->n++] = n;
        at = end;
    }
    amp_buf_free(&text);
    amp_arena_drop(&arena);
}

static bool ring_has(const struct amp_pos *corner, size_t n, struct amp_pos at)
{
    bool in = false;
    for (size_t i = 0; i + 1 < n; i++) {
        double ay = corner[i].lat_e7, by = corner[i + 1].lat_e7;
        double ax = corner[i].lon_e7, bx = corner[i + 1].lon_e7;
        in ^= (ay > at.lat_e7) != (by > at.lat_e7) &&
              at.lon_e7 < ax + (bx - ax) * (at.lat_e7 - ay) / (by - ay);
    }
    return in;
}

static bool told_holds(const struct told *told, struct amp_pos at)
{
    bool any = false;
    for (size_t i = 0; i < told->n;) {
        assert_false(told->hole[i]);
        bool in = ring_has(told->corner[i], told->corner_n[i], at);
        for (i++; i < told->n && told->hole[i]; i++) {
            in = in && !ring_has(told->corner[i], told->corner_n[i], at);
        }
        any = any || in;
    }
    return any;
}

/* ---- against the slow twin ---- */

static bool slow_holds(const struct amp_places *places, uint32_t area, struct amp_pos at)
{
    uint32_t out[AMP_AREAS_AT_MAX];
    size_t n = amp_areas_at_slow(amp_places_areas(places), at, out);
    for (size_t i = 0; i < n; i++) {
        if (out[i] == area) {
            return true;
        }
    }
    return false;
}

/* A position around the border of an area, every third one on a corner of it. */
static struct amp_pos place_draw(const struct amp_ring *ring, size_t n, uint64_t *seed,
                                 bool *corner)
{
    struct amp_pos at[2];
    for (int i = 0; i < 2; i++) {
        const struct amp_ring *from = &ring[amp_fixture_random(seed) % n];
        at[i] = from->point[amp_fixture_random(seed) % from->n];
    }
    *corner = amp_fixture_random(seed) % 3 == 0;
    if (!*corner) { /* somewhere in the box of two corners, and a little beyond */
        int64_t up = (int64_t)at[1].lat_e7 - at[0].lat_e7;
        int64_t across = amp_lon_delta_e7(at[0].lon_e7, at[1].lon_e7);
        int64_t lat = at[0].lat_e7 + up * (int64_t)(amp_fixture_random(seed) % 1200) / 1000;
        int64_t lon = at[0].lon_e7 + across * (int64_t)(amp_fixture_random(seed) % 1200) / 1000;
        const int64_t turn = INT64_C(3600000000);
        lon = ((lon + turn / 2) % turn + turn) % turn - turn / 2;
        at[0] = (struct amp_pos){(int32_t)lat, (int32_t)lon};
    }
    return at[0];
}

static void compare(const struct amp_places *places, const char *wanted, uint32_t area, bool told)
{
    struct laid laid = laid_on(places, wanted);
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_ring *ring = NULL;
    struct told boundary;
    size_t n = amp_areas_rings(amp_places_areas(places), area, 1 << 20, &arena, &ring), inside = 0;
    uint64_t seed = 20 + area;
    assert_true(n > 0);
    told_read(&laid, &boundary);
    assert_true((boundary.n >= n) == told);
    for (int i = 0; i < POINTS; i++) {
        bool corner = false;
        struct amp_pos at = place_draw(ring, n, &seed, &corner);
        bool held = slow_holds(places, area, at);
        if (serves(&laid, at) != held) {
            fail_msg("%s at %d,%d: the map says %d", wanted, at.lat_e7, at.lon_e7, held);
        }
        if (told && !corner && told_holds(&boundary, at) != held) { /* on edges: either side */
            fail_msg("%s at %d,%d: told otherwise", wanted, at.lat_e7, at.lon_e7);
        }
        inside += held;
    }
    assert_true(inside > POINTS / 20 && inside < POINTS);
    amp_arena_drop(&boundary.arena);
    amp_arena_drop(&arena);
    lift(&laid);
}

static uint32_t number_of(const struct amp_places *places, const char *name, uint32_t level)
{
    uint32_t area = 0;
    assert_true(amp_places_area_only(places, amp_str_of(name), level, &area));
    return area;
}

/* ---- tests ---- */

static void an_area_holds_what_the_map_says_with_holes_and_parts(void **state)
{
    (void)state;
    compare(made.places, "Serra Alta", number_of(made.places, "ZZ-AL", 0), true);
    compare(made.places, "level 8 Vila", number_of(made.places, "Vila", 8), true);
    compare(made.places, "zz al", number_of(made.places, "Serra Alta", 6), true);
    compare(made.places, "Data", number_of(made.places, "Data", 0), false); /* over 180 E */
    struct laid laid = laid_on(made.places, "Serra Alta");
    assert_true(serves(&laid, amp_at(0.5, 0.5)));
    assert_false(serves(&laid, amp_at(1.2, 1.2))); /* the hole */
    assert_true(serves(&laid, amp_at(2, 2)));      /* the island in it */
    assert_true(serves(&laid, amp_at(0.5, 6.5)));  /* the other part */
    assert_false(serves(&laid, amp_at(0.5, 5)));
    lift(&laid);
}

static void a_name_finds_one_area_or_says_what_would(void **state)
{
    (void)state;
    static const struct {
        const char *wanted;
        amp_err err;
        const char *says;
    } rows[] = {
        {"Porto", AMP_E_CONFLICT,
         "line 2: \"Porto\" is 2 areas of the map; write, after `area ...`: map level 6 Porto; map "
         "level "
         "8 Porto"},
        {"Santa Maria", AMP_E_CONFLICT, ": map SM01; map at 5.5000000,2.5000000 Santa Maria"},
        {"level 8 santa maria", AMP_E_CONFLICT, ": map SM01; map at "},
        {"Dentro", AMP_E_CONFLICT,
         " Dentro; a polygon for that of level 8 near 2.0000000,2.0000000"},
        {"level 7 Porto", AMP_E_NOT_FOUND,
         "line 2: \"Porto\" is no area of the admin_level 7 on the map, but of "},
        {"at 1,1 Porto", AMP_E_NOT_FOUND,
         "line 2: no area \"Porto\" of the map holds 1.0000000,1.0000000"},
        {"at 7.7,0.7 Porto", AMP_E_CONFLICT, "map level 6 Porto; map level 8 Porto"},
        {"Rota", AMP_E_NOT_FOUND, "line 2: the map knows \"Rota\", but not all of its border"},
        {"Lisboa", AMP_E_NOT_FOUND, "line 2: no area of the map is called \"Lisboa\""},
        {"ZZ-AX", AMP_E_NOT_FOUND, "none has that code"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_why why = {""};
        struct laid laid;
        assert_int_equal(lay(made.places, rows[i].wanted, &laid, &why), rows[i].err);
        if (strstr(why.text, rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].wanted, why.text);
        }
        lift(&laid);
    }
}

/* What a sentence says to write finds what it means. */
static void what_is_said_to_write_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *wanted;
        double lat, lon, not_lat, not_lon;
    } rows[] = {
        {"SM01", 5.5, 0.5, 5.5, 2.5},
        {"at 5.5000000,2.5000000 Santa Maria", 5.5, 2.5, 5.5, 0.5},
        {"level 6 Porto", 8.5, 1.5, 6.5, 1.5},
        {"level 8 Porto", 7.7, 0.7, 8.5, 1.5},
        {"at 8.5,1.5 Porto", 8.5, 0.2, 6.9, 0.2},
        {"level 8 at 7.7,0.7 Porto", 7.7, 0.7, 8.5, 1.5},
        {"gemeos", 0.5, 6.5, 0.5, 5.5}, /* twice, but one border */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct laid laid = laid_on(made.places, rows[i].wanted);
        assert_true(serves(&laid, amp_at(rows[i].lat, rows[i].lon)));
        assert_false(serves(&laid, amp_at(rows[i].not_lat, rows[i].not_lon)));
        lift(&laid);
    }
}

static void real_areas_hold_what_their_map_says(void **state)
{
    (void)state;
    static const struct {
        const char *file, *name;
        uint32_t level;
    } rows[] = {
        {"maps/monaco.osm.pbf", "Monaco", 8},
        {"maps/monaco.osm.pbf", "Cap-d'Ail", 8},
        {"maps/oaxaca_mx.osm.pbf", "Oaxaca de Juárez", 6},
        {"maps/oaxaca_mx.osm.pbf", "Santa Lucía del Camino", 6},
    };
    struct amp_fixture real = {.amap = NULL};
    const char *open = "";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char wanted[80];
        if (strcmp(open, rows[i].file) != 0) {
            if (real.amap != NULL) {
                amp_fixture_close(&real);
            }
            open = rows[i].file;
            if (!amp_fixture_open(open, &real)) {
                print_message("the real map %s is absent\n", open);
                skip();
            }
        }
        (void)snprintf(wanted, sizeof wanted, "level %u %s", rows[i].level, rows[i].name);
        compare(real.places, wanted, number_of(real.places, rows[i].name, rows[i].level), true);
    }
    amp_fixture_close(&real);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_area_holds_what_the_map_says_with_holes_and_parts),
        cmocka_unit_test(a_name_finds_one_area_or_says_what_would),
        cmocka_unit_test(what_is_said_to_write_is_found),
        cmocka_unit_test(real_areas_hold_what_their_map_says),
    };
    return cmocka_run_group_tests_name("server/lost_map", tests, set_up, tear_down);
}
