/* `amparo serve`: the server, until it is told to stop. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/courier.h"
#include "cli/master.h"
#include "cli/roads.h"
#include "cli/setup.h"
#include "cli/verifier.h"
#include "intake/alert_area.h"
#include "intake/lost_table.h"
#include "server/aml_key.h"
#include "server/feeds.h"
#include "server/i3.h"
#include "server/log.h"
#include "server/notify.h"
#include "server/partner.h"
#include "server/random.h"
#include "server/retention.h"
#include "server/sandbox.h"
#include "server/server.h"
#include "server/sms.h"
#include "server/tls.h"
#include "server/warnings.h"
#include "server/zone.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STOP_LIMIT_S = 30,
    SETTINGS_BYTES = 65536,
    PLANS_KEPT = 256, /* that were read again */
    AGAIN_MAX = 9
};

struct serve {
    const char *zone; /* NULL: the machine's */
    char zone_name[AMP_ZONE_TEXT];
    const char *data, *map_path, *listen, *store_name, *plans_path, *cards_path;
    const char *tls_cert, *tls_key, *origin, *profiles_path, *lost_path;
    const char *aml_key_path;
    char aml_key[AMP_AML_KEY_MAX + 1];
    struct amp_master_from master_from;
    double rate;
    int64_t snapshot_every;
    bool quiet, behind_proxy, no_sandbox;
    uint8_t master[AMP_KEY];
    struct amp_tls *tls;
    bool aes256_only;
    char local[AMP_CLI_PATH];
    char again_dir[AGAIN_MAX][AMP_CLI_PATH]; /* of files that are read again */
    char addr[AMP_LISTEN_ADDR];
    uint16_t port;
    struct amp_store *store;
    struct amp_plans *plans;
    struct amp_plans *plans_before[PLANS_KEPT]; /* looked at until the server stopped */
    size_t plans_n;
    struct amp_cards *cards;
    struct amp_lost_table *lost;
    struct amp_map map;
    const char *sms_path; /* NULL: texts wait in the outbox */
    struct amp_sms_gateway sms;
    const char *partners_path; /* NULL: no partner centres */
    struct amp_partners partners;
    const char *feeds_path; /* NULL: no feeds of alerts */
    struct amp_feeds feeds;
    const char *alert_areas_path; /* NULL: no table */
    struct amp_alert_areas *alert_areas;
    const char *warnings_path; /* NULL: nothing is issued to the public */
    const char *i3_path;
    struct amp_cli_peer peer; /* what is shown to who we connect to */
    struct amp_i3 i3;
    struct amp_warning_settings warnings;
    const char *link_url; /* how callers reach this server; NULL: they do not */
    int courier_fd;       /* the server's once it started */
    int verifier_fd;      /* the same; 0: no keys are given, or nobody can look */
    int failed_fd;        /* readable when a commit failed */
    struct amp_notify notify;
};

/* The key comes before the journal: a new one is made only where there is no journal yet. */
static amp_err store_open(struct serve *serve, struct amp_why *why)
{
    bool made = false;
    if (strcmp(serve->store_name, "memory") == 0) {
        amp_random(serve->master, sizeof serve->master);
        return amp_store_memory(&serve->store);
    }
    if (strcmp(serve->store_name, "sqlite") != 0) {
        return amp_fail(why, AMP_E_UNSUPPORTED, "there is no store \"%s\"; there is sqlite",
                        serve->store_name);
    }
    if (serve->data == NULL) {
        return amp_fail(why, AMP_E_USAGE, "--data DIR says where the journal is kept");
    }
    if (mkdir(serve->data, 0700) != 0 && errno != EEXIST) {
        return amp_fail(why, AMP_E_IO, "%s: %s", serve->data, strerror(errno));
    }
    serve->master_from.dir = serve->data;
    serve->master_from.make = true;
    amp_err err = amp_cli_master(&serve->master_from, serve->master, &made, why);
    if (made) {
        (void)fprintf(stderr,
                      "amparo: the new master key is %s/master.key; keep a copy where no backup of "
                      "the journal is: without it nothing personal can be read\n",
                      serve->data);
    }
    int n = snprintf(serve->local, sizeof serve->local, "%s/%s", serve->data, AMP_CONTROL_SOCKET);
    if (err == AMP_OK && n >= AMP_CLI_PATH) {
        err = amp_fail(why, AMP_E_LIMIT, "the name of the directory is too long");
    }
    return err ? err : amp_store_sqlite(serve->data, false, &serve->store, why);
}

