/* LoST from a table: the table's lines, each question, and the samples as questions. */
#include "intake/lost_table.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/chance.h"
#include "intake/lost.h"
#include "intake/lost_table_in.h"
#include "intake/lost_touch.h"
#include "intake/sample_test.h"

#include "base/testarena.h"

#define TABLE                                                                                      \
    "# who serves where\nsource lost.example\nexpires 3600\n"                                      \
    "area ny polygon 40.75,-74.05 40.75,-73.9 40.65,-73.9 40.65,-74.05\n"                          \
    "area laurel polygon 39.2,-77 39.2,-76.7 39,-76.7 39,-77\n"                                    \
    "area md civic country=US A1=maryland\n"                                                       \
    "area two polygon 1,1 1,2 2,2 2,1\r\narea two polygon 5,5 5,6 6,6\n"                           \
    "service urn:service:sos ny sip:ny@example.com,tel:+1911 911 New York <City>\n"                \
    "service urn:service:sos laurel sip:laurel@example.com 911 Laurel\n"                           \
    "service urn:service:sos.fire two sip:fire@example.com - Fire\n"                               \
    "service urn:service:sos.police md sip:md@example.com 911 Maryland\n"                          \
    "service urn:service:sos.police.rail * sip:rail@example.com - Rail police\n"

static struct amp_lost_table *table_of(const char *text)
{
    struct amp_lost_table *table = NULL;
    struct amp_why why = {""};
    amp_err err = amp_lost_table_read(amp_str_of(text), INT64_C(1700000000000000), &table, &why);
    if (err != AMP_OK) {
        fail_msg("%s", why.text);
    }
    return table;
}

static struct amp_lost_ground *ground_of(const struct amp_lost_table *table,
                                         const struct amp_lost_map *map)
{
    struct amp_lost_ground *ground = NULL;
    struct amp_why why = {""};
    if (amp_lost_ground_make(table, map, &ground, &why) != AMP_OK) {
        fail_msg("%s", why.text);
    }
    return ground;
}

/* The answer as text, and as what our own reader makes of it. */
static const char *asked_on(const char *table_text, const struct amp_lost_map *map,
                            struct amp_str question, struct amp_lost *back)
{
    struct amp_lost_table *table = table_of(table_text);
    struct amp_lost_ground *ground = ground_of(table, map);
    struct amp_buf out = amp_buf_make(AMP_LOST_ANSWER);
    struct amp_why why = {""};
    amp_lost_answer(ground, question, INT64_C(1800000000000000), &arena, &out);
    assert_int_equal(amp_buf_err(&out), AMP_OK);
    struct amp_str text = amp_arena_str(&arena, amp_buf_view(&out));
    amp_buf_free(&out);
    amp_lost_ground_free(ground);
    amp_lost_table_free(table);
    if (amp_lost_read(text, &arena, back, &why) != AMP_OK) {
        fail_msg("%s: %.*s", why.text, (int)text.len, text.ptr);
    }
    return amp_arena_text(&arena, text);
}

static const char *asked(const char *table_text, struct amp_str question, struct amp_lost *back)
{
    return asked_on(table_text, NULL, question, back);
}

#define POINT(at)                                                                                  \
    "<location id='L' profile='geodetic-2d'><p:Point srsName='urn:ogc:def:crs:EPSG::4326'>"        \
    "<p:pos>" at "</p:pos></p:Point></location>"
#define FIND(attrs, where, service)                                                                \
    "<findService xmlns='urn:ietf:params:xml:ns:lost1' "                                           \
    "xmlns:p='http://www.opengis.net/gml' " attrs ">" where "<service>" service                    \
    "</service></findService>"

static void a_place_is_answered_by_the_centre_that_serves_it(void **state)
{
    (void)state;
    struct amp_lost back = {0};
    const char *text =
        asked(TABLE, AMP_STR(FIND("serviceBoundary='value'", POINT("40.7 -74"), "urn:service:sos")),
              &back);
    assert_int_equal(back.kind, AMP_LOST_FIND_SERVICE_RESPONSE);
    assert_int_equal(back.mapping_n, 1);
    assert_true(amp_str_is(back.mapping[0].display_name, "New York <City>"));
    assert_true(amp_str_is(back.mapping[0].number, "911"));
    assert_true(amp_str_is(back.mapping[0].expires, "2027-01-15T09:00:00Z"));
    assert_int_equal(back.mapping[0].uris.n, 2);
    assert_int_equal(back.mapping[0].boundary->location[0].point_n, 4);
    assert_true(amp_str_is(back.location_used, "L"));
    text_says(text, "<via source=\"lost.example\"/>", "path");
    assert_null(strstr(text, "<warnings"));
}

