/* Proves what a question finds beyond names: crossings, kilometres, landmarks with a relation,
 * houses between houses, postcodes, areas, mistyped words; and the way back. */
#include "map/dropped.h"
#include "map/places_fixture.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A town at Matola: two streets that cross, a numbered road with posts and a bend, a region. */
static const char town_xml[] =
    "<osm version='0.6'>"
    "<node id='1' lat='-25.9600' lon='32.4600'/><node id='2' lat='-25.9600' lon='32.4620'/>"
    "<node id='3' lat='-25.9600' lon='32.4640'/><node id='4' lat='-25.9580' lon='32.4620'/>"
    "<node id='5' lat='-25.9620' lon='32.4620'/><node id='6' lat='-25.9580' lon='32.4600'/>"
    "<node id='7' lat='-25.9620' lon='32.4600'/>"
    /* the road EN4: east for 1 km, then north for 1 km */
    "<node id='10' lat='-25.9000' lon='32.4000'><tag k='highway' v='milestone'/>"
    "<tag k='distance' v='22'/></node>"
    "<node id='11' lat='-25.9000' lon='32.4100'/>"
    "<node id='12' lat='-25.8910' lon='32.4100'><tag k='highway' v='milestone'/>"
    "<tag k='distance' v='24'/><tag k='ref' v='EN 4'/></node>"
    "<node id='20' lat='-25.9610' lon='32.4610'><tag k='shop' v='supermarket'/>"
    "<tag k='name' v='Shoprite'/></node>"
    "<node id='21' lat='-25.9400' lon='32.5800'><tag k='shop' v='supermarket'/>"
    "<tag k='name' v='Shoprite'/></node>"
    "<node id='22' lat='-25.9650' lon='32.4610'><tag k='place' v='city'/>"
    "<tag k='name' v='Matola'/></node>"
    "<node id='23' lat='-25.9400' lon='32.5700'><tag k='place' v='city'/>"
    "<tag k='name' v='Maputo'/></node>"
    "<node id='24' lat='-25.9600' lon='32.4650'><tag k='amenity' v='school'/>"
    "<tag k='name' v='Escola Primária da Liberdade'/></node>"
    "<node id='25' lat='-25.9590' lon='32.4606'><tag k='amenity' v='mosque'/>"
    "<tag k='name' v='مسجد النور'/></node>"
    "<node id='30' lat='-25.9601' lon='32.4602'><tag k='addr:street' v='Rua da Paz'/>"
    "<tag k='addr:housenumber' v='10'/><tag k='addr:postcode' v='1114'/></node>"
    "<node id='31' lat='-25.9601' lon='32.4612'><tag k='addr:street' v='Rua da Paz'/>"
    "<tag k='addr:housenumber' v='20'/><tag k='addr:postcode' v='1114'/></node>"
    "<node id='32' lat='-25.9599' lon='32.4612'><tag k='addr:street' v='Rua da Paz'/>"
    "<tag k='addr:housenumber' v='21'/></node>"
    "<node id='33' lat='-25.9582' lon='32.4621'><tag k='addr:housenumber' v='2'/></node>"
    "<node id='34' lat='-25.9618' lon='32.4621'><tag k='addr:housenumber' v='38'/></node>"
    "<way id='1'><nd ref='1'/><nd ref='2'/><nd ref='3'/><tag k='highway' v='residential'/>"
    "<tag k='name' v='Rua da Paz'/></way>"
    "<way id='2'><nd ref='4'/><nd ref='2'/><nd ref='5'/><tag k='highway' v='primary'/>"
    "<tag k='name' v='Avenida Eduardo Mondlane'/></way>"
    "<way id='3'><nd ref='6'/><nd ref='1'/><nd ref='7'/><tag k='highway' v='residential'/>"
    "<tag k='name' v='Rua do Jardim e Silva'/></way>"
    "<way id='4'><nd ref='10'/><nd ref='11'/><nd ref='12'/><tag k='highway' v='trunk'/>"
    "<tag k='ref' v='EN4;N4'/></way>"
    "<way id='5'><nd ref='33'/><nd ref='34'/><tag k='addr:interpolation' v='even'/>"
    "<tag k='addr:street' v='Avenida Eduardo Mondlane'/></way>"
    "<node id='40' lat='-26.0' lon='32.4'/><node id='41' lat='-26.0' lon='32.5'/>"
    "<node id='42' lat='-25.9' lon='32.5'/><node id='43' lat='-25.9' lon='32.4'/>"
    "<way id='6'><nd ref='40'/><nd ref='41'/><nd ref='42'/></way>"
    "<way id='7'><nd ref='40'/><nd ref='43'/><nd ref='42'/></way>"
    "<relation id='1'><member type='way' ref='6' role='outer'/><member type='way' ref='7' "
    "role='outer'/><tag k='type' v='boundary'/><tag k='boundary' v='administrative'/>"
    "<tag k='admin_level' v='6'/><tag k='name' v='Distrito da Machava'/>"
    "<tag k='ISO3166-2' v='MZ-X1'/><tag k='ref' v='MX07'/></relation>"
    "<relation id='2'><member type='way' ref='6' role='outer'/><member type='way' ref='999' "
    "role='outer'/><tag k='boundary' v='administrative'/><tag k='name' v='Meia Lua'/></relation>"
    "</osm>";

