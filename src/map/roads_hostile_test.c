/* Files with right checksums and wrong content: refused at opening, or harmless to every question.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/roads_sketch.h"
#include "map/roads_slow.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FILES = 400,
    QUESTIONS = 4
};

struct row {
    const char *name;
    size_t size;
};
static const struct row row_table[] = {
    {"rd.meta", sizeof(struct amp_road_meta)},
    {"rd.vpos", sizeof(struct amp_pos)},
    {"rd.vid", sizeof(int64_t)},
    {"rd.root", sizeof(uint32_t)},
    {"rd.bar", sizeof(struct amp_road_barrier)},
    {"rd.seg", sizeof(struct amp_road_seg)},
    {"rd.point", sizeof(struct amp_pos)},
    {"rd.way", sizeof(struct amp_road_way)},
    {"rd.kind", sizeof(struct amp_road_kind)},
    {"rd.cond", sizeof(struct amp_road_cond)},
    {"rd.hour", sizeof(struct amp_hours_row)},
    {"rd.turn", sizeof(struct amp_road_turn_cond)},
    {"rd.name", 1},
    {"rd.node", sizeof(uint32_t)},
    {"rd.arc1", sizeof(uint32_t)},
    {"rd.archd", sizeof(uint32_t)},
    {"rd.arcbs", sizeof(uint32_t)},
    {"rd.arcmk", 1},
    {"rd.up1", sizeof(uint32_t)},
    {"rd.uphd", sizeof(uint32_t)},
    {"rd.item", sizeof(struct amp_road_item)},
    {"rd.box", sizeof(struct amp_box)},
};
enum {
    ROWS = sizeof(row_table) / sizeof(row_table[0])
};

static void put(struct amp_amap_writer *writer, const struct row *row, const void *data, size_t n)
{
    struct amp_why why;
    assert_int_equal(amp_amap_put(writer, row->name, data, row->size, n, &why), AMP_OK);
}

/* Change one word (mostly) of a copy, or cut the section short. */
static void section_spoil(struct amp_amap_writer *writer, const struct row *row, const void *data,
                          size_t n, uint64_t *state)
{
    static const uint32_t nasty[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff};
    uint8_t *copy = malloc(n * row->size + 4);
    assert_non_null(copy);
    memcpy(copy, data, n * row->size);
    size_t word_n = n * row->size / 4;
    uint64_t how = amp_fixture_chance(state) % 8;
    if (how == 0 && n > 0) {
        n -= 1 + amp_fixture_chance(state) % n;
    } else if (word_n > 0) {
        size_t at = 4 * (amp_fixture_chance(state) % word_n);
        uint32_t word = 0;
        memcpy(&word, copy + at, 4);
        word = how < 4 ? nasty[amp_fixture_chance(state) % 5]
                       : word + (uint32_t)(amp_fixture_chance(state) % 7) - 3;
        memcpy(copy + at, &word, 4);
    }
    put(writer, row, copy, n);
    free(copy);
}

static void questions_ask(struct amp_roads *roads, uint64_t *state)
{
    struct amp_metric *metric = NULL;
    struct amp_road_query *query = NULL;
    struct amp_why why;
    struct amp_arena arena = amp_arena_make((size_t)1 << 28);
    struct amp_road_closure closure = {.shape = AMP_CLOSURE_CIRCLE,
                                       .at = roads->vertex_pos[0],
                                       .radius_m = 500,
                                       .heading_deg = -1};
    assert_int_equal(amp_metric_create(roads, AMP_PROFILE_AMBULANCE, &closure, 1, &metric, &why),
                     AMP_OK);
    assert_int_equal(amp_road_query_create(roads, &query), AMP_OK);
    for (int i = 0; i < QUESTIONS; i++) {
        struct amp_pos from = roads->vertex_pos[amp_fixture_chance(state) % roads->vertex_n];
        struct amp_pos to = roads->vertex_pos[amp_fixture_chance(state) % roads->vertex_n];
        struct amp_route route;
        struct amp_snap snap[2];
        struct amp_reach reach;
        size_t n = 0;
        (void)!amp_route_find(query, metric, from, to, &arena, &route, &why);
        if (amp_roads_snap(roads, AMP_PROFILE_AMBULANCE, from, 500, 10, snap, 2, &n) == AMP_OK &&
            n > 0) {
            (void)!amp_roads_reach(query, metric, snap, 1, &snap[n - 1], 1, &reach);
        }
        amp_arena_reset(&arena);
    }
    amp_arena_drop(&arena);
    amp_road_query_destroy(query);
    amp_metric_unref(metric);
}

