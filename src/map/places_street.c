/* Collecting streets and house numbers: one place for each connected name. */
#include "map/dropped.h"
#include "map/places_cluster.h"
#include "map/places_draft.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREET_CELL_E7 = 20000, /* 222 m: pieces of a name up to two cells apart are one street */
    STREET_REACH_M = 1500,  /* a house belongs to a street of its name whose box is this near */
    ADDRESS_STREET_IMPORTANCE = 85,
    HOUSE_BYTES = 32,
    HOUSE_PIECES = 64
};

uint32_t amp_pl_put_key(struct amp_pl_drafts *d, struct amp_str name)
{
    struct amp_folded folded;
    amp_fold(name, &folded);
    uint32_t offset = (uint32_t)d->keys.len;
    for (size_t i = 0; i < folded.n; i++) {
        if (i > 0) {
            amp_buf_char(&d->keys, ' ');
        }
        amp_buf_str(&d->keys, folded.word[i]);
    }
    amp_buf_char(&d->keys, '\0');
    return offset;
}

struct work {
    struct amp_buf items;     /* struct amp_pl_item */
    struct amp_buf positions; /* struct amp_pos */
};

static struct work work_make(void)
{
    return (struct work){.items = amp_buf_make(AMP_PL_BYTES),
                         .positions = amp_buf_make(AMP_PL_BYTES)};
}

static void work_free(struct work *w)
{
    amp_buf_free(&w->items);
    amp_buf_free(&w->positions);
}

static amp_err work_err(const struct work *w)
{
    amp_err err = amp_buf_err(&w->items);
    return err ? err : amp_buf_err(&w->positions);
}

/* The name of a road: its name, else its number. */
static uint32_t road_name(const struct amp_pl_drafts *d, uint32_t way)
{
    uint32_t first = d->osm->way_tag_first[way];
    uint32_t end = d->osm->way_tag_first[way + 1];
    uint32_t name = amp_kinds_name(d->kinds, first, end);
    for (uint32_t t = first; t < end && name == AMP_OSM_ABSENT; t++) {
        const struct amp_osm_tag *tag = &d->osm->tag[t];
        if (amp_kinds_role(d->kinds, tag->key) == AMP_NAME_REF &&
            amp_osm_text(d->osm, tag->value)[0] != '\0') {
            name = tag->value;
        }
    }
    return name;
}

static uint8_t road_importance(const struct amp_pl_drafts *d, uint32_t highway, uint32_t way)
{
    const char *value = amp_osm_way_value(d->osm, way, highway);
    return value == NULL ? 0 : amp_kinds_street(value);
}

static void road_add(struct amp_pl_drafts *d, struct work *w, uint32_t way, uint32_t name)
{
    const struct amp_osm *osm = d->osm;
    struct amp_pl_item item = {.source = way};
    item.key = amp_pl_put_key(d, amp_str_of(amp_osm_text(osm, name)));
    item.pos_first = (uint32_t)(w->positions.len / sizeof(struct amp_pos));
    for (uint32_t r = osm->way_ref_first[way]; r < osm->way_ref_first[way + 1]; r++) {
        amp_buf_put(&w->positions, &osm->node_pos[osm->way_ref[r]], sizeof(struct amp_pos));
        item.pos_n++;
    }
    if (item.pos_n > 0) {
        amp_buf_put(&w->items, &item, sizeof(item));
    }
}

static void street_put(struct amp_pl_drafts *d, struct amp_pl_draft draft, uint32_t key,
                       struct amp_box box)
{
    struct amp_pl_street street = {.key = key, .draft = (uint32_t)amp_pl_draft_n(d), .box = box};
    draft.kind = amp_pl_put_kind(d, "street");
    draft.flags = AMP_PL_STREET;
    amp_buf_put(&d->street, &street, sizeof(street));
    amp_buf_put(&d->draft, &draft, sizeof(draft));
}

