/*
 * The state in memory and as a snapshot: bytes an event, seconds to write and to read.
 *
 * usage: state_bench [--events N]      (default 1,000,000)
 * Folds made-up days into a state (made-up callers, 17 events an incident, 40 crews), writes its
 * snapshot to memory, reads it again, and compares the digests. One core. Memory is what the state
 * counts itself, and what the system gave the process for it.
 */
#include "model/snapshot.h"
#include "response/apply.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    CREWS = 40,
    PARALLEL = 20 /* incidents open at once: two crews each */
};

struct made {
    struct amp_state *state;
    uint64_t events;
    int64_t now_us;
    uint64_t dice;
};

static void check(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "state_bench: %s failed\n", what);
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double cpu_s(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static double resident_mb(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    check(file && fscanf(file, "%*s %ld", &pages) == 1, "reading statm");
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

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
    amp_err err = amp_apply(made->state, &event, &why);
    check(err == AMP_OK, why.text);
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

struct bytes {
    char *data;
    size_t len, cap, at;
};

static amp_err bytes_put(void *ctx, const void *data, size_t len)
{
    struct bytes *bytes = ctx;
    if (bytes->cap - bytes->len < len) {
        bytes->cap = bytes->cap * 2 + len;
        bytes->data = realloc(bytes->data, bytes->cap);
        check(bytes->data != NULL, "memory");
    }
    memcpy(bytes->data + bytes->len, data, len);
    bytes->len += len;
    return AMP_OK;
}

static amp_err bytes_get(void *ctx, void *data, size_t len)
{
    struct bytes *bytes = ctx;
    if (bytes->len - bytes->at < len) {
        return AMP_E_IO;
    }
    memcpy(data, bytes->data + bytes->at, len);
    bytes->at += len;
    return AMP_OK;
}

static uint64_t fold(uint64_t events, struct bytes *bytes)
{
    struct amp_state state;
    struct made made = {.state = &state, .now_us = INT64_C(1900000000000000), .dice = 1};
    double before_mb = resident_mb(), start = now_s();
    check(amp_state_init(&state) == AMP_OK, "memory");
    crews_add(&made);
    while (made.events < events) {
        incident_run(&made);
    }
    printf("fold            %8.2f s      %llu events, %zu incidents\n", now_s() - start,
           (unsigned long long)made.events, state.incident_n);
    printf("state           %8.1f bytes an event (%.1f resident)\n",
           (double)amp_state_bytes(&state) / (double)made.events,
           (resident_mb() - before_mb) * 1e6 / (double)made.events);
    uint64_t digest = amp_state_digest(&state);
    start = now_s();
    check(amp_snapshot_write(&state, bytes_put, bytes) == AMP_OK, "writing");
    printf("snapshot write  %8.2f s      %.1f MB, %.1f bytes an event\n", now_s() - start,
           (double)bytes->len / 1e6, (double)bytes->len / (double)made.events);
    amp_state_finish(&state);
    malloc_trim(0);
    return digest;
}

int main(int argc, char **argv)
{
    uint64_t events = 1000000;
    struct bytes bytes = {0};
    bool good = argc == 1 || (argc == 3 && strcmp(argv[1], "--events") == 0 &&
                              !amp_str_u64(amp_str_of(argv[2]), &events));
    if (!good || events == 0 || events > 200000000) {
        fprintf(stderr, "usage: state_bench [--events N]\n");
        return 2;
    }
    uint64_t digest = fold(events, &bytes);
    struct amp_state state = {0};
    struct amp_why why = {""};
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    double before_mb = resident_mb(), start = now_s();
    amp_err err = amp_snapshot_read(bytes_get, &bytes, &state, &why);
    check(err == AMP_OK, why.text);
    double took = now_s() - start;
    getrusage(RUSAGE_SELF, &after);
    printf("snapshot read   %8.2f s      (%.2f s on the processor), %.1f bytes an event resident\n",
           took, cpu_s(&after) - cpu_s(&before),
           (resident_mb() - before_mb) * 1e6 / (double)state.seq);
    check(amp_state_digest(&state) == digest, "the digest");
    amp_state_finish(&state);
    free(bytes.data);
    return 0;
}
