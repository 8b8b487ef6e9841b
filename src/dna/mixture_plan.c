/* From a marker's ladder to its elimination: order, factors, steps, passes, lanes. */
#include "dna/mixture_plan.h"
#include "dna/mixture_shape.h"
#include "dna/numeric.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    PLAN_BYTES = 1 << 30, /* of all tables; SIZE_DOUBLES bounds the work beside it */
    SIZE_DOUBLES = 1 << 27
};

/* One marker while it is planned. */
struct ladder {
    const struct amp_mix_marker *marker;
    int32_t lower[AMP_MIX_ALLELES], upper[AMP_MIX_ALLELES];
    int32_t order[AMP_MIX_ALLELES];    /* variable -> allele */
    int32_t variable[AMP_MIX_ALLELES]; /* allele -> variable */
    int32_t until[AMP_MIX_ALLELES];    /* variable -> the last step that reads it */
};

static bool is_link(int32_t link, size_t n)
{
    return link >= -1 && link < (int32_t)n;
}

static bool allele_is_sound(const struct amp_mix_marker *m, size_t a)
{
    const struct amp_mix_allele *allele = &m->allele[a];
    bool sound =
        allele->freq >= 0 && allele->freq <= 1 && allele->typed >= 0 && isfinite(allele->typed) &&
        isfinite(allele->bp100) && is_link(allele->back_to, m->allele_n) &&
        is_link(allele->forward_to, m->allele_n) && is_link(allele->back_from, m->genotype_n) &&
        is_link(allele->forward_from, m->genotype_n);
    for (size_t r = 0; r < m->replicate_n && sound; r++) {
        sound = allele->height[r] >= 0 && isfinite(allele->height[r]);
        bool seen = sound && allele->height[r] >= m->threshold;
        sound = sound && !(seen && isnan(allele->drop_in_log[r]));
    }
    return sound;
}

static amp_err marker_check(const struct amp_mix *mix, const struct amp_mix_marker *m)
{
    if (m->genotype_n > m->allele_n || m->allele_n > AMP_MIX_ALLELES ||
        m->replicate_n > AMP_MIX_REPLICATES) {
        return AMP_E_LIMIT;
    }
    bool sound = m->genotype_n >= 1 && m->replicate_n >= 1 && m->threshold > 0 &&
                 isfinite(m->threshold) && m->theta >= 0 && m->theta < 1 && m->drop_in >= 0 &&
                 m->drop_in <= 1 && m->typed_n >= 0 && isfinite(m->typed_n) && m->stutter >= 0 &&
                 m->stutter <= 2;
    for (size_t a = 0; a < m->allele_n && sound; a++) {
        sound = allele_is_sound(m, a);
        for (size_t k = 0; k < mix->contributor_n && sound; k++) {
            uint8_t n = m->copies[k * m->allele_n + a];
            sound = n <= AMP_MIX_COPIES && (n == 0 || a < m->genotype_n);
        }
    }
    for (int i = 0; i < 2 && sound; i++) {
        sound = is_link(m->relative[i], m->genotype_n) &&
                (m->relative[0] >= 0) == (m->relative[1] >= 0);
    }
    return sound ? AMP_OK : AMP_E_RANGE;
}

static amp_err neighbours_link(struct ladder *ladder, int32_t lower, int32_t upper)
{
    bool taken = (ladder->upper[lower] >= 0 && ladder->upper[lower] != upper) ||
                 (ladder->lower[upper] >= 0 && ladder->lower[upper] != lower);
    if (lower == upper || taken) {
        return AMP_E_RANGE;
    }
    ladder->upper[lower] = upper;
    ladder->lower[upper] = lower;
    return AMP_OK;
}

/* Whose copies a position reads. */
static void roles_of(const struct amp_mix_marker *m, size_t a, int32_t role[MIX_ROLES])
{
    role[0] = a < m->genotype_n ? (int32_t)a : -1;
    role[1] = m->stutter >= 1 ? m->allele[a].back_from : -1;
    role[2] = m->stutter >= 2 ? m->allele[a].forward_from : -1;
}

