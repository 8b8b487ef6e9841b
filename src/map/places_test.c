/* Proves the geocoder on real maps: recall as typed, equality with the slow twin, bounded work. */
#include "base/testdata.h"
#include "map/fold.h"
#include "map/kinds.h"
#include "map/places_fixture.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum {
    ARENA_BYTES = 64 << 20,
    SAMPLES = 300,
    RANDOM_QUERIES = 120,
    RANDOM_POSITIONS = 300
};

static const char *const maps[] = {
    "maps/porto_portugal.osm.pbf",  "maps/vancouver_canada.osm.pbf", "maps/oaxaca_mx.osm.pbf",
    "maps/porto_alegre_br.osm.pbf", "maps/monaco.osm.pbf",           "maps/fiji_ferry.osm.pbf",
    "maps/moscow_ru.osm.gz",
};
enum {
    MAPS = sizeof(maps) / sizeof(maps[0])
};

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

struct sample {
    const char *name;
    struct amp_pos pos;
};

/* Named streets and points of the extract itself, evenly spread by a seed. */
static size_t samples_take(const struct amp_osm *osm, struct sample out[SAMPLES])
{
    struct amp_kinds *kinds = NULL;
    assert_int_equal(amp_kinds_create(osm, &kinds), AMP_OK);
    uint32_t highway = amp_osm_find_text(osm, "highway");
    uint64_t seed = 20261123;
    size_t seen = 0;
    for (uint32_t i = 0; i < osm->way_n + osm->node_n; i++) {
        bool way = i < osm->way_n;
        uint32_t at = way ? i : i - osm->way_n;
        uint32_t first = way ? osm->way_tag_first[at] : amp_osm_node_tags(osm, at).first;
        uint32_t end = way ? osm->way_tag_first[at + 1] : amp_osm_node_tags(osm, at).end;
        uint32_t name = amp_kinds_name(kinds, first, end);
        const char *road = way ? amp_osm_way_value(osm, at, highway) : NULL;
        struct amp_kind kind;
        struct sample s;
        bool street = road != NULL && amp_kinds_street(road) > 0;
        bool poi = road == NULL && amp_kinds_find(kinds, first, end, &kind);
        if (name == AMP_OSM_ABSENT || (!street && !poi)) {
            continue;
        }
        s.name = amp_osm_text(osm, name);
        if (way && !amp_osm_way_center(osm, at, &s.pos)) {
            continue;
        }
        s.pos = way ? s.pos : osm->node_pos[at];
        size_t slot = seen < SAMPLES ? seen : amp_fixture_random(&seed) % (seen + 1);
        if (slot < SAMPLES) {
            out[slot] = s;
        }
        seen++;
    }
    amp_kinds_destroy(kinds);
    return seen < SAMPLES ? seen : SAMPLES;
}

/* As one types: no marks, lower case, the last word cut by a third (never inside a character). */
static size_t as_typed(const char *name, char *out, size_t cap)
{
    struct amp_folded folded;
    size_t len = 0;
    amp_fold(amp_str_of(name), &folded);
    for (size_t i = 0; i < folded.n; i++) {
        struct amp_str word = folded.raw[i];
        if (i + 1 == folded.n && word.len > 3) {
            word.len -= word.len / 3;
            while (((uint8_t)word.ptr[word.len] & 0xC0) == 0x80) {
                word.len++;
            }
        }
        if (len + word.len + 2 > cap) {
            break;
        }
        if (i > 0) {
            out[len++] = ' ';
        }
        memcpy(out + len, word.ptr, word.len);
        len += word.len;
    }
    out[len] = '\0';
    return len;
}

static bool found_in(const struct amp_place *place, size_t n, const struct sample *s)
{
    static const double near_m = 300;
    for (size_t i = 0; i < n && i < 5; i++) {
        if (amp_str_is(place[i].name, s->name) ||
            amp_pos_distance_m(place[i].pos, s->pos) <= near_m) {
            return true;
        }
    }
    return false;
}

