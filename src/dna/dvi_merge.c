/* Samples of one person put together before anything else: body parts, second samples. */
#include "dna/dvi_inside.h"
#include "dna/numeric.h"

#include <stdlib.h>
#include <string.h>

struct likeness {
    bool same;
    double log_lr;
    uint32_t lost_n;
};

static bool equal(struct amp_kin_genotype x, struct amp_kin_genotype y)
{
    return (x.a == y.a && x.b == y.b) || (x.a == y.b && x.b == y.a);
}

/* A homozygote that may be the heterozygote with one allele lost. */
static bool lost_one(struct amp_kin_genotype x, struct amp_kin_genotype y)
{
    return (x.a == x.b && (y.a == x.a || y.b == x.a)) || (y.a == y.b && (x.a == y.a || x.b == y.a));
}

/* The same person against two unrelated ones. Where an allele must have been lost the marker counts
 * for nothing, which favours keeping the samples apart. */
static struct likeness likeness_of(const struct amp_dvi *dvi, const struct dvi_codes *codes,
                                   const struct amp_dvi_settings *settings, size_t i, size_t k)
{
    const struct amp_dvi_victim *a = &dvi->victim[i];
    const struct amp_dvi_victim *b = &dvi->victim[k];
    struct likeness like = {.same = false};
    if (a->sex != b->sex && a->sex != AMP_KIN_UNKNOWN_SEX && b->sex != AMP_KIN_UNKNOWN_SEX) {
        return like;
    }
    uint32_t most = settings->merge == AMP_DVI_MERGE_DROP_OUT ? settings->merge_lost : 0;
    for (size_t m = 0; m < dvi->marker_n; m++) {
        if (a->genotype[m].a < 0 || b->genotype[m].a < 0) {
            continue;
        }
        if (equal(a->genotype[m], b->genotype[m])) {
            like.log_lr -= codes->log_p[m][codes->code[m * dvi->victim_n + i]];
        } else if (!lost_one(a->genotype[m], b->genotype[m]) || ++like.lost_n > most) {
            return like;
        }
    }
    like.same = true;
    return like;
}

struct merger {
    const struct amp_dvi *dvi;
    const struct amp_dvi_settings *settings;
    struct dvi_codes codes;
    uint32_t *order;  /* victims, the most completely typed first */
    uint32_t *leader; /* of each victim; itself when alone */
    uint32_t *next;   /* the next one of its group, UINT32_MAX last */
    double *log_lr;   /* to the group when it joined */
    uint32_t *lost_n;
};

struct ordered {
    size_t typed_n;
    uint32_t victim;
};

static int completeness_order(const void *a, const void *b)
{
    const struct ordered *x = a;
    const struct ordered *y = b;
    if (x->typed_n != y->typed_n) {
        return x->typed_n > y->typed_n ? -1 : 1;
    }
    return (x->victim > y->victim) - (x->victim < y->victim);
}

/* Whether a victim is like every sample of a group, and surely like one. */
static bool joins(const struct merger *in, uint32_t victim, uint32_t leader, struct likeness *out)
{
    double least = amp_ln(in->settings->threshold);
    *out = (struct likeness){.log_lr = -INFINITY};
    for (uint32_t k = leader; k != UINT32_MAX; k = in->next[k]) {
        struct likeness like = likeness_of(in->dvi, &in->codes, in->settings, victim, k);
        if (!like.same) {
            return false;
        }
        out->log_lr = like.log_lr > out->log_lr ? like.log_lr : out->log_lr;
        out->lost_n = like.lost_n > out->lost_n ? like.lost_n : out->lost_n;
    }
    return out->log_lr >= least;
}

static void groups_find(struct merger *in)
{
    size_t n = in->dvi->victim_n;
    for (size_t i = 0; i < n; i++) {
        uint32_t victim = in->order[i];
        in->leader[victim] = victim;
        for (size_t k = 0; k < i; k++) {
            uint32_t leader = in->order[k];
            struct likeness like;
            if (in->leader[leader] != leader || !joins(in, victim, leader, &like)) {
                continue;
            }
            in->leader[victim] = leader;
            in->next[victim] = in->next[leader];
            in->next[leader] = victim;
            in->log_lr[victim] = like.log_lr;
            in->lost_n[victim] = like.lost_n;
            break;
        }
    }
}