static struct amp_fixture town;

static int town_setup(void **state)
{
    (void)state;
    amp_fixture_of_xml(town_xml, &town);
    return 0;
}

static int town_teardown(void **state)
{
    (void)state;
    amp_fixture_close(&town);
    return 0;
}

struct asked {
    struct amp_arena arena;
    struct amp_place *place;
    size_t n;
};

static struct asked ask(const char *query)
{
    struct asked a = {.arena = amp_arena_make(64 << 20)};
    struct asked slow = {.arena = amp_arena_make(64 << 20)};
    struct amp_geocode_ask q = {.query = amp_str_of(query), .limit = 10};
    assert_int_equal(amp_geocode_ask(town.places, &q, &a.arena, &a.place, &a.n, NULL), AMP_OK);
    assert_int_equal(amp_geocode_ask_slow(town.places, &q, &slow.arena, &slow.place, &slow.n, NULL),
                     AMP_OK);
    assert_int_equal(a.n, slow.n);
    for (size_t i = 0; i < a.n; i++) {
        assert_true(amp_str_eq(a.place[i].name, slow.place[i].name));
        assert_true(amp_str_eq(a.place[i].unused, slow.place[i].unused));
    }
    amp_arena_drop(&slow.arena);
    return a;
}

/* The first answer has this name, kind, words not used and relation. */
static void first_is(const char *query, const char *name, const char *kind, const char *unused,
                     const char *relation)
{
    struct asked a = ask(query);
    if (a.n == 0 || !amp_str_is(a.place[0].name, name) || !amp_str_is(a.place[0].unused, unused)) {
        print_error("%s: %zu answers, first %.*s, not used: %.*s\n", query, a.n,
                    a.n > 0 ? (int)a.place[0].name.len : 0, a.n > 0 ? a.place[0].name.ptr : "",
                    a.n > 0 ? (int)a.place[0].unused.len : 0, a.n > 0 ? a.place[0].unused.ptr : "");
    }
    assert_true(a.n > 0);
    assert_true(amp_str_is(a.place[0].name, name));
    assert_true(amp_str_is(a.place[0].kind, kind));
    assert_true(amp_str_is(a.place[0].unused, unused));
    assert_true(amp_str_is(a.place[0].relation, relation));
    amp_arena_drop(&a.arena);
}

