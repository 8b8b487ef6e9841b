/* Collecting where streets meet, and the kilometres of numbered roads. */
#include "map/places_draft.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MEET_MAX = 8,          /* streets at one node */
    STEP_M = 100,          /* between kilometres that are reckoned */
    GAP_MAX_M = 20000,     /* posts farther apart do not tell what lies between */
    ROAD_REACH_M = 60,     /* a post stands this near to its road */
    LAT_REACH_E7 = 200000, /* 2.2 km: no piece of a road is longer by much */
    METRE_MAX = 20000000,
    KEY_BYTES = 32
};

/* ---- crossings ---- */

struct at_node {
    uint32_t node, street;
};

static int at_node_order(const void *a, const void *b)
{
    const struct at_node *x = a;
    const struct at_node *y = b;
    if (x->node != y->node) {
        return x->node < y->node ? -1 : 1;
    }
    return x->street < y->street ? -1 : x->street > y->street;
}

static void node_cross(struct amp_pl_drafts *d, const struct at_node *at, size_t n)
{
    uint32_t street[MEET_MAX];
    size_t street_n = 0;
    for (size_t i = 0; i < n && street_n < MEET_MAX; i++) {
        if (street_n == 0 || street[street_n - 1] != at[i].street) {
            street[street_n++] = at[i].street;
        }
    }
    for (size_t i = 0; i < street_n; i++) {
        for (size_t j = 0; j < street_n; j++) {
            if (i != j) {
                struct amp_pl_cross cross = {street[i], street[j], d->osm->node_pos[at->node]};
                amp_buf_put(&d->cross, &cross, sizeof(cross));
            }
        }
    }
}

amp_err amp_pl_collect_crossings(struct amp_pl_drafts *d)
{
    const struct amp_osm *osm = d->osm;
    struct amp_buf at = amp_buf_make(AMP_PL_BYTES);
    for (uint32_t way = 0; way < osm->way_n; way++) {
        for (uint32_t r = osm->way_ref_first[way];
             r < osm->way_ref_first[way + 1] && d->way_draft[way] != AMP_PL_NONE; r++) {
            struct at_node one = {osm->way_ref[r], d->way_draft[way]};
            amp_buf_put(&at, &one, sizeof(one));
        }
    }
    struct at_node *one = (struct at_node *)(void *)at.data;
    size_t n = at.len / sizeof(*one);
    if (n > 0) {
        qsort(one, n, sizeof(*one), at_node_order);
    }
    for (size_t first = 0, end = 0; first < n; first = end) {
        for (end = first + 1; end < n && one[end].node == one[first].node;) {
            end++;
        }
        if (one[first].street != one[end - 1].street) {
            node_cross(d, one + first, end - first);
        }
    }
    amp_err err = amp_buf_err(&at);
    amp_buf_free(&at);
    return err ? err : amp_buf_err(&d->cross);
}

/* ---- kilometre posts ---- */

struct post {
    char key[KEY_BYTES]; /* the road's number, folded, without blanks */
    uint32_t road;       /* text of the extract */
    int32_t metre;
    uint32_t node; /* of the road, nearest to the post */
    struct amp_pos pos;
};

struct edge { /* of a numbered road */
    char key[KEY_BYTES];
    uint32_t from, to;
    uint32_t ref; /* text of the extract: a list */
};

struct roads {
    struct amp_pl_drafts *d;
    struct amp_buf edge; /* struct edge, each way round, by (key, from) */
    struct amp_buf post;
};

/* "23", "23.5", "23,5 km", "23+500" */
static bool metre_read(const char *text, int32_t *out)
{
    char number[KEY_BYTES];
    size_t len = 0;
    double km = 0;
    double more_m = 0;
    const char *plus = strchr(text, '+');
    for (const char *at = text; *at != '\0' && at != plus && len < sizeof(number); at++) {
        if ((*at >= '0' && *at <= '9') || *at == '.' || *at == ',') {
            number[len++] = *at == ',' ? '.' : *at;
        } else if (*at != ' ') {
            break;
        }
    }
    if (amp_str_double((struct amp_str){number, len}, &km) ||
        (plus != NULL && amp_str_double(amp_str_trim(amp_str_of(plus + 1)), &more_m))) {
        return false;
    }
    double metre = km * 1000 + more_m;
    if (!(metre >= 0) || !(metre <= METRE_MAX)) {
        return false;
    }
    *out = (int32_t)lround(metre);
    return true;
}

