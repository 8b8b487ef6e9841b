/* Copies of a city one beside the other, written object by object in the order a PBF wants. */
#include "map/quilt.h"
#include "base/chance.h"
#include "map/osmwrite.h"
#include "map/quilt_in.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEAM_E7 = 20000,      /* between two copies: 200 m from south to north */
    JITTER_E7 = 45,       /* half a metre */
    LON_TURN_PERCENT = 95 /* of the globe that a row may go round */
};

static const int64_t absent_id = INT64_C(1) << 50; /* ids that no object has */

struct quilt {
    const struct amp_osm *osm;
    struct amp_quilt_plan plan;
    struct amp_quilt_seams seams;
    struct amp_quilt_names *names; /* NULL: those of the city */
    struct amp_osm_writer *writer;
    const struct amp_progress *progress;
    struct amp_quilt_counts counts;
    struct amp_osm_pair *tag;  /* of one object */
    struct amp_osm_link *link; /* of one relation */
    int64_t *ref;              /* of one way */
    struct amp_buf text;       /* names of one object, terminated */
    amp_err err;               /* of the names: sticky */
};

static double radians(double lat_e7)
{
    static const double per_e7 = 3.14159265358979323846 / 180 / 1e7;
    return lat_e7 * per_e7;
}

static int64_t row_height_e7(const struct quilt *quilt)
{
    const struct amp_quilt_frame *frame = &quilt->seams.frame;
    return (int64_t)frame->north_e7 - frame->south_e7 + SEAM_E7;
}

/* How much wider a degree of longitude must be in this row for the same metres. */
static double row_stretch(const struct quilt *quilt, unsigned row)
{
    const struct amp_quilt_frame *frame = &quilt->seams.frame;
    double middle = ((double)frame->south_e7 + frame->north_e7) / 2;
    return cos(radians(middle)) / cos(radians(middle + (double)(row * row_height_e7(quilt))));
}

static int32_t lon_wrap(int64_t lon_e7)
{
    static const int64_t half = INT64_C(1800000000);
    lon_e7 = (lon_e7 + half) % (2 * half);
    return (int32_t)(lon_e7 < 0 ? lon_e7 + half : lon_e7 - half);
}

static struct amp_pos moved(const struct quilt *quilt, unsigned copy, struct amp_pos pos)
{
    const struct amp_quilt_frame *frame = &quilt->seams.frame;
    unsigned row = copy / quilt->plan.side;
    unsigned column = copy % quilt->plan.side;
    int64_t width = (int64_t)frame->east_e7 - frame->west_e7 + SEAM_E7;
    double lon = (double)amp_lon_delta_e7(frame->middle_e7, pos.lon_e7) + (double)(column * width);
    int64_t east = llround(lon * row_stretch(quilt, row));
    return (struct amp_pos){.lat_e7 = (int32_t)(pos.lat_e7 + row * row_height_e7(quilt)),
                            .lon_e7 = lon_wrap(frame->middle_e7 + east)};
}

static struct amp_pos jittered(struct amp_pos pos, unsigned copy, uint32_t node)
{
    struct amp_chance chance = {.state = (uint64_t)copy << 32 | node};
    if (copy == 0) {
        return pos;
    }
    int64_t lat = pos.lat_e7 + (int64_t)amp_chance_below(&chance, 2 * JITTER_E7 + 1) - JITTER_E7;
    int64_t lon = pos.lon_e7 + (int64_t)amp_chance_below(&chance, 2 * JITTER_E7 + 1) - JITTER_E7;
    return (struct amp_pos){.lat_e7 = (int32_t)lat, .lon_e7 = lon_wrap(lon)};
}

