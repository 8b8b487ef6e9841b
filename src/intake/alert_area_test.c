/* The table of areas by their codes, and alerts that have a place by it. */
#include "intake/alert.h"
#include "intake/alert_area.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TABLE                                                                                      \
    "# codes of a coast\n"                                                                         \
    "SAME 006037 = polygon 33.7,-118.9 34.8,-118.9 34.8,-117.6 33.7,-118.9\n"                      \
    "\n"                                                                                           \
    "same 006037 = circle 33.4,-118.4 20\r\n"                                                      \
    "EMMA_ID PT011 = area Porto\n"                                                                 \
    "areaDesc Vale do Limpopo = level 4 Gaza\n"

static struct amp_alert_areas *table_of(const char *text)
{
    struct amp_alert_areas *areas = NULL;
    struct amp_why why = {""};
    assert_int_equal(amp_alert_areas_read(amp_str_of(text), &areas, &why), AMP_OK);
    return areas;
}

static void a_code_has_all_its_lines_whatever_the_case_of_its_scheme(void **state)
{
    (void)state;
    struct amp_alert_areas *areas = table_of(TABLE);
    const struct amp_alert_area *found = NULL;
    assert_int_equal(amp_alert_areas_find(areas, AMP_STR("Same"), AMP_STR("006037"), &found), 2);
    assert_true((found[0].polygon.n == 4) != (found[1].polygon.n == 4));
    assert_int_equal(amp_alert_areas_find(areas, AMP_STR("SAME"), AMP_STR("006038"), &found), 0);
    assert_int_equal(amp_alert_areas_find(areas, AMP_STR("EMMA_ID"), AMP_STR("PT011"), &found), 1);
    assert_true(amp_str_is(found->name, "Porto") && found->level == 0);
    assert_int_equal(
        amp_alert_areas_find(areas, AMP_STR("areadesc"), AMP_STR("Vale do Limpopo"), &found), 1);
    assert_true(amp_str_is(found->name, "Gaza") && found->level == 4);
    assert_int_equal(amp_alert_areas_find(NULL, AMP_STR("SAME"), AMP_STR("006037"), &found), 0);
    amp_alert_areas_free(areas);
}

static void a_line_that_cannot_be_is_refused_with_its_number(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "SAME 1",
        "SAME = area X",
        "= area X",
        "SAME 1 =",
        "SAME 1 = area",
        "SAME 1 = level X",
        "SAME 1 = level 0 X",
        "SAME 1 = level 99 X",
        "SAME 1 = level 4",
        "SAME 1 = circle 1,2",
        "SAME 1 = circle 1,2 -1",
        "SAME 1 = circle 1,2 20039",
        "SAME 1 = circle 91,2 1",
        "SAME 1 = polygon",
        "SAME 1 = polygon 1,1 2,2 1,1",
        "SAME 1 = polygon 1,1 2,2 3,1 4,4",
        "SAME 1 = polygon 1,1 2,2 3,1 1,1,1",
        "SAME 1 = polygon 1 2,2 3,1 1",
        "SAME 1 = blob 1,1",
        "SAME 1 = area \xFF",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct amp_arena arena = amp_arena_make(1 << 16);
        struct amp_alert_areas *areas = NULL;
        struct amp_why why = {""};
        struct amp_str text = amp_arena_printf(&arena, "# first\n\n%s\nSAME 2 = area X\n", bad[i]);
        assert_int_not_equal(amp_alert_areas_read(text, &areas, &why), AMP_OK);
        assert_null(areas);
        assert_non_null(strstr(why.text, "line 3 "));
        amp_arena_drop(&arena);
    }
}

#define ALERT(areas)                                                                               \
    "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>W</identifier>"             \
    "<sender>m</sender><sent>2026-11-26T20:00:00-00:00</sent><status>Actual</status>"              \
    "<msgType>Alert</msgType><scope>Public</scope><info><category>Met</category>"                  \
    "<event>Flood</event><urgency>Expected</urgency><severity>Severe</severity>"                   \
    "<certainty>Likely</certainty>" areas "</info></alert>"
