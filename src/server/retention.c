/* Retention: incidents whose type is kept only so long are erased when their time has come. */
#include "server/inside.h"

enum {
    EACH_TIME = 16 /* erasures a second: a desk must not feel them */
};

static void erase(struct amp_server *server, struct amp_incident_id id)
{
    struct amp_job *job = amp_job_create(server);
    if (job == NULL) {
        return; /* the next walk finds it again */
    }
    job->who.who.role = AMP_ROLE_NONE;
    job->actor = AMP_STR("retention");
    job->command.kind = AMP_CMD_ERASE;
    job->command.f.incident = id;
    job->command.f.has = AMP_HAS(INCIDENT);
    amp_core_commit(server, job, 200, NULL);
}

void amp_retention_tick(struct amp_server *server)
{
    struct amp_incident_id due[EACH_TIME];
    size_t n = amp_retention_due(&server->state, server->config.plans, server->now_us,
                                 server->retention_from, &server->retention_from, due, EACH_TIME);
    for (size_t i = 0; i < n && !atomic_load(&server->failed); i++) {
        erase(server, due[i]);
    }
}