/* The tags [first, end) into quilt->tag. */
static size_t tags_copy(struct quilt *quilt, unsigned copy, uint32_t first, uint32_t end)
{
    const struct amp_osm *osm = quilt->osm;
    amp_buf_clear(&quilt->text);
    for (uint32_t i = first; i < end; i++) { /* the names first: the text may move as it grows */
        if (quilt->names && copy > 0 && amp_quilt_names_hold(quilt->names, osm->tag[i].key)) {
            amp_quilt_names_put(quilt->names, copy, amp_osm_text(osm, osm->tag[i].value),
                                &quilt->text);
        }
    }
    quilt->err = quilt->err ? quilt->err : amp_buf_err(&quilt->text);
    const char *name = quilt->err ? NULL : quilt->text.data;
    for (uint32_t i = first; i < end; i++) {
        struct amp_osm_pair *tag = &quilt->tag[i - first];
        *tag = (struct amp_osm_pair){.key = amp_osm_text(osm, osm->tag[i].key),
                                     .value = amp_osm_text(osm, osm->tag[i].value)};
        if (quilt->names && copy > 0 && name &&
            amp_quilt_names_hold(quilt->names, osm->tag[i].key)) {
            tag->value = name;
            name += strlen(name) + 1;
        }
    }
    return end - first;
}

static int64_t id_of(unsigned copy, uint32_t per_copy, uint32_t number)
{
    return (int64_t)copy * per_copy + number + 1;
}

static void nodes_write(struct quilt *quilt, unsigned copy)
{
    const struct amp_osm *osm = quilt->osm;
    for (uint32_t i = 0; i < osm->node_n; i++) {
        struct amp_osm_span span = amp_osm_node_tags(osm, i);
        size_t tag_n = tags_copy(quilt, copy, span.first, span.end);
        struct amp_pos pos = jittered(moved(quilt, copy, osm->node_pos[i]), copy, i);
        amp_osm_writer_node(quilt->writer, id_of(copy, osm->node_n, i), pos, quilt->tag, tag_n);
    }
    quilt->counts.nodes += osm->node_n;
}

static void ways_write(struct quilt *quilt, unsigned copy)
{
    const struct amp_osm *osm = quilt->osm;
    for (uint32_t way = 0; way < osm->way_n; way++) {
        size_t tag_n = tags_copy(quilt, copy, osm->way_tag_first[way], osm->way_tag_first[way + 1]);
        size_t ref_n = 0;
        for (uint32_t r = osm->way_ref_first[way]; r < osm->way_ref_first[way + 1]; r++) {
            if (amp_osm_way_gap(osm, r)) {
                quilt->ref[ref_n++] = absent_id;
            }
            quilt->ref[ref_n++] = id_of(copy, osm->node_n, osm->way_ref[r]);
        }
        amp_osm_writer_way(quilt->writer, id_of(copy, osm->way_n, way), quilt->ref, ref_n,
                           quilt->tag, tag_n);
    }
    quilt->counts.ways += osm->way_n;
}

static void relations_write(struct quilt *quilt, unsigned copy)
{
    const struct amp_osm *osm = quilt->osm;
    const uint32_t per_copy[] = {osm->node_n, osm->way_n, osm->rel_n};
    for (uint32_t rel = 0; rel < osm->rel_n; rel++) {
        size_t tag_n = tags_copy(quilt, copy, osm->rel_tag_first[rel], osm->rel_tag_first[rel + 1]);
        uint32_t first = osm->rel_member_first[rel];
        uint32_t end = osm->rel_member_first[rel + 1];
        for (uint32_t m = first; m < end; m++) {
            const struct amp_osm_member *member = &osm->rel_member[m];
            bool here = member->index != AMP_OSM_ABSENT;
            quilt->link[m - first] = (struct amp_osm_link){
                .kind = member->kind,
                .id = here ? id_of(copy, per_copy[member->kind], member->index) : absent_id,
                .role = amp_osm_text(osm, member->role)};
        }
        amp_osm_writer_relation(quilt->writer, id_of(copy, osm->rel_n, rel), quilt->link,
                                end - first, quilt->tag, tag_n);
    }
    quilt->counts.relations += osm->rel_n;
}

