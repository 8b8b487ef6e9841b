/* Asks a running server through its socket (libcurl), or a journal at rest in this process. */
#include "cli/control.h"
#include "cli/setup.h"
#include "server/server.h"
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    ANSWER_MAX = 256 << 20,
    PATH_BYTES = sizeof(((struct sockaddr_un *)0)->sun_path),
    CONNECT_S = 10,
    ANSWER_S = 600
};

static amp_err socket_path(const char *dir, char out[PATH_BYTES], struct amp_why *why)
{
    int n = snprintf(out, PATH_BYTES, "%s/%s", dir, AMP_CONTROL_SOCKET);
    return n > 0 && n < (int)PATH_BYTES
               ? AMP_OK
               : amp_fail(why, AMP_E_LIMIT, "the name of %s is too long for a socket in it", dir);
}

static bool somebody_listens(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
    bool listens = fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof addr) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return listens;
}

/* ---- a running server ---- */

static size_t on_bytes(char *data, size_t size, size_t n, void *ctx)
{
    struct amp_buf *out = ctx;
    amp_buf_put(out, data, size * n);
    return amp_buf_err(out) == AMP_OK ? size * n : 0;
}

static CURLcode curl_ask(CURL *curl, const char *path, const struct amp_control_ask *ask,
                         struct curl_slist *fields, struct amp_buf *out)
{
    char url[AMP_HTTP_HEAD_MAX];
    (void)snprintf(url, sizeof url, "http://localhost%s", ask->target);
    (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, path);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, amp_method_name(ask->method));
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)ANSWER_S);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (ask->method != AMP_METHOD_GET) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, ask->body.len > 0 ? ask->body.ptr : "");
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)ask->body.len);
    }
    return curl_easy_perform(curl);
}

static amp_err server_ask(const char *path, const struct amp_control_ask *ask, int *out_status,
                          struct amp_buf *out, struct amp_why *why)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *fields = curl_slist_append(NULL, "Content-Type: application/json");
    long status = 0;
    amp_err err = curl != NULL && fields != NULL ? AMP_OK : AMP_E_NOMEM;
    if (err == AMP_OK) {
        CURLcode code = curl_ask(curl, path, ask, fields, out);
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (code != CURLE_OK) {
            err = amp_fail(why, AMP_E_IO, "the server at %s did not answer: %s", path,
                           curl_easy_strerror(code));
        }
    }
    curl_slist_free_all(fields);
    curl_easy_cleanup(curl);
    *out_status = (int)status;
    return err;
}

/* ---- a journal at rest ---- */

struct reply {
    pthread_mutex_t lock;
    pthread_cond_t came;
    bool there;
    int status;
    struct amp_buf *out;
};

static void on_reply(void *ctx, int status, struct amp_str body)
{
    struct reply *reply = ctx;
    (void)pthread_mutex_lock(&reply->lock);
    amp_buf_str(reply->out, body);
    reply->status = status;
    reply->there = true;
    (void)pthread_cond_signal(&reply->came);
    (void)pthread_mutex_unlock(&reply->lock);
}

static amp_err here_ask(struct amp_server *server, const struct amp_control_ask *ask,
                        int *out_status, struct amp_buf *out)
{
    struct reply reply = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER, .out = out};
    const struct amp_server_ask question = {
        .method = ask->method, .target = ask->target, .body = ask->body, .actor = AMP_STR("local")};
    amp_err err = amp_server_request(server, &question, on_reply, &reply);
    if (err != AMP_OK) {
        return err;
    }
    (void)pthread_mutex_lock(&reply.lock);
    while (!reply.there) {
        (void)pthread_cond_wait(&reply.came, &reply.lock);
    }
    (void)pthread_mutex_unlock(&reply.lock);
    *out_status = reply.status;
    return amp_buf_err(out);
}

