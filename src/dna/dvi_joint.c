/* The joint posterior over all assignments: components, each exactly or by draws. */
#include "dna/dvi_net.h"
#include "dna/numeric.h"

#include <stdlib.h>
#include <string.h>

enum {
    NO = UINT32_MAX,
    TRIAL = 10,            /* a share of the limit, to see whether a component is sparse enough */
    ORDER_WORK = 1 << 27,  /* rows times options, over which a component is surely too large */
    SAMPLE_WORK = 1 << 30, /* options looked at in all draws together */
    DRAWS_LEAST = 1000
};

/* A possible pair, by victim and then missing person: where probabilities are added up. */
struct slot {
    uint32_t victim, missing;
    double log_w;
    double p, error;
};

struct family_part {
    struct dvi_options options;
    uint32_t component;
};

struct component {
    uint32_t *victim; /* ascending */
    size_t victim_n;
    uint32_t *family; /* ascending */
    size_t family_n, missing_n;
    bool single; /* every family has one missing person */
    double log_sum;
    struct amp_dvi_component told;
    size_t best_n;
    struct dvi_best *best;
    bool best_complete;
};

struct joiner {
    const struct amp_dvi *dvi;
    const struct amp_dvi_pairs *pairs;
    const struct amp_dvi_settings *settings;
    struct amp_arena *arena;
    struct amp_why *why;
    double floor;  /* ln LR */
    size_t pair_n; /* kept */
    struct amp_dvi_pair *pair;
    struct slot *slot;
    size_t *slot_at; /* of each victim; victim_n + 1 */
    double *alone, *alone_error;
    struct family_part *family;
    uint32_t *component_of; /* victims */
    uint32_t *local;        /* victims: place in their component */
    size_t component_n;
    struct component *component;
    double odds; /* ln */
    size_t cut_n;
    double cut_log_lr;
    bool thorough; /* to the limit; else a trial of what is not surely small enough */
};

static bool is_single(const struct joiner *in, uint32_t family)
{
    return in->dvi->family[family].missing_n == 1;
}

static int double_order(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How many ways there are to fill a family from so many pairs a missing person, at most. */
static double ways(const size_t *count, size_t n)
{
    double all = 1;
    for (size_t i = 0; i < n; i++) {
        all *= 1 + (double)count[i];
    }
    return all;
}

/* Leaves out the least likely pairs of a family that could be filled in too many ways. */
static amp_err family_cut(struct joiner *in, uint32_t f, struct amp_dvi_pair *pair, size_t *pair_n)
{
    size_t count[AMP_DVI_FAMILY_MISSING] = {0};
    const struct amp_dvi_family *family = &in->dvi->family[f];
    if (family->missing_n == 1 || family->missing_n > AMP_DVI_FAMILY_MISSING) {
        return AMP_OK; /* more are refused where the options are made */
    }
    for (size_t i = 0; i < *pair_n; i++) {
        count[pair[i].missing - family->missing_at]++;
    }
    if (ways(count, family->missing_n) <= (double)in->settings->option_limit) {
        return AMP_OK;
    }
    double *log_lr = amp_arena_array(in->arena, *pair_n + 1, sizeof(*log_lr));
    if (!log_lr) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < *pair_n; i++) {
        log_lr[i] = pair[i].log_lr;
    }
    qsort(log_lr, *pair_n, sizeof(*log_lr), double_order);
    size_t low = 0; /* pairs to leave out, found by halving */
    size_t high = *pair_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        memset(count, 0, sizeof(count));
        for (size_t i = 0; i < *pair_n; i++) {
            count[pair[i].missing - family->missing_at] += pair[i].log_lr >= log_lr[middle];
        }
        bool fits = ways(count, family->missing_n) <= (double)in->settings->option_limit;
        low = fits ? low : middle + 1;
        high = fits ? middle : high;
    }
    double least = low < *pair_n ? log_lr[low] : INFINITY;
    size_t kept = 0;
    for (size_t i = 0; i < *pair_n; i++) {
        if (pair[i].log_lr >= least) {
            pair[kept++] = pair[i];
        }
    }
    *pair_n = kept;
    in->cut_n++;
    in->cut_log_lr = least > in->cut_log_lr ? least : in->cut_log_lr;
    return AMP_OK;
}

