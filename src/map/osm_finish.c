/* From what an importer piled up to an amp_osm: sort, let the last version win, ids to indexes. */
#include "base/buf.h"
#include "map/osm_build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Some rows of a table, in the order wanted. */
struct pick {
    uint32_t *index;
    uint32_t n;
};

/* glibc's qsort_r compares by context: the ids of the rows. Equal ids keep the order of the file.
 */
static int compare_rows(const void *a, const void *b, void *ctx)
{
    const int64_t *id = ctx;
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    if (id[left] != id[right]) {
        return id[left] < id[right] ? -1 : 1;
    }
    return left < right ? -1 : left > right;
}

/* The rows by ascending id, only the last of equal ids. */
static amp_err pick_by_id(const struct amp_osm_rows *row, struct pick *out)
{
    struct pick pick = {.index = malloc(((size_t)row->n + 1) * sizeof *pick.index)};
    if (!pick.index) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < row->n; i++) {
        pick.index[i] = i;
    }
    if (row->unsorted) {
        qsort_r(pick.index, row->n, sizeof *pick.index, compare_rows, row->id);
    }
    for (uint32_t i = 0; i < row->n; i++) {
        uint32_t at = pick.index[i];
        if (i + 1 == row->n || row->id[pick.index[i + 1]] != row->id[at]) {
            pick.index[pick.n++] = at;
        }
    }
    *out = pick;
    return AMP_OK;
}

static int compare_index(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* The elements of the picked rows, run by run. first has a sentinel; both are replaced. */
static amp_err runs_pick(uint32_t **first, void **data, size_t element, const struct pick *pick)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < pick->n; i++) {
        total += (*first)[pick->index[i] + 1] - (*first)[pick->index[i]];
    }
    uint32_t *new_first = malloc(((size_t)pick->n + 1) * sizeof *new_first);
    uint8_t *new_data = malloc(total ? total * element : 1);
    if (!new_first || !new_data) {
        free(new_first);
        free(new_data);
        return AMP_E_NOMEM;
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < pick->n; i++) {
        uint32_t from = (*first)[pick->index[i]];
        uint32_t len = (*first)[pick->index[i] + 1] - from;
        new_first[i] = at;
        if (len > 0) {
            memcpy(new_data + at * element, (const uint8_t *)*data + from * element, len * element);
        }
        at += len;
    }
    new_first[pick->n] = at;
    free(*first);
    free(*data);
    *first = new_first;
    *data = new_data;
    return AMP_OK;
}

static amp_err ids_pick(struct amp_osm_rows *row, const struct pick *pick)
{
    int64_t *id = malloc(((size_t)pick->n + 1) * sizeof *id);
    if (!id) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < pick->n; i++) {
        id[i] = row->id[pick->index[i]];
    }
    void *tag = row->tag;
    amp_err err = runs_pick(&row->tag_first, &tag, sizeof *row->tag, pick);
    if (err) {
        free(id);
        return err;
    }
    row->tag = tag;
    row->tag_n = row->tag_first[pick->n];
    free(row->id);
    row->id = id;
    row->n = pick->n;
    return AMP_OK;
}

/* One more entry behind the last row of every run table. */
static amp_err sentinel_put(uint32_t **first, uint32_t n, uint32_t end)
{
    uint32_t *bigger = realloc(*first, ((size_t)n + 1) * sizeof *bigger);
    if (!bigger) {
        return AMP_E_NOMEM;
    }
    bigger[n] = end;
    *first = bigger;
    return AMP_OK;
}

static amp_err sentinels_put(struct amp_osm_builder *bld)
{
    amp_err err = AMP_OK;
    for (int kind = 0; kind < 3 && !err; kind++) {
        struct amp_osm_rows *row = &bld->row[kind];
        err = sentinel_put(&row->tag_first, row->n, row->tag_n);
        if (!err && kind != AMP_OSM_NODE) {
            err = sentinel_put(&row->part_first, row->n,
                               kind == AMP_OSM_WAY ? bld->ref_n : bld->member_n);
        }
    }
    return err;
}

static amp_err nodes_sort(struct amp_osm_builder *bld)
{
    struct amp_osm_rows *row = &bld->row[AMP_OSM_NODE];
    if (!row->unsorted) {
        return AMP_OK;
    }
    struct pick pick;
    amp_err err = pick_by_id(row, &pick);
    if (err) {
        return err;
    }
    struct amp_pos *pos = malloc(((size_t)pick.n + 1) * sizeof *pos);
    if (!pos) {
        free(pick.index);
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < pick.n; i++) {
        pos[i] = bld->osm.node_pos[pick.index[i]];
    }
    err = ids_pick(row, &pick);
    free(pick.index);
    if (err) {
        free(pos);
        return err;
    }
    free(bld->osm.node_pos);
    bld->osm.node_pos = pos;
    return AMP_OK;
}

