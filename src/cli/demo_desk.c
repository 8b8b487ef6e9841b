/*
 * The automatic desk of the demo: what a person would do, with the server's own recommendation.
 *
 * It asks over the same interface that the console uses, so it can do nothing that a person cannot.
 * Switched off, it leaves everything to the person.
 */
#include "cli/demo.h"

#include <stdio.h>
#include <string.h>

enum {
    CASES_MOST = 128,
    REPLY_BYTES = 1 << 20
};

enum wish {
    WISH_TRIAGE,
    WISH_SEND,
    WISH_CLOSE
};

struct case_seen {
    struct amp_incident_id id;
    enum wish wish;
    const char *type;
    int priority;
};

struct desk {
    struct demo *demo;
    struct case_seen seen[CASES_MOST];
    size_t n;
};

static const struct demo_call *call_find(const struct demo *demo, const char *number)
{
    for (size_t i = 0; number != NULL && i < DEMO_CALLS_KEPT && i < demo->call_n; i++) {
        if (strcmp(demo->call[i].number, number) == 0) {
            return &demo->call[i];
        }
    }
    return NULL;
}

static bool was_on_scene(const struct amp_incident *incident)
{
    for (size_t i = 0; i < incident->entry_n; i++) {
        const struct amp_entry *entry = &incident->entry[i];
        if (entry->kind == AMP_EV_UNIT_STATUS && entry->text != NULL &&
            strcmp(entry->text, amp_unit_status_name(AMP_UNIT_ON_SCENE)) == 0) {
            return true;
        }
    }
    return false;
}

static void case_look(struct desk *desk, const struct amp_state *state,
                      const struct amp_incident *incident)
{
    struct case_seen seen = {.id = incident->id, .wish = WISH_SEND};
    if (incident->type == NULL) {
        const struct amp_call *call =
            incident->call_n > 0 ? amp_state_call(state, incident->call[0]) : NULL;
        const struct demo_call *kept = call != NULL ? call_find(desk->demo, call->number) : NULL;
        if (kept == NULL) {
            return; /* a person's own case: leave it to the person */
        }
        seen.wish = WISH_TRIAGE;
        seen.type = kept->type;
        seen.priority = kept->priority;
    } else if (incident->slot_n > 0) {
        return; /* crews are on it */
    } else if (was_on_scene(incident)) {
        seen.wish = WISH_CLOSE;
    }
    desk->seen[desk->n++] = seen;
}

/* On the core's thread. */
static void cases_look(void *ctx, const struct amp_state *state, const struct amp_track *track,
                       int64_t now_us)
{
    (void)track;
    (void)now_us;
    struct desk *desk = ctx;
    for (size_t i = 0; i < state->incident_n && desk->n < CASES_MOST; i++) {
        if (state->incident[i].state != AMP_INCIDENT_CLOSED) {
            case_look(desk, state, &state->incident[i]);
        }
    }
}

static amp_err triage(struct demo *demo, const struct case_seen *seen)
{
    struct amp_command command = {.kind = AMP_CMD_TRIAGE, .actor = AMP_STR(DEMO_ACTOR)};
    command.f.has = AMP_HAS(INCIDENT) | AMP_HAS(TYPE) | AMP_HAS(PRIORITY);
    command.f.incident = seen->id;
    command.f.type = amp_str_of(seen->type);
    command.f.priority = seen->priority;
    return demo_command(demo, &command);
}

static amp_err close_case(struct demo *demo, const struct case_seen *seen)
{
    struct amp_command command = {.kind = AMP_CMD_CLOSE, .actor = AMP_STR(DEMO_ACTOR)};
    command.f.has = AMP_HAS(INCIDENT) | AMP_HAS(OUTCOME);
    command.f.incident = seen->id;
    command.f.outcome = AMP_STR("handled");
    return demo_command(demo, &command);
}

static amp_err unit_send(struct demo *demo, const char *incident, struct amp_str unit)
{
    char target[96];
    struct amp_buf body = amp_buf_make(REPLY_BYTES);
    struct amp_buf reply = amp_buf_make(REPLY_BYTES);
    struct amp_json js = amp_json_make(&body);
    int status = 0;
    amp_json_open(&js, '{');
    amp_json_str_of(&js, "unit", unit);
    amp_json_close(&js, '}');
    (void)snprintf(target, sizeof(target), "/v1/incidents/%s/assignments", incident);
    /* a refusal (somebody else was faster) is no fault: the next look decides anew */
    amp_err err = demo_ask(demo, AMP_METHOD_POST, target, amp_buf_view(&body), &status, &reply);
    amp_buf_free(&body);
    amp_buf_free(&reply);
    return err;
}

/* For each need, the first crews of the list that are free, as many as are missing. */
static amp_err needs_fill(struct demo *demo, const char *incident, const json_t *needs)
{
    amp_err err = AMP_OK;
    for (size_t i = 0; !err && i < json_array_size(needs); i++) {
        const json_t *need = json_array_get(needs, i);
        const json_t *units = json_object_get(need, "units");
        json_int_t missing = json_integer_value(json_object_get(need, "missing"));
        for (size_t k = 0; !err && k < json_array_size(units) && missing > 0; k++) {
            const json_t *unit = json_array_get(units, k);
            struct amp_str sign = {0};
            if (json_is_true(json_object_get(unit, "divert")) ||
                amp_json_str(unit, "unit", &sign, NULL)) {
                continue;
            }
            err = unit_send(demo, incident, sign);
            missing--;
        }
    }
    return err;
}

static amp_err send_help(struct demo *demo, const struct case_seen *seen)
{
    char incident[AMP_ID_TEXT];
    char target[96];
    struct amp_buf reply = amp_buf_make(REPLY_BYTES);
    json_t *advice = NULL;
    int status = 0;
    amp_incident_id_text(seen->id, incident);
    (void)snprintf(target, sizeof(target), "/v1/incidents/%s/recommendation", incident);
    amp_err err = demo_ask(demo, AMP_METHOD_GET, target, (struct amp_str){0}, &status, &reply);
    if (!err && status == 200) {
        err = amp_json_read(amp_buf_view(&reply), REPLY_BYTES, &advice, NULL);
        err = err ? err : needs_fill(demo, incident, json_object_get(advice, "needs"));
        json_decref(advice);
    }
    amp_buf_free(&reply);
    return err;
}

amp_err demo_desk_step(struct demo *demo)
{
    static struct desk desk;
    desk = (struct desk){.demo = demo};
    amp_err err = amp_server_look(demo->server, cases_look, &desk);
    for (size_t i = 0; !err && i < desk.n && demo->auto_dispatch; i++) {
        switch (desk.seen[i].wish) {
        case WISH_TRIAGE:
            err = triage(demo, &desk.seen[i]);
            break;
        case WISH_CLOSE:
            err = close_case(demo, &desk.seen[i]);
            break;
        case WISH_SEND:
        default:
            err = send_help(demo, &desk.seen[i]);
            break;
        }
        if (err == AMP_E_CONFLICT || err == AMP_E_NOT_FOUND) {
            err = AMP_OK; /* the person was faster */
        }
    }
    return err;
}
