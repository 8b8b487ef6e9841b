/* `amparo verifier` in a build without libxmlsec1: signatures are "unsupported". */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/verifier.h"

amp_err amp_cli_verifier_start(int *out, struct amp_why *why)
{
    (void)out;
    return amp_fail(why, AMP_E_UNSUPPORTED,
                    "this program was built without libxmlsec1, so no signature of an alert is "
                    "looked at; install libxmlsec1-dev and build again");
}

int amp_cli_verifier(int argc, char **argv)
{
    const struct amp_cli_usage usage = {
        .name = "verifier",
        .operands = "",
        .about = "Looks at signatures of alerts for a server. This program was built without it:\n"
                 "install libxmlsec1-dev and build again.",
    };
    int status = amp_cli_options(&usage, argc, argv, NULL);
    return status != AMP_CLI_GO_ON ? status
                                   : amp_cli_misuse("verifier", "`amparo serve` starts it");
}