static void edges_of_ref(struct roads *r, uint32_t way, uint32_t ref)
{
    const struct amp_osm *osm = r->d->osm;
    struct amp_str rest = amp_str_of(amp_osm_text(osm, ref));
    while (rest.len > 0) {
        struct amp_str piece;
        struct edge edge = {.ref = ref};
        rest = amp_str_cut(rest, ';', &piece);
        if (amp_fold_joined(piece, edge.key, sizeof(edge.key)) == 0) {
            continue;
        }
        for (uint32_t i = osm->way_ref_first[way]; i + 1 < osm->way_ref_first[way + 1]; i++) {
            edge.from = osm->way_ref[i];
            edge.to = osm->way_ref[i + 1];
            amp_buf_put(&r->edge, &edge, sizeof(edge));
            edge.to = osm->way_ref[i];
            edge.from = osm->way_ref[i + 1];
            amp_buf_put(&r->edge, &edge, sizeof(edge));
        }
    }
}

static int edge_order(const void *a, const void *b)
{
    const struct edge *x = a;
    const struct edge *y = b;
    int by_key = strcmp(x->key, y->key);
    if (by_key != 0) {
        return by_key;
    }
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    return x->to < y->to ? -1 : x->to > y->to;
}

/* The road that a post stands at: the one of the number it names, or any near it. */
static const struct edge *road_find(const struct roads *r, const char *key, struct amp_pos pos)
{
    const struct edge *edge = (const struct edge *)(const void *)r->edge.data;
    const struct edge *best = NULL;
    double best_m = ROAD_REACH_M;
    for (size_t i = 0; i < r->edge.len / sizeof(*edge); i++) {
        double share;
        int32_t lat_e7 = r->d->osm->node_pos[edge[i].from].lat_e7;
        bool named = key[0] == '\0' || strcmp(key, edge[i].key) == 0;
        if (!named || abs(lat_e7 - pos.lat_e7) > LAT_REACH_E7) {
            continue; /* most roads are far away */
        }
        double m = amp_segment_near(pos, r->d->osm->node_pos[edge[i].from],
                                    r->d->osm->node_pos[edge[i].to], &share);
        if (share <= 0.5 && m < best_m) { /* from is the nearer end */
            best_m = m;
            best = &edge[i];
        }
    }
    return best;
}

struct post_keys {
    uint32_t highway, distance, pk, name;
    uint32_t ref[3];
};

static void post_add(struct roads *r, const struct post_keys *keys, uint32_t node)
{
    const struct amp_osm *osm = r->d->osm;
    struct amp_osm_span span = amp_osm_node_tags(osm, node);
    uint32_t first = span.first, end = span.end;
    const char *kind = amp_osm_value(osm, first, end, keys->highway);
    if (kind == NULL || strcmp(kind, "milestone") != 0) {
        return;
    }
    const uint32_t where[] = {keys->distance, keys->pk, keys->name};
    struct post post = {.pos = osm->node_pos[node]};
    bool read = false;
    for (size_t i = 0; i < sizeof(where) / sizeof(where[0]) && !read; i++) {
        const char *value = amp_osm_value(osm, first, end, where[i]);
        read = value != NULL && metre_read(value, &post.metre);
    }
    const struct edge *road = NULL;
    for (size_t i = 0; i < sizeof(keys->ref) / sizeof(keys->ref[0]) && read && road == NULL; i++) {
        const char *value = amp_osm_value(osm, first, end, keys->ref[i]);
        if (value != NULL && amp_fold_joined(amp_str_of(value), post.key, sizeof(post.key)) > 0) {
            road = road_find(r, post.key, post.pos);
        }
    }
    road = read && road == NULL ? road_find(r, "", post.pos) : road;
    if (road != NULL) {
        memcpy(post.key, road->key, sizeof(post.key));
        post.road = road->ref;
        post.node = road->from;
        amp_buf_put(&r->post, &post, sizeof(post));
    }
}