/* Ways or relations: drop all but the last of equal ids, keep the order of the file. */
static amp_err rows_unique(struct amp_osm_rows *row, void **part, size_t element)
{
    if (!row->unsorted) {
        return AMP_OK;
    }
    struct pick pick;
    amp_err err = pick_by_id(row, &pick);
    if (err) {
        return err;
    }
    if (pick.n < row->n) {
        qsort(pick.index, pick.n, sizeof *pick.index, compare_index);
        err = runs_pick(&row->part_first, part, element, &pick);
        if (!err) {
            err = ids_pick(row, &pick);
        }
    }
    free(pick.index);
    return err;
}

/* Where id stands among ascending ids, or n. Starts near `hint`: neighbours on a way are mostly
 * neighbours in the table. */
static uint32_t find_near(const int64_t *ids, uint32_t n, int64_t id, uint32_t hint)
{
    uint32_t low = 0;
    uint32_t high = n; /* the answer, if any, is in [low, high) */
    if (hint < n) {
        uint64_t step = 1;
        if (ids[hint] <= id) {
            low = hint;
            while (low + step < n && ids[low + step] <= id) {
                low += (uint32_t)step;
                step *= 2;
            }
            high = low + step < n ? (uint32_t)(low + step) : n;
        } else {
            high = hint;
            while (step < high && ids[high - step] > id) {
                high -= (uint32_t)step;
                step *= 2;
            }
            low = step < high ? (uint32_t)(high - step) : 0;
        }
    }
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (ids[mid] == id) {
            return mid;
        }
        if (ids[mid] < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return n;
}

/* The references of one way, from ref_id[first..end) to indexes at ref[*at]; each gap is put into
 * gaps. */
static void way_resolve(struct amp_osm_builder *bld, uint32_t first, uint32_t end, uint32_t *ref,
                        uint32_t *at, struct amp_buf *gaps)
{
    const struct amp_osm_rows *node = &bld->row[AMP_OSM_NODE];
    uint32_t begin = *at;
    bool gap = false;
    for (uint32_t i = first; i < end; i++) {
        uint32_t hint = *at > 0 ? ref[*at - 1] : 0;
        uint32_t found = find_near(node->id, node->n, bld->ref_id[i], hint);
        if (found == node->n) {
            bld->osm.counts.refs_absent++;
            gap = true;
            continue;
        }
        if (gap && *at > begin) {
            amp_buf_put(gaps, at, sizeof *at);
        }
        gap = false;
        ref[(*at)++] = found;
    }
}

static amp_err refs_resolve(struct amp_osm_builder *bld)
{
    struct amp_osm_rows *way = &bld->row[AMP_OSM_WAY];
    uint32_t ref_n = way->part_first[way->n];
    uint32_t *ref = malloc(((size_t)ref_n + 1) * sizeof *ref);
    if (!ref) {
        return AMP_E_NOMEM;
    }
    struct amp_buf gaps = amp_buf_make((size_t)ref_n * sizeof *ref + 1);
    uint32_t at = 0;
    for (uint32_t w = 0; w < way->n; w++) {
        uint32_t first = way->part_first[w];
        way->part_first[w] = at;
        way_resolve(bld, first, way->part_first[w + 1], ref, &at, &gaps);
    }
    way->part_first[way->n] = at;
    if (amp_buf_err(&gaps)) {
        amp_buf_free(&gaps);
        free(ref);
        return AMP_E_NOMEM;
    }
    bld->osm.way_gap_n = (uint32_t)(gaps.len / sizeof *ref);
    bld->osm.way_gap = (uint32_t *)(void *)gaps.data; /* the extract owns it now */
    free(bld->ref_id);
    bld->ref_id = NULL;
    bld->osm.way_ref = ref;
    return AMP_OK;
}

static amp_err members_resolve(struct amp_osm_builder *bld)
{
    struct pick by_id[3] = {{0}};
    int64_t *sorted[3] = {NULL};
    amp_err err = AMP_OK;
    for (int kind = 0; kind < 3 && !err; kind++) {
        const struct amp_osm_rows *row = &bld->row[kind];
        if (kind == AMP_OSM_NODE || !row->unsorted) {
            continue; /* ascending as it is */
        }
        err = pick_by_id(row, &by_id[kind]);
        sorted[kind] = err ? NULL : malloc(((size_t)row->n + 1) * sizeof *sorted[kind]);
        err = sorted[kind] || err ? err : AMP_E_NOMEM;
        for (uint32_t i = 0; !err && i < row->n; i++) {
            sorted[kind][i] = row->id[by_id[kind].index[i]];
        }
    }
    uint32_t member_n = bld->row[AMP_OSM_RELATION].part_first[bld->row[AMP_OSM_RELATION].n];
    for (uint32_t i = 0; !err && i < member_n; i++) {
        struct amp_osm_member *member = &bld->osm.rel_member[i];
        const struct amp_osm_rows *row = &bld->row[member->kind];
        const int64_t *ids = sorted[member->kind] ? sorted[member->kind] : row->id;
        uint32_t found = find_near(ids, row->n, member->id, row->n);
        if (found == row->n) {
            bld->osm.counts.members_absent++;
        } else {
            member->index = sorted[member->kind] ? by_id[member->kind].index[found] : found;
        }
    }
    for (int kind = 0; kind < 3; kind++) {
        free(by_id[kind].index);
        free(sorted[kind]);
    }
    return err;
}

/* The tags of the three kinds in one table: nodes, then ways, then relations. */
static amp_err tags_join(struct amp_osm_builder *bld)
{
    uint64_t total = 0;
    for (int kind = 0; kind < 3; kind++) {
        total += bld->row[kind].tag_n;
    }
    if (total >= AMP_OSM_ABSENT) {
        return AMP_E_LIMIT;
    }
    struct amp_osm_rows *node = &bld->row[AMP_OSM_NODE];
    struct amp_osm_tag *tag = realloc(node->tag, ((size_t)total + 1) * sizeof *tag);
    if (!tag) {
        return AMP_E_NOMEM;
    }
    node->tag = NULL;
    uint32_t at = node->tag_n;
    for (int kind = AMP_OSM_WAY; kind <= AMP_OSM_RELATION; kind++) {
        struct amp_osm_rows *row = &bld->row[kind];
        if (row->tag_n > 0) {
            memcpy(tag + at, row->tag, row->tag_n * sizeof *tag);
        }
        for (uint32_t i = 0; i <= row->n; i++) {
            row->tag_first[i] += at;
        }
        at += row->tag_n;
    }
    bld->osm.tag = tag;
    bld->osm.tag_n = at;
    return AMP_OK;
}

/* The box that goes the short way round: across the antimeridian if that is narrower. */
static struct amp_box box_of(const struct amp_pos *pos, uint32_t n)
{
    struct amp_box box = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};
    int32_t west_of_east = INT32_MAX; /* smallest longitude >= 0 */
    int32_t east_of_west = INT32_MIN; /* greatest longitude < 0 */
    for (uint32_t i = 0; i < n; i++) {
        int32_t lat = pos[i].lat_e7;
        int32_t lon = pos[i].lon_e7;
        box.south_e7 = lat < box.south_e7 ? lat : box.south_e7;
        box.north_e7 = lat > box.north_e7 ? lat : box.north_e7;
        box.west_e7 = lon < box.west_e7 ? lon : box.west_e7;
        box.east_e7 = lon > box.east_e7 ? lon : box.east_e7;
        if (lon >= 0) {
            west_of_east = lon < west_of_east ? lon : west_of_east;
        } else {
            east_of_west = lon > east_of_west ? lon : east_of_west;
        }
    }
    if (n == 0) {
        return (struct amp_box){0};
    }
    if (west_of_east != INT32_MAX && east_of_west != INT32_MIN) {
        int64_t plain = (int64_t)box.east_e7 - box.west_e7;
        int64_t across = INT64_C(3600000000) - ((int64_t)west_of_east - east_of_west);
        if (across < plain) {
            box.west_e7 = west_of_east;
            box.east_e7 = east_of_west;
        }
    }
    return box;
}

