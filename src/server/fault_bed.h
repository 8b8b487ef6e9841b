/*
 * For tests: a night in a centre, told to a server step by step by a client that does not give up.
 *
 * Each step is repeated, with the same Idempotency-Key, until it is answered as it should be; a
 * server that says that it failed is started again on the same folder, as a service manager would.
 * What is not a right answer must be an honest one: a refusal with 5xx, or no answer at all.
 * Afterwards night_check opens the folder once more: nothing that was acknowledged is lost, nothing
 * is there twice. Only code of tests includes this.
 */
#ifndef AMP_SERVER_FAULT_BED_H
#define AMP_SERVER_FAULT_BED_H

#include "model/event.h"
#include "server/testbed.h"

enum {
    NIGHT_SAID = 1 << 16,
    NIGHT_TRIES = 6
};

struct night {
    struct bed bed;
    atomic_int failed; /* the server said that it cannot go on */
    char cookie[BED_SECRET], token[BED_SECRET], token_id[BED_SECRET];
    int listener;                 /* a socket, or -1 */
    int starts, refusals, broken; /* how often: started; answered 5xx; not answered */
    char fault[1024];             /* the first thing that was not as it should be; "" none */
    int status;                   /* of the last answer; 0 none */
    char said[NIGHT_SAID];        /* its body */
    size_t said_len;
};

struct night_ledger { /* what the record says */
    uint64_t count[AMP_EV_COUNT];
    uint64_t digest;
};

void night_begin(struct night *night); /* a folder; nothing is started */
void night_run(struct night *night);   /* the steps; stops at the first fault */
/* Stops, starts again on the same folder without faults, and compares with the ledger of a night
 * without any (NULL: only fills out). */
void night_check(struct night *night, const struct night_ledger *right, struct night_ledger *out);
void night_end(struct night *night); /* the folder goes */

/* One request, without repetition: by a token, "cookie: X", "local" or NULL for nobody. */
void night_ask(struct night *night, const char *as, const char *method, const char *path,
               const char *body, const char *key);
bool night_up(struct night *night); /* running, started again if need be */

#endif
