/* One missing person against every victim: a table a marker, then table reads. */
#include "dna/dvi_inside.h"
#include "dna/numeric.h"

#include <string.h>

enum {
    ROOM = 4 << 20 /* bytes of the tables of a marker with AMP_KIN_ALLELES alleles, and more */
};

amp_err dvi_markers_off(const struct amp_dvi *dvi, struct amp_arena *arena,
                        struct amp_kin_marker **out, struct amp_why *why)
{
    struct amp_kin_marker *markers = amp_arena_array(arena, dvi->marker_n, sizeof(*markers));
    if (!markers) {
        return AMP_E_NOMEM;
    }
    for (size_t m = 0; m < dvi->marker_n; m++) {
        markers[m] = dvi->marker[m];
        markers[m].male = markers[m].female = (struct amp_kin_mutation){.model = AMP_KIN_NONE};
        amp_err err = amp_kin_mutation_make(&markers[m].male, &markers[m], arena, why);
        if (err) {
            return err;
        }
        markers[m].female = markers[m].male;
    }
    *out = markers;
    return AMP_OK;
}

static amp_err population_log(const struct amp_kin_marker *marker, struct amp_kin_genotype genotype,
                              struct amp_arena *scratch, double *out, struct amp_why *why)
{
    const struct amp_kin_person alone = {.father = -1, .mother = -1, .twin = -1, .drop_out = true};
    const struct amp_kin_pedigree pedigree = {1, &alone};
    amp_arena_reset(scratch);
    return amp_kin_loglik(&pedigree, marker, &genotype, AMP_KIN_MUTATE, scratch, out, why);
}

/* Numbers the genotypes of one marker in the order of the victims. */
static amp_err codes_of_marker(const struct amp_dvi *dvi, size_t m, struct amp_arena *arena,
                               struct dvi_codes *out)
{
    size_t genotype_n = dvi->marker[m].allele_n * (dvi->marker[m].allele_n + 1) / 2;
    uint16_t *seen = amp_arena_array(arena, genotype_n, sizeof(*seen));
    struct amp_kin_genotype *kept = amp_arena_array(arena, genotype_n + 1, sizeof(*kept));
    if (!seen || !kept) {
        return AMP_E_NOMEM;
    }
    for (size_t v = 0; v < dvi->victim_n; v++) {
        struct amp_kin_genotype g = dvi->victim[v].genotype[m];
        if (g.a < 0) {
            continue;
        }
        uint16_t *code = &seen[dvi_pair_index(g.a, g.b)];
        if (*code == 0) {
            *code = (uint16_t)++out->n[m];
            kept[*code] = g;
        }
        out->code[m * dvi->victim_n + v] = *code;
    }
    out->genotype[m] = kept;
    return AMP_OK;
}

amp_err dvi_codes_make(const struct amp_dvi *dvi, struct amp_arena *arena, struct dvi_codes *out,
                       struct amp_why *why)
{
    struct dvi_codes codes = {.victim_n = dvi->victim_n, .marker_n = dvi->marker_n};
    codes.code = amp_arena_array(arena, dvi->marker_n * dvi->victim_n, sizeof(*codes.code));
    codes.n = amp_arena_array(arena, dvi->marker_n, sizeof(*codes.n));
    codes.genotype = amp_arena_array(arena, dvi->marker_n, sizeof(*codes.genotype));
    codes.log_p = amp_arena_array(arena, dvi->marker_n, sizeof(*codes.log_p));
    if (!codes.code || !codes.n || !codes.genotype || !codes.log_p) {
        return AMP_E_NOMEM;
    }
    struct amp_arena scratch = amp_arena_make(arena->max);
    amp_err err = AMP_OK;
    for (size_t m = 0; m < dvi->marker_n && !err; m++) {
        err = codes_of_marker(dvi, m, arena, &codes);
        codes.log_p[m] =
            err ? NULL : amp_arena_array(arena, codes.n[m] + 1, sizeof(*codes.log_p[m]));
        err = err ? err : codes.log_p[m] ? AMP_OK : AMP_E_NOMEM;
        for (size_t i = 1; i <= codes.n[m] && !err; i++) {
            err = population_log(&dvi->marker[m], codes.genotype[m][i], &scratch,
                                 &codes.log_p[m][i], why);
        }
    }
    amp_arena_drop(&scratch);
    if (err == AMP_OK) {
        *out = codes;
    }
    return err;
}

