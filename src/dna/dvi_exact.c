/* Sums over all choices of a net, exactly: columns in play as bits, layer by layer. */
#include "dna/dvi_net.h"

#include <assert.h>
#include <string.h>

enum {
    BITS = 64
};

/* First and last row of every column. */
struct life {
    uint32_t first, last;
    int bit;
};

static struct life *lives_make(const struct dvi_net *net, struct amp_arena *arena)
{
    struct life *life = amp_arena_array(arena, net->column_n + 1, sizeof(*life));
    if (!life) {
        return NULL;
    }
    for (size_t c = 0; c < net->column_n; c++) {
        life[c] = (struct life){UINT32_MAX, 0, -1};
    }
    for (uint32_t r = 0; r < net->row_n; r++) {
        for (size_t o = net->row[r].at; o < net->row[r].at + net->row[r].n; o++) {
            for (size_t t = net->option[o].at; t < net->option[o].at + net->option[o].n; t++) {
                struct life *its = &life[net->take[t].column];
                its->first = its->first < r ? its->first : r;
                its->last = r;
            }
        }
    }
    return life;
}

/* Bits for the columns that are in play between rows; false when 64 are not enough. */
static bool bits_give(const struct dvi_net *net, struct life *life, struct dvi_layer *layer)
{
    uint64_t taken = 0;
    for (size_t r = 0; r < net->row_n; r++) {
        uint64_t stay = taken;
        for (size_t c = 0; c < net->column_n; c++) {
            if (life[c].bit >= 0 && life[c].last == r) {
                stay &= ~(UINT64_C(1) << life[c].bit);
            }
        }
        layer[r].keep = taken = stay;
        for (size_t c = 0; c < net->column_n; c++) {
            if (life[c].first != r || life[c].last == r) {
                continue;
            }
            int bit = 0;
            while (bit < BITS && (taken >> bit & 1)) {
                bit++;
            }
            if (bit == BITS) {
                return false;
            }
            life[c].bit = bit;
            taken |= UINT64_C(1) << bit;
        }
    }
    return true;
}

/* Sets of at most `most` of `of` things. */
static double sets(size_t of, size_t most)
{
    double term = 1;
    double sum = 1;
    for (size_t k = 1; k <= of && k <= most; k++) {
        term = term * (double)(of - k + 1) / (double)k;
        sum += term;
    }
    return sum;
}

double dvi_exact_bound(const struct dvi_net *net, struct amp_arena *arena)
{
    struct life *life = lives_make(net, arena);
    size_t in_play = 0;
    size_t takes = 0; /* columns taken so far, at most */
    double sum = 1;
    for (size_t r = 0; r < net->row_n && life; r++) {
        size_t most = 0;
        for (size_t o = net->row[r].at; o < net->row[r].at + net->row[r].n; o++) {
            most = net->option[o].n > most ? net->option[o].n : most;
        }
        takes += most;
        for (size_t c = 0; c < net->column_n; c++) {
            in_play += life[c].first == r && life[c].last > r;
            in_play -= life[c].last == r && life[c].first < r;
        }
        sum += in_play > BITS ? INFINITY : sets(in_play, takes);
    }
    return life ? sum : INFINITY;
}

static bool option_bits(const struct dvi_exact_ask *ask, const struct life *life, size_t row,
                        const struct dvi_net_option *option, struct dvi_bits *out)
{
    *out = (struct dvi_bits){0, 0};
    for (size_t t = option->at; t < option->at + option->n; t++) {
        uint32_t column = ask->net->take[t].column;
        const struct life *its = &life[column];
        if (column == ask->banned) {
            return false;
        }
        if (its->first < row) {
            out->need |= UINT64_C(1) << its->bit;
        }
        if (its->last > row) {
            out->set |= UINT64_C(1) << its->bit;
        }
    }
    return true;
}

static uint32_t *layer_find(const struct dvi_layer *layer, uint64_t mask)
{
    size_t at = dvi_hash(mask, layer->hash_n);
    while (layer->hash[at] && layer->mask[layer->hash[at] - 1] != mask) {
        at = (at + 1) & (layer->hash_n - 1);
    }
    return &layer->hash[at];
}

