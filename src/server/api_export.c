/* The bundle of an incident for a court. That it was made is a record before anybody has it. */
#include "server/api.h"
#include "server/bundle.h"
#include <stdio.h>

enum {
    NOTE_MAX = 8192
};

struct export
{
    struct amp_incident_id *incident;
    size_t n;
    uint64_t first;
    int64_t now_us;
    struct amp_bundle_medium *medium;
    size_t medium_n;
    bool with_media;
};

static void export_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    const struct export *export = job->data;
    struct amp_why why = {""};
    struct amp_buf note = amp_buf_make(NOTE_MAX);
    struct amp_bundle_of of = {.incident = export->incident,
                               .incident_n = export->n,
                               .first = export->first,
                               .vkey = amp_str_of(amp_signer_vkey(server->signer)),
                               .made_by = job->actor,
                               .made_us = export->now_us,
                               .medium = export->medium,
                               .medium_n = export->medium_n,
                               .dir = export->with_media ? server->config.dir : NULL,
                               .keys = server->keys,
                               .reader = scratch->reader};
    amp_buf_clear(&job->out);
    amp_err err = amp_signer_checkpoint(server->signer, scratch->reader, &note, &of.head, &why);
    of.note = amp_buf_view(&note);
    err = err ? err : amp_bundle_write(&of, &job->arena, &job->out, &why);
    job->type = "application/zip";
    amp_buf_free(&note);
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
    }
}

/* One chain of media, or with a NULL list how many it has. */
static size_t chain_list(const struct amp_state *state, uint32_t m, struct amp_arena *arena,
                         struct amp_bundle_medium *list, size_t n)
{
    for (; m != 0; m = state->medium[m - 1].older) {
        const struct amp_medium *medium = &state->medium[m - 1];
        if (list != NULL) {
            list[n] = (struct amp_bundle_medium){
                .label = amp_arena_text(arena, amp_str_of(medium->label)),
                .type = amp_arena_text(arena, amp_str_of(medium->type)),
                .bytes = medium->bytes,
                .key = medium->incident};
        }
        n++;
    }
    return n;
}

/* All that callers and crews sent to an incident and what was merged into it. */
static size_t media_list(const struct amp_state *state, const struct amp_incident *incident,
                         struct amp_arena *arena, struct amp_bundle_medium *list)
{
    size_t n = 0;
    for (size_t i = 0; i < incident->call_n; i++) {
        uint32_t link = amp_state_call(state, incident->call[i])->link;
        for (; link != 0; link = state->invite[link - 1].older) {
            n = chain_list(state, state->invite[link - 1].medium, arena, list, n);
        }
    }
    for (struct amp_incident_id at = incident->id; at.n != 0;
         at = amp_merged_next(state, incident->id, at)) {
        n = chain_list(state, amp_state_incident(state, at)->medium, arena, list, n);
    }
    return n;
}

/* Who may not look at a medium gets none in a bundle. */
static amp_err media_fill(struct amp_server *server, struct amp_job *job,
                          const struct amp_incident *incident, struct export *export,
                          struct amp_why *why)
{
    struct amp_str asked = amp_api_query(job, "media");
    export->with_media = amp_str_is(asked, "yes");
    if (asked.len > 0 && !export->with_media && !amp_str_is(asked, "no")) {
        return amp_fail(why, AMP_E_RANGE, "media is yes or no");
    }
    if (export->with_media && (job->who.may & AMP_MAY(CALL)) == 0) {
        return amp_fail(why, AMP_E_FORBIDDEN, "this account may not look at media");
    }
    export->medium_n = media_list(&server->state, incident, &job->arena, NULL);
    export->medium = amp_arena_array(&job->arena, export->medium_n + 1, sizeof *export->medium);
    if (export->medium == NULL) {
        return AMP_E_NOMEM;
    }
    (void)media_list(&server->state, incident, &job->arena, export->medium);
    for (size_t i = 0; i < export->medium_n; i++) {
        if (export->medium[i].label == NULL || export->medium[i].type == NULL) {
            return AMP_E_NOMEM;
        }
    }
    return AMP_OK;
}

void amp_api_export(struct amp_server *server, struct amp_job *job)
{
    struct export *export = amp_arena_alloc(&job->arena, sizeof *export);
    struct amp_why why = {""};
    char id[AMP_ID_TEXT];
    if (!amp_api_incident_given(server, job)) {
        return;
    }
    const struct amp_incident *incident =
        amp_state_incident(&server->state, job->command.f.incident);
    size_t n = amp_incident_erases(&server->state, incident->id, NULL, 0);
    struct amp_incident_id *all = amp_arena_array(&job->arena, n, sizeof *all);
    if (export == NULL || all == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    (void)amp_incident_erases(&server->state, incident->id, all, n);
    *export = (struct export){
        .incident = all, .n = n, .first = incident->changed_seq, .now_us = server->now_us};
    amp_err err = media_fill(server, job, incident, export, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    for (size_t i = 0; i < incident->entry_n; i++) { /* with the lines of what was merged into it */
        uint64_t seq = incident->entry[i].seq;
        export->first = seq < export->first ? seq : export->first;
    }
    amp_incident_id_text(incident->id, id);
    if (amp_job_field(job, "Content-Disposition",
                      amp_arena_printf(&job->arena, "attachment; filename=\"%s.zip\"", id)) !=
        AMP_OK) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    job->data = export;
    job->key = (struct amp_str){0};
    job->command.kind = AMP_CMD_VIEW_INCIDENT;
    job->command.f.look = export->with_media ? AMP_STR("export-media") : AMP_STR("export");
    job->command.f.has |= AMP_HAS(LOOK);
    amp_core_work_after(job, export_work);
    amp_core_commit(server, job, 200, NULL);
}