static void a_service_is_answered_by_the_one_above_it_with_a_warning(void **state)
{
    (void)state;
    struct amp_lost back = {0};
    const char *text =
        asked(TABLE, AMP_STR(FIND("", POINT("40.7 -74"), "urn:service:sos.fire")), &back);
    assert_true(amp_str_is(back.mapping[0].service, "urn:service:sos"));
    assert_int_equal(back.mapping[0].boundary_key.len, 32); /* 128 bits: RFC 5222, section 5.6 */
    text_says(text, "<serviceSubstitution", "warning");
}

static void everywhere_else_comes_after_every_area(void **state)
{
    (void)state;
    struct amp_lost back = {0};
    (void)asked(TABLE, AMP_STR(FIND("", POINT("-30 20"), "urn:service:sos.police.rail")), &back);
    assert_true(amp_str_is(back.mapping[0].display_name, "Rail police"));
    (void)asked("source s\narea a polygon 1,1 1,2 2,2\nservice urn:x:y * sip:far@x - Far\n"
                "service urn:x:y a sip:near@x - Near\n",
                AMP_STR(FIND("", POINT("1.1 1.5"), "urn:x:y")), &back);
    assert_true(amp_str_is(back.mapping[0].display_name, "Near"));
}

static void what_is_not_known_is_said(void **state)
{
    (void)state;
    struct amp_lost back = {0};
    (void)asked(TABLE, AMP_STR(FIND("", POINT("-30 20"), "urn:service:sos")), &back);
    assert_true(amp_str_is(back.error, "notFound"));
    (void)asked(TABLE, AMP_STR(FIND("", POINT("40.7 -74"), "urn:service:counseling")), &back);
    assert_true(amp_str_is(back.error, "serviceNotImplemented"));
    (void)asked(
        TABLE,
        AMP_STR(FIND("", "<location id='L' profile='odd'><x/></location>", "urn:service:sos")),
        &back);
    assert_true(amp_str_is(back.error, "locationProfileUnrecognized"));
    (void)asked(TABLE, AMP_STR("<findService xmlns='urn:ietf:params:xml:ns:lost1'/>"), &back);
    assert_true(amp_str_is(back.error, "badRequest"));
    (void)asked(TABLE, AMP_STR("<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"), &back);
    assert_true(amp_str_is(back.error, "badRequest"));
    (void)asked(TABLE, (struct amp_str){0}, &back);
    assert_true(amp_str_is(back.error, "badRequest"));
}

static void boundaries_are_told_by_their_key(void **state)
{
    (void)state;
    struct amp_lost back = {0};
    const char *text = asked(
        TABLE, AMP_STR("<getServiceBoundary xmlns='urn:ietf:params:xml:ns:lost1' key='two'/>"),
        &back);
    assert_int_equal(back.kind, AMP_LOST_GET_BOUNDARY_RESPONSE);
    const char *first = strstr(text, "<serviceBoundary ");
    assert_non_null(first); /* two of one profile would be two ways to say the same */
    assert_null(strstr(first + 1, "<serviceBoundary "));
    first = strstr(text, "<gml:Polygon ");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "<gml:Polygon "));
    (void)asked(TABLE, AMP_STR(FIND("", POINT("1.5 1.5"), "urn:service:sos.fire")), &back);
    struct amp_str question = amp_arena_printf(
        &arena, "<getServiceBoundary xmlns='urn:ietf:params:xml:ns:lost1' key='%.*s'/>",
        (int)back.mapping[0].boundary_key.len, back.mapping[0].boundary_key.ptr);
    assert_string_equal(asked(TABLE, question, &back), text);
    (void)asked(TABLE,
                AMP_STR("<getServiceBoundary xmlns='urn:ietf:params:xml:ns:lost1' key='q'/>"),
                &back);
    assert_true(amp_str_is(back.error, "notFound"));
}

