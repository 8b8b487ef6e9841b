/*
 * The server: state, journal, map and HTTP put together.
 *
 * Start folds the journal, then answers. One thread, the core, owns the state: every command goes
 * through its bounded queue, is decided, applied in memory, and answered when its events are
 * durable. A failed commit answers 503 to all who wait and calls `failed`: memory is then ahead of
 * the disk, and the process has to stop.
 *
 * The same doors are open in-process (for a demo or a test): they answer through callbacks, which
 * come from threads of the server and must be quick.
 */
#ifndef AMP_SERVER_SERVER_H
#define AMP_SERVER_SERVER_H

#include "base/crypto.h"
#include "journal/store.h"
#include "map/map.h"
#include "model/state.h"
#include "model/track.h"
#include "response/card.h"
#include "response/plan.h"
#include "server/clock.h"
#include "server/courier.h"
#include "server/http.h"

enum {
    AMP_SERVER_QUEUE = 16384,    /* requests that wait for the core; more get 503 */
    AMP_SERVER_ETA_MS = 50,      /* how long a dispatch waits for its travel time */
    AMP_SERVER_METRIC_MS = 5000, /* how long a closure waits for the roads to know it */
    AMP_SERVER_TICK_MS = 1000,
    /* Open incidents that may be the same as a new call: this near, opened since, so many. */
    AMP_DUPLICATE_RADIUS_M = 500,
    AMP_DUPLICATE_AGE_S = 1800,
    AMP_DUPLICATES_MAX = 5,
    AMP_SERVER_POSITIONS_MS = 500,
    AMP_SERVER_HEARTBEAT_MS = 5000,
    AMP_SERVER_LIST = 10000, /* incidents in a list of closed ones or of all: the newest */
    AMP_SERVER_KEY_MAX = 64, /* bytes of an Idempotency-Key */
    AMP_SERVER_PORT = 8112,
    AMP_SERVER_RATE = 5000,       /* requests a second of one account */
    AMP_SERVER_RATE_NOBODY = 50,  /* of one address without an account */
    AMP_SERVER_SNAPSHOT = 100000, /* records from one snapshot to the next */
    AMP_POSITIONS_BATCH = 10000   /* in one message */
};

struct amp_server;
struct amp_lost_table;
struct amp_sms_gateway;
struct amp_partners;
struct amp_feeds;
struct amp_alert_areas;
struct amp_warning_settings;
struct amp_i3;

/* GET and PATCH /v1/demo; called on the core's thread. */
struct amp_demo {
    double speed;
    bool auto_dispatch;
    int64_t crews;
};
struct amp_demo_hooks {
    void *ctx;
    void (*get)(void *ctx, struct amp_demo *out);
    void (*set)(void *ctx, const struct amp_demo *demo);
};

struct amp_server_config {
    const char *addr;       /* "127.0.0.1" */
    uint16_t port;          /* 0: any */
    bool no_tcp;            /* no address at all: only what is in this process, and local_path */
    struct amp_tls *tls;    /* borrowed; NULL: in the clear, which only loopback may be */
    bool behind_proxy;      /* a proxy on this machine does TLS, and says who asks */
    const char *local_path; /* of the socket for the command line of the same user; NULL: none */
    const char *origin;     /* of a new log: a name such as "log.example.org/2026"; NULL: made up */
    bool invite;            /* make a one-time link while nobody can log in */
    bool open;              /* a demo: no accounts, loopback only */
    bool journal_looks;     /* looking at personal data is an event */
    double rate;            /* requests a second of one account; 0: no limit */
    uint8_t master[AMP_KEY]; /* what the journal's secrets are sealed with */
    const char *dir;         /* of snapshots; NULL: none */
    uint64_t snapshot_every; /* records from one to the next; 0: none */
    bool quiet;
    const char *version;
    struct amp_store *store;       /* borrowed */
    const struct amp_plans *plans; /* borrowed */
    const struct amp_cards *cards; /* borrowed; NULL: none */
    const struct amp_map *map;     /* borrowed; NULL: none */
    const char *timezone;          /* the name of amp_zone_set's; NULL: no local time is known, and
                                    * what holds on roads at times is read strictly */
    const char *map_path;          /* of its file, to be read again; NULL: it stays */
    void (*map_left)(void *ctx);   /* the borrowed map is needed no more. Any thread. May be NULL */
    int verifier_fd;               /* a verifier's socket, taken over; 0 or -1: none */
    int courier_fd;                /* a courier's socket, taken over; 0 or -1: none */
    int64_t
        again_ms; /* at least so long until what would not leave is tried again; 0: as is right */
    int64_t tick_ms;      /* between two looks at what waits for its time; 0: AMP_SERVER_TICK_MS */
    const char *link_url; /* how callers reach this server: "https://sos.example.org"; NULL: not */
    const struct amp_sms_gateway *sms;           /* borrowed; NULL: texts wait in the outbox */
    const struct amp_feeds *feeds;               /* of alerts; borrowed; NULL: none */
    const struct amp_alert_areas *alert_areas;   /* where codes are; borrowed; NULL: no table */
    const struct amp_partners *partners;         /* borrowed; NULL: none */
    const struct amp_warning_settings *warnings; /* borrowed; NULL: drafts alone, none is issued */
    const struct amp_i3 *i3; /* borrowed; NULL: no LogEvents of NENA i3 are told */
    struct amp_clock clock;
    struct amp_clock
        running; /* goes while the machine is on, and cannot be set; NULL: the machine's */
    int64_t retention_wait_s; /* how long both must have agreed before anything is erased */
    const struct amp_demo_hooks *demo; /* NULL: no demo */
    const struct amp_lost_table *lost; /* borrowed; POST /lost answers from it; NULL: none */
    struct amp_str aml_key; /* borrowed; what AML forms must be signed with; empty: need not be */
    void *ctx;
    void (*failed)(void *ctx);      /* a commit failed: stop. Any thread. May be NULL */
    void (*work_begins)(void *ctx); /* before each task of a worker; a test hangs it. May be NULL */
};

