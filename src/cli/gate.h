/*
 * The gateway of positions: `amparo track`, a process of its own between trackers and the server.
 *
 * Trackers, phones, radios and brokers speak to it; it hands what they say to the server's own
 * door, POST /v1/fleet/csv, over the socket of a service on this machine or over HTTPS with a
 * token. So a hole in the parser of a cheap tracker's protocol is not one in the process that holds
 * the record (docs/decisions/0007), and the server makes no connection of its own.
 *
 * One thread, one loop. Nothing waits for its sender but the batch that is being posted: while the
 * server does not answer, nothing more is read, and devices keep what they have.
 */
#ifndef AMP_CLI_GATE_H
#define AMP_CLI_GATE_H

#include "base/json.h"
#include "cli/setup.h"
#include "fleet/fleet.h"
#include "fleet/mqtt.h"
#include "server/tls.h"
#include <curl/curl.h>
#include <sys/types.h>

enum {
    AMP_GATE_PEERS = 16384, /* connections at once */
    AMP_GATE_READ = 64 << 10,
    AMP_GATE_IN = AMP_MQTT_PACKET + 2 * AMP_GATE_READ,
    AMP_GATE_OUT = 4 << 20, /* bytes one does not take before it is shut */
    AMP_GATE_NAME = 128,
    AMP_GATE_DEVICES = 100000,
    AMP_GATE_LOGIN_S = 30, /* a device says by then who it is */
    AMP_GATE_IDLE_S = 900, /* silence after which a connection is shut */
    AMP_GATE_RETRY_S = 2
};

/* ---- gate_device.c: which crew a device is ---- */

struct amp_gate_device {
    struct amp_str device, unit;
    int64_t ahead_us; /* what its clock is ahead of UTC by */
};
struct amp_gate_devices {
    struct amp_buf text;         /* of the file; the rows are views of it */
    struct amp_gate_device *row; /* in the order of their names */
    size_t n;
};
/* DEVICE,UNIT[,MINUTES] a line. */
AMP_MUST amp_err amp_gate_devices_read(const char *path, struct amp_gate_devices *out,
                                       struct amp_why *why);
void amp_gate_devices_free(struct amp_gate_devices *devices);
/* NULL when it is not in the file: its own name is then the call sign. */
const struct amp_gate_device *amp_gate_device(const struct amp_gate_devices *devices,
                                              struct amp_str device);
/* How many rows begin with NAME/. */
size_t amp_gate_devices_of(const struct amp_gate_devices *devices, struct amp_str name);

/* ---- gate_user.c: who may publish to our own MQTT door ---- */

struct amp_gate_user {
    char name[AMP_GATE_NAME];
    uint8_t digest[32]; /* SHA-256 of the password */
};
struct amp_gate_users {
    struct amp_gate_user *row; /* in the order of their names */
    size_t n;
};
/* NAME:DIGEST a line, '#' before a remark. */
AMP_MUST amp_err amp_gate_users_read(const char *path, struct amp_gate_users *out,
                                     struct amp_why *why);
void amp_gate_users_free(struct amp_gate_users *users);
bool amp_gate_user_known(const struct amp_gate_users *users, struct amp_str name,
                         struct amp_str password);
/* The name has the same password in both. */
bool amp_gate_user_stays(const struct amp_gate_users *before, const struct amp_gate_users *after,
                         struct amp_str name);
/* Makes a password, writes its line in place of an older one of the name, and prints it. */
AMP_MUST amp_err amp_gate_user_add(const char *path, const char *name, struct amp_why *why);

/* ---- gate_post.c: the batch, and the server ---- */