#define AREA(desc, codes) "<area><areaDesc>" desc "</areaDesc>" codes "</area>"
#define CODE(name, value)                                                                          \
    "<geocode><valueName>" name "</valueName><value>" value "</value></geocode>"

/* A map of two areas: "Porto", also "PT-13", is all that lies north; "Gaza" is of level 4. */
static bool map_find(void *ctx, struct amp_str name, uint32_t level, uint32_t *out)
{
    (void)ctx;
    const bool porto = amp_str_is(name, "Porto") || amp_str_is(name, "PT-13");
    *out = porto ? 1 : 2;
    return (porto && level == 0) || (amp_str_is(name, "Gaza") && level == 4);
}

static bool map_holds(void *ctx, uint32_t area, struct amp_pos pos)
{
    (void)ctx;
    return (area == 1) == (pos.lat_e7 > 0);
}

static struct amp_cap_polygons map_draw(void *ctx, uint32_t area, struct amp_arena *arena)
{
    (void)ctx, (void)area;
    struct amp_cap_polygon *polygon = amp_arena_array(arena, 1, sizeof *polygon);
    polygon->point = amp_arena_array(arena, 4, sizeof *polygon->point);
    polygon->n = 4;
    return (struct amp_cap_polygons){polygon, 1};
}

static const struct amp_alert_map map = {.find = map_find, .holds = map_holds, .draw = map_draw};

static void placed(const char *document, const char *how, const char *unmatched,
                   struct amp_pos inside, bool holds)
{
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_alert_areas *areas = table_of(TABLE);
    struct amp_buf out = amp_buf_make(1 << 16);
    struct amp_json js = amp_json_make(&out);
    struct amp_alert_seen *seen = amp_alert_see(amp_str_of(document), (struct amp_str){0}, &arena);
    assert_non_null(seen);
    amp_alert_place(seen, areas, &map, &arena);
    amp_json_open(&js, '{');
    amp_alert_view(&js, seen);
    amp_json_close(&js, '}');
    assert_non_null(strstr(amp_buf_cstr(&out), how));
    assert_non_null(strstr(amp_buf_cstr(&out), unmatched));
    assert_int_equal(amp_alert_holds(seen, inside), holds);
    amp_buf_free(&out);
    amp_alert_areas_free(areas);
    amp_arena_drop(&arena);
}

static void what_has_a_code_alone_has_its_place_by_the_table_and_the_map(void **state)
{
    (void)state;
    const struct amp_pos catalina = {334000000, -1184000000}, north = {1, 0}, south = {-1, 0};
    placed(ALERT(AREA("x", CODE("SAME", "006037"))), "\"placed\":\"geocode\"", "\"unmatched\":[]",
           catalina, true);
    placed(ALERT(AREA("x", CODE("SAME", "006037"))), "\"circles\":[{", "", south, false);
    placed(ALERT(AREA("x", CODE("EMMA_ID", "PT011"))), "\"placed\":\"geocode\"", "[0.0", north,
           true);
    placed(ALERT(AREA("x", CODE("ISO3166-2", "PT-13"))), "\"placed\":\"geocode\"", "", north, true);
    placed(ALERT(AREA("Porto", CODE("UGC", "PTZ1"))), "\"placed\":\"name\"",
           "\"unmatched\":[{\"name\":\"UGC\",\"value\":\"PTZ1\"}]", south, false);
    placed(ALERT(AREA("Vale do Limpopo", "")), "\"placed\":\"name\"", "", south, true);
    placed(ALERT(AREA("nowhere", CODE("SAME", "1"))), "\"placed\":\"none\"",
           "\"unmatched\":[{\"name\":\"SAME\",\"value\":\"1\"}]", north, false);
    placed(ALERT(AREA("Porto", "<circle>-10,0 1</circle>" CODE("SAME", "006037"))),
           "\"placed\":\"shape\"", "\"unmatched\":[]", north, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_has_all_its_lines_whatever_the_case_of_its_scheme),
        cmocka_unit_test(a_line_that_cannot_be_is_refused_with_its_number),
        cmocka_unit_test(what_has_a_code_alone_has_its_place_by_the_table_and_the_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
