/* `amparo version`: which Amparo this is. */
#include "cli/cli.h"
#include "cli/commands.h"
#include <stdio.h>

int amp_cli_version(int argc, char **argv)
{
    static const struct amp_cli_usage usage = {
        .name = "version", .operands = "", .about = "Prints the version of this program."};
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    return printf("amparo %s\n", AMP_VERSION) > 0 ? AMP_EXIT_OK : AMP_EXIT_FAILED;
}
