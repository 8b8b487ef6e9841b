/* Who may do what: every route, asked by every role, by nobody, and by tokens of every scope. */
#include "server/endpoint.h"
#include "server/testbed.h"
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    SCOPES = 8,
    TOO_MANY_MS = 200,
    ROLES = AMP_ROLES - 1, /* but the one of nobody */
    COLUMNS = 1 + ROLES + 2 * SCOPES
};

/* What is right, written down once more and by hand: a change of the table of routes or of the rows
 * of permit.c has to be made here, too, and to be meant.
 *
 * roles: C call taker, D dispatcher, W crew, S supervisor, T trainer, L laboratory, A auditor, M
 * admin, P partner, each with a session; * is everybody, without an account, too.
 * supervisor, admin: what a token of such an account may that has one scope alone: r read, w write,
 * p positions, i intake, m metrics, a admin, e exchange,
 * l alerts. */
struct row {
    const char *method, *path, *roles, *supervisor, *admin;
};
#define ALL "CDWSTLAMP"

/* clang-format off */
static const struct row rows[] = {
    {"POST",   "/v1/calls",                                   "CDS",    "w", ""},
    {"POST",   "/v1/calls/{call}/end",                        "CDS",    "w", ""},
    {"POST",   "/v1/calls/line",                              "DS",     "i", ""},
    {"POST",   "/v1/calls/test",                              "DS",     "i", ""},
    {"POST",   "/v1/intake/{format}",                         "DS",     "i", ""},
    {"GET",    "/v1/sms",                                     "DS",     "i", ""},
    {"POST",   "/v1/sms",                                     "DS",     "i", ""},
    {"GET",    "/v1/sms/outbox",                              "DS",     "i", ""},
    {"GET",    "/v1/sms/delivery",                            "DS",     "i", ""},
    {"POST",   "/v1/sms/delivery",                            "DS",     "i", ""},
    {"GET",    "/v1/incidents",                               "CDWSM",  "r", "r"},
    {"POST",   "/v1/incidents",                               "CDS",    "w", ""},
    {"GET",    "/v1/incidents/{incident}",                    "CDWSM",  "r", "r"},
    {"PATCH",  "/v1/incidents/{incident}",                    "CDS",    "w", ""},
    {"POST",   "/v1/incidents/{incident}/notes",              "CDWS",   "w", ""},
    {"POST",   "/v1/incidents/{incident}/texts",              "CDS",    "w", ""},
    {"POST",   "/v1/incidents/{incident}/links",              "CDS",    "w", ""},
    {"DELETE", "/v1/incidents/{incident}/links/{link}",       "CDS",    "w", ""},
    {"GET",    "/v1/incidents/{incident}/media/{medium}",     "CDS",    "w", ""},
    {"POST",   "/v1/incidents/{incident}/close",              "DS",     "w", ""},
    {"POST",   "/v1/incidents/{incident}/reopen",             "DS",     "w", ""},
    {"POST",   "/v1/incidents/{incident}/merge",              "DS",     "w", ""},
    {"POST",   "/v1/incidents/{incident}/level",              "DS",     "w", ""},
    {"POST",   "/v1/incidents/{incident}/alarm/acknowledge",  "CDS",    "w", ""},
    {"GET",    "/v1/incidents/{incident}/recommendation",     "CDS",    "w", ""},
    {"GET",    "/v1/incidents/{incident}/location",           "CDS",    "w", ""},
    {"POST",   "/v1/incidents/{incident}/assignments",        "DS",     "w", ""},
    {"DELETE", "/v1/incidents/{incident}/assignments/{unit}", "DS",     "w", ""},
    {"GET",    "/v1/incidents/{incident}/eido",               "CDWSM",  "r", "r"},
    {"POST",   "/v1/incidents/{incident}/transfer",           "DS",     "w", ""},
    {"POST",   "/v1/incidents/{incident}/transfer/answer",    "DS",     "w", ""},
    {"GET",    "/v1/aid",                                     "DS",     "w", ""},
    {"POST",   "/v1/incidents/{incident}/aid",                "DS",     "w", ""},
    {"POST",   "/v1/incidents/{incident}/aid/answer",         "DS",     "w", ""},
    {"POST",   "/v1/incidents/{incident}/aid/withdraw",       "DS",     "w", ""},
    {"GET",    "/v1/alerts",                                  "CDWSM",  "r", "r"},
    {"POST",   "/v1/alerts",                                  "DS",     "l", ""},
    {"GET",    "/v1/warnings",                                "CDWSM",  "r", "r"},
    {"POST",   "/v1/warnings",                                "DS",     "w", ""},
    {"POST",   "/v1/warnings/preview",                        "CDWSM",  "r", "r"},
    {"GET",    "/v1/warnings/{warning}.cap",                  "CDWSM",  "r", "r"},
    {"GET",    "/v1/warnings/{warning}",                      "CDWSM",  "r", "r"},
    {"PATCH",  "/v1/warnings/{warning}",                      "DS",     "w", ""},
    {"DELETE", "/v1/warnings/{warning}",                      "DS",     "w", ""},
    {"POST",   "/v1/warnings/{warning}/issue",                "SM",     "w", "w"},
    {"GET",    "/warnings.atom",                              "*",      "",  ""},
    {"GET",    "/warnings/{warning}.cap",                     "*",      "",  ""},
    {"POST",   "/v1/eido",                                    "P",      "",  ""},
    {"GET",    "/v1/eido/subscribe",                          "P",      "",  ""},
    {"GET",    "/v1/eido/{incident}",                         "P",      "",  ""},
    {"GET",    "/v1/partners",                                "CDWSM",  "r", "r"},
    {"POST",   "/v1/incidents/{incident}/shares",             "SM",     "w", "w"},
    {"DELETE", "/v1/incidents/{incident}/shares/{agency}",    "SM",     "w", "w"},
    {"POST",   "/v1/incidents/{incident}/hold",               "SM",     "w", "w"},
    {"DELETE", "/v1/incidents/{incident}/hold",               "SM",     "w", "w"},
    {"POST",   "/v1/incidents/{incident}/erase",              "M",      "",  "a"},
    {"GET",    "/v1/incidents/{incident}/export",             "SM",     "w", "w"},
    {"GET",    "/v1/units",                                   "CDWSM",  "r", "r"},
    {"POST",   "/v1/units",                                   "SM",     "w", "w"},
    {"GET",    "/v1/units/{unit}",                            "CDWSM",  "r", "r"},
    {"PATCH",  "/v1/units/{unit}",                            "SM",     "w", "w"},
    {"POST",   "/v1/units/{unit}/status",                     "DWS",    "w", ""},
    {"GET",    "/v1/units/{unit}/reports",                    "CDWSM",  "r", "r"},
    {"GET",    "/v1/units/{unit}/media/{upload}",             "DWS",    "w", ""},
    {"POST",   "/v1/units/{unit}/media/{upload}",             "DWS",    "w", ""},
    {"GET",    "/v1/stations",                                "CDWSM",  "r", "r"},
    {"POST",   "/v1/stations",                                "SM",     "w", "w"},
    {"GET",    "/v1/hospitals",                               "CDWSM",  "r", "r"},
    {"POST",   "/v1/hospitals",                               "SM",     "w", "w"},
    {"PATCH",  "/v1/hospitals/{hospital}",                    "SM",     "w", "w"},
    {"POST",   "/v1/hospitals/{hospital}/status",             "DS",     "w", ""},
    {"POST",   "/v1/positions",                               "DWS",    "p", ""},
    {"GET",    "/v1/fleet/{format}",                          "DWS",    "p", ""},
    {"POST",   "/v1/fleet/{format}",                          "DWS",    "p", ""},
    {"GET",    "/v1/geocode",                                 "CDWSTM", "r", "r"},
    {"GET",    "/v1/reverse",                                 "CDWSTM", "r", "r"},
    {"GET",    "/v1/route",                                   "CDWSTM", "r", "r"},
    {"GET",    "/v1/nearest",                                 "CDWSM",  "r", "r"},
    {"GET",    "/v1/coverage",                                "CDWSM",  "r", "r"},
    {"GET",    "/v1/isochrone",                               "CDWSM",  "r", "r"},
    {"GET",    "/v1/location",                                "CDWSM",  "r", "r"},
    {"GET",    "/v1/closures",                                "CDWSTM", "r", "r"},
    {"POST",   "/v1/closures",                                "DS",     "w", ""},
    {"GET",    "/v1/closures/preview",                        "CDWSTM", "r", "r"},
    {"GET",    "/v1/closures/{closure}",                      "CDWSTM", "r", "r"},
    {"PATCH",  "/v1/closures/{closure}",                      "DS",     "w", ""},
    {"DELETE", "/v1/closures/{closure}",                      "DS",     "w", ""},
    {"POST",   "/v1/closures/{closure}/restore",              "DS",     "w", ""},
    {"GET",    "/v1/plans",                                   "CDWSTM", "r", "r"},
    {"GET",    "/v1/cards",                                   "CDWSTM", "r", "r"},
    {"GET",    "/v1/tiles/{z}/{x}/{y}.mvt",                   "CDWSTM", "r", "r"},
    {"GET",    "/v1/map",                                     "CDWSTM", "r", "r"},
    {"POST",   "/v1/map/reload",                              "M",      "",  "a"},
    {"POST",   "/lost",                                       "*",      "",  ""},
    {"GET",    "/v1/log/root",                                "*",      "",  ""},
    {"GET",    "/v1/log/checkpoint",                          "*",      "",  ""},
    {"GET",    "/v1/log/key",                                 "*",      "",  ""},
    {"GET",    "/v1/log/tile/{path*}",                        "*",      "",  ""},
    {"GET",    "/v1/log/proof",                               "*",      "",  ""},
    {"GET",    "/v1/log/consistency",                         "*",      "",  ""},
    {"GET",    "/v1/log/witnesses",                           "SAM",    "r", "r"},
    {"POST",   "/v1/log/witnesses",                           "M",      "",  "a"},
    {"POST",   "/v1/log/cosignatures",                        "SAM",    "r", "r"},
    {"GET",    "/v1/audit",                                   "SAM",    "r", "r"},
    {"GET",    "/v1/audit/records",                           "SAM",    "r", "r"},
    {"GET",    "/v1/statistics",                              "SM",     "w", "w"},
    {"GET",    "/v1/statistics/crews",                        "SM",     "w", "w"},
    {"GET",    "/v1/past",                                    "SM",     "w", "w"},
    {"GET",    "/v1/past/events",                             "SM",     "w", "w"},
    {"GET",    "/v1/export/{file}",                           "SM",     "w", "w"},
    {"GET",    "/v1/webhooks",                                "M",      "",  "a"},
    {"POST",   "/v1/webhooks",                                "M",      "",  "a"},
    {"DELETE", "/v1/webhooks/{webhook}",                      "M",      "",  "a"},
    {"GET",    "/v1/webhooks/{webhook}/dead",                 "M",      "",  "a"},
    {"POST",   "/v1/webhooks/{webhook}/retry",                "M",      "",  "a"},
    {"GET",    "/v1/session",                                 ALL,      "r", "r"},
    {"POST",   "/v1/session",                                 "*",      "",  ""},
    {"POST",   "/v1/setup",                                   "*",      "",  ""},
    {"GET",    "/v1/sessions",                                ALL,      "r", "r"},
    {"DELETE", "/v1/sessions/{session}",                      ALL,      "r", "r"},
    {"POST",   "/v1/password",                                ALL,      "",  ""}, /* no token */
    {"POST",   "/v1/totp",                                    ALL,      "",  ""},
    {"POST",   "/v1/totp/confirm",                            ALL,      "",  ""},
    {"DELETE", "/v1/totp",                                    ALL,      "",  ""},
    {"GET",    "/v1/accounts",                                "SM",     "w", "w"},
    {"POST",   "/v1/accounts",                                "M",      "",  "a"},
    {"PATCH",  "/v1/accounts/{account}",                      "M",      "",  "a"},
    {"POST",   "/v1/accounts/{account}/reset",                "M",      "",  "a"},
    {"GET",    "/v1/tokens",                                  ALL,      "r", "r"},
    {"POST",   "/v1/tokens",                                  ALL,      "",  ""}, /* nor this */
    {"DELETE", "/v1/tokens/{token}",                          ALL,      "r", "r"},
    {"GET",    "/v1/agencies",                                "CDWSM",  "r", "r"},
    {"POST",   "/v1/agencies",                                "M",      "",  "a"},
    {"GET",    "/v1/demo",                                    "ST",     "w", ""},
    {"PATCH",  "/v1/demo",                                    "ST",     "w", ""},
    {"GET",    "/v1/config",                                  ALL,      "r", "r"},
    {"GET",    "/v1/openapi.yaml",                            ALL,      "r", "r"},
    {"GET",    "/v1/events",                                  "CDWSM",  "r", "r"},
    {"GET",    "/s/caller.js",                                "*",      "",  ""},
    {"GET",    "/s/caller.css",                               "*",      "",  ""},
    {"GET",    "/s/{token}",                                  "*",      "",  ""},
    {"POST",   "/s/{token}",                                  "*",      "",  ""},
    {"POST",   "/s/{token}/{what}",                           "*",      "",  ""},
    {"GET",    "/s/{token}/media/{upload}",                   "*",      "",  ""},
    {"POST",   "/s/{token}/media/{upload}",                   "*",      "",  ""},
    {"GET",    "/healthz",                                    "*",      "",  ""},
    {"GET",    "/readyz",                                     "*",      "",  ""},
    {"GET",    "/metrics",                                    "SAM",    "m", "m"},
    {"GET",    "/",                                           "*",      "",  ""},
    {"GET",    "/crew",                                       "*",      "",  ""},
    {"GET",    "/crew/{file}",                                "*",      "",  ""},
    {"GET",    "/sw.js",                                      "*",      "",  ""},
    {"GET",    "/assets/{file}",                              "*",      "",  ""},
    /* the session ends with it: last */
    {"DELETE", "/v1/session",                                 ALL,      "r", "r"},
};
/* clang-format on */