/* The fullest profile: typed over not typed, a heterozygote over one that lost an allele. */
static amp_err profile_join(const struct merger *in, uint32_t leader, struct amp_arena *arena,
                            struct amp_dvi_victim *out)
{
    const struct amp_dvi *dvi = in->dvi;
    struct amp_kin_genotype *genotype = amp_arena_array(arena, dvi->marker_n, sizeof(*genotype));
    if (!genotype) {
        return AMP_E_NOMEM;
    }
    *out = dvi->victim[leader];
    memcpy(genotype, out->genotype, dvi->marker_n * sizeof(*genotype));
    for (uint32_t k = in->next[leader]; k != UINT32_MAX; k = in->next[k]) {
        const struct amp_dvi_victim *part = &dvi->victim[k];
        out->sex = out->sex == AMP_KIN_UNKNOWN_SEX ? part->sex : out->sex;
        for (size_t m = 0; m < dvi->marker_n; m++) {
            struct amp_kin_genotype g = part->genotype[m];
            bool better =
                g.a >= 0 && genotype[m].a == genotype[m].b && (genotype[m].a < 0 || g.a != g.b);
            genotype[m] = better ? g : genotype[m];
        }
    }
    out->typed_n = 0;
    for (size_t m = 0; m < dvi->marker_n; m++) {
        out->typed_n += genotype[m].a >= 0;
    }
    out->genotype = genotype;
    return AMP_OK;
}

static amp_err group_tell(const struct merger *in, uint32_t leader, struct amp_arena *arena,
                          struct amp_dvi_merged *merged)
{
    struct amp_dvi_group *group = &merged->group[merged->group_n++];
    size_t n = 0;
    for (uint32_t k = in->next[leader]; k != UINT32_MAX; k = in->next[k]) {
        n++;
    }
    *group = (struct amp_dvi_group){.into = leader, .part_n = n, .log_lr = INFINITY};
    group->part = amp_arena_array(arena, n, sizeof(*group->part));
    if (!group->part) {
        return AMP_E_NOMEM;
    }
    n = 0;
    for (uint32_t v = 0; v < in->dvi->victim_n; v++) {
        if (v != leader && in->leader[v] == leader) {
            group->part[n++] = v;
            group->log_lr = in->log_lr[v] < group->log_lr ? in->log_lr[v] : group->log_lr;
            group->lost_n = in->lost_n[v] > group->lost_n ? in->lost_n[v] : group->lost_n;
        }
    }
    return AMP_OK;
}

static amp_err merged_make(const struct merger *in, struct amp_arena *arena, struct amp_dvi *out,
                           struct amp_dvi_merged *merged)
{
    const struct amp_dvi *dvi = in->dvi;
    *out = *dvi;
    out->victim_n = 0;
    out->victim = amp_arena_array(arena, dvi->victim_n, sizeof(*out->victim));
    merged->group = amp_arena_array(arena, dvi->victim_n, sizeof(*merged->group));
    merged->index = amp_arena_array(arena, dvi->victim_n, sizeof(*merged->index));
    if (!out->victim || !merged->group || !merged->index) {
        return AMP_E_NOMEM;
    }
    for (uint32_t v = 0; v < dvi->victim_n; v++) {
        if (in->leader[v] != v) {
            continue;
        }
        merged->index[v] = (uint32_t)out->victim_n;
        amp_err err = profile_join(in, v, arena, &out->victim[out->victim_n++]);
        err = err || in->next[v] == UINT32_MAX ? err : group_tell(in, v, arena, merged);
        if (err) {
            return err;
        }
    }
    for (uint32_t v = 0; v < dvi->victim_n; v++) {
        merged->index[v] = merged->index[in->leader[v]];
    }
    return AMP_OK;
}

amp_err amp_dvi_merge(const struct amp_dvi *dvi, const struct amp_dvi_settings *settings,
                      struct amp_arena *arena, struct amp_dvi *out, struct amp_dvi_merged *merged,
                      struct amp_why *why)
{
    size_t n = dvi->victim_n;
    struct merger in = {.dvi = dvi, .settings = settings};
    struct ordered *order = amp_arena_array(arena, n, sizeof(*order));
    in.order = amp_arena_array(arena, n, sizeof(*in.order));
    in.leader = amp_arena_array(arena, n, sizeof(*in.leader));
    in.next = amp_arena_array(arena, n, sizeof(*in.next));
    in.log_lr = amp_arena_array(arena, n, sizeof(*in.log_lr));
    in.lost_n = amp_arena_array(arena, n, sizeof(*in.lost_n));
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    for (uint32_t v = 0; v < n; v++) {
        order[v] = (struct ordered){dvi->victim[v].typed_n, v};
        in.leader[v] = v;
        in.next[v] = UINT32_MAX;
    }
    qsort(order, n, sizeof(*order), completeness_order);
    for (size_t i = 0; i < n; i++) {
        in.order[i] = order[i].victim;
    }
    amp_err err = dvi_codes_make(dvi, arena, &in.codes, why);
    if (err) {
        return err;
    }
    if (settings->merge != AMP_DVI_MERGE_OFF) {
        groups_find(&in);
    }
    struct amp_dvi joined;
    struct amp_dvi_merged told = {0};
    err = merged_make(&in, arena, &joined, &told);
    if (err == AMP_OK) {
        *out = joined;
        *merged = told;
    }
    return err;
}