static void links_write(struct quilt *quilt, unsigned from, unsigned to, const struct amp_buf *seam)
{
    const struct amp_osm *osm = quilt->osm;
    const struct amp_quilt_link *link = (const struct amp_quilt_link *)(const void *)seam->data;
    for (size_t i = 0; i < seam->len / sizeof *link; i++) {
        const int64_t ref[] = {id_of(from, osm->node_n, link[i].from),
                               id_of(to, osm->node_n, link[i].to)};
        quilt->counts.links++;
        amp_buf_clear(&quilt->text);
        amp_buf_printf(&quilt->text, "N %llu", (unsigned long long)quilt->counts.links);
        const struct amp_osm_pair tag[] = {
            {"highway", "trunk"}, {"maxspeed", "90"}, {"ref", amp_buf_cstr(&quilt->text)}};
        amp_osm_writer_way(quilt->writer, (int64_t)++quilt->counts.ways, ref, 2, tag, 3);
    }
}

static void seams_write(struct quilt *quilt)
{
    unsigned side = quilt->plan.side;
    for (unsigned copy = 0; copy < side * side; copy++) {
        if (copy % side + 1 < side) {
            links_write(quilt, copy, copy + 1, &quilt->seams.east);
        }
        if (copy / side + 1 < side) {
            links_write(quilt, copy, copy + side, &quilt->seams.north);
        }
    }
}

static void tell(const struct quilt *quilt, const char *phase, unsigned done)
{
    if (quilt->progress) {
        quilt->progress->tell(quilt->progress->ctx, phase, done,
                              quilt->plan.side * quilt->plan.side);
    }
}

static void copies_write(struct quilt *quilt)
{
    unsigned n = quilt->plan.side * quilt->plan.side;
    for (unsigned copy = 0; copy < n; copy++) {
        nodes_write(quilt, copy);
        tell(quilt, "writing nodes", copy + 1);
    }
    for (unsigned copy = 0; copy < n; copy++) {
        ways_write(quilt, copy);
        tell(quilt, "writing ways", copy + 1);
    }
    seams_write(quilt);
    for (unsigned copy = 0; copy < n; copy++) {
        relations_write(quilt, copy);
        tell(quilt, "writing relations", copy + 1);
    }
}

static size_t longest(const uint32_t *first, uint32_t n)
{
    size_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        most = first[i + 1] - first[i] > most ? first[i + 1] - first[i] : most;
    }
    return most;
}

/* Room for the largest object. */
static amp_err room_make(struct quilt *quilt)
{
    const struct amp_osm *osm = quilt->osm;
    size_t tag_n = longest(osm->way_tag_first, osm->way_n);
    size_t rel_tag_n = longest(osm->rel_tag_first, osm->rel_n);
    size_t ref_n = longest(osm->way_ref_first, osm->way_n);
    size_t link_n = longest(osm->rel_member_first, osm->rel_n);
    tag_n = rel_tag_n > tag_n ? rel_tag_n : tag_n;
    for (uint32_t i = 0; i < osm->node_n; i++) {
        struct amp_osm_span span = amp_osm_node_tags(osm, i);
        tag_n = span.end - span.first > tag_n ? span.end - span.first : tag_n;
    }
    quilt->tag = calloc(tag_n + 1, sizeof *quilt->tag);
    quilt->ref = calloc(2 * ref_n + 1, sizeof *quilt->ref); /* a gap before each */
    quilt->link = calloc(link_n + 1, sizeof *quilt->link);
    return quilt->tag && quilt->ref && quilt->link ? AMP_OK : AMP_E_NOMEM;
}

/* The whole quilt lies between the poles and does not meet itself. */
static amp_err size_check(const struct quilt *quilt, struct amp_why *why)
{
    const struct amp_quilt_frame *frame = &quilt->seams.frame;
    static const int64_t limit_e7 = INT64_C(10000000) * AMP_QUILT_LAT_MAX;
    int64_t top = frame->north_e7 + (quilt->plan.side - 1) * row_height_e7(quilt);
    int64_t width = ((int64_t)frame->east_e7 - frame->west_e7 + SEAM_E7) * quilt->plan.side;
    double stretch = 1;
    for (unsigned row = 0; row < quilt->plan.side && top <= limit_e7; row++) {
        stretch = fmax(stretch, row_stretch(quilt, row));
    }
    if (top > limit_e7 || frame->south_e7 < -limit_e7) {
        return amp_fail(why, AMP_E_RANGE,
                        "%u rows of this extract leave the latitudes up to %d degrees",
                        quilt->plan.side, AMP_QUILT_LAT_MAX);
    }
    if ((double)width * stretch > 3.6e9 / 100 * LON_TURN_PERCENT) {
        return amp_fail(why, AMP_E_RANGE, "%u columns of this extract go round the globe",
                        quilt->plan.side);
    }
    if ((uint64_t)quilt->osm->node_n * quilt->plan.side * quilt->plan.side >= AMP_OSM_ABSENT) {
        return amp_fail(why, AMP_E_LIMIT, "so many copies have more nodes than a map may have");
    }
    return AMP_OK;
}

