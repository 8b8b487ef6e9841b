/*
 * The inside of the server, shared by its files: the core, its jobs, and what a route may do.
 *
 * A job is one request (or command, or tick) from its arrival to its answer. It walks through
 * steps; a step runs on the core's thread unless its name says otherwise, and ends in exactly one
 * of amp_core_answer, amp_core_refuse, amp_core_commit, amp_core_work or amp_core_wait.
 */
#ifndef AMP_SERVER_INSIDE_H
#define AMP_SERVER_INSIDE_H

#include "base/json.h"
#include "fleet/filter.h"
#include "journal/writer.h"
#include "model/view.h"
#include "response/decide.h"
#include "server/cover.h"
#include "server/credential.h"
#include "server/crews.h"
#include "server/directory.h"
#include "server/endpoint.h"
#include "server/keys.h"
#include "server/limit.h"
#include "server/lockout.h"
#include "server/metrics.h"
#include "server/push.h"
#include "server/retention.h"
#include "server/scarce.h"
#include "server/server.h"
#include "server/uri.h"
#include "server/worker.h"
#include <pthread.h>

enum {
    AMP_JOB_ARENA = 32 << 20, /* bytes one request may use */
    AMP_JOB_ANSWER = 64 << 20,
    AMP_MAP_VERSION_TEXT = 17,
    AMP_JOB_TEXT = 64, /* bytes of a header field kept */
    AMP_JOB_FIELDS = 3 /* header fields of a route's own in its answer */
};

struct amp_job;
struct amp_warning_feed; /* warning_feed.c */
struct amp_badge_noted { /* in the arena of a job */
    struct amp_badge_noted *next;
    uint8_t hash[AMP_SHA256];
};
typedef void amp_step_fn(struct amp_server *server, struct amp_job *job);
typedef void amp_see_fn(struct amp_server *server, struct amp_job *job,
                        const struct amp_decision *decision);
struct amp_scratch {              /* of one worker */
    const struct amp_map *map;    /* the one that the job at hand asks; NULL without a map */
    uint64_t map_serial;          /* of its file's */
    struct amp_road_query *query; /* of it; NULL without a map */
    struct amp_store *reader;     /* on the journal */
};
typedef void amp_work_fn(struct amp_server *server, struct amp_job *job,
                         struct amp_scratch *scratch);

/* A map that is, or was, in force: counted; see mapswap.c. */
struct amp_map_held {
    const struct amp_map *view; /* &own, or the starter's */
    struct amp_map own;
    struct amp_map_held *parent;  /* of which this is another hour; NULL: of a file of its own */
    struct amp_lost_ground *lost; /* the table of LoST on it, the parent's if it has one; or NULL */
    struct amp_server *server;
    struct amp_task closing;
    atomic_uint users;
    uint64_t serial; /* 1 is the first */
    bool spoilt;     /* somebody wrote into its file: said once */
};

struct amp_job {
    struct amp_job *next; /* in the queue, or among those that wait */
    struct amp_server *server;
    amp_step_fn *step;
    const struct amp_endpoint *route; /* NULL: not from a route */
    int64_t arrived_us;               /* steady */

    /* whom to answer: one of these, or nobody */
    struct amp_request *rq;
    amp_reply_fn *reply;
    amp_outcome_fn *outcome;
    void *reply_ctx;

    /* what was asked */
    struct amp_arena arena;
    struct amp_uri uri;
    struct amp_str param[AMP_ENDPOINT_PARAMS];
    struct amp_str body;
    struct amp_str key, actor;
    bool own_key; /* the key is the route's, and says all: not compared with the request */
    struct amp_identity who; /* who asks */
    struct amp_peer peer;
    struct amp_command command;
    struct amp_command also; /* decided with it, stands or falls with it */
    bool has_also;
    struct amp_str query_raw;
    char etag[AMP_JOB_TEXT]; /* If-None-Match */
    bool gzip;               /* may be compressed */
    uint64_t since;          /* of a stream */

    /* the answer */
    int status;
    const char *type;
    struct amp_buf out;
    struct amp_http_field field[AMP_JOB_FIELDS]; /* values in the arena */
    size_t field_n;
    bool repeated;
    bool compressed;
    bool shared;        /* public: whoever is between may keep it a little */
    bool lasting;       /* and for ever */
    const char *policy; /* Content-Security-Policy; NULL: nothing may be done with it */
    amp_err err;
    struct amp_why why;
    struct amp_outcome result;