static int64_t now_us(void)
{
    struct amp_clock clock = amp_clock_real();
    return clock.now_us(clock.ctx);
}

/* A word on a certificate that is good to use. */
static void warned(struct amp_why *why)
{
    if (why->text[0] != '\0') {
        amp_log(false, AMP_LOG_WARN, "certificate", "%s", why->text);
        why->text[0] = '\0';
    }
}

static amp_err tls_open(struct serve *serve, struct amp_why *why)
{
    if (serve->aes256_only && serve->tls_cert == NULL) {
        return amp_fail(why, AMP_E_USAGE, "--tls-aes256-only goes with --tls-cert and --tls-key");
    }
    if (serve->tls_cert == NULL && serve->tls_key == NULL) {
        return AMP_OK;
    }
    if (serve->tls_cert == NULL || serve->tls_key == NULL) {
        return amp_fail(why, AMP_E_USAGE, "--tls-cert and --tls-key go together");
    }
    amp_err err = amp_tls_open(serve->tls_cert, serve->tls_key, now_us(), &serve->tls, why);
    if (err == AMP_OK && serve->aes256_only) {
        amp_tls_aes256_only(serve->tls);
    }
    if (err == AMP_OK) {
        warned(why);
    }
    return err;
}

/* A secret: its owner's alone to read. */
static amp_err aml_key_read(struct serve *serve, struct amp_why *why)
{
    struct amp_buf text = amp_buf_make(AMP_AML_KEY_MAX);
    struct stat found = {0};
    if (serve->aml_key_path == NULL) {
        return AMP_OK;
    }
    amp_err err = amp_cli_read_file(serve->aml_key_path, AMP_AML_KEY_MAX - 1, &text, why);
    if (err == AMP_OK && (stat(serve->aml_key_path, &found) != 0 || (found.st_mode & 077) != 0)) {
        err = amp_fail(why, AMP_E_FORBIDDEN, "%s can be read by others: chmod 600",
                       serve->aml_key_path);
    }
    struct amp_str key = amp_str_trim(amp_buf_view(&text));
    if (err == AMP_OK && key.len == 0) {
        err = amp_fail(why, AMP_E_MISSING, "%s is empty", serve->aml_key_path);
    }
    err = err ? err : amp_str_copy(serve->aml_key, sizeof serve->aml_key, key);
    amp_buf_free(&text);
    return err;
}

/* A file whose passwords are nobody else's to read. */
static amp_err settings_read(const char *path, char text[SETTINGS_BYTES], size_t *n,
                             struct amp_why *why)
{
    struct stat st;
    FILE *file = fopen(path, "re");
    if (file == NULL || fstat(fileno(file), &st) != 0) {
        int number = errno;
        if (file != NULL) {
            (void)fclose(file);
        }
        return amp_fail(why, AMP_E_IO, "%s: %s", path, strerror(number));
    }
    *n = fread(text, 1, SETTINGS_BYTES, file);
    bool whole = *n < SETTINGS_BYTES;
    (void)fclose(file);
    if ((st.st_mode & 077) != 0) {
        return amp_fail(why, AMP_E_FORBIDDEN, "others may read %s: chmod 600 it", path);
    }
    return whole ? AMP_OK : amp_fail(why, AMP_E_LIMIT, "%s is too long", path);
}

static amp_err sms_open(struct serve *serve, struct amp_why *why)
{
    char text[SETTINGS_BYTES];
    size_t n = 0;
    if (serve->sms_path == NULL) {
        return AMP_OK;
    }
    amp_err err = settings_read(serve->sms_path, text, &n, why);
    err = err ? err : amp_sms_gateway_read((struct amp_str){text, n}, &serve->sms, why);
    amp_wipe(text, sizeof text);
    return err;
}

