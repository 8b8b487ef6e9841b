/* Maps for tests, and a judge of turn restrictions that knows nothing of the graph. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/roads_fixture.h"
#include "map/synth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fixture_build(struct amp_fixture *fx)
{
    char path[] = "/tmp/amparo-roads-XXXXXX";
    struct amp_why why = {""};
    struct amp_amap_writer *writer = NULL;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(amp_amap_create(path, &writer, &why), AMP_OK);
    amp_err err = amp_roads_build(&fx->osm, NULL, writer, &fx->counts, &why);
    if (!err) {
        err = amp_amap_commit(writer, &why);
    }
    amp_amap_abandon(writer);
    if (!err) {
        err = amp_amap_open(path, &fx->amap, &why);
    }
    assert_int_equal(unlink(path), 0);
    if (!err) {
        err = amp_roads_open(fx->amap, &fx->roads, &why);
    }
    if (err) {
        print_error("%s: %s\n", amp_err_code(err), why.text);
    }
    assert_int_equal(err, AMP_OK);
    assert_int_equal(amp_road_query_create(fx->roads, &fx->query), AMP_OK);
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        assert_int_equal(
            amp_metric_create(fx->roads, (enum amp_profile)p, NULL, 0, &fx->metric[p], &why),
            AMP_OK);
    }
    fx->arena = amp_arena_make((size_t)1 << 30);
}

void amp_fixture_of_file(const char *path, struct amp_fixture *out)
{
    struct amp_why why = {""};
    memset(out, 0, sizeof(*out));
    amp_err err = amp_osm_read_file(path, NULL, &out->osm, &why);
    if (err) {
        print_error("%s: %s\n", path, why.text);
    }
    assert_int_equal(err, AMP_OK);
    fixture_build(out);
}

void amp_fixture_of_town(uint64_t seed, struct amp_fixture *out)
{
    char path[] = "/tmp/amparo-town-XXXXXX";
    struct amp_why why = {""};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(amp_synth_write(path, seed, 1, NULL, &why), AMP_OK);
    amp_fixture_of_file(path, out);
    assert_int_equal(unlink(path), 0);
}

void amp_fixture_of_xml(const char *body, struct amp_fixture *out)
{
    struct amp_why why = {""};
    struct amp_buf text = amp_buf_make(1 << 20);
    memset(out, 0, sizeof(*out));
    amp_buf_printf(&text, "<?xml version='1.0' encoding='UTF-8'?>\n<osm version='0.6'>%s</osm>\n",
                   body);
    assert_int_equal(amp_buf_err(&text), AMP_OK);
    amp_err err = amp_osm_read_bytes(text.data, text.len, &out->osm, &why);
    if (err) {
        print_error("%s\n", why.text);
    }
    assert_int_equal(err, AMP_OK);
    amp_buf_free(&text);
    fixture_build(out);
}

void amp_fixture_free(struct amp_fixture *fx)
{
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_metric_unref(fx->metric[p]);
    }
    amp_road_query_destroy(fx->query);
    amp_roads_close(fx->roads);
    amp_amap_close(fx->amap);
    amp_osm_free(&fx->osm);
    amp_arena_drop(&fx->arena);
}

uint64_t amp_fixture_chance(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (*state * UINT64_C(2685821657736338717)) >> 16;
}

struct amp_pos amp_fixture_pos(const struct amp_fixture *fx, uint64_t *state)
{
    size_t vertex = amp_fixture_chance(state) % fx->roads->vertex_n;
    struct amp_pos pos = fx->roads->vertex_pos[vertex];
    pos.lat_e7 += (int32_t)(amp_fixture_chance(state) % 6000) - 3000;
    pos.lon_e7 += (int32_t)(amp_fixture_chance(state) % 6000) - 3000;
    if (!amp_pos_valid(pos.lat_e7, pos.lon_e7)) {
        return fx->roads->vertex_pos[vertex];
    }
    return pos;
}

/* ---- the judge ---- */

struct drive { /* one step, in the ids of OSM */
    int64_t way, from, to;
};

static struct drive drive_of(const struct amp_fixture *fx, const struct amp_road_step *step)
{
    const struct amp_roads *rd = fx->roads;
    return (struct drive){rd->way[rd->seg[step->base >> 1].way].id,
                          rd->vertex_id[amp_base_tail(rd, step->base)],
                          rd->vertex_id[amp_base_head(rd, step->base)]};
}

static const char *rel_text(const struct amp_fixture *fx, uint32_t rel, const char *key)
{
    const char *text = amp_osm_rel_value(&fx->osm, rel, amp_osm_find_text(&fx->osm, key));
    return text == NULL ? "" : text;
}

static bool rel_has(const struct amp_fixture *fx, uint32_t rel, const char *role, int64_t id)
{
    for (uint32_t i = fx->osm.rel_member_first[rel]; i < fx->osm.rel_member_first[rel + 1]; i++) {
        const struct amp_osm_member *member = &fx->osm.rel_member[i];
        if (member->id == id && strcmp(amp_osm_text(&fx->osm, member->role), role) == 0) {
            return true;
        }
    }
    return false;
}