    /* what has to be written first */
    amp_see_fn *see;
    amp_step_fn *after; /* instead of answering, once durable */
    struct amp_buf records;
    struct amp_draft *draft;
    struct amp_message **message;
    size_t record_n;
    bool erases;               /* listeners that come back must not hear what was before */
    struct amp_secret *secret; /* changed with them; names and values in the arena */
    size_t secret_n, secret_cap;
    int64_t submitted_us;
    /* in force as soon as the records are submitted, and not before */
    struct amp_badge_noted *ended;
    struct amp_badge_noted *issued; /* known at once; gone again if the job is refused */
    struct amp_credential *credential;

    /* what a worker or a deadline is waited for */
    struct amp_task task;
    amp_work_fn *work;
    amp_step_fn *back; /* where the worker's result is looked at; NULL: it is the answer */
    struct amp_metric *metric;
    struct amp_crews *crews;
    struct amp_map_held *map; /* the one asked, in force when the core prepared it; or NULL */
    void *data;               /* the route's own, in the arena */
    uint64_t metric_version;  /* the roads that know its closure */
    int64_t deadline_us;      /* steady */
    uint64_t ticket;
};

struct amp_guarded_queue { /* what other threads hand to the core */
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct amp_job *first, **last;
    size_t n;
    bool stopping, ended;
};

struct amp_server {
    struct amp_server_config config;
    char addr[64];
    char setup_text[AMP_BADGE_TEXT];
    struct amp_http *http;
    struct amp_push *push;
    struct amp_workers *workers;
    struct amp_journal *journal;
    struct amp_writer *writer;
    struct amp_keys *keys;
    struct amp_directory *directory;
    uint8_t hash_seed[AMP_KEYED_SEED];
    struct amp_limit *limit;     /* the network thread's */
    struct amp_workers *scribes; /* one thread for passwords: slow on purpose */
    struct amp_history *history; /* the thread that looks into the past */
    struct amp_workers *porter;  /* one thread that stores and reads media: it waits for the disk */
    struct amp_workers *movers;  /* one thread that opens and closes maps; NULL without a map */
    struct amp_sockets *sockets; /* connections of partners that subscribed; NULL without any */
    struct amp_log_signer *signer;
    struct amp_snapshots *snapshots;
    struct amp_metrics metrics;
    int64_t started_us; /* steady */
    pthread_t thread;
    bool thread_runs;
    struct amp_guarded_queue queue;
    atomic_size_t in_flight; /* submissions the writer has not answered */
    atomic_bool failed;

    /* the core's own */
    struct amp_credentials credentials;
    struct amp_lockout *lockout;
    struct amp_outbound *outbound;
    struct amp_feeding *feeding;           /* feeds of alerts, and when to ask them */
    struct amp_alert_names *alert_names;   /* areas of the map by their names, as alerts ask */
    struct amp_verifier *verifier;         /* asked about signatures, from workers */
    struct amp_exchanges *exchanges;       /* what partner centres are still to be told */
    struct amp_warning_feed *warning_feed; /* as the world reads it; NULL: nobody has */
    struct amp_notifier *notifier;     /* and what those that subscribed are; NULL without any */
    struct amp_subscriber *subscriber; /* to which of them we subscribed; NULL without any */
    struct amp_webhooks *webhooks;
    struct amp_texting *texting; /* texts that wait for a gateway */
    struct amp_looks *looks;     /* who looked at what lately */
    struct amp_state state;
    struct amp_track track;
    int64_t now_us;
    struct amp_job *waiting;
    uint64_t ticket_last;
    struct amp_fleet_trail *trail; /* by unit id - 1: what was heard, and why it was dropped */
    size_t trail_cap;
    bool *moved; /* by unit id - 1: reported since the last positions message */
    size_t moved_cap;
    bool any_moved;
    bool media_sweep;       /* something ended: files may belong to nothing now */
    int64_t media_sweep_us; /* not before then */
    int64_t tick_at_us, positions_at_us, heartbeat_at_us;
    int64_t tell_at_us; /* partners may be told something then; INT64_MAX: nothing is known */
    struct amp_retention retention;
    struct amp_scarce scarce;
    struct amp_map_held *map;     /* in force; config.map is its view, for the core alone */
    uint64_t map_serial;          /* of the newest */
    bool map_opening;             /* a new one is on its way */
    struct amp_lost_ground *lost; /* without a map */
    struct amp_metric *metric[AMP_PROFILE_COUNT];
    struct amp_crews *crews; /* NULL without a map */
    struct amp_cover *cover; /* the same */
    unsigned follow_round;
    bool following;
    uint64_t metric_version; /* closures known to the metrics in force */
    uint64_t metric_wanted;
    bool metric_building, metric_start;
    int64_t hour_min; /* of Unix time: what holds on the roads at times was looked at */
};

