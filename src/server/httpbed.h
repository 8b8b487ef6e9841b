/*
 * For tests: the HTTP service alone, with a handler that does what the path says.
 *
 * /peer says who asks; /size the length of the body; /long sends HBED_LONG bytes; /stream says
 * "hello" and then what hbed_say gives it; /late waits for hbed_release. Only code of tests
 * includes this.
 */
#ifndef AMP_SERVER_HTTPBED_H
#define AMP_SERVER_HTTPBED_H

#include "server/http.h"
#include <pthread.h>
#include <stdatomic.h>

enum {
    HBED_PATH = 96,
    HBED_LONG = 32 << 20,
    HBED_STREAMS = 16,
    HBED_ROOM = 64 << 20
};

struct hbed_stream {
    struct hbed *bed;
    struct amp_stream *stream;
    size_t said; /* of the bed's words */
    bool parked, open;
};

struct hbed {
    struct amp_http_config config; /* change it before hbed_start */
    struct amp_http *http;
    char dir[HBED_PATH], path[HBED_PATH]; /* a folder of its own, and a socket in it */
    char *many;
    pthread_mutex_t lock;
    struct amp_buf words;
    struct hbed_stream stream[HBED_STREAMS];
    size_t stream_n;
    bool ending;
    struct amp_request *late;
    atomic_int inside, worst; /* calls of the handler at once, and the most there were */
    atomic_int gone;          /* requests that are over */
};

struct hbed *hbed_make(void); /* a folder, and a configuration for a free port of loopback */
void hbed_start(struct hbed *bed);
void hbed_stop(struct hbed *bed);
void hbed_free(struct hbed *bed); /* stops if need be */

void hbed_say(struct hbed *bed, const char *word);
bool hbed_release(struct hbed *bed); /* answers the request that waits; false if none does yet */

int hbed_tcp(const struct hbed *bed, const char *from); /* from: an address of loopback, or NULL */
int hbed_unix(const struct hbed *bed);                  /* -1 if it does not work */
/* Sends text and gives the answer, which the caller frees; closes fd if `close_it`. */
struct amp_buf hbed_ask(int fd, const char *text, const char *until);
/* True when the other end closes or cuts the connection, false after a generous patience. */
bool hbed_is_closed(int fd);

#endif