static amp_err partners_open(struct serve *serve, struct amp_why *why)
{
    char text[SETTINGS_BYTES];
    size_t n = 0;
    if (serve->partners_path == NULL) {
        return AMP_OK;
    }
    amp_err err = settings_read(serve->partners_path, text, &n, why);
    err = err ? err : amp_partners_read((struct amp_str){text, n}, &serve->partners, why);
    amp_wipe(text, sizeof text);
    return err;
}

static amp_err feeds_open(struct serve *serve, struct amp_why *why)
{
    char text[SETTINGS_BYTES];
    size_t n = 0;
    if (serve->feeds_path == NULL) {
        return AMP_OK;
    }
    amp_err err = settings_read(serve->feeds_path, text, &n, why);
    err = err ? err : amp_feeds_read((struct amp_str){text, n}, &serve->feeds, why);
    amp_wipe(text, sizeof text);
    return err;
}

static amp_err key_open(struct amp_sign_key *key, struct amp_why *why)
{
    struct amp_buf text = amp_buf_make(SETTINGS_BYTES);
    amp_err err = amp_cli_read_file(key->file, SETTINGS_BYTES, &text, why);
    err = err ? err : amp_sign_key_read(amp_buf_view(&text), key, why);
    if (err == AMP_OK && key->until_us > 0 && key->until_us < now_us()) {
        amp_log(false, AMP_LOG_WARN, "signature", "the certificate %s has expired", key->file);
    }
    amp_buf_free(&text);
    return err;
}

static amp_err ca_open(struct amp_sign_ca *ca, struct amp_why *why)
{
    struct amp_buf text = amp_buf_make(SETTINGS_BYTES);
    bool expired = false;
    amp_err err = amp_cli_read_file(ca->file, SETTINGS_BYTES, &text, why);
    err = err ? err : amp_sign_ca_read(amp_buf_view(&text), now_us(), ca, &expired, why);
    if (err == AMP_OK && expired) {
        amp_log(false, AMP_LOG_WARN, "signature", "a certificate in %s has expired", ca->file);
    }
    amp_buf_free(&text);
    return err;
}

/* Where keys or authorities are given: who looks at signatures, and then their files. */
static amp_err verifier_open(struct serve *serve, struct amp_why *why)
{
    size_t keys = 0;
    for (size_t i = 0; i < serve->feeds.n; i++) {
        keys += serve->feeds.feed[i].sign.n + serve->feeds.feed[i].sign.ca_n;
    }
    amp_err err = keys > 0 ? amp_cli_verifier_start(&serve->verifier_fd, why) : AMP_OK;
    if (err == AMP_E_UNSUPPORTED) {
        amp_log(false, AMP_LOG_WARN, "signature", "%s", why->text);
        why->text[0] = '\0';
        err = AMP_OK;
    }
    for (size_t i = 0; i < serve->feeds.n; i++) {
        struct amp_sign_rule *rule = &serve->feeds.feed[i].sign;
        for (size_t k = 0; err == AMP_OK && k < rule->n; k++) {
            err = key_open(&rule->key[k], why);
        }
        for (size_t k = 0; err == AMP_OK && k < rule->ca_n; k++) {
            err = ca_open(&rule->ca[k], why);
        }
    }
    return err;
}

/* Where the areas are that alerts name by codes. */
static amp_err alert_areas_open(struct serve *serve, struct amp_why *why)
{
    struct amp_buf text = amp_buf_make(AMP_ALERT_AREAS_BYTES);
    struct amp_why inner = {""};
    if (serve->alert_areas_path == NULL) {
        return AMP_OK;
    }
    amp_err err = amp_cli_read_file(serve->alert_areas_path, AMP_ALERT_AREAS_BYTES, &text, why);
    if (err == AMP_OK) {
        err = amp_alert_areas_read(amp_buf_view(&text), &serve->alert_areas, &inner);
        err = err == AMP_OK ? AMP_OK
                            : amp_fail(why, err, "%s: %.300s", serve->alert_areas_path, inner.text);
    }
    amp_buf_free(&text);
    return err;
}

