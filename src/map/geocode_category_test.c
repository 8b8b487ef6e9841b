/* Proves that the nearest of a kind is found, in six languages, by a place, a position or the
 * caller. */
#include "base/buf.h"
#include "map/fold.h"
#include "map/geocode_category.h"
#include "map/places_fixture.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char town_xml[] =
    "<osm version='0.6'>"
    "<node id='1' lat='-25.960' lon='32.460'><tag k='amenity' v='hospital'/>"
    "<tag k='name' v='Hospital Central'/></node>"
    "<node id='2' lat='-25.900' lon='32.460'><tag k='amenity' v='hospital'/>"
    "<tag k='name' v='Casa de Sagrada'/></node>"
    "<node id='3' lat='-25.961' lon='32.461'><tag k='amenity' v='pharmacy'/>"
    "<tag k='name' v='Botica Nova'/></node>"
    "<node id='4' lat='-25.901' lon='32.461'><tag k='amenity' v='pharmacy'/>"
    "<tag k='name' v='Boa Vida'/></node>"
    "<node id='5' lat='-25.902' lon='32.461'><tag k='amenity' v='fuel'/>"
    "<tag k='name' v='Petromoc'/></node>"
    "<node id='6' lat='-25.903' lon='32.461'><tag k='shop' v='supermarket'/>"
    "<tag k='name' v='Shoprite'/></node>"
    "<node id='7' lat='-25.904' lon='32.461'><tag k='emergency' v='ambulance_station'/></node>"
    "<node id='8' lat='-25.961' lon='32.462'><tag k='amenity' v='cafe'/>"
    "<tag k='name' v='Farmácia Velha'/></node>"
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

/* The first answer has this name, and the scan of everything says the same. */
static void first_is(const char *query, const struct amp_pos *near, const char *name)
{
    struct amp_arena arena = amp_arena_make(64 << 20);
    struct amp_place *fast = NULL;
    struct amp_place *slow = NULL;
    size_t fast_n = 0;
    size_t slow_n = 0;
    assert_int_equal(
        amp_geocode(town.places, amp_str_of(query), near, 5, &arena, &fast, &fast_n, NULL), AMP_OK);
    assert_int_equal(
        amp_geocode_slow(town.places, amp_str_of(query), near, 5, &arena, &slow, &slow_n, NULL),
        AMP_OK);
    if (fast_n == 0 || !amp_str_is(fast[0].name, name)) {
        print_error("%s: %zu answers, first %.*s\n", query, fast_n,
                    fast_n > 0 ? (int)fast[0].name.len : 0, fast_n > 0 ? fast[0].name.ptr : "");
    }
    assert_true(fast_n > 0);
    assert_true(amp_str_is(fast[0].name, name));
    assert_int_equal(fast_n, slow_n);
    for (size_t i = 0; i < fast_n; i++) {
        assert_true(amp_str_eq(fast[i].name, slow[i].name));
        assert_true(i == 0 || fast[i].distance_m >= fast[i - 1].distance_m ||
                    fast[i].score < fast[i - 1].score);
    }
    amp_arena_drop(&arena);
}

static void the_nearest_to_a_position_is_found(void **state)
{
    (void)state;
    first_is("nearest hospital to -25.905,32.46", NULL, "Casa de Sagrada");
    first_is("nearest hospital to -25.955,32.46", NULL, "Hospital Central");
    first_is("hospital near 25.905S 32.46E", NULL, "Casa de Sagrada");
    first_is("hospital mais próximo de -25.905, 32.46", NULL, "Casa de Sagrada");
}

static void the_nearest_to_a_place_is_found_in_six_languages(void **state)
{
    (void)state;
    first_is("pharmacy near Shoprite", NULL, "Boa Vida");
    first_is("Farmácia perto do Shoprite", NULL, "Boa Vida");
    first_is("farmacia cerca de Shoprite", NULL, "Boa Vida");
    first_is("la pharmacie la plus proche de Shoprite", NULL, "Boa Vida");
    first_is("duka la dawa karibu na Shoprite", NULL, "Boa Vida");
    first_is("صيدلية قرب Shoprite", NULL, "Boa Vida");
    first_is("pharmacy near Hospital Central", NULL, "Botica Nova");
    first_is("posto de gasolina perto de Hospital Central", NULL, "Petromoc");
}

static void a_kind_that_is_not_there_is_not_answered_by_what_sounds_like_it(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(64 << 20);
    struct amp_place *place = NULL;
    size_t n = 1;
    assert_int_equal(amp_geocode(town.places, AMP_STR("nearest airport to -25.9,32.46"), NULL, 5,
                                 &arena, &place, &n, NULL),
                     AMP_OK);
    assert_int_equal(n, 0);
    first_is("airport near Shoprite", NULL, "Shoprite");
    amp_arena_drop(&arena);
}

static void a_kind_alone_is_what_is_near_the_caller(void **state)
{
    (void)state;
    struct amp_pos north = amp_at(-25.905, 32.46);
    struct amp_pos south = amp_at(-25.955, 32.46);
    first_is("hospital", &north, "Casa de Sagrada");
    first_is("hospital", &south, "Hospital Central");
    first_is("farmácia", &south, "Botica Nova");
    first_is("nearest fuel", &south, "Petromoc");
    first_is("hospitali iliyo karibu", &north, "Casa de Sagrada");
    first_is("pharmacy near me", &north, "Boa Vida");
}

static void a_name_of_the_map_is_not_taken_for_a_kind(void **state)
{
    (void)state;
    first_is("hospital central", NULL, "Hospital Central");
    first_is("farmacia velha", NULL, "Farmácia Velha");
    first_is("hospital", NULL, "Hospital Central"); /* near what? a name that begins so */
    first_is("near Shoprite", NULL, "Shoprite");
}

static void phrases_are_written_as_they_are_folded(void **state)
{
    (void)state;
    size_t n = 0;
    const struct amp_category *row = amp_categories(&n);
    for (size_t i = 0; i < n; i++) {
        struct amp_folded folded;
        struct amp_buf text = amp_buf_make(64);
        amp_fold(amp_str_of(row[i].phrase), &folded);
        for (size_t w = 0; w < folded.n; w++) {
            amp_buf_text(&text, w > 0 ? " " : "");
            amp_buf_str(&text, folded.raw[w]);
        }
        assert_string_equal(amp_buf_cstr(&text), row[i].phrase);
        amp_buf_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_to_a_position_is_found),
        cmocka_unit_test(the_nearest_to_a_place_is_found_in_six_languages),
        cmocka_unit_test(a_kind_that_is_not_there_is_not_answered_by_what_sounds_like_it),
        cmocka_unit_test(a_kind_alone_is_what_is_near_the_caller),
        cmocka_unit_test(a_name_of_the_map_is_not_taken_for_a_kind),
        cmocka_unit_test(phrases_are_written_as_they_are_folded),
    };
    return cmocka_run_group_tests(tests, town_setup, town_teardown);
}