struct amp_gate_server {
    CURL *curl;
    struct curl_slist *fields;
    const char *url;            /* "https://host:port", or NULL */
    char socket[AMP_GATE_NAME]; /* of a service on this machine, or "" */
    char token[256];
    const char *ca;
};
struct amp_gate_tally {
    int64_t sent, accepted, dropped, refused; /* by the server */
    int64_t flood, noise;                     /* passed over here */
    int64_t strangers;                        /* connections refused here */
};
AMP_MUST amp_err amp_gate_server_open(struct amp_gate_server *server, struct amp_why *why);
void amp_gate_server_close(struct amp_gate_server *server);
/* Lines of /v1/fleet/csv. AMP_E_BUSY: try again; AMP_E_SYNTAX: the server will never take them. */
AMP_MUST amp_err amp_gate_post(struct amp_gate_server *server, struct amp_str lines,
                               struct amp_gate_tally *tally, struct amp_why *why);
AMP_MUST amp_err amp_gate_get(struct amp_gate_server *server, const char *path, json_t **out,
                              struct amp_why *why);

/* ---- gate_peer.c: connections ---- */

enum amp_gate_kind {
    AMP_GATE_GT06,
    AMP_GATE_NMEA,
    AMP_GATE_COT,
    AMP_GATE_MQTT, /* a broker that we made a connection to */
    AMP_GATE_MQTT_DOOR,
    AMP_GATE_KINDS
};

struct amp_gate_tls;

struct amp_gate_peer {
    enum amp_gate_kind kind;
    int fd;
    CURL *curl;               /* of a connection that we made; it owns the descriptor */
    struct amp_gate_tls *tls; /* of one that was made to us; NULL: in the clear */
    bool serial;              /* or a datagram socket: never shut for its silence */
    bool datagrams;
    bool closing;
    bool more; /* there may be bytes that poll does not see */
    struct amp_buf in, out;
    struct amp_buf later;       /* goes to the end of `out` when the batch was accepted */
    uint8_t version;            /* of MQTT; 0: it has not said who it is */
    uint64_t session;           /* of MQTT: of its name and its client's */
    int64_t silent_us;          /* how long it may be; 0: AMP_GATE_IDLE_S */
    size_t share;               /* devices that it speaks for; 0 is one */
    char device[AMP_GATE_NAME]; /* who it is, "" not known yet */
    bool alarmed;               /* its newest status says that its crew calls for help */
    int64_t alarm_us;           /* when such a call was handed over last */
    int64_t opened_us, heard_us;
    int64_t bucket_us, filled_us; /* see fleet/filter.h: the same, before the batch */
};

struct amp_gate_to { /* a connection that we make, and make again */
    const char *url; /* "mqtts://host:port"; NULL: none */
    const char *ca, *cert, *key;
    int64_t next_us; /* when to try */
};

struct amp_gate; /* below */

/* Connects over TLS or in the clear, as the scheme says (tls: mqtts, ssls, tls). */
AMP_MUST amp_err amp_gate_dial(const struct amp_gate_to *to, CURL **out, int *out_fd,
                               struct amp_why *why);
AMP_MUST amp_err amp_gate_listen(const char *at, bool datagrams, int *out_fd, struct amp_why *why);
struct amp_gate_peer *amp_gate_peer_add(struct amp_gate *gate, enum amp_gate_kind kind, int fd);
void amp_gate_accept(struct amp_gate *gate, enum amp_gate_kind kind, int fd);
/* What has arrived is at the end of its `in`; it is closing when there is nothing more to come. */
void amp_gate_read(struct amp_gate_peer *peer, int64_t now_us);
void amp_gate_write(struct amp_gate_peer *peer); /* what it takes of its `out` */
void amp_gate_peer_end(struct amp_gate_peer *peer);
/* May it send one more? Counted if not. */
bool amp_gate_may(struct amp_gate *gate, struct amp_gate_peer *peer);
void amp_gate_consume(struct amp_buf *buf, size_t n); /* n bytes from its beginning */

/* ---- gate_tls.c: TLS of those who connect to us ---- */

AMP_MUST amp_err amp_gate_tls_start(struct amp_gate *gate, const char *cert, const char *key,
                                    struct amp_why *why);
