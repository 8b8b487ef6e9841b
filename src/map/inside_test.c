/* What lies inside an area: the same as by looking at everything, and shapes of known size. */
#include "map/inside.h"
#include "map/places_fixture.h"
#include "map/places_form.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA_BYTES = 64 << 20,
    ROUNDS = 60
};

static struct amp_inside_shape shape_of(const struct amp_pos *point, size_t n,
                                        struct amp_arena *arena)
{
    const struct amp_inside_ring ring = {point, n};
    struct amp_inside_shape shape;
    struct amp_why why = {""};
    assert_int_equal(amp_inside_shape_make(&ring, 1, NULL, 0, arena, &shape, &why), AMP_OK);
    return shape;
}

static size_t grid_slow(const struct amp_places *places, enum amp_pl_grid which,
                        const struct amp_inside_shape *shape)
{
    const struct amp_grid *grid = &places->grid[which];
    size_t n = 0;
    for (size_t i = 0; i < grid->item_n; i++) { /* each once in its cell */
        struct amp_pos pos = which == AMP_PL_GRID_HOUSES ? places->address[grid->item[i]].pos
                                                         : places->rec[grid->item[i]].pos;
        n += amp_inside_shape_holds(shape, pos);
    }
    return n;
}

/* A circle somewhere on the map, as far as a tenth of it. */
static struct amp_inside_circle circle_of(const struct amp_places *places, uint64_t *seed)
{
    struct amp_pos at = places->rec[amp_fixture_random(seed) % places->rec_n].pos;
    return (struct amp_inside_circle){at, 50 + (double)(amp_fixture_random(seed) % 3000)};
}

static void a_walk_over_cells_finds_what_looking_at_everything_finds(void **state)
{
    (void)state;
    static const char *const maps[] = {"maps/monaco.osm.pbf", "maps/fiji_ferry.osm.pbf"};
    for (size_t m = 0; m < 2; m++) {
        struct amp_fixture map;
        uint64_t seed = 20261127;
        size_t streets = 0, landmarks = 0;
        if (!amp_fixture_open(maps[m], &map)) {
            skip();
        }
        for (int round = 0; round < ROUNDS; round++) {
            struct amp_arena arena = amp_arena_make(ARENA_BYTES);
            const struct amp_inside_circle circle = circle_of(map.places, &seed);
            struct amp_inside_shape shape;
            struct amp_inside inside;
            assert_int_equal(amp_inside_shape_make(NULL, 0, &circle, 1, &arena, &shape, NULL),
                             AMP_OK);
            assert_int_equal(amp_places_inside(map.places, &shape, &arena, &inside), AMP_OK);
            assert_false(inside.more);
            assert_int_equal(inside.areas.total,
                             grid_slow(map.places, AMP_PL_GRID_TOWNS, &shape) +
                                 grid_slow(map.places, AMP_PL_GRID_SUBURBS, &shape));
            assert_int_equal(inside.landmarks.total,
                             grid_slow(map.places, AMP_PL_GRID_MARKS, &shape));
            assert_int_equal(inside.addresses, grid_slow(map.places, AMP_PL_GRID_HOUSES, &shape));
            size_t kinds = 0;
            for (size_t i = 0; i < inside.kind_n; i++) {
                kinds += inside.kind[i].n;
            }
            assert_true(kinds == inside.landmarks.total || inside.kind_n == AMP_INSIDE_KINDS);
            streets += inside.streets.total;
            landmarks += inside.landmarks.total;
            amp_inside_shape_finish(&shape);
            amp_arena_drop(&arena);
        }
        assert_true(streets > 0 && landmarks > 0);
        amp_fixture_close(&map);
    }
}

static const char *const town = "<osm version='0.6'>"
                                "<node id='1' lat='10.000' lon='20.000'/>"
                                "<node id='2' lat='10.000' lon='20.010'/>"
                                "<node id='3' lat='10.001' lon='20.005'>"
                                "<tag k='amenity' v='hospital'/><tag k='name' v='Central'/></node>"
                                "<node id='4' lat='10.002' lon='20.005'>"
                                "<tag k='amenity' v='school'/><tag k='name' v='Escola'/></node>"
                                "<node id='5' lat='10.001' lon='20.0045'>"
                                "<tag k='place' v='suburb'/><tag k='name' v='Baixa'/></node>"
                                "<node id='6' lat='10.020' lon='20.020'>"
                                "<tag k='amenity' v='hospital'/><tag k='name' v='Far'/></node>"
                                "<way id='1'><nd ref='1'/><nd ref='2'/>"
                                "<tag k='highway' v='primary'/><tag k='name' v='Rua Um'/></way>"
                                "</osm>";

