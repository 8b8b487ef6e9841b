/* Which centre serves a place: LoST over HTTP (RFC 5222, section 14), from the owner's table. */
#include "intake/lost_table.h"
#include "server/api.h"

static void lost_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    const struct amp_clock *clock = &server->config.clock;
    (void)scratch;
    amp_lost_answer(amp_job_lost(job), job->body, clock->now_us(clock->ctx), &job->arena,
                    &job->out);
    job->type = "application/lost+xml";
    job->status = 200;
}

void amp_api_lost(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    if (server->config.lost == NULL) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no table of centres: serve --lost FILE");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    amp_core_work(server, job, lost_work);
}
