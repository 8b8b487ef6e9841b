/* Literal enumeration of all genotypes of all persons of a pedigree: tests only. */
#include "dna/kin_slow.h"

#include <assert.h>
#include <string.h>

enum {
    PERSONS = 16,
    ALLELES = 8
};

struct slow {
    const struct amp_kin_pedigree *pedigree;
    const struct amp_kin_marker *marker;
    const struct amp_kin_genotype *genotype;
    bool drawn[PERSONS][2]; /* this side comes from the population */
    bool left_out[PERSONS];
    int32_t allele[PERSONS][2]; /* [0] of the father; -1 for men at X-linked markers */
    size_t person;
    double *joint;
    double sum;
};

static bool hemizygous(const struct slow *s, size_t i)
{
    return s->marker->x_linked && s->pedigree->person[i].sex == AMP_KIN_MALE;
}

static size_t self_of(const struct slow *s, size_t i)
{
    while (s->pedigree->person[i].twin >= 0) {
        i = (size_t)s->pedigree->person[i].twin;
    }
    return i;
}

static double moved(const struct amp_kin_mutation *mu, size_t n, int32_t from, int32_t to)
{
    if (mu->model == AMP_KIN_NONE) {
        return from == to ? 1 : 0;
    }
    return mu->matrix[(size_t)from * n + (size_t)to];
}

/* P(what was typed of i | its alleles). */
static double typing(const struct slow *s, size_t i, int32_t x, int32_t y)
{
    const struct amp_kin_genotype *g = &s->genotype[i];
    const double d = s->pedigree->person[i].drop_out ? s->marker->drop_out : 0;
    if (g->a < 0) {
        return 1;
    }
    double p = 0;
    const int32_t alleles[2] = {x, y};
    for (int lost = 0; lost < 4; lost++) { /* each allele lost or not */
        double w = 1;
        int32_t seen[2] = {-1, -1};
        int seen_n = 0;
        for (int k = 0; k < 2; k++) {
            const bool gone = lost >> k & 1;
            if (alleles[k] < 0) {
                w *= gone ? 0 : 1;
                continue;
            }
            w *= gone ? d : 1 - d;
            if (!gone && alleles[k] != s->marker->silent) {
                seen[seen_n++] = alleles[k];
            }
        }
        if (seen_n == 1) {
            seen[1] = seen[0];
        }
        const int32_t b = g->b < 0 ? g->a : g->b;
        const bool same = (seen[0] == g->a && seen[1] == b) || (seen[0] == b && seen[1] == g->a);
        p += seen_n > 0 && same ? w : 0;
    }
    return p;
}

/* Founder alleles by the urn, in the order of the persons. */
static double founders(const struct slow *s)
{
    const double theta = s->marker->theta;
    double p = 1;
    int before[ALLELES] = {0};
    int n = 0;
    for (size_t i = 0; i < s->pedigree->person_n; i++) {
        if (s->pedigree->person[i].twin >= 0 || s->left_out[i]) {
            continue;
        }
        for (size_t side = 0; side < 2; side++) {
            const bool own = s->pedigree->person[i].father < 0 || s->drawn[i][side];
            if (!own || s->allele[i][side] < 0) {
                continue;
            }
            const int32_t a = s->allele[i][side];
            p *= n == 0 ? s->marker->freq[a]
                        : (before[a] * theta + (1 - theta) * s->marker->freq[a]) /
                              (1 + (n - 1) * theta);
            before[a]++;
            n++;
        }
    }
    return p;
}

static double inherited(const struct slow *s, size_t i, size_t side)
{
    const struct amp_kin_person *p = &s->pedigree->person[i];
    const struct amp_kin_mutation *mu = side == 0 ? &s->marker->male : &s->marker->female;
    const size_t parent = self_of(s, (size_t)(side == 0 ? p->father : p->mother));
    const int32_t to = s->allele[i][side];
    const int32_t y = s->allele[parent][1];
    if (hemizygous(s, parent)) {
        return moved(mu, s->marker->allele_n, y, to);
    }
    return 0.5 * moved(mu, s->marker->allele_n, s->allele[parent][0], to) +
           0.5 * moved(mu, s->marker->allele_n, y, to);
}

