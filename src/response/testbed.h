/*
 * A small stand for tests: commands as JSON go in, events come out, are written, read again,
 * applied.
 *
 * Every event goes through its sealed JSON, so each test also proves that the record carries all
 * there is to know. A testbed must stay where it is. Tests only; one thread.
 */
#ifndef AMP_RESPONSE_TESTBED_H
#define AMP_RESPONSE_TESTBED_H

#include "model/ring.h"
#include "response/apply.h"
#include "response/decide.h"

struct testbed {
    struct amp_state state;
    struct amp_plans *plans;
    struct amp_buf journal; /* one event a line, sealed */
    struct amp_ring ring;   /* its keys; those of what is erased are thrown away */
    struct amp_sealer sealer;
    enum amp_role role;
    int64_t now_us;
    struct amp_str key; /* of the next command */
    uint32_t print;     /* beside the key */
    const char *actor;
    struct amp_decision last; /* without its events */
    size_t last_n;            /* events of the last command */
    struct amp_why why;
};

void testbed_open(struct testbed *bed);
void testbed_close(struct testbed *bed);
/* AMP_OK or the refusal; the sentence is in bed->why. */
amp_err testbed_do(struct testbed *bed, enum amp_command_kind kind, const char *json);
amp_err testbed_run(struct testbed *bed, const struct amp_command *command);
void testbed_must(struct testbed *bed, enum amp_command_kind kind, const char *json);
/* Asserts the refusal, and that its sentence holds the words. */
void testbed_refused(struct testbed *bed, enum amp_command_kind kind, const char *json,
                     amp_err expected, const char *words);
void testbed_wait(struct testbed *bed, int64_t seconds);
const struct amp_unit *testbed_unit(const struct testbed *bed, const char *call_sign);
const struct amp_incident *testbed_incident(const struct testbed *bed, uint32_t n);
/* A fresh fold of the journal's text; its digest. */
/* Whether these bytes stand in the memory of the state's texts. */
bool testbed_holds(const struct testbed *bed, const char *bytes);
uint64_t testbed_refold(const struct testbed *bed);
/* The state as it comes out of a snapshot of the bed's: the same digest. The caller finishes it. */
void testbed_resnap(const struct testbed *bed, struct amp_state *out);
/* For cmocka: a bed of the test's own; with the fleet; with a fall (I-1, M1 is sent) and a stroke
 * (I-2) that were called in, too; and its end, when the journal and a
 * snapshot come to the same state again. */
int testbed_setup(void **state);
int testbed_setup_fleet(void **state);
int testbed_setup_calls(void **state);
int testbed_teardown(void **state);
/* Two stations; M1 and M2 (als, bls), B1 (bls), F1 (fire-engine), at station S1. */
void testbed_fleet(struct testbed *bed);

#endif