static void names_are_found_as_typed(void **state)
{
    (void)state;
    size_t opened = 0;
    for (size_t m = 0; m < MAPS; m++) {
        struct amp_fixture f;
        struct sample sample[SAMPLES];
        double begin = now_us();
        if (!amp_fixture_open(maps[m], &f)) {
            continue;
        }
        double build_ms = (now_us() - begin) / 1e3;
        opened++;
        size_t n = samples_take(&f.osm, sample);
        size_t hits = 0;
        double worst_us = 0;
        double all_us = 0;
        struct amp_arena arena = amp_arena_make(ARENA_BYTES);
        for (size_t i = 0; i < n; i++) {
            char query[AMP_QUERY_MAX];
            struct amp_place *place = NULL;
            size_t place_n = 0;
            size_t len = as_typed(sample[i].name, query, sizeof(query));
            if (len == 0) {
                continue;
            }
            double start = now_us();
            amp_err err = amp_geocode(f.places, (struct amp_str){query, len}, NULL, 5, &arena,
                                      &place, &place_n, NULL);
            double us = now_us() - start;
            assert_int_equal(err, AMP_OK);
            all_us += us;
            worst_us = us > worst_us ? us : worst_us;
            if (found_in(place, place_n, &sample[i])) {
                hits++;
            } else {
                print_message("#   not found: %s (%s)\n", sample[i].name, query);
            }
            amp_arena_reset(&arena);
        }
        print_message("# %s: %zu of %zu found as typed; mean %.0f us, worst %.0f us; %llu names, "
                      "%llu places, %llu addresses; read and built in %.0f ms\n",
                      maps[m], hits, n, all_us / (double)(n + !n), worst_us,
                      (unsigned long long)f.counts.names, (unsigned long long)f.counts.places,
                      (unsigned long long)f.counts.addresses, build_ms);
        assert_true(hits * 100 >= n * 95);
        amp_arena_drop(&arena);
        amp_fixture_close(&f);
    }
    if (opened == 0) {
        AMP_TEST_SKIP("no test data");
    }
}

/* A question made from a real name: cut, with other case, a word less, a house number more. */
static size_t random_query(const char *name, uint64_t *seed, char *out, size_t cap)
{
    size_t len = strlen(name);
    len = len < cap - 8 ? len : cap - 8;
    memcpy(out, name, len);
    uint64_t dice = amp_fixture_random(seed);
    if (dice % 4 == 0 && len > 2) {
        len = 1 + (dice >> 8) % (len - 1); /* may cut a character: the fold must bear it */
    }
    for (size_t i = 0; i < len && (dice >> 2) % 3 == 0; i++) {
        out[i] = out[i] >= 'a' && out[i] <= 'z' ? (char)(out[i] - 32) : out[i];
    }
    if ((dice >> 4) % 5 == 0) {
        len += (size_t)snprintf(out + len, 8, " %d", (int)((dice >> 16) % 200));
    }
    if ((dice >> 5) % 7 == 0 && len > 4) {
        out[len / 2] = 'x';
    }
    if ((dice >> 6) % 5 == 0 && len > 4) { /* neighbours swapped, perhaps over a blank */
        size_t at = (dice >> 24) % (len - 1);
        char c = out[at];
        out[at] = out[at + 1];
        out[at + 1] = c;
    }
    return len;
}

static void compare_twins(const struct amp_places *places, struct amp_str query,
                          const struct amp_pos *near, struct amp_arena *arena)
{
    struct amp_place *fast = NULL;
    struct amp_place *slow = NULL;
    size_t fast_n = 0;
    size_t slow_n = 0;
    amp_err fast_err = amp_geocode(places, query, near, 10, arena, &fast, &fast_n, NULL);
    amp_err slow_err = amp_geocode_slow(places, query, near, 10, arena, &slow, &slow_n, NULL);
    assert_int_equal(fast_err, slow_err);
    assert_int_equal(fast_n, slow_n);
    for (size_t i = 0; i < fast_n; i++) {
        assert_true(amp_str_eq(fast[i].name, slow[i].name));
        assert_int_equal(fast[i].pos.lat_e7, slow[i].pos.lat_e7);
        assert_int_equal(fast[i].pos.lon_e7, slow[i].pos.lon_e7);
        assert_true(fast[i].score >= slow[i].score && fast[i].score <= slow[i].score);
        assert_true(amp_str_eq(fast[i].unused, slow[i].unused));
        assert_true(amp_str_eq(fast[i].suggestion, slow[i].suggestion));
    }
}