static void services_are_listed_a_step_at_a_time(void **state)
{
    (void)state;
    struct amp_lost back = {0};
    (void)asked(TABLE, AMP_STR("<listServices xmlns='urn:ietf:params:xml:ns:lost1'/>"), &back);
    assert_int_equal(back.services.n, 1);
    assert_true(amp_str_is(back.services.item[0], "urn:service:sos"));
    (void)asked(TABLE,
                AMP_STR("<listServices xmlns='urn:ietf:params:xml:ns:lost1'>"
                        "<service>urn:service:sos</service></listServices>"),
                &back);
    assert_int_equal(back.services.n, 2);
    (void)asked(
        TABLE,
        AMP_STR("<listServicesByLocation xmlns='urn:ietf:params:xml:ns:lost1' "
                "xmlns:p='http://www.opengis.net/gml'>" POINT(
                    "1.5 1.5") "<service>urn:service:sos</service></listServicesByLocation>"),
        &back);
    assert_int_equal(back.services.n, 2);
    assert_true(amp_str_is(back.services.item[0], "urn:service:sos.fire"));
    assert_true(amp_str_is(back.services.item[1], "urn:service:sos.police"));
}

static void the_samples_are_answered(void **state)
{
    (void)state;
    static const struct {
        const char *file, *says;
    } rows[] = {
        {"findService_geodetic_point.xml", "New York"},
        {"findService_geodetic_circle.xml", "Laurel"},
        {"findService_geodetic_polygon.xml", "Laurel"},
        {"findService_geodetic_arc-band.xml", "locationInvalid"},
        {"findService_geodetic_point_asOf.xml", "New York"},
        {"findService_geodetic_point_incorrect_asOf.xml", "badRequest"},
        {"findService_geodetic_point_not_in_ecrf.xml", "notFound"},
        {"findService_civic_address.xml", "Maryland"},
        {"listServices_urn-service-sos.xml", "urn:service:sos.fire"},
        {"listServicesByLocation_urn-service-sos.xml", "<locationUsed id=\"123456789\"/>"},
        {"findServiceResponse.xml", "badRequest"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[160];
        struct amp_lost back = {0};
        (void)snprintf(name, sizeof name, "messages/lost/%s", rows[i].file);
        const char *path = amp_testdata(name);
        if (path == NULL) {
            skip();
        }
        text_says(asked(TABLE, file_text(path, &arena), &back), rows[i].says, name);
    }
}

static void a_wrong_line_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"source a\nsorce b\n", "line 2: a line begins with"},
        {"source a\nsource b\n", "line 2: `source` comes once"},
        {"expires 0\n", "line 1: `expires`"},
        {"source a\narea x polygon 1,1 2,2\n", "line 2: a polygon has at least three"},
        {"source a\narea x polygon 1,1 2,2 99,1\n", "line 2: a corner is LAT,LON in degrees: \"99"},
        {"source a\narea x circle 1,1\n", "line 2: after `area NAME`"},
        {"source a\narea x civic A1\n", "line 2: an element of an address"},
        {"source a\nservice sos * sip:x - X\n", "line 2: a service is a URN"},
        {"source a\nservice urn:service:sos y sip:x - X\n", "line 2: there is no area"},
        {"source a\nservice urn:service:sos * x - X\n", "line 2: an address is a URI"},
        {"source a\nservice urn:service:sos * sip:x 9x X\n", "line 2: a number has digits"},
        {"source a\nservice urn:service:sos * sip:x -\n", "line 2: a service has a number"},
        {"source a\narea x map\n", "line 2: an area of the map has a name"},
        {"source a\narea x map level 7\n", "line 2: an area of the map has a name"},
        {"source a\narea x map level 16 Y\n", "line 2: after `level` comes an admin_level"},
        {"source a\narea x map at 91,0 Y\n",
         "line 2: after `at` comes LAT,LON in degrees: \"91,0\""},
        {"source a\nservice urn:x:y \"Y sip:x@y - X\n", "line 2: a quotation mark has no second"},
        {"source a\nservice urn:x:y \"\" sip:x@y - X\n", "line 2: an area of the map has a name"},
        {"# nothing\n", "source NAME"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_lost_table *table = NULL;
        struct amp_why why = {""};
        assert_int_not_equal(amp_lost_table_read(amp_str_of(rows[i].text), 0, &table, &why),
                             AMP_OK);
        text_says(why.text, rows[i].says, rows[i].text);
    }
}