static amp_err neighbours_find(struct ladder *ladder)
{
    const struct amp_mix_marker *m = ladder->marker;
    memset(ladder->lower, -1, sizeof ladder->lower);
    memset(ladder->upper, -1, sizeof ladder->upper);
    amp_err err = AMP_OK;
    for (size_t a = 0; a < m->allele_n && !err; a++) {
        int32_t role[MIX_ROLES];
        roles_of(m, a, role);
        if (role[1] >= 0) {
            err = neighbours_link(ladder, (int32_t)a, role[1]);
        }
        if (role[2] >= 0 && !err) {
            err = neighbours_link(ladder, role[2], (int32_t)a);
        }
    }
    return err;
}

/* Chains from their lowest position up; the rest allele comes last, where it costs least. */
static amp_err order_make(struct ladder *ladder)
{
    const struct amp_mix_marker *m = ladder->marker;
    size_t n = 0;
    size_t visited = 0;
    memset(ladder->variable, -1, sizeof ladder->variable);
    for (int rest = 0; rest < 2; rest++) {
        for (int32_t a = 0; a < (int32_t)m->allele_n; a++) {
            if (ladder->lower[a] >= 0 || (a == m->rest) != rest) {
                continue;
            }
            for (int32_t at = a; at >= 0; at = ladder->upper[at]) {
                visited++;
                if (at < (int32_t)m->genotype_n) {
                    ladder->variable[at] = (int32_t)n;
                    ladder->order[n++] = at;
                }
            }
        }
    }
    return visited == m->allele_n ? AMP_OK : AMP_E_RANGE; /* else a ladder that bites its tail */
}

/* The last step that a position's factor waits for; -1 when it reads no variable. */
static int32_t factor_step(const struct ladder *ladder, size_t a)
{
    int32_t role[MIX_ROLES];
    int32_t step = -1;
    roles_of(ladder->marker, a, role);
    for (int i = 0; i < MIX_ROLES; i++) {
        if (role[i] >= 0 && ladder->variable[role[i]] > step) {
            step = ladder->variable[role[i]];
        }
    }
    return step;
}

static amp_err until_find(struct ladder *ladder)
{
    const struct amp_mix_marker *m = ladder->marker;
    for (size_t v = 0; v < m->genotype_n; v++) {
        ladder->until[v] = (int32_t)v;
    }
    for (size_t a = 0; a < m->allele_n; a++) {
        int32_t role[MIX_ROLES];
        int32_t step = factor_step(ladder, a);
        roles_of(m, a, role);
        for (int i = 0; i < MIX_ROLES; i++) {
            if (role[i] < 0) {
                continue;
            }
            int32_t v = ladder->variable[role[i]];
            if (step - v >= MIX_WINDOW) {
                return AMP_E_RANGE;
            }
            ladder->until[v] = step > ladder->until[v] ? step : ladder->until[v];
        }
    }
    return AMP_OK;
}

static struct mix_reads reads_of(const struct ladder *ladder, size_t a, int32_t step)
{
    struct mix_reads reads = {.role = {-1, -1, -1}};
    int32_t role[MIX_ROLES];
    roles_of(ladder->marker, a, role);
    for (int i = 0; i < MIX_ROLES; i++) {
        if (role[i] >= 0) {
            int32_t w = MIX_WINDOW - 1 - (step - ladder->variable[role[i]]);
            reads.window[w] = true;
            reads.role[w] = i;
        }
    }
    return reads;
}

static struct mix_kind kind_of(const struct ladder *ladder, int32_t i)
{
    int32_t n = (int32_t)ladder->marker->genotype_n;
    struct mix_kind kind = {
        .in_before = i >= 2 && ladder->until[i - 2] >= i,
        .in_last = i >= 1 && ladder->until[i - 1] >= i,
        .out_last = i >= 1 && ladder->until[i - 1] > i,
        .out_this = ladder->until[i] > i,
        .ends = i == n - 1,
    };
    kind.fresh_in =
        i == 0 || (i == 1 && kind.in_last) || (i == 2 && kind.in_last && kind.in_before);
    kind.fresh_out = (i == 0 && kind.out_this) || (i == 1 && kind.out_this && kind.out_last);
    for (size_t a = 0; a < ladder->marker->allele_n; a++) {
        if (factor_step(ladder, a) == i) {
            struct mix_reads reads = reads_of(ladder, a, i);
            kind.reads_before = kind.reads_before || reads.window[0];
            kind.reads_last = kind.reads_last || reads.window[1];
        }
    }
    return kind;
}

