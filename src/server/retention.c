/* Retention: incidents whose type is kept only so long are erased when their time has come. */
#include "server/retention.h"
#include "base/timefmt.h"
#include "response/retention.h"
#include "server/inside.h"
#include "server/log.h"

static const int64_t day_us = INT64_C(86400) * AMP_US_PER_S;

/* ---- are the clocks to be believed ---- */

struct amp_retention amp_retention_begin(int64_t wall_us, int64_t running_us, int64_t newest_day)
{
    int64_t day = wall_us / day_us;
    return (struct amp_retention){.wall_us = wall_us,
                                  .running_us = running_us,
                                  .agreed_us = running_us,
                                  .next_us = running_us,
                                  .away = day > newest_day &&
                                          day - newest_day > AMP_RETENTION_GAP_DAYS};
}

enum amp_retention_doubt amp_retention_doubt(struct amp_retention *retention, int64_t wall_us,
                                             int64_t running_us, int64_t wait_us)
{
    int64_t apart_us = (wall_us - retention->wall_us) - (running_us - retention->running_us);
    apart_us = apart_us < 0 ? -apart_us : apart_us;
    if (apart_us > (int64_t)AMP_RETENTION_APART_S * AMP_US_PER_S) {
        retention->agreed_us = running_us;
        return AMP_RETENTION_SET;
    }
    if (retention->away) {
        return AMP_RETENTION_AWAY;
    }
    return running_us - retention->agreed_us < wait_us ? AMP_RETENTION_EARLY : AMP_RETENTION_SURE;
}

/* ---- the walk ---- */

static void doubt_tell(struct amp_server *server, enum amp_retention_doubt doubt)
{
    static const char *const sentences[] = {
        [AMP_RETENTION_SET] = "the clock was set: nothing is erased for its age until it is set "
                              "back, or the service is started again with the right time",
        [AMP_RETENTION_AWAY] = "the newest record is more than a month old: if the clock is right, "
                               "the next start erases what is due"};
    bool tells = doubt == AMP_RETENTION_SET || doubt == AMP_RETENTION_AWAY;
    if (tells && !server->retention.told) {
        amp_log(server->config.quiet, AMP_LOG_WARN, "retention-waits", "%s", sentences[doubt]);
    }
    server->retention.told = tells;
}

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

static int64_t running_us(const struct amp_server *server)
{
    return server->config.running.now_us(server->config.running.ctx);
}

void amp_retention_start(struct amp_server *server)
{
    const struct amp_state *state = &server->state;
    int64_t newest = state->audit_n > 0 ? state->audit[state->audit_n - 1].day : INT64_MAX;
    if (server->config.running.now_us == NULL) {
        server->config.running = amp_clock_running();
    }
    server->retention = amp_retention_begin(server->now_us, running_us(server), newest);
}

void amp_retention_tick(struct amp_server *server)
{
    struct amp_retention *retention = &server->retention;
    struct amp_incident_id due[AMP_RETENTION_EACH];
    int64_t now_us = running_us(server);
    enum amp_retention_doubt doubt = amp_retention_doubt(
        retention, server->now_us, now_us, server->config.retention_wait_s * AMP_US_PER_S);
    doubt_tell(server, doubt);
    if (doubt != AMP_RETENTION_SURE || now_us < retention->next_us) {
        return;
    }
    retention->next_us = now_us + (int64_t)AMP_RETENTION_EVERY_S * AMP_US_PER_S;
    size_t n = amp_retention_due(&server->state, server->config.plans, server->now_us,
                                 retention->from, &retention->from, due, AMP_RETENTION_EACH);
    for (size_t i = 0; i < n && !atomic_load(&server->failed); i++) {
        erase(server, due[i]);
    }
}
