/* Tables of elimination steps: for one unknown by enumeration, for half of them by products. */
#include "dna/mixture_shape.h"

#include <assert.h>
#include <string.h>

enum {
    SIDE = 3,        /* 0, 1 or 2 copies */
    CELLS = 27,      /* of three such numbers */
    TUPLES_MAX = 15, /* four numbers of sum 2 at most */
    NONE = 0xff
};

/* Numbers the triples (x, y, z) that occur, in their order; z runs fastest. */
struct numbering {
    uint8_t index[CELLS];
    uint32_t n;
};

static uint8_t *cell(struct numbering *numbering, int x, int y, int z)
{
    return &numbering->index[(x * SIDE + y) * SIDE + z];
}

static struct numbering number_triples(int cap, const bool used[MIX_WINDOW])
{
    struct numbering numbering = {.n = 0};
    memset(numbering.index, NONE, sizeof numbering.index);
    for (int i = 0; i < CELLS; i++) {
        int x = i / (SIDE * SIDE);
        int y = i / SIDE % SIDE;
        int z = i % SIDE;
        bool there = (used[0] || !x) && (used[1] || !y) && (used[2] || !z);
        if (there && x + y + z <= cap) {
            numbering.index[i] = (uint8_t)numbering.n++;
        }
    }
    return numbering;
}

/* One unknown's tables. */
struct single {
    uint32_t f_n, in_n, out_n;
    size_t tuple_n;
    struct {
        uint8_t f, in, out;
    } tuple[TUPLES_MAX];
    uint8_t copies[TUPLES_MAX][MIX_WINDOW];                           /* by f */
    uint8_t spent[TUPLES_MAX], last[TUPLES_MAX], read_in[TUPLES_MAX]; /* by in */
    uint8_t read_f[TUPLES_MAX];                                       /* by f */
    uint32_t read_n, side;                                            /* side: cap + 1 */
};

static struct numbering number_out(int cap, const struct mix_kind *kind)
{
    if (kind->ends) {
        struct numbering one = {.n = 1};
        return one; /* every cell is 0: the sum is checked apart */
    }
    return number_triples(cap, (bool[]){kind->out_last, kind->out_this, !kind->fresh_out});
}

static struct single single_make(int cap, const struct mix_kind *kind)
{
    struct single s = {.tuple_n = 0};
    struct numbering in =
        number_triples(cap, (bool[]){kind->in_before, kind->in_last, !kind->fresh_in});
    struct numbering f = number_triples(cap, (bool[]){kind->reads_before, kind->reads_last, true});
    struct numbering out = number_out(cap, kind);
    struct numbering read =
        number_triples(cap, (bool[]){kind->reads_before, kind->reads_last, false});
    s.in_n = in.n;
    s.f_n = f.n;
    s.out_n = out.n;
    s.read_n = read.n;
    s.side = (uint32_t)cap + 1;
    for (int i = 0; i < CELLS * SIDE; i++) {
        int before = i / CELLS;
        int last = i / (SIDE * SIDE) % SIDE;
        int this = i / SIDE % SIDE;
        int rest = i % SIDE;
        int spent = rest + before + last + this;
        int in_at = *cell(&in, before, last, rest);
        int f_before = kind->reads_before ? before : 0;
        int f_last = kind->reads_last ? last : 0;
        if (in_at == NONE || spent > cap) {
            continue;
        }
        s.spent[in_at] = (uint8_t)(spent - this);
        s.last[in_at] = (uint8_t)last;
        s.read_in[in_at] = *cell(&read, f_before, f_last, 0);
        if (kind->ends && spent < cap) {
            continue;
        }
        int out_last = kind->out_last ? last : 0;
        int out_this = kind->out_this ? this : 0;
        uint8_t f_at = *cell(&f, f_before, f_last, this);
        int out_rest = spent - out_last - out_this;
        uint8_t out_at = kind->ends ? 0 : *cell(&out, out_last, out_this, out_rest);
        assert(f_at != NONE && out_at != NONE && s.tuple_n < TUPLES_MAX);
        s.tuple[s.tuple_n].f = f_at;
        s.tuple[s.tuple_n].in = (uint8_t)in_at;
        s.tuple[s.tuple_n++].out = out_at;
        s.read_f[f_at] = s.read_in[in_at];
        s.copies[f_at][0] = (uint8_t)f_before;
        s.copies[f_at][1] = (uint8_t)f_last;
        s.copies[f_at][2] = (uint8_t)this;
    }
    return s;
}

