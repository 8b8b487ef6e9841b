/* Where a caller can be: shares against brute force, honest remainders, crews that differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/locate_in.h"
#include "map/roads_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    GRID = 5,         /* streets each way */
    BLOCK_E7 = 10000, /* 111 m */
    CREWS = 60,
    ROUNDS = 20,
    CALLERS = 1500
};

/* A town of named streets at a longitude: streets W0.. run east, streets N0.. north. */
static void town_put(struct amp_buf *xml, int32_t lat_e7, int32_t lon_e7)
{
    for (int i = 0; i < GRID * GRID; i++) {
        int64_t lon = (int64_t)lon_e7 + i % GRID * BLOCK_E7;
        lon -= lon > 1800000000 ? INT64_C(3600000000) : 0;
        amp_buf_printf(xml, "<node id='%d' lat='%.7f' lon='%.7f'/>", i + 1,
                       (lat_e7 + i / GRID * BLOCK_E7) / 1e7, (double)lon / 1e7);
    }
    for (int k = 0; k < GRID; k++) {
        amp_buf_printf(xml, "<way id='%d'>", k + 1);
        for (int i = 0; i < GRID; i++) {
            amp_buf_printf(xml, "<nd ref='%d'/>", k * GRID + i + 1);
        }
        amp_buf_printf(xml, "<tag k='highway' v='residential'/><tag k='name' v='W%d'/></way>", k);
        amp_buf_printf(xml, "<way id='%d'>", GRID + k + 1);
        for (int i = 0; i < GRID; i++) {
            amp_buf_printf(xml, "<nd ref='%d'/>", i * GRID + k + 1);
        }
        amp_buf_printf(xml, "<tag k='highway' v='residential'/>%s</way>",
                       k == 0   ? ""
                       : k == 1 ? "<tag k='name' v='N1'/>"
                                : "<tag k='name' v='N2'/>");
    }
}

static void town_open(int32_t lat_e7, int32_t lon_e7, const char *more, struct amp_fixture *out)
{
    struct amp_buf xml = amp_buf_make(1 << 20);
    town_put(&xml, lat_e7, lon_e7);
    amp_buf_text(&xml, more);
    amp_fixture_of_xml(amp_buf_cstr(&xml), out);
    amp_buf_free(&xml);
}

struct named { /* places of a fixture's extract */
    struct amp_amap *amap;
    struct amp_places *places;
};