static void crossings_are_found_in_six_languages(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "Rua da Paz & Avenida Eduardo Mondlane",
        "rua da paz / av. eduardo mondlane",
        "paz com eduardo mondlane",
        "rua da paz e av eduardo mondlane",
        "rua da paz y eduardo mondlane",
        "rua da paz et eduardo mondlane",
        "rua da paz and eduardo mondlane",
        "corner of rua da paz and eduardo mondlane",
        "esquina da rua da paz com a eduardo mondlane",
        "esquina paz mondlane",
        "rua da paz esquina eduardo mondlane",
        "rua da pas & eduardo mondlane",
    };
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct asked a = ask(ways[i]);
        if (a.n == 0 || !amp_str_is(a.place[0].kind, "crossing")) {
            print_error("%s: %zu answers\n", ways[i], a.n);
        }
        assert_true(a.n > 0);
        assert_true(amp_str_is(a.place[0].kind, "crossing"));
        assert_true(amp_pos_distance_m(a.place[0].pos, amp_at(-25.96, 32.462)) < 1);
        amp_arena_drop(&a.arena);
    }
    first_is("Rua do Jardim e Silva", "Rua do Jardim e Silva", "street", "", "");
}

static void kilometres_lie_along_the_road(void **state)
{
    (void)state;
    first_is("EN4 km 22", "EN4;N4 km 22", "kilometre", "", "");
    first_is("en 4, km 24", "EN4;N4 km 24", "kilometre", "", "");
    struct asked a = ask("EN4 km 23");
    assert_true(a.n == 1);
    assert_true(amp_pos_distance_m(a.place[0].pos, amp_at(-25.9, 32.41)) < 20); /* the bend */
    amp_arena_drop(&a.arena);
    a = ask("N4 quilómetro 22,5");
    assert_true(a.n > 0);
    assert_true(amp_str_is(a.place[0].kind, "kilometre") || a.place[0].unused.len > 0);
    amp_arena_drop(&a.arena);
    a = ask("EN4 km 22.55");
    assert_true(a.n == 1);
    assert_true(fabs(amp_pos_distance_m(a.place[0].pos, amp_at(-25.9, 32.4)) - 550) < 15);
    amp_arena_drop(&a.arena);
    a = ask("EN4 km 90"); /* nothing is known there: the road, and what was not used */
    assert_true(a.n > 0);
    assert_true(amp_str_is(a.place[0].unused, "km 90"));
    amp_arena_drop(&a.arena);
}

static void landmarks_are_found_and_the_relation_told(void **state)
{
    (void)state;
    struct asked a = ask("behind the Shoprite, Matola");
    assert_true(a.n >= 1);
    assert_true(amp_str_is(a.place[0].name, "Shoprite"));
    assert_true(amp_str_is(a.place[0].relation, "behind"));
    assert_true(amp_str_is(a.place[0].unused, "behind the"));
    assert_true(a.place[0].pos.lon_e7 < 325000000); /* of Matola, not of Maputo */
    amp_arena_drop(&a.arena);
    a = ask("shoprite maputo");
    assert_true(a.n >= 1 && a.place[0].pos.lon_e7 > 325000000);
    assert_int_equal(a.place[0].unused.len, 0);
    amp_arena_drop(&a.arena);
    first_is("atrás do Shoprite", "Shoprite", "supermarket", "atras do", "behind");
    first_is("perto da Escola Primaria da Liberdade", "Escola Primária da Liberdade", "school",
             "perto da", "near");
    first_is("en frente de la escola primaria liberdade", "Escola Primária da Liberdade", "school",
             "en frente de la", "opposite");
    first_is("derrière le shoprite", "Shoprite", "supermarket", "derriere le", "behind");
    first_is("karibu na shoprite", "Shoprite", "supermarket", "karibu na", "near");
    first_is("nyuma ya shoprite", "Shoprite", "supermarket", "nyuma ya", "behind");
    first_is("خلف مسجد النور", "مسجد النور", "mosque", "خلف", "behind");
    first_is("casa amarela atras do shoprite", "Shoprite", "supermarket", "casa amarela atras do",
             "behind");
}

