/*
 * The crews on the roads follow their positions, so that a question has few of them to move.
 *
 * Now and then a worker is told where each crew is counted from; at most one such task waits. A
 * crew that no task has moved yet is moved by the question that needs it.
 */
#include "response/recommend.h"
#include "server/inside.h"
#include "server/log.h"

enum {
    ROUNDS = 10 /* of AMP_SERVER_POSITIONS_MS: then positions may have become stale */
};

struct follow {
    struct amp_task task;
    struct amp_server *server;
    struct amp_job *carrier; /* holds this in its arena; comes back to the core */
    struct amp_crew_at *crew;
    size_t n;
    struct amp_cover_ask cover; /* those of them that are free */
    struct amp_cover_crew *cover_crew;
};

static void follow_arrived(struct amp_server *server, struct amp_job *carrier)
{
    server->following = false;
    amp_job_destroy(carrier);
}

/* What the free crews reach is worked out before somebody asks, a few at a time. */
static void cover_follow(struct follow *follow, struct amp_scratch *scratch)
{
    struct amp_cover *cover = follow->server->cover;
    struct amp_cover_view view;
    follow->cover.map = scratch->map;
    follow->cover.map_serial = scratch->map_serial;
    follow->cover.query = scratch->query;
    follow->cover.crews = follow->carrier->crews;
    follow->cover.crew = follow->cover_crew;
    follow->cover.haste = AMP_COVER_REDO;
    if (amp_cover_open(cover, &follow->cover, &follow->carrier->arena, &view) == AMP_OK) {
        amp_cover_close(cover);
    }
}

static void follow_run(struct amp_task *task, void *ptr, bool dropped)
{
    struct follow *follow = (struct follow *)(void *)((char *)task - offsetof(struct follow, task));
    struct amp_scratch *scratch = ptr;
    struct amp_server *server = follow->server;
    struct amp_job *carrier = follow->carrier;
    if (!dropped && amp_scratch_turn(scratch, carrier->map) == AMP_OK) {
        amp_err err = amp_crews_follow(carrier->crews, scratch->query, follow->crew, follow->n);
        if (err != AMP_OK) { /* the next question tries again, and says so to who asks */
            amp_log(server->config.quiet, AMP_LOG_WARN, "crews", "not all are on the roads: %s",
                    amp_err_words(err));
        }
        cover_follow(follow, scratch);
    }
    if (dropped || amp_core_return(server, carrier, follow_arrived) != AMP_OK) {
        amp_job_destroy(carrier);
    }
}

struct amp_crew_at amp_follow_crew(const struct amp_server *server, const struct amp_unit *unit,
                                   const struct amp_candidate *who)
{
    struct amp_crew_at at = {.unit = unit->id.n - 1,
                             .at = who->from,
                             .profile = amp_crew_profile(amp_str_of(unit->kind)),
                             .heading_deg = -1,
                             .speed_kmh = -1};
    const struct amp_position *last =
        who->basis == AMP_BASIS_POSITION
            ? amp_track_current(&server->track, unit->id, server->now_us)
            : NULL;
    if (last != NULL) {
        at.heading_deg = last->heading_deg;
        at.speed_kmh = last->speed_kmh;
    }
    return at;
}

/* Where each crew is counted from by now. */
static void crews_list(struct amp_server *server, struct follow *follow)
{
    const struct amp_state *state = &server->state;
    for (size_t i = 0; i < state->unit_n; i++) {
        struct amp_candidate who = {.basis = AMP_BASIS_NONE};
        amp_candidate_locate(state, &server->track, &state->unit[i], server->now_us, &who);
        if (who.basis != AMP_BASIS_NONE) {
            follow->crew[follow->n++] = amp_follow_crew(server, &state->unit[i], &who);
        }
        if (who.basis != AMP_BASIS_NONE && amp_unit_is_free(state->unit[i].status)) {
            follow->cover_crew[follow->cover.n++] =
                amp_coverage_crew(server, &state->unit[i], &who);
        }
    }
}

void amp_follow_tick(struct amp_server *server)
{
    bool due = server->any_moved || server->follow_round++ % ROUNDS == 0;
    if (server->crews == NULL || server->following || !due || server->state.unit_n == 0) {
        return;
    }
    struct amp_job *carrier = amp_job_create(server);
    struct follow *follow =
        carrier != NULL ? amp_arena_alloc(&carrier->arena, sizeof *follow) : NULL;
    if (follow != NULL) {
        follow->crew = amp_arena_array(&carrier->arena, server->state.unit_n, sizeof *follow->crew);
        follow->cover_crew =
            amp_arena_array(&carrier->arena, server->state.unit_n, sizeof *follow->cover_crew);
    }
    if (follow == NULL || follow->crew == NULL || follow->cover_crew == NULL ||
        amp_coverage_past(server, carrier, &follow->cover) != AMP_OK) {
        amp_job_destroy(carrier);
        return; /* the next tick tries again */
    }
    carrier->crews = amp_crews_ref(server->crews);
    amp_job_map(server, carrier);
    follow->task.run = follow_run;
    follow->server = server;
    follow->carrier = carrier;
    crews_list(server, follow);
    if (amp_workers_give(server->workers, &follow->task) != AMP_OK) {
        amp_job_destroy(carrier);
        return;
    }
    server->following = true;
}