static amp_err journal_ask(const struct amp_control_ask *ask, int *out_status, struct amp_buf *out,
                           struct amp_why *why)
{
    struct amp_server_config config = {.no_tcp = true,
                                       .quiet = true,
                                       .version = AMP_VERSION,
                                       .clock = amp_clock_real(),
                                       .dir = ask->master.dir};
    struct amp_plans *plans = NULL;
    struct amp_server *server = NULL;
    bool made = false;
    amp_err err = amp_cli_plans(NULL, &plans, why);
    err = err ? err : amp_store_sqlite(ask->master.dir, false, &config.store, why);
    err = err ? err : amp_cli_master(&ask->master, config.master, &made, why);
    config.plans = plans;
    err = err ? err : amp_server_start(&config, &server, why);
    err = err ? err : here_ask(server, ask, out_status, out);
    amp_err stopped = amp_server_stop(server);
    amp_store_close(config.store);
    amp_plans_free(plans);
    amp_wipe(config.master, sizeof config.master);
    return err ? err : stopped;
}

amp_err amp_control(const struct amp_control_ask *ask, int *out_status, struct amp_buf *out,
                    struct amp_why *why)
{
    char path[PATH_BYTES], journal[PATH_BYTES + 16];
    amp_err err = socket_path(ask->master.dir, path, why);
    if (err != AMP_OK) {
        return err;
    }
    (void)snprintf(journal, sizeof journal, "%s/journal.db", ask->master.dir);
    if (access(journal, F_OK) != 0) {
        return amp_fail(why, AMP_E_NOT_FOUND,
                        "there is no journal in %s: start `amparo serve` once", ask->master.dir);
    }
    return somebody_listens(path) ? server_ask(path, ask, out_status, out, why)
                                  : journal_ask(ask, out_status, out, why);
}

amp_err amp_control_json(const struct amp_control_ask *ask, json_t **out, struct amp_why *why)
{
    struct amp_buf body = amp_buf_make(ANSWER_MAX);
    struct amp_str detail = {0};
    json_t *obj = NULL;
    int status = 0;
    amp_err err = amp_control(ask, &status, &body, why);
    if (err == AMP_OK && body.len > 0) {
        err = amp_json_read(amp_buf_view(&body), ANSWER_MAX, &obj, why);
    }
    if (err == AMP_OK && status >= 400) {
        (void)!amp_json_str(obj, "detail", &detail, NULL);
        err = amp_fail(why, status == 404 ? AMP_E_NOT_FOUND : AMP_E_CONFLICT, "%.*s",
                       (int)detail.len, detail.len > 0 ? detail.ptr : "");
    }
    if (body.data != NULL) {
        amp_wipe(body.data, body.cap); /* may hold a token */
    }
    amp_buf_free(&body);
    if (err != AMP_OK) {
        json_decref(obj);
        return err;
    }
    *out = obj;
    return AMP_OK;
}

int amp_control_end(const char *command, bool json, json_t *answer, amp_err err,
                    const struct amp_why *why)
{
    int status = AMP_EXIT_OK;
    if (err != AMP_OK) {
        status = amp_cli_fail_as(command, json, err, why);
    } else if (json) {
        char *text = json_dumps(answer, JSON_COMPACT);
        struct amp_buf out = amp_buf_make(ANSWER_MAX);
        amp_buf_text(&out, text != NULL ? text : "null");
        free(text);
        status = amp_cli_print(command, &out);
    }
    json_decref(answer);
    return status;
}

const char *amp_control_text(const json_t *obj, const char *name)
{
    const char *text = json_string_value(json_object_get(obj, name));
    return text != NULL ? text : "-";
}

void amp_control_words_of(struct amp_json *js, const char *name, const char *list)
{
    struct amp_str rest = amp_str_of(list);
    amp_json_key(js, name);
    amp_json_open(js, '[');
    while (rest.len > 0) {
        struct amp_str one = {0};
        rest = amp_str_cut(rest, ',', &one);
        amp_json_put_str(js, amp_str_trim(one));
    }
    amp_json_close(js, ']');
}