static void between_two_landmarks_is_their_middle(void **state)
{
    (void)state;
    static const char *const ways[] = {"between Shoprite and Escola Primaria",
                                       "entre shoprite e a escola primaria",
                                       "kati ya shoprite na escola primaria"};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct asked a = ask(ways[i]);
        assert_true(a.n == 1);
        assert_true(amp_str_is(a.place[0].kind, "between"));
        assert_true(amp_pos_distance_m(a.place[0].pos, amp_at(-25.9605, 32.463)) < 5);
        amp_arena_drop(&a.arena);
    }
}

static void houses_between_houses_are_reckoned_and_said_so(void **state)
{
    (void)state;
    struct asked a = ask("Rua da Paz 14");
    assert_true(a.n > 0);
    assert_true(amp_str_is(a.place[0].name, "Rua da Paz 14"));
    assert_true(amp_str_is(a.place[0].kind, "address"));
    assert_true(a.place[0].how.len > 0);
    assert_true(amp_pos_distance_m(a.place[0].pos, amp_at(-25.9601, 32.4606)) < 2);
    assert_true(a.place[0].score < 1);
    amp_arena_drop(&a.arena);
    a = ask("Rua da Paz 15"); /* one neighbour of the odd side is not enough */
    assert_true(a.n > 0);
    assert_true(amp_str_is(a.place[0].name, "Rua da Paz"));
    amp_arena_drop(&a.arena);
    a = ask("av. eduardo mondlane 20"); /* from the interpolation way */
    assert_true(a.n > 0);
    assert_true(amp_str_is(a.place[0].name, "Avenida Eduardo Mondlane 20"));
    assert_true(amp_pos_distance_m(a.place[0].pos, amp_at(-25.96, 32.4621)) < 2);
    assert_true(a.place[0].how.len > 0);
    amp_arena_drop(&a.arena);
}

static void mistyped_words_are_put_right_and_said_so(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "avenida eduardo mondlan", "avenida eduadro mondlane",  "avneida eduardo mondlane",
        "eduardomondlane",         "avenida edu ardo mondlane", "avenida eduardom ondlane",
        "mondlane eduardo",        "av eduardo mondlani",       "eduardu mondlane"};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct asked a = ask(ways[i]);
        if (a.n == 0 || !amp_str_is(a.place[0].name, "Avenida Eduardo Mondlane")) {
            print_error("%s: %zu answers\n", ways[i], a.n);
        }
        assert_true(a.n > 0);
        assert_true(amp_str_is(a.place[0].name, "Avenida Eduardo Mondlane"));
        amp_arena_drop(&a.arena);
    }
    struct asked a = ask("avenida eduadro mondlane");
    assert_true(amp_str_is(a.place[0].suggestion, "Avenida Eduardo Mondlane"));
    amp_arena_drop(&a.arena);
    a = ask("avenida eduardo mondlane");
    assert_int_equal(a.place[0].suggestion.len, 0);
    assert_true(amp_str_is(a.place[0].used, "avenida eduardo mondlane"));
    amp_arena_drop(&a.arena);
}

static void an_arabic_name_is_found_however_it_is_typed(void **state)
{
    (void)state;
    static const char *const ways[] = {"مسجد النور", "مســجد النُّور", "مسجد النر", "مسجد النوور",
                                       "النور مسجد", "مسجدالنور",    "مسج",       "قرب مسجد النور"};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct asked a = ask(ways[i]);
        if (a.n == 0 || !amp_str_is(a.place[0].name, "مسجد النور")) {
            print_error("%s: %zu answers\n", ways[i], a.n);
        }
        assert_true(a.n > 0 && amp_str_is(a.place[0].name, "مسجد النور"));
        amp_arena_drop(&a.arena);
    }
}

static void postcodes_and_regions_are_names_too(void **state)
{
    (void)state;
    first_is("1114", "1114", "postcode", "", "");
    first_is("distrito machava", "Distrito da Machava", "administrative", "", "");
    first_is("rua da paz machava", "Rua da Paz", "street", "", ""); /* its polygon explains it */
}