/* What a half of the unknowns has so far; another one is multiplied to it. */
struct half {
    size_t unknown_n;
    uint32_t f_n, in_n, out_n;
    uint32_t *pair_at;
    struct mix_pair *pair;
    uint8_t *copies;
    uint32_t *spent, *last, *read_in, *read_f, *number;
    uint32_t read_n;
};

static amp_err half_numbers(struct amp_arena *arena, struct half *half)
{
    half->spent = amp_arena_array(arena, half->in_n, sizeof(uint32_t));
    half->last = amp_arena_array(arena, half->in_n, sizeof(uint32_t));
    half->read_in = amp_arena_array(arena, half->in_n, sizeof(uint32_t));
    half->read_f = amp_arena_array(arena, half->f_n, sizeof(uint32_t));
    half->number = amp_arena_array(arena, half->f_n, sizeof(uint32_t));
    bool all = half->spent && half->last && half->read_in && half->read_f && half->number;
    return all ? AMP_OK : AMP_E_NOMEM;
}

static amp_err half_first(struct amp_arena *arena, struct half *half)
{
    *half = (struct half){.f_n = 1, .in_n = 1, .out_n = 1, .read_n = 1};
    amp_err err = half_numbers(arena, half);
    half->pair_at = amp_arena_array(arena, 2, sizeof *half->pair_at);
    half->pair = amp_arena_array(arena, 1, sizeof *half->pair);
    half->copies = amp_arena_array(arena, 1, 1); /* of nobody */
    if (err || !half->pair_at || !half->pair || !half->copies) {
        return AMP_E_NOMEM;
    }
    half->pair_at[1] = 1;
    return AMP_OK;
}

static uint32_t pairs_multiply(const struct half *half, uint32_t f, const struct single *s,
                               uint32_t sf, struct mix_pair *to)
{
    uint32_t n = 0;
    for (uint32_t i = half->pair_at[f]; i < half->pair_at[f + 1]; i++) {
        for (size_t t = 0; t < s->tuple_n; t++) {
            if (s->tuple[t].f == sf) {
                to[n].in = half->pair[i].in * s->in_n + s->tuple[t].in;
                to[n++].out = half->pair[i].out * s->out_n + s->tuple[t].out;
            }
        }
    }
    return n;
}

static void numbers_multiply(const struct half *half, const struct single *s, struct half *next)
{
    for (uint32_t in = 0; in < next->in_n; in++) {
        uint32_t old = in / s->in_n;
        uint32_t at = in % s->in_n;
        next->spent[in] = half->spent[old] * s->side + s->spent[at];
        next->last[in] = half->last[old] * s->side + s->last[at];
        next->read_in[in] = half->read_in[old] * s->read_n + s->read_in[at];
    }
    for (uint32_t f = 0; f < next->f_n; f++) {
        uint32_t old = f / s->f_n;
        uint32_t at = f % s->f_n;
        next->read_f[f] = half->read_f[old] * s->read_n + s->read_f[at];
        next->number[f] = half->number[old] * s->side + s->copies[at][MIX_WINDOW - 1];
    }
}

static amp_err half_multiply(struct amp_arena *arena, struct half *half, const struct single *s)
{
    struct half next = {.unknown_n = half->unknown_n + 1,
                        .f_n = half->f_n * s->f_n,
                        .in_n = half->in_n * s->in_n,
                        .out_n = half->out_n * s->out_n,
                        .read_n = half->read_n * s->read_n};
    size_t pair_n = half->pair_at[half->f_n] * s->tuple_n;
    size_t width = next.unknown_n * MIX_WINDOW;
    next.pair_at = amp_arena_array(arena, next.f_n + 1, sizeof *next.pair_at);
    next.pair = amp_arena_array(arena, pair_n, sizeof *next.pair);
    next.copies = amp_arena_array(arena, next.f_n, width);
    if (half_numbers(arena, &next) || !next.pair_at || !next.pair || !next.copies) {
        return AMP_E_NOMEM;
    }
    numbers_multiply(half, s, &next);
    uint32_t n = 0;
    for (uint32_t f = 0; f < next.f_n; f++) {
        uint32_t old_f = f / s->f_n;
        uint32_t sf = f % s->f_n;
        n += pairs_multiply(half, old_f, s, sf, &next.pair[n]);
        next.pair_at[f + 1] = n;
        if (half->unknown_n > 0) {
            memcpy(&next.copies[f * width], &half->copies[old_f * (width - MIX_WINDOW)],
                   width - MIX_WINDOW);
        }
        memcpy(&next.copies[(f + 1) * width - MIX_WINDOW], s->copies[sf], MIX_WINDOW);
    }
    *half = next;
    return AMP_OK;
}

