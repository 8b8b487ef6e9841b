/* `amparo track`: options, what has to be open before the sandbox, and the loop. */
#include "base/crypto.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/gate.h"
#include "cli/gate_loop.h"
#include "cli/setup.h"
#include "server/clock.h"
#include "server/log.h"
#include "server/sandbox.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum {
    SECRET_MAX = 4096,
    MESSAGE_ARENA = 64 << 20,
    LINES_MAX = AMP_FLEET_BYTES + (1 << 16)
};

struct options {
    const char *data, *to, *token_file, *ca, *devices;
    const char *listen[AMP_GATE_KINDS], *cot_udp;
    const char *serial, *unit;
    int64_t baud;
    const char *mqtt, *topic, *format, *client, *login, *mqtt_ca, *mqtt_cert, *mqtt_key;
    const char *mqtt_users, *mqtt_add;
    const char *tak, *tak_ca, *tak_cert, *tak_key;
    int64_t tak_every_s;
    bool tak_out, quiet, no_sandbox;
};

/* ---- secrets, from files: a command line is everybody's to read ---- */

static amp_err secret_read(const char *path, struct amp_buf *out, struct amp_why *why)
{
    amp_err err = amp_cli_read_file(path, SECRET_MAX, out, why);
    while (err == AMP_OK && out->len > 0 &&
           (out->data[out->len - 1] == '\n' || out->data[out->len - 1] == '\r')) {
        out->len--;
    }
    return err;
}

static amp_err token_read(const char *path, struct amp_gate_server *server, struct amp_why *why)
{
    struct amp_buf text = {0};
    amp_err err = secret_read(path, &text, why);
    if (err == AMP_OK &&
        amp_str_copy(server->token, sizeof server->token, amp_buf_view(&text)) != AMP_OK) {
        err = amp_fail(why, AMP_E_LIMIT, "%s: the token is too long", path);
    }
    amp_buf_free(&text);
    return err;
}

static amp_err login_read(const char *path, struct amp_gate_mqtt *mqtt, struct amp_why *why)
{
    struct amp_buf text = {0};
    struct amp_str user = {0};
    amp_err err = secret_read(path, &text, why);
    struct amp_str password = amp_str_cut(amp_buf_view(&text), ':', &user);
    if (err == AMP_OK &&
        (amp_str_copy(mqtt->user, sizeof mqtt->user, user) != AMP_OK ||
         amp_str_copy(mqtt->password, sizeof mqtt->password, password) != AMP_OK)) {
        err = amp_fail(why, AMP_E_LIMIT, "%s: USER:PASSWORD is too long", path);
    }
    amp_buf_free(&text);
    return err;
}

/* ---- what is opened ---- */

static amp_err server_set(const struct options *options, struct amp_gate *gate, struct amp_why *why)
{
    struct amp_gate_server *server = &gate->server;
    server->url = options->to;
    server->ca = options->ca;
    if ((options->data == NULL) == (options->to == NULL)) {
        return amp_fail(why, AMP_E_USAGE,
                        "--data DIR of a service on this machine, or --to URL of another");
    }
    if (options->data != NULL) {
        int n = snprintf(server->socket, sizeof server->socket, "%s/%s", options->data,
                         AMP_CONTROL_SOCKET);
        if (n >= (int)sizeof server->socket) {
            return amp_fail(why, AMP_E_LIMIT, "the name of %s is too long", options->data);
        }
    }
    amp_err err = AMP_OK;
    if (options->token_file != NULL) {
        err = token_read(options->token_file, server, why);
    }
    return err ? err : amp_gate_server_open(server, why);
}

static speed_t speed_of(int64_t baud)
{
    static const struct {
        int64_t baud;
        speed_t speed;
    } row[] = {{1200, B1200},   {2400, B2400},   {4800, B4800},   {9600, B9600},
               {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (row[i].baud == baud) {
            return row[i].speed;
        }
    }
    return B0;
}

static amp_err serial_open(const struct options *options, struct amp_gate *gate,
                           struct amp_why *why)
{
    struct termios line;
    speed_t speed = speed_of(options->baud);
    if (speed == B0) {
        return amp_fail(why, AMP_E_USAGE, "--baud is 1200, 2400, 4800, 9600, ... 115200");
    }
    int fd = open(options->serial, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return amp_fail(why, AMP_E_IO, "%s: %s", options->serial, strerror(errno));
    }
    if (tcgetattr(fd, &line) == 0) {
        cfmakeraw(&line);
        line.c_cflag |= CLOCAL | CREAD;
        (void)cfsetispeed(&line, speed);
        (void)cfsetospeed(&line, speed);
        (void)tcsetattr(fd, TCSANOW, &line);
    }
    struct amp_gate_peer *peer = amp_gate_peer_add(gate, AMP_GATE_NMEA, fd);
    if (peer == NULL) {
        (void)close(fd);
        return AMP_E_NOMEM;
    }
    peer->serial = true;
    return amp_str_copy(peer->device, sizeof peer->device, amp_str_of(options->unit));
}

static void say_where(const char *what, int fd)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    if (getsockname(fd, (struct sockaddr *)&at, &len) == 0) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)&at;
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&at;
        unsigned port = ntohs(at.ss_family == AF_INET ? four->sin_port : six->sin6_port);
        (void)fprintf(stderr, "amparo: %s on port %u\n", what, port);
    }
}