static amp_err families_cut(struct joiner *in)
{
    size_t kept = 0;
    size_t at = 0;
    in->cut_n = 0;
    in->cut_log_lr = -INFINITY;
    for (uint32_t f = 0; f < in->dvi->family_n; f++) {
        size_t end = at;
        while (end < in->pair_n && in->dvi->missing[in->pair[end].missing].family == f) {
            end++;
        }
        size_t n = end - at;
        amp_err err = family_cut(in, f, &in->pair[at], &n);
        if (err) {
            return err;
        }
        memmove(&in->pair[kept], &in->pair[at], n * sizeof(*in->pair));
        kept += n;
        at = end;
    }
    in->pair_n = kept;
    return AMP_OK;
}

/* The pairs that take part. */
static amp_err pairs_choose(struct joiner *in)
{
    const struct amp_dvi_pairs *pairs = in->pairs;
    in->pair = amp_arena_array(in->arena, pairs->pair_n + 1, sizeof(*in->pair));
    if (!in->pair) {
        return AMP_E_NOMEM;
    }
    in->pair_n = 0;
    for (size_t i = 0; i < pairs->pair_n; i++) {
        const struct amp_dvi_pair *pair = &pairs->pair[i];
        bool single = is_single(in, in->dvi->missing[pair->missing].family);
        bool excluded =
            in->settings->joint_exclude && pair->inconsistent > in->settings->max_inconsistent;
        if (!excluded && (!single || pair->log_lr > in->floor)) {
            in->pair[in->pair_n++] = *pair;
        }
    }
    return families_cut(in);
}

static amp_err slots_make(struct joiner *in)
{
    size_t victim_n = in->dvi->victim_n;
    in->slot = amp_arena_array(in->arena, in->pair_n + 1, sizeof(*in->slot));
    in->slot_at = amp_arena_array(in->arena, victim_n + 2, sizeof(*in->slot_at));
    if (!in->slot || !in->slot_at) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < in->pair_n; i++) {
        in->slot_at[in->pair[i].victim + 2]++;
    }
    for (size_t v = 0; v < victim_n; v++) {
        in->slot_at[v + 2] += in->slot_at[v + 1];
    }
    for (size_t i = 0; i < in->pair_n; i++) { /* pairs are by missing person, so slots are */
        in->slot[in->slot_at[in->pair[i].victim + 1]++] = (struct slot){
            in->pair[i].victim, in->pair[i].missing, in->pair[i].log_lr + in->odds, 0, 0};
    }
    return AMP_OK;
}

static uint32_t slot_find(const struct joiner *in, uint32_t victim, uint32_t missing)
{
    size_t low = in->slot_at[victim];
    size_t high = in->slot_at[victim + 1];
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (in->slot[middle].missing <= missing) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (uint32_t)low;
}

static amp_err options_all(struct joiner *in)
{
    const struct amp_dvi *dvi = in->dvi;
    struct amp_kin_marker *off = NULL;
    amp_err err = dvi_markers_off(dvi, in->arena, &off, in->why);
    size_t at = 0;
    for (uint32_t f = 0; f < dvi->family_n && !err; f++) {
        size_t end = at;
        while (end < in->pair_n && dvi->missing[in->pair[end].missing].family == f) {
            end++;
        }
        struct dvi_family_ask ask = {.dvi = dvi,
                                     .pairs = in->pairs,
                                     .settings = in->settings,
                                     .markers = in->pairs->mutation_off[f] ? off : dvi->marker,
                                     .family = f,
                                     .pair = &in->pair[at],
                                     .pair_n = end - at};
        in->family[f].component = NO;
        if (end > at) {
            err = dvi_options_make(&ask, in->arena, &in->family[f].options, in->why);
        }
        at = end;
    }
    return err;
}

static uint32_t root_of(uint32_t *up, uint32_t v)
{
    while (up[v] != v) {
        up[v] = up[up[v]];
        v = up[v];
    }
    return v;
}