/* What one pass fixes of the related contributor. */
struct fixing {
    int32_t contributor;
    int n;
    int32_t allele[2];
};

static uint8_t fixed_copies(const struct amp_mix_marker *m, const struct fixing *fixing, size_t k,
                            size_t a, bool stutter)
{
    uint8_t n = (m->known >> k & 1) ? m->copies[k * m->allele_n + a] : 0;
    if (stutter && m->mute && n > 0) {
        n = (uint8_t)(n - m->mute[k * m->allele_n + a]);
    }
    for (int i = 0; i < fixing->n; i++) {
        n = (uint8_t)(n + ((int32_t)k == fixing->contributor && (int32_t)a == fixing->allele[i]));
    }
    return n;
}

static amp_err fixed_list(struct mix_plan *plan, const struct amp_mix *mix,
                          const struct amp_mix_marker *m, const struct fixing *fixing,
                          struct mix_factor *factor)
{
    factor->fixed = amp_arena_array(&plan->arena, MIX_FIXED, sizeof *factor->fixed);
    if (!factor->fixed) {
        return AMP_E_NOMEM;
    }
    for (size_t k = 0; k < mix->contributor_n; k++) {
        for (int i = 0; i < MIX_ROLES; i++) {
            uint8_t n = factor->allele[i] < 0
                            ? 0
                            : fixed_copies(m, fixing, k, (size_t)factor->allele[i], i > 0);
            if (n > 0) {
                factor->fixed[factor->fixed_n++] = (struct mix_fixed){(uint8_t)k, (uint8_t)i, n};
            }
        }
    }
    factor->bare = factor->fixed_n == 0;
    return AMP_OK;
}

static void heights_count(const struct amp_mix_marker *m, size_t a, struct mix_factor *factor)
{
    for (size_t r = 0; r < m->replicate_n; r++) {
        double height = m->allele[a].height[r];
        if (height < m->threshold) {
            factor->unseen_n++;
            continue;
        }
        factor->seen_n++;
        factor->seen_in |= UINT32_C(1) << r;
        factor->height_sum += height;
        factor->log_height_sum += amp_ln(height);
        factor->drop_in_log += amp_ln(m->drop_in) + m->allele[a].drop_in_log[r];
    }
}

static amp_err factor_make(struct mix_plan *plan, const struct amp_mix *mix,
                           const struct amp_mix_marker *m, const struct fixing *fixing, size_t a,
                           struct mix_factor *factor)
{
    roles_of(m, a, factor->allele);
    factor->position = (uint32_t)a;
    heights_count(m, a, factor);
    return fixed_list(plan, mix, m, fixing, factor);
}

static bool is_seen(const struct amp_mix_marker *m, size_t a)
{
    bool seen = false;
    for (size_t r = 0; r < m->replicate_n; r++) {
        seen = seen || m->allele[a].height[r] >= m->threshold;
    }
    return seen;
}

/* ln prod_{j < n} (t_a + j) theta + (1 - theta) p_a: the urn's part that this allele owns. */
static void prior_make(const struct amp_mix_marker *m, const struct amp_mix_allele *allele,
                       struct mix_step *step)
{
    double sum = 0;
    for (int n = 0; n <= MIX_UNKNOWN_COPIES; n++) {
        step->log_prior[n] = sum;
        sum += amp_ln((allele->typed + n) * m->theta + (1 - m->theta) * allele->freq);
    }
}

