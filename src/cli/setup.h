/*
 * What subcommands set up alike: the address to listen on, how many connections, the response
 * plans, the protocol cards.
 */
#ifndef AMP_CLI_SETUP_H
#define AMP_CLI_SETUP_H

#include "response/card.h"
#include "response/plan.h"

enum {
    AMP_LISTEN_ADDR = 64,
    AMP_CLI_PATH = 4096
};

/* "127.0.0.1:8112", "[::1]:8112", ":8112", "8112", "127.0.0.1": what is left out is the default.
 * AMP_E_USAGE with a sentence. */
AMP_MUST amp_err amp_cli_listen(const char *text, char addr[AMP_LISTEN_ADDR], uint16_t *port,
                                struct amp_why *why);
/* The folder of a file that is read again: a renewed file is another one under the same name, and
 * a sandbox that knows only the file would not see it. NULL for NULL. */
const char *amp_cli_folder_of(const char *path, char out[AMP_CLI_PATH]);
/* As many open files as we may have: many consoles and vehicles are many connections. */
void amp_cli_files_allow(void);
/* "amparo: console on http://..." on stderr, once all is ready. */
void amp_cli_console_at(const char *addr, uint16_t port, bool tls);
/* "amparo: first set-up: http://.../#setup=..." if somebody has to set the first password. */
void amp_cli_setup_at(const char *addr, uint16_t port, bool tls, const char *text);
/* The table of `serve --lost`; errors say the line. lost.c */
struct amp_lost_table;
AMP_MUST amp_err amp_cli_lost_table(const char *path, struct amp_lost_table **out,
                                    struct amp_why *why);
/* The built-in plans for NULL. */
AMP_MUST amp_err amp_cli_plans(const char *path, struct amp_plans **out, struct amp_why *why);
/* The cards of a file, or of all files in a folder whose names end in .txt, in their order; checked
 * against the plans. The examples for NULL. */
AMP_MUST amp_err amp_cli_cards(const char *path, const struct amp_plans *plans,
                               struct amp_cards **out, struct amp_why *why);
/* Adds the file, or the folder of files, to a set. */
AMP_MUST amp_err amp_cli_cards_add(struct amp_cards *cards, const char *path, struct amp_why *why);

#endif
