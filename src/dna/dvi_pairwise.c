/* Every victim against every missing person, family by family, on several threads. */
#include "dna/dvi_inside.h"
#include "dna/numeric.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCRATCH = 1 << 30, /* bytes at most, a thread */
    THREADS = 256
};

struct kept { /* of one missing person */
    struct amp_dvi_pair *pair;
    size_t n;
};

struct work {
    const struct amp_dvi *dvi;
    const struct amp_dvi_settings *settings;
    const struct dvi_codes *codes;
    const struct amp_kin_marker *off;
    struct amp_dvi_pairs *pairs;
    struct kept *kept; /* one a missing person */
    size_t *compared;  /* likewise */
    atomic_size_t next, done;
};

struct hand { /* one thread */
    struct work *work;
    pthread_t thread;
    bool teller;
    amp_err err;
    size_t family; /* of the error */
    struct amp_why why;
};

static double log_sum(const double *log, size_t n)
{
    double sum = 0;
    for (size_t m = 0; m < n; m++) {
        sum += log[m];
    }
    return sum;
}

static bool any_mutation(const struct amp_dvi *dvi)
{
    for (size_t m = 0; m < dvi->marker_n; m++) {
        if (dvi->marker[m].male.model != AMP_KIN_NONE ||
            dvi->marker[m].female.model != AMP_KIN_NONE) {
            return true;
        }
    }
    return false;
}

/* Which markers a family is computed with, and ln P(relatives). */
static amp_err family_begin(const struct work *work, size_t f, struct amp_arena *scratch,
                            double *logs, struct amp_why *why)
{
    const struct amp_dvi *dvi = work->dvi;
    const struct amp_dvi_family *family = &dvi->family[f];
    bool off = work->pairs->mutation_off[f];
    bool automatic = work->settings->mutations == AMP_DVI_MUTATIONS_AUTO && any_mutation(dvi);
    if (automatic) {
        amp_err err = dvi_family_logs(dvi, work->off, family, scratch, logs, why);
        if (err) {
            return err;
        }
        off = isfinite(log_sum(logs, dvi->marker_n));
    }
    if (!automatic || !off) {
        amp_err err =
            dvi_family_logs(dvi, off ? work->off : dvi->marker, family, scratch, logs, why);
        if (err) {
            return err;
        }
    }
    work->pairs->mutation_off[f] = off;
    work->pairs->family_log[f] = log_sum(logs, dvi->marker_n);
    for (size_t m = 0; m < dvi->marker_n; m++) {
        if (!isfinite(logs[m])) {
            return amp_fail(why, AMP_E_RANGE,
                            "family %.*s: marker %.*s: the typed relatives cannot be so related; "
                            "check the pedigree and the profiles, or allow mutation",
                            (int)family->name.len, family->name.ptr, (int)dvi->marker[m].name.len,
                            dvi->marker[m].name.ptr);
        }
    }
    return AMP_OK;
}

static bool sexes_agree(const struct work *work, size_t v, size_t m)
{
    enum amp_kin_sex a = work->dvi->victim[v].sex;
    enum amp_kin_sex b = work->dvi->missing[m].sex;
    return work->settings->ignore_sex || a == b || a == AMP_KIN_UNKNOWN_SEX ||
           b == AMP_KIN_UNKNOWN_SEX;
}

static void column_dense(const struct work *work, size_t m, const struct dvi_column *column)
{
    const struct amp_dvi *dvi = work->dvi;
    for (size_t v = 0; v < dvi->victim_n; v++) {
        bool agree = sexes_agree(work, v, m);
        work->pairs->log_lr[v * dvi->missing_n + m] = agree ? column->log_lr[v] : NAN;
        work->pairs->inconsistent[v * dvi->missing_n + m] = column->inconsistent[v];
    }
}