static amp_err step_make(struct mix_plan *plan, const struct amp_mix *mix,
                         const struct ladder *ladder, const struct fixing *fixing,
                         struct mix_pass *pass)
{
    const struct amp_mix_marker *m = ladder->marker;
    int32_t i = (int32_t)pass->step_n;
    struct mix_step *step = &pass->step[pass->step_n++];
    struct mix_kind kind = kind_of(ladder, i);
    step->allele = ladder->order[i];
    amp_err err = mix_shape_get(plan, pass, &kind, &step->shape);
    step->factor = amp_arena_array(&plan->arena, MIX_STEP_FACTORS, sizeof *step->factor);
    if (err || !step->factor) {
        return err ? err : AMP_E_NOMEM;
    }
    prior_make(m, &m->allele[ladder->order[i]], step);
    for (size_t a = 0; a < m->allele_n && !err; a++) {
        if (factor_step(ladder, a) != i) {
            continue;
        }
        if (step->factor_n == MIX_STEP_FACTORS) {
            return AMP_E_RANGE;
        }
        struct mix_factor *factor = &step->factor[step->factor_n];
        struct mix_reads reads = reads_of(ladder, a, i);
        err = factor_make(plan, mix, m, fixing, a, factor);
        err = err ? err : mix_factor_project(plan, pass, step->shape, &reads, factor);
        if (factor->bare && factor->seen_n > 0 && m->drop_in > 0) {
            if ((1 << (step->drop_n + 1)) > MIX_DROP_KINDS) {
                return AMP_E_RANGE;
            }
            step->drop[step->drop_n++] = (uint8_t)step->factor_n;
        }
        step->factor_n++;
    }
    return err;
}

/* The sets of replicates with drop-in that can arise, the empty one first. */
struct lanes {
    size_t n;
    uint32_t set[MIX_LANES];
};

static size_t lane_find(const struct lanes *lanes, uint32_t set)
{
    size_t at = 0;
    while (at < lanes->n && lanes->set[at] != set) {
        at++;
    }
    return at;
}

static amp_err lanes_collect(const struct mix_pass *pass, struct lanes *lanes)
{
    lanes->n = 1;
    lanes->set[0] = 0;
    for (size_t i = 0; i < pass->step_n; i++) {
        const struct mix_step *step = &pass->step[i];
        for (size_t d = 0; d < step->drop_n; d++) {
            size_t before = lanes->n;
            for (size_t l = 0; l < before; l++) {
                uint32_t set = lanes->set[l] | step->factor[step->drop[d]].seen_in;
                if (lane_find(lanes, set) < lanes->n) {
                    continue;
                }
                if (lanes->n == MIX_LANES) {
                    return AMP_E_LIMIT;
                }
                lanes->set[lanes->n++] = set;
            }
        }
    }
    return AMP_OK;
}

static amp_err step_lanes(struct mix_plan *plan, const struct lanes *lanes, struct mix_step *step)
{
    for (uint32_t drops = 1; drops < 1u << step->drop_n; drops++) {
        uint32_t set = 0;
        for (size_t d = 0; d < step->drop_n; d++) {
            set |= (drops >> d & 1) ? step->factor[step->drop[d]].seen_in : 0;
        }
        uint16_t *to = amp_arena_array(&plan->arena, lanes->n, sizeof *to);
        if (!to) {
            return AMP_E_NOMEM;
        }
        for (size_t l = 0; l < lanes->n; l++) {
            to[l] = (uint16_t)lane_find(lanes, lanes->set[l] | set);
        }
        step->lane_to[drops] = to;
    }
    return AMP_OK;
}

