/*
 * The process that looks at the signatures of alerts (decision 0023): `serve` starts it, before it
 * gives up starting programs, where keys are given.
 *
 * Two kinds of process: a keeper, which reads no byte of a message, and for each message one of its
 * own, which gives up all but its processor, looks, answers in one line, and ends.
 */
#ifndef AMP_CLI_VERIFIER_H
#define AMP_CLI_VERIFIER_H

#include "server/verifier.h"

/* The server's end of the socket, which is the caller's; the process ends when that is closed.
 * AMP_E_UNSUPPORTED: this program was built without libxmlsec1. */
AMP_MUST amp_err amp_cli_verifier_start(int *out, struct amp_why *why);

/* verifier_xml.c, in those processes alone. Called once, before the process is closed in. */
bool amp_verifier_open(void);
/* Looks at one document. */
void amp_verifier_look(const struct amp_verify_ask *ask, struct amp_verdict *out);

#endif
