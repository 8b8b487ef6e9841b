/* A crew that calls for help by its device becomes a call, once while its incident is open. */
#include "server/sos.h"
#include "server/inside.h"
#include "server/log.h"
#include <string.h>

#define SOURCE "tracker"

/* Where it is: as it says with the call, else as it said last, if that is current. */
static const struct amp_position *place_of(const struct amp_server *server,
                                           const struct amp_unit *unit,
                                           const struct amp_fleet_report *report)
{
    return report->err == AMP_OK ? &report->position
                                 : amp_track_current(&server->track, unit->id, server->now_us);
}

static void place_set(struct amp_fields *f, const struct amp_position *position)
{
    f->pos = position->pos;
    f->fix_time = position->fix_us;
    f->source = AMP_STR(SOURCE);
    f->has |= AMP_HAS(POS) | AMP_HAS(FIX_TIME) | AMP_HAS(SOURCE);
    if (position->accuracy_m >= 0) {
        f->radius_m = position->accuracy_m;
        f->has |= AMP_HAS(RADIUS_M);
    }
}

static void call_make(const struct amp_server *server, struct amp_job *job,
                      const struct amp_unit *unit, enum amp_fleet_alarm alarm)
{
    struct amp_fields *f = &job->command.f;
    const struct amp_agency *agency = amp_state_agency_at(&server->state, unit->agency);
    bool button = alarm == AMP_FLEET_ALARM_SOS;
    job->command.kind = AMP_CMD_TAKE_CALL;
    f->name = amp_str_of(unit->call_sign);
    f->words = amp_arena_printf(&job->arena, "SOS %s%s%s", unit->call_sign, button ? "" : ": ",
                                button ? "" : amp_fleet_alarm_name(alarm));
    f->has |= AMP_HAS(NAME) | AMP_HAS(WORDS) | AMP_HAS(DEVICE);
    if (agency != NULL) {
        f->agency = amp_str_of(agency->code);
        f->has |= AMP_HAS(AGENCY);
    }
}

struct taken {
    bool is;
    struct amp_incident_id incident;
};

static void see_taken(struct amp_server *server, struct amp_job *job,
                      const struct amp_decision *decision)
{
    struct taken *taken = job->data;
    const struct amp_call *call = amp_state_call_since(&server->state, job->command.f.device, 0);
    (void)decision;
    *taken = (struct taken){.is = true};
    if (call != NULL) {
        taken->incident = call->incident;
    }
    job->data = NULL; /* it ends before the job does */
}

amp_err amp_sos_take(struct amp_server *server, const struct amp_unit *unit,
                     const struct amp_fleet_report *report, struct amp_incident_id *out)
{
    struct amp_job *job = amp_core_has_room(server) ? amp_job_create(server) : NULL;
    if (job == NULL) {
        return AMP_E_BUSY;
    }
    /* a name that no telephone and no message gives to its device */
    struct amp_str device = amp_arena_printf(&job->arena, "crew %s", unit->call_sign);
    const struct amp_call *call = amp_state_call_since(&server->state, device, 0);
    const struct amp_position *place = place_of(server, unit, report);
    amp_log(false, AMP_LOG_WARN, "alarm", "%s calls for help: %s", unit->call_sign,
            amp_fleet_alarm_name(report->alarm));
    bool failed = amp_arena_failed(&job->arena);
    if (failed || (call != NULL && (call->where.known || place == NULL))) { /* nothing is new */
        amp_job_destroy(job);
        *out = failed ? *out : call->incident;
        return failed ? AMP_E_BUSY : AMP_OK;
    }
    job->command.f.device = device;
    if (call == NULL) {
        call_make(server, job, unit, report->alarm);
    } else {
        job->command.kind = AMP_CMD_LOCATE_CALL;
        job->command.f.call = call->id;
        job->command.f.has |= AMP_HAS(CALL);
    }
    if (place != NULL) {
        place_set(&job->command.f, place);
    }
    job->who.who.role = AMP_ROLE_NONE;
    job->actor = AMP_STR(SOURCE);
    struct taken taken = {.is = false};
    job->data = &taken;
    amp_core_commit(server, job, 201, see_taken);
    if (!taken.is) {
        amp_log(false, AMP_LOG_ERROR, "alarm", "the call for help of %s could not be recorded",
                unit->call_sign);
        return AMP_E_BUSY;
    }
    *out = taken.incident;
    return AMP_OK;
}
