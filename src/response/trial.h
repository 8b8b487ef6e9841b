/*
 * A seeded simulator of the core: random commands, restarts and faults, everything checked.
 *
 * One seed gives one history. A step is one of: a command of any kind (many are nonsense); a
 * restart that folds the records, or a snapshot and what came after it; a snapshot; a command under
 * short memory; a crash that loses what was not yet acknowledged. Records are sealed (some are
 * plain, of version 1) under keys of a ring, and erasing throws keys away. After every step:
 *
 *   1. A unit holds an incident exactly while it is busy, and is on exactly one slot then.
 *   2. The state of an open incident follows from slots, type and priority; a closed one has
 * neither units nor alarm; the list of open incidents is exact.
 *   3. Every call belongs to one incident, never to one that was merged away.
 *   4. Following `into` ends; what was merged into an incident is listed there, and nothing else.
 *   5. The chains by number and device are what a slow search finds, newest first.
 *   6. Lines of a timeline are in the order of their numbers, and own exactly the personal texts.
 *   7. What was erased is closed and not held; it and all merged into it have no personal text and
 * no place, and nothing of them stands in the memory of the state's texts.
 *   8. An incident is shared with others than its owner, and with agencies that are there.
 *   9. Once there was an enabled admin there is one; an account of a crew has a unit.
 *  10. A remembered key leads to its answer.
 *  11. Deciding changes nothing; what fails for want of memory says so and changes nothing.
 *  12. The audit counts exactly the events there are, by day, role and kind (a slow recount).
 *  13. A fold of the records, and a snapshot with a tail, add up to the same digest; a snapshot
 * that was read is written the same again.
 *  14. The list of closures in force is exact, and each closure has a shape that can be.
 *  15. A crew of an agency is sent where that agency may see, by its own desk or the whole service,
 * or under an agreement of automatic aid, free, and leaving what its agency keeps; a request for
 * aid needs an agreement, stands once and ends with its incident.
 *
 * Nothing asserts: trial_run gives back a sentence, so that planted faults can be looked for.
 */
#ifndef AMP_RESPONSE_TRIAL_H
#define AMP_RESPONSE_TRIAL_H

#include "model/ring.h"
#include "response/apply.h"
#include "response/decide.h"

enum {
    TRIAL_INCIDENTS = 40, /* small tables make commands meet */
    TRIAL_WHY = 512
};

struct trial_record {
    char *json;
    size_t len;
    int64_t time_us; /* for the recount */
    enum amp_role role;
    enum amp_event_kind kind;
};

struct trial {
    uint64_t seed, dice, step;
    struct amp_state state;
    struct amp_plans *plans;
    struct amp_ring ring;
    struct amp_sealer sealer;
    struct trial_record *record; /* [seq - 1] */
    size_t record_n, record_cap;
    struct amp_buf snapshot; /* empty: none, or its key was destroyed */
    uint64_t snapshot_seq;
    int64_t now_us;
    bool had_admin;
    char why[TRIAL_WHY]; /* what went wrong; empty while nothing did */
    uint64_t accepted[AMP_CMD_COUNT], refused[AMP_CMD_COUNT];
    uint64_t restarts, snapshots, shortages, crashes, erasures;
    uint64_t lent; /* crews that were sent under an agreement */
    /* for planted faults: called after every event that was applied; may be NULL */
    void (*plant)(struct amp_state *state, const struct amp_event *event);
    /* for short memory: the n-th allocation from now on fails; 0 none. May be NULL */
    void (*starve)(unsigned long n);
};

void trial_open(struct trial *trial, uint64_t seed);
void trial_close(struct trial *trial);
/* Runs up to `steps`; false when something is wrong: trial->why and trial->step say what. */
bool trial_run(struct trial *trial, uint64_t steps);

/* Inside. */
uint32_t trial_roll(struct trial *trial, uint32_t sides);
/* The command's texts live in static memory or in the arena. */
struct amp_command trial_command(struct trial *trial, struct amp_arena *arena);
/* The mark that stands in personal texts of an incident: "mark-12-". */
void trial_mark(uint32_t incident, char out[32]);
bool trial_wrong(struct trial *trial, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool trial_check(struct trial *trial); /* invariants 1 to 10, 14, and of requests 15 */
/* trial_aid.c: plans with agreements; what was decided, before it is applied; the rest of 15; and
 * fields that fit an agreement or a request. */
AMP_MUST amp_err trial_plans(struct amp_plans **out);
bool trial_aid_decided(struct trial *trial, const struct amp_command *command,
                       const struct amp_decision *decision);
bool trial_aid_check(struct trial *trial, const struct amp_incident *incident);
void trial_aid_choose(struct trial *trial, struct amp_command *command);
void trial_aid_dispatch(struct trial *trial, struct amp_command *command);
bool trial_audit_check(struct trial *trial);

#endif