static const struct {
    char letter;
    enum amp_role role;
    const char *more;
} roles[ROLES] = {
    {'C', AMP_ROLE_CALL_TAKER, ""},
    {'D', AMP_ROLE_DISPATCHER, ""},
    {'W', AMP_ROLE_CREW, ",\"unit\":\"M1\""},
    {'S', AMP_ROLE_SUPERVISOR, ""},
    {'T', AMP_ROLE_TRAINER, ""},
    {'L', AMP_ROLE_LABORATORY, ""},
    {'A', AMP_ROLE_AUDITOR, ""},
    {'M', AMP_ROLE_ADMIN, ""},
    {'P', AMP_ROLE_PARTNER, ""},
};
static const char *const scopes[SCOPES] = {"read",    "write", "positions", "intake",
                                           "metrics", "admin", "exchange",  "alerts"};
static const char letters[SCOPES + 1] = "rwpimael";

struct column {       /* who asks */
    const char *kind; /* "nobody", "role", "supervisor", "admin" */
    char letter;
    char as[BED_SECRET];
};

static const struct amp_endpoint *endpoint_of(const struct row *row)
{
    for (size_t i = 0; i < amp_endpoint_n; i++) {
        if (strcmp(amp_endpoints[i].path, row->path) == 0 &&
            strcmp(amp_method_name(amp_endpoints[i].method), row->method) == 0) {
            return &amp_endpoints[i];
        }
    }
    return NULL;
}

