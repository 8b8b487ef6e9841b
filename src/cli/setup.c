/* The address to listen on, response plans and cards, for the subcommands that need them. */
#include "cli/setup.h"

#include "cli/cli.h"
#include "server/server.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum {
    PORT_MAX = 65535,
    SETUP_END = 128
};

amp_err amp_cli_listen(const char *text, char addr[AMP_LISTEN_ADDR], uint16_t *port,
                       struct amp_why *why)
{
    struct amp_str whole = amp_str_of(text);
    struct amp_str host = {0};
    struct amp_str number = {0};
    uint64_t value = AMP_SERVER_PORT;
    uint64_t alone = 0;
    if (whole.len > 0 && whole.ptr[0] == '[') {
        struct amp_str before = {0};
        const struct amp_str inside = {.ptr = whole.ptr + 1, .len = whole.len - 1};
        number = amp_str_cut(amp_str_cut(inside, ']', &host), ':', &before);
    } else {
        number = amp_str_cut(whole, ':', &host);
    }
    if (number.ptr == NULL && amp_str_u64(host, &alone) == AMP_OK) {
        number = host;
        host = (struct amp_str){0};
    }
    host = host.len > 0 ? host : AMP_STR("127.0.0.1");
    if ((number.ptr != NULL && amp_str_u64(number, &value) != AMP_OK) || value > PORT_MAX ||
        amp_str_copy(addr, AMP_LISTEN_ADDR, host) != AMP_OK) {
        return amp_fail(why, AMP_E_USAGE, "--listen wants ADDR:PORT, such as 127.0.0.1:8112");
    }
    *port = (uint16_t)value;
    return AMP_OK;
}

static void address_print(const char *what, const char *addr, uint16_t port, bool tls,
                          const char *end)
{
    bool six = strchr(addr, ':') != NULL;
    (void)fprintf(stderr, "amparo: %s http%s://%s%s%s:%u%s\n", what, tls ? "s" : "", six ? "[" : "",
                  addr, six ? "]" : "", (unsigned)port, end);
}

void amp_cli_console_at(const char *addr, uint16_t port, bool tls)
{
    address_print("console on", addr, port, tls, "");
}

void amp_cli_setup_at(const char *addr, uint16_t port, bool tls, const char *text)
{
    char end[SETUP_END];
    if (text[0] != '\0') {
        (void)snprintf(end, sizeof end, "/#setup=%s", text);
        address_print("first set-up:", addr, port, tls, end);
    }
}

amp_err amp_cli_plans(const char *path, struct amp_plans **out, struct amp_why *why)
{
    struct amp_buf text = {0};
    if (path == NULL) {
        return amp_plans_builtin(out);
    }
    amp_err err = amp_cli_read_file(path, AMP_PLAN_BYTES, &text, why);
    err = err ? err : amp_plans_read(amp_buf_view(&text), out, why);
    amp_buf_free(&text);
    return err;
}

const char *amp_cli_folder_of(const char *path, char out[AMP_CLI_PATH])
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    if (path == NULL) {
        return NULL;
    }
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    (void)snprintf(out, AMP_CLI_PATH, "%.*s", (int)len, path);
    if (len == 0) {
        (void)snprintf(out, AMP_CLI_PATH, "%s", slash == NULL ? "." : "/");
    }
    return out;
}

void amp_cli_files_allow(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* ---- protocol cards ---- */

static amp_err cards_file(struct amp_cards *cards, const char *path, struct amp_why *why)
{
    struct amp_buf text = {0};
    amp_err err = amp_cli_read_file(path, AMP_CARD_BYTES, &text, why);
    err = err ? err : amp_cards_read(cards, amp_str_of(path), amp_buf_view(&text), why);
    amp_buf_free(&text);
    return err;
}

static int is_cards(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && entry->d_name[0] != '.' && strcmp(entry->d_name + len - 4, ".txt") == 0;
}

static amp_err cards_folder(struct amp_cards *cards, const char *path, struct amp_why *why)
{
    struct dirent **entry = NULL;
    int n = scandir(path, &entry, is_cards, alphasort);
    if (n < 0) {
        return amp_fail(why, AMP_E_IO, "%s: %s", path, strerror(errno));
    }
    amp_err err = n > 0 ? AMP_OK
                        : amp_fail(why, AMP_E_NOT_FOUND,
                                   "%s: no file there ends in .txt; name them so", path);
    for (int i = 0; i < n; i++) {
        char name[AMP_CLI_PATH];
        int len = snprintf(name, sizeof name, "%s/%s", path, entry[i]->d_name);
        bool fits = len > 0 && len < AMP_CLI_PATH;
        err = err || fits ? err : amp_fail(why, AMP_E_LIMIT, "%s: its name is too long", path);
        err = err ? err : cards_file(cards, name, why);
        free(entry[i]);
    }
    free((void *)entry);
    return err;
}

amp_err amp_cli_cards_add(struct amp_cards *cards, const char *path, struct amp_why *why)
{
    struct stat about;
    bool folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
    return folder ? cards_folder(cards, path, why) : cards_file(cards, path, why);
}

amp_err amp_cli_cards(const char *path, const struct amp_plans *plans, struct amp_cards **out,
                      struct amp_why *why)
{
    struct amp_cards *cards = NULL;
    if (path == NULL) {
        return amp_cards_builtin(plans, out);
    }
    amp_err err = amp_cards_create(&cards);
    err = err ? err : amp_cli_cards_add(cards, path, why);
    err = err ? err : amp_cards_check(cards, plans, why);
    if (err) {
        amp_cards_free(cards);
        return err;
    }
    *out = cards;
    return AMP_OK;
}