/* job.c: making, answering and ending jobs; any thread. */
struct amp_job *amp_job_create(struct amp_server *server);
void amp_job_destroy(struct amp_job *job);
void amp_job_send(struct amp_job *job); /* the answer is ready: out it goes, and the job ends */
/* The body of a problem alone: for what is recorded and answered so all the same. */
void amp_job_problem_write(struct amp_job *job, amp_err err, const char *sentence);
void amp_job_problem(struct amp_job *job, amp_err err, const struct amp_why *why);
uint64_t amp_job_hash(uint64_t hash, struct amp_str text); /* FNV-1a; start with 0 */
amp_err amp_job_fields_copy(struct amp_job *job, const struct amp_command *command);

/* The header fields that keep a browser from doing more with an answer than was meant. */
void amp_job_safety(const struct amp_job *job, const char *policy, struct amp_http_answer *answer);
/* A secret changes when the job's records are written (or alone). Copied. */
AMP_MUST amp_err amp_job_secret_put(struct amp_job *job, struct amp_str name, struct amp_str value);
/* The same of a buffer, with its error: a value that is not whole is never stored. */
AMP_MUST amp_err amp_job_secret_keep(struct amp_job *job, struct amp_str name,
                                     const struct amp_buf *value);
AMP_MUST amp_err amp_job_secret_remove(struct amp_job *job, struct amp_str name);
/* A header field of the answer; the value is copied. */
AMP_MUST amp_err amp_job_field(struct amp_job *job, const char *name, struct amp_str value);

/* core.c */
AMP_MUST amp_err amp_core_open(struct amp_server *server, struct amp_why *why);
AMP_MUST amp_err amp_core_start(struct amp_server *server);
void amp_core_stop(struct amp_server *server); /* finishes what waits */
void amp_core_close(struct amp_server *server);
/* Hands a job to the core; AMP_E_BUSY when too many wait. */
AMP_MUST amp_err amp_core_push(struct amp_server *server, struct amp_job *job);
/* A job comes back to the core. AMP_E_BUSY when the core has ended: then it is still the caller's.
 */
AMP_MUST amp_err amp_core_return(struct amp_server *server, struct amp_job *job, amp_step_fn *step);

/* What a step may end in. */
void amp_core_answer(struct amp_server *server, struct amp_job *job, int status);
void amp_core_refuse(struct amp_server *server, struct amp_job *job, amp_err err,
                     const struct amp_why *why);
/* Decides and applies job->command; see writes the answer from the state after it. */
void amp_core_commit(struct amp_server *server, struct amp_job *job, int status, amp_see_fn *see);
/* Hands the job to a worker, once all that it has seen is durable. The worker writes the answer. */
void amp_core_work(struct amp_server *server, struct amp_job *job, amp_work_fn *work);
/* The same, behind the commit that follows. */
void amp_core_work_after(struct amp_job *job, amp_work_fn *work);
/* The same, on the thread that looks into the past (history.h): for a commit, or amp_core_settle.
 */
void amp_core_history(struct amp_job *job, amp_work_fn *work);
/* Hands the job to the thread for passwords; back runs on the core's thread afterwards. */
void amp_core_scribe(struct amp_server *server, struct amp_job *job, amp_work_fn *work,
                     amp_step_fn *back);
/* The same with the thread for media; and behind the commit or answer that follows. */
void amp_core_port(struct amp_server *server, struct amp_job *job, amp_work_fn *work,
                   amp_step_fn *back);
void amp_core_port_after(struct amp_job *job, amp_work_fn *work);
/* Runs job->after on the writer's thread, behind all that was submitted. */
void amp_core_through_writer(struct amp_server *server, struct amp_job *job);
/* Waits for amp_core_unwait, or runs step at the deadline. */
void amp_core_wait(struct amp_server *server, struct amp_job *job, int64_t for_ms,
                   amp_step_fn *step);