static amp_err lanes_make(struct mix_plan *plan, const struct amp_mix_marker *m,
                          struct mix_pass *pass)
{
    struct lanes *lanes = amp_arena_alloc(&plan->arena, sizeof *lanes);
    if (!lanes) {
        return AMP_E_NOMEM;
    }
    amp_err err = lanes_collect(pass, lanes);
    for (size_t i = 0; i < pass->step_n && !err; i++) {
        err = step_lanes(plan, lanes, &pass->step[i]);
    }
    if (err) {
        return err;
    }
    pass->lane_n = lanes->n;
    pass->lane_weight = amp_arena_array(&plan->arena, lanes->n, sizeof(double));
    if (!pass->lane_weight) {
        return AMP_E_NOMEM;
    }
    for (size_t l = 0; l < lanes->n; l++) {
        pass->lane_weight[l] = 1;
        for (size_t r = 0; r < m->replicate_n; r++) {
            pass->lane_weight[l] *= (lanes->set[l] >> r & 1) ? 1 : 1 - m->drop_in;
        }
    }
    return AMP_OK;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static amp_err sizes_count(struct mix_plan *plan, struct mix_pass *pass)
{
    struct mix_sizes *size = &plan->size;
    size_t alpha = 0;
    size_t f_all = 0;
    size_t table = 0;
    for (size_t i = 0; i < pass->step_n; i++) {
        struct mix_step *step = &pass->step[i];
        const struct mix_shape *shape = step->shape;
        size_t state = (size_t)shape->in_n[0] * shape->in_n[1] * pass->lane_n;
        size_t f = (size_t)shape->f_n[0] * shape->f_n[1];
        step->alpha_at = alpha;
        step->f_at = f_all;
        alpha += state;
        f_all += f;
        size->state = larger(size->state, state);
        size->f = larger(size->f, f);
        size->read = larger(size->read, (size_t)shape->read_n[0] * shape->read_n[1]);
        size->half = larger(size->half, larger(shape->f_n[0], shape->f_n[1]));
        for (size_t j = 0; j < step->factor_n; j++) {
            struct mix_factor *factor = &step->factor[j];
            factor->table_at = table;
            table += 3 * (size_t)factor->g_n[0] * factor->g_n[1];
            size->half = larger(size->half, larger(factor->g_n[0], factor->g_n[1]));
        }
    }
    const struct mix_digits *digits = &pass->digits;
    size->bound = larger(size->bound, (pass->step_n + 1) * digits->n[0] * digits->n[1]);
    alpha += pass->lane_n;
    size->state = larger(size->state, pass->lane_n);
    size->state += size->state % 2;
    size->alpha = larger(size->alpha, alpha + alpha % 2); /* pairs of lanes are aligned */
    size->f_all = larger(size->f_all, f_all);
    size->table = larger(size->table, table);
    size_t all = size->alpha + 3 * size->state + size->f_all + 3 * size->f + size->table +
                 3 * size->bound + size->read;
    return all <= SIZE_DOUBLES ? AMP_OK : AMP_E_LIMIT;
}

/* What all genotypes share of 2^U / prod (1 + (n_T + j - 1) theta), n alleles being drawn. */
static double prior_common(const struct amp_mix_marker *m, const struct mix_pass *pass)
{
    int drawn = 0;
    double sum = 0;
    for (size_t k = 0; k < pass->unknown_n; k++) {
        drawn += pass->cap[k];
        sum += pass->cap[k] == 2 ? amp_ln(2) : 0;
    }
    for (int j = 0; j < drawn; j++) {
        sum -= amp_ln(1 + (m->typed_n + j - 1) * m->theta);
    }
    return sum;
}

static amp_err pass_make(struct mix_plan *plan, const struct amp_mix *mix,
                         const struct ladder *ladder, const struct fixing *fixing,
                         struct mix_pass *pass)
{
    const struct amp_mix_marker *m = ladder->marker;
    for (size_t k = 0; k < mix->contributor_n; k++) {
        bool related = (int32_t)k == fixing->contributor;
        uint8_t cap = (uint8_t)(2 - (related ? fixing->n : 0));
        if ((m->known >> k & 1) || cap == 0) {
            continue;
        }
        if (pass->unknown_n == AMP_MIX_UNKNOWN) {
            return AMP_E_LIMIT;
        }
        pass->unknown[pass->unknown_n] = (uint8_t)k;
        pass->cap[pass->unknown_n++] = cap;
    }
    pass->half_at[1] = pass->unknown_n / 2;
    pass->half_at[2] = pass->unknown_n;
    pass->step = amp_arena_array(&plan->arena, m->genotype_n, sizeof *pass->step);
    if (!pass->step) {
        return AMP_E_NOMEM;
    }
    amp_err err = mix_digits_make(plan, pass);
    for (size_t i = 0; i < m->genotype_n && !err; i++) {
        err = step_make(plan, mix, ladder, fixing, pass);
    }
    err = err ? err : lanes_make(plan, m, pass);
    pass->log_weight += prior_common(m, pass);
    return err ? err : sizes_count(plan, pass);
}

/* A relative shares no, one (either) or both alleles with the typed person (section 4.2 of the
 * docs): one pass each. */
static size_t fixings_list(const struct amp_mix *mix, const struct amp_mix_marker *m,
                           struct fixing fixing[MIX_PASSES], double weight[MIX_PASSES])
{
    int32_t k = mix->related;
    int32_t c = m->relative[0];
    int32_t d = m->relative[1];
    fixing[0] = (struct fixing){.contributor = -1};
    weight[0] = 1;
    if (k < 0 || c < 0 || (m->known >> k & 1)) {
        return 1;
    }
    weight[0] = mix->kappa[0];
    fixing[1] = (struct fixing){.contributor = k, .n = 1, .allele = {c}};
    weight[1] = mix->kappa[1] / 2;
    fixing[2] = (struct fixing){.contributor = k, .n = 1, .allele = {d}};
    weight[2] = mix->kappa[1] / 2;
    fixing[3] = (struct fixing){.contributor = k, .n = 2, .allele = {c, d}};
    weight[3] = mix->kappa[2];
    if (c == d) {
        weight[1] = mix->kappa[1];
        weight[2] = 0;
    }
    return MIX_PASSES;
}

static amp_err marker_plan(struct mix_plan *plan, const struct amp_mix *mix,
                           const struct amp_mix_marker *m, struct mix_plan_marker *out)
{
    struct fixing fixing[MIX_PASSES];
    double weight[MIX_PASSES];
    struct ladder ladder = {.marker = m};
    amp_err err = marker_check(mix, m);
    err = err ? err : neighbours_find(&ladder);
    err = err ? err : order_make(&ladder);
    err = err ? err : until_find(&ladder);
    for (size_t a = 0; a < m->allele_n && !err; a++) {
        if (factor_step(&ladder, a) < 0 && is_seen(m, a)) {
            err = AMP_E_RANGE; /* a peak where nothing can be */
        }
    }
    size_t n = fixings_list(mix, m, fixing, weight);
    for (size_t i = 0; i < n && !err; i++) {
        if (weight[i] > 0) {
            struct mix_pass *pass = &out->pass[out->pass_n++];
            pass->log_weight = amp_ln(weight[i]);
            err = pass_make(plan, mix, &ladder, &fixing[i], pass);
        }
    }
    return err;
}

amp_err mix_plan_make(const struct amp_mix *mix, struct mix_plan *plan)
{
    *plan = (struct mix_plan){.arena = amp_arena_make(PLAN_BYTES), .marker_n = mix->marker_n};
    if (mix->contributor_n < 1 || mix->contributor_n > AMP_MIX_CONTRIBUTORS) {
        return AMP_E_LIMIT;
    }
    if (mix->related < -1 || mix->related >= (int32_t)mix->contributor_n) {
        return AMP_E_RANGE;
    }
    for (int i = 0; i < 3 && mix->related >= 0; i++) {
        if (!(mix->kappa[i] >= 0 && mix->kappa[i] <= 1)) {
            return AMP_E_RANGE;
        }
    }
    plan->marker = amp_arena_array(&plan->arena, mix->marker_n + 1, sizeof *plan->marker);
    amp_err err = plan->marker ? AMP_OK : AMP_E_NOMEM;
    for (size_t i = 0; i < mix->marker_n && !err; i++) {
        err = marker_plan(plan, mix, &mix->marker[i], &plan->marker[i]);
    }
    return err;
}

void mix_plan_drop(struct mix_plan *plan)
{
    amp_arena_drop(&plan->arena);
    *plan = (struct mix_plan){.marker_n = 0};
}
