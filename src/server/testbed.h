/*
 * For tests: a server in this process on a free port, and a small HTTP client that checks nothing.
 *
 * Only code of tests includes this. Stores: memory, a folder, or one of the test's own.
 */
#ifndef AMP_SERVER_TESTBED_H
#define AMP_SERVER_TESTBED_H

#include "base/json.h"
#include "model/role.h"
#include "server/server.h"

enum {
    BED_PATH = 256,
    BED_HEAD = 4096,
    BED_SECRET = 80,    /* bytes of what an account shows, and the end */
    BED_WAIT_MS = 20000 /* after this a test gives up waiting for what must come */
};

struct bed {
    struct amp_server *server;
    struct amp_store *store;
    struct amp_plans *plans;
    struct amp_server_config config; /* change it before bed_start */
    struct amp_clock_set clock;
    char dir[BED_PATH]; /* "" in memory */
    bool keep_store;    /* bed_stop leaves the store open */
    const char *as;     /* a token, or "cookie: NAME=VALUE": sent with each request; NULL: nobody */
};

#define BED_NOON INT64_C(1790000000000000) /* where the clock stands at first */

void bed_init(struct bed *bed);   /* plans and defaults; memory store */
void bed_folder(struct bed *bed); /* before bed_start: a fresh folder and SQLite */
void bed_start(struct bed *bed);  /* asserts that it worked */
amp_err bed_stop(struct bed *bed);
void bed_drop(struct bed *bed); /* stops if need be, removes the folder */
/* For cmocka: *state is a started bed with a town. */
int bed_set_up(void **state);
int bed_tear_down(void **state);

/* The courier of a test's own. Before bed_start: the server gets a socket, and this is the other
 * end, which the test closes. */
int bed_courier(struct bed *bed);
/* The next frame for the courier; the caller drops it. NULL when none comes within the time. */
json_t *bed_errand(int courier, int wait_ms);

struct reply {
    int status;
    char head[BED_HEAD]; /* status line and fields */
    struct amp_buf body; /* chunks put together */
    json_t *json;        /* NULL if it is none */
};

/* fields: "Name: value\r\n..." or NULL. The reply is the caller's to free. */
void bed_send(const struct bed *bed, const char *method, const char *path, const char *body,
              const char *fields, struct reply *out);
void bed_get(const struct bed *bed, const char *path, struct reply *out);
void bed_post(const struct bed *bed, const char *path, const char *body, struct reply *out);
void reply_free(struct reply *reply);
/* The value at "incident.calls.0.id"; NULL if there is none. */
const json_t *reply_at(const struct reply *reply, const char *path);
const char *reply_text(const struct reply *reply, const char *path); /* "" if none */
int64_t reply_int(const struct reply *reply, const char *path);      /* -1 if none */
/* Sends and checks the status; frees the reply. */
void bed_expect(const struct bed *bed, const char *method, const char *path, const char *body,
                int status);

/* ---- accounts: of a bed whose config.open is false ---- */

/* The in-process door, as the command line uses it: who asks is the local admin. */
void bed_local(const struct bed *bed, enum amp_method method, const char *target, const char *body,
               struct reply *out);
void bed_local_expect(const struct bed *bed, enum amp_method method, const char *target,
                      const char *body, int status);
/* Adds an account; more: further members such as ",\"agency\":\"x\"", or "". Gives the token of
 * its one-time link. */
void bed_account(const struct bed *bed, const char *name, enum amp_role role, const char *more,
                 char setup[BED_SECRET]);
/* An API token of an account; scopes: "\"read\",\"write\"". */
void bed_token(const struct bed *bed, const char *account, const char *scopes,
               char out[BED_SECRET]);
/* An account of this role that has the scopes read, write, positions, intake and metrics. */
void bed_member(const struct bed *bed, const char *name, enum amp_role role, const char *more,
                char token[BED_SECRET]);
/* Logs an account of bed_account in for the first time, with BED_PASSWORD; gives what `as` takes.
 */
#define BED_PASSWORD "correct horse battery"
void bed_enter(const struct bed *bed, const char *setup, char cookie[BED_SECRET]);
/* An account that has logged in; gives its cookie. */
void bed_person(const struct bed *bed, const char *name, enum amp_role role,
                char cookie[BED_SECRET]);
/* As bed_send and bed_expect, by who shows `as` (NULL: nobody). */
void bed_as_ask(const struct bed *bed, const char *as, const char *method, const char *path,
                const char *body, struct reply *out);
void bed_as_expect(const struct bed *bed, const char *as, const char *method, const char *path,
                   const char *body, int status);
void bed_later(struct bed *bed, int64_t seconds); /* moves the clock */
/* Opens the stream of events and waits for its first heartbeat; the caller closes and frees. */
int bed_listen(const struct bed *bed, const char *as, const char *query, struct amp_buf *heard);
/* Waits until the stream says that its session ended, and ends; closes and frees. */
void bed_stream_ends(int fd, struct amp_buf *heard);
/* The cookie that an answer set, as `as` takes it. */
void reply_cookie(const struct reply *reply, char cookie[BED_SECRET]);
/* A field of the answer's head; empty if it is not there. */
struct amp_str reply_field(const struct reply *reply, const char *name);

int bed_connect(const struct bed *bed);
void bed_write(int fd, const void *data, size_t len);
/* Reads until text came, keeps what came in buf. False at the end of the stream or of patience. */
bool bed_read_until(int fd, struct amp_buf *buf, const char *text);

/* The map of the made-up town of this seed. The caller closes it. */
void bed_map(uint64_t seed, struct amp_map *out);
void bed_town(const struct bed *bed); /* a station S1, units M1..M3, in Porto */

#endif