static void the_index_answers_like_the_scan_of_every_name(void **state)
{
    (void)state;
    struct amp_fixture f;
    static const size_t which[] = {3, 4, 6};
    size_t compared = 0;
    for (size_t m = 0; m < sizeof(which) / sizeof(which[0]); m++) {
        if (!amp_fixture_open(maps[which[m]], &f)) {
            continue;
        }
        struct sample sample[SAMPLES];
        size_t n = samples_take(&f.osm, sample);
        struct amp_arena arena = amp_arena_make(ARENA_BYTES);
        uint64_t seed = 7 + m;
        for (size_t i = 0; i < RANDOM_QUERIES && n > 0; i++, compared++) {
            char query[AMP_QUERY_MAX];
            const struct sample *s = &sample[amp_fixture_random(&seed) % n];
            size_t len = random_query(s->name, &seed, query, sizeof(query));
            bool with_near = amp_fixture_random(&seed) % 2 == 0;
            compare_twins(f.places, (struct amp_str){query, len}, with_near ? &s->pos : NULL,
                          &arena);
            amp_arena_reset(&arena);
        }
        for (char c = 'a'; c <= 'z'; c++) {
            compare_twins(f.places, (struct amp_str){&c, 1}, NULL, &arena);
            amp_arena_reset(&arena);
        }
        amp_arena_drop(&arena);
        amp_fixture_close(&f);
    }
    if (compared == 0) {
        AMP_TEST_SKIP("no test data");
    }
}

static void same_address(const struct amp_address *a, const struct amp_address *b)
{
    assert_true(amp_str_eq(a->text, b->text));
    assert_true(amp_str_eq(a->street, b->street));
    assert_true(amp_str_eq(a->house, b->house));
    assert_true(amp_str_eq(a->area, b->area));
    assert_true(amp_str_eq(a->landmark, b->landmark));
    assert_true(amp_str_eq(a->cross[0], b->cross[0]));
    assert_true(amp_str_eq(a->cross[1], b->cross[1]));
    assert_int_equal(a->area_n, b->area_n);
    for (size_t i = 0; i < a->area_n; i++) {
        assert_true(amp_str_eq(a->areas[i].name, b->areas[i].name));
    }
}

static void a_position_is_answered_as_by_looking_at_everything(void **state)
{
    (void)state;
    size_t opened = 0;
    for (size_t m = 0; m < MAPS; m++) {
        struct amp_fixture f;
        if (!amp_fixture_open(maps[m], &f)) {
            continue;
        }
        opened++;
        struct amp_arena arena = amp_arena_make(ARENA_BYTES);
        uint64_t seed = 11 + m;
        for (size_t i = 0; i < RANDOM_POSITIONS; i++) {
            struct amp_address fast;
            struct amp_address slow;
            struct amp_pos pos = f.osm.node_pos[amp_fixture_random(&seed) % f.osm.node_n];
            pos.lat_e7 += (int32_t)(amp_fixture_random(&seed) % 40000) - 20000;
            pos.lon_e7 += (int32_t)(amp_fixture_random(&seed) % 40000) - 20000;
            if (!amp_pos_valid(pos.lat_e7, pos.lon_e7)) {
                continue; /* beyond the antimeridian */
            }
            assert_int_equal(amp_reverse(f.places, pos, &arena, &fast), AMP_OK);
            assert_int_equal(amp_reverse_slow(f.places, pos, &arena, &slow), AMP_OK);
            same_address(&fast, &slow);
            amp_arena_reset(&arena);
        }
        amp_arena_drop(&arena);
        amp_fixture_close(&f);
    }
    if (opened == 0) {
        AMP_TEST_SKIP("no test data");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_as_typed),
        cmocka_unit_test(the_index_answers_like_the_scan_of_every_name),
        cmocka_unit_test(a_position_is_answered_as_by_looking_at_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
