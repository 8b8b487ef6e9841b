/* `amparo`: one binary; the first word chooses a row of the table of subcommands. */
#include "cli/cli.h"
#include "cli/commands.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct amp_cli_command commands[] = {
    {"backup", "copy the record of a running server, and verify the copy", amp_cli_backup},
    {"cards", "check protocol cards: what to ask a caller", amp_cli_cards_main},
    {"courier", "carry requests out of the house for a server", amp_cli_courier},
    {"verifier", "look at signatures of alerts for a server", amp_cli_verifier},
    {"demo", "a city, crews and callers, and the console in a browser", amp_cli_demo},
    {"dna", "likelihood ratios: mixtures, kinship, victim identification", amp_cli_dna},
    {"erase", "destroy the personal data of an incident", amp_cli_erase},
    {"export", "incidents or crews as CSV or GeoJSON", amp_cli_export},
    {"geocode", "find a street, an address or a place on the map", amp_cli_geocode},
    {"held", "where a location server says that somebody is (HELD)", amp_cli_held},
    {"intake", "read one message in a wire format and print the model of it", amp_cli_intake},
    {"isochrone", "the area reached by road in some minutes", amp_cli_isochrone},
    {"locate", "what a caller's position can mean, and which crew it wants", amp_cli_locate},
    {"log", "is the record whole, what is its root; prove a record, check a proof", amp_cli_log},
    {"lost", "which centre serves a place (LoST)", amp_cli_lost},
    {"map", "a map from an OpenStreetMap extract; a made-up town", amp_cli_map},
    {"match", "the roads that a unit's own position trace was driven on", amp_cli_match},
    {"matrix", "road times from many places to many", amp_cli_matrix},
    {"nearest", "which crews can be there first, by road", amp_cli_nearest},
    {"replay", "recorded calls through the state machine, with response times", amp_cli_replay},
    {"restore", "put a backup back, once it is verified", amp_cli_restore},
    {"reverse", "what is at a position", amp_cli_reverse},
    {"route", "the fastest way by road between two positions", amp_cli_route},
    {"serve", "run the server: API, live push, console", amp_cli_serve},
    {"sip", "take emergency calls over SIP, beside a server", amp_cli_sip},
    {"track", "positions from trackers, brokers and TAK, handed to the server", amp_cli_track},
    {"user", "accounts, agencies and API tokens", amp_cli_user},
    {"version", "print the version", amp_cli_version},
    {"webhook", "other systems that are told of events", amp_cli_webhook},
};

enum {
    COMMAND_N = sizeof commands / sizeof commands[0]
};

static void help_print(FILE *to)
{
    (void)fprintf(to, "usage: amparo COMMAND [options]\n\n"
                      "Open emergency response: from a call for help to a crew on its way,\n"
                      "and a record that anyone can check.\n\ncommands:\n");
    for (size_t i = 0; i < COMMAND_N; i++) {
        (void)fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    (void)fprintf(to, "\n`amparo COMMAND --help` says more.\n");
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error to report, not a death */
    if (argc < 2) {
        help_print(stderr);
        return AMP_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        help_print(stdout);
        return AMP_EXIT_OK;
    }
    const char *asked = strcmp(argv[1], "--version") == 0 ? "version" : argv[1];
    for (size_t i = 0; i < COMMAND_N; i++) {
        if (strcmp(asked, commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "amparo: there is no command \"%s\"; try `amparo --help`.\n", argv[1]);
    return AMP_EXIT_USAGE;
}
