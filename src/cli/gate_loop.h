/* The loop of the gateway: runs until it is told to stop. */
#ifndef AMP_CLI_GATE_LOOP_H
#define AMP_CLI_GATE_LOOP_H

struct amp_gate;

void amp_gate_run(struct amp_gate *gate);    /* until a signal says so, or a serial line ends */
void amp_gate_finish(struct amp_gate *gate); /* accepts what was opened in part */

#endif
