/* `amparo sip` in a build without libre. */
#include "cli/cli.h"
#include "cli/commands.h"
#include <stdio.h>

int amp_cli_sip(int argc, char **argv)
{
    const struct amp_cli_usage usage = {
        .name = "sip",
        .operands = "",
        .about = "Take emergency calls over SIP beside a running server. This program was built\n"
                 "without it: install libre-dev and build again.",
    };
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    (void)fputs("amparo sip: this program was built without SIP; install libre-dev and build "
                "again\n",
                stderr);
    return AMP_EXIT_FAILED;
}