AMP_MUST amp_err amp_server_start(const struct amp_server_config *config, struct amp_server **out,
                                  struct amp_why *why);
uint16_t amp_server_port(const struct amp_server *server);
/* The one-time text with which the first admin sets a password; "" once somebody can log in. */
const char *amp_server_setup(const struct amp_server *server);
const char *amp_server_log_key(const struct amp_server *server); /* "origin+id+key" */
/* Reads the map file again, as POST /v1/map/reload does; the log says what came of it. */
AMP_MUST amp_err amp_server_map_reload(struct amp_server *server);
/* Other plans from the next command on. They, and those that were in force before, are borrowed
 * until the server was stopped: workers may still look at them. AMP_E_BUSY: nothing changes. */
AMP_MUST amp_err amp_server_plans_replace(struct amp_server *server, const struct amp_plans *plans);
/* What is shown from now on to those that we connect to and that ask for a certificate, and the
 * authorities beside the machine's. AMP_E_BUSY: nothing changes, try again; AMP_E_LIMIT: more than
 * AMP_COURIER_FRAME bytes in all. */
AMP_MUST amp_err amp_server_peer_renew(const struct amp_server *server,
                                       const struct amp_courier_tls *tls);
/* Stops taking requests, finishes those that wait, writes all, closes. AMP_E_IN_DOUBT when a commit
 * had failed. Accepts NULL. */
amp_err amp_server_stop(struct amp_server *server);

struct amp_outcome { /* of a command; valid during the callback */
    amp_err err;
    const char *why; /* one sentence when err */
    uint64_t seq;    /* holds after this record */
    struct amp_incident_id incident;
    struct amp_call_id call;
    struct amp_closure_id closure;
};
typedef void amp_outcome_fn(void *ctx, const struct amp_outcome *outcome);

/* The command is copied; its time is set by the server. done may be NULL; AMP_E_BUSY when the queue
 * is full, and then done is not called. */
AMP_MUST amp_err amp_server_command(struct amp_server *server, const struct amp_command *command,
                                    amp_outcome_fn *done, void *ctx);

struct amp_sighting { /* a vehicle's position by call sign */
    char unit[AMP_WORD_MAX + 1];
    struct amp_position position; /* fix_us 0: now */
};
AMP_MUST amp_err amp_server_positions(struct amp_server *server,
                                      const struct amp_sighting *sighting, size_t n);

/* Any route, without HTTP around it; all is copied. The reply's body is valid during the callback.
 * AMP_E_RANGE when the actor is not a word. */
struct amp_server_ask {
    enum amp_method method;
    const char *target;   /* path and query */
    struct amp_str body;  /* may be empty */
    struct amp_str actor; /* who asks, as the record names it; empty: "desk" */
    enum amp_role role;   /* of an open server, without accounts; AMP_ROLE_NONE: a dispatcher */
};
typedef void amp_reply_fn(void *ctx, int status, struct amp_str body);
AMP_MUST amp_err amp_server_request(struct amp_server *server, const struct amp_server_ask *ask,
                                    amp_reply_fn *reply, void *ctx);

/* Runs look on the core's thread and waits for it. The state must not be kept. */
typedef void amp_look_fn(void *ctx, const struct amp_state *state, const struct amp_track *track,
                         int64_t now_us);
AMP_MUST amp_err amp_server_look(struct amp_server *server, amp_look_fn *look, void *ctx);

#endif