static amp_err doors_open(const struct options *options, struct amp_gate *gate, struct amp_why *why)
{
    static const char *const words[AMP_GATE_KINDS] = {"gt06", "nmea", "cot", "", "mqtt"};
    amp_err err = AMP_OK;
    for (int kind = 0; kind < AMP_GATE_KINDS && err == AMP_OK; kind++) {
        if (options->listen[kind] != NULL) {
            err = amp_gate_listen(options->listen[kind], false, &gate->listener[kind], why);
        }
        if (gate->listener[kind] >= 0) {
            say_where(words[kind], gate->listener[kind]);
        }
    }
    if (err == AMP_OK && options->cot_udp != NULL) {
        int fd = -1;
        err = amp_gate_listen(options->cot_udp, true, &fd, why);
        struct amp_gate_peer *peer =
            err == AMP_OK ? amp_gate_peer_add(gate, AMP_GATE_COT, fd) : NULL;
        if (peer != NULL) {
            peer->serial = true;
            peer->datagrams = true;
            say_where("cot datagrams", fd);
        }
    }
    return err == AMP_OK && options->serial != NULL ? serial_open(options, gate, why) : err;
}

static amp_err mqtt_set(const struct options *options, struct amp_gate *gate, struct amp_why *why)
{
    struct amp_gate_mqtt *mqtt = &gate->mqtt;
    mqtt->to = (struct amp_gate_to){.url = options->mqtt,
                                    .ca = options->mqtt_ca,
                                    .cert = options->mqtt_cert,
                                    .key = options->mqtt_key};
    mqtt->topic = options->topic;
    mqtt->client = options->client;
    mqtt->version = AMP_MQTT_5;
    mqtt->format = amp_fleet_find(amp_str_of(options->format));
    if (mqtt->format == NULL) {
        return amp_fail(why, AMP_E_USAGE, "there is no format %s", options->format);
    }
    if (strlen(options->topic) > AMP_MQTT_TOPIC || strlen(options->client) > AMP_GATE_NAME) {
        return amp_fail(why, AMP_E_USAGE, "the topic or the client's name is too long");
    }
    return options->login != NULL ? login_read(options->login, mqtt, why) : AMP_OK;
}

/* Our own door: names are needed, and off this machine they are not to go in the clear unseen. */
static amp_err mqtt_door_set(const struct options *options, struct amp_gate *gate,
                             struct amp_why *why)
{
    const char *at = options->listen[AMP_GATE_MQTT_DOOR];
    if (at == NULL) {
        return AMP_OK;
    }
    if (options->mqtt_users == NULL) {
        return amp_fail(why, AMP_E_USAGE,
                        "--mqtt-listen wants --mqtt-users FILE; --mqtt-add NAME writes to it");
    }
    if ((options->mqtt_cert == NULL) != (options->mqtt_key == NULL)) {
        return amp_fail(why, AMP_E_USAGE, "--mqtt-cert and --mqtt-key go together");
    }
    gate->users_path = options->mqtt_users;
    gate->sessions.id = calloc(AMP_GATE_DEVICES, sizeof *gate->sessions.id);
    amp_err err = gate->sessions.id != NULL
                      ? amp_gate_users_read(options->mqtt_users, &gate->users, why)
                      : AMP_E_NOMEM;
    if (err == AMP_OK && options->mqtt_cert != NULL) {
        err = amp_gate_tls_start(gate, options->mqtt_cert, options->mqtt_key, why);
        if (err == AMP_OK && why->text[0] != '\0') {
            amp_log(false, AMP_LOG_WARN, "mqtt", "%s", why->text);
        }
    } else if (err == AMP_OK && strncmp(at, "127.", 4) != 0 && strncmp(at, "[::1]", 5) != 0) {
        amp_log(false, AMP_LOG_WARN, "mqtt",
                "passwords and positions come in the clear: --mqtt-cert and --mqtt-key, or a "
                "private network");
    }
    return err;
}

