/* What a crew took of the incident that it is on: piece by piece from its phone. */
#include "base/timefmt.h"
#include "server/api.h"
#include "server/sight.h"
#include "server/upload.h"

/* The unit is in the path, the incident and the time in the query. */
static amp_err command_fill(struct amp_server *server, struct amp_job *job, struct amp_why *why)
{
    struct amp_fields *f = &job->command.f;
    struct amp_str taken = amp_api_query(job, "taken");
    job->command.kind = AMP_CMD_TAKE_MEDIUM;
    job->command.time_us = server->now_us;
    job->command.actor = job->actor;
    job->command.role = job->who.who.role;
    if (job->who.who.role != AMP_ROLE_CREW) {
        return amp_fail(why, AMP_E_FORBIDDEN, "only a crew itself sends what it took");
    }
    if (amp_incident_id_parse(amp_api_query(job, "incident"), &f->incident) != AMP_OK) {
        return amp_fail(why, AMP_E_MISSING, "a piece needs incident=I-...: what it was taken of");
    }
    f->has |= AMP_HAS(INCIDENT);
    if (taken.len > 0) {
        f->has |= AMP_HAS(HAPPENED);
        if (amp_time_parse(taken, &f->happened) != AMP_OK) {
            return amp_fail(why, AMP_E_RANGE, "taken is a time such as 2026-11-26T08:00:00Z");
        }
    }
    return amp_sight_command(&server->state, server->config.plans, &job->who, &job->command, why);
}

/* Asks the rule before the first byte is stored what it will say of the whole: on a copy, with
 * words in the place of what is not known yet. */
static amp_err rule_ask(struct amp_server *server, struct amp_job *job, uint64_t total,
                        struct amp_why *why)
{
    struct amp_command command = job->command;
    struct amp_fields *f = &command.f;
    struct amp_decision decision;
    f->type = AMP_STR("jpeg");
    f->label = f->text = AMP_STR("?");
    f->bytes = total > 0 ? (int64_t)total : 1;
    f->has |= AMP_HAS(TYPE) | AMP_HAS(BYTES) | AMP_HAS(LABEL) | AMP_HAS(TEXT);
    return amp_decide(&server->state, server->config.plans, &command, &job->arena, &decision, why);
}

static amp_err upload_fill(struct amp_server *server, struct amp_job *job,
                           struct amp_upload *upload, struct amp_why *why)
{
    struct amp_media_piece *piece = &upload->piece;
    amp_err err = command_fill(server, job, why);
    err = err ? err : amp_upload_read(server, job, 1, piece, why);
    if (err != AMP_OK) {
        return err;
    }
    piece->incident = job->command.f.incident.n;
    piece->unit = amp_state_unit(&server->state, job->command.f.unit)->id.n;
    upload->record_key = amp_arena_printf(&job->arena, "crew-%u-%u-%.*s", piece->incident,
                                          piece->unit, (int)piece->upload.len, piece->upload.ptr);
    return AMP_OK;
}

void amp_api_unit_medium(struct amp_server *server, struct amp_job *job)
{
    struct amp_upload *upload = amp_arena_alloc(&job->arena, sizeof *upload);
    struct amp_why why = {""};
    if (!amp_api_unit_given(server, job, 0)) {
        return;
    }
    if (upload == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    *upload = (struct amp_upload){0};
    amp_err err = upload_fill(server, job, upload, &why);
    bool piece = job->route->method != AMP_METHOD_GET;
    if (err == AMP_OK && piece && amp_state_key(&server->state, upload->record_key) != NULL) {
        amp_upload_done(server, job, upload->piece.total); /* its answer was lost */
        return;
    }
    err = err ? err : rule_ask(server, job, upload->piece.total, &why);
    err = err ? err : amp_keys_get(server->keys, job->command.f.incident, upload->piece.key);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    amp_upload_take(server, job, upload);
}
