/* One transfer of libcurl. */
#include "cli/fetch.h"
#include <curl/curl.h>
#include <stdio.h>

enum {
    FIELD_MAX = 200,
    CONNECT_S = 10
};

static size_t on_bytes(char *data, size_t size, size_t n, void *ctx)
{
    struct amp_buf *out = ctx;
    amp_buf_put(out, data, size * n);
    return amp_buf_err(out) == AMP_OK ? size * n : 0;
}

static struct curl_slist *field_add(struct curl_slist *fields, const char *name, const char *value)
{
    char field[FIELD_MAX];
    (void)snprintf(field, sizeof field, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(fields, field);
    return longer != NULL ? longer : fields;
}

amp_err amp_cli_fetch(const char *url, const char *type, const char *accept, struct amp_str body,
                      struct amp_buf *out, struct amp_why *why)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *fields = field_add(NULL, "Accept", accept);
    long status = 0;
    if (curl == NULL) {
        curl_slist_free_all(fields);
        return AMP_E_NOMEM;
    }
    fields = type != NULL ? field_add(fields, "Content-Type", type) : fields;
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)AMP_FETCH_S);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (type != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.ptr);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
    }
    CURLcode code = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(fields);
    curl_easy_cleanup(curl);
    if (amp_buf_err(out) != AMP_OK) {
        return amp_fail(why, AMP_E_LIMIT, "%s answered with more than %d bytes", url,
                        AMP_FETCH_MAX);
    }
    if (code != CURLE_OK) {
        return amp_fail(why, AMP_E_IO, "%s did not answer: %s", url, curl_easy_strerror(code));
    }
    return status == 200 ? AMP_OK : amp_fail(why, AMP_E_IO, "%s answered with %ld", url, status);
}