static struct amp_box box_of(const struct quilt *quilt)
{
    const struct amp_quilt_frame *frame = &quilt->seams.frame;
    unsigned side = quilt->plan.side;
    struct amp_box box = {.south_e7 = frame->south_e7,
                          .north_e7 =
                              (int32_t)(frame->north_e7 + (side - 1) * row_height_e7(quilt))};
    int64_t west = INT64_MAX, east = INT64_MIN; /* of the middle */
    int64_t width = (int64_t)frame->east_e7 - frame->west_e7 + SEAM_E7;
    for (unsigned row = 0; row < side; row++) {
        double stretch = row_stretch(quilt, row);
        int64_t left = llround(frame->west_e7 * stretch);
        int64_t right = llround((double)((side - 1) * width + frame->east_e7) * stretch);
        west = left < west ? left : west;
        east = right > east ? right : east;
    }
    box.west_e7 = lon_wrap(frame->middle_e7 + west);
    box.east_e7 = lon_wrap(frame->middle_e7 + east);
    return box;
}

static amp_err quilt_make(struct quilt *quilt, const char *out_path, struct amp_why *why)
{
    amp_err err = amp_quilt_seams_find(quilt->osm, quilt->plan.links, &quilt->seams, why);
    if (err) {
        return err;
    }
    err = size_check(quilt, why);
    if (!err) {
        err = room_make(quilt);
        if (!err && quilt->plan.names) {
            err = amp_quilt_names_create(quilt->osm, &quilt->names);
        }
        if (err) {
            err = amp_fail(why, err, "%s", amp_err_words(err));
        }
    }
    if (!err) {
        err = amp_osm_writer_create(out_path, box_of(quilt), &quilt->writer, why);
    }
    if (!err) {
        copies_write(quilt);
        err = quilt->err ? amp_fail(why, quilt->err, "the names of an object do not fit: %s",
                                    amp_err_words(quilt->err))
                         : amp_osm_writer_commit(quilt->writer, why);
    }
    return err;
}

amp_err amp_quilt_write(const char *in_path, const char *out_path,
                        const struct amp_quilt_plan *plan, const struct amp_progress *progress,
                        struct amp_quilt_counts *out, struct amp_why *why)
{
    if (plan->side < 1 || plan->side > AMP_QUILT_SIDE_MAX || plan->links < 1 ||
        plan->links > AMP_QUILT_LINKS_MAX) {
        return amp_fail(why, AMP_E_RANGE, "copies along a side are 1 to %d, links 1 to %d",
                        AMP_QUILT_SIDE_MAX, AMP_QUILT_LINKS_MAX);
    }
    struct amp_osm osm = {0};
    amp_err err = amp_osm_read_every_tag(in_path, progress, &osm, why);
    if (err) {
        return err;
    }
    struct quilt quilt = {
        .osm = &osm, .plan = *plan, .progress = progress, .text = amp_buf_make(UINT32_MAX)};
    err = quilt_make(&quilt, out_path, why);
    amp_osm_writer_abandon(quilt.writer);
    amp_quilt_names_destroy(quilt.names);
    amp_quilt_seams_free(&quilt.seams);
    amp_buf_free(&quilt.text);
    free(quilt.tag);
    free(quilt.ref);
    free(quilt.link);
    amp_osm_free(&osm);
    if (!err) {
        *out = quilt.counts;
    }
    return err;
}