static void places_open(const struct amp_fixture *fx, struct named *out)
{
    char path[] = "/tmp/amparo-locate-XXXXXX";
    struct amp_amap_writer *writer = NULL;
    struct amp_place_counts counts;
    struct amp_why why = {""};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(amp_amap_create(path, &writer, &why), AMP_OK);
    assert_int_equal(amp_places_build(&fx->osm, NULL, writer, &counts, &why), AMP_OK);
    assert_int_equal(amp_amap_commit(writer, &why), AMP_OK);
    amp_amap_abandon(writer);
    assert_int_equal(amp_amap_open(path, &out->amap, &why), AMP_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(amp_places_open(out->amap, &out->places, &why), AMP_OK);
}

static void places_close(struct named *named)
{
    amp_places_close(named->places);
    amp_amap_close(named->amap);
}

static struct amp_region circle(int32_t lat_e7, int32_t lon_e7, double radius_m, double share)
{
    return (struct amp_region){.shape = AMP_REGION_CIRCLE,
                               .at = {lat_e7, lon_e7},
                               .radius_m = radius_m,
                               .confidence = share};
}

static void find(struct amp_fixture *fx, const struct amp_places *places,
                 const struct amp_region *region, struct amp_locate *out)
{
    struct amp_why why = {""};
    amp_err err =
        amp_locate_find(fx->roads, places, AMP_PROFILE_AMBULANCE, region, &fx->arena, out, &why);
    if (err) {
        print_error("%s\n", why.text);
    }
    assert_int_equal(err, AMP_OK);
}

static double share_sum(const struct amp_locate *w)
{
    double sum = w->others + w->unnamed + w->elsewhere;
    for (size_t i = 0; i < w->street_n; i++) {
        assert_true(w->street[i].share > 0);
        sum += w->street[i].share;
    }
    return sum;
}

static double share_of(const struct amp_locate *w, const char *name)
{
    for (size_t i = 0; i < w->street_n; i++) {
        if (amp_str_is(w->street[i].name, name)) {
            return w->street[i].share;
        }
    }
    return 0;
}

/* Metre by metre over every segment of the map, with no index and no table. */
static double twin_share(const struct amp_fixture *fx, const struct amp_region *region,
                         const char *name)
{
    struct amp_density d;
    double mine = 0, all = 0;
    amp_density_make(region, AMP_LOCATE_SPREAD_M, &d);
    for (uint32_t seg = 0; seg < fx->roads->seg_n; seg++) {
        bool is = amp_str_is(amp_seg_street(fx->roads, seg), name);
        for (uint32_t p = 0; p + 1 < amp_seg_points(fx->roads, seg); p++) {
            struct amp_spot a = amp_plane_spot(&d.plane, amp_seg_point(fx->roads, seg, p));
            struct amp_spot b = amp_plane_spot(&d.plane, amp_seg_point(fx->roads, seg, p + 1));
            double length_m = hypot(b.x - a.x, b.y - a.y);
            int n = (int)ceil(length_m);
            for (int i = 0; i < n; i++) {
                double at = (i + 0.5) / n;
                struct amp_spot spot = {a.x + at * (b.x - a.x), a.y + at * (b.y - a.y)};
                double mass = amp_density_at(&d, spot) * length_m / n;
                mine += is ? mass : 0;
                all += mass;
            }
        }
    }
    return d.inside * mine / (all + d.inside * AMP_LOCATE_GROUND_M_PER_KM2 / 1e6);
}

static void shares_equal_brute_force_and_add_up(void **state)
{
    (void)state;
    static const char *const names[] = {"W0", "W1", "W2", "W3", "W4", "N1", "N2"};
    static const struct amp_region regions[] = {
        {.shape = AMP_REGION_CIRCLE,
         .at = {100020000, 100020000},
         .radius_m = 150,
         .confidence = 0.95},
        {.shape = AMP_REGION_CIRCLE,
         .at = {100005000, 100011000},
         .radius_m = 15,
         .confidence = 0.68},
        {.shape = AMP_REGION_POINT, .at = {100010000, 100014000}},
        {.shape = AMP_REGION_ELLIPSE,
         .at = {100020000, 100020000},
         .radius_m = 300,
         .inner_m = 30,
         .angle_deg = 70,
         .confidence = 0.9},
        {.shape = AMP_REGION_ARC_BAND,
         .at = {100000000, 100000000},
         .radius_m = 400,
         .inner_m = 100,
         .angle_deg = 20,
         .opening_deg = 50,
         .confidence = 0.9},
    };
    struct amp_fixture fx;
    town_open(100000000, 100000000, "", &fx);
    for (size_t r = 0; r < sizeof(regions) / sizeof(regions[0]); r++) {
        struct amp_locate w;
        find(&fx, NULL, &regions[r], &w);
        assert_true(fabs(share_sum(&w) - 1) < 1e-6);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            double twin = twin_share(&fx, &regions[r], names[i]);
            if (fabs(share_of(&w, names[i]) - twin) >= 0.01) {
                print_error("region %zu: %s %.4f, twin %.4f\n", r, names[i], share_of(&w, names[i]),
                            twin);
            }
            assert_true(fabs(share_of(&w, names[i]) - twin) < 0.01);
        }
        assert_true(w.unnamed >= 0 && w.sample_n == AMP_LOCATE_SAMPLES);
    }
    amp_fixture_free(&fx);
}