/* Whether the file with one section spoilt could be opened. */
static bool file_try(const struct amp_fixture *fx, uint64_t *state)
{
    char path[] = "/tmp/amparo-hostile-XXXXXX";
    struct amp_amap_writer *writer = NULL;
    struct amp_amap *amap = NULL;
    struct amp_roads *roads = NULL;
    struct amp_why why = {""};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(amp_amap_create(path, &writer, &why), AMP_OK);
    size_t spoilt = amp_fixture_chance(state) % ROWS;
    for (size_t i = 0; i < ROWS; i++) {
        const void *data = NULL;
        size_t n = 0;
        assert_int_equal(
            amp_amap_section(fx->amap, row_table[i].name, row_table[i].size, &data, &n, &why),
            AMP_OK);
        if (i == spoilt) {
            section_spoil(writer, &row_table[i], data, n, state);
        } else {
            put(writer, &row_table[i], data, n);
        }
    }
    assert_int_equal(amp_amap_commit(writer, &why), AMP_OK);
    amp_amap_abandon(writer);
    assert_int_equal(amp_amap_open(path, &amap, &why), AMP_OK);
    assert_int_equal(unlink(path), 0);
    amp_err err = amp_roads_open(amap, &roads, &why);
    if (err) {
        assert_int_equal(err, AMP_E_CORRUPT);
        assert_true(why.text[0] != '\0');
    } else {
        const struct amp_when moment = {true, 2026, 11, 28, 5, 540};
        assert_int_equal(amp_roads_tune(roads, NULL, &moment, &why), AMP_OK);
        questions_ask(roads, state);
        amp_roads_close(roads);
    }
    amp_amap_close(amap);
    return err == AMP_OK;
}

static void a_spoilt_section_is_refused_or_harmless(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/fiji_ferry.osm.pbf");
    AMP_TEST_NEEDS(path);
    struct amp_fixture fx;
    uint64_t chance = 4711;
    unsigned opened = 0;
    amp_fixture_of_file(path, &fx);
    for (int i = 0; i < FILES; i++) {
        opened += file_try(&fx, &chance) ? 1 : 0;
    }
    print_message("# %u of %d spoilt files were opened and asked, the others refused\n", opened,
                  FILES);
    assert_in_range(opened, 1, FILES - FILES / 4);
    amp_fixture_free(&fx);
}

/* What the islands lack: conditions of roads and turns, sizes, gates. */
static void spoilt_conditions_are_refused_or_harmless(void **state)
{
    (void)state;
    struct amp_fixture fx;
    uint64_t chance = 4712;
    unsigned opened = 0;
    amp_sketch("n 1 -2 0\nn 2 1 0 barrier=gate locked=yes maxwidth=2.4\nn 3 0 2\nn 4 0 -3\n"
               "n 5 0 0\nn 6 2 0\n"
               "w 1 1,5 highway=residential access:conditional=no~@~(Mo-Fr~07:00-19:00)\n"
               "w 2 5,2,6 highway=residential maxspeed:conditional=30~@~(22:00-06:00)\n"
               "w 3 5,3 highway=track surface=mud tracktype=grade5 maxheight=3\n"
               "w 4 5,4 route=ferry duration=00:10\n"
               "r 1 from=w1 via=n5 to=w3 type=restriction "
               "restriction:conditional=no_left_turn~@~(Sa,Su;Mo~08:00-10:00)\n",
               &fx);
    for (int i = 0; i < FILES; i++) {
        opened += file_try(&fx, &chance) ? 1 : 0;
    }
    print_message("# %u of %d spoilt files were opened and asked, the others refused\n", opened,
                  FILES);
    assert_in_range(opened, 1, FILES - FILES / 4);
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spoilt_section_is_refused_or_harmless),
        cmocka_unit_test(spoilt_conditions_are_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