static void a_street_is_inside_if_a_part_of_it_is_and_things_are_named(void **state)
{
    (void)state;
    struct amp_fixture map;
    struct amp_arena arena = amp_arena_make(ARENA_BYTES);
    struct amp_inside inside;
    amp_fixture_of_xml(town, &map);
    const struct amp_pos box[] = {amp_at(9.9995, 20.0045), amp_at(9.9995, 20.0055),
                                  amp_at(10.003, 20.0055), amp_at(10.003, 20.0035)};
    struct amp_inside_shape shape = shape_of(box, 4, &arena);
    assert_int_equal(amp_places_inside(map.places, &shape, &arena, &inside), AMP_OK);
    assert_int_equal(inside.streets.total, 1);
    assert_true(amp_str_is(inside.streets.item[0].name, "Rua Um"));
    assert_int_equal(inside.landmarks.total, 2);
    assert_true(amp_str_is(inside.landmarks.item[0].name, "Central"));
    assert_true(amp_str_is(inside.landmarks.item[0].kind, "hospital"));
    assert_int_equal(inside.areas.total, 1);
    assert_int_equal(inside.kind_n, 2);
    amp_inside_shape_finish(&shape);
    const struct amp_pos aside[] = {amp_at(11, 21), amp_at(11, 21.1), amp_at(11.1, 21)};
    shape = shape_of(aside, 3, &arena);
    assert_int_equal(amp_places_inside(map.places, &shape, &arena, &inside), AMP_OK);
    assert_int_equal(inside.streets.total + inside.landmarks.total + inside.areas.total, 0);
    amp_inside_shape_finish(&shape);
    amp_fixture_close(&map);
    amp_arena_drop(&arena);
}

static void shapes_have_the_size_that_the_sphere_gives_them(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA_BYTES);
    const struct amp_inside_circle circle = {amp_at(-19.8, 34.9), 10000};
    struct amp_inside_shape shape;
    assert_int_equal(amp_inside_shape_make(NULL, 0, &circle, 1, &arena, &shape, NULL), AMP_OK);
    assert_true(fabs(shape.km2 - 314.159) < 0.01);
    assert_true(amp_inside_shape_holds(&shape, amp_at(-19.8, 34.9)));
    assert_false(amp_inside_shape_holds(&shape, amp_at(-19.9, 34.8)));
    amp_inside_shape_finish(&shape);
    /* a degree by a degree at the equator, over the 180th meridian: 111.195 km squared */
    const struct amp_pos ring[] = {amp_at(0, 179.5), amp_at(0, -179.5), amp_at(1, -179.5),
                                   amp_at(1, 179.5)};
    shape = shape_of(ring, 4, &arena);
    assert_true(fabs(shape.km2 - 12363.7) < 1);
    assert_true(amp_inside_shape_holds(&shape, amp_at(0.5, 179.9)));
    assert_false(amp_inside_shape_holds(&shape, amp_at(0.5, 0)));
    amp_inside_shape_finish(&shape);
    amp_arena_drop(&arena);
}

static void what_touches_is_told_from_what_is_beside(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA_BYTES);
    const struct amp_pos ring[] = {amp_at(0, 0), amp_at(0, 1), amp_at(1, 1), amp_at(1, 0)};
    struct amp_inside_shape shape = shape_of(ring, 4, &arena);
