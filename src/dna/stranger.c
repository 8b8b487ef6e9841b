/* Strangers are drawn from the urn of those who are typed without the person of interest. */
#include "dna/stranger.h"
#include "dna/numeric.h"
#include "dna/variant.h"

#include <math.h>

static const double LN_10 = 2.30258509299404568402;

bool amp_stranger_moves_hd(const struct amp_noncontributor_case *of)
{
    for (size_t m = 0; m < of->hd->marker_n && !of->poi_untyped; m++) {
        if (of->hd->marker[m].theta > 0) {
            return true;
        }
    }
    return false;
}

static bool typed_here(const struct amp_noncontributor_case *of, size_t marker)
{
    return of->hp->marker[marker].known >> of->poi & 1;
}

/* Both hypotheses' marker without the person of interest. */
static void person_take(const struct amp_noncontributor_case *of, size_t marker,
                        struct amp_variant *hp, struct amp_variant *hd)
{
    const struct amp_mix_marker *from = &of->hp->marker[marker];
    amp_variant_begin(hp, of->hp, marker);
    amp_variant_begin(hd, of->hd, marker);
    if (!typed_here(of, marker)) {
        return;
    }
    for (size_t a = 0; a < from->genotype_n; a++) {
        int copies = from->copies[(size_t)of->poi * from->allele_n + a];
        if (copies > 0) {
            amp_variant_type(hp, a, -copies);
        }
        if (copies > 0 && !of->poi_untyped) {
            amp_variant_type(hd, a, -copies);
        }
    }
    amp_variant_forget(hp, (size_t)of->poi);
}

/* ... and with a person of genotype {a, b} instead. */
static void person_put(const struct amp_noncontributor_case *of, const size_t genotype[2],
                       struct amp_variant *hp, struct amp_variant *hd)
{
    for (int i = 0; i < 2; i++) {
        amp_variant_give(hp, (size_t)of->poi, genotype[i]);
        amp_variant_type(hp, genotype[i], 1);
        if (!of->poi_untyped) {
            amp_variant_type(hd, genotype[i], 1);
        }
    }
}

/* One allele from the urn as it stands; alleles without frequency have none. */
static size_t allele_draw(const struct amp_variant *urn, struct amp_chance *chance)
{
    double u = amp_chance_share(chance);
    double sum = 0;
    size_t last = 0;
    double total = 0;
    for (size_t a = 0; a < urn->marker.genotype_n; a++) {
        total += amp_exp(amp_variant_draw_log(urn, a));
    }
    for (size_t a = 0; a < urn->marker.genotype_n; a++) {
        double p = amp_exp(amp_variant_draw_log(urn, a)) / total;
        last = p > 0 ? a : last;
        sum += p;
        if (u < sum) {
            return last;
        }
    }
    return last;
}

amp_err amp_stranger_mix(const struct amp_noncontributor_case *of, struct amp_chance *chance,
                         struct amp_arena *arena, struct amp_mix *hp, struct amp_mix *hd)
{
    size_t n = of->hp->marker_n;
    struct amp_variant *one = amp_arena_array(arena, n, sizeof *one);
    struct amp_variant *two = amp_arena_array(arena, n, sizeof *two);
    struct amp_mix_marker *hp_marker = amp_arena_array(arena, n, sizeof *hp_marker);
    struct amp_mix_marker *hd_marker = amp_arena_array(arena, n, sizeof *hd_marker);
    if (!one || !two || !hp_marker || !hd_marker) {
        return AMP_E_NOMEM;
    }
    for (size_t m = 0; m < n; m++) {
        person_take(of, m, &one[m], &two[m]);
        if (typed_here(of, m)) {
            size_t genotype[2];
            genotype[0] = allele_draw(&one[m], chance);
            amp_variant_type(&one[m], genotype[0], 1); /* the second is drawn after the first */
            genotype[1] = allele_draw(&one[m], chance);
            amp_variant_type(&one[m], genotype[0], -1);
            person_put(of, genotype, &one[m], &two[m]);
        }
        hp_marker[m] = one[m].marker;
        hd_marker[m] = two[m].marker;
    }
    *hp = *of->hp;
    *hd = *of->hd;
    hp->marker = hp_marker;
    hd->marker = hd_marker;
    return AMP_OK;
}