/* A grid of squares covers its box without gap or overlap: each place is of exactly one. */
static void neighbouring_areas_share_no_place(void **state)
{
    (void)state;
    struct amp_buf text = amp_buf_make(1 << 16);
    struct amp_chance chance = {.state = 7};
    amp_buf_text(&text, "source s\n");
    for (int i = 0; i < 16; i++) {
        int lat = i / 4, lon = i % 4;
        amp_buf_printf(&text, "area a%d polygon %d,%d %d,%d %d,%d %d,%d\n", i, lat, lon, lat,
                       lon + 1, lat + 1, lon + 1, lat + 1, lon);
        amp_buf_printf(&text, "service urn:x:y a%d sip:a%d@x - A%d\n", i, i, i);
    }
    struct amp_lost_table *table = table_of(amp_buf_cstr(&text));
    struct amp_lost_ground *ground = ground_of(table, NULL);
    for (int i = 0; i < 500; i++) {
        char question[1024];
        struct amp_lost back = {0};
        struct amp_buf out = amp_buf_make(AMP_LOST_ANSWER);
        struct amp_why why = {""};
        bool edge = i % 3 == 0;
        int lat = (int)amp_chance_below(&chance, 4), lon = (int)amp_chance_below(&chance, 4);
        double part_lat = edge ? 0 : (double)amp_chance_below(&chance, 1000) / 1000;
        double part_lon = edge ? 0 : (double)amp_chance_below(&chance, 1000) / 1000;
        (void)snprintf(question, sizeof question, FIND("", POINT("%.4f %.4f"), "urn:x:y"),
                       lat + part_lat, lon + part_lon);
        amp_lost_answer(ground, amp_str_of(question), INT64_C(1800000000000000), &arena, &out);
        assert_int_equal(amp_lost_read(amp_buf_view(&out), &arena, &back, &why), AMP_OK);
        char name[16];
        (void)snprintf(name, sizeof name, "A%d", lat * 4 + lon);
        assert_int_equal(back.mapping_n, 1);
        assert_true(amp_str_is(back.mapping[0].display_name, name));
        amp_buf_free(&out);
    }
    amp_lost_ground_free(ground);
    amp_lost_table_free(table);
    amp_buf_free(&text);
}

static bool is_north_of(void *ctx, const struct amp_pos *corner, size_t n)
{
    const int32_t *lat_e7 = ctx;
    assert_true(n >= 3);
    return corner[0].lat_e7 > *lat_e7;
}

static void centres_are_named_once_by_the_areas_that_touch(void **state)
{
    (void)state;
    struct amp_lost_table *table = table_of(TABLE);
    struct amp_lost_ground *ground = ground_of(table, NULL);
    struct amp_lost_centre centre[AMP_LOST_CENTRES];
    int32_t lat_e7 = 390000000;
    const struct amp_lost_touching touching = {&lat_e7, is_north_of, NULL};
    size_t n = amp_lost_centres(ground, &touching, centre);
    assert_int_equal(n, 2);
    assert_true(amp_str_is(centre[0].name, "New York <City>"));
    assert_true(amp_str_is(centre[0].area, "ny"));
    assert_true(amp_str_is(centre[0].number, "911"));
    assert_true(amp_str_is(centre[1].name, "Laurel"));
    lat_e7 = 0; /* two polygons of one area, one centre */
    assert_int_equal(amp_lost_centres(ground, &touching, centre), 3);
    lat_e7 = 900000000;
    assert_int_equal(amp_lost_centres(ground, &touching, centre), 0);
    amp_lost_ground_free(ground);
    amp_lost_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(centres_are_named_once_by_the_areas_that_touch),
        cmocka_unit_test(a_place_is_answered_by_the_centre_that_serves_it),
        cmocka_unit_test(a_service_is_answered_by_the_one_above_it_with_a_warning),
        cmocka_unit_test(everywhere_else_comes_after_every_area),
        cmocka_unit_test(what_is_not_known_is_said),
        cmocka_unit_test(boundaries_are_told_by_their_key),
        cmocka_unit_test(services_are_listed_a_step_at_a_time),
        cmocka_unit_test(the_samples_are_answered),
        cmocka_unit_test(a_wrong_line_is_named),
        cmocka_unit_test(neighbouring_areas_share_no_place),
    };
    return cmocka_run_group_tests_name("lost_answer", tests, arena_set_up, arena_tear_down);
}