static void a_sure_fix_names_its_street_crossing_and_houses(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct named named;
    struct amp_locate w;
    town_open(100000000, 100000000,
              "<node id='90' lat='10.0010200' lon='10.0014000'><tag k='addr:street' v='W1'/>"
              "<tag k='addr:housenumber' v='7'/></node>"
              "<node id='91' lat='10.0010200' lon='10.0016000'><tag k='addr:street' v='W1'/>"
              "<tag k='addr:housenumber' v='12-A'/></node>"
              "<node id='92' lat='10.0010200' lon='10.0038000'><tag k='addr:street' v='W1'/>"
              "<tag k='addr:housenumber' v='90'/></node>"
              "<node id='93' lat='10.0009000' lon='10.0014500'><tag k='amenity' v='hospital'/>"
              "<tag k='name' v='Central'/></node>"
              "<node id='94' lat='10.0012000' lon='10.0020000'><tag k='place' v='suburb'/>"
              "<tag k='name' v='Baixa'/></node>",
              &fx);
    places_open(&fx, &named);
    struct amp_region region = circle(100010000, 100014000, 25, 0.68);
    find(&fx, named.places, &region, &w);
    assert_false(w.too_large);
    assert_true(amp_str_is(w.street[0].name, "W1") && w.street[0].share > 0.5);
    assert_true(amp_str_is(w.street[0].house_first, "7"));
    assert_true(amp_str_is(w.street[0].house_last, "12-A"));
    assert_int_equal(w.street[0].house_n, 2);
    struct amp_pos on = {100010000, 100014000};
    assert_true(amp_pos_distance_m(w.street[0].at, on) < 60);
    assert_true(w.landmark_n > 0 && amp_str_is(w.landmark[0].name, "Central"));
    assert_true(w.landmark[0].share > 0.5 && w.landmark[0].share <= 1);
    assert_true(w.area_n == 1 && amp_str_is(w.area[0].name, "Baixa"));
    region = circle(100010000, 100010000, 15, 0.68);
    find(&fx, named.places, &region, &w);
    assert_true(w.crossing_n > 0);
    assert_true(amp_str_is(w.crossing[0].a, "N1") || amp_str_is(w.crossing[0].b, "N1"));
    assert_true(w.crossing[0].share > 0.5);
    places_close(&named);
    amp_fixture_free(&fx);
}

static void at_the_antimeridian_shares_are_as_elsewhere(void **state)
{
    (void)state;
    struct amp_fixture here, there;
    struct amp_locate a, b;
    town_open(-175000000, 100000000, "", &here);
    town_open(-175000000, 1799980000, "", &there); /* the third of five columns is beyond it */
    struct amp_region region = circle(-174980000, 100020000, 150, 0.9);
    find(&here, NULL, &region, &a);
    region.at.lon_e7 = 1800000000;
    find(&there, NULL, &region, &b);
    assert_int_equal(a.street_n, b.street_n);
    for (size_t i = 0; i < a.street_n; i++) {
        char name[8];
        assert_int_equal(amp_str_copy(name, sizeof(name), a.street[i].name), AMP_OK);
        assert_true(fabs(a.street[i].share - share_of(&b, name)) < 1e-4);
    }
    assert_true(fabs(share_sum(&b) - 1) < 1e-6);
    amp_fixture_free(&here);
    amp_fixture_free(&there);
}

static void far_from_roads_the_answer_is_elsewhere(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct amp_locate w;
    struct amp_locate_times times;
    town_open(100000000, 100000000, "", &fx);
    struct amp_region region = circle(110000000, 110000000, 200, 0.95);
    find(&fx, NULL, &region, &w);
    assert_int_equal(w.street_n, 0);
    assert_true(w.elsewhere > 0.999);
    assert_int_equal(w.sample_n, 0);
    struct amp_locate_crew crew = {.id = AMP_STR("A")};
    assert_int_equal(amp_locate_reckon(fx.query, fx.metric[0], &w, &crew, 1, &fx.arena, &times),
                     AMP_OK);
    assert_int_equal(times.time_n, 0);
    assert_true(times.no_way_share >= 1);
    amp_fixture_free(&fx);
}

static void a_cell_sector_names_no_streets_and_says_so(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct named named;
    struct amp_locate w;
    town_open(100000000, 100000000,
              "<node id='94' lat='10.0012000' lon='10.0020000'><tag k='place' v='town'/>"
              "<tag k='name' v='Grid'/></node>",
              &fx);
    places_open(&fx, &named);
    struct amp_region region = {.shape = AMP_REGION_ARC_BAND,
                                .at = {99800000, 99800000},
                                .radius_m = 20000,
                                .angle_deg = 0,
                                .opening_deg = 90,
                                .confidence = 0.9};
    find(&fx, named.places, &region, &w);
    assert_true(w.too_large);
    assert_int_equal(w.street_n, 0);
    assert_true(share_sum(&w) <= 1);
    assert_true(w.area_n > 0 && amp_str_is(w.area[0].name, "Grid"));
    places_close(&named);
    amp_fixture_free(&fx);
}

/* ---- crews ---- */

static struct amp_locate_crew crew_at(struct amp_fixture *fx, const char *id, double lat,
                                      double lon)
{
    struct amp_locate_crew crew = {.id = amp_str_of(id)};
    struct amp_pos pos;
    size_t n = 0;
    assert_int_equal(amp_pos_of_degrees(lat, lon, &pos), AMP_OK);
    assert_int_equal(amp_roads_snap(fx->roads, AMP_PROFILE_AMBULANCE, pos, AMP_SNAP_MAX_M, -1,
                                    &crew.snap, 1, &n),
                     AMP_OK);
    assert_int_equal(n, 1);
    return crew;
}