static bool layer_grow(struct dvi_layer *layer, struct amp_arena *arena)
{
    size_t hash_n = layer->hash_n ? layer->hash_n * 2 : 64;
    uint64_t *mask = amp_arena_array(arena, hash_n / 2, sizeof(*mask));
    struct dvi_wide *before = amp_arena_array(arena, hash_n / 2, sizeof(*before));
    uint32_t *hash = amp_arena_array(arena, hash_n, sizeof(*hash));
    if (!mask || !before || !hash) {
        return false;
    }
    if (layer->n) {
        memcpy(mask, layer->mask, layer->n * sizeof(*mask));
        memcpy(before, layer->before, layer->n * sizeof(*before));
    }
    layer->mask = mask;
    layer->before = before;
    layer->hash = hash;
    layer->hash_n = hash_n;
    for (size_t i = 0; i < layer->n; i++) {
        *layer_find(layer, mask[i]) = (uint32_t)i + 1;
    }
    return true;
}

static amp_err layer_add(struct dvi_layer *layer, uint64_t mask, struct dvi_wide w,
                         struct amp_arena *arena)
{
    if (2 * layer->n >= layer->hash_n && !layer_grow(layer, arena)) {
        return AMP_E_NOMEM;
    }
    uint32_t *found = layer_find(layer, mask);
    if (*found == 0) {
        layer->mask[layer->n] = mask;
        layer->before[layer->n] = (struct dvi_wide){0, 0};
        *found = (uint32_t)++layer->n;
    }
    layer->before[*found - 1] = dvi_wide_add(layer->before[*found - 1], w);
    return AMP_OK;
}

static uint64_t mask_next(const struct dvi_layer *layer, uint64_t mask, struct dvi_bits bits)
{
    return (mask & layer->keep) | bits.set;
}

/* From the states before row r to those after it. */
static amp_err layer_step(const struct dvi_exact_ask *ask, const struct life *life,
                          struct dvi_exact *exact, size_t r, struct amp_arena *arena)
{
    const struct dvi_net *net = ask->net;
    const struct dvi_layer *from = &exact->layer[r];
    for (size_t o = net->row[r].at; o < net->row[r].at + net->row[r].n; o++) {
        if (!option_bits(ask, life, r, &net->option[o], &exact->bits[o])) {
            continue;
        }
        struct dvi_bits bits = exact->bits[o];
        for (size_t i = 0; i < from->n; i++) {
            if (from->mask[i] & bits.need) {
                continue;
            }
            amp_err err = layer_add(&exact->layer[r + 1], mask_next(from, from->mask[i], bits),
                                    dvi_wide_mul(from->before[i], net->option[o].w), arena);
            if (err) {
                return err;
            }
        }
    }
    return AMP_OK;
}

static amp_err layer_back(const struct dvi_net *net, struct dvi_exact *exact, size_t r,
                          struct amp_arena *arena)
{
    struct dvi_layer *layer = &exact->layer[r];
    layer->after = amp_arena_array(arena, layer->n + 1, sizeof(*layer->after));
    layer->best = amp_arena_array(arena, layer->n + 1, sizeof(*layer->best));
    if (!layer->after || !layer->best) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < layer->n; i++) {
        struct dvi_wide sum = {r == net->row_n ? 1 : 0, 0};
        double best = r == net->row_n ? 0 : -INFINITY;
        for (size_t k = 0; r < net->row_n && k < net->row[r].n; k++) {
            size_t o = net->row[r].at + k;
            if (layer->mask[i] & exact->bits[o].need) {
                continue;
            }
            const struct dvi_layer *next = &exact->layer[r + 1];
            size_t to = *layer_find(next, mask_next(layer, layer->mask[i], exact->bits[o])) - 1;
            double log = net->option[o].log_w + next->best[to];
            sum = dvi_wide_add(sum, dvi_wide_mul(net->option[o].w, next->after[to]));
            best = log > best ? log : best;
        }
        layer->after[i] = sum;
        layer->best[i] = best;
    }
    return AMP_OK;
}

amp_err dvi_exact_make(const struct dvi_exact_ask *ask, struct amp_arena *arena,
                       struct dvi_exact *out)
{
    const struct dvi_net *net = ask->net;
    struct dvi_exact exact = {.layer = NULL};
    struct life *life = lives_make(net, arena);
    size_t option_n = net->row_n ? net->row[net->row_n - 1].at + net->row[net->row_n - 1].n : 0;
    for (size_t r = 0; r < net->row_n; r++) {
        size_t end = net->row[r].at + net->row[r].n;
        option_n = end > option_n ? end : option_n;
    }
    exact.layer = amp_arena_array(arena, net->row_n + 1, sizeof(*exact.layer));
    exact.bits = amp_arena_array(arena, option_n + 1, sizeof(*exact.bits));
    if (!life || !exact.layer || !exact.bits) {
        return AMP_E_NOMEM;
    }
    if (!bits_give(net, life, exact.layer)) {
        return AMP_E_LIMIT;
    }
    amp_err err = layer_add(&exact.layer[0], 0, (struct dvi_wide){1, 0}, arena);
    size_t states = 1;
    for (size_t r = 0; r < net->row_n && !err; r++) {
        err = layer_step(ask, life, &exact, r, arena);
        states += exact.layer[r + 1].n;
        err = !err && states > ask->limit ? AMP_E_LIMIT : err;
    }
    for (size_t r = net->row_n + 1; r-- > 0 && !err && !ask->sum_only;) {
        err = layer_back(net, &exact, r, arena);
    }
    if (err == AMP_OK) {
        assert(exact.layer[net->row_n].n == 1); /* nothing is in play at the end */
        exact.sum = exact.layer[net->row_n].before[0];
        *out = exact;
    }
    return err;
}