static void a_jurisdiction_and_a_circle_come_first(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(16 << 20);
    struct amp_place *place = NULL;
    size_t n = 0;
    struct amp_box maputo = {-260000000, 325500000, -259000000, 326000000};
    struct amp_geocode_ask q = {.query = AMP_STR("shoprite"), .box = &maputo, .limit = 5};
    assert_int_equal(amp_geocode_ask(town.places, &q, &arena, &place, &n, NULL), AMP_OK);
    assert_true(n == 2 && place[0].pos.lon_e7 > 325500000);
    struct amp_pos near = amp_at(-25.99, 32.47);
    q = (struct amp_geocode_ask){
        .query = AMP_STR("shoprite"), .near = &near, .radius_m = 4000, .limit = 5};
    assert_int_equal(amp_geocode_ask(town.places, &q, &arena, &place, &n, NULL), AMP_OK);
    assert_true(n == 2 && place[0].pos.lon_e7 < 325500000);
    amp_arena_drop(&arena);
}

static void a_jurisdiction_is_named_by_its_area(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_geocode_ask q = {.query = AMP_STR("shoprite"), .limit = 5};
    struct amp_place *place = NULL;
    struct amp_why why = {""};
    size_t n = 0;
    assert_int_equal(amp_places_area(town.places, AMP_STR("distrito da machava"), &q, &why),
                     AMP_OK);
    assert_int_equal(amp_geocode_ask(town.places, &q, &arena, &place, &n, NULL), AMP_OK);
    assert_int_equal(n, 2);
    assert_int_equal(place[0].pos.lon_e7, amp_at(-25.961, 32.461).lon_e7);
    assert_int_equal(amp_places_area(town.places, AMP_STR("Meia Lua"), &q, &why),
                     AMP_E_NOT_FOUND); /* without a border it holds nothing */
    assert_int_equal(amp_places_area(town.places, AMP_STR(""), &q, &why), AMP_E_NOT_FOUND);
    amp_arena_drop(&arena);
}

static void an_area_goes_by_its_code_and_has_a_border_to_draw(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 20);
    const struct amp_areas *areas = amp_places_areas(town.places);
    struct amp_ring *ring = NULL;
    uint32_t area = 77;
    assert_false(amp_places_area_only(town.places, AMP_STR("MZ-X2"), 0, &area));
    assert_false(amp_places_area_only(town.places, AMP_STR("MZ-X1"), 5, &area));
    assert_int_equal(area, 77);
    assert_true(amp_places_area_only(town.places, AMP_STR("MZ-X1"), 0, &area));
    assert_true(amp_places_area_only(town.places, AMP_STR("Distrito da Machava"), 6, &area));
    assert_true(amp_places_area_only(town.places, AMP_STR("MX07"), 0, &area));
    assert_true(amp_areas_holds(areas, area, amp_at(-25.95, 32.45)));
    assert_int_equal(amp_areas_rings(areas, area, 100, &arena, &ring), 1);
    assert_int_equal(ring[0].n, 5);
    assert_int_equal(ring[0].point[0].lat_e7, ring[0].point[4].lat_e7);
    for (size_t i = 0; i < 5; i++) {
        assert_true(ring[0].point[i].lat_e7 == -260000000 || ring[0].point[i].lat_e7 == -259000000);
        assert_true(ring[0].point[i].lon_e7 == 324000000 || ring[0].point[i].lon_e7 == 325000000);
    }
    assert_int_equal(amp_areas_rings(areas, area, 3, &arena, &ring), 1);
    assert_int_equal(ring[0].n, 3);
    assert_int_equal(amp_areas_rings(areas, area + 100, 3, &arena, &ring), 0);
    amp_arena_drop(&arena);
}

