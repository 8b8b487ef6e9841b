/* Reads test vectors line by line, field by field; what is too large or odd is refused. */
#include "dna/dump.h"
#include "dna/numeric.h"

#include <math.h>

enum {
    FIELDS = 64,
    MARKER_FIELDS = 10, /* after the name, before the known genotypes */
    ALLELE_FIELDS = 8,  /* before the heights */
};

struct reading {
    struct amp_str rest;
    size_t line; /* from 1 */
    struct amp_str field[FIELDS];
    size_t field_n;
    struct amp_str marker;
    struct amp_arena *arena;
    struct amp_why *why;
};

static amp_err refuse(struct reading *rd, amp_err err, const char *what)
{
    if (rd->marker.len > 0) {
        return amp_fail(rd->why, err, "line %zu, marker %.*s: %s", rd->line, (int)rd->marker.len,
                        rd->marker.ptr, what);
    }
    return amp_fail(rd->why, err, "line %zu: %s", rd->line, what);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static amp_err fields_cut(struct reading *rd, struct amp_str line)
{
    size_t at = 0;
    rd->field_n = 0;
    while (at < line.len) {
        size_t from = at;
        while (at < line.len && !is_blank(line.ptr[at])) {
            at++;
        }
        if (at > from) {
            if (rd->field_n == FIELDS) {
                return refuse(rd, AMP_E_LIMIT, "too many fields");
            }
            rd->field[rd->field_n++] = (struct amp_str){line.ptr + from, at - from};
        }
        at++;
    }
    return AMP_OK;
}

/* The next line that is not blank. */
static amp_err line_next(struct reading *rd)
{
    rd->field_n = 0;
    while (rd->field_n == 0) {
        struct amp_str line;
        if (rd->rest.len == 0) {
            return refuse(rd, AMP_E_SYNTAX, "the file ends too early");
        }
        rd->rest = amp_str_cut(rd->rest, '\n', &line);
        rd->line++;
        amp_err err = fields_cut(rd, line);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

static amp_err integer(struct reading *rd, size_t i, int64_t from, int64_t to, int64_t *out)
{
    int64_t value = 0;
    if (i >= rd->field_n || amp_str_i64(rd->field[i], &value)) {
        return refuse(rd, AMP_E_SYNTAX, "an integer is missing");
    }
    if (value < from || value > to) {
        return refuse(rd, AMP_E_LIMIT, "a number or index is outside of what it may be");
    }
    *out = value;
    return AMP_OK;
}

static amp_err number(struct reading *rd, size_t i, double *out)
{
    if (i >= rd->field_n || amp_str_double(rd->field[i], out)) {
        return refuse(rd, AMP_E_SYNTAX, "a number is missing");
    }
    return AMP_OK;
}

static amp_err head_read(struct reading *rd, struct amp_dna_dump *dump)
{
    int64_t marker_n = 0;
    int64_t contributor_n = 0;
    amp_err err = line_next(rd);
    err = err ? err : integer(rd, 0, 1, AMP_DNA_DUMP_MARKERS, &marker_n);
    err = err ? err : integer(rd, 1, 1, AMP_MIX_CONTRIBUTORS, &contributor_n);
    size_t n = (size_t)contributor_n;
    for (size_t k = 0; k < n && !err; k++) {
        err = number(rd, 2 + k, &dump->params.share[k]);
    }
    err = err ? err : number(rd, 2 + n, &dump->params.mu);
    err = err ? err : number(rd, 3 + n, &dump->params.omega);
    err = err ? err : number(rd, 4 + n, &dump->params.beta);
    err = err ? err : number(rd, 5 + n, &dump->params.xi_back);
    err = err ? err : number(rd, 6 + n, &dump->params.xi_forward);
    if (!err && rd->field_n != n + 7) {
        err = refuse(rd, AMP_E_SYNTAX, "there are fields too many");
    }
    dump->mix.marker_n = (size_t)marker_n;
    dump->mix.contributor_n = n;
    return err;
}

/* A marker's name may hold blanks: the number of fields tells how many it takes. */
static amp_err name_find(struct reading *rd, size_t *after, size_t *known_n, bool *has_loglik)
{
    for (size_t j = 1; j + MARKER_FIELDS <= rd->field_n; j++) {
        int64_t alleles;
        int64_t known;
        if (amp_str_i64(rd->field[j], &alleles) ||
            amp_str_i64(rd->field[j + MARKER_FIELDS - 1], &known) || known < 0 || known > FIELDS) {
            continue;
        }
        size_t without = j + MARKER_FIELDS + (size_t)known;
        if (rd->field_n == without || rd->field_n == without + 1) {
            *after = j;
            *known_n = (size_t)known;
            *has_loglik = rd->field_n > without;
            const char *end = rd->field[j - 1].ptr + rd->field[j - 1].len;
            rd->marker = (struct amp_str){rd->field[0].ptr, (size_t)(end - rd->field[0].ptr)};
            return AMP_OK;
        }
    }
    return refuse(rd, AMP_E_SYNTAX, "this is no line of a marker");
}

/* Genotypes run (0,0), (0,1) .. (0,n-1), (1,1) .. */
static void genotype_at(int64_t index, size_t n, size_t pair[2])
{
    size_t a = 0;
    size_t left = (size_t)index;
    while (left >= n - a) {
        left -= n - a;
        a++;
    }
    pair[0] = a;
    pair[1] = a + left;
}

static amp_err known_read(struct reading *rd, const struct amp_dna_dump *dump, size_t at,
                          size_t known_n, struct amp_mix_marker *m)
{
    if (known_n > dump->mix.contributor_n) {
        return refuse(rd, AMP_E_RANGE, "there are more known genotypes than contributors");
    }
    uint8_t *copies = amp_arena_array(rd->arena, dump->mix.contributor_n, m->allele_n);
    if (!copies) {
        return AMP_E_NOMEM;
    }
    int64_t last = (int64_t)(m->genotype_n * (m->genotype_n + 1) / 2) - 1;
    for (size_t k = 0; k < known_n; k++) {
        int64_t index;
        amp_err err = integer(rd, at + k, -1, last, &index);
        if (err) {
            return err;
        }
        if (index >= 0) {
            size_t pair[2];
            genotype_at(index, m->genotype_n, pair);
            copies[k * m->allele_n + pair[0]]++;
            copies[k * m->allele_n + pair[1]]++;
            m->known |= UINT32_C(1) << k;
        }
    }
    m->copies = copies;
    return AMP_OK;
}

static amp_err marker_line(struct reading *rd, const struct amp_dna_dump *dump,
                           struct amp_mix_marker *m, double *expected)
{
    size_t j = 1;
    size_t known_n = 0;
    bool has_loglik = false;
    int64_t n[5] = {0}; /* alleles, stutter positions, replicates, the rest allele, models */
    *m = (struct amp_mix_marker){.relative = {-1, -1}};
    amp_err err = line_next(rd);
    err = err ? err : name_find(rd, &j, &known_n, &has_loglik);
    err = err ? err : integer(rd, j, 1, AMP_MIX_ALLELES, &n[0]);
    err = err ? err : integer(rd, j + 1, 0, AMP_MIX_ALLELES - n[0], &n[1]);
    err = err ? err : integer(rd, j + 2, 1, AMP_MIX_REPLICATES, &n[2]);
    err = err ? err : integer(rd, j + 3, -1, n[0] - 1, &n[3]);
    err = err ? err : number(rd, j + 4, &m->threshold);
    err = err ? err : number(rd, j + 5, &m->theta);
    err = err ? err : number(rd, j + 6, &m->drop_in);
    err = err ? err : number(rd, j + 7, &m->typed_n);
    err = err ? err : integer(rd, j + 8, 0, 2, &n[4]);
    if (err) {
        return err;
    }
    m->name = rd->marker;
    m->genotype_n = (size_t)n[0];
    m->allele_n = (size_t)(n[0] + n[1]);
    m->replicate_n = (size_t)n[2];
    m->rest = (int32_t)n[3];
    m->stutter = (int)n[4];
    *expected = NAN;
    if (has_loglik) {
        err = number(rd, rd->field_n - 1, expected);
    }
    return err ? err : known_read(rd, dump, j + MARKER_FIELDS, known_n, m);
}

/* A weight of no drop-in is written as a very small number or -inf. */
static amp_err weight_read(struct reading *rd, size_t i, double drop_in, double *out)
{
    double weight = 0;
    if (i < rd->field_n && (amp_str_is(rd->field[i], "-inf") || amp_str_is(rd->field[i], "-Inf"))) {
        *out = -INFINITY;
        return AMP_OK;
    }
    amp_err err = number(rd, i, &weight);
    if (!err) {
        *out = drop_in > 0 ? weight - amp_ln(drop_in) : -(double)INFINITY;
    }
    return err;
}

static amp_err links_read(struct reading *rd, const struct amp_mix_marker *m,
                          struct amp_mix_allele *allele)
{
    int32_t *link[] = {&allele->back_to, &allele->forward_to, &allele->back_from,
                       &allele->forward_from};
    for (size_t i = 0; i < sizeof(link) / sizeof(link[0]); i++) {
        int64_t value;
        size_t n = i < 2 ? m->allele_n : m->genotype_n; /* only these give stutter */
        amp_err err = integer(rd, 4 + i, -1, (int64_t)n - 1, &value);
        if (err) {
            return err;
        }
        *link[i] = (int32_t)value;
    }
    allele->loses_back = allele->back_to >= 0;
    allele->loses_forward = allele->forward_to >= 0;
    return AMP_OK;
}

static amp_err allele_line(struct reading *rd, const struct amp_mix_marker *m,
                           struct amp_mix_allele *allele)
{
    size_t replicate_n = m->replicate_n;
    double *height = amp_arena_array(rd->arena, replicate_n, sizeof *height);
    double *weight = amp_arena_array(rd->arena, replicate_n, sizeof *weight);
    if (!height || !weight) {
        return AMP_E_NOMEM;
    }
    amp_err err = line_next(rd);
    if (!err && rd->field_n != ALLELE_FIELDS + 2 * replicate_n) {
        err = refuse(rd, AMP_E_SYNTAX, "this line of an allele has too few or too many fields");
    }
    err = err ? err : number(rd, 1, &allele->freq);
    err = err ? err : number(rd, 2, &allele->typed);
    err = err ? err : number(rd, 3, &allele->bp100);
    err = err ? err : links_read(rd, m, allele);
    for (size_t r = 0; r < replicate_n && !err; r++) {
        err = number(rd, ALLELE_FIELDS + r, &height[r]);
        err = err ? err : weight_read(rd, ALLELE_FIELDS + replicate_n + r, m->drop_in, &weight[r]);
    }
    allele->name = rd->field[0];
    allele->height = height;
    allele->drop_in_log = weight;
    return err;
}

static amp_err marker_read(struct reading *rd, const struct amp_dna_dump *dump,
                           struct amp_mix_marker *m, double *expected)
{
    amp_err err = marker_line(rd, dump, m, expected);
    if (err) {
        return err;
    }
    struct amp_mix_allele *allele = amp_arena_array(rd->arena, m->allele_n, sizeof *allele);
    if (!allele) {
        return AMP_E_NOMEM;
    }
    for (size_t a = 0; a < m->allele_n && !err; a++) {
        err = allele_line(rd, m, &allele[a]);
    }
    m->allele = allele;
    rd->marker = (struct amp_str){NULL, 0};
    return err;
}

amp_err amp_dna_dump_read(struct amp_str text, struct amp_arena *arena, struct amp_dna_dump *out,
                          struct amp_why *why)
{
    struct reading rd = {.rest = text, .arena = arena, .why = why};
    struct amp_dna_dump dump = {.mix = {.related = -1, .degradation = true}};
    if (text.len > AMP_DNA_DUMP_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "a vector of over %d bytes", AMP_DNA_DUMP_BYTES);
    }
    amp_err err = head_read(&rd, &dump);
    if (err) {
        return err;
    }
    struct amp_mix_marker *marker = amp_arena_array(arena, dump.mix.marker_n, sizeof *marker);
    dump.expected = amp_arena_array(arena, dump.mix.marker_n, sizeof *dump.expected);
    if (!marker || !dump.expected) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < dump.mix.marker_n && !err; i++) {
        err = marker_read(&rd, &dump, &marker[i], &dump.expected[i]);
        dump.mix.back = dump.mix.back || marker[i].stutter >= 1;
        dump.mix.forward = dump.mix.forward || marker[i].stutter >= 2;
    }
    if (!err && amp_str_trim(rd.rest).len > 0) {
        err = refuse(&rd, AMP_E_SYNTAX, "something follows the last allele");
    }
    if (!err) {
        dump.mix.marker = marker;
        *out = dump;
    }
    return err;
}