static amp_err warnings_open(struct serve *serve, struct amp_why *why)
{
    struct amp_buf text = amp_buf_make(SETTINGS_BYTES);
    struct amp_why line = {""};
    if (serve->warnings_path == NULL) {
        return AMP_OK;
    }
    amp_err err = amp_cli_read_file(serve->warnings_path, SETTINGS_BYTES - 1, &text, why);
    if (err == AMP_OK) {
        err = amp_warning_settings_read(amp_buf_view(&text), &serve->warnings, &line);
        err = err ? amp_fail(why, err, "%s: %s", serve->warnings_path, line.text) : AMP_OK;
    }
    amp_buf_free(&text);
    return err;
}

/* What LogEvents say of us, and what signs them. */
static amp_err i3_open(struct serve *serve, struct amp_why *why)
{
    struct amp_buf text = amp_buf_make(SETTINGS_BYTES);
    struct amp_why line = {""};
    if (serve->i3_path == NULL) {
        return AMP_OK;
    }
    amp_err err = amp_cli_read_file(serve->i3_path, SETTINGS_BYTES - 1, &text, why);
    if (err == AMP_OK) {
        err = amp_i3_read(amp_buf_view(&text), &serve->i3, &line);
        err = err ? amp_fail(why, err, "%s: %s", serve->i3_path, line.text) : AMP_OK;
    }
    err = err ? err : amp_i3_open(&serve->i3, now_us(), why);
    if (err == AMP_OK) {
        warned(why);
    }
    amp_buf_free(&text);
    return err;
}

static amp_err parts_open(struct serve *serve, struct amp_why *why)
{
    amp_err err = amp_cli_listen(serve->listen, serve->addr, &serve->port, why);
    err = err == AMP_OK ? amp_cli_plans(serve->plans_path, &serve->plans, why) : err;
    err = err == AMP_OK ? amp_cli_cards(serve->cards_path, serve->plans, &serve->cards, why) : err;
    if (err == AMP_OK && serve->map_path != NULL) {
        err = amp_zone_set(serve->zone, why) == AMP_OK ? AMP_OK : AMP_E_USAGE;
        amp_zone_name(serve->zone_name);
    }
    if (err == AMP_OK && serve->map_path != NULL) {
        err = amp_map_open(serve->map_path, &serve->map, why);
    }
    if (err == AMP_OK && serve->map_path != NULL && serve->profiles_path != NULL) {
        struct amp_settings settings;
        err = amp_cli_settings(serve->profiles_path, &settings, why);
        err = err ? err : amp_roads_tune(serve->map.roads, &settings, NULL, why);
    }
    if (err == AMP_OK && serve->lost_path != NULL) {
        err = amp_cli_lost_table(serve->lost_path, &serve->lost, why);
    }
    err = err == AMP_OK ? aml_key_read(serve, why) : err;
    err = err == AMP_OK ? tls_open(serve, why) : err;
    err = err == AMP_OK ? sms_open(serve, why) : err;
    err = err == AMP_OK ? partners_open(serve, why) : err;
    err = err == AMP_OK ? alert_areas_open(serve, why) : err;
    err = err == AMP_OK ? warnings_open(serve, why) : err;
    err = err == AMP_OK ? i3_open(serve, why) : err;
    return err == AMP_OK ? store_open(serve, why) : err;
}

static const char *i3_file(const char *path)
{
    return path[0] != '\0' ? path : NULL;
}

/* What a hole in a parser could reach is what is named here. */
static amp_err sandbox_enter(struct serve *serve, struct amp_why *why)
{
    const char *const again[AGAIN_MAX] = {
        serve->tls_cert,        serve->tls_key,  i3_file(serve->i3.certificate),
        i3_file(serve->i3.key), serve->peer.ca,  serve->peer.cert,
        serve->peer.key,        serve->map_path, serve->plans_path};
    const char *readable[AGAIN_MAX + 2] = {"/proc/self/statm"};
    size_t n = 1;
    for (size_t i = 0; i < AGAIN_MAX; i++) {
        if (again[i] != NULL) {
            readable[n++] = amp_cli_folder_of(again[i], serve->again_dir[i]);
        }
    }
    const char *const writable[] = {serve->data, NULL};
    const struct amp_sandbox sandbox = {.readable = readable,
                                        .writable = serve->data != NULL ? writable : NULL};
    struct amp_sandbox_report report;
    if (serve->no_sandbox) {
        amp_log(false, AMP_LOG_WARN, "sandbox", "not entered, as asked");
        return AMP_OK;
    }
    amp_err err = amp_sandbox_enter(&sandbox, &report, why);
    if (err == AMP_OK && report.missing.text[0] != '\0') {
        amp_log(serve->quiet, AMP_LOG_INFO, "sandbox", "%s", report.missing.text);
    }
    return err;
}

