/* Proves the short ways of the geocoder where very many things bear one name, against the twins. */
#include "map/places_fixture.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    THINGS = 5000,
    QUESTIONS = 160,
    POSITIONS = 400,
    ARENA_BYTES = 256 << 20
};

static const char *const words[] = {"sol",   "sola", "solar",   "praia", "pra", "mar",
                                    "maria", "rosa", "rosario", "azul",  "um",  "dois"};
static const char *const kinds[][2] = {{"amenity", "school"},   {"amenity", "pharmacy"},
                                       {"shop", "supermarket"}, {"place", "neighbourhood"},
                                       {"place", "village"},    {"amenity", "hospital"}};
static const char *const types[] = {"Rua", "Rua de", "Avenida", "Travessa"};

enum {
    WORDS = sizeof(words) / sizeof(words[0]),
    KINDS = sizeof(kinds) / sizeof(kinds[0]),
    TYPES = sizeof(types) / sizeof(types[0])
};

static struct amp_fixture town;

/* Most things within 2 km, some within 20; across the antimeridian. */
static struct amp_pos spot(uint64_t *seed)
{
    int32_t reach = amp_fixture_random(seed) % 4 == 0 ? 2000000 : 200000;
    int32_t north = (int32_t)(amp_fixture_random(seed) % (uint64_t)(2 * reach)) - reach;
    int32_t east = (int32_t)(amp_fixture_random(seed) % (uint64_t)(2 * reach)) - reach;
    int64_t lon = 1799990000 + (int64_t)east;
    return (struct amp_pos){-170000000 + north,
                            (int32_t)(lon > 1800000000 ? lon - INT64_C(3600000000) : lon)};
}

/* Some words are much more frequent than others. */
static const char *word(uint64_t *seed)
{
    uint64_t a = amp_fixture_random(seed) % WORDS;
    uint64_t b = amp_fixture_random(seed) % WORDS;
    return words[a < b ? a : b];
}

static size_t name_write(uint64_t *seed, bool street, char out[64])
{
    bool two = amp_fixture_random(seed) % 3 == 0;
    const char *type = types[amp_fixture_random(seed) % TYPES];
    const char *first = word(seed);
    const char *second = word(seed);
    return (size_t)snprintf(out, 64, "%s%s%s%s%s", street ? type : "", street ? " " : "", first,
                            two ? " " : "", two ? second : "");
}

static int town_setup(void **state)
{
    (void)state;
    struct amp_buf xml = amp_buf_make(64 << 20);
    struct amp_buf ways = amp_buf_make(64 << 20);
    uint64_t seed = 4711;
    char name[64];
    amp_buf_text(&xml, "<osm version='0.6'>");
    for (int i = 1; i <= THINGS; i++) {
        struct amp_pos pos = spot(&seed);
        bool street = amp_fixture_random(&seed) % 2 == 0;
        const char *const *kind = kinds[amp_fixture_random(&seed) % KINDS];
        (void)name_write(&seed, street, name);
        amp_buf_printf(&xml, "<node id='%d' lat='%.7f' lon='%.7f'>", 2 * i, amp_lat_deg(pos),
                       amp_lon_deg(pos));
        if (!street) {
            amp_buf_printf(&xml, "<tag k='%s' v='%s'/><tag k='name' v='%s'/></node>", kind[0],
                           kind[1], name);
            continue;
        }
        amp_buf_printf(&xml, "</node><node id='%d' lat='%.7f' lon='%.7f'/>", 2 * i + 1,
                       amp_lat_deg(pos) + 0.001, amp_lon_deg(pos));
        amp_buf_printf(&ways,
                       "<way id='%d'><nd ref='%d'/><nd ref='%d'/><tag k='highway' "
                       "v='residential'/><tag k='name' v='%s'/></way>",
                       i, 2 * i, 2 * i + 1, name);
    }
    amp_buf_join(&xml, &ways);
    amp_buf_text(&xml, "</osm>");
    amp_fixture_of_xml(amp_buf_cstr(&xml), &town);
    amp_buf_free(&xml);
    amp_buf_free(&ways);
    return 0;
}

static int town_teardown(void **state)
{
    (void)state;
    amp_fixture_close(&town);
    return 0;
}

