/* Proves what a question finds, on a small town written here: words, houses, codes, and the way
 * back. */
#include "map/places_fixture.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char town_xml[] =
    "<osm version='0.6'>"
    "<node id='1' lat='41.1500' lon='-8.6100'/><node id='2' lat='41.1510' lon='-8.6100'/>"
    "<node id='3' lat='41.1520' lon='-8.6100'/><node id='4' lat='41.1600' lon='-8.6000'/>"
    "<node id='5' lat='41.1600' lon='-8.5900'/><node id='6' lat='41.2500' lon='-8.5000'/>"
    "<node id='7' lat='41.2510' lon='-8.5000'/>"
    "<node id='10' lat='41.1512' lon='-8.6101'><tag k='addr:street' v='Rua Augusta'/>"
    "<tag k='addr:housenumber' v='12'/></node>"
    "<node id='11' lat='41.1514' lon='-8.6101'><tag k='addr:street' v='R. Augusta'/>"
    "<tag k='addr:housenumber' v='14-A;16'/></node>"
    "<node id='12' lat='41.1700' lon='-8.6000'><tag k='addr:street' v='Beco Fundo'/>"
    "<tag k='addr:housenumber' v='3'/></node>"
    "<node id='20' lat='41.1505' lon='-8.6110'><tag k='place' v='suburb'/>"
    "<tag k='name' v='Baixa'/></node>"
    "<node id='21' lat='41.1505' lon='-8.6200'><tag k='place' v='city'/>"
    "<tag k='name' v='Porto'/><tag k='name:en' v='Oporto'/></node>"
    "<node id='22' lat='41.1550' lon='-8.6150'><tag k='amenity' v='hospital'/>"
    "<tag k='name' v='Hospital de Santo António'/><tag k='short_name' v='HSA'/></node>"
    "<node id='23' lat='41.1560' lon='-8.6150'><tag k='amenity' v='fire_station'/>"
    "<tag k='operator' v='Sapadores'/></node>"
    "<node id='24' lat='41.1565' lon='-8.6150'><tag k='emergency' v='ambulance_station'/></node>"
    "<node id='25' lat='41.1570' lon='-8.6150'><tag k='shop' v='bakery'/>"
    "<tag k='name' v='مخبز الأمل'/></node>"
    "<way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='residential'/>"
    "<tag k='name' v='Rua Augusta'/></way>"
    "<way id='2'><nd ref='2'/><nd ref='3'/><tag k='highway' v='residential'/>"
    "<tag k='name' v='Rua Augusta'/><tag k='old_name' v='Rua do Sol'/></way>"
    "<way id='3'><nd ref='4'/><nd ref='5'/><tag k='highway' v='primary'/>"
    "<tag k='name' v='Avenida da Boavista'/><tag k='ref' v='EN 12'/></way>"
    "<way id='4'><nd ref='6'/><nd ref='7'/><tag k='highway' v='primary'/>"
    "<tag k='name' v='Rua Augusta'/></way>"
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

static struct asked ask(const char *query, const struct amp_pos *near)
{
    struct asked a = {.arena = amp_arena_make(16 << 20)};
    assert_int_equal(
        amp_geocode(town.places, amp_str_of(query), near, 10, &a.arena, &a.place, &a.n, NULL),
        AMP_OK);
    return a;
}

/* The first answer has this name and kind. */
static void first_is(const char *query, const char *name, const char *kind)
{
    struct asked a = ask(query, NULL);
    if (a.n == 0 || !amp_str_is(a.place[0].name, name)) {
        print_error("%s: %zu answers, first %.*s (%.3f, not used: %.*s)\n", query, a.n,
                    a.n > 0 ? (int)a.place[0].name.len : 0, a.n > 0 ? a.place[0].name.ptr : "",
                    a.n > 0 ? a.place[0].score : 0, a.n > 0 ? (int)a.place[0].unused.len : 0,
                    a.n > 0 ? a.place[0].unused.ptr : "");
    }
    assert_true(a.n > 0);
    assert_true(amp_str_is(a.place[0].name, name));
    assert_true(amp_str_is(a.place[0].kind, kind));
    amp_arena_drop(&a.arena);
}

static void a_street_is_found_however_its_type_is_written(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "Avenida da Boavista", "av. boavista", "Av Boavista", "boavista", "BOAVIS",
        "avenida boav",        "aven",         "en 12"};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        first_is(ways[i], "Avenida da Boavista", "street");
    }
    first_is("rua do sol", "Rua Augusta", "street");
}