/* One street from the ways of a cluster. */
static void cluster_street(struct amp_pl_drafts *d, const struct work *w,
                           const struct amp_pl_item *first, const struct amp_pl_item *end)
{
    uint32_t highway = amp_osm_find_text(d->osm, "highway");
    struct amp_pl_draft draft = {.alias_first = (uint32_t)(d->alias.len / sizeof(uint32_t))};
    struct amp_box box;
    draft.pos =
        amp_pl_middle(first, end, (const struct amp_pos *)(const void *)w->positions.data, &box);
    for (const struct amp_pl_item *it = first; it < end; it++) {
        uint8_t importance = road_importance(d, highway, it->source);
        if (importance > draft.importance) {
            draft.importance = importance;
            draft.name = amp_pl_put_osm_text(d, road_name(d, it->source));
        }
        amp_pl_put_aliases(d, d->osm->way_tag_first[it->source],
                           d->osm->way_tag_first[it->source + 1], false);
        d->way_draft[it->source] = (uint32_t)amp_pl_draft_n(d);
    }
    draft.alias_n = (uint32_t)(d->alias.len / sizeof(uint32_t)) - draft.alias_first;
    street_put(d, draft, first->key, box);
}

typedef void (*cluster_use)(struct amp_pl_drafts *d, const struct work *w,
                            const struct amp_pl_item *first, const struct amp_pl_item *end);

static amp_err clusters_use(struct amp_pl_drafts *d, struct work *w, cluster_use use)
{
    amp_err err = work_err(w);
    err = err ? err : amp_buf_err(&d->keys);
    err = err ? err : amp_pl_cluster(&w->items, &d->keys, &w->positions, STREET_CELL_E7);
    if (err) {
        return err;
    }
    const struct amp_pl_item *item = (const struct amp_pl_item *)(const void *)w->items.data;
    size_t n = w->items.len / sizeof(*item);
    for (size_t first = 0, end = 0; first < n; first = end) {
        for (end = first + 1; end < n && item[end].cluster == item[first].cluster;) {
            end++;
        }
        use(d, w, item + first, item + end);
    }
    err = amp_buf_err(&d->draft);
    return err ? err : amp_buf_err(&d->street);
}

amp_err amp_pl_collect_streets(struct amp_pl_drafts *d)
{
    uint32_t highway = amp_osm_find_text(d->osm, "highway");
    struct work w = work_make();
    for (uint32_t way = 0; way < d->osm->way_n; way++) {
        d->way_draft[way] = AMP_PL_NONE;
        uint32_t name = road_importance(d, highway, way) > 0 ? road_name(d, way) : AMP_OSM_ABSENT;
        if (name != AMP_OSM_ABSENT) {
            road_add(d, &w, way, name);
        }
    }
    amp_err err = clusters_use(d, &w, cluster_street);
    work_free(&w);
    return err;
}

static int street_order(const void *a, const void *b, void *keys)
{
    const struct amp_pl_street *x = a;
    const struct amp_pl_street *y = b;
    int by_key = strcmp((const char *)keys + x->key, (const char *)keys + y->key);
    return by_key != 0 ? by_key : x->draft < y->draft ? -1 : x->draft > y->draft;
}

/* Metres from a position to a box, 0 inside. */
static double box_distance_m(struct amp_box box, struct amp_pos pos)
{
    struct amp_pos near = pos;
    near.lat_e7 = near.lat_e7 < box.south_e7 ? box.south_e7 : near.lat_e7;
    near.lat_e7 = near.lat_e7 > box.north_e7 ? box.north_e7 : near.lat_e7;
    if (amp_lon_delta_e7(box.west_e7, pos.lon_e7) < 0 ||
        amp_lon_delta_e7(pos.lon_e7, box.east_e7) < 0) {
        struct amp_pos west = {near.lat_e7, box.west_e7};
        struct amp_pos east = {near.lat_e7, box.east_e7};
        return fmin(amp_pos_distance_m(pos, west), amp_pos_distance_m(pos, east));
    }
    return amp_pos_distance_m(pos, near);
}