/* Victims that one family could take belong together. */
static amp_err components_find(struct joiner *in)
{
    const struct amp_dvi *dvi = in->dvi;
    uint32_t *up = amp_arena_array(in->arena, dvi->victim_n + 1, sizeof(*up));
    in->component_of = amp_arena_array(in->arena, dvi->victim_n + 1, sizeof(*in->component_of));
    in->local = amp_arena_array(in->arena, dvi->victim_n + 1, sizeof(*in->local));
    if (!up || !in->component_of || !in->local) {
        return AMP_E_NOMEM;
    }
    for (uint32_t v = 0; v < dvi->victim_n; v++) {
        up[v] = v;
        in->component_of[v] = NO;
    }
    for (size_t i = 1; i < in->pair_n; i++) {
        const struct amp_dvi_missing *missing = dvi->missing;
        if (missing[in->pair[i].missing].family == missing[in->pair[i - 1].missing].family) {
            uint32_t a = root_of(up, in->pair[i - 1].victim);
            uint32_t b = root_of(up, in->pair[i].victim);
            up[a > b ? a : b] = a > b ? b : a; /* the first victim is the root */
        }
    }
    in->component_n = 0;
    for (uint32_t v = 0; v < dvi->victim_n; v++) {
        uint32_t root = root_of(up, v);
        if (in->slot_at[v + 1] > in->slot_at[v]) {
            in->component_of[v] = root == v ? (uint32_t)in->component_n++ : in->component_of[root];
        }
    }
    return AMP_OK;
}

static amp_err components_fill(struct joiner *in)
{
    const struct amp_dvi *dvi = in->dvi;
    size_t n = in->component_n;
    in->component = amp_arena_array(in->arena, n + 1, sizeof(*in->component));
    uint32_t *victims = amp_arena_array(in->arena, dvi->victim_n + 1, sizeof(*victims));
    uint32_t *families = amp_arena_array(in->arena, dvi->family_n + 1, sizeof(*families));
    if (!in->component || !victims || !families) {
        return AMP_E_NOMEM;
    }
    for (uint32_t v = 0; v < dvi->victim_n; v++) {
        if (in->component_of[v] != NO) {
            in->component[in->component_of[v]].victim_n++;
        }
    }
    for (uint32_t f = 0; f < dvi->family_n; f++) {
        if (in->family[f].options.n) {
            const struct dvi_options *options = &in->family[f].options;
            in->family[f].component =
                in->component_of[options->placed[options->option[1].placed_at].victim];
            in->component[in->family[f].component].family_n++;
        }
    }
    for (size_t c = 0; c < n; c++) {
        in->component[c].victim = victims;
        in->component[c].family = families;
        in->component[c].single = true;
        victims += in->component[c].victim_n;
        families += in->component[c].family_n;
        in->component[c].victim_n = in->component[c].family_n = 0;
    }
    for (uint32_t v = 0; v < dvi->victim_n; v++) {
        if (in->component_of[v] != NO) {
            struct component *its = &in->component[in->component_of[v]];
            in->local[v] = (uint32_t)its->victim_n;
            its->victim[its->victim_n++] = v;
        }
    }
    for (uint32_t f = 0; f < dvi->family_n; f++) {
        if (in->family[f].component != NO) {
            struct component *its = &in->component[in->family[f].component];
            its->family[its->family_n++] = f;
            its->missing_n += dvi->family[f].missing_n;
            its->single = its->single && is_single(in, f);
        }
    }
    return AMP_OK;
}

static int net_option_order(const void *a, const void *b)
{
    const struct dvi_net_option *x = a;
    const struct dvi_net_option *y = b;
    if (x->log_w > y->log_w || x->log_w < y->log_w) {
        return x->log_w > y->log_w ? -1 : 1;
    }
    return (x->at > y->at) - (x->at < y->at);
}

static void row_end(struct dvi_net *net, size_t *option_n)
{
    struct dvi_net_row *row = &net->row[net->row_n++];
    row->n = (uint32_t)(*option_n - row->at);
    qsort(&net->option[row->at], row->n, sizeof(*net->option), net_option_order);
}