static void parts_close(struct serve *serve)
{
    amp_store_close(serve->store);
    amp_map_close(&serve->map);
    amp_cards_free(serve->cards);
    amp_plans_free(serve->plans);
    for (size_t i = 0; i < serve->plans_n; i++) {
        amp_plans_free(serve->plans_before[i]);
    }
    amp_lost_table_free(serve->lost);
    amp_alert_areas_free(serve->alert_areas);
    amp_tls_close(serve->tls);
    amp_tls_close(serve->i3.signer);
    amp_wipe(serve->master, sizeof serve->master);
    amp_wipe(serve->aml_key, sizeof serve->aml_key);
    amp_wipe(&serve->sms, sizeof serve->sms);
    amp_wipe(&serve->partners, sizeof serve->partners);
    amp_feeds_free(&serve->feeds);
    amp_wipe(&serve->feeds, sizeof serve->feeds);
    if (serve->failed_fd >= 0) {
        (void)close(serve->failed_fd);
    }
    amp_notify_close(&serve->notify);
}

static void on_failed(void *ctx)
{
    const struct serve *serve = ctx;
    const uint64_t one = 1;
    ssize_t n = write(serve->failed_fd, &one, sizeof one);
    (void)n; /* the counter cannot be full: it is written once */
}

static void on_map_left(void *ctx)
{
    struct serve *serve = ctx;
    amp_map_close(&serve->map);
}

/* Before any thread starts, so that all inherit the mask and only the descriptor sees the signals.
 */
static int signals_take(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) {
        return -1;
    }
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static void on_look(void *ctx, const struct amp_state *state, const struct amp_track *track,
                    int64_t now_us)
{
    (void)ctx;
    (void)state;
    (void)track;
    (void)now_us;
}

/* What is read from a map that somebody cut off ends us; say why, with calls that a handler may
 * make. */