void amp_gate_tls_stop(struct amp_gate *gate);
/* False: it cannot be had; the peer is still to be ended. */
bool amp_gate_tls_begin(struct amp_gate *gate, struct amp_gate_peer *peer);
void amp_gate_tls_end(struct amp_gate_peer *peer); /* accepts one without */
/* The handshake waits until something may be written. */
bool amp_gate_tls_blocked(const struct amp_gate_peer *peer);
/* How many bytes; 0: none for now; -1: never again. */
ssize_t amp_gate_tls_read(struct amp_gate_peer *peer, void *into, size_t room);
ssize_t amp_gate_tls_write(struct amp_gate_peer *peer, const void *data, size_t len);

/* ---- gate_door.c, gate_mqtt.c, gate_mqtt_door.c, gate_tak.c: what they speak ---- */

struct amp_gate_mqtt {
    struct amp_gate_to to;
    const char *topic, *client;
    const struct amp_fleet *format;
    char user[AMP_GATE_NAME], password[AMP_GATE_NAME];
    uint8_t version;
    bool subscribed;
    int64_t spoke_us, heard_us;
    struct amp_gate_peer *peer; /* NULL while there is no connection */
};

/* Of clients that want one kept: that they were here. */
struct amp_gate_sessions {
    uint64_t *id;
    size_t n, oldest;
};

struct amp_gate_tak {
    struct amp_gate_to to; /* a TAK server; those who connect to us are peers */
    struct amp_gate_peer *peer;
    bool on;
    int64_t every_s, next_us;
    struct amp_buf text;
    uint32_t *shown; /* incidents on their maps */
    size_t shown_n;
};

struct amp_gate {
    const char *devices_path, *users_path; /* NULL: none */
    struct amp_gate_devices devices;
    struct amp_gate_server server;
    struct amp_gate_users users;
    struct amp_gate_sessions sessions;
    struct amp_tls *tls; /* of our MQTT door; NULL: in the clear */
    gnutls_certificate_credentials_t credentials;
    struct amp_gate_mqtt mqtt;
    struct amp_gate_tak tak;
    struct amp_gate_tally tally, said;
    struct amp_gate_peer *peer[AMP_GATE_PEERS];
    size_t peer_n;
    int listener[AMP_GATE_KINDS]; /* -1: none */
    struct amp_buf lines;         /* the batch */
    size_t line_n;
    bool later;            /* somebody waits for the batch to be accepted */
    int64_t post_after_us; /* the server did not answer: not before then */
    bool waiting;          /* said so */
    bool quiet;
    struct amp_arena arena; /* of one message */
    int64_t now_us;         /* wall */
    int signal_fd;          /* SIGHUP: renew; others stop */
    bool stopping;
};

/* What is in `in` of the peer becomes lines, as far as the batch has room. */
void amp_gate_door(struct amp_gate *gate, struct amp_gate_peer *peer);
void amp_gate_mqtt_read(struct amp_gate *gate, struct amp_gate_peer *peer);
void amp_gate_mqtt_tick(struct amp_gate *gate);
void amp_gate_mqtt_door_read(struct amp_gate *gate, struct amp_gate_peer *peer);
void amp_gate_tak_tick(struct amp_gate *gate);

/* ---- gate_renew.c: names, devices and certificate are read again ---- */

void amp_gate_renew(struct amp_gate *gate);

/* ---- gate_door.c: what all doors do ---- */

/* A position of a device (NULL: not known), and its crew's call for help, into the batch; false
 * when it is full: then nothing was done. */
bool amp_gate_put(struct amp_gate *gate, struct amp_str device, const struct amp_position *position,
                  enum amp_fleet_alarm alarm);
bool amp_gate_room(const struct amp_gate *gate, size_t n);
/* How many positions a message may hold, at the most, without reading it twice. */
size_t amp_gate_most(struct amp_str message);
/* All that a message in a format says, of the device if it names none. */
size_t amp_gate_message(struct amp_gate *gate, const struct amp_fleet *format, struct amp_str bytes,
                        struct amp_str device);

#endif