static void every_route_has_its_row_here(void **state)
{
    (void)state;
    for (size_t i = 0; i < amp_endpoint_n; i++) {
        int n = 0;
        for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
            n += endpoint_of(&rows[k]) == &amp_endpoints[i];
        }
        if (n != 1) {
            fail_msg("%s %s has %d rows here: say who may",
                     amp_method_name(amp_endpoints[i].method), amp_endpoints[i].path, n);
        }
    }
}

/* Names of things that are not there: who may ask hears that, and nothing changes. */
static void path_fill(const char *path, char out[BED_PATH])
{
    static const char *const values[][2] = {
        {"{incident}", "I-99"}, {"{call}", "C-99"},
        {"{unit}", "NO"},       {"{agency}", "no"},
        {"{link}", "99"},       {"{medium}", "99"},
        {"{what}", "text"},     {"{upload}", "none-such"},
        {"{format}", "no"},     {"{closure}", "X-99"},
        {"{z}", "1"},           {"{x}", "1"},
        {"{y}", "1"},           {"{path*}", "0/000"},
        {"{session}", "0"},     {"{token}", "0"},
        {"{account}", "no"},    {"{file}", "no.js"},
        {"{hospital}", "NO"},   {"{webhook}", "0"},
        {"{warning}", "W-99"},
    };
    size_t n = 0;
    while (*path != '\0') {
        const char *value = NULL;
        for (size_t i = 0; *path == '{' && i < sizeof values / sizeof values[0]; i++) {
            value = strncmp(path, values[i][0], strlen(values[i][0])) == 0 ? values[i][1] : value;
        }
        assert_true(*path != '{' || value != NULL);
        assert_true(n + 16 < BED_PATH);
        if (value != NULL) {
            n += (size_t)snprintf(out + n, BED_PATH - n, "%s", value);
            path = strchr(path, '}') + 1;
        } else {
            out[n++] = *path++;
        }
    }
    out[n] = '\0';
}

