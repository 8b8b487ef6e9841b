/* One item against one pair of propositions: built, fitted, compared. */
#include "cli/dna_weigh.h"

/* What only the second proposition's build says. */
static void notes_add(struct amp_mix_notes *notes, const struct amp_mix_notes *second)
{
    for (size_t i = 0; i < second->n; i++) {
        bool said = false;
        for (size_t j = 0; j < notes->n && !said; j++) {
            said = amp_str_eq(notes->note[j], second->note[i]);
        }
        if (!said && notes->n < AMP_MIX_WARNINGS) {
            notes->note[notes->n++] = second->note[i];
        } else if (!said) {
            notes->more++;
        }
    }
}

amp_err amp_cli_dna_build(const struct amp_cli_dna_case *of,
                          const struct amp_cli_dna_samples *samples, struct amp_arena *arena,
                          struct amp_cli_dna_weighed *out, struct amp_why *why)
{
    struct amp_mix_notes second = {.n = 0}; /* mostly says the same again */
    if (samples->n > AMP_MIX_REPLICATES) {
        return amp_fail(why, AMP_E_LIMIT, "%zu replicates; %d are the most", samples->n,
                        AMP_MIX_REPLICATES);
    }
    out->input = (struct amp_mix_input){.replicate = samples->sample,
                                        .replicate_n = samples->n,
                                        .references = &of->references,
                                        .freqs = &of->freqs};
    amp_err err = amp_mix_build(&out->input, &of->settings, &out->sides.hp, arena, &out->hp,
                                &out->notes, why);
    err = err ? err
              : amp_mix_build(&out->input, &of->settings, &out->sides.hd, arena, &out->hd, &second,
                              why);
    notes_add(&out->notes, &second);
    if (!err && out->hp.marker_n == 0) {
        err = amp_fail(why, AMP_E_MISSING,
                       "no marker is left: the evidence and the frequencies have none in common "
                       "(%.*s)",
                       out->notes.n > 0 ? (int)out->notes.note[0].len : 0,
                       out->notes.n > 0 ? out->notes.note[0].ptr : "");
    }
    return err;
}

static amp_err fit_one(const char *side, const struct amp_mix *mix, int thread_n,
                       struct amp_arena *arena, struct amp_mix_fit *out, struct amp_why *why)
{
    const struct amp_mix_fit_options options = {.thread_n = thread_n};
    struct amp_why reason = {""};
    amp_err err = amp_mix_fit_max(mix, &options, arena, out, &reason);
    if (err) {
        return amp_fail(why, err, "%s: %s", side,
                        reason.text[0] ? reason.text : amp_err_words(err));
    }
    return AMP_OK;
}

amp_err amp_cli_dna_weigh(const struct amp_cli_dna_case *of, int thread_n, struct amp_arena *arena,
                          struct amp_cli_dna_weighed *out, struct amp_why *why)
{
    if (of->qualitative) {
        return amp_cli_dna_weigh_qualitative(of, arena, out, why);
    }
    amp_err err = fit_one("Hp", &out->hp, thread_n, arena, &out->hp_fit, why);
    err = err ? err : fit_one("Hd", &out->hd, thread_n, arena, &out->hd_fit, why);
    return err ? err
               : amp_lr_make(&out->hp, &out->hp_fit, &out->hd, &out->hd_fit, out->sides.poi, arena,
                             &out->lr, why);
}

static amp_err qualitative_one(const struct amp_cli_dna_case *of, const char *side,
                               const struct amp_mix *mix, struct amp_qual_work *work,
                               struct amp_qual_fit *qual, struct amp_mix_fit *fit,
                               struct amp_why *why)
{
    amp_err err = amp_qual_fit_max(mix, of->each, work, qual);
    if (err) {
        return amp_fail(why, err, "%s: %s", side,
                        err == AMP_E_LIMIT ? "too many replicates for that many unknown "
                                             "contributors with their own drop-out; choose --model "
                                             "qualitative"
                                           : amp_err_words(err));
    }
    *fit = (struct amp_mix_fit){.loglik = qual->loglik, .marker = qual->marker};
    return AMP_OK;
}

amp_err amp_cli_dna_weigh_qualitative(const struct amp_cli_dna_case *of, struct amp_arena *arena,
                                      struct amp_cli_dna_weighed *out, struct amp_why *why)
{
    out->work = (struct amp_qual_work){.arena = arena};
    amp_err err = qualitative_one(of, "Hp", &out->hp, &out->work, &out->hp_qual, &out->hp_fit, why);
    err = err ? err
              : qualitative_one(of, "Hd", &out->hd, &out->work, &out->hd_qual, &out->hd_fit, why);
    return err ? err
               : amp_lr_make(&out->hp, &out->hp_fit, &out->hd, &out->hd_fit, out->sides.poi, arena,
                             &out->lr, why);
}