/* Two banks of a river, joined by a bridge far to the west; one crew on each bank. */
static const char banks[] =
    "<node id='1' lat='10.000' lon='10.000'/><node id='2' lat='10.000' lon='10.020'/>"
    "<node id='3' lat='10.003' lon='10.000'/><node id='4' lat='10.003' lon='10.020'/>"
    "<node id='5' lat='10.000' lon='9.950'/><node id='6' lat='10.003' lon='9.950'/>"
    "<way id='1'><nd ref='5'/><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/>"
    "<tag k='name' v='South Bank'/></way>"
    "<way id='2'><nd ref='6'/><nd ref='3'/><nd ref='4'/><tag k='highway' v='primary'/>"
    "<tag k='name' v='North Bank'/></way>"
    "<way id='3'><nd ref='5'/><nd ref='6'/><tag k='highway' v='primary'/>"
    "<tag k='name' v='Bridge'/></way>";

static void on_two_banks_the_best_crew_differs_and_the_question_splits(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct amp_locate w;
    struct amp_locate_times t;
    amp_fixture_of_xml(banks, &fx);
    struct amp_region region = circle(100014000, 100100000, 400, 0.95);
    find(&fx, NULL, &region, &w);
    struct amp_locate_crew crew[] = {crew_at(&fx, "S", 10.000, 10.019),
                                     crew_at(&fx, "N", 10.003, 10.019)};
    assert_int_equal(amp_locate_reckon(fx.query, fx.metric[0], &w, crew, 2, &fx.arena, &t), AMP_OK);
    assert_true(t.differs);
    assert_int_equal(t.time_n, 2);
    assert_true(fabs(t.time[0].first_share + t.time[1].first_share - 1) < 1e-9);
    assert_true(t.time[0].first_share > 0.3 && t.time[1].first_share > 0.3);
    assert_true(t.regret_s > 60); /* the wrong bank is a long way round */
    assert_true(t.time[0].p10_s < t.time[0].mean_s && t.time[0].p90_s > t.time[0].mean_s);
    assert_int_equal(t.flip_n, AMP_LOCATE_FLIPS);
    assert_true(t.flip[0].a != t.flip[0].b);
    assert_true(t.ask.kind == AMP_LOCATE_ASK_STREET || t.ask.kind == AMP_LOCATE_ASK_STREETS);
    assert_true(t.ask.regret_s < t.regret_s / 20);
    assert_int_not_equal(t.ask.crew[0], t.ask.crew[1]);
    assert_true(fabs(t.ask.share[0] + t.ask.share[1] - 1) < 1e-9);
    if (t.ask.kind == AMP_LOCATE_ASK_STREET) {
        size_t north = strcmp(t.ask.side[0], "north") == 0 ? 0 : 1;
        assert_string_equal(t.ask.side[north], "north");
        assert_int_equal(t.ask.crew[north], 1);
    }
    amp_fixture_free(&fx);
}

static void one_crew_alone_is_best_everywhere(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct amp_locate w;
    struct amp_locate_times t;
    amp_fixture_of_xml(banks, &fx);
    struct amp_region region = circle(100000000, 100100000, 100, 0.95);
    find(&fx, NULL, &region, &w);
    struct amp_locate_crew crew = crew_at(&fx, "S", 10.000, 10.019);
    assert_int_equal(amp_locate_reckon(fx.query, fx.metric[0], &w, &crew, 1, &fx.arena, &t),
                     AMP_OK);
    assert_false(t.differs);
    assert_int_equal(t.ask.kind, AMP_LOCATE_ASK_NOTHING);
    assert_true(t.regret_s <= 0 && t.flip_n == 0);
    assert_true(t.time[0].first_share >= 1);
    amp_fixture_free(&fx);
}

static void answers_agree(const struct amp_locate_times *a, const struct amp_locate_times *b)
{
    assert_true(fabs(a->regret_s - b->regret_s) < 1e-9);
    assert_int_equal(a->differs, b->differs);
    assert_true(a->time_n > 0 && a->time[0].crew == b->time[0].crew);
    assert_int_equal(a->ask.kind, b->ask.kind);
    assert_true(fabs(a->ask.regret_s - b->ask.regret_s) < 1e-9);
    for (size_t i = 0; i < a->time_n; i++) {
        size_t k = 0;
        while (k < b->time_n && b->time[k].crew != a->time[i].crew) {
            k++;
        }
        assert_true(k < b->time_n || a->time[i].first_share <= 0);
        if (k < b->time_n) {
            assert_true(fabs(a->time[i].mean_s - b->time[k].mean_s) < 1e-9);
            assert_true(fabs(a->time[i].p90_s - b->time[k].p90_s) < 1e-9);
            assert_true(fabs(a->time[i].first_share - b->time[k].first_share) < 1e-9);
        }
    }
}

