/* The server of the gateway: batches to its door for positions, and its state for TAK clients. */
#include "cli/cli.h"
#include "cli/gate.h"
#include <stdio.h>
#include <string.h>

enum {
    CONNECT_S = 5,
    ANSWER_S = 15,
    ANSWER_MAX = 64 << 20
};

static size_t on_bytes(char *data, size_t size, size_t n, void *ctx)
{
    struct amp_buf *out = ctx;
    amp_buf_put(out, data, size * n);
    return amp_buf_err(out) == AMP_OK ? size * n : 0;
}

amp_err amp_gate_server_open(struct amp_gate_server *server, struct amp_why *why)
{
    char field[sizeof server->token + 32];
    server->curl = curl_easy_init();
    server->fields = curl_slist_append(NULL, "Content-Type: text/csv");
    if (server->token[0] != '\0') {
        (void)snprintf(field, sizeof field, "Authorization: Bearer %s", server->token);
        server->fields = curl_slist_append(server->fields, field);
    }
    /* without it a large body waits for a leave that the server never gives */
    server->fields = curl_slist_append(server->fields, "Expect:");
    if (server->curl == NULL || server->fields == NULL) {
        return amp_fail(why, AMP_E_NOMEM, "no connection to the server can be made");
    }
    CURL *curl = server->curl;
    if (server->socket[0] != '\0') {
        (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, server->socket);
    }
    if (server->ca != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, server->ca);
    }
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)ANSWER_S);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, server->fields);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    return AMP_OK;
}

void amp_gate_server_close(struct amp_gate_server *server)
{
    curl_slist_free_all(server->fields);
    curl_easy_cleanup(server->curl);
    server->curl = NULL;
    server->fields = NULL;
}

static amp_err ask(struct amp_gate_server *server, const char *path, long *status,
                   struct amp_buf *out, struct amp_why *why)
{
    char url[1024];
    (void)snprintf(url, sizeof url, "%s%s", server->url != NULL ? server->url : "http://localhost",
                   path);
    (void)curl_easy_setopt(server->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(server->curl, CURLOPT_WRITEDATA, out);
    CURLcode code = curl_easy_perform(server->curl);
    (void)curl_easy_getinfo(server->curl, CURLINFO_RESPONSE_CODE, status);
    return code == CURLE_OK ? amp_buf_err(out)
                            : amp_fail(why, AMP_E_BUSY, "the server did not answer: %s",
                                       curl_easy_strerror(code));
}

static int64_t dropped_of(const json_t *root)
{
    const char *name = NULL;
    json_t *value = NULL;
    int64_t n = 0;
    json_object_foreach(json_object_get(root, "dropped"), name, value)
    {
        n += json_integer_value(value);
    }
    return n;
}

static amp_err answer_read(struct amp_str body, struct amp_gate_tally *tally, struct amp_why *why)
{
    json_t *root = NULL;
    amp_err err = amp_json_read(body, ANSWER_MAX, &root, why);
    if (err == AMP_OK) {
        tally->accepted += json_integer_value(json_object_get(root, "accepted"));
        tally->dropped += dropped_of(root);
        tally->refused += (int64_t)json_array_size(json_object_get(root, "refused"));
        json_decref(root);
    }
    return err;
}

/* A problem says in words what it is (RFC 9457). */
static amp_err answer_why(struct amp_str body, long status, amp_err err, struct amp_why *why)
{
    json_t *root = NULL;
    struct amp_why unread = {""};
    const char *detail = NULL;
    if (amp_json_read(body, ANSWER_MAX, &root, &unread) == AMP_OK) {
        detail = json_string_value(json_object_get(root, "detail"));
    }
    (void)amp_fail(why, err, "the server answered %ld%s%.150s", status, detail != NULL ? ": " : "",
                   detail != NULL ? detail : "");
    json_decref(root);
    return err;
}

amp_err amp_gate_post(struct amp_gate_server *server, struct amp_str lines,
                      struct amp_gate_tally *tally, struct amp_why *why)
{
    struct amp_buf out = amp_buf_make(ANSWER_MAX);
    long status = 0;
    (void)curl_easy_setopt(server->curl, CURLOPT_POSTFIELDS, lines.ptr);
    (void)curl_easy_setopt(server->curl, CURLOPT_POSTFIELDSIZE, (long)lines.len);
    amp_err err = ask(server, "/v1/fleet/csv", &status, &out, why);
    if (err == AMP_OK && status == 200) {
        err = answer_read(amp_buf_view(&out), tally, why);
    } else if (err == AMP_OK) {
        bool never = status == 400 || status == 413 || status == 422;
        err = never ? AMP_E_SYNTAX : AMP_E_BUSY;
        err = status == 401 || status == 403
                  ? amp_fail(why, err,
                             "the server answered %ld: the token has no leave to report "
                             "positions",
                             status)
                  : answer_why(amp_buf_view(&out), status, err, why);
    }
    amp_buf_free(&out);
    return err;
}

amp_err amp_gate_get(struct amp_gate_server *server, const char *path, json_t **out,
                     struct amp_why *why)
{
    struct amp_buf body = amp_buf_make(ANSWER_MAX);
    long status = 0;
    (void)curl_easy_setopt(server->curl, CURLOPT_HTTPGET, 1L);
    amp_err err = ask(server, path, &status, &body, why);
    if (err == AMP_OK && status != 200) {
        err = amp_fail(why, AMP_E_FORBIDDEN, "the server answered %ld to %s", status, path);
    }
    err = err ? err : amp_json_read(amp_buf_view(&body), ANSWER_MAX, out, why);
    amp_buf_free(&body);
    return err;
}
