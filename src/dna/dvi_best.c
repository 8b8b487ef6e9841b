/* The best choices of a net, by branch and bound. */
#include "dna/dvi_net.h"

#include <stdlib.h>
#include <string.h>

enum {
    STEPS = 20000000 /* options looked at before the search is cut */
};

struct search {
    const struct dvi_net *net;
    const struct dvi_exact *exact; /* the bound is exact with it */
    double *rest;                  /* without it: the best of the rows from here on, each alone */
    bool *taken;                   /* columns */
    uint32_t *cursor;              /* option at each row */
    uint64_t *mask;                /* before each row */
    double *sum;                   /* before each row */
    uint32_t *whom;
    struct dvi_best *best;
    size_t n, list;
};

static uint64_t mask_after(const struct search *in, size_t r, size_t option)
{
    return in->exact ? (in->mask[r] & in->exact->layer[r].keep) | in->exact->bits[option].set : 0;
}

static size_t place_of(const struct dvi_layer *layer, uint64_t mask)
{
    for (size_t at = dvi_hash(mask, layer->hash_n);; at = (at + 1) & (layer->hash_n - 1)) {
        if (layer->mask[layer->hash[at] - 1] == mask) {
            return layer->hash[at] - 1;
        }
    }
}

/* The most that rows after r can add. */
static double bound_after(const struct search *in, size_t r, size_t option)
{
    if (!in->exact) {
        return in->rest[r + 1];
    }
    const struct dvi_layer *layer = &in->exact->layer[r + 1];
    return layer->best[place_of(layer, mask_after(in, r, option))];
}

static bool columns_free(const struct search *in, size_t option)
{
    const struct dvi_net_option *its = &in->net->option[option];
    for (size_t t = its->at; t < its->at + its->n; t++) {
        if (in->taken[in->net->take[t].column]) {
            return false;
        }
    }
    return true;
}

static void columns_set(struct search *in, size_t option, bool taken)
{
    const struct dvi_net_option *its = &in->net->option[option];
    for (size_t t = its->at; t < its->at + its->n; t++) {
        const struct dvi_net_take *take = &in->net->take[t];
        in->taken[take->column] = taken;
        in->whom[take->who] = taken ? take->whom : AMP_DVI_NONE;
    }
}

int dvi_best_order(const struct dvi_best *a, const struct dvi_best *b, size_t victim_n)
{
    int64_t x = dvi_rounded(a->log_w);
    int64_t y = dvi_rounded(b->log_w);
    if (x != y) {
        return x > y ? -1 : 1;
    }
    for (size_t v = 0; v < victim_n; v++) { /* AMP_DVI_NONE is the largest: "*" last */
        if (a->whom[v] != b->whom[v]) {
            return a->whom[v] < b->whom[v] ? -1 : 1;
        }
    }
    return 0;
}

/* Keeps the choice at hand if it is among the best so far. */
static void best_keep(struct search *in)
{
    struct dvi_best now = {in->sum[in->net->row_n], in->whom};
    size_t victim_n = in->net->victim_n;
    size_t at = in->n;
    while (at > 0 && dvi_best_order(&now, &in->best[at - 1], victim_n) < 0) {
        at--;
    }
    if (at == in->list) {
        return;
    }
    if (in->n < in->list) {
        in->n++;
    }
    struct dvi_best last = in->best[in->n - 1];
    memmove(&in->best[at + 1], &in->best[at], (in->n - 1 - at) * sizeof(last));
    last.log_w = now.log_w;
    memcpy(last.whom, in->whom, victim_n * sizeof(*in->whom));
    in->best[at] = last;
}

static bool hopeless(const struct search *in, double log)
{
    return in->n == in->list && dvi_rounded(log) < dvi_rounded(in->best[in->n - 1].log_w);
}

/* The next option of row r that can still be among the best; false when there is none. */
static bool row_advance(struct search *in, size_t r, size_t *steps)
{
    const struct dvi_net_row *row = &in->net->row[r];
    for (; in->cursor[r] < row->n; in->cursor[r]++) {
        size_t option = row->at + in->cursor[r];
        double sum = in->sum[r] + in->net->option[option].log_w;
        ++*steps;
        if (!in->exact && hopeless(in, sum + in->rest[r + 1])) {
            return false; /* the options are sorted: no later one is better */
        }
        if (columns_free(in, option) && !hopeless(in, sum + bound_after(in, r, option))) {
            return true;
        }
    }
    return false;
}

static bool search_run(struct search *in)
{
    size_t r = 0;
    size_t steps = 0;
    in->cursor[0] = 0;
    while (steps < STEPS) {
        if (r < in->net->row_n && row_advance(in, r, &steps)) {
            size_t option = in->net->row[r].at + in->cursor[r];
            columns_set(in, option, true);
            in->sum[r + 1] = in->sum[r] + in->net->option[option].log_w;
            in->mask[r + 1] = mask_after(in, r, option);
            r++;
            in->cursor[r] = 0;
            continue;
        }
        if (r == in->net->row_n) {
            best_keep(in);
        }
        if (r == 0) {
            return true;
        }
        r--;
        columns_set(in, in->net->row[r].at + in->cursor[r], false);
        in->cursor[r]++;
    }
    return false;
}