struct amp_job *amp_core_unwait(struct amp_server *server, uint64_t ticket); /* NULL: it is gone */

void amp_core_submit(struct amp_server *server, struct amp_job *job); /* its records and secrets */
void amp_core_settle(struct amp_server *server, struct amp_job *job); /* there are none */
bool amp_core_has_room(struct amp_server *server);
/* Something small may be written, if it is not a command: of a command commit.c asks more. */
bool amp_core_may_write(struct amp_server *server);
void amp_core_fail(struct amp_server *server, amp_err err, const char *doing);

/* first.c: what a new journal needs before anybody can come in; waits for the core */
AMP_MUST amp_err amp_first_steps(struct amp_server *server, struct amp_why *why);

/* accounts.c: the directory and the credentials beside the state */
AMP_MUST amp_err amp_accounts_load(struct amp_server *server, struct amp_why *why);
AMP_MUST amp_err amp_accounts_event(struct amp_server *server, struct amp_job *job,
                                    const struct amp_event *event);
/* A fresh badge, known at once and stored with the job; text is what its holder shows. The hash of
 * badge is set. */
AMP_MUST amp_err amp_badge_issue(struct amp_server *server, struct amp_job *job,
                                 struct amp_badge *badge, char text[AMP_BADGE_TEXT]);
AMP_MUST amp_err amp_badge_end(struct amp_server *server, struct amp_job *job,
                               const struct amp_badge *badge);
/* All of an account that have one of the kinds, but not the one with the id `but` (or ""). */
AMP_MUST amp_err amp_badges_end(struct amp_server *server, struct amp_job *job, const char *account,
                                unsigned kinds, const char *but);

/* What has expired ends, with its streams; a few at each tick. */
void amp_accounts_tick(struct amp_server *server);
/* The credential of an account as it is after this job: to be changed. NULL when memory is short.
 */
struct amp_credential *amp_credential_change(struct amp_server *server, struct amp_job *job,
                                             struct amp_str account);
/* What the job ends and changes is so from now on; or nothing of it is. */
void amp_accounts_settle(struct amp_server *server, struct amp_job *job);
void amp_accounts_undo(struct amp_server *server, struct amp_job *job);

/* looks.c: one look in ten minutes is one event */
struct amp_looks *amp_looks_create(void); /* NULL when memory is short */
bool amp_look_is_new(struct amp_looks *looks, struct amp_str account, struct amp_incident_id id,
                     const char *look, int64_t now_us);

/* signer.c: checkpoints of the journal */
AMP_MUST amp_err amp_signer_open(struct amp_server *server, struct amp_why *why);
void amp_signer_close(struct amp_log_signer *signer); /* accepts NULL */
/* The key of a new log, or of one that was restored, as secrets of the job; else nothing. */
AMP_MUST amp_err amp_signer_make(struct amp_server *server, struct amp_job *job);
const char *amp_signer_origin(const struct amp_log_signer *signer);
bool amp_signer_restored(struct amp_log_signer *signer); /* the key is a new one: once */
const char *amp_signer_vkey(const struct amp_log_signer *signer);
/* The signed checkpoint of what is durable, through a reader. Any thread. */
AMP_MUST amp_err amp_signer_checkpoint(struct amp_log_signer *signer, struct amp_store *reader,
                                       struct amp_buf *out, struct amp_head *head,
                                       struct amp_why *why);

/* The same for an earlier size. */
AMP_MUST amp_err amp_signer_at(const struct amp_log_signer *signer, struct amp_store *reader,
                               uint64_t size, struct amp_buf *out, struct amp_why *why);
void amp_signer_tick(struct amp_server *server); /* stores it now and then */
void amp_signer_last(struct amp_server *server); /* and at the end; the writer has stopped */

/* snapshot.c: what makes the next start short */
AMP_MUST amp_err amp_snapshots_start(struct amp_server *server);
void amp_snapshots_stop(struct amp_snapshots *snapshots);    /* ends its thread; accepts NULL */
void amp_snapshots_destroy(struct amp_snapshots *snapshots); /* accepts NULL */
void amp_snapshots_tick(struct amp_server *server);          /* makes one when it is time */
AMP_MUST amp_err amp_snapshots_erase(struct amp_server *server, struct amp_job *job);