/* Room for one genotype's two variants. */
struct room {
    struct amp_variant hp, hd;
    struct amp_mix_work *like;
};

static amp_err genotype_log10(const struct amp_noncontributor_case *of, size_t marker,
                              const size_t genotype[2], struct room *room, double *probability,
                              double *log10_lr)
{
    struct amp_variant *hp = &room->hp;
    struct amp_variant *hd = &room->hd;
    person_take(of, marker, hp, hd);
    double first = amp_variant_draw_log(hp, genotype[0]);
    amp_variant_type(hp, genotype[0], 1);
    double second = amp_variant_draw_log(hp, genotype[1]);
    amp_variant_type(hp, genotype[0], -1);
    *probability = (genotype[0] == genotype[1] ? 1 : 2) * amp_exp(first + second);
    person_put(of, genotype, hp, hd);
    double hp_loglik;
    double hd_loglik;
    amp_err err = amp_variant_loglik(hp, &of->hp_fit->at, room->like, &hp_loglik);
    if (err) {
        return err;
    }
    err = amp_variant_loglik(hd, &of->hd_fit->at, room->like, &hd_loglik);
    *log10_lr = (hp_loglik - hd_loglik) / LN_10;
    return err;
}

static amp_err marker_make(const struct amp_noncontributor_case *of, size_t marker,
                           struct room *room, struct amp_arena *arena,
                           struct amp_stranger_marker *out)
{
    size_t alleles = of->hp->marker[marker].genotype_n;
    if (!typed_here(of, marker)) {
        out->constant = (of->hp_fit->marker[marker] - of->hd_fit->marker[marker]) / LN_10;
        return AMP_OK;
    }
    size_t n = alleles * (alleles + 1) / 2;
    out->probability = amp_arena_array(arena, n, sizeof *out->probability);
    out->log10_lr = amp_arena_array(arena, n, sizeof *out->log10_lr);
    if (!out->probability || !out->log10_lr) {
        return AMP_E_NOMEM;
    }
    double sum = 0;
    for (size_t b = 0; b < alleles; b++) {
        for (size_t a = 0; a <= b; a++) {
            const size_t genotype[2] = {a, b};
            amp_err err = genotype_log10(of, marker, genotype, room, &out->probability[out->n],
                                         &out->log10_lr[out->n]);
            if (err) {
                return err;
            }
            sum += out->probability[out->n];
            out->n++;
        }
    }
    for (size_t i = 0; i < n; i++) { /* frequencies that were left as written may not sum to 1 */
        out->probability[i] /= sum;
    }
    return AMP_OK;
}

amp_err amp_stranger_table_make(const struct amp_noncontributor_case *of, struct amp_arena *arena,
                                struct amp_stranger_table *out)
{
    struct amp_stranger_table table = {.marker_n = of->hp->marker_n};
    table.marker = amp_arena_array(arena, table.marker_n, sizeof *table.marker);
    struct room *room = amp_arena_alloc(arena, sizeof *room);
    if (!table.marker || !room) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_mix_work_create(of->hp, &room->like);
    for (size_t m = 0; m < table.marker_n && !err; m++) {
        err = marker_make(of, m, room, arena, &table.marker[m]);
    }
    amp_mix_work_destroy(room->like);
    if (!err) {
        *out = table;
    }
    return err;
}

double amp_stranger_table_draw(const struct amp_stranger_table *table, struct amp_chance *chance)
{
    double total = 0;
    for (size_t m = 0; m < table->marker_n; m++) {
        const struct amp_stranger_marker *marker = &table->marker[m];
        total += marker->constant;
        if (marker->n == 0) {
            continue;
        }
        double u = amp_chance_share(chance);
        size_t i = 0;
        for (double sum = marker->probability[0]; i + 1 < marker->n && u >= sum;) {
            i++;
            sum += marker->probability[i];
        }
        total += marker->log10_lr[i];
    }
    return total;
}