static bool is_right(const struct row *row, const struct column *column)
{
    if (strcmp(row->roles, "*") == 0) {
        return true;
    }
    const char *set = strcmp(column->kind, "nobody") == 0       ? ""
                      : strcmp(column->kind, "role") == 0       ? row->roles
                      : strcmp(column->kind, "supervisor") == 0 ? row->supervisor
                                                                : row->admin;
    return strchr(set, column->letter) != NULL;
}

/* One cell; says what is wrong with it. */
static bool cell_holds(struct bed *bed, const struct row *row, const struct column *column)
{
    struct reply reply;
    char path[BED_PATH];
    path_fill(row->path, path);
    bed->as = column->as[0] != '\0' ? column->as : NULL;
    bed_send(bed, row->method, path, strcmp(row->method, "GET") == 0 ? NULL : "{}", NULL, &reply);
    while (column->as[0] == '\0' && reply.status == 429) { /* nobody may ask so often */
        (void)poll(NULL, 0, TOO_MANY_MS);
        reply_free(&reply);
        bed_send(bed, row->method, path, strcmp(row->method, "GET") == 0 ? NULL : "{}", NULL,
                 &reply);
    }
    bool may = is_right(row, column);
    int refusal = bed->as == NULL ? 401 : 403;
    bool holds = may ? reply.status < 500 && reply.status != 401 && reply.status != 403 &&
                           reply.status != 405 && reply.status != 429
                     : reply.status == refusal;
    if (holds && !may) {
        holds = strcmp(reply_text(&reply, "code"),
                       refusal == 401 ? "unauthenticated" : "forbidden") == 0;
    }
    holds = holds || (may && reply.status == 503 && strcmp(row->path, "/readyz") == 0);
    if (!holds) {
        print_message("# %s %s by %s %c gave %d, and it %s\n", row->method, row->path, column->kind,
                      column->letter, reply.status, may ? "may" : "may not");
    }
    reply_free(&reply);
    bed->as = NULL;
    return holds;
}