static amp_err column_keep(const struct work *work, size_t m, const struct dvi_column *column)
{
    const struct amp_dvi *dvi = work->dvi;
    double least = work->pairs->dense ? -INFINITY : amp_ln(work->settings->pair_limit);
    size_t n = 0;
    for (size_t v = 0; v < dvi->victim_n; v++) {
        bool agree = sexes_agree(work, v, m);
        work->compared[m] += agree;
        bool keeps = isfinite(column->log_lr[v]) && column->log_lr[v] >= least;
        n += agree && keeps;
        if (agree && !keeps) {
            work->pairs->left_sum[m] += amp_exp(column->log_lr[v]);
        }
    }
    struct kept *kept = &work->kept[m];
    if (n == 0) {
        return AMP_OK;
    }
    kept->pair = malloc(n * sizeof(*kept->pair));
    if (!kept->pair) {
        return AMP_E_NOMEM;
    }
    for (size_t v = 0; v < dvi->victim_n; v++) {
        double lr = column->log_lr[v];
        if (sexes_agree(work, v, m) && isfinite(lr) && lr >= least) {
            kept->pair[kept->n++] =
                (struct amp_dvi_pair){(uint32_t)v, (uint32_t)m, lr, column->inconsistent[v]};
        }
    }
    return AMP_OK;
}

static amp_err family_compare(const struct work *work, size_t f, struct amp_arena *scratch,
                              double *logs, struct dvi_column *column, struct amp_why *why)
{
    const struct amp_dvi *dvi = work->dvi;
    const struct amp_dvi_family *family = &dvi->family[f];
    amp_err err = family_begin(work, f, scratch, logs, why);
    struct dvi_column_ask ask = {
        dvi,       work->codes, work->pairs->mutation_off[f] ? work->off : dvi->marker,
        work->off, family,      logs,
        0};
    for (size_t i = 0; i < family->missing_n && !err; i++) {
        size_t m = family->missing_at + i;
        ask.person = dvi->missing[m].person;
        err = dvi_column_make(&ask, scratch, column, why);
        if (!err && work->pairs->dense) {
            column_dense(work, m, column);
        }
        err = err ? err : column_keep(work, m, column);
    }
    return err;
}

static void *hand_work(void *ctx)
{
    struct hand *hand = ctx;
    struct work *work = hand->work;
    struct amp_arena scratch = amp_arena_make(SCRATCH);
    struct amp_arena room = amp_arena_make(SCRATCH);
    size_t victim_n = work->dvi->victim_n;
    double *logs = amp_arena_array(&room, work->dvi->marker_n, sizeof(*logs));
    struct dvi_column column = {amp_arena_array(&room, victim_n, sizeof(*column.log_lr)),
                                amp_arena_array(&room, victim_n, sizeof(*column.inconsistent))};
    if (!logs || !column.log_lr || !column.inconsistent) {
        hand->err = AMP_E_NOMEM;
    }
    while (!hand->err) {
        size_t f = atomic_fetch_add(&work->next, 1);
        if (f >= work->dvi->family_n) {
            break;
        }
        hand->family = f;
        hand->err = family_compare(work, f, &scratch, logs, &column, &hand->why);
        size_t done = atomic_fetch_add(&work->done, 1) + 1;
        if (hand->teller && work->settings->progress) {
            work->settings->progress(work->settings->ctx, "families compared", done,
                                     work->dvi->family_n);
        }
    }
    amp_arena_drop(&room);
    amp_arena_drop(&scratch);
    return NULL;
}

/* The caller is the first hand; the error told is that of the first family that has one. */
static amp_err hands_run(struct work *work, struct amp_why *why)
{
    struct hand hand[THREADS];
    size_t n = work->settings->threads < THREADS ? work->settings->threads : THREADS;
    n = n < work->dvi->family_n ? n : work->dvi->family_n;
    n = n ? n : 1;
    size_t started = 1;
    for (size_t i = 0; i < n; i++) {
        hand[i] = (struct hand){.work = work, .teller = i == 0};
    }
    while (started < n &&
           pthread_create(&hand[started].thread, NULL, hand_work, &hand[started]) == 0) {
        started++;
    }
    hand_work(&hand[0]);
    struct hand *first = NULL;
    for (size_t i = 0; i < started; i++) {
        if (i > 0) {
            pthread_join(hand[i].thread, NULL);
        }
        if (hand[i].err && (!first || hand[i].family < first->family)) {
            first = &hand[i];
        }
    }
    if (first && why) {
        *why = first->why;
    }
    return first ? first->err : AMP_OK;
}