static amp_err parts_open(const struct options *options, struct amp_gate *gate, struct amp_why *why)
{
    amp_err err = server_set(options, gate, why);
    if (err == AMP_OK && options->devices != NULL) {
        gate->devices_path = options->devices;
        err = amp_gate_devices_read(options->devices, &gate->devices, why);
    }
    err = err ? err : mqtt_set(options, gate, why);
    err = err ? err : mqtt_door_set(options, gate, why);
    gate->tak = (struct amp_gate_tak){.to = {.url = options->tak,
                                             .ca = options->tak_ca,
                                             .cert = options->tak_cert,
                                             .key = options->tak_key},
                                      .on = options->tak_out || options->tak != NULL,
                                      .every_s = options->tak_every_s,
                                      .text = amp_buf_make(AMP_GATE_OUT)};
    return err ? err : doors_open(options, gate, why);
}

/* Strangers speak to this process: it keeps the network, and of the files what finding a host,
 * checking a certificate and reading again takes. */
static amp_err sandbox_enter(const struct options *options, struct amp_why *why)
{
    const char *const again[] = {options->devices, options->mqtt_users, options->ca,
                                 options->mqtt_ca, options->mqtt_cert,  options->mqtt_key,
                                 options->tak_ca,  options->tak_cert,   options->tak_key};
    enum {
        AGAIN = sizeof again / sizeof again[0]
    };
    static char folder[AGAIN][AMP_CLI_PATH];
    const char *readable[AGAIN + 4] = {"/etc", "/usr"};
    size_t n = 2;
    if (options->data != NULL) {
        readable[n++] = options->data;
    }
    for (size_t i = 0; i < AGAIN; i++) {
        if (again[i] != NULL) {
            readable[n++] = amp_cli_folder_of(again[i], folder[i]);
        }
    }
    const struct amp_sandbox sandbox = {.readable = readable, .connects = true};
    struct amp_sandbox_report report;
    if (options->no_sandbox) {
        return AMP_OK;
    }
    amp_err err = amp_sandbox_enter(&sandbox, &report, why);
    if (err == AMP_OK && report.missing.text[0] != '\0') {
        amp_log(options->quiet, AMP_LOG_INFO, "sandbox", "%s", report.missing.text);
    }
    return err;
}

static int signals_take(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    return pthread_sigmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC) : -1;
}

static int add(const struct options *options)
{
    struct amp_why why = {""};
    if (options->mqtt_users == NULL) {
        return amp_cli_misuse("track", "--mqtt-add wants --mqtt-users FILE, which it is to be in");
    }
    amp_err err = amp_crypto_start();
    err = err ? err : amp_gate_user_add(options->mqtt_users, options->mqtt_add, &why);
    if (err == AMP_E_USAGE) {
        return amp_cli_misuse("track", "%s", why.text);
    }
    return err == AMP_OK ? AMP_EXIT_OK : amp_cli_fail("track", err, &why);
}

static int run(const struct options *options)
{
    static struct amp_gate gate; /* a thousand connections are no matter for a stack */
    struct amp_why why = {""};
    if ((options->serial == NULL) != (options->unit == NULL) || options->tak_every_s < 1) {
        return amp_cli_misuse("track", "--serial and --unit go together; --tak-every is 1 or more");
    }
    const struct amp_clock clock = amp_clock_real();
    gate = (struct amp_gate){.lines = amp_buf_make(LINES_MAX),
                             .arena = amp_arena_make(MESSAGE_ARENA),
                             .quiet = options->quiet,
                             .now_us = clock.now_us(clock.ctx),
                             .signal_fd = signals_take()};
    for (int kind = 0; kind < AMP_GATE_KINDS; kind++) {
        gate.listener[kind] = -1;
    }
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    amp_json_start();
    amp_cli_files_allow();
    amp_err err = amp_crypto_start();
    err = err ? err : parts_open(options, &gate, &why);
    err = err ? err : sandbox_enter(options, &why);
    if (err == AMP_OK) {
        (void)fprintf(stderr, "amparo: positions go to %s\n",
                      options->to != NULL ? options->to : gate.server.socket);
        amp_gate_run(&gate);
    }
    amp_gate_finish(&gate);
    curl_global_cleanup();
    (void)close(gate.signal_fd);
    if (err == AMP_E_USAGE) {
        return amp_cli_misuse("track", "%s", why.text);
    }
    return err == AMP_OK ? AMP_EXIT_OK : amp_cli_fail("track", err, &why);
}

