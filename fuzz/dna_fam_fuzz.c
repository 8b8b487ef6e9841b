/* Any bytes as a Familias file: what is read is written, and reads back; the texts of its victims
 * are those of a problem, or refused with a sentence. */
#include "dna/fam_dvi.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void problem_check(const struct amp_fam *fam, struct amp_arena *arena)
{
    struct amp_fam_problem problem;
    struct amp_dvi dvi;
    struct amp_why why = {""};
    amp_err err = amp_fam_problem_make(fam, arena, &problem, &why);
    if (err == AMP_OK) {
        const struct amp_dvi_files files = {.people = amp_buf_view(&problem.people),
                                            .markers = amp_buf_view(&problem.markers),
                                            .mutation = amp_buf_view(&problem.mutation),
                                            .people_name = "people",
                                            .markers_name = "markers",
                                            .mutation_name = "mutation"};
        assert(amp_str_starts(files.people, AMP_STR("kind\tfamily\t")));
        err = amp_dvi_read(&files, arena, &dvi, &why);
    }
    assert(err == AMP_OK || err == AMP_E_NOMEM || why.text[0] != '\0');
    amp_fam_problem_free(&problem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    struct amp_arena arena = amp_arena_make(1 << 25);
    struct amp_fam fam, again;
    struct amp_kin_case kc;
    struct amp_why why = {""};
    const struct amp_kin_override override = {.fallback_given = true, .fallback = AMP_KIN_EQUAL};
    if (!amp_fam_read(bytes, "fuzz.fam", &arena, &fam, &why)) {
        struct amp_buf out = amp_buf_make(1 << 24);
        amp_fam_write(&fam, &out);
        if (!amp_buf_err(&out) && !amp_arena_failed(&arena)) {
            const amp_err err = amp_fam_read(amp_buf_view(&out), "back.fam", &arena, &again, &why);
            assert(!err || err == AMP_E_NOMEM);
            assert(err || again.person_n == fam.person_n);
            assert(err || again.marker_n == fam.marker_n);
        }
        (void)!amp_fam_case(&fam, &override, &arena, &kc, &why);
        amp_buf_free(&out);
        problem_check(&fam, &arena);
    }
    amp_arena_drop(&arena);
    return 0;
}