static size_t columns_make(struct bed *bed, struct column *column)
{
    size_t n = 0;
    column[n++] = (struct column){.kind = "nobody", .letter = '-'};
    for (size_t i = 0; i < ROLES; i++) {
        char setup[BED_SECRET];
        column[n] = (struct column){.kind = "role", .letter = roles[i].letter};
        bed_account(bed, amp_role_name(roles[i].role), roles[i].role, roles[i].more, setup);
        bed_enter(bed, setup, column[n++].as);
    }
    static const char *const owners[] = {"supervisor", "admin"};
    for (size_t o = 0; o < 2; o++) {
        for (size_t i = 0; i < SCOPES; i++) {
            char list[BED_PATH];
            column[n] = (struct column){.kind = owners[o], .letter = letters[i]};
            (void)snprintf(list, sizeof list, "\"%s\"", scopes[i]);
            bed_token(bed, owners[o], list, column[n++].as);
        }
    }
    return n;
}

static void each_role_and_scope_gets_exactly_what_its_row_says(void **state)
{
    struct bed *bed = calloc(1, sizeof *bed);
    struct column *column = calloc(COLUMNS, sizeof *column);
    size_t cells = 0, wrong = 0, allowed = 0;
    (void)state;
    assert_non_null(bed);
    assert_non_null(column);
    bed_init(bed);
    bed->config.open = false;
    bed_start(bed);
    bed_town(bed);
    size_t column_n = columns_make(bed, column);
    assert_int_equal(column_n, COLUMNS);
    for (size_t c = 0; c < column_n; c++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            if (endpoint_of(&rows[i]) == NULL) {
                continue; /* a row of a route that is not there proves nothing */
            }
            wrong += !cell_holds(bed, &rows[i], &column[c]);
            allowed += is_right(&rows[i], &column[c]);
            cells++;
        }
    }
    print_message("# %zu cells: %zu routes by nobody, %d roles and %d kinds of token; %zu allowed, "
                  "%zu refused, %zu wrong\n",
                  cells, cells / column_n, ROLES, 2 * SCOPES, allowed, cells - allowed, wrong);
    assert_int_equal(cells, column_n * amp_endpoint_n);
    assert_int_equal(wrong, 0);
    bed_drop(bed);
    free(column);
    free(bed);
}