static void a_street_of_many_ways_is_one_place_and_far_namesakes_are_others(void **state)
{
    (void)state;
    struct asked a = ask("Rua Augusta", NULL);
    assert_int_equal(a.n, 2);
    assert_true(a.place[0].score >= 1 && a.place[0].score <= 1);
    assert_true(isnan(a.place[0].distance_m));
    amp_arena_drop(&a.arena);
    struct amp_pos far = amp_at(41.25, -8.5);
    a = ask("Rua Augusta", &far);
    assert_int_equal(a.n, 2);
    assert_true(a.place[0].distance_m < 200);
    amp_arena_drop(&a.arena);
    struct amp_pos between = amp_at(41.195, -8.56); /* a little closer to the smaller of them */
    a = ask("Rua Augusta", &between);
    assert_int_equal(a.n, 2);
    assert_true(a.place[0].distance_m < a.place[1].distance_m);
    assert_true(a.place[0].pos.lat_e7 < 412000000);
    amp_arena_drop(&a.arena);
}

static void house_numbers_are_found_before_and_behind(void **state)
{
    (void)state;
    struct asked a = ask("Rua Augusta 12", NULL);
    assert_true(a.n > 0 && a.place[0].score >= 1);
    amp_arena_drop(&a.arena);
    first_is("Rua Augusta 12", "Rua Augusta 12", "address");
    first_is("12 Rua Augusta", "Rua Augusta 12", "address");
    first_is("rua augusta, 12", "Rua Augusta 12", "address");
    first_is("r. augusta 14a", "Rua Augusta 14-A", "address");
    first_is("augusta 14 a", "Rua Augusta 14-A", "address");
    first_is("Rua Augusta 16, Porto", "Rua Augusta 16", "address");
    first_is("Rua Augusta 99", "Rua Augusta", "street");
    first_is("beco fundo 3", "Beco Fundo 3", "address"); /* a street known by its house only */
}

static void other_spellings_and_scripts_are_found(void **state)
{
    (void)state;
    first_is("oporto", "Porto", "city");
    first_is("hsa", "Hospital de Santo António", "hospital");
    first_is("santo antonio", "Hospital de Santo António", "hospital");
    first_is("hosp", "Hospital de Santo António", "hospital");
    first_is("مخبز الامل", "مخبز الأمل", "bakery");
}

static void a_word_too_many_lowers_the_score_and_surroundings_explain_it(void **state)
{
    (void)state;
    struct asked plain = ask("hospital santo antonio", NULL);
    struct asked here = ask("hospital santo antonio porto", NULL);
    struct asked odd = ask("hospital santo antonio zzz", NULL);
    assert_int_equal(plain.n, 1);
    assert_int_equal(here.n, 1);
    assert_int_equal(odd.n, 1);
    assert_true(plain.place[0].score > here.place[0].score);
    assert_true(here.place[0].score > odd.place[0].score);
    struct asked none = ask("qqq zzz", NULL);
    assert_int_equal(none.n, 0);
    amp_arena_drop(&none.arena);
    amp_arena_drop(&plain.arena);
    amp_arena_drop(&here.arena);
    amp_arena_drop(&odd.arena);
}

static void coordinates_and_plus_codes_are_positions(void **state)
{
    (void)state;
    struct amp_pos near = amp_at(41.15, -8.61);
    struct asked a = ask(" 41.15,-8.61 ", NULL);
    assert_int_equal(a.n, 1);
    assert_true(amp_str_is(a.place[0].kind, "coordinates"));
    assert_int_equal(a.place[0].pos.lat_e7, 411500000);
    assert_true(amp_str_is(a.place[0].context, "Baixa, Porto"));
    amp_arena_drop(&a.arena);
    a = ask("8CHH592Q+2X", NULL);
    assert_int_equal(a.n, 1);
    assert_true(amp_str_is(a.place[0].kind, "pluscode"));
    amp_arena_drop(&a.arena);
    a = ask("592q+2x", &near);
    assert_int_equal(a.n, 1);
    assert_true(amp_str_is(a.place[0].name, "8CHH592Q+2X"));
    assert_true(a.place[0].distance_m < 30000);
    amp_arena_drop(&a.arena);
    a = ask("592q+2x", NULL);
    assert_int_equal(a.n, 0); /* near what? */
    amp_arena_drop(&a.arena);
    static const char *const with_town[] = {"592Q+2X Porto", "592q+2x, Porto", "8CHH592Q+2X Porto"};
    for (size_t i = 0; i < sizeof(with_town) / sizeof(with_town[0]); i++) {
        a = ask(with_town[i], NULL);
        assert_int_equal(a.n, 1);
        assert_true(amp_str_is(a.place[0].name, "8CHH592Q+2X"));
        amp_arena_drop(&a.arena);
    }
}

