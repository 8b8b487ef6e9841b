/*
 * Starting the courier's process (server/courier.h), before the server gives up starting programs.
 */
#ifndef AMP_CLI_COURIER_H
#define AMP_CLI_COURIER_H

#include "cli/keeper.h"

/* The server's end of the socket, which is the caller's; the process ends when that is closed. */
AMP_MUST amp_err amp_cli_courier_start(const struct amp_cli_peer *peer, int *out,
                                       struct amp_why *why);

#endif