static void random_regions(struct amp_fixture *fx, size_t crew_n, const struct amp_places *places)
{
    uint64_t seed = 5;
    struct amp_locate_crew *crew = calloc(crew_n, sizeof(*crew));
    size_t left_out = 0;
    assert_non_null(crew);
    for (int round = 0; round < ROUNDS; round++) {
        struct amp_locate w;
        struct amp_locate_times fast, slow;
        for (size_t i = 0; i < crew_n; i++) {
            while (amp_snap_open(fx->roads, fx->metric[0], AMP_PROFILE_AMBULANCE,
                                 amp_fixture_pos(fx, &seed), &crew[i].snap) != AMP_OK) {}
        }
        struct amp_region region = {.shape = AMP_REGION_CIRCLE, .at = amp_fixture_pos(fx, &seed)};
        region.radius_m = 20 + (double)(amp_fixture_chance(&seed) % 600);
        region.confidence = 0.95;
        find(fx, places, &region, &w);
        assert_true(fabs(share_sum(&w) - 1) < 1e-6);
        assert_int_equal(
            amp_locate_reckon(fx->query, fx->metric[0], &w, crew, crew_n, &fx->arena, &fast),
            AMP_OK);
        assert_int_equal(
            amp_locate_reckon_slow(fx->query, fx->metric[0], &w, crew, crew_n, &fx->arena, &slow),
            AMP_OK);
        if (slow.time_n > 0 && isfinite(slow.time[0].mean_s)) {
            answers_agree(&fast, &slow);
            left_out += slow.reckoned - fast.reckoned;
        }
        amp_arena_reset(&fx->arena);
    }
    assert_true(left_out > 0);
    free(crew);
}

static void on_porto_leaving_far_crews_out_changes_nothing(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/porto_portugal.osm.pbf");
    AMP_TEST_NEEDS(path);
    struct amp_fixture fx;
    struct named named;
    amp_fixture_of_file(path, &fx);
    places_open(&fx, &named);
    random_regions(&fx, CREWS, named.places);
    places_close(&named);
    amp_fixture_free(&fx);
}

/* ---- is it honest? ---- */

