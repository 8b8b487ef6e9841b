/* Which markers of a case are linked: a genetic map as a table. */
#include "dna/kin_case.h"

#include "base/csv.h"
#include "dna/numeric.h"

static const double position_max_cm = 400;

/* One marker of the case on the map. */
struct placed {
    size_t marker;
    struct amp_str chromosome;
    double cm[2]; /* fathers, mothers */
};

struct linker {
    struct amp_kin_case *kc;
    const char *file;
    struct amp_arena *arena;
    struct placed *placed; /* [marker_n] in the order of the map */
    size_t placed_n;
    struct amp_why *why;
};

static int64_t marker_find(const struct amp_kin_case *kc, struct amp_str name)
{
    for (size_t m = 0; m < kc->marker_n; m++) {
        if (amp_dna_marker_same(kc->marker[m].name, name)) {
            return (int64_t)m;
        }
    }
    return -1;
}

static bool before(const struct placed *a, const struct placed *b)
{
    return a->cm[0] + a->cm[1] < b->cm[0] + b->cm[1];
}

/* Puts it behind those of its chromosome that lie before it; chromosomes stay in their order. */
static void place(struct linker *lk, struct placed row)
{
    size_t at = lk->placed_n;
    bool known = false;
    for (size_t i = 0; i < lk->placed_n; i++) {
        if (!amp_str_eq(lk->placed[i].chromosome, row.chromosome)) {
            continue;
        }
        if (!known || !before(&row, &lk->placed[i])) {
            at = before(&row, &lk->placed[i]) ? i : i + 1;
        }
        known = true;
    }
    for (size_t i = lk->placed_n; i > at; i--) {
        lk->placed[i] = lk->placed[i - 1];
    }
    lk->placed[at] = row;
    lk->placed_n++;
}

static amp_err row_take(struct linker *lk, const struct amp_csv *csv, size_t columns)
{
    struct placed row = {.chromosome = amp_str_trim(csv->field[1])};
    bool fine = csv->field_n == columns;
    for (size_t s = 0; s < 2 && fine; s++) {
        const struct amp_str text = amp_str_trim(csv->field[columns == 4 ? 2 + s : 2]);
        fine = !amp_str_double(text, &row.cm[s]) && row.cm[s] >= 0 && row.cm[s] <= position_max_cm;
    }
    if (!fine) {
        return amp_fail(lk->why, AMP_E_SYNTAX,
                        "%s line %llu: a marker, its chromosome and its position in centimorgans "
                        "(0 to %g) are needed",
                        lk->file, (unsigned long long)csv->line, position_max_cm);
    }
    const int64_t marker = marker_find(lk->kc, amp_str_trim(csv->field[0]));
    if (marker < 0) {
        return AMP_OK;
    }
    row.marker = (size_t)marker;
    for (size_t i = 0; i < lk->placed_n; i++) {
        if (lk->placed[i].marker == row.marker) {
            return amp_fail(lk->why, AMP_E_EXISTS, "%s line %llu: marker %.*s is there twice",
                            lk->file, (unsigned long long)csv->line, (int)csv->field[0].len,
                            csv->field[0].ptr);
        }
    }
    place(lk, row);
    return AMP_OK;
}

static amp_err map_read(struct linker *lk, struct amp_str bytes)
{
    struct amp_csv csv = amp_csv_make(bytes);
    bool end = false;
    amp_err err = amp_csv_next(&csv, lk->arena, &end, lk->why);
    const size_t columns = csv.field_n;
    if (!err && (end || columns < 3 || columns > 4 ||
                 !amp_dna_marker_same(amp_str_trim(csv.field[0]), AMP_STR("marker")))) {
        return amp_fail(lk->why, AMP_E_SYNTAX,
                        "%s: the first line is \"marker,chromosome,cM\" or "
                        "\"marker,chromosome,cM_male,cM_female\"",
                        lk->file);
    }
    while (!err) {
        err = amp_csv_next(&csv, lk->arena, &end, lk->why);
        if (err || end) {
            break;
        }
        err = row_take(lk, &csv, columns);
    }
    return err;
}

/* Haldane: crossovers fall independently of each other. */
static double recombination(double from_cm, double to_cm)
{
    const double d = to_cm > from_cm ? to_cm - from_cm : from_cm - to_cm;
    return 0.5 * (1 - amp_exp(-2 * d / 100));
}

static amp_err group_make(struct linker *lk, size_t first, size_t n)
{
    struct amp_kin_group *group = &lk->kc->group[lk->kc->group_n];
    group->marker = amp_arena_array(lk->arena, n, sizeof *group->marker);
    group->recombination = amp_arena_array(lk->arena, 2 * n, sizeof *group->recombination);
    if (!group->marker || !group->recombination) {
        return AMP_E_NOMEM;
    }
    for (size_t k = 0; k < n; k++) {
        const struct placed *here = &lk->placed[first + k];
        group->marker[k] = here->marker;
        for (size_t s = 0; s < 2 && k + 1 < n; s++) {
            group->recombination[2 * k + s] = recombination(here->cm[s], here[1].cm[s]);
        }
    }
    group->marker_n = n;
    lk->kc->group_n++;
    return amp_kin_case_note(
        lk->kc, lk->arena,
        "%zu markers of chromosome %.*s are linked: the value of each is given "
        "those before it",
        n, (int)lk->placed[first].chromosome.len, lk->placed[first].chromosome.ptr);
}

amp_err amp_kin_case_link(struct amp_kin_case *kc, struct amp_str bytes, const char *file,
                          struct amp_arena *arena, struct amp_why *why)
{
    struct linker lk = {.kc = kc, .file = file, .arena = arena, .why = why};
    lk.placed = amp_arena_array(arena, kc->marker_n + 1, sizeof *lk.placed);
    kc->group = amp_arena_array(arena, kc->marker_n + 1, sizeof *kc->group);
    if (!lk.placed || !kc->group) {
        return AMP_E_NOMEM;
    }
    amp_err err = map_read(&lk, bytes);
    for (size_t first = 0; first < lk.placed_n && !err;) {
        size_t n = 1;
        while (first + n < lk.placed_n &&
               amp_str_eq(lk.placed[first].chromosome, lk.placed[first + n].chromosome)) {
            n++;
        }
        err = n > 1 ? group_make(&lk, first, n) : AMP_OK;
        first += n;
    }
    return err;
}