#define TOUCHES(...)                                                                               \
    amp_inside_shape_touches(                                                                      \
        &shape, &(const struct amp_inside_ring){(const struct amp_pos[]){__VA_ARGS__},             \
                                                sizeof((const struct amp_pos[]){__VA_ARGS__}) /    \
                                                    sizeof(struct amp_pos)})
    assert_true(TOUCHES(amp_at(0.4, 0.4), amp_at(0.4, 0.6), amp_at(0.6, 0.5)));       /* within */
    assert_true(TOUCHES(amp_at(-9, -9), amp_at(-9, 9), amp_at(9, 9), amp_at(9, -9))); /* around */
    assert_true(TOUCHES(amp_at(0.5, -1), amp_at(0.5, 2), amp_at(0.6, 2)));            /* across */
    assert_false(TOUCHES(amp_at(2, 2), amp_at(2, 3), amp_at(3, 3)));
    assert_false(TOUCHES(amp_at(-0.5, 1.2), amp_at(1.5, 1.2), amp_at(0.5, 3)));
    assert_false(TOUCHES(amp_at(1.2, -0.1), amp_at(3, 1.5), amp_at(1.2, 3))); /* boxes near */
    amp_inside_shape_finish(&shape);
    amp_arena_drop(&arena);
}

static void an_area_touches_but_not_with_its_hole(void **state)
{
    (void)state;
    static const struct {
        double at, size;
        bool touches;
    } rows[] = {{0.4, 0.2, false}, /* in the hole */
                {-2, 5, true},     /* over hole and border, all within the area */
                {-0.5, 2, true},   /* around the hole alone */
                {-1.5, 0.2, true}, /* between hole and border */
                {-9, 18, true},    /* around all of it */
                {2.9, 1, true},    /* over a corner */
                {3.1, 1, false}};
    const struct amp_pos border[] = {amp_at(-2, -2), amp_at(-2, 3), amp_at(3, 3), amp_at(3, -2)};
    const struct amp_pos hole[] = {amp_at(0, 0), amp_at(0, 1), amp_at(1, 1), amp_at(1, 0)};
    struct amp_areas_draft *draft = NULL;
    struct amp_areas *areas = NULL;
    assert_int_equal(amp_areas_draft_create(&draft), AMP_OK);
    assert_int_equal(amp_areas_draft_area(draft), AMP_OK);
    assert_int_equal(amp_areas_draft_ring(draft, border, 4), AMP_OK);
    assert_int_equal(amp_areas_draft_ring(draft, hole, 4), AMP_OK);
    assert_int_equal(amp_areas_draft_area(draft), AMP_OK); /* without a border */
    assert_int_equal(amp_areas_create(draft, &areas), AMP_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_arena arena = amp_arena_make(ARENA_BYTES);
        const double low = rows[i].at, high = low + rows[i].size;
        const struct amp_pos ring[] = {amp_at(low, low), amp_at(low, high), amp_at(high, high),
                                       amp_at(high, low)};
        struct amp_inside_shape shape = shape_of(ring, 4, &arena);
        assert_int_equal(amp_inside_shape_touches_area(&shape, areas, 0), rows[i].touches);
        assert_false(amp_inside_shape_touches_area(&shape, areas, 1));
        amp_inside_shape_finish(&shape);
        amp_arena_drop(&arena);
    }
    amp_areas_destroy(areas);
    amp_areas_draft_destroy(draft);
}

static void shapes_that_are_none_are_refused(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA_BYTES);
    const struct amp_pos two[] = {amp_at(0, 0), amp_at(0, 1)};
    const struct amp_inside_ring ring = {two, 2};
    const struct amp_inside_circle none = {two[0], 0}, vast = {two[0], 3e6};
    struct amp_inside_shape shape = {0};
    struct amp_why why = {""};
    assert_int_equal(amp_inside_shape_make(&ring, 1, NULL, 0, &arena, &shape, &why), AMP_E_RANGE);
    assert_int_equal(amp_inside_shape_make(NULL, 0, &none, 1, &arena, &shape, &why), AMP_E_RANGE);
    assert_int_equal(amp_inside_shape_make(NULL, 0, &vast, 1, &arena, &shape, &why), AMP_E_RANGE);
    amp_inside_shape_finish(&shape);
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_over_cells_finds_what_looking_at_everything_finds),
        cmocka_unit_test(a_street_is_inside_if_a_part_of_it_is_and_things_are_named),
        cmocka_unit_test(shapes_have_the_size_that_the_sphere_gives_them),
        cmocka_unit_test(what_touches_is_told_from_what_is_beside),
        cmocka_unit_test(an_area_touches_but_not_with_its_hole),
        cmocka_unit_test(shapes_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