/* The street of this folded name nearest to pos, or none. */
static uint32_t street_find(const struct amp_pl_drafts *d, const char *key, struct amp_pos pos)
{
    const struct amp_pl_street *street = (const struct amp_pl_street *)(const void *)d->street.data;
    size_t lo = 0;
    size_t n = d->street.len / sizeof(*street);
    for (size_t hi = n; lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;
        if (strcmp(d->keys.data + street[mid].key, key) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    uint32_t best = AMP_PL_NONE;
    double best_m = INFINITY;
    for (; lo < n && strcmp(d->keys.data + street[lo].key, key) == 0; lo++) {
        double box_m = box_distance_m(street[lo].box, pos);
        /* inside several boxes: the one whose middle is nearest */
        double m = box_m + amp_pos_distance_m(amp_pl_draft_at(d, street[lo].draft)->pos, pos) / 100;
        if (box_m <= STREET_REACH_M && m < best_m) {
            best_m = m;
            best = street[lo].draft;
        }
    }
    return best;
}

static void address_put(struct amp_pl_drafts *d, uint32_t street, struct amp_str house,
                        struct amp_pos pos)
{
    char key[HOUSE_BYTES];
    size_t len = amp_fold_house(house, key, sizeof(key));
    if (len == 0) {
        return; /* a mark between two numbers */
    }
    struct amp_pl_address address = {.street = street, .pos = pos, .reckoned = d->reckoned ? 1 : 0};
    address.house = amp_pl_put_text(d, house);
    address.key = amp_pl_put_text(d, (struct amp_str){.ptr = key, .len = len});
    amp_buf_put(&d->address, &address, sizeof(address));
}

/* "12;14" and "12,14" are two houses. A range "12-16" is found by its own text and by its ends. */
static void houses_put(struct amp_pl_drafts *d, uint32_t street, const char *value,
                       struct amp_pos pos)
{
    struct amp_str rest = amp_str_of(value);
    for (int i = 0; rest.len > 0 && i < HOUSE_PIECES; i++) {
        struct amp_str piece = {.ptr = rest.ptr, .len = 0};
        while (piece.len < rest.len && rest.ptr[piece.len] != ';' && rest.ptr[piece.len] != ',') {
            piece.len++;
        }
        size_t used = piece.len < rest.len ? piece.len + 1 : piece.len;
        rest = (struct amp_str){.ptr = rest.ptr + used, .len = rest.len - used};
        piece = amp_str_trim(piece);
        address_put(d, street, piece, pos);
        struct amp_str lo;
        struct amp_str hi = amp_str_cut(piece, '-', &lo);
        uint64_t number;
        if (!amp_str_u64(amp_str_trim(lo), &number) && !amp_str_u64(amp_str_trim(hi), &number)) {
            address_put(d, street, amp_str_trim(lo), pos);
            address_put(d, street, amp_str_trim(hi), pos);
        }
    }
}

struct address_keys {
    uint32_t house, street, place;
};

struct house {
    const char *house, *street;
    struct amp_pos pos;
    enum amp_osm_kind kind; /* of the object that says so, and its id */
    int64_t id;
};

static bool house_read(const struct amp_osm *osm, const struct address_keys *keys, uint32_t first,
                       uint32_t end, struct house *out)
{
    out->house = amp_osm_value(osm, first, end, keys->house);
    out->street = amp_osm_value(osm, first, end, keys->street);
    if (out->street == NULL) {
        out->street = amp_osm_value(osm, first, end, keys->place);
    }
    return out->house != NULL && out->street != NULL && out->street[0] != '\0';
}

/* Houses of a cluster whose street is not drawn make the street themselves. */
static void cluster_houses(struct amp_pl_drafts *d, const struct work *w,
                           const struct amp_pl_item *first, const struct amp_pl_item *end)
{
    struct amp_pl_draft draft = {.importance = ADDRESS_STREET_IMPORTANCE};
    struct amp_pl_address *address = (struct amp_pl_address *)(void *)d->address.data;
    struct amp_box box;
    draft.pos =
        amp_pl_middle(first, end, (const struct amp_pos *)(const void *)w->positions.data, &box);
    draft.name = address[first->source].street; /* the text, so far: see house_add */
    for (const struct amp_pl_item *it = first; it < end; it++) {
        address[it->source].street = (uint32_t)amp_pl_draft_n(d);
    }
    street_put(d, draft, first->key, box);
}

static void house_add(struct amp_pl_drafts *d, struct work *w, const struct house *house)
{
    size_t keys_len = d->keys.len;
    uint32_t key = amp_pl_put_key(d, amp_str_of(house->street));
    if (amp_buf_err(&d->keys)) {
        return;
    }
    if (d->keys.data[key] == '\0') {
        amp_dropped_add(d->osm->dropped, "address: a street without a letter or digit", house->kind,
                        house->id, 1);
        d->keys.len = keys_len;
        return;
    }
    uint32_t street = street_find(d, d->keys.data + key, house->pos);
    if (street != AMP_PL_NONE) {
        d->keys.len = keys_len;
        houses_put(d, street, house->house, house->pos);
        return;
    }
    size_t first = d->address.len / sizeof(struct amp_pl_address);
    uint32_t name = amp_pl_put_text(d, amp_str_of(house->street));
    houses_put(d, name, house->house, house->pos);
    size_t end = d->address.len / sizeof(struct amp_pl_address);
    for (size_t i = first; i < end; i++) {
        struct amp_pl_item item = {.key = key, .source = (uint32_t)i, .pos_n = 1};
        item.pos_first = (uint32_t)(w->positions.len / sizeof(struct amp_pos));
        amp_buf_put(&w->positions, &house->pos, sizeof(house->pos));
        amp_buf_put(&w->items, &item, sizeof(item));
    }
}

/* Numbers between two numbered nodes of an interpolation way, along the way. */
struct span {
    const char *street;
    uint32_t first, end; /* references of the way */
    int64_t lo, hi, step;
};

static void span_fill(struct amp_pl_drafts *d, struct work *w, const struct span *span)
{
    enum {
        SPAN_MAX = 1000,
        NUMBER_TEXT = 24
    };
    const struct amp_osm *osm = d->osm;
    int64_t sign = span->hi > span->lo ? 1 : -1;
    int64_t count = (span->hi - span->lo) * sign / span->step;
    double length_m = 0;
    for (uint32_t r = span->first; r < span->end; r++) {
        length_m +=
            amp_pos_distance_m(osm->node_pos[osm->way_ref[r]], osm->node_pos[osm->way_ref[r + 1]]);
    }
    uint32_t at = span->first;
    double behind_m = 0; /* length of the way before `at` */
    for (int64_t i = 1; i < count && count <= SPAN_MAX && length_m > 0; i++) {
        double want_m = length_m * (double)i / (double)count;
        double piece_m = 0;
        for (; at < span->end; at++, behind_m += piece_m) {
            piece_m = amp_pos_distance_m(osm->node_pos[osm->way_ref[at]],
                                         osm->node_pos[osm->way_ref[at + 1]]);
            if (behind_m + piece_m >= want_m || at + 1 == span->end) {
                break;
            }
        }
        double share = piece_m > 0 ? fmin((want_m - behind_m) / piece_m, 1) : 0;
        struct amp_buf number = amp_buf_make(NUMBER_TEXT);
        amp_buf_i64(&number, span->lo + sign * i * span->step);
        struct house house = {.house = amp_buf_cstr(&number),
                              .street = span->street,
                              .pos = amp_pos_between(osm->node_pos[osm->way_ref[at]],
                                                     osm->node_pos[osm->way_ref[at + 1]], share),
                              .kind = AMP_OSM_NODE,
                              .id = amp_osm_node_id(osm, osm->way_ref[at])};
        house_add(d, w, &house);
        amp_buf_free(&number);
    }
}

/* Key:addr:interpolation: odd, even, all, or the step itself. */
static int64_t span_step(const char *value)
{
    uint64_t step = 0;
    if (strcmp(value, "odd") == 0 || strcmp(value, "even") == 0) {
        return 2;
    }
    return strcmp(value, "all") == 0                                   ? 1
           : amp_str_u64(amp_str_of(value), &step) || step > UINT8_MAX ? 0
                                                                       : (int64_t)step;
}

static void spans_read(struct amp_pl_drafts *d, struct work *w, const struct address_keys *keys)
{
    const struct amp_osm *osm = d->osm;
    uint32_t interpolation = amp_osm_find_text(osm, "addr:interpolation");
    for (uint32_t way = 0; way < osm->way_n && interpolation != AMP_OSM_ABSENT; way++) {
        const char *value = amp_osm_way_value(osm, way, interpolation);
        struct span span = {.street = amp_osm_way_value(osm, way, keys->street)};
        span.step = value == NULL ? 0 : span_step(value);
        amp_dropped_add(osm->dropped, "addr:interpolation: neither odd, even, all nor a number",
                        AMP_OSM_WAY, osm->way_id[way], value != NULL && span.step == 0 ? 1 : 0);
        bool begun = false;
        for (uint32_t r = osm->way_ref_first[way]; r < osm->way_ref_first[way + 1] && span.step > 0;
             r++) {
            uint32_t node = osm->way_ref[r];
            uint64_t number = 0;
            struct house house;
            struct amp_osm_span tags = amp_osm_node_tags(osm, node);
            bool read = house_read(osm, keys, tags.first, tags.end, &house);
            if (house.house == NULL || amp_str_u64(amp_str_of(house.house), &number) ||
                number > INT32_MAX) {
                continue;
            }
            span.street = read ? house.street : span.street;
            span.hi = (int64_t)number;
            span.end = r;
            if (begun && span.street != NULL) {
                span_fill(d, w, &span);
            }
            begun = true;
            span.lo = span.hi;
            span.first = r;
        }
    }
}

/* Whether there is a house to be put; one without a street is told. */
static bool house_whole(const struct amp_osm *osm, const struct house *house)
{
    bool whole = house->street != NULL && house->street[0] != '\0';
    if (house->house != NULL && !whole) {
        amp_dropped_add(osm->dropped, "address: a house number without a street", house->kind,
                        house->id, 1);
    }
    return house->house != NULL && whole;
}

static void houses_read(struct amp_pl_drafts *d, struct work *w)
{
    const struct amp_osm *osm = d->osm;
    struct address_keys keys = {amp_osm_find_text(osm, "addr:housenumber"),
                                amp_osm_find_text(osm, "addr:street"),
                                amp_osm_find_text(osm, "addr:place")};
    struct house house;
    for (uint32_t i = 0; i < osm->node_n; i++) {
        struct amp_osm_span span = amp_osm_node_tags(osm, i);
        house.kind = AMP_OSM_NODE;
        house.id = amp_osm_node_id(osm, i);
        (void)house_read(osm, &keys, span.first, span.end, &house);
        if (house_whole(osm, &house)) {
            house.pos = osm->node_pos[i];
            house_add(d, w, &house);
        }
    }
    for (uint32_t i = 0; i < osm->way_n; i++) {
        house.kind = AMP_OSM_WAY;
        house.id = osm->way_id[i];
        (void)house_read(osm, &keys, osm->way_tag_first[i], osm->way_tag_first[i + 1], &house);
        if (house_whole(osm, &house) && amp_osm_way_center(osm, i, &house.pos)) {
            house_add(d, w, &house);
        }
    }
    for (uint32_t i = 0; i < osm->rel_n; i++) {
        house.kind = AMP_OSM_RELATION;
        house.id = osm->rel_id[i];
        (void)house_read(osm, &keys, osm->rel_tag_first[i], osm->rel_tag_first[i + 1], &house);
        if (house_whole(osm, &house) && amp_osm_rel_center(osm, i, &house.pos)) {
            house_add(d, w, &house);
        }
    }
    d->reckoned = true;
    spans_read(d, w, &keys);
    d->reckoned = false;
}

amp_err amp_pl_collect_addresses(struct amp_pl_drafts *d)
{
    size_t n = d->street.len / sizeof(struct amp_pl_street);
    if (n > 0) {
        qsort_r(d->street.data, n, sizeof(struct amp_pl_street), street_order, d->keys.data);
    }
    struct work w = work_make();
    houses_read(d, &w);
    amp_err err = amp_buf_err(&d->address);
    err = err ? err : clusters_use(d, &w, cluster_houses);
    work_free(&w);
    return err;
}
