/* Where two copies of a city are joined: nodes at its four edges that all roads lead to. */
#include "map/quilt_in.h"

#include <stdlib.h>
#include <string.h>

enum {
    TRIM = 1000 /* one in so many road nodes may stick out on each side */
};

static const char *const road_values[] = {"trunk",        "primary",     "secondary",    "tertiary",
                                          "unclassified", "residential", "living_street"};

struct finder {
    const struct amp_osm *osm;
    uint32_t highway, oneway, access, junction;
    uint32_t *parent; /* a forest over the nodes; AMP_OSM_ABSENT where there is no road */
    uint32_t *joined; /* nodes of the largest tree */
    uint32_t joined_n;
};

/* A street that anybody may drive both ways. */
static bool is_street(const struct finder *finder, uint32_t way)
{
    const struct amp_osm *osm = finder->osm;
    const char *value = amp_osm_way_value(osm, way, finder->highway);
    const char *oneway = amp_osm_way_value(osm, way, finder->oneway);
    bool street = false;
    for (size_t i = 0; value && i < sizeof road_values / sizeof *road_values; i++) {
        street = street || strcmp(value, road_values[i]) == 0;
    }
    return street && (!oneway || strcmp(oneway, "no") == 0) &&
           !amp_osm_way_value(osm, way, finder->access) &&
           !amp_osm_way_value(osm, way, finder->junction);
}

static uint32_t root_of(uint32_t *parent, uint32_t node)
{
    while (parent[node] != node) {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    return node;
}

static void streets_join(struct finder *finder)
{
    const struct amp_osm *osm = finder->osm;
    uint32_t *parent = finder->parent;
    for (uint32_t way = 0; way < osm->way_n; way++) {
        if (!is_street(finder, way)) {
            continue;
        }
        for (uint32_t r = osm->way_ref_first[way]; r < osm->way_ref_first[way + 1]; r++) {
            uint32_t node = osm->way_ref[r];
            parent[node] = parent[node] == AMP_OSM_ABSENT ? node : parent[node];
            if (r > osm->way_ref_first[way] && !amp_osm_way_gap(osm, r)) {
                uint32_t a = root_of(parent, osm->way_ref[r - 1]);
                uint32_t b = root_of(parent, node);
                parent[a < b ? b : a] = a < b ? a : b;
            }
        }
    }
}

/* The nodes of the largest tree, ascending. */
static amp_err joined_pick(struct finder *finder)
{
    uint32_t n = finder->osm->node_n;
    uint32_t *size = calloc((size_t)n + 1, sizeof *size);
    if (!size) {
        return AMP_E_NOMEM;
    }
    uint32_t best = AMP_OSM_ABSENT;
    for (uint32_t i = 0; i < n; i++) {
        if (finder->parent[i] != AMP_OSM_ABSENT) {
            uint32_t root = root_of(finder->parent, i);
            size[root]++;
            best = best == AMP_OSM_ABSENT || size[root] > size[best] ? root : best;
        }
    }
    finder->joined =
        malloc(((size_t)(best == AMP_OSM_ABSENT ? 0 : size[best]) + 1) * sizeof *finder->joined);
    free(size);
    if (!finder->joined) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (finder->parent[i] != AMP_OSM_ABSENT && root_of(finder->parent, i) == best) {
            finder->joined[finder->joined_n++] = i;
        }
    }
    return AMP_OK;
}

static int compare_int(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a;
    int32_t right = *(const int32_t *)b;
    return left < right ? -1 : left > right;
}

