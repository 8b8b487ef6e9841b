/* The entry points of the subcommands, one line each; the table of them is in main.c. */
#ifndef AMP_CLI_COMMANDS_H
#define AMP_CLI_COMMANDS_H

int amp_cli_backup(int argc, char **argv);
int amp_cli_cards_main(int argc, char **argv);
int amp_cli_courier(int argc, char **argv);
int amp_cli_verifier(int argc, char **argv);
int amp_cli_demo(int argc, char **argv);
int amp_cli_dna(int argc, char **argv);
int amp_cli_erase(int argc, char **argv);
int amp_cli_export(int argc, char **argv);
int amp_cli_geocode(int argc, char **argv);
int amp_cli_held(int argc, char **argv);
int amp_cli_intake(int argc, char **argv);
int amp_cli_isochrone(int argc, char **argv);
int amp_cli_locate(int argc, char **argv);
int amp_cli_log(int argc, char **argv);
int amp_cli_lost(int argc, char **argv);
int amp_cli_map(int argc, char **argv);
int amp_cli_match(int argc, char **argv);
int amp_cli_matrix(int argc, char **argv);
int amp_cli_nearest(int argc, char **argv);
int amp_cli_replay(int argc, char **argv);
int amp_cli_restore(int argc, char **argv);
int amp_cli_reverse(int argc, char **argv);
int amp_cli_route(int argc, char **argv);
int amp_cli_serve(int argc, char **argv);
int amp_cli_sip(int argc, char **argv);
int amp_cli_track(int argc, char **argv);
int amp_cli_user(int argc, char **argv);
int amp_cli_version(int argc, char **argv);
int amp_cli_webhook(int argc, char **argv);

#endif
