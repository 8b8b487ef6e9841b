/* From what an importer piled up to an amp_osm: sort, let the last version win, ids to indexes. */
#include "base/buf.h"
#include "base/reader.h"
#include "map/dropped.h"
#include "map/osm_build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Some rows of a table, in the order wanted. */
struct pick {
    uint32_t *index;
    uint32_t n;
    int64_t twice; /* an id that more than one row has */
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
static amp_err pick_by_id(const struct amp_osm_rows *row, int64_t *id, struct pick *out)
{
    struct pick pick = {.index = malloc(((size_t)row->n + 1) * sizeof *pick.index)};
    if (!pick.index) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < row->n; i++) {
        pick.index[i] = i;
    }
    if (row->unsorted) {
        qsort_r(pick.index, row->n, sizeof *pick.index, compare_rows, id);
    }
    for (uint32_t i = 0; i < row->n; i++) {
        uint32_t at = pick.index[i];
        if (i + 1 == row->n || id[pick.index[i + 1]] != id[at]) {
            pick.index[pick.n++] = at;
        } else {
            pick.twice = id[at];
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

/* ---- tags ---- */

static uint32_t run_tag_end(const struct amp_osm_builder *bld, uint32_t run)
{
    return run + 1 < bld->run_n ? bld->run[run + 1].tag : bld->osm.tag_n;
}

/* Nodes, ways, relations, each kind in one piece: as nearly all files are. */
static bool kinds_are_in_order(const struct amp_osm_builder *bld)
{
    for (uint32_t i = 1; i < bld->run_n; i++) {
        if (bld->run[i - 1].kind >= bld->run[i].kind) {
            return false;
        }
    }
    return true;
}

/* The firsts of one run, which now begins `by` later. */
static void firsts_move(struct amp_osm_builder *bld, uint32_t run, uint32_t by)
{
    enum amp_osm_kind kind = bld->run[run].kind;
    uint32_t end = bld->row[kind].n;
    for (uint32_t i = run + 1; i < bld->run_n; i++) {
        if (bld->run[i].kind == kind) {
            end = bld->run[i].row;
            break;
        }
    }
    for (uint32_t i = bld->run[run].row; i < end && kind != AMP_OSM_NODE; i++) {
        bld->row[kind].tag_first[i] += by;
    }
}

/* Tags of all runs of a kind to *at in tag; of nodes the firsts stand with those that have tags. */
static void kind_gather(struct amp_osm_builder *bld, enum amp_osm_kind kind,
                        struct amp_osm_tag *tag, uint32_t *at)
{
    struct amp_osm_marks *marks = &bld->osm.node_marks;
    uint32_t mark = 0;
    for (uint32_t i = 0; i < bld->run_n; i++) {
        uint32_t first = bld->run[i].tag, end = run_tag_end(bld, i);
        if (bld->run[i].kind != kind) {
            continue;
        }
        uint32_t by = *at - first; /* modulo 2^32 */
        if (end > first) {
            memcpy(tag + *at, bld->osm.tag + first, (end - first) * sizeof *tag);
        }
        firsts_move(bld, i, by);
        for (; kind == AMP_OSM_NODE && mark < marks->n && marks->first[mark] < end; mark++) {
            marks->first[mark] += by;
        }
        *at += end - first;
    }
    bld->row[kind].tag_end = *at;
}

/* One table of tags: those of nodes, then of ways, then of relations. */
static amp_err tags_settle(struct amp_osm_builder *bld)
{
    if (kinds_are_in_order(bld)) {
        uint32_t end = 0;
        for (uint32_t i = 0; i < bld->run_n; i++) {
            end = run_tag_end(bld, i);
            bld->row[bld->run[i].kind].tag_end = end;
        }
        return AMP_OK;
    }
    struct amp_osm_tag *tag = malloc(((size_t)bld->osm.tag_n + 1) * sizeof *tag);
    if (!tag) {
        return AMP_E_NOMEM;
    }
    uint32_t at = 0;
    for (int kind = 0; kind < 3; kind++) {
        kind_gather(bld, (enum amp_osm_kind)kind, tag, &at);
    }
    free(bld->osm.tag);
    bld->osm.tag = tag;
    return AMP_OK;
}

/* One more entry behind the last row of a table of firsts. */
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
    struct amp_osm_marks *marks = &bld->osm.node_marks;
    amp_err err = sentinel_put(&marks->first, marks->n, bld->row[AMP_OSM_NODE].tag_end);
    for (int kind = AMP_OSM_WAY; kind <= AMP_OSM_RELATION && !err; kind++) {
        struct amp_osm_rows *row = &bld->row[kind];
        err = sentinel_put(&row->tag_first, row->n, row->tag_end);
        if (!err) {
            err = sentinel_put(&row->part_first, row->n,
                               kind == AMP_OSM_WAY ? bld->ref_len : bld->member_n);
        }
    }
    return err;
}

/* ---- nodes that were not sorted ---- */

/* The nodes of a pick, as a table of its own. */
struct sorted {
    struct amp_pos *pos;
    int64_t *id;
    struct amp_osm_marks marks;
    struct amp_osm_tag *tag;
    uint32_t tag_n;
};

static void sorted_free(struct sorted *sorted)
{
    free(sorted->pos);
    free(sorted->id);
    free(sorted->marks.has);
    free(sorted->marks.rank);
    free(sorted->marks.first);
    free(sorted->tag);
}

static amp_err sorted_make(const struct amp_osm_builder *bld, uint32_t n, struct sorted *out)
{
    size_t words = (size_t)n / 64 + 1;
    out->pos = malloc(((size_t)n + 1) * sizeof *out->pos);
    out->id = malloc(((size_t)n + 1) * sizeof *out->id);
    out->marks.has = calloc(words, sizeof *out->marks.has);
    out->marks.rank = calloc(words, sizeof *out->marks.rank);
    out->marks.first = malloc(((size_t)bld->osm.node_marks.n + 1) * sizeof *out->marks.first);
    out->tag = malloc(((size_t)bld->row[AMP_OSM_NODE].tag_end + 1) * sizeof *out->tag);
    bool whole = out->pos && out->id && out->marks.has && out->marks.rank && out->marks.first;
    return whole && out->tag ? AMP_OK : AMP_E_NOMEM;
}

static void sorted_fill(const struct amp_osm_builder *bld, const struct pick *pick,
                        struct sorted *out)
{
    struct amp_osm_marks *marks = &out->marks;
    for (uint32_t i = 0; i < pick->n; i++) {
        uint32_t from = pick->index[i];
        struct amp_osm_span span = amp_osm_node_tags(&bld->osm, from);
        out->pos[i] = bld->osm.node_pos[from];
        out->id[i] = bld->osm.node_ids.wide[from];
        if (i % 64 == 0) {
            marks->rank[i / 64] = marks->n;
        }
        if (span.end > span.first) {
            marks->has[i / 64] |= UINT64_C(1) << (i % 64);
            marks->first[marks->n++] = out->tag_n;
            memcpy(out->tag + out->tag_n, bld->osm.tag + span.first,
                   (span.end - span.first) * sizeof *out->tag);
            out->tag_n += span.end - span.first;
        }
    }
    marks->first[marks->n] = out->tag_n;
}

/* Ids that are sorted now: as offsets, if they fit. */
static amp_err ids_narrow(struct amp_osm_ids *ids, uint32_t n)
{
    uint32_t per = 1U << AMP_OSM_IDS_BITS;
    struct amp_osm_ids narrow = {.base = malloc(((size_t)n / per + 1) * sizeof *narrow.base),
                                 .offset = malloc(((size_t)n + 1) * sizeof *narrow.offset)};
    bool fits = narrow.base && narrow.offset;
    amp_err err = fits ? AMP_OK : AMP_E_NOMEM;
    for (uint32_t i = 0; i < n && fits; i++) {
        int64_t base = ids->wide[i - i % per];
        fits = (uint64_t)ids->wide[i] - (uint64_t)base <= UINT32_MAX;
        narrow.base[i / per] = base;
        narrow.offset[i] = (uint32_t)((uint64_t)ids->wide[i] - (uint64_t)base);
    }
    if (fits) {
        free(ids->wide);
        *ids = narrow;
    } else {
        free(narrow.base);
        free(narrow.offset);
    }
    return err;
}

/* The tags of the sorted nodes are no more than before: they go back where they were. */
static void sorted_take(struct amp_osm_builder *bld, struct sorted *sorted, uint32_t n)
{
    struct amp_osm *osm = &bld->osm;
    free(osm->node_pos);
    free(osm->node_ids.wide);
    free(osm->node_marks.has);
    free(osm->node_marks.rank);
    free(osm->node_marks.first);
    osm->node_pos = sorted->pos;
    osm->node_ids.wide = sorted->id;
    osm->node_marks = sorted->marks;
    if (sorted->tag_n > 0) {
        memcpy(osm->tag, sorted->tag, sorted->tag_n * sizeof *sorted->tag);
    }
    bld->row[AMP_OSM_NODE].n = n;
    sorted->pos = NULL;
    sorted->id = NULL;
    sorted->marks = (struct amp_osm_marks){0};
}

static const char older_version[] = "object: an id twice, the last one counts";

static amp_err nodes_sort(struct amp_osm_builder *bld)
{
    struct amp_osm_rows *row = &bld->row[AMP_OSM_NODE];
    struct amp_osm_ids *ids = &bld->osm.node_ids;
    if (!row->unsorted) {
        return AMP_OK;
    }
    struct pick pick;
    struct sorted sorted = {0};
    amp_err err = pick_by_id(row, ids->wide, &pick);
    if (err) {
        return err;
    }
    err = sorted_make(bld, pick.n, &sorted);
    if (!err) {
        sorted_fill(bld, &pick, &sorted);
        amp_dropped_add(bld->osm.dropped, older_version, AMP_OSM_NODE, pick.twice, row->n - pick.n);
        sorted_take(bld, &sorted, pick.n);
    }
    sorted_free(&sorted);
    free(pick.index);
    return err ? err : ids_narrow(ids, row->n);
}

/* ---- ways and relations of which there are two ---- */

/* The runs of the picked rows, in the order of the file, move to the front of what they had. */
static void runs_keep(uint32_t *first, void *data, size_t element, const struct pick *pick)
{
    uint32_t at = first[0];
    for (uint32_t i = 0; i < pick->n; i++) {
        uint32_t from = first[pick->index[i]];
        uint32_t len = first[pick->index[i] + 1] - from;
        if (len > 0) {
            memmove((uint8_t *)data + at * element, (uint8_t *)data + from * element,
                    len * element);
        }
        first[i] = at; /* never behind what is still to be read */
        at += len;
    }
    first[pick->n] = at;
}

/* Drop all but the last of equal ids, keep the order of the file. */
static amp_err rows_unique(struct amp_osm_builder *bld, enum amp_osm_kind kind, void *part,
                           size_t element)
{
    struct amp_osm_rows *row = &bld->row[kind];
    if (!row->unsorted) {
        return AMP_OK;
    }
    struct pick pick;
    amp_err err = pick_by_id(row, row->id, &pick);
    if (err) {
        return err;
    }
    if (pick.n < row->n) {
        qsort(pick.index, pick.n, sizeof *pick.index, compare_index);
        runs_keep(row->part_first, part, element, &pick);
        runs_keep(row->tag_first, bld->osm.tag, sizeof *bld->osm.tag, &pick);
        for (uint32_t i = 0; i < pick.n; i++) {
            row->id[i] = row->id[pick.index[i]];
        }
        amp_dropped_add(bld->osm.dropped, older_version, kind, pick.twice, row->n - pick.n);
        row->n = pick.n;
    }
    free(pick.index);
    return AMP_OK;
}

/* ---- ids to indexes ---- */

/* Ascending ids: those of the nodes, or a list. */
struct table {
    const struct amp_osm *nodes; /* NULL: the list */
    const int64_t *list;
    uint32_t n;
};

static int64_t id_at(const struct table *ids, uint32_t at)
{
    return ids->nodes ? amp_osm_node_id(ids->nodes, at) : ids->list[at];
}

/* Where id stands among ascending ids, or n. Starts near `hint`: neighbours on a way are mostly
 * neighbours in the table. */
static uint32_t find_near(const struct table *ids, int64_t id, uint32_t hint)
{
    uint32_t n = ids->n;
    uint32_t low = 0;
    uint32_t high = n; /* the answer, if any, is in [low, high) */
    if (hint < n) {
        uint64_t step = 1;
        if (id_at(ids, hint) <= id) {
            low = hint;
            while (low + step < n && id_at(ids, (uint32_t)(low + step)) <= id) {
                low += (uint32_t)step;
                step *= 2;
            }
            high = low + step < n ? (uint32_t)(low + step) : n;
        } else {
            high = hint;
            while (step < high && id_at(ids, (uint32_t)(high - step)) > id) {
                high -= (uint32_t)step;
                step *= 2;
            }
            low = step < high ? (uint32_t)(high - step) : 0;
        }
    }
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (id_at(ids, mid) == id) {
            return mid;
        }
        if (id_at(ids, mid) < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return n;
}

/* The references of one way, count of them at *rd, to indexes at ref[*at]; each gap is put into
 * gaps. */
static void way_resolve(struct amp_osm_builder *bld, uint32_t way, struct amp_str packed,
                        uint32_t *at, struct amp_buf *gaps)
{
    const struct table nodes = {.nodes = &bld->osm, .n = bld->row[AMP_OSM_NODE].n};
    struct amp_reader rd = amp_reader_make(packed.ptr, packed.len);
    uint32_t *ref = bld->osm.way_ref;
    uint32_t begin = *at;
    int64_t id = 0;
    bool gap = false;
    while (amp_reader_left(&rd) > 0) {
        id = (int64_t)((uint64_t)id + (uint64_t)amp_reader_zigzag(&rd));
        uint32_t hint = *at > 0 ? ref[*at - 1] : 0;
        uint32_t found = find_near(&nodes, id, hint);
        if (found == nodes.n) {
            bld->osm.counts.refs_absent++;
            gap = true;
            amp_dropped_add(bld->osm.dropped, "way: a node of it is not in the extract",
                            AMP_OSM_WAY, bld->row[AMP_OSM_WAY].id[way], 1);
            continue;
        }
        if (gap && *at > begin) {
            amp_buf_put(gaps, at, sizeof *at);
        }
        gap = false;
        ref[(*at)++] = found;
    }
    assert(amp_reader_ok(&rd));
    if (*at - begin < 2) {
        amp_dropped_add(bld->osm.dropped, "way: fewer than two nodes are left of it", AMP_OSM_WAY,
                        bld->row[AMP_OSM_WAY].id[way], 1);
    }
}

static amp_err refs_resolve(struct amp_osm_builder *bld)
{
    struct amp_osm_rows *way = &bld->row[AMP_OSM_WAY];
    bld->osm.way_ref = malloc(((size_t)bld->ref_n + 1) * sizeof *bld->osm.way_ref);
    if (!bld->osm.way_ref) {
        return AMP_E_NOMEM;
    }
    struct amp_buf gaps = amp_buf_make((size_t)bld->ref_n * sizeof(uint32_t) + 1);
    uint32_t at = 0;
    for (uint32_t w = 0; w < way->n; w++) {
        struct amp_str packed = {.len = way->part_first[w + 1] - way->part_first[w]};
        if (packed.len > 0) {
            packed.ptr = (const char *)bld->ref + way->part_first[w];
        }
        way->part_first[w] = at;
        way_resolve(bld, w, packed, &at, &gaps);
    }
    way->part_first[way->n] = at;
    if (amp_buf_err(&gaps)) {
        amp_buf_free(&gaps);
        return AMP_E_NOMEM;
    }
    bld->osm.way_gap_n = (uint32_t)(gaps.len / sizeof(uint32_t));
    bld->osm.way_gap = (uint32_t *)(void *)gaps.data; /* the extract owns it now */
    free(bld->ref);
    bld->ref = NULL;
    return AMP_OK;
}

/* Ways or relations by ascending id: sorted for it where they are not. */
static amp_err table_make(const struct amp_osm_rows *row, struct pick *by_id, int64_t **sorted,
                          struct table *out)
{
    *out = (struct table){.list = row->id, .n = row->n};
    if (!row->unsorted) {
        return AMP_OK;
    }
    amp_err err = pick_by_id(row, row->id, by_id);
    *sorted = err ? NULL : malloc(((size_t)row->n + 1) * sizeof **sorted);
    if (err || !*sorted) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < row->n; i++) {
        (*sorted)[i] = row->id[by_id->index[i]];
    }
    out->list = *sorted;
    return AMP_OK;
}

static void member_resolve(struct amp_osm_builder *bld, uint32_t rel, const struct table *table,
                           const struct pick *by_id, struct amp_osm_member *member)
{
    const struct table *ids = &table[member->kind];
    uint32_t found = find_near(ids, member->id, ids->n);
    if (found < ids->n) {
        member->index = by_id[member->kind].index ? by_id[member->kind].index[found] : found;
        return;
    }
    bld->osm.counts.members_absent++;
    amp_dropped_add(bld->osm.dropped, "relation: a member is not in the extract", AMP_OSM_RELATION,
                    bld->row[AMP_OSM_RELATION].id[rel], 1);
}

static amp_err members_resolve(struct amp_osm_builder *bld)
{
    struct pick by_id[3] = {{0}};
    int64_t *sorted[3] = {NULL};
    struct table table[3] = {{.nodes = &bld->osm, .n = bld->row[AMP_OSM_NODE].n}};
    const struct amp_osm_rows *rel = &bld->row[AMP_OSM_RELATION];
    amp_err err = AMP_OK;
    for (int kind = AMP_OSM_WAY; kind <= AMP_OSM_RELATION && !err; kind++) {
        err = table_make(&bld->row[kind], &by_id[kind], &sorted[kind], &table[kind]);
    }
    for (uint32_t r = 0; r < rel->n && !err; r++) {
        for (uint32_t i = rel->part_first[r]; i < rel->part_first[r + 1]; i++) {
            member_resolve(bld, r, table, by_id, &bld->osm.rel_member[i]);
        }
    }
    for (int kind = 0; kind < 3; kind++) {
        free(by_id[kind].index);
        free(sorted[kind]);
    }
    return err;
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
    struct amp_osm_rows *way = &bld->row[AMP_OSM_WAY];
    struct amp_osm_rows *rel = &bld->row[AMP_OSM_RELATION];
    osm->node_n = bld->row[AMP_OSM_NODE].n;
    osm->way_id = way->id;
    osm->way_tag_first = way->tag_first;
    osm->way_ref_first = way->part_first;
    osm->way_n = way->n;
    osm->rel_id = rel->id;
    osm->rel_tag_first = rel->tag_first;
    osm->rel_member_first = rel->part_first;
    osm->rel_n = rel->n;
    osm->counts.nodes = osm->node_n;
    osm->counts.ways = way->n;
    osm->counts.relations = rel->n;
    osm->box = box_of(osm->node_pos, osm->node_n);
    for (int kind = 0; kind < 3; kind++) {
        bld->row[kind] = (struct amp_osm_rows){0};
    }
    *out = *osm;
    *osm = (struct amp_osm){0};
}

amp_err amp_osm_builder_finish(struct amp_osm_builder *bld, struct amp_osm *out)
{
    free(bld->key_use);
    bld->key_use = NULL;
    bld->key_use_n = 0;
    amp_err err = tags_settle(bld);
    err = err ? err : sentinels_put(bld);
    err = err ? err : nodes_sort(bld);
    err = err ? err : rows_unique(bld, AMP_OSM_WAY, bld->ref, sizeof *bld->ref);
    err =
        err ? err
            : rows_unique(bld, AMP_OSM_RELATION, bld->osm.rel_member, sizeof *bld->osm.rel_member);
    err = err ? err : refs_resolve(bld);
    err = err ? err : members_resolve(bld);
    if (!err) {
        builder_move(bld, out);
    }
    return err;
}