static amp_err net_room(struct dvi_net *net, size_t rows, size_t options, size_t takes,
                        struct amp_arena *arena)
{
    net->row = amp_arena_array(arena, rows + 1, sizeof(*net->row));
    net->option = amp_arena_array(arena, options + 1, sizeof(*net->option));
    net->take = amp_arena_array(arena, takes + 1, sizeof(*net->take));
    return net->row && net->option && net->take ? AMP_OK : AMP_E_NOMEM;
}

/* Rows are the families, columns the victims. */
static amp_err net_of_families(const struct joiner *in, const struct component *component,
                               struct amp_arena *arena, struct dvi_net *net)
{
    size_t options = 0;
    size_t takes = 0;
    for (size_t i = 0; i < component->family_n; i++) {
        const struct dvi_options *its = &in->family[component->family[i]].options;
        options += its->n;
        for (size_t o = 0; o < its->n; o++) {
            takes += its->option[o].placed_n;
        }
    }
    *net = (struct dvi_net){.column_n = component->victim_n, .victim_n = component->victim_n};
    amp_err err = net_room(net, component->family_n, options, takes, arena);
    if (err) {
        return err;
    }
    options = takes = 0;
    for (size_t i = 0; i < component->family_n; i++) {
        const struct dvi_options *its = &in->family[component->family[i]].options;
        net->row[net->row_n].at = (uint32_t)options;
        for (size_t o = 0; o < its->n; o++) {
            const struct dvi_option *option = &its->option[o];
            net->option[options++] = (struct dvi_net_option){
                option->log_w, dvi_wide_exp(option->log_w), (uint32_t)takes, option->placed_n};
            for (size_t t = 0; t < option->placed_n; t++) {
                struct dvi_placed placed = its->placed[option->placed_at + t];
                net->take[takes++] = (struct dvi_net_take){
                    in->local[placed.victim], slot_find(in, placed.victim, placed.missing),
                    in->local[placed.victim], placed.missing};
            }
        }
        row_end(net, &options);
    }
    return AMP_OK;
}

/* Rows are the victims, columns the missing persons: for families of one. */
static amp_err net_of_victims(const struct joiner *in, const struct component *component,
                              struct amp_arena *arena, struct dvi_net *net)
{
    size_t slots = 0;
    uint32_t *column = amp_arena_array(arena, in->dvi->missing_n + 1, sizeof(*column));
    for (size_t v = 0; v < component->victim_n; v++) {
        uint32_t victim = component->victim[v];
        slots += in->slot_at[victim + 1] - in->slot_at[victim];
    }
    *net = (struct dvi_net){.column_n = component->missing_n, .victim_n = component->victim_n};
    amp_err err =
        column ? net_room(net, component->victim_n, slots + component->victim_n, slots, arena)
               : AMP_E_NOMEM;
    if (err) {
        return err;
    }
    for (size_t i = 0; i < component->family_n; i++) {
        column[in->dvi->family[component->family[i]].missing_at] = (uint32_t)i;
    }
    size_t options = 0;
    size_t takes = 0;
    for (uint32_t v = 0; v < component->victim_n; v++) {
        uint32_t victim = component->victim[v];
        net->row[net->row_n].at = (uint32_t)options;
        net->option[options++] = (struct dvi_net_option){0, {1, 0}, (uint32_t)takes, 0};
        for (size_t s = in->slot_at[victim]; s < in->slot_at[victim + 1]; s++) {
            double log_w = in->slot[s].log_w;
            net->option[options++] =
                (struct dvi_net_option){log_w, dvi_wide_exp(log_w), (uint32_t)takes, 1};
            net->take[takes++] = (struct dvi_net_take){column[in->slot[s].missing], (uint32_t)s, v,
                                                       in->slot[s].missing};
        }
        row_end(net, &options);
    }
    return AMP_OK;
}

/* That a victim is not matched is what is left; or, where little is left, a sum of its own: 1 - p
 * would lose the digits. */