static amp_err frame_measure(const struct finder *finder, struct amp_quilt_frame *frame)
{
    const struct amp_osm *osm = finder->osm;
    uint32_t n = finder->joined_n;
    int32_t *value = malloc(((size_t)n + 1) * sizeof *value);
    if (!value) {
        return AMP_E_NOMEM;
    }
    uint32_t trim = n / TRIM;
    frame->middle_e7 = osm->box.west_e7;
    for (int turn = 0; turn < 2; turn++) { /* the second one counts from the true middle */
        for (uint32_t i = 0; i < n; i++) {
            value[i] = amp_lon_delta_e7(frame->middle_e7, osm->node_pos[finder->joined[i]].lon_e7);
        }
        qsort(value, n, sizeof *value, compare_int);
        frame->west_e7 = value[trim];
        frame->east_e7 = value[n - 1 - trim];
        if (turn == 0) {
            struct amp_pos middle = {0, frame->middle_e7};
            int32_t half = frame->west_e7 + (frame->east_e7 - frame->west_e7) / 2;
            int64_t lon = (int64_t)middle.lon_e7 + half;
            frame->middle_e7 = (int32_t)(lon > 1800000000 ? lon - 3600000000 : lon);
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        value[i] = osm->node_pos[finder->joined[i]].lat_e7;
    }
    qsort(value, n, sizeof *value, compare_int);
    frame->south_e7 = value[trim];
    frame->north_e7 = value[n - 1 - trim];
    free(value);
    return AMP_OK;
}

/* The outermost nodes of each of `links` bands along a seam: low and high across it. */
struct bands {
    struct amp_quilt_link *end; /* from: the highest across, to: the lowest */
    int32_t *across;            /* two for each */
};

static void band_add(struct bands *bands, uint32_t band, int32_t across, uint32_t node)
{
    struct amp_quilt_link *end = &bands->end[band];
    int32_t *best = &bands->across[2 * (size_t)band];
    if (end->from == AMP_OSM_ABSENT || across > best[0]) {
        best[0] = across;
        end->from = node;
    }
    if (end->to == AMP_OSM_ABSENT || across < best[1]) {
        best[1] = across;
        end->to = node;
    }
}

/* The links over one seam; `north` for the one to the northern neighbour. */
static amp_err seam_find(const struct finder *finder, const struct amp_quilt_frame *frame,
                         unsigned links, bool north, struct amp_buf *out)
{
    struct bands bands = {.end = malloc((links + 1) * sizeof *bands.end),
                          .across = malloc((links + 1) * 2 * sizeof *bands.across)};
    amp_err err = bands.end && bands.across ? AMP_OK : AMP_E_NOMEM;
    for (unsigned i = 0; i < links && !err; i++) {
        bands.end[i] = (struct amp_quilt_link){AMP_OSM_ABSENT, AMP_OSM_ABSENT};
    }
    int64_t low = north ? frame->west_e7 : frame->south_e7;
    int64_t high = north ? frame->east_e7 : frame->north_e7;
    for (uint32_t i = 0; i < finder->joined_n && !err; i++) {
        struct amp_pos pos = finder->osm->node_pos[finder->joined[i]];
        int32_t lon = amp_lon_delta_e7(frame->middle_e7, pos.lon_e7);
        int32_t along = north ? lon : pos.lat_e7;
        int32_t across = north ? pos.lat_e7 : lon;
        bool inside = lon >= frame->west_e7 && lon <= frame->east_e7 &&
                      pos.lat_e7 >= frame->south_e7 && pos.lat_e7 <= frame->north_e7;
        if (inside) {
            uint32_t band = (uint32_t)((along - low) * links / (high - low + 1));
            band_add(&bands, band, across, finder->joined[i]);
        }
    }
    for (unsigned i = 0; i < links && !err; i++) {
        if (bands.end[i].from != AMP_OSM_ABSENT) {
            amp_buf_put(out, &bands.end[i], sizeof *bands.end);
        }
    }
    free(bands.end);
    free(bands.across);
    return err ? err : amp_buf_err(out);
}

static amp_err seams_fill(struct finder *finder, unsigned links, struct amp_quilt_seams *seams)
{
    for (uint32_t i = 0; i < finder->osm->node_n; i++) {
        finder->parent[i] = AMP_OSM_ABSENT;
    }
    streets_join(finder);
    amp_err err = joined_pick(finder);
    if (!err && finder->joined_n < 2) {
        return AMP_E_MISSING;
    }
    err = err ? err : frame_measure(finder, &seams->frame);
    err = err ? err : seam_find(finder, &seams->frame, links, false, &seams->east);
    return err ? err : seam_find(finder, &seams->frame, links, true, &seams->north);
}

amp_err amp_quilt_seams_find(const struct amp_osm *osm, unsigned links, struct amp_quilt_seams *out,
                             struct amp_why *why)
{
    struct finder finder = {.osm = osm,
                            .highway = amp_osm_find_text(osm, "highway"),
                            .oneway = amp_osm_find_text(osm, "oneway"),
                            .access = amp_osm_find_text(osm, "access"),
                            .junction = amp_osm_find_text(osm, "junction"),
                            .parent = malloc(((size_t)osm->node_n + 1) * sizeof *finder.parent)};
    struct amp_quilt_seams seams = {
        .east = amp_buf_make(AMP_QUILT_LINKS_MAX * sizeof(struct amp_quilt_link)),
        .north = amp_buf_make(AMP_QUILT_LINKS_MAX * sizeof(struct amp_quilt_link))};
    amp_err err = finder.parent ? seams_fill(&finder, links, &seams) : AMP_E_NOMEM;
    free(finder.parent);
    free(finder.joined);
    if (err) {
        amp_quilt_seams_free(&seams);
        return amp_fail(why, err, "%s",
                        err == AMP_E_MISSING ? "the extract has no streets that could be joined"
                                             : amp_err_words(err));
    }
    *out = seams;
    return AMP_OK;
}

void amp_quilt_seams_free(struct amp_quilt_seams *seams)
{
    amp_buf_free(&seams->east);
    amp_buf_free(&seams->north);
}