static amp_err half_count(struct amp_arena *arena, struct mix_shape *shape, int h, size_t unknown_n)
{
    shape->total[h] = amp_arena_array(arena, shape->f_n[h], 1);
    shape->homozygous[h] = amp_arena_array(arena, shape->f_n[h], 1);
    if (!shape->total[h] || !shape->homozygous[h]) {
        return AMP_E_NOMEM;
    }
    for (uint32_t f = 0; f < shape->f_n[h]; f++) {
        for (size_t k = 0; k < unknown_n; k++) {
            uint8_t n = shape->copies[h][(f * unknown_n + k) * MIX_WINDOW + 2];
            shape->total[h][f] = (uint8_t)(shape->total[h][f] + n);
            shape->homozygous[h][f] = (uint8_t)(shape->homozygous[h][f] + (n == 2));
        }
    }
    return AMP_OK;
}

static amp_err half_make(struct mix_plan *plan, const struct mix_pass *pass,
                         const struct mix_kind *kind, int h, struct mix_shape *shape)
{
    struct half half;
    amp_err err = half_first(&plan->arena, &half);
    for (size_t k = pass->half_at[h]; k < pass->half_at[h + 1] && !err; k++) {
        struct single s = single_make(pass->cap[k], kind);
        err = half_multiply(&plan->arena, &half, &s);
    }
    if (err) {
        return err;
    }
    shape->f_n[h] = half.f_n;
    shape->in_n[h] = half.in_n;
    shape->out_n[h] = half.out_n;
    shape->pair_at[h] = half.pair_at;
    shape->pair[h] = half.pair;
    shape->copies[h] = half.copies;
    shape->spent[h] = half.spent;
    shape->last[h] = half.last;
    shape->read_in[h] = half.read_in;
    shape->read_f[h] = half.read_f;
    shape->number[h] = half.number;
    shape->read_n[h] = half.read_n;
    return half_count(&plan->arena, shape, h, half.unknown_n);
}

static uint32_t key_of(const struct mix_pass *pass, const struct mix_kind *kind)
{
    const bool bits[] = {kind->in_before, kind->in_last,      kind->out_last,
                         kind->out_this,  kind->reads_before, kind->reads_last,
                         kind->fresh_in,  kind->fresh_out,    kind->ends};
    uint32_t key = 0;
    for (size_t i = 0; i < sizeof bits; i++) {
        key = key * 2 + bits[i];
    }
    for (size_t k = 0; k < AMP_MIX_UNKNOWN; k++) {
        key = key * 4 + (k < pass->unknown_n ? pass->cap[k] : 0);
    }
    return key;
}

amp_err mix_shape_get(struct mix_plan *plan, const struct mix_pass *pass,
                      const struct mix_kind *kind, const struct mix_shape **out)
{
    uint32_t key = key_of(pass, kind);
    for (const struct mix_shape *made = plan->shapes; made; made = made->next) {
        if (made->key == key) {
            *out = made;
            return AMP_OK;
        }
    }
    struct mix_shape *shape = amp_arena_alloc(&plan->arena, sizeof *shape);
    if (!shape) {
        return AMP_E_NOMEM;
    }
    shape->key = key;
    for (int h = 0; h < MIX_HALVES; h++) {
        amp_err err = half_make(plan, pass, kind, h, shape);
        if (err) {
            return err;
        }
    }
    for (uint32_t i = 0; i < shape->pair_at[0][shape->f_n[0]]; i++) {
        shape->pair[0][i].in *= shape->in_n[1];
        shape->pair[0][i].out *= shape->out_n[1];
    }
    shape->next = plan->shapes;
    plan->shapes = shape;
    *out = shape;
    return AMP_OK;
}