amp_err dvi_family_logs(const struct amp_dvi *dvi, const struct amp_kin_marker *markers,
                        const struct amp_dvi_family *family, struct amp_arena *scratch, double *out,
                        struct amp_why *why)
{
    for (size_t m = 0; m < dvi->marker_n; m++) {
        amp_arena_reset(scratch);
        amp_err err = amp_kin_loglik(&family->pedigree, &markers[m],
                                     &family->genotype[m * family->pedigree.person_n],
                                     AMP_KIN_MUTATE, scratch, &out[m], why);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

/* P(relatives, genotype) of one marker for the person, by code, as ln LR. */
static amp_err table_make(const struct dvi_column_ask *ask, const struct amp_kin_marker *marker,
                          size_t m, struct amp_arena *scratch, double *joint, double *scale,
                          struct amp_why *why)
{
    const struct amp_dvi_family *family = ask->family;
    amp_arena_reset(scratch);
    return amp_kin_joint(&family->pedigree, marker,
                         &family->genotype[m * family->pedigree.person_n], ask->person,
                         AMP_KIN_MUTATE, scratch, joint, scale, why);
}

/* P(profile seen) of the joint table of true genotypes: a homozygote may be a heterozygote that
 * lost an allele, if alleles can be lost. The same weights as in amp_kin_loglik. */
static double seen(const double *joint, const struct amp_kin_marker *marker,
                   struct amp_kin_genotype g)
{
    double p = joint[dvi_pair_index(g.a, g.b)];
    double lost = marker->drop_out;
    if (!(lost > 0)) {
        return p;
    }
    if (g.a != g.b) {
        return p * (1 - lost) * (1 - lost);
    }
    double others = 0;
    for (size_t b = 0; b < marker->allele_n; b++) {
        others += (int32_t)b != g.a ? joint[dvi_pair_index(g.a, (int32_t)b)] : 0;
    }
    return p * (1 - lost * lost) + others * lost * (1 - lost);
}

static bool same_model(const struct amp_kin_marker *marker)
{
    return marker->male.model == AMP_KIN_NONE && marker->female.model == AMP_KIN_NONE;
}

/* Room for one marker. */
struct room {
    double *joint;
    double *log_lr; /* by code */
    uint16_t *bad;  /* by code: 1 impossible without mutation */
};

static amp_err marker_tables(const struct dvi_column_ask *ask, size_t m, struct amp_arena *scratch,
                             struct room *room, struct amp_why *why)
{
    const struct dvi_codes *codes = ask->codes;
    double scale = 0;
    amp_err err = table_make(ask, &ask->markers[m], m, scratch, room->joint, &scale, why);
    if (err) {
        return err;
    }
    room->log_lr[0] = 0;
    room->bad[0] = 0;
    for (size_t i = 1; i <= codes->n[m]; i++) {
        struct amp_kin_genotype g = codes->genotype[m][i];
        double p = seen(room->joint, &ask->markers[m], g);
        room->bad[i] = !(p > 0);
        room->log_lr[i] =
            p > 0 ? amp_ln(p) + scale - ask->family_log[m] - codes->log_p[m][i] : -INFINITY;
    }
    if (same_model(&ask->markers[m])) {
        return AMP_OK;
    }
    err = table_make(ask, &ask->off[m], m, scratch, room->joint, &scale, why);
    for (size_t i = 1; i <= codes->n[m] && !err; i++) {
        struct amp_kin_genotype g = codes->genotype[m][i];
        room->bad[i] = !(seen(room->joint, &ask->off[m], g) > 0);
    }
    return err;
}

amp_err dvi_column_make(const struct dvi_column_ask *ask, struct amp_arena *scratch,
                        struct dvi_column *out, struct amp_why *why)
{
    size_t most = 1;
    for (size_t m = 0; m < ask->dvi->marker_n; m++) {
        size_t n = ask->dvi->marker[m].allele_n;
        most = n * (n + 1) / 2 > most ? n * (n + 1) / 2 : most;
    }
    struct amp_arena arena = amp_arena_make(ROOM);
    struct room room = {amp_arena_array(&arena, most, sizeof(double)),
                        amp_arena_array(&arena, most + 1, sizeof(double)),
                        amp_arena_array(&arena, most + 1, sizeof(uint16_t))};
    const struct dvi_codes *codes = ask->codes;
    amp_err err = room.joint && room.log_lr && room.bad ? AMP_OK : AMP_E_NOMEM;
    memset(out->log_lr, 0, codes->victim_n * sizeof(*out->log_lr));
    memset(out->inconsistent, 0, codes->victim_n * sizeof(*out->inconsistent));
    for (size_t m = 0; m < codes->marker_n && !err; m++) {
        err = marker_tables(ask, m, scratch, &room, why);
        const uint16_t *code = &codes->code[m * codes->victim_n];
        for (size_t v = 0; v < codes->victim_n && !err; v++) {
            out->log_lr[v] += room.log_lr[code[v]];
            out->inconsistent[v] = (uint16_t)(out->inconsistent[v] + room.bad[code[v]]);
        }
    }
    amp_arena_drop(&arena);
    return err;
}
