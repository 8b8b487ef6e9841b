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

void amp_api_export(struct amp_server *server, struct amp_job *job)
{
    struct export *export = amp_arena_alloc(&job->arena, sizeof *export);
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
    job->command.f.look = AMP_STR("export");
    job->command.f.has |= AMP_HAS(LOOK);
    amp_core_work_after(job, export_work);
    amp_core_commit(server, job, 200, NULL);
}