static amp_err kept_join(const struct work *work, struct amp_arena *arena)
{
    struct amp_dvi_pairs *pairs = work->pairs;
    for (size_t m = 0; m < work->dvi->missing_n; m++) {
        pairs->pair_n += work->kept[m].n;
        pairs->compared_n += work->compared[m];
    }
    pairs->pair = amp_arena_array(arena, pairs->pair_n + 1, sizeof(*pairs->pair));
    if (!pairs->pair) {
        return AMP_E_NOMEM;
    }
    size_t at = 0;
    for (size_t m = 0; m < work->dvi->missing_n; m++) {
        if (work->kept[m].n) {
            memcpy(&pairs->pair[at], work->kept[m].pair, work->kept[m].n * sizeof(*pairs->pair));
            at += work->kept[m].n;
        }
    }
    return AMP_OK;
}

static void victims_log(const struct amp_dvi *dvi, const struct dvi_codes *codes, double *out)
{
    for (size_t v = 0; v < dvi->victim_n; v++) {
        for (size_t m = 0; m < dvi->marker_n; m++) {
            out[v] += codes->log_p[m][codes->code[m * dvi->victim_n + v]];
        }
    }
}

static amp_err pairs_room(const struct amp_dvi *dvi, const struct amp_dvi_settings *settings,
                          struct amp_arena *arena, struct amp_dvi_pairs *out)
{
    size_t cells = dvi->victim_n * dvi->missing_n;
    *out = (struct amp_dvi_pairs){.dense = cells <= AMP_DVI_DENSE};
    if (out->dense) {
        out->log_lr = amp_arena_array(arena, cells + 1, sizeof(*out->log_lr));
        out->inconsistent = amp_arena_array(arena, cells + 1, sizeof(*out->inconsistent));
    }
    out->victim_log = amp_arena_array(arena, dvi->victim_n + 1, sizeof(*out->victim_log));
    out->family_log = amp_arena_array(arena, dvi->family_n + 1, sizeof(*out->family_log));
    out->left_sum = amp_arena_array(arena, dvi->missing_n + 1, sizeof(*out->left_sum));
    out->mutation_off = amp_arena_array(arena, dvi->family_n + 1, sizeof(*out->mutation_off));
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    for (size_t f = 0; f < dvi->family_n; f++) {
        out->mutation_off[f] = settings->mutations == AMP_DVI_MUTATIONS_OFF;
    }
    return AMP_OK;
}

amp_err amp_dvi_pairwise(const struct amp_dvi *dvi, const struct amp_dvi_settings *settings,
                         struct amp_arena *arena, struct amp_dvi_pairs *out, struct amp_why *why)
{
    struct amp_dvi_pairs pairs;
    struct dvi_codes codes = {0};
    struct amp_kin_marker *off = NULL;
    amp_err err = pairs_room(dvi, settings, arena, &pairs);
    err = err ? err : dvi_codes_make(dvi, arena, &codes, why);
    err = err ? err : dvi_markers_off(dvi, arena, &off, why);
    if (err) {
        return err;
    }
    victims_log(dvi, &codes, pairs.victim_log);
    struct work work = {
        .dvi = dvi, .settings = settings, .codes = &codes, .off = off, .pairs = &pairs};
    work.kept = amp_arena_array(arena, dvi->missing_n + 1, sizeof(*work.kept));
    work.compared = amp_arena_array(arena, dvi->missing_n + 1, sizeof(*work.compared));
    err = work.kept && work.compared ? hands_run(&work, why) : AMP_E_NOMEM;
    err = err ? err : kept_join(&work, arena);
    for (size_t m = 0; work.kept && m < dvi->missing_n; m++) {
        free(work.kept[m].pair);
    }
    if (err == AMP_OK) {
        *out = pairs;
    }
    return err;
}