static void builder_move(struct amp_osm_builder *bld, struct amp_osm *out)
{
    struct amp_osm *osm = &bld->osm;
    struct amp_osm_rows *node = &bld->row[AMP_OSM_NODE];
    struct amp_osm_rows *way = &bld->row[AMP_OSM_WAY];
    struct amp_osm_rows *rel = &bld->row[AMP_OSM_RELATION];
    osm->node_id = node->id;
    osm->node_tag_first = node->tag_first;
    osm->node_n = node->n;
    osm->way_id = way->id;
    osm->way_tag_first = way->tag_first;
    osm->way_ref_first = way->part_first;
    osm->way_n = way->n;
    osm->rel_id = rel->id;
    osm->rel_tag_first = rel->tag_first;
    osm->rel_member_first = rel->part_first;
    osm->rel_n = rel->n;
    osm->counts.nodes = node->n;
    osm->counts.ways = way->n;
    osm->counts.relations = rel->n;
    osm->box = box_of(osm->node_pos, osm->node_n);
    for (int kind = 0; kind < 3; kind++) {
        free(bld->row[kind].tag);
        bld->row[kind] = (struct amp_osm_rows){0};
    }
    *out = *osm;
    *osm = (struct amp_osm){0};
}

amp_err amp_osm_builder_finish(struct amp_osm_builder *bld, struct amp_osm *out)
{
    amp_err err = sentinels_put(bld);
    if (!err) {
        err = nodes_sort(bld);
    }
    if (!err) {
        void *part = bld->ref_id;
        err = rows_unique(&bld->row[AMP_OSM_WAY], &part, sizeof *bld->ref_id);
        bld->ref_id = part;
    }
    if (!err) {
        void *part = bld->osm.rel_member;
        err = rows_unique(&bld->row[AMP_OSM_RELATION], &part, sizeof *bld->osm.rel_member);
        bld->osm.rel_member = part;
    }
    if (!err) {
        err = refs_resolve(bld);
    }
    if (!err) {
        err = members_resolve(bld);
    }
    if (!err) {
        err = tags_join(bld);
    }
    if (!err) {
        builder_move(bld, out);
    }
    return err;
}