static void what_is_no_route_says_nothing_of_itself_to_nobody(void **state)
{
    static const char *const paths[] = {"/v1",
                                        "/v1/",
                                        "/v1/users",
                                        "/v2/incidents",
                                        "/etc/passwd",
                                        "/assets/../v1/units",
                                        "/v1//incidents",
                                        "/%76%31/units"};
    struct bed bed;
    (void)state;
    bed_init(&bed);
    bed.config.open = false;
    bed_start(&bed);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct reply reply;
        bed_get(&bed, paths[i], &reply);
        if (reply.status != 404 && reply.status != 400 && reply.status != 401) {
            fail_msg("%s gave %d", paths[i], reply.status);
        }
        reply_free(&reply);
    }
    bed_drop(&bed);
}

static void what_looks_like_a_credential_and_is_none_lets_nobody_in(void **state)
{
    static const char *const fields[] = {
        "Authorization: Bearer \r\n",
        "Authorization: Bearer amp_\r\n",
        "Authorization: Bearer amp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n",
        "Authorization: Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n",
        "Authorization: Basic YWRtaW46YWRtaW4=\r\n",
        "Authorization: Bearer null\r\nX-Amparo-Actor: admin\r\n",
        "Cookie: amparo=\r\n",
        "Cookie: amparo=amp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n",
        "Cookie: amparo=x; amparo=y; other=z\r\n",
        "X-Amparo-Actor: local\r\n",
        "X-Forwarded-User: admin\r\nX-Forwarded-For: 127.0.0.1\r\n",
    };
    struct bed bed;
    (void)state;
    bed_init(&bed);
    bed.config.open = false;
    bed_start(&bed);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct reply reply;
        bed_send(&bed, "GET", "/v1/session", NULL, fields[i], &reply);
        assert_int_equal(reply.status, 401);
        assert_string_equal(reply_text(&reply, "code"), "unauthenticated");
        assert_true(reply_field(&reply, "WWW-Authenticate").len > 0);
        reply_free(&reply);
    }
    bed_drop(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_has_its_row_here),
        cmocka_unit_test(each_role_and_scope_gets_exactly_what_its_row_says),
        cmocka_unit_test(what_is_no_route_says_nothing_of_itself_to_nobody),
        cmocka_unit_test(what_looks_like_a_credential_and_is_none_lets_nobody_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