static amp_err half_project(struct mix_plan *plan, const struct mix_pass *pass,
                            const struct mix_shape *shape, const struct mix_reads *reads, int h,
                            struct mix_factor *factor)
{
    size_t first = pass->half_at[h];
    size_t unknown_n = pass->half_at[h + 1] - first;
    struct numbering number[AMP_MIX_UNKNOWN];
    uint32_t g_n = 1;
    for (size_t k = 0; k < unknown_n; k++) {
        number[k] = number_triples(pass->cap[first + k], reads->window);
        g_n *= number[k].n;
    }
    factor->g_n[h] = g_n;
    factor->project[h] = amp_arena_array(&plan->arena, shape->f_n[h], sizeof(uint32_t));
    factor->copies[h] = amp_arena_array(&plan->arena, g_n, unknown_n * MIX_ROLES + 1);
    if (!factor->project[h] || !factor->copies[h]) {
        return AMP_E_NOMEM;
    }
    for (uint32_t f = 0; f < shape->f_n[h]; f++) {
        uint32_t g = 0;
        const uint8_t *copies = &shape->copies[h][f * unknown_n * MIX_WINDOW];
        for (size_t k = 0; k < unknown_n; k++) {
            const uint8_t *c = &copies[k * MIX_WINDOW];
            g = g * number[k].n + *cell(&number[k], reads->window[0] ? c[0] : 0,
                                        reads->window[1] ? c[1] : 0, reads->window[2] ? c[2] : 0);
        }
        factor->project[h][f] = g;
        for (size_t i = 0; i < unknown_n * MIX_WINDOW; i++) {
            int role = reads->role[i % MIX_WINDOW];
            if (role >= 0) {
                size_t k = i / MIX_WINDOW;
                factor->copies[h][(g * unknown_n + k) * MIX_ROLES + (size_t)role] = copies[i];
            }
        }
    }
    return AMP_OK;
}

amp_err mix_factor_project(struct mix_plan *plan, const struct mix_pass *pass,
                           const struct mix_shape *shape, const struct mix_reads *reads,
                           struct mix_factor *factor)
{
    amp_err err = AMP_OK;
    for (int h = 0; h < MIX_HALVES && !err; h++) {
        err = half_project(plan, pass, shape, reads, h, factor);
    }
    return err;
}

/* All copies of one variable in the unknowns of a half, and which two can be added. */
static amp_err digits_half(struct mix_plan *plan, struct mix_pass *pass, int h)
{
    size_t first = pass->half_at[h];
    size_t unknown_n = pass->half_at[h + 1] - first;
    uint32_t n = 1;
    for (size_t k = 0; k < unknown_n; k++) {
        n *= (uint32_t)pass->cap[first + k] + 1;
    }
    uint8_t *copies = amp_arena_array(&plan->arena, n, unknown_n + 1);
    struct mix_sum *sum = amp_arena_array(&plan->arena, (size_t)n * n, sizeof *sum);
    if (!copies || !sum) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t left = i;
        for (size_t k = unknown_n; k-- > 0;) {
            copies[i * unknown_n + k] = (uint8_t)(left % (pass->cap[first + k] + 1u));
            left /= pass->cap[first + k] + 1u;
        }
    }
    uint32_t sum_n = 0;
    for (uint32_t i = 0; i < n * n; i++) {
        bool fits = true;
        for (size_t k = 0; k < unknown_n; k++) {
            int both = copies[i / n * unknown_n + k] + copies[i % n * unknown_n + k];
            fits = fits && both <= pass->cap[first + k];
        }
        if (fits) {
            sum[sum_n++] = (struct mix_sum){i / n, i % n};
        }
    }
    pass->digits.n[h] = n;
    pass->digits.copies[h] = copies;
    pass->digits.sum[h] = sum;
    pass->digits.sum_n[h] = sum_n;
    return AMP_OK;
}

amp_err mix_digits_make(struct mix_plan *plan, struct mix_pass *pass)
{
    amp_err err = AMP_OK;
    for (int h = 0; h < MIX_HALVES && !err; h++) {
        err = digits_half(plan, pass, h);
    }
    return err;
}