void dvi_exact_options(const struct dvi_net *net, const struct dvi_exact *exact, double *out)
{
    for (size_t r = 0; r < net->row_n; r++) {
        const struct dvi_layer *layer = &exact->layer[r];
        const struct dvi_layer *next = &exact->layer[r + 1];
        for (size_t o = net->row[r].at; o < net->row[r].at + net->row[r].n; o++) {
            struct dvi_wide sum = {0, 0};
            for (size_t i = 0; i < layer->n; i++) {
                if (layer->mask[i] & exact->bits[o].need) {
                    continue;
                }
                size_t to = *layer_find(next, mask_next(layer, layer->mask[i], exact->bits[o])) - 1;
                sum = dvi_wide_add(sum, dvi_wide_mul(layer->before[i], next->after[to]));
            }
            out[o] = dvi_wide_ratio(dvi_wide_mul(sum, net->option[o].w), exact->sum);
        }
    }
}

/* Rows in an order that keeps few columns in play: always the one that adds the fewest. */
static size_t cost_of(const struct dvi_net *net, size_t r, const uint32_t *left, const bool *seen)
{
    size_t cost = 0;
    uint32_t last = UINT32_MAX;
    for (size_t o = net->row[r].at; o < net->row[r].at + net->row[r].n; o++) {
        const struct dvi_net_option *option = &net->option[o];
        uint32_t column = option->n == 1 ? net->take[option->at].column : UINT32_MAX;
        if (column != UINT32_MAX && column != last && !seen[column] && left[column] > 1) {
            cost++;
        }
        last = column;
    }
    return cost;
}

static void column_count(const struct dvi_net *net, size_t r, uint32_t *left, bool *mark, int by)
{
    for (size_t o = net->row[r].at; o < net->row[r].at + net->row[r].n; o++) {
        for (size_t t = net->option[o].at; t < net->option[o].at + net->option[o].n; t++) {
            uint32_t c = net->take[t].column;
            if (!mark[c]) {
                mark[c] = true;
                left[c] = (uint32_t)((int64_t)left[c] + by);
            }
        }
    }
    for (size_t o = net->row[r].at; o < net->row[r].at + net->row[r].n; o++) {
        for (size_t t = net->option[o].at; t < net->option[o].at + net->option[o].n; t++) {
            mark[net->take[t].column] = false;
        }
    }
}

amp_err dvi_net_order(struct dvi_net *net, struct amp_arena *arena)
{
    uint32_t *left = amp_arena_array(arena, net->column_n + 1, sizeof(*left));
    bool *mark = amp_arena_array(arena, net->column_n + 1, sizeof(*mark));
    bool *seen = amp_arena_array(arena, net->column_n + 1, sizeof(*seen));
    if (!left || !mark || !seen) {
        return AMP_E_NOMEM;
    }
    for (size_t r = 0; r < net->row_n; r++) {
        column_count(net, r, left, mark, 1);
    }
    for (size_t r = 0; r < net->row_n; r++) {
        size_t best = r;
        size_t least = SIZE_MAX;
        for (size_t k = r; k < net->row_n; k++) {
            size_t cost = cost_of(net, k, left, seen);
            if (cost < least) {
                least = cost;
                best = k;
            }
        }
        struct dvi_net_row row = net->row[best];
        memmove(&net->row[r + 1], &net->row[r], (best - r) * sizeof(row));
        net->row[r] = row;
        column_count(net, r, left, mark, -1);
        for (size_t o = row.at; o < row.at + row.n; o++) {
            for (size_t t = net->option[o].at; t < net->option[o].at + net->option[o].n; t++) {
                seen[net->take[t].column] = true;
            }
        }
    }
    return AMP_OK;
}