static void all_areas_of_a_name_are_told_and_whether_they_are_whole(void **state)
{
    (void)state;
    struct amp_area_named area[2] = {{.area = 77}, {.area = 77}};
    assert_int_equal(amp_places_areas_named(town.places, AMP_STR("mz x1"), 0, area, 2), 1);
    assert_true(area[0].bounded && area[0].level == 6 && area[1].area == 77);
    assert_true(
        amp_areas_holds(amp_places_areas(town.places), area[0].area, amp_at(-25.95, 32.45)));
    assert_true(
        amp_str_is(amp_places_area_alone(town.places, area[0].area), "Distrito da Machava"));
    assert_int_equal(amp_places_areas_named(town.places, AMP_STR("MX07"), 5, area, 2), 0);
    assert_int_equal(amp_places_areas_named(town.places, AMP_STR("Meia Lua"), 0, area, 2), 1);
    assert_false(area[0].bounded);
    assert_int_equal(amp_places_area_alone(town.places, area[0].area).len, 0);
    area[0].area = 77;
    assert_int_equal(amp_places_areas_named(town.places, AMP_STR("Meia Lua"), 0, area, 0), 1);
    assert_int_equal(area[0].area, 77);
    assert_int_equal(amp_places_areas_named(town.places, AMP_STR(""), 0, area, 2), 0);
}

static void a_position_has_cross_streets_a_code_and_areas(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_address a;
    assert_int_equal(amp_reverse(town.places, amp_at(-25.96, 32.461), &arena, &a), AMP_OK);
    assert_true(amp_str_is(a.street, "Rua da Paz"));
    assert_true(a.cross[0].len > 0 && a.cross[1].len > 0);
    assert_true(a.cross_m[0] <= a.cross_m[1]);
    assert_true(amp_str_is(a.cross[0], "Avenida Eduardo Mondlane") ||
                amp_str_is(a.cross[1], "Avenida Eduardo Mondlane"));
    assert_int_equal(a.area_n, 1);
    assert_true(amp_str_is(a.areas[0].name, "Distrito da Machava"));
    assert_int_equal(a.areas[0].level, 6);
    assert_int_equal(strlen(a.pluscode), 11);
    assert_int_equal(amp_reverse(town.places, amp_at(-25.95, 32.58), &arena, &a), AMP_OK);
    assert_int_equal(a.area_n, 0);
    amp_arena_drop(&arena);
}

static uint64_t dropped_n(const char *reason)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < town.osm.dropped->row_n; i++) {
        const struct amp_dropped_row *row = &town.osm.dropped->row[i];
        n += strcmp(row->reason, reason) == 0 ? row->n : 0;
    }
    return n;
}

static void what_is_left_out_of_the_places_is_counted_with_its_reason(void **state)
{
    (void)state;
    assert_int_equal(dropped_n("address: a house number without a street"), 2);
    assert_int_equal(dropped_n("area: its border is not whole in the extract, only its name"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crossings_are_found_in_six_languages),
        cmocka_unit_test(kilometres_lie_along_the_road),
        cmocka_unit_test(landmarks_are_found_and_the_relation_told),
        cmocka_unit_test(between_two_landmarks_is_their_middle),
        cmocka_unit_test(houses_between_houses_are_reckoned_and_said_so),
        cmocka_unit_test(mistyped_words_are_put_right_and_said_so),
        cmocka_unit_test(an_arabic_name_is_found_however_it_is_typed),
        cmocka_unit_test(postcodes_and_regions_are_names_too),
        cmocka_unit_test(a_jurisdiction_and_a_circle_come_first),
        cmocka_unit_test(a_position_has_cross_streets_a_code_and_areas),
        cmocka_unit_test(what_is_left_out_of_the_places_is_counted_with_its_reason),
        cmocka_unit_test(a_jurisdiction_is_named_by_its_area),
        cmocka_unit_test(an_area_goes_by_its_code_and_has_a_border_to_draw),
        cmocka_unit_test(all_areas_of_a_name_are_told_and_whether_they_are_whole),
    };
    return cmocka_run_group_tests(tests, town_setup, town_teardown);
}