static double normal(uint64_t *seed)
{
    double u = ((double)(amp_fixture_chance(seed) % 1000000) + 0.5) / 1e6;
    double v = ((double)(amp_fixture_chance(seed) % 1000000) + 0.5) / 1e6;
    return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

static struct amp_pos moved(struct amp_pos pos, double sigma_m, uint64_t *seed)
{
    struct amp_plane plane = amp_plane_at(pos);
    double x = sigma_m * normal(seed), y = sigma_m * normal(seed);
    return amp_plane_pos(&plane, (struct amp_spot){x, y});
}

/* A spot on a road, each metre as likely as any other, by throwing darts at pieces. */
static struct amp_pos road_draw(const struct amp_fixture *fx, uint64_t *seed, uint32_t *out_seg)
{
    enum {
        LONG_M = 400
    };
    for (;;) {
        uint32_t seg = (uint32_t)(amp_fixture_chance(seed) % fx->roads->seg_n);
        uint32_t pieces = amp_seg_points(fx->roads, seg) - 1;
        uint32_t piece = (uint32_t)(amp_fixture_chance(seed) % 64);
        double at_m = (double)(amp_fixture_chance(seed) % (LONG_M * 1000)) / 1000;
        if (piece >= pieces) {
            continue;
        }
        struct amp_pos a = amp_seg_point(fx->roads, seg, piece);
        struct amp_pos b = amp_seg_point(fx->roads, seg, piece + 1);
        double length_m = amp_pos_distance_m(a, b);
        double weight = amp_locate_class_weight(fx->roads->way[fx->roads->seg[seg].way].road_class);
        if (at_m < length_m * weight) {
            *out_seg = seg;
            return amp_pos_between(a, b, at_m / (length_m * weight));
        }
    }
}

/* Made-up callers on the streets of Porto: of all that is called 30 % likely, 30 % are true. */
static void shares_come_true_as_often_as_they_say(void **state)
{
    (void)state;
    enum {
        BINS = 5
    };
    const char *path = amp_testdata("maps/porto_portugal.osm.pbf");
    AMP_TEST_NEEDS(path);
    struct amp_fixture fx;
    uint64_t seed = 77;
    double said[BINS] = {0}, true_n[BINS] = {0}, all[BINS] = {0};
    amp_fixture_of_file(path, &fx);
    for (int i = 0; i < CALLERS; i++) {
        struct amp_locate w;
        uint32_t seg = 0;
        struct amp_pos on = road_draw(&fx, &seed, &seg);
        double sigma_m = 10 + (double)(amp_fixture_chance(&seed) % 90);
        struct amp_pos caller = moved(on, AMP_LOCATE_SPREAD_M, &seed);
        struct amp_region region = {.shape = AMP_REGION_CIRCLE,
                                    .at = moved(caller, sigma_m, &seed),
                                    .radius_m = sigma_m * amp_gauss_radius(0.68),
                                    .confidence = 0.68};
        find(&fx, NULL, &region, &w);
        struct amp_str street = amp_seg_street(fx.roads, seg);
        for (size_t k = 0; k < w.street_n; k++) {
            size_t bin = (size_t)fmin(w.street[k].share * BINS, BINS - 1);
            said[bin] += w.street[k].share;
            true_n[bin] += street.len > 0 && amp_str_eq(street, w.street[k].name) ? 1 : 0;
            all[bin]++;
        }
        amp_arena_reset(&fx.arena);
    }
    for (size_t bin = 0; bin < BINS; bin++) {
        if (all[bin] >= 20) {
            double is = true_n[bin] / all[bin], is_said = said[bin] / all[bin];
            double error = 3.5 * sqrt(is_said * (1 - is_said) / all[bin]) + 0.03;
            print_message("# said %.3f, true %.3f of %.0f\n", is_said, is, all[bin]);
            assert_true(fabs(is - is_said) < error);
        }
    }
    amp_fixture_free(&fx);
}

static void what_is_written_is_json_and_lines(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct amp_locate w;
    struct amp_locate_times t;
    amp_fixture_of_xml(banks, &fx);
    struct amp_region region = circle(100014000, 100100000, 400, 0);
    find(&fx, NULL, &region, &w);
    struct amp_locate_crew crew[] = {crew_at(&fx, "S", 10.000, 10.019),
                                     crew_at(&fx, "N", 10.003, 10.019)};
    assert_int_equal(amp_locate_reckon(fx.query, fx.metric[0], &w, crew, 2, &fx.arena, &t), AMP_OK);
    struct amp_buf out = amp_buf_make(1 << 16), lines = amp_buf_make(1 << 16);
    struct amp_json js = amp_json_make(&out);
    amp_json_open(&js, '{');
    amp_locate_view(&js, &w, &t, crew);
    amp_json_close(&js, '}');
    json_t *root = NULL;
    assert_int_equal(amp_json_read(amp_buf_view(&out), 1 << 16, &root, NULL), AMP_OK);
    assert_true(json_is_true(json_object_get(root, "confidence_assumed")));
    assert_int_equal(json_array_size(json_object_get(root, "crews")), 2);
    assert_non_null(json_object_get(root, "ask"));
    json_decref(root);
    amp_locate_text(&lines, &w, &t, crew);
    const char *text = amp_buf_cstr(&lines);
    assert_non_null(strstr(text, "its confidence is assumed"));
    assert_non_null(strstr(text, "Ask "));
    assert_non_null(strstr(text, "OpenStreetMap contributors"));
    amp_buf_free(&out);
    amp_buf_free(&lines);
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_equal_brute_force_and_add_up),
        cmocka_unit_test(a_sure_fix_names_its_street_crossing_and_houses),
        cmocka_unit_test(at_the_antimeridian_shares_are_as_elsewhere),
        cmocka_unit_test(far_from_roads_the_answer_is_elsewhere),
        cmocka_unit_test(a_cell_sector_names_no_streets_and_says_so),
        cmocka_unit_test(on_two_banks_the_best_crew_differs_and_the_question_splits),
        cmocka_unit_test(one_crew_alone_is_best_everywhere),
        cmocka_unit_test(on_porto_leaving_far_crews_out_changes_nothing),
        cmocka_unit_test(shares_come_true_as_often_as_they_say),
        cmocka_unit_test(what_is_written_is_json_and_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
