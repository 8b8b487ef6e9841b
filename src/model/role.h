/*
 * The roles of people and programs: what a person may do follows from exactly one of them.
 *
 * Rows of one table. Which role may use which door is said in the route table of the server; here
 * is only what they are called. A number is stored in snapshots and never changes its meaning.
 */
#ifndef AMP_MODEL_ROLE_H
#define AMP_MODEL_ROLE_H

#include "base/str.h"

/* X(ENUMERATOR, name on the wire, words) */
#define AMP_ROLE_TABLE(X)                                                                          \
    X(CALL_TAKER, "call-taker", "answers calls for help")                                          \
    X(DISPATCHER, "dispatcher", "sends and follows crews")                                         \
    X(CREW, "crew", "reports for one unit")                                                        \
    X(SUPERVISOR, "supervisor", "leads the room: holds, plans, the audit")                         \
    X(TRAINER, "trainer", "runs exercises")                                                        \
    X(LABORATORY, "laboratory", "works on forensic cases")                                         \
    X(AUDITOR, "auditor", "checks the record and who used it")                                     \
    X(ADMIN, "admin", "keeps accounts and the service")                                            \
    X(PARTNER, "partner", "another centre: hands incidents over and takes them")

enum amp_role {
    AMP_ROLE_NONE, /* not known: before there were accounts; never an account's */
#define X(id, name, words) AMP_ROLE_##id,
    AMP_ROLE_TABLE(X)
#undef X
    AMP_ROLES
};

const char *amp_role_name(enum amp_role role);                         /* "call-taker"; "none" */
const char *amp_role_words(enum amp_role role);                        /* one line for help */
AMP_MUST amp_err amp_role_of(struct amp_str name, enum amp_role *out); /* never gives NONE */

#endif