int amp_cli_track(int argc, char **argv)
{
    struct options o = {.baud = 4800,
                        .topic = "owntracks/+/+",
                        .format = "owntracks",
                        .client = "amparo-track",
                        .tak_every_s = 5};
    const struct amp_opt opt[] = {
        {"--data", AMP_OPT_TEXT, "DIR", "the service on this machine whose data are there", false,
         &o.data, NULL},
        {"--to", AMP_OPT_TEXT, "URL", "or another: https://host:port", false, &o.to, NULL},
        {"--token", AMP_OPT_TEXT, "FILE", "with its token (scopes positions, and read for TAK)",
         false, &o.token_file, NULL},
        {"--ca", AMP_OPT_TEXT, "FILE", "who vouches for the server, if not the system", false,
         &o.ca, NULL},
        {"--devices", AMP_OPT_TEXT, "FILE", "DEVICE,UNIT[,MINUTES its clock is ahead of UTC]",
         false, &o.devices, NULL},
        {"--gt06", AMP_OPT_TEXT, "ADDR:PORT", "listen for GT06 trackers; the device is the IMEI",
         false, &o.listen[AMP_GATE_GT06], NULL},
        {"--nmea", AMP_OPT_TEXT, "ADDR:PORT",
         "listen for NMEA; the device is the tag's s:, or the sender's address", false,
         &o.listen[AMP_GATE_NMEA], NULL},
        {"--cot", AMP_OPT_TEXT, "ADDR:PORT", "listen for TAK clients; the device is the call sign",
         false, &o.listen[AMP_GATE_COT], NULL},
        {"--cot-udp", AMP_OPT_TEXT, "ADDR:PORT", "and for their datagrams", false, &o.cot_udp,
         NULL},
        {"--serial", AMP_OPT_TEXT, "DEVICE", "read NMEA from a receiver at this machine", false,
         &o.serial, NULL},
        {"--baud", AMP_OPT_INT, "N", "default 4800", false, &o.baud, NULL},
        {"--unit", AMP_OPT_TEXT, "UNIT", "whose receiver that is", false, &o.unit, NULL},
        {"--mqtt", AMP_OPT_TEXT, "URL", "subscribe at mqtt://host:1883 or mqtts://host:8883", false,
         &o.mqtt, NULL},
        {"--mqtt-listen", AMP_OPT_TEXT, "ADDR:PORT", "or be the broker; the device is the user",
         false, &o.listen[AMP_GATE_MQTT_DOOR], NULL},
        {"--mqtt-users", AMP_OPT_TEXT, "FILE", "who may publish there", false, &o.mqtt_users, NULL},
        {"--mqtt-add", AMP_OPT_TEXT, "NAME", "print a new password for NAME, put it there, and end",
         false, &o.mqtt_add, NULL},
        {"--mqtt-topic", AMP_OPT_TEXT, "FILTER", "default owntracks/+/+", false, &o.topic, NULL},
        {"--mqtt-format", AMP_OPT_TEXT, "NAME", "of the messages: owntracks, json, csv, nmea, cot",
         false, &o.format, NULL},
        {"--mqtt-client", AMP_OPT_TEXT, "NAME", "whose session the broker keeps", false, &o.client,
         NULL},
        {"--mqtt-login", AMP_OPT_TEXT, "FILE", "USER:PASSWORD", false, &o.login, NULL},
        {"--mqtt-ca", AMP_OPT_TEXT, "FILE", "who vouches for the broker", false, &o.mqtt_ca, NULL},
        {"--mqtt-cert", AMP_OPT_TEXT, "FILE",
         "our certificate, to the broker or who connects to us", false, &o.mqtt_cert, NULL},
        {"--mqtt-key", AMP_OPT_TEXT, "FILE", "and its key", false, &o.mqtt_key, NULL},
        {"--tak", AMP_OPT_TEXT, "URL", "a TAK server: tcp://host:8087 or tls://host:8089", false,
         &o.tak, NULL},
        {"--tak-ca", AMP_OPT_TEXT, "FILE", "who vouches for it", false, &o.tak_ca, NULL},
        {"--tak-cert", AMP_OPT_TEXT, "FILE", "our certificate", false, &o.tak_cert, NULL},
        {"--tak-key", AMP_OPT_TEXT, "FILE", "and its key", false, &o.tak_key, NULL},
        {"--tak-out", AMP_OPT_FLAG, NULL, "show crews and open incidents to who connects to --cot",
         false, &o.tak_out, NULL},
        {"--tak-every", AMP_OPT_INT, "SECONDS", "default 5", false, &o.tak_every_s, NULL},
        {"--quiet", AMP_OPT_FLAG, NULL, "log warnings and errors only", false, &o.quiet, NULL},
        {"--no-sandbox", AMP_OPT_FLAG, NULL, "keep what the process does not need", false,
         &o.no_sandbox, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "track",
        .operands = "",
        .about =
            "Takes the positions of trackers, phones, radios and brokers, and hands them to a\n"
            "server (docs/trackers.md). SIGTERM or SIGINT stops it; SIGHUP reads its files again.",
        .opt = opt,
        .opt_n = sizeof opt / sizeof opt[0]};
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    return o.mqtt_add != NULL ? add(&o) : run(&o);
}