static amp_err search_make(struct search *in, struct amp_arena *arena)
{
    const struct dvi_net *net = in->net;
    in->rest = amp_arena_array(arena, net->row_n + 1, sizeof(*in->rest));
    in->taken = amp_arena_array(arena, net->column_n + 1, sizeof(*in->taken));
    in->cursor = amp_arena_array(arena, net->row_n + 1, sizeof(*in->cursor));
    in->mask = amp_arena_array(arena, net->row_n + 1, sizeof(*in->mask));
    in->sum = amp_arena_array(arena, net->row_n + 1, sizeof(*in->sum));
    in->whom = amp_arena_array(arena, net->victim_n + 1, sizeof(*in->whom));
    in->best = amp_arena_array(arena, in->list + 1, sizeof(*in->best));
    uint32_t *whom = amp_arena_array(arena, in->list * net->victim_n + 1, sizeof(*whom));
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < in->list; i++) {
        in->best[i].whom = &whom[i * net->victim_n];
    }
    for (size_t v = 0; v < net->victim_n; v++) {
        in->whom[v] = AMP_DVI_NONE;
    }
    for (size_t r = net->row_n; r-- > 0;) {
        in->rest[r] = in->rest[r + 1] + net->option[net->row[r].at].log_w;
    }
    return AMP_OK;
}

amp_err dvi_net_best(const struct dvi_net *net, const struct dvi_exact *exact, size_t list,
                     struct amp_arena *arena, struct dvi_best **out, size_t *out_n, bool *complete)
{
    struct search in = {.net = net, .exact = exact, .list = list};
    amp_err err = search_make(&in, arena);
    if (err == AMP_OK) {
        *complete = search_run(&in);
        *out = in.best;
        *out_n = in.n;
    }
    return err;
}

/* Choices of the parts so far, joined with those of the next one. */
struct joined {
    double log_w;
    uint32_t from, choice;
};

static int joined_order(const void *a, const void *b)
{
    const struct joined *x = a;
    const struct joined *y = b;
    int64_t p = dvi_rounded(x->log_w);
    int64_t q = dvi_rounded(y->log_w);
    if (p != q) {
        return p > q ? -1 : 1;
    }
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    return (x->choice > y->choice) - (x->choice < y->choice);
}

/* The i-th best of one and the j-th best of the other are at least the (i+1)(j+1)-th best together:
 * the rest need not be looked at. */
static size_t joined_make(const struct joined *so_far, size_t n, const struct dvi_part *part,
                          size_t list, struct joined *room)
{
    size_t made = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < part->best_n && (i + 1) * (j + 1) <= list; j++) {
            room[made++] =
                (struct joined){so_far[i].log_w + part->best[j].log_w, (uint32_t)i, (uint32_t)j};
        }
    }
    qsort(room, made, sizeof(*room), joined_order);
    return made < list ? made : list;
}

static void whom_fill(const struct dvi_part *part, size_t part_n, size_t list,
                      const struct joined *kept, struct dvi_best *best, size_t at)
{
    for (size_t p = part_n; p-- > 0;) {
        const struct joined *its = &kept[(p + 1) * list + at];
        for (size_t v = 0; v < part[p].victim_n; v++) {
            best->whom[part[p].victim[v]] = part[p].best[its->choice].whom[v];
        }
        at = its->from;
    }
}

static void best_sort(struct dvi_best *best, size_t n, size_t victim_n)
{
    for (size_t i = 1; i < n; i++) {
        struct dvi_best its = best[i];
        size_t at = i;
        while (at > 0 && dvi_best_order(&its, &best[at - 1], victim_n) < 0) {
            best[at] = best[at - 1];
            at--;
        }
        best[at] = its;
    }
}

amp_err dvi_best_fold(const struct dvi_part *part, size_t part_n, size_t victim_n, size_t list,
                      struct amp_arena *arena, struct dvi_best **out, size_t *out_n)
{
    struct amp_arena work = amp_arena_make(SIZE_MAX / 4);
    list = list ? list : 1;
    size_t room_n = 0;
    for (size_t i = 1; i <= list; i++) {
        room_n += list / i;
    }
    struct joined *kept = amp_arena_array(&work, (part_n + 1) * list, sizeof(*kept));
    struct joined *room = amp_arena_array(&work, room_n + 1, sizeof(*room));
    size_t n = 1;
    for (size_t p = 0; p < part_n && kept && room; p++) {
        n = joined_make(&kept[p * list], n, &part[p], list, room);
        memcpy(&kept[(p + 1) * list], room, n * sizeof(*room));
    }
    struct dvi_best *best = amp_arena_array(arena, n + 1, sizeof(*best));
    uint32_t *whom = amp_arena_array(arena, n * victim_n + 1, sizeof(*whom));
    bool made = kept && room && best && whom;
    for (size_t i = 0; i < n && made; i++) {
        best[i] = (struct dvi_best){kept[part_n * list + i].log_w, &whom[i * victim_n]};
        memset(best[i].whom, 0xff, victim_n * sizeof(*whom)); /* AMP_DVI_NONE */
        whom_fill(part, part_n, list, kept, &best[i], i);
    }
    amp_arena_drop(&work);
    if (!made) {
        return AMP_E_NOMEM;
    }
    best_sort(best, n, victim_n);
    *out = best;
    *out_n = n;
    return AMP_OK;
}