/* retention.c: what was kept long enough is erased */
void amp_retention_start(struct amp_server *server); /* the state is folded */
void amp_retention_tick(struct amp_server *server);

/* events.c: what the core tells the listeners */
struct amp_message *amp_events_message(struct amp_server *server, const struct amp_event *event);
void amp_events_positions(struct amp_server *server);
void amp_events_heartbeat(struct amp_server *server);
AMP_MUST amp_err amp_events_moved(struct amp_server *server, struct amp_unit_id unit);

/* roads.c: closures and the weights that know them */
AMP_MUST amp_err amp_roadworks_start(struct amp_server *server, struct amp_why *why);
void amp_roadworks_finish(struct amp_server *server);
void amp_roadworks_changed(struct amp_server *server); /* a closure was made or lifted */
void amp_roadworks_settle(struct amp_server *server);  /* the command with it is applied */
void amp_roadworks_retry(struct amp_server *server);   /* if the last attempt failed */
/* What holds at times holds otherwise by now: new weights. */
void amp_roadworks_tick(struct amp_server *server);
void amp_roadworks_await(struct amp_server *server, struct amp_job *job);
/* Weights of another map than the one in force, with the closures in force: drafted and installed
 * by the core, made by any thread between. NULL when memory is short. */
struct amp_job *amp_roadworks_draft(struct amp_server *server, struct amp_map_held *map);
AMP_MUST amp_err amp_roadworks_weigh(struct amp_job *draft, struct amp_why *why);
bool amp_roadworks_fresh(const struct amp_server *server, const struct amp_job *draft);
void amp_roadworks_install(struct amp_server *server, struct amp_job *draft); /* ends it */
void amp_roadworks_discard(struct amp_job *draft); /* ends it; accepts NULL */

/* mapswap.c: the map in force. Work of a job asks scratch->map and never config.map, which is the
 * core's and changes; amp_core_work and amp_core_work_after see to that. A task of one's own calls
 * amp_job_map for its carrier on the core's thread and amp_scratch_turn on the worker's. */
AMP_MUST amp_err amp_maps_start(struct amp_server *server, struct amp_why *why);
void amp_maps_stop(struct amp_server *server);   /* ends its thread; nobody asks any more */
void amp_maps_finish(struct amp_server *server); /* lets go of the last one */
void amp_maps_tick(struct amp_server *server);
/* The local time now; not known where the server has none. Any thread. */
struct amp_when amp_map_now(const struct amp_server *server);
/* The map at another hour: the same file, other roads. Any thread; *out is held once. */
AMP_MUST amp_err amp_map_at(struct amp_map_held *held, const struct amp_when *when,
                            struct amp_map_held **out, struct amp_why *why);
/* That one is in force from now on; takes the hold of the caller. */
void amp_map_turn(struct amp_server *server, struct amp_map_held *held);
void amp_map_version(const struct amp_map *map, char out[AMP_MAP_VERSION_TEXT]);
struct amp_map_held *amp_map_ref(struct amp_map_held *held); /* accepts NULL */
void amp_map_unref(struct amp_map_held *held);               /* any thread; accepts NULL */
void amp_job_map(struct amp_server *server, struct amp_job *job);
/* The table of LoST on the map of the job, or without one; NULL: there is no table. */
const struct amp_lost_ground *amp_job_lost(const struct amp_job *job);
/* Makes the scratch ready for questions to this map, if it is not. */
AMP_MUST amp_err amp_scratch_turn(struct amp_scratch *scratch, const struct amp_map_held *held);

/* api_coverage.c: an ask of coverage by now, with the past if it is wanted; in the job's arena. */
AMP_MUST amp_err amp_coverage_past(struct amp_server *server, struct amp_job *job,
                                   struct amp_cover_ask *ask);
struct amp_candidate;
/* A free crew as coverage counts it, from where `who` is. */
struct amp_cover_crew amp_coverage_crew(const struct amp_server *server,
                                        const struct amp_unit *unit,
                                        const struct amp_candidate *who);

/* follow.c: the crews on the roads are kept where they are; before the moved ones are told */
void amp_follow_tick(struct amp_server *server);
/* A crew as the roads know it, counted from where `who` is. */
struct amp_crew_at amp_follow_crew(const struct amp_server *server, const struct amp_unit *unit,
                                   const struct amp_candidate *who);

#endif