static amp_err alone_exact(struct joiner *in, const struct component *component, uint32_t v,
                           const struct dvi_net *net, const struct dvi_exact *exact)
{
    uint32_t victim = component->victim[v];
    double left = 1;
    for (size_t s = in->slot_at[victim]; s < in->slot_at[victim + 1]; s++) {
        left -= in->slot[s].p;
    }
    in->alone[victim] = left;
    if (left > 1e-3) {
        return AMP_OK;
    }
    struct amp_arena again = amp_arena_make(SIZE_MAX / 4);
    struct dvi_exact without;
    struct dvi_exact_ask ask = {net, SIZE_MAX, v, true};
    amp_err err = dvi_exact_make(&ask, &again, &without);
    if (!err) {
        in->alone[victim] = dvi_wide_ratio(without.sum, exact->sum);
    }
    amp_arena_drop(&again);
    return err;
}

/* What the exact sum says of each pair and of each victim. */
static amp_err exact_spread(struct joiner *in, const struct component *component, bool by_victim,
                            const struct dvi_net *net, const struct dvi_exact *exact,
                            struct amp_arena *arena)
{
    size_t option_n = 0;
    for (size_t r = 0; r < net->row_n; r++) {
        option_n += net->row[r].n;
    }
    double *p = amp_arena_array(arena, option_n + 1, sizeof(*p));
    if (!p) {
        return AMP_E_NOMEM;
    }
    dvi_exact_options(net, exact, p);
    for (size_t r = 0; r < net->row_n; r++) {
        double none = 0;
        uint32_t who = 0;
        for (size_t o = net->row[r].at; o < net->row[r].at + net->row[r].n; o++) {
            const struct dvi_net_option *option = &net->option[o];
            none = option->n ? none : p[o];
            for (size_t t = option->at; t < option->at + option->n; t++) {
                in->slot[net->take[t].slot].p += p[o];
                who = net->take[t].who;
            }
        }
        if (by_victim) {
            in->alone[component->victim[who]] = none;
        }
    }
    amp_err err = AMP_OK;
    for (uint32_t v = 0; v < component->victim_n && !by_victim && !err; v++) {
        err = alone_exact(in, component, v, net, exact);
    }
    return err;
}

static amp_err best_keep(struct joiner *in, struct component *component, const struct dvi_net *net,
                         const struct dvi_exact *exact, struct amp_arena *arena)
{
    struct dvi_best *best = NULL;
    size_t victim_n = component->victim_n;
    amp_err err = dvi_net_best(net, exact, in->settings->list ? in->settings->list : 1, arena,
                               &best, &component->best_n, &component->best_complete);
    if (err) {
        return err;
    }
    component->best = amp_arena_array(in->arena, component->best_n + 1, sizeof(*best));
    uint32_t *whom = amp_arena_array(in->arena, component->best_n * victim_n + 1, sizeof(*whom));
    if (!component->best || !whom) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < component->best_n; i++) {
        component->best[i] = (struct dvi_best){best[i].log_w, &whom[i * victim_n]};
        memcpy(component->best[i].whom, best[i].whom, victim_n * sizeof(*whom));
    }
    return AMP_OK;
}

static size_t options_of(const struct dvi_net *net)
{
    size_t n = 0;
    for (size_t r = 0; r < net->row_n; r++) {
        n += net->row[r].n;
    }
    return n;
}

/* One way round: AMP_E_LIMIT when it takes too many states. */
static amp_err component_exact(struct joiner *in, struct component *component, bool by_victim)
{
    struct amp_arena arena = amp_arena_make(SIZE_MAX / 4);
    struct dvi_net net;
    struct dvi_exact exact;
    struct dvi_exact_ask ask = {&net, in->settings->exact_limit, NO, false};
    bool surely = false;
    amp_err err = by_victim ? net_of_victims(in, component, &arena, &net)
                            : net_of_families(in, component, &arena, &net);
    if (!err && net.row_n * options_of(&net) > ORDER_WORK) {
        err = AMP_E_LIMIT;
    }
    err = err ? err : dvi_net_order(&net, &arena);
    surely = !err && dvi_exact_bound(&net, &arena) <= (double)ask.limit;
    if (!surely && !in->thorough) {
        ask.limit = ask.limit / TRIAL + 1;
    }
    err = err ? err : dvi_exact_make(&ask, &arena, &exact);
    err = err ? err : exact_spread(in, component, by_victim, &net, &exact, &arena);
    err = err ? err : best_keep(in, component, &net, &exact, &arena);
    if (err == AMP_OK) {
        component->log_sum = dvi_wide_log(exact.sum);
        component->told.exact = true;
    }
    amp_arena_drop(&arena);
    return err;
}