static void compare(struct amp_str query, const struct amp_pos *near, size_t limit,
                    struct amp_arena *arena)
{
    struct amp_place *fast = NULL;
    struct amp_place *slow = NULL;
    size_t fast_n = 0;
    size_t slow_n = 0;
    assert_int_equal(amp_geocode(town.places, query, near, limit, arena, &fast, &fast_n, NULL),
                     AMP_OK);
    assert_int_equal(amp_geocode_slow(town.places, query, near, limit, arena, &slow, &slow_n, NULL),
                     AMP_OK);
    assert_int_equal(fast_n, slow_n);
    assert_true(fast_n > 0);
    for (size_t i = 0; i < fast_n; i++) {
        assert_true(amp_str_eq(fast[i].name, slow[i].name));
        assert_true(amp_str_eq(fast[i].context, slow[i].context));
        assert_int_equal(fast[i].pos.lat_e7, slow[i].pos.lat_e7);
        assert_int_equal(fast[i].pos.lon_e7, slow[i].pos.lon_e7);
        assert_true(fast[i].score >= slow[i].score && fast[i].score <= slow[i].score);
    }
}

static void a_name_that_hundreds_bear_is_answered_like_by_the_scan(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA_BYTES);
    uint64_t seed = 20261126;
    for (int i = 0; i < QUESTIONS; i++) {
        char name[64];
        size_t len = name_write(&seed, amp_fixture_random(&seed) % 2 == 0, name);
        struct amp_pos near = spot(&seed);
        uint64_t dice = amp_fixture_random(&seed);
        len = dice % 3 == 0 ? 1 + (dice >> 8) % 3 : len; /* a beginning of one to three letters */
        for (size_t c = 0; c < len; c++) {
            name[c] = name[c] >= 'A' && name[c] <= 'Z' ? (char)(name[c] + 32) : name[c];
        }
        compare((struct amp_str){name, len}, dice % 5 < 3 ? &near : NULL,
                (dice >> 16) % 4 == 0 ? 1 + (dice >> 20) % 50 : 10, &arena);
        amp_arena_reset(&arena);
    }
    amp_arena_drop(&arena);
}

static void of_many_namesakes_the_nearest_comes_first(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA_BYTES);
    uint64_t seed = 99;
    for (int i = 0; i < QUESTIONS; i++) {
        struct amp_pos near = spot(&seed);
        struct amp_place *all = NULL;
        struct amp_place *first = NULL;
        size_t all_n = 0;
        size_t n = 0;
        double best_m = 1e9;
        assert_int_equal(amp_places_of_kind(town.places, AMP_STR("street"), &arena, &all, &all_n),
                         AMP_OK);
        for (size_t k = 0; k < all_n; k++) {
            double m = amp_pos_distance_m(near, all[k].pos);
            best_m = amp_str_is(all[k].name, "Rua sol") && m < best_m ? m : best_m;
        }
        assert_int_equal(
            amp_geocode(town.places, AMP_STR("rua sol"), &near, 10, &arena, &first, &n, NULL),
            AMP_OK);
        assert_true(n > 0 && amp_str_is(first[0].name, "Rua sol"));
        assert_true(first[0].distance_m <= best_m + 1);
        amp_arena_reset(&arena);
    }
    amp_arena_drop(&arena);
}

static void a_dense_town_is_reversed_like_by_looking_at_everything(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA_BYTES);
    uint64_t seed = 5;
    for (int i = 0; i < POSITIONS; i++) {
        struct amp_pos pos = spot(&seed);
        struct amp_address fast;
        struct amp_address slow;
        assert_int_equal(amp_reverse(town.places, pos, &arena, &fast), AMP_OK);
        assert_int_equal(amp_reverse_slow(town.places, pos, &arena, &slow), AMP_OK);
        assert_true(amp_str_eq(fast.text, slow.text));
        assert_true(amp_str_eq(fast.area, slow.area));
        assert_true(amp_str_eq(fast.landmark, slow.landmark));
        amp_arena_reset(&arena);
    }
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_hundreds_bear_is_answered_like_by_the_scan),
        cmocka_unit_test(of_many_namesakes_the_nearest_comes_first),
        cmocka_unit_test(a_dense_town_is_reversed_like_by_looking_at_everything),
    };
    return cmocka_run_group_tests(tests, town_setup, town_teardown);
}