static double twins_typing(const struct slow *s, size_t i)
{
    double p = 1;
    for (size_t k = 0; k < s->pedigree->person_n; k++) {
        if (self_of(s, k) == i) {
            p *= typing(s, k, s->allele[i][0], s->allele[i][1]);
        }
    }
    return p;
}

static void leaf(struct slow *s, double p)
{
    p *= founders(s);
    s->sum += p;
    if (s->joint) {
        const size_t self = self_of(s, s->person);
        const int32_t x = s->allele[self][0] < 0 ? s->allele[self][1] : s->allele[self][0];
        const int32_t y = s->allele[self][1];
        const size_t low = (size_t)(x < y ? x : y);
        const size_t high = (size_t)(x < y ? y : x);
        s->joint[high * (high + 1) / 2 + low] += p;
    }
}

static void person_all(struct slow *s, size_t i, double p)
{
    if (p <= 0) {
        return;
    }
    if (i == s->pedigree->person_n) {
        leaf(s, p);
        return;
    }
    if (s->pedigree->person[i].twin >= 0 || s->left_out[i]) {
        person_all(s, i + 1, p);
        return;
    }
    const int32_t n = (int32_t)s->marker->allele_n;
    for (int32_t x = hemizygous(s, i) ? -1 : 0; x < (hemizygous(s, i) ? 0 : n); x++) {
        for (int32_t y = 0; y < n; y++) {
            s->allele[i][0] = x;
            s->allele[i][1] = y;
            double q = twins_typing(s, i);
            for (size_t side = 0; side < 2 && s->pedigree->person[i].father >= 0; side++) {
                if (s->allele[i][side] >= 0 && !s->drawn[i][side]) {
                    q *= inherited(s, i, side);
                }
            }
            person_all(s, i + 1, p * q);
        }
    }
}

/* Who is left out by AMP_KIN_DRAW: an untyped person all of whose alleles would be drawn and who
 * has one child. Untyped persons without children are left out before. */
static bool one_left_out(struct slow *s)
{
    const struct amp_kin_pedigree *ped = s->pedigree;
    for (size_t i = 0; i < ped->person_n; i++) {
        bool known = ped->person[i].twin >= 0 || s->left_out[i];
        size_t children = 0, child = 0, side = 0;
        for (size_t k = 0; k < ped->person_n; k++) {
            known = known ||
                    (self_of(s, k) == i && (s->genotype[k].a >= 0 || (s->joint && s->person == k)));
            for (size_t t = 0; t < 2; t++) {
                const int32_t up = t == 0 ? ped->person[k].father : ped->person[k].mother;
                if (up >= 0 && self_of(s, (size_t)up) == i && ped->person[k].twin < 0 &&
                    !s->left_out[k] && !s->drawn[k][t] && !(t == 0 && hemizygous(s, k))) {
                    children++;
                    child = k;
                    side = t;
                }
            }
        }
        const bool drawn =
            ped->person[i].father < 0 || ((s->drawn[i][0] || hemizygous(s, i)) && s->drawn[i][1]);
        if (!known && (children == 0 || (children == 1 && drawn))) {
            s->left_out[i] = true;
            if (children == 1) {
                s->drawn[child][side] = true;
            }
            return true;
        }
    }
    return false;
}

double kin_slow(const struct amp_kin_pedigree *pedigree, const struct amp_kin_marker *marker,
                const struct amp_kin_genotype *genotype, enum amp_kin_untyped untyped,
                size_t person, double *joint)
{
    struct slow s = {.pedigree = pedigree,
                     .marker = marker,
                     .genotype = genotype,
                     .person = person,
                     .joint = joint};
    assert(pedigree->person_n <= PERSONS && marker->allele_n <= ALLELES);
    if (joint) {
        memset(joint, 0, marker->allele_n * (marker->allele_n + 1) / 2 * sizeof *joint);
    }
    while (untyped == AMP_KIN_DRAW && one_left_out(&s)) {}
    person_all(&s, 0, 1);
    return s.sum;
}
