/* The made-up days. */
#include "made.h"
#include "response/apply.h"
#include <stdio.h>
#include <stdlib.h>

enum {
    CREWS = 40,
};

static uint32_t roll(struct made *made, uint32_t sides)
{
    made->dice = made->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(made->dice >> 33) % sides;
}

static void event_add(struct made *made, enum amp_event_kind kind, struct amp_fields f)
{
    struct amp_why why = {""};
    struct amp_event event = {.kind = kind,
                              .seq = made->state->seq + 1,
                              .time_us = made->now_us,
                              .actor = AMP_STR("dispatcher-3"),
                              .role = AMP_ROLE_DISPATCHER,
                              .f = f};
    made->now_us += 400000;
    made->events++;
    if (made->each != NULL) {
        made->each(made->ctx, &event);
    }
    amp_err err = amp_apply(made->state, &event, &why);
    if (err != AMP_OK) {
        (void)fprintf(stderr, "a made-up event does not apply: %s\n", why.text);
        exit(1);
    }
}

static void crews_add(struct made *made)
{
    for (int i = 0; i < CREWS; i++) {
        char name[16];
        snprintf(name, sizeof name, "M%02d", i);
        event_add(made, AMP_EV_UNIT_ADDED,
                  (struct amp_fields){
                      .has = AMP_HAS(UNIT) | AMP_HAS(KIND) | AMP_HAS(CAPABILITIES) | AMP_HAS(CREW),
                      .unit = amp_str_of(name),
                      .kind = AMP_STR("ambulance"),
                      .capabilities = {.word = {AMP_STR("als"), AMP_STR("bls")}, .n = 2},
                      .crew = 2});
    }
}

static void incident_open(struct made *made, uint32_t n)
{
    static const char *const types[] = {"fall", "stroke", "chest-pain", "structure-fire"};
    char number[24], name[40], words[160];
    struct amp_fields f = {.incident = {n}, .call = {n}, .has = AMP_HAS(INCIDENT) | AMP_HAS(CALL)};
    f.pos = (struct amp_pos){-(int32_t)roll(made, 300000000), (int32_t)roll(made, 400000000)};
    f.radius_m = roll(made, 2000);
    f.source = AMP_STR("aml");
    f.has |= AMP_HAS(POS) | AMP_HAS(RADIUS_M) | AMP_HAS(SOURCE);
    event_add(made, AMP_EV_INCIDENT_OPENED, f);
    snprintf(number, sizeof number, "+000 %09u", roll(made, 300000000));
    snprintf(name, sizeof name, "Caller %u (made up)", roll(made, 1000000));
    snprintf(words, sizeof words, "Somebody made up needs help at door %u, second floor, hurry%.*s",
             roll(made, 100000), (int)roll(made, 60),
             "; there is a dog in the yard, and the gate sticks, push hard");
    f.number = amp_str_of(number);
    f.name = amp_str_of(name);
    f.words = amp_str_of(words);
    f.has |= AMP_HAS(NUMBER) | AMP_HAS(NAME) | AMP_HAS(WORDS);
    event_add(made, AMP_EV_CALL_RECEIVED, f);
    f = (struct amp_fields){.incident = {n},
                            .type = amp_str_of(types[roll(made, 4)]),
                            .priority = 1 + roll(made, 5),
                            .has = AMP_HAS(INCIDENT) | AMP_HAS(TYPE) | AMP_HAS(PRIORITY)};
    event_add(made, AMP_EV_INCIDENT_TRIAGED, f);
}

static void crew_run(struct made *made, uint32_t n, const char *call_sign)
{
    static const enum amp_unit_status way[] = {AMP_UNIT_EN_ROUTE, AMP_UNIT_ON_SCENE,
                                               AMP_UNIT_TRANSPORTING, AMP_UNIT_AT_HOSPITAL};
    struct amp_fields f = {
        .incident = {n}, .unit = amp_str_of(call_sign), .has = AMP_HAS(INCIDENT) | AMP_HAS(UNIT)};
    event_add(made, AMP_EV_UNIT_DISPATCHED, f);
    f.has |= AMP_HAS(STATUS);
    for (size_t i = 0; i < 4; i++) {
        f.status = way[i];
        event_add(made, AMP_EV_UNIT_STATUS, f);
    }
    f.status = AMP_UNIT_AVAILABLE;
    event_add(made, AMP_EV_UNIT_RELEASED, f);
}

static void incident_run(struct made *made)
{
    uint32_t n = (uint32_t)made->state->incident_n + 1;
    char unit[16], note[64];
    incident_open(made, n);
    for (uint32_t i = 0; i < 2; i++) {
        snprintf(unit, sizeof unit, "M%02u", (n * 2 + i) % CREWS);
        crew_run(made, n, unit);
    }
    snprintf(note, sizeof note, "The made-up patient %u is awake", roll(made, 100000));
    event_add(made, AMP_EV_NOTE_ADDED,
              (struct amp_fields){.has = AMP_HAS(INCIDENT) | AMP_HAS(TEXT),
                                  .incident = {n},
                                  .text = amp_str_of(note)});
    event_add(made, AMP_EV_INCIDENT_CLOSED,
              (struct amp_fields){.has = AMP_HAS(INCIDENT) | AMP_HAS(OUTCOME),
                                  .incident = {n},
                                  .outcome = AMP_STR("transported")});
}

void made_run(struct made *made, uint64_t events)
{
    if (made->events == 0) {
        crews_add(made);
    }
    while (made->events < events) {
        incident_run(made);
    }
}