static int post_order(const void *a, const void *b)
{
    const struct post *x = a;
    const struct post *y = b;
    int by_key = strcmp(x->key, y->key);
    if (by_key != 0) {
        return by_key;
    }
    if (x->metre != y->metre) {
        return x->metre < y->metre ? -1 : 1;
    }
    return x->node < y->node ? -1 : x->node > y->node;
}

/* First edge of this road from this node on. */
static size_t edge_first(const struct roads *r, const char *key, uint32_t node)
{
    const struct edge *edge = (const struct edge *)(const void *)r->edge.data;
    size_t lo = 0;
    for (size_t hi = r->edge.len / sizeof(*edge); lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;
        int order = strcmp(edge[mid].key, key);
        if (order < 0 || (order == 0 && edge[mid].from < node)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

struct step { /* a node reached along a road */
    double m;
    uint32_t node;
    uint32_t before; /* step, or none */
};

/* Breadth by distance along a road from one post's node to another's: steps so far, the shortest
 * open one next. Roads are lines, so few are open at a time. */
static uint32_t road_follow(const struct roads *r, const struct post *from, const struct post *to,
                            struct amp_buf *steps)
{
    enum {
        STEPS_MAX = 20000
    };
    const struct edge *edge = (const struct edge *)(const void *)r->edge.data;
    size_t edge_n = r->edge.len / sizeof(*edge);
    double most_m = 3.0 * (to->metre - from->metre) + 1000;
    struct step start = {0, from->node, AMP_PL_NONE};
    amp_buf_clear(steps);
    amp_buf_put(steps, &start, sizeof(start));
    uint32_t done = 0; /* steps before are closed */
    while (!amp_buf_err(steps) && done < steps->len / sizeof(start) && done < STEPS_MAX) {
        struct step *step = (struct step *)(void *)steps->data;
        uint32_t n = (uint32_t)(steps->len / sizeof(*step));
        uint32_t next = done;
        for (uint32_t i = done + 1; i < n; i++) {
            next = step[i].m < step[next].m ? i : next;
        }
        struct step now = step[next];
        step[next] = step[done];
        step[done] = now;
        if (now.node == to->node) {
            return done;
        }
        bool seen = now.m > most_m;
        for (uint32_t i = 0; i < done && !seen; i++) {
            seen = step[i].node == now.node;
        }
        for (size_t e = edge_first(r, from->key, now.node);
             !seen && e < edge_n && edge[e].from == now.node && strcmp(edge[e].key, from->key) == 0;
             e++) {
            double m =
                amp_pos_distance_m(r->d->osm->node_pos[now.node], r->d->osm->node_pos[edge[e].to]);
            struct step more = {now.m + m, edge[e].to, done};
            amp_buf_put(steps, &more, sizeof(more));
        }
        done++;
    }
    return AMP_PL_NONE;
}

static void milepost_put(struct roads *r, const struct post *post, int32_t metre,
                         struct amp_pos pos)
{
    struct amp_pl_milepost m = {.metre = metre, .pos = pos, .drawn = metre == post->metre ? 1 : 0};
    m.key = amp_pl_put_text(r->d, amp_str_of(post->key));
    m.road = amp_pl_put_osm_text(r->d, post->road);
    amp_buf_put(&r->d->milepost, &m, sizeof(m));
}

/* Kilometres between two posts, along the road, as the posts stretch it. */
static void between_put(struct roads *r, const struct post *from, const struct post *to,
                        struct amp_buf *steps)
{
    int32_t gap = to->metre - from->metre;
    uint32_t last =
        gap > STEP_M && gap <= GAP_MAX_M ? road_follow(r, from, to, steps) : AMP_PL_NONE;
    const struct step *step = (const struct step *)(const void *)steps->data;
    const struct amp_pos *pos = r->d->osm->node_pos;
    for (int32_t metre = from->metre - from->metre % STEP_M + STEP_M;
         metre < to->metre && last != AMP_PL_NONE && step[last].m > 0; metre += STEP_M) {
        double want_m = step[last].m * (metre - from->metre) / gap;
        uint32_t at = last;
        while (step[at].before != AMP_PL_NONE && step[step[at].before].m > want_m) {
            at = step[at].before;
        }
        uint32_t before = step[at].before == AMP_PL_NONE ? at : step[at].before;
        double length_m = step[at].m - step[before].m;
        double share = length_m > 0 ? (want_m - step[before].m) / length_m : 0;
        milepost_put(
            r, from, metre,
            amp_pos_between(pos[step[before].node], pos[step[at].node], fmin(fmax(share, 0), 1)));
    }
}

static void posts_join(struct roads *r)
{
    struct post *post = (struct post *)(void *)r->post.data;
    size_t n = r->post.len / sizeof(*post);
    struct amp_buf steps = amp_buf_make(AMP_PL_BYTES);
    if (n > 0) {
        qsort(post, n, sizeof(*post), post_order);
    }
    for (size_t i = 0; i < n; i++) {
        bool again = i > 0 && strcmp(post[i - 1].key, post[i].key) == 0;
        if (again && post[i - 1].metre == post[i].metre) {
            post[i].node =
                post[i - 1].node; /* the other side of the road, or a road of that name */
            continue;
        }
        milepost_put(r, &post[i], post[i].metre, post[i].pos);
        size_t next = i + 1;
        while (next < n && post[next].metre == post[i].metre &&
               strcmp(post[next].key, post[i].key) == 0) {
            next++;
        }
        if (next < n && strcmp(post[next].key, post[i].key) == 0) {
            between_put(r, &post[i], &post[next], &steps);
        }
    }
    amp_buf_free(&steps);
}

amp_err amp_pl_collect_mileposts(struct amp_pl_drafts *d)
{
    const struct amp_osm *osm = d->osm;
    struct roads r = {
        .d = d, .edge = amp_buf_make(AMP_PL_BYTES), .post = amp_buf_make(AMP_PL_BYTES)};
    struct post_keys keys = {amp_osm_find_text(osm, "highway"),
                             amp_osm_find_text(osm, "distance"),
                             amp_osm_find_text(osm, "pk"),
                             amp_osm_find_text(osm, "name"),
                             {amp_osm_find_text(osm, "road_ref"),
                              amp_osm_find_text(osm, "highway:ref"),
                              amp_osm_find_text(osm, "ref")}};
    if (amp_osm_find_text(osm, "milestone") == AMP_OSM_ABSENT) {
        return AMP_OK;
    }
    for (uint32_t way = 0; way < osm->way_n; way++) {
        uint32_t end = osm->way_tag_first[way + 1];
        for (uint32_t t = osm->way_tag_first[way];
             t < end && amp_osm_way_value(osm, way, keys.highway) != NULL; t++) {
            if (osm->tag[t].key == keys.ref[2]) {
                edges_of_ref(&r, way, osm->tag[t].value);
            }
        }
    }
    size_t n = r.edge.len / sizeof(struct edge);
    if (n > 0) {
        qsort(r.edge.data, n, sizeof(struct edge), edge_order);
    }
    for (uint32_t node = 0; node < osm->node_n; node++) {
        post_add(&r, &keys, node);
    }
    amp_err err = amp_buf_err(&r.edge);
    err = err ? err : amp_buf_err(&r.post);
    if (!err) {
        posts_join(&r);
    }
    amp_buf_free(&r.edge);
    amp_buf_free(&r.post);
    err = err ? err : amp_buf_err(&d->milepost);
    return err ? err : amp_buf_err(&d->text);
}