static bool rel_judged(const struct amp_fixture *fx, uint32_t rel, enum amp_profile profile)
{
    const char *word = rel_text(fx, rel, "restriction");
    if (strcmp(rel_text(fx, rel, "type"), "restriction") != 0 || profile == AMP_PROFILE_FOOT ||
        (strncmp(word, "no_", 3) != 0 && strncmp(word, "only_", 5) != 0) ||
        strstr(word, "on_red") != NULL) {
        return false;
    }
    const char *except = rel_text(fx, rel, "except");
    if (strstr(except, "motor") != NULL ||
        (profile != AMP_PROFILE_CAR && strstr(except, "emergency") != NULL)) {
        return false;
    }
    for (uint32_t i = fx->osm.rel_member_first[rel]; i < fx->osm.rel_member_first[rel + 1]; i++) {
        if (fx->osm.rel_member[i].index == AMP_OSM_ABSENT) {
            return false;
        }
    }
    return true;
}

/* Does way `id` contain node `node`? */
static bool way_has(const struct amp_fixture *fx, int64_t id, int64_t node)
{
    const struct amp_osm *osm = &fx->osm;
    for (uint32_t w = 0; w < osm->way_n; w++) {
        for (uint32_t r = osm->way_ref_first[w];
             osm->way_id[w] == id && r < osm->way_ref_first[w + 1]; r++) {
            if (amp_osm_node_id(osm, osm->way_ref[r]) == node) {
                return true;
            }
        }
    }
    return false;
}

static bool to_touches(const struct amp_fixture *fx, uint32_t rel, int64_t node)
{
    for (uint32_t i = fx->osm.rel_member_first[rel]; i < fx->osm.rel_member_first[rel + 1]; i++) {
        const struct amp_osm_member *member = &fx->osm.rel_member[i];
        if (strcmp(amp_osm_text(&fx->osm, member->role), "to") == 0 &&
            way_has(fx, member->id, node)) {
            return true;
        }
    }
    return false;
}

/* Can way w of the extract be driven away from node, as far as its oneway tag tells? */
static bool way_leaves(const struct amp_fixture *fx, uint32_t w, int64_t node)
{
    const struct amp_osm *osm = &fx->osm;
    const char *oneway = amp_osm_way_value(osm, w, amp_osm_find_text(osm, "oneway"));
    uint32_t last = osm->way_ref_first[w + 1] - 1;
    bool along_only = oneway != NULL && strcmp(oneway, "yes") == 0;
    return !(along_only && amp_osm_node_id(osm, osm->way_ref[last]) == node);
}

/* Some maps say only_* into the wrong end of a oneway street: nobody can obey that. */
static bool only_possible(const struct amp_fixture *fx, uint32_t rel, int64_t node)
{
    for (uint32_t i = fx->osm.rel_member_first[rel]; i < fx->osm.rel_member_first[rel + 1]; i++) {
        const struct amp_osm_member *member = &fx->osm.rel_member[i];
        if (strcmp(amp_osm_text(&fx->osm, member->role), "to") == 0 &&
            member->kind == AMP_OSM_WAY && way_leaves(fx, member->index, node)) {
            return true;
        }
    }
    return false;
}

/* Is the turn from drive[at] over via (a node, or the ways of the steps between) broken? */
static bool rel_broken(const struct amp_fixture *fx, uint32_t rel, const struct drive *drive,
                       size_t n)
{
    bool only = strncmp(rel_text(fx, rel, "restriction"), "only_", 5) == 0;
    bool u_turn = strstr(rel_text(fx, rel, "restriction"), "u_turn") != NULL;
    if (n < 2 || !rel_has(fx, rel, "from", drive[0].way)) {
        return false;
    }
    size_t next = 1;
    if (!rel_has(fx, rel, "via", drive[0].to)) {
        while (next < n && rel_has(fx, rel, "via", drive[next].way)) {
            next++;
        }
        if (next == 1 || next == n || !to_touches(fx, rel, drive[next].from)) {
            return false;
        }
    }
    bool to = rel_has(fx, rel, "to", drive[next].way);
    if (next == 1 && drive[0].way == drive[1].way) {
        bool back = drive[0].from == drive[1].to;
        to = to && back == u_turn;
    }
    return only ? !to && only_possible(fx, rel, drive[next].from) : to;
}

unsigned amp_fixture_breaches(const struct amp_fixture *fx, enum amp_profile profile,
                              const struct amp_road_path *path)
{
    unsigned breaches = 0;
    struct drive *drive = calloc(path->step_n + 1, sizeof(*drive));
    assert_non_null(drive);
    for (size_t i = 0; i < path->step_n; i++) {
        drive[i] = drive_of(fx, &path->step[i]);
        assert_true(i == 0 || drive[i].from == drive[i - 1].to);
    }
    for (uint32_t rel = 0; rel < fx->osm.rel_n; rel++) {
        if (!rel_judged(fx, rel, profile)) {
            continue;
        }
        for (size_t i = 0; i < path->step_n; i++) {
            if (rel_broken(fx, rel, drive + i, path->step_n - i)) {
                print_error("relation %lld is broken at node %lld\n",
                            (long long)fx->osm.rel_id[rel], (long long)drive[i].to);
                breaches++;
            }
        }
    }
    free(drive);
    return breaches;
}