static amp_err component_sample(struct joiner *in, struct component *component, size_t index)
{
    struct amp_arena arena = amp_arena_make(SIZE_MAX / 4);
    struct dvi_net net;
    struct dvi_sampled sampled;
    amp_err err = net_of_families(in, component, &arena, &net);
    struct dvi_sample_ask ask = {&net, in->slot_at[in->dvi->victim_n], in->settings->sample_n,
                                 in->settings->seed + index};
    if (!err) {
        size_t most = SAMPLE_WORK / options_of(&net);
        most = most > DRAWS_LEAST ? most : DRAWS_LEAST;
        ask.draws = ask.draws < most ? ask.draws : most;
    }
    err = err ? err : dvi_net_sample(&ask, &arena, &sampled);
    err = err ? err : best_keep(in, component, &net, NULL, &arena);
    for (size_t v = 0; v < component->victim_n && !err; v++) {
        uint32_t victim = component->victim[v];
        in->alone[victim] = sampled.alone[v];
        in->alone_error[victim] = sampled.alone_error[v];
        for (size_t s = in->slot_at[victim]; s < in->slot_at[victim + 1]; s++) {
            in->slot[s].p = sampled.p[s];
            in->slot[s].error = sampled.p_error[s];
        }
    }
    if (err == AMP_OK) {
        component->log_sum = sampled.log_sum;
        component->told.ess = sampled.ess;
    }
    amp_arena_drop(&arena);
    return err;
}

static amp_err component_try(struct joiner *in, struct component *component)
{
    component->told = (struct amp_dvi_component){component->victim_n, component->missing_n,
                                                 component->family_n, false, 0};
    bool by_victim = component->single && component->missing_n < component->victim_n;
    amp_err err = component_exact(in, component, by_victim);
    if (err == AMP_E_LIMIT && component->single) {
        err = component_exact(in, component, !by_victim);
    }
    return err == AMP_E_LIMIT ? AMP_OK : err;
}

/* Everything from the choice of pairs to the exact components. */
static amp_err round_run(struct joiner *in, bool *exact)
{
    const struct amp_dvi *dvi = in->dvi;
    in->family = amp_arena_array(in->arena, dvi->family_n + 1, sizeof(*in->family));
    in->alone = amp_arena_array(in->arena, dvi->victim_n + 1, sizeof(*in->alone));
    in->alone_error = amp_arena_array(in->arena, dvi->victim_n + 1, sizeof(*in->alone_error));
    amp_err err = amp_arena_failed(in->arena) ? AMP_E_NOMEM : pairs_choose(in);
    err = err ? err : slots_make(in);
    err = err ? err : options_all(in);
    err = err ? err : components_find(in);
    err = err ? err : components_fill(in);
    for (size_t v = 0; v < dvi->victim_n && !err; v++) {
        in->alone[v] = 1;
    }
    *exact = true;
    for (size_t c = 0; c < in->component_n && !err; c++) {
        err = component_try(in, &in->component[c]);
        *exact = *exact && in->component[c].told.exact;
        if (in->settings->progress) {
            in->settings->progress(in->settings->ctx, "groups of victims and families", c + 1,
                                   in->component_n);
        }
    }
    return err;
}

/* Raises the floor as far as the loss allows: dropping pairs of families of one missing, each of
 * weight w, takes at most sum w of the whole, because any choice is one without them times some of
 * them, and that sum is at most the product of 1 + w. */