static void questions_without_sense_are_refused(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_place *place = NULL;
    size_t n = 7;
    struct amp_why why = {""};
    char lots[AMP_QUERY_MAX + 2];
    memset(lots, 'a', sizeof(lots));
    assert_int_equal(amp_geocode(town.places, AMP_STR("  "), NULL, 10, &arena, &place, &n, &why),
                     AMP_E_MISSING);
    assert_true(why.text[0] != '\0');
    assert_int_equal(amp_geocode(town.places, (struct amp_str){lots, sizeof(lots)}, NULL, 10,
                                 &arena, &place, &n, &why),
                     AMP_E_LIMIT);
    assert_int_equal(amp_geocode(town.places, AMP_STR("a"), NULL, 0, &arena, &place, &n, &why),
                     AMP_E_RANGE);
    assert_int_equal(n, 7);
    assert_null(place);
    amp_arena_drop(&arena);
    struct amp_arena small = amp_arena_make(64);
    assert_int_equal(amp_geocode(town.places, AMP_STR("rua"), NULL, 9, &small, &place, &n, &why),
                     AMP_E_NOMEM);
    amp_arena_drop(&small);
}

static void a_position_has_an_address_an_area_and_a_landmark(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_address a;
    assert_int_equal(amp_reverse(town.places, amp_at(41.1512, -8.6102), &arena, &a), AMP_OK);
    assert_true(amp_str_is(a.text, "Rua Augusta 12, Baixa, Porto"));
    assert_true(amp_str_is(a.house, "12"));
    assert_true(amp_str_is(a.landmark, "Hospital de Santo António"));
    assert_true(a.landmark_m > 300 && a.landmark_m < 700);
    assert_true(a.landmark_bearing_deg > 90 && a.landmark_bearing_deg < 180);
    assert_int_equal(amp_reverse(town.places, amp_at(41.1601, -8.595), &arena, &a), AMP_OK);
    assert_true(amp_str_is(a.street, "Avenida da Boavista"));
    assert_int_equal(a.house.len, 0);
    assert_int_equal(amp_reverse(town.places, amp_at(41.175, -8.615), &arena, &a), AMP_OK);
    assert_int_equal(a.street.len, 0);
    assert_true(a.text.len > 0);
    assert_int_equal(amp_reverse(town.places, amp_at(-60, 100), &arena, &a), AMP_OK);
    assert_true(amp_str_is(a.text, "-60.0000000,100.0000000"));
    assert_true(isnan(a.landmark_m));
    amp_arena_drop(&arena);
}

static void stations_are_listed_even_without_a_name(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_place *place = NULL;
    size_t n = 0;
    assert_int_equal(amp_places_of_kind(town.places, AMP_STR("fire_station"), &arena, &place, &n),
                     AMP_OK);
    assert_int_equal(n, 1);
    assert_true(amp_str_is(place[0].name, "Sapadores"));
    assert_int_equal(
        amp_places_of_kind(town.places, AMP_STR("ambulance_station"), &arena, &place, &n), AMP_OK);
    assert_int_equal(n, 1);
    assert_true(amp_str_is(place[0].name, "ambulance station"));
    assert_int_equal(amp_places_of_kind(town.places, AMP_STR("moon"), &arena, &place, &n), AMP_OK);
    assert_int_equal(n, 0);
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_street_is_found_however_its_type_is_written),
        cmocka_unit_test(a_street_of_many_ways_is_one_place_and_far_namesakes_are_others),
        cmocka_unit_test(house_numbers_are_found_before_and_behind),
        cmocka_unit_test(other_spellings_and_scripts_are_found),
        cmocka_unit_test(a_word_too_many_lowers_the_score_and_surroundings_explain_it),
        cmocka_unit_test(coordinates_and_plus_codes_are_positions),
        cmocka_unit_test(questions_without_sense_are_refused),
        cmocka_unit_test(a_position_has_an_address_an_area_and_a_landmark),
        cmocka_unit_test(stations_are_listed_even_without_a_name),
    };
    return cmocka_run_group_tests(tests, town_setup, town_teardown);
}