static void on_cut_off(int number)
{
    static const char words[] =
        "amparo: a file in use was cut off (SIGBUS): a map or journal was written over in place\n";
    ssize_t n = write(STDERR_FILENO, words, sizeof words - 1);
    (void)n;
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

/* The plans of before are kept until the end: what is under way may still look at them. */
static amp_err plans_take(struct serve *serve, struct amp_server *server, struct amp_why *why)
{
    struct amp_plans *fresh = NULL;
    if (serve->plans_n == PLANS_KEPT) {
        return amp_fail(why, AMP_E_LIMIT, "they were read again %d times: restart", PLANS_KEPT);
    }
    amp_err err = amp_cli_plans(serve->plans_path, &fresh, why);
    err = err ? err : amp_cards_check(serve->cards, fresh, why);
    err = err ? err : amp_server_plans_replace(server, fresh);
    if (err != AMP_OK) {
        amp_plans_free(fresh);
        return err;
    }
    serve->plans_before[serve->plans_n++] = serve->plans;
    serve->plans = fresh;
    return AMP_OK;
}

static void plans_reload(struct serve *serve, struct amp_server *server)
{
    struct amp_why why = {""};
    amp_err err = serve->plans_path != NULL ? plans_take(serve, server, &why) : AMP_OK;
    if (err != AMP_OK) {
        amp_log(false, AMP_LOG_WARN, "plans", "%s; the old ones stay in force",
                why.text[0] != '\0' ? why.text : amp_err_words(err));
    } else if (serve->plans_path != NULL) {
        amp_log(serve->quiet, AMP_LOG_INFO, "plans", "read again");
    }
}

static void certificate_reload(const struct serve *serve, struct amp_tls *tls)
{
    struct amp_why why = {""};
    if (tls == NULL) {
        return;
    }
    amp_err err = amp_tls_reload(tls, now_us(), &why);
    if (err != AMP_OK || why.text[0] != '\0') {
        amp_log(false, AMP_LOG_WARN, "certificate", "%s%s", why.text,
                err != AMP_OK ? "; the old one stays in force" : "");
    } else {
        amp_log(serve->quiet, AMP_LOG_INFO, "certificate", "read again");
    }
}

/* What the courier shows; it has no files itself. */
static void peer_reload(const struct serve *serve, const struct amp_server *server)
{
    const struct amp_cli_peer *peer = &serve->peer;
    struct amp_cli_peer_text text = {.tls = {.ca = {0}}};
    struct amp_why why = {""};
    if (peer->ca == NULL && peer->cert == NULL) {
        return;
    }
    amp_err err = amp_cli_peer_check(peer, "peer", &why);
    err = err ? err : amp_cli_peer_read(peer, &text, &why);
    err = err ? err : amp_server_peer_renew(server, &text.tls);
    if (err != AMP_OK) {
        amp_log(false, AMP_LOG_WARN, "certificate",
                "for those we connect to: %s; the old one stays in force",
                why.text[0] != '\0' ? why.text : amp_err_words(err));
    } else {
        amp_log(serve->quiet, AMP_LOG_INFO, "certificate", "for those we connect to: read again");
    }
    amp_cli_peer_drop(&text);
}

/* SIGHUP: the certificate was renewed, or the map or the plans replaced. false: it was one that
 * ends us. */
static bool signal_serve(struct serve *serve, struct amp_server *server, int signal_fd)
{
    struct signalfd_siginfo info;
    if (read(signal_fd, &info, sizeof info) != (ssize_t)sizeof info || info.ssi_signo != SIGHUP) {
        return false;
    }
    if (serve->map_path != NULL && amp_server_map_reload(server) != AMP_OK) {
        amp_log(false, AMP_LOG_WARN, "map", "too much is waiting to read it again");
    }
    plans_reload(serve, server);
    certificate_reload(serve, serve->tls);
    certificate_reload(serve, serve->i3.signer);
    peer_reload(serve, server);
    return true;
}

/* The service manager hears that we live when the core has answered, not because a clock ticks. */
static void wait_for_end(struct serve *serve, struct amp_server *server, int signal_fd)
{
    struct pollfd fds[] = {{.fd = signal_fd, .events = POLLIN},
                           {.fd = serve->failed_fd, .events = POLLIN}};
    const int64_t often_ms = serve->notify.watchdog_us / 3000;
    const int wait_ms = often_ms > 0 && often_ms < INT_MAX ? (int)often_ms : -1;
    bool going = true;
    (void)amp_notify_ready(&serve->notify);
    while (going) {
        int n = poll(fds, 2, wait_ms);
        if (n == 0 && amp_server_look(server, on_look, NULL) == AMP_OK) {
            (void)amp_notify_alive(&serve->notify);
        }
        going = n >= 0 ? fds[1].revents == 0 : errno == EINTR;
        if (n > 0 && going && fds[0].revents != 0) {
            going = signal_serve(serve, server, signal_fd);
        }
    }
    (void)amp_notify_stopping(&serve->notify);
}

static struct amp_server_config config_of(struct serve *serve)
{
    struct amp_server_config config = {
        .addr = serve->addr,
        .port = serve->port,
        .tls = serve->tls,
        .behind_proxy = serve->behind_proxy,
        .local_path = serve->data != NULL ? serve->local : NULL,
        .origin = serve->origin,
        .invite = true,
        .journal_looks = true,
        .rate = serve->rate,
        .dir = serve->data,
        .snapshot_every = (uint64_t)serve->snapshot_every,
        .retention_wait_s = AMP_RETENTION_WAIT_S,
        .quiet = serve->quiet,
        .version = AMP_VERSION,
        .store = serve->store,
        .plans = serve->plans,
        .cards = serve->cards,
        .lost = serve->lost,
        .aml_key = amp_str_of(serve->aml_key),
        .map = serve->map_path != NULL ? &serve->map : NULL,
        .map_path = serve->map_path,
        .timezone = serve->map_path != NULL ? serve->zone_name : NULL,
        .map_left = on_map_left,
        .courier_fd = serve->courier_fd,
        .verifier_fd = serve->verifier_fd,
        .link_url = serve->link_url,
        .sms = serve->sms_path != NULL ? &serve->sms : NULL,
        .feeds = serve->feeds_path != NULL ? &serve->feeds : NULL,
        .alert_areas = serve->alert_areas,
        .partners = serve->partners_path != NULL ? &serve->partners : NULL,
        .warnings = serve->warnings_path != NULL ? &serve->warnings : NULL,
        .i3 = serve->i3_path != NULL ? &serve->i3 : NULL,
        .clock = amp_clock_real(),
        .ctx = serve,
        .failed = on_failed};
    memcpy(config.master, serve->master, AMP_KEY);
    return config;
}

static amp_err server_start(struct serve *serve, struct amp_server **out, struct amp_why *why)
{
    struct amp_why open = {""};
    amp_err err = amp_cli_courier_start(&serve->peer, &serve->courier_fd,
                                        why); /* knows nothing of what follows */
    err = err ? err : feeds_open(serve, why);
    err = err ? err : verifier_open(serve, why);
    err = err ? err : parts_open(serve, why);
    err = err ? err : sandbox_enter(serve, why);
    if (err == AMP_OK) {
        struct amp_server_config config = config_of(serve);
        err = amp_server_start(&config, out, why);
        amp_wipe(config.master, sizeof config.master);
    }
    if (err == AMP_OK && !serve->no_sandbox && !amp_sandbox_seal(&open)) {
        amp_log(serve->quiet, AMP_LOG_INFO, "sandbox", "%s", open.text);
    }
    return err;
}

static int serve_run(struct serve *serve, int signal_fd)
{
    struct amp_why why = {""};
    struct amp_server *server = NULL;
    amp_err err = server_start(serve, &server, &why);
    if (err != AMP_OK) {
        parts_close(serve);
        return err == AMP_E_USAGE ? amp_cli_misuse("serve", "%s", why.text)
                                  : amp_cli_fail("serve", err, &why);
    }
    (void)fprintf(stderr, "amparo: the log's public key is %s\n", amp_server_log_key(server));
    amp_cli_setup_at(serve->addr, amp_server_port(server), serve->tls != NULL,
                     amp_server_setup(server));
    amp_cli_console_at(serve->addr, amp_server_port(server), serve->tls != NULL);
    wait_for_end(serve, server, signal_fd);
    (void)alarm(
        STOP_LIMIT_S); /* all is durable long before; a worker that hangs is not waited for */
    err = amp_server_stop(server);
    parts_close(serve);
    return err == AMP_OK ? AMP_EXIT_OK : AMP_EXIT_FAILED;
}

/* What the process needs before anything else, then the server. */
static int process_run(struct serve *serve)
{
    amp_cli_files_allow();
    (void)signal(SIGBUS, on_cut_off);
    serve->notify = amp_notify_open();
    int signal_fd = signals_take();
    serve->failed_fd = eventfd(0, EFD_CLOEXEC);
    if (signal_fd < 0 || serve->failed_fd < 0) {
        return amp_cli_fail("serve", AMP_E_IO, NULL);
    }
    int status = serve_run(serve, signal_fd);
    (void)close(signal_fd);
    return status;
}

#define FROM_FILE(name, words, member)                                                             \
    {                                                                                              \
        name, AMP_OPT_TEXT, "FILE", words, false, &serve.member, NULL                              \
    }

int amp_cli_serve(int argc, char **argv)
{
    struct serve serve = {.listen = "127.0.0.1",
                          .store_name = "sqlite",
                          .rate = AMP_SERVER_RATE,
                          .snapshot_every = AMP_SERVER_SNAPSHOT,
                          .failed_fd = -1};
    const struct amp_opt opt[] = {
        {"--data", AMP_OPT_TEXT, "DIR", "where the journal is kept", false, &serve.data, NULL},
        {"--map", AMP_OPT_TEXT, "M.amap", "the map; SIGHUP reads it again if it was replaced",
         false, &serve.map_path, NULL},
        {"--listen", AMP_OPT_TEXT, "ADDR:PORT", "default 127.0.0.1:8112; port 0 takes a free one",
         false, &serve.listen, NULL},
        {"--store", AMP_OPT_TEXT, "sqlite|memory", "memory forgets all at the end", false,
         &serve.store_name, NULL},
        FROM_FILE("--plans", "response plans; SIGHUP reads them again", plans_path),
        {"--cards", AMP_OPT_TEXT, "DIR|FILE", "protocol cards; else the built-in examples", false,
         &serve.cards_path, NULL},
        FROM_FILE("--profiles", "settings of the profiles: size, pace, passes", profiles_path),
        FROM_FILE("--aml-key", "what AML over HTTPS must be signed with (HMAC-SHA1)", aml_key_path),
        FROM_FILE("--lost", "which centre serves a place: a table, for POST /lost", lost_path),
        {"--timezone", AMP_OPT_TEXT, "AREA/CITY",
         "local time of the map, for roads; else the machine's", false, &serve.zone, NULL},
        {"--quiet", AMP_OPT_FLAG, NULL, "log warnings and errors only", false, &serve.quiet, NULL},
        FROM_FILE("--tls-cert", "certificate chain (PEM); SIGHUP reads it again", tls_cert),
        FROM_FILE("--tls-key", "its key", tls_key),
        {"--tls-aes256-only", AMP_OPT_FLAG, NULL, "no other cipher", false, &serve.aes256_only,
         NULL},
        {"--behind-proxy", AMP_OPT_FLAG, NULL,
         "a proxy on this machine does TLS and sets X-Forwarded-For and -Proto", false,
         &serve.behind_proxy, NULL},
        FROM_FILE("--master-key", "default DIR/master.key, made for a new journal",
                  master_from.file),
        {"--master-key-command", AMP_OPT_TEXT, "COMMAND", "prints the master key", false,
         &serve.master_from.command, NULL},
        {"--link-url", AMP_OPT_TEXT, "URL", "how callers reach us", false, &serve.link_url, NULL},
        FROM_FILE("--sms", "docs/sms.md", sms_path),
        FROM_FILE("--alert-feeds", "docs/alerts.md", feeds_path),
        FROM_FILE("--alert-areas", "the same", alert_areas_path),
        FROM_FILE("--warnings", "docs/warnings.md", warnings_path),
        FROM_FILE("--partners", "docs/exchange.md", partners_path),
        FROM_FILE("--peer-ca", "authorities (PEM) for going out; SIGHUP reads it again", peer.ca),
        FROM_FILE("--peer-cert", "shown to those that ask (PEM); SIGHUP reads it again", peer.cert),
        FROM_FILE("--peer-key", "its key", peer.key),
        FROM_FILE("--i3", "LogEvents: docs/events.md", i3_path),
        {"--origin", AMP_OPT_TEXT, "NAME", "of a new log, such as log.example.org/2026", false,
         &serve.origin, NULL},
        {"--rate", AMP_OPT_NUM, "N", "requests a second of one account (default 5000; 0: any)",
         false, &serve.rate, NULL},
        {"--snapshot-every", AMP_OPT_INT, "N",
         "records from one snapshot to the next (default 100000; 0: none)", false,
         &serve.snapshot_every, NULL},
        {"--no-sandbox", AMP_OPT_FLAG, NULL, "keep what the process does not need", false,
         &serve.no_sandbox, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "serve",
        .operands = "",
        .about = "Runs the server: the API under /v1, live push, and the console.\n"
                 "SIGTERM or SIGINT stops it when all is written.",
        .opt = opt,
        .opt_n = sizeof opt / sizeof opt[0]};
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    if (serve.snapshot_every < 0) {
        return amp_cli_misuse("serve", "--snapshot-every is 0 or more");
    }
    return process_run(&serve);
}