static amp_err floor_raise(struct joiner *in)
{
    double *log_w = amp_arena_array(in->arena, in->pair_n + 1, sizeof(*log_w));
    size_t n = 0;
    if (!log_w) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < in->pair_n; i++) {
        uint32_t f = in->dvi->missing[in->pair[i].missing].family;
        if (is_single(in, f) && !in->component[in->family[f].component].told.exact) {
            log_w[n++] = in->pair[i].log_lr;
        }
    }
    qsort(log_w, n, sizeof(*log_w), double_order);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += amp_exp(log_w[i] + in->odds);
        if (sum > in->settings->joint_loss) {
            break;
        }
        in->floor = log_w[i];
    }
    return AMP_OK;
}

/* What is certainly not lost by the floor and by pairs that were not kept. */
static double loss_of(const struct joiner *in)
{
    double sum = 0;
    for (size_t i = 0; i < in->pairs->pair_n; i++) {
        const struct amp_dvi_pair *pair = &in->pairs->pair[i];
        if (is_single(in, in->dvi->missing[pair->missing].family) && pair->log_lr <= in->floor) {
            sum += amp_exp(pair->log_lr + in->odds);
        }
    }
    for (size_t m = 0; m < in->dvi->missing_n; m++) {
        sum += in->pairs->left_sum[m] * in->settings->match_odds;
    }
    return sum < 1 ? sum : 1;
}

static amp_err best_tell(const struct joiner *in, struct amp_dvi_joint *out)
{
    size_t victim_n = in->dvi->victim_n;
    struct dvi_part *part = amp_arena_array(in->arena, in->component_n + 1, sizeof(*part));
    struct dvi_best *best = NULL;
    if (!part) {
        return AMP_E_NOMEM;
    }
    double possible = 1;
    out->best_proven = true;
    for (size_t c = 0; c < in->component_n; c++) {
        const struct component *its = &in->component[c];
        part[c] = (struct dvi_part){its->victim_n, its->best_n, its->victim, its->best};
        out->best_proven = out->best_proven && its->best_complete;
        possible *= its->best_n < in->settings->list ? (double)its->best_n : INFINITY;
    }
    amp_err err = dvi_best_fold(part, in->component_n, victim_n, in->settings->list, in->arena,
                                &best, &out->best_n);
    out->best_all = out->best_proven && possible <= (double)in->settings->list;
    out->best = err ? NULL : amp_arena_array(in->arena, out->best_n + 1, sizeof(*out->best));
    if (err || !out->best) {
        return err ? err : AMP_E_NOMEM;
    }
    for (size_t i = 0; i < out->best_n; i++) {
        double matches = 0;
        for (size_t v = 0; v < victim_n; v++) {
            matches += best[i].whom[v] != AMP_DVI_NONE;
        }
        double log_lr = best[i].log_w - matches * in->odds;
        out->best[i] = (struct amp_dvi_assignment){best[i].whom, out->loglik_none + log_lr, log_lr,
                                                   amp_exp(best[i].log_w - out->log_sum)};
    }
    return AMP_OK;
}

static amp_err marginals_tell(const struct joiner *in, struct amp_dvi_joint *out)
{
    size_t n = 0;
    size_t victim_n = in->dvi->victim_n;
    out->marginal =
        amp_arena_array(in->arena, in->slot_at[victim_n] + victim_n + 1, sizeof(*out->marginal));
    if (!out->marginal) {
        return AMP_E_NOMEM;
    }
    for (uint32_t v = 0; v < victim_n; v++) {
        for (size_t s = in->slot_at[v]; s < in->slot_at[v + 1]; s++) {
            if (in->slot[s].p > 0) {
                out->marginal[n++] = (struct amp_dvi_marginal){v, in->slot[s].missing,
                                                               in->slot[s].p, in->slot[s].error};
            }
        }
        out->marginal[n++] =
            (struct amp_dvi_marginal){v, AMP_DVI_NONE, in->alone[v], in->alone_error[v]};
    }
    out->marginal_n = n;
    return AMP_OK;
}

/* Injective partial maps from a to b things: sum over k of C(a,k) C(b,k) k!, as ln and as number.
 */
static double maps_count(size_t a, size_t b, double *number)
{
    double term = 0;
    double plain = 1;
    double sum = 0;
    *number = 1;
    for (size_t k = 1; k <= a && k <= b; k++) {
        double by = (double)(a - k + 1) * (double)(b - k + 1);
        term += amp_ln(by) - amp_ln((double)k);
        plain = plain * by / (double)k;
        *number += plain;
        double top = term > sum ? term : sum;
        sum = top + amp_ln(amp_exp(term - top) + amp_exp(sum - top));
    }
    return sum;
}

static void assignments_count(const struct joiner *in, struct amp_dvi_joint *out)
{
    size_t victims[3] = {0};
    size_t missing[3] = {0};
    for (size_t v = 0; v < in->dvi->victim_n; v++) {
        victims[in->settings->ignore_sex ? AMP_KIN_MALE : in->dvi->victim[v].sex]++;
    }
    for (size_t m = 0; m < in->dvi->missing_n; m++) {
        missing[in->settings->ignore_sex ? AMP_KIN_MALE : in->dvi->missing[m].sex]++;
    }
    if (victims[AMP_KIN_UNKNOWN_SEX] || missing[AMP_KIN_UNKNOWN_SEX]) {
        out->assignment_n = out->assignment_log10 = NAN; /* no formula */
        return;
    }
    double males = 1;
    double females = 1;
    double log = maps_count(victims[AMP_KIN_MALE], missing[AMP_KIN_MALE], &males) +
                 maps_count(victims[AMP_KIN_FEMALE], missing[AMP_KIN_FEMALE], &females);
    out->assignment_n = males * females;
    out->assignment_log10 = log / 2.302585092994045684;
}

static amp_err joint_tell(const struct joiner *in, struct amp_dvi_joint *out)
{
    const struct amp_dvi *dvi = in->dvi;
    out->component = amp_arena_array(in->arena, in->component_n + 1, sizeof(*out->component));
    if (!out->component) {
        return AMP_E_NOMEM;
    }
    out->component_n = in->component_n;
    out->exact = true;
    for (size_t c = 0; c < in->component_n; c++) {
        out->component[c] = in->component[c].told;
        out->exact = out->exact && in->component[c].told.exact;
        out->log_sum += in->component[c].log_sum;
    }
    for (size_t v = 0; v < dvi->victim_n; v++) {
        out->loglik_none += in->pairs->victim_log[v];
    }
    for (size_t f = 0; f < dvi->family_n; f++) {
        out->loglik_none += in->pairs->family_log[f];
    }
    out->floor = in->floor > -INFINITY ? amp_exp(in->floor) : 0;
    out->cut_n = in->cut_n;
    out->cut_lr = in->cut_n ? amp_exp(in->cut_log_lr) : 0;
    bool lost = in->cut_n > 0;
    for (size_t m = 0; m < dvi->missing_n; m++) {
        lost = lost || (in->pairs->left_sum[m] > 0 && !is_single(in, dvi->missing[m].family));
    }
    out->loss_bound = lost ? NAN : loss_of(in);
    assignments_count(in, out);
    amp_err err = best_tell(in, out);
    return err ? err : marginals_tell(in, out);
}

amp_err amp_dvi_joint(const struct amp_dvi *dvi, const struct amp_dvi_pairs *pairs,
                      const struct amp_dvi_settings *settings, struct amp_arena *arena,
                      struct amp_dvi_joint *out, struct amp_why *why)
{
    struct joiner in = {.dvi = dvi,
                        .pairs = pairs,
                        .settings = settings,
                        .arena = arena,
                        .why = why,
                        .odds = amp_ln(settings->match_odds)};
    in.floor = settings->floor > 0 ? amp_ln(settings->floor) : -INFINITY;
    bool exact = true;
    struct amp_dvi_joint joint = {0};
    amp_err err = round_run(&in, &exact);
    if (!err && !exact) { /* again: thoroughly, and without what cannot matter */
        err = settings->joint_loss > 0 ? floor_raise(&in) : AMP_OK;
        in.thorough = true;
        err = err ? err : round_run(&in, &exact);
    }
    for (size_t c = 0; c < in.component_n && !err; c++) {
        if (!in.component[c].told.exact) {
            err = component_sample(&in, &in.component[c], c);
        }
    }
    err = err ? err : joint_tell(&in, &joint);
    if (err == AMP_OK) {
        *out = joint;
    }
    return err;
}
