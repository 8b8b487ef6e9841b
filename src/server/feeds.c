/* Asking feeds for alerts. */
#include "server/feeds.h"
#include "base/timefmt.h"
#include "intake/alert.h"
#include "intake/feed.h"
#include "model/field.h"
#include "server/inside.h"
#include "server/log.h"
#include "server/outbound.h"
#include "server/settings.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVERY_S = 120,
    EVERY_LEAST_S = 30,
    EVERY_MOST_S = 86400,
    TIMEOUT_MS = 15000,
    TRIES_COUNTED = 5, /* so often the distance doubles */
    FETCHES_AT_ONCE = 4,
    READ_ARENA = 16 << 20,
    HEADER_MAX = AMP_FEED_SETTING + 64
};

struct feed_state {
    int64_t next_us; /* steady */
    unsigned failures;
    bool underway;
    bool crowded; /* its list had more than there was room for: it is asked again when that is
                     fetched */
    char etag[AMP_FEED_SETTING];
    uint64_t refused;   /* what was refused last, as a hash: it is said once */
    uint64_t elsewhere; /* likewise the host of alerts that were passed over */
};

struct fetch { /* of an entry; a place without an address is free */
    size_t feed;
    uint64_t hash; /* as it is remembered */
    char url[AMP_FEED_SETTING];
    bool underway;
};

struct amp_feeding {
    struct feed_state state[AMP_FEEDS_MAX];
    struct fetch fetch[AMP_FEED_WAITING];
    size_t underway;
    uint64_t seen[AMP_FEED_SEEN]; /* a ring of hashes */
    size_t seen_n;
};

/* ---- settings ---- */

/* "https://host:port" of an address; a user in it counts as part of the host, and is another. */
static struct amp_str host_of(struct amp_str url)
{
    size_t at = 0;
    int slashes = 0;
    for (; at < url.len && slashes < 3; at++) {
        char c = url.ptr[at];
        slashes += c == '/';
        if (slashes == 3 || c == '?' || c == '#' || c == '\\') {
            break;
        }
    }
    return (struct amp_str){url.ptr, at};
}

static amp_err also_read(struct amp_str value, struct amp_feed_setting *feed)
{
    const size_t rest = value.len - host_of(value).len; /* a slash at its end is no path */
    if (feed->also_n == AMP_FEED_ALSO || !amp_url_is_web(value) || rest > 1) {
        return AMP_E_RANGE;
    }
    return amp_str_copy(feed->also[feed->also_n++], AMP_FEED_SETTING, value);
}

static amp_err setting_read(struct amp_str name, struct amp_str value, struct amp_feeds *out)
{
    const bool sender = amp_str_is(name, "sender");
    if (amp_str_is(name, "feed") || sender) {
        if (out->n == AMP_FEEDS_MAX || !amp_word_valid(value)) {
            return AMP_E_RANGE;
        }
        struct amp_feed_setting *feed = &out->feed[out->n++];
        *feed = (struct amp_feed_setting){.every_s = EVERY_S, .sender = sender};
        return amp_str_copy(feed->name, sizeof feed->name, value);
    }
    struct amp_feed_setting *feed = out->n > 0 ? &out->feed[out->n - 1] : NULL;
    if (feed == NULL) {
        return AMP_E_MISSING;
    }
    if (amp_str_is(name, "key")) {
        return amp_sign_key_setting(value, &feed->sign);
    }
    if (amp_str_is(name, "ca")) {
        return amp_sign_ca_setting(value, &feed->sign);
    }
    if (amp_str_is(name, "signer")) {
        return amp_sign_signer_setting(value, &feed->sign);
    }
    if (amp_str_is(name, "signed")) {
        feed->sign.required = amp_str_is(value, "required");
        return feed->sign.required || amp_str_is(value, "checked") ? AMP_OK : AMP_E_RANGE;
    }
    if (feed->sender) {
        return AMP_E_NOT_FOUND;
    }
    if (amp_str_is(name, "every")) {
        bool good = amp_str_i64(value, &feed->every_s) == AMP_OK &&
                    feed->every_s >= EVERY_LEAST_S && feed->every_s <= EVERY_MOST_S;
        return good ? AMP_OK : AMP_E_RANGE;
    }
    if (amp_str_is(name, "also")) {
        return also_read(value, feed);
    }
    return amp_str_is(name, "url") && amp_url_is_web(value)
               ? amp_str_copy(feed->url, sizeof feed->url, value)
           : amp_str_is(name, "token") ? amp_str_copy(feed->token, sizeof feed->token, value)
                                       : AMP_E_NOT_FOUND;
}

/* What one of them lacks that no line alone can say. */
static amp_err feed_check(const struct amp_feed_setting *feed, struct amp_why *why)
{
    if (feed->sign.required && feed->sign.n + feed->sign.ca_n == 0) {
        return amp_fail(why, AMP_E_MISSING,
                        "%s: \"signed = required\" needs a line \"key = ...\" or \"ca = ...\"",
                        feed->name);
    }
    for (size_t i = 0; i < feed->sign.ca_n; i++) {
        if (feed->sign.ca[i].signer[0] == '\0') {
            return amp_fail(why, AMP_E_MISSING,
                            "%s: \"ca = %s ...\" needs a line \"signer = ...\" below it: \"email "
                            "ADDRESS\", \"dns HOST\", \"cn NAME\", or \"any\" if that authority "
                            "certifies nobody else",
                            feed->name, feed->sign.ca[i].name);
        }
    }
    if (!feed->sender && (feed->url[0] == '\0' || strpbrk(feed->token, "\r\n\t ") != NULL)) {
        return amp_fail(why, AMP_E_MISSING,
                        "the feed %s needs a line \"url = https://...\", and no blank in its token",
                        feed->name);
    }
    return AMP_OK;
}

amp_err amp_feeds_read(struct amp_str text, struct amp_feeds *out, struct amp_why *why)
{
    *out = (struct amp_feeds){.n = 0};
    struct amp_settings settings = {.rest = text};
    while (amp_settings_next(&settings)) {
        if (!amp_utf8_valid(settings.value) ||
            setting_read(settings.name, settings.value, out) != AMP_OK) {
            return amp_fail(why, AMP_E_SYNTAX,
                            "line %u of the feeds' settings is none of feed, url, every (%d to %d "
                            "seconds), token, also (https://HOST), sender, key and ca (NAME FILE), "
                            "signer (email ADDRESS, "
                            "dns HOST, cn NAME, any; below a ca), signed (required, checked), or "
                            "cannot be",
                            settings.line, EVERY_LEAST_S, EVERY_MOST_S);
        }
    }
    for (size_t i = 0; i < out->n; i++) {
        amp_err err = feed_check(&out->feed[i], why);
        if (err != AMP_OK) {
            return err;
        }
    }
    return AMP_OK;
}

void amp_feeds_free(struct amp_feeds *feeds)
{
    for (size_t i = 0; i < feeds->n; i++) {
        amp_sign_rule_free(&feeds->feed[i].sign);
    }
}

const struct amp_sign_rule *amp_feeds_sender(const struct amp_feeds *feeds, struct amp_str name)
{
    for (size_t i = 0; feeds != NULL && i < feeds->n; i++) {
        if (feeds->feed[i].sender && amp_str_is(name, feeds->feed[i].name)) {
            return &feeds->feed[i].sign;
        }
    }
    return NULL;
}

bool amp_feed_same_host(struct amp_str a, struct amp_str b)
{
    return amp_str_eq(host_of(a), host_of(b));
}

/* ---- what came ---- */

static struct feed_state *state_of(struct amp_server *server, struct amp_str name)
{
    const struct amp_feeds *feeds = server->config.feeds;
    for (size_t i = 0; i < feeds->n; i++) {
        if (!feeds->feed[i].sender && amp_str_is(name, feeds->feed[i].name)) {
            return &server->feeding->state[i];
        }
    }
    return NULL;
}

/* Their signatures were looked at. */
static void alerts_looked(struct amp_server *server, struct amp_job *job)
{
    const struct amp_str name = job->command.f.source;
    const char *refused = job->err == AMP_OK ? amp_alerts_refused(job) : NULL;
    struct feed_state *state = state_of(server, name);
    if (job->err != AMP_OK || !amp_core_may_write(server)) {
        amp_job_destroy(job);
        return;
    }
    if (refused != NULL) {
        amp_log(server->config.quiet, AMP_LOG_WARN, "feed", "%.*s: refused: %s", (int)name.len,
                name.ptr, refused);
        if (state != NULL) {
            state->refused = amp_job_hash(0, job->body);
        }
    }
    amp_core_commit(server, job, 200, NULL);
}

static void alerts_commit(struct amp_server *server, size_t feed, struct amp_str bytes)
{
    const char *name = server->config.feeds->feed[feed].name;
    if (server->feeding->state[feed].refused == amp_job_hash(0, bytes)) {
        return;
    }
    struct amp_why why = {""};
    struct amp_job *job = amp_core_may_write(server) ? amp_job_create(server) : NULL;
    struct amp_alert_report *report =
        job != NULL ? amp_arena_alloc(&job->arena, sizeof *report) : NULL;
    amp_err err = report == NULL ? AMP_E_NOMEM : AMP_OK;
    if (err == AMP_OK) {
        job->body = amp_arena_str(&job->arena, bytes);
        err = amp_alerts_read(job->body, &job->arena, report, &why);
    }
    if (err != AMP_OK) {
        amp_log(server->config.quiet, AMP_LOG_WARN, "feed", "%s: no alert: %s", name,
                why.text[0] != '\0' ? why.text : amp_err_words(err));
        amp_job_destroy(job);
        return;
    }
    job->command.kind = AMP_CMD_TAKE_ALERTS;
    job->command.alerts = report;
    job->command.f.source = amp_str_of(name);
    job->command.f.has = AMP_HAS(SOURCE);
    job->who.who.role = AMP_ROLE_NONE;
    job->actor = AMP_STR("feed");
    amp_alerts_look(server, job, &server->config.feeds->feed[feed].sign, job->body, alerts_looked);
}

static bool seen_before(struct amp_feeding *feeding, const struct amp_feed_entry *entry)
{
    uint64_t hash = amp_job_hash(amp_job_hash(0, entry->url), entry->time);
    size_t kept = feeding->seen_n < AMP_FEED_SEEN ? feeding->seen_n : AMP_FEED_SEEN;
    for (size_t i = 0; i < kept; i++) {
        if (feeding->seen[i] == hash) {
            return true;
        }
    }
    return false;
}

/* The address of an entry, from where its list lies; false: there is none that can be kept. */
static bool address_of(const char *list, struct amp_str entry, char out[AMP_FEED_SETTING])
{
    char text[AMP_FEED_SETTING];
    char *whole = NULL;
    CURLU *url = curl_url();
    const bool good = url != NULL && amp_str_copy(text, sizeof text, entry) == AMP_OK &&
                      curl_url_set(url, CURLUPART_URL, list, 0) == CURLUE_OK &&
                      curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
                      curl_url_get(url, CURLUPART_URL, &whole, 0) == CURLUE_OK &&
                      amp_url_is_web(amp_str_of(whole)) &&
                      amp_str_copy(out, AMP_FEED_SETTING, amp_str_of(whole)) == AMP_OK;
    curl_free(whole);
    curl_url_cleanup(url);
    return good;
}

static bool is_let(const struct amp_feed_setting *feed, struct amp_str url)
{
    bool let = amp_feed_same_host(url, amp_str_of(feed->url));
    for (size_t i = 0; i < feed->also_n; i++) {
        let = let || amp_feed_same_host(url, amp_str_of(feed->also[i]));
    }
    return let;
}

/* Once for each host, or the log would be full of it. */
static void elsewhere_tell(struct amp_server *server, size_t at, struct amp_str url)
{
    const struct amp_str host = host_of(url);
    const uint64_t hash = amp_job_hash(0, host);
    if (server->feeding->state[at].elsewhere != hash) {
        server->feeding->state[at].elsewhere = hash;
        amp_log(server->config.quiet, AMP_LOG_WARN, "feed",
                "%s: alerts of its list lie elsewhere and are passed over; a line also = %.*s in "
                "its settings lets them in",
                server->config.feeds->feed[at].name, (int)host.len, host.ptr);
    }
}

/* False: there is no room for it now. */
static bool entry_want(struct amp_server *server, size_t at, const struct amp_feed_entry *listed)
{
    struct amp_feeding *feeding = server->feeding;
    const struct amp_feed_setting *feed = &server->config.feeds->feed[at];
    struct fetch *place = feeding->fetch;
    const struct fetch *end = feeding->fetch + AMP_FEED_WAITING;
    char url[AMP_FEED_SETTING];
    if (!address_of(feed->url, listed->url, url)) {
        amp_log(server->config.quiet, AMP_LOG_WARN, "feed",
                "%s: an address that is none, or of more than %d bytes, is passed over", feed->name,
                AMP_FEED_SETTING - 1);
        return true;
    }
    const struct amp_feed_entry entry = {amp_str_of(url), listed->time};
    if (!is_let(feed, entry.url)) {
        elsewhere_tell(server, at, entry.url);
        return true;
    }
    if (seen_before(feeding, &entry)) {
        return true;
    }
    while (place < end && place->url[0] != '\0') {
        place++;
    }
    if (place == end) {
        return false;
    }
    memcpy(place->url, url, sizeof place->url);
    place->feed = at;
    place->underway = false;
    place->hash = amp_job_hash(amp_job_hash(0, entry.url), entry.time);
    feeding->seen[feeding->seen_n++ % AMP_FEED_SEEN] = place->hash;
    return true;
}

/* What does not find room is taken as soon as there is some: the list is asked for then also
 * unchanged. */
static void entries_want(struct amp_server *server, size_t at, const struct amp_feed *list)
{
    bool all = true;
    for (size_t i = 0; i < list->n; i++) {
        all &= entry_want(server, at, &list->entry[i]);
    }
    server->feeding->state[at].crowded = !all;
    if (!all) {
        server->feeding->state[at].etag[0] = '\0';
    }
    if (list->more > 0) {
        amp_log(server->config.quiet, AMP_LOG_WARN, "feed",
                "%s: its list has %zu entries more than the %d that are read",
                server->config.feeds->feed[at].name, list->more, AMP_FEED_ENTRIES);
    }
}

static void list_take(struct amp_server *server, size_t at, struct amp_str bytes)
{
    struct amp_arena arena = amp_arena_make(READ_ARENA);
    struct amp_feed list = {0};
    if (amp_feed_read(bytes, &arena, &list, NULL) == AMP_OK) {
        entries_want(server, at, &list);
    } else {
        alerts_commit(server, at, bytes);
    }
    amp_arena_drop(&arena);
}

static void on_feed(struct amp_server *server, uint64_t about, uint64_t more,
                    const struct amp_errand_result *result)
{
    size_t at = (size_t)about;
    const struct amp_feed_setting *feed = &server->config.feeds->feed[at];
    struct feed_state *state = &server->feeding->state[at];
    bool good = result->status == 304 || (result->status == 200 && !result->cut);
    (void)more;
    state->underway = false;
    state->crowded = false;
    state->failures = good ? 0 : state->failures + (state->failures < TRIES_COUNTED);
    state->next_us = amp_clock_steady_us() + (feed->every_s << state->failures) * AMP_US_PER_S;
    if (!good) {
        amp_log(server->config.quiet, AMP_LOG_WARN, "feed", "%s: %s (%d)", feed->name,
                result->cut           ? "longer than can be taken"
                : result->status == 0 ? result->error
                                      : "its server's answer",
                result->status);
    } else if (result->status == 200) {
        if (amp_str_copy(state->etag, sizeof state->etag, result->etag) != AMP_OK) {
            state->etag[0] = '\0';
        }
        list_take(server, at, result->body);
    }
}

/* It is fetched again when its list is asked the next time, changed or not; a service with trouble
 * is not hurried. */
static void entry_forget(struct amp_feeding *feeding, const struct fetch *fetch)
{
    for (size_t i = 0; i < AMP_FEED_SEEN; i++) {
        if (feeding->seen[i] == fetch->hash) {
            feeding->seen[i] = 0;
        }
    }
    feeding->state[fetch->feed].etag[0] = '\0';
    feeding->state[fetch->feed].crowded = false;
}

static void entries_fetch(struct amp_server *server);

/* What comes is followed by the next at once, what does not by the next of the tick. */
static void on_entry(struct amp_server *server, uint64_t about, uint64_t more,
                     const struct amp_errand_result *result)
{
    struct fetch *fetch = &server->feeding->fetch[about];
    const char *name = server->config.feeds->feed[fetch->feed].name;
    (void)more;
    server->feeding->underway--;
    fetch->url[0] = '\0';
    if (result->status == 200 && !result->cut) {
        alerts_commit(server, fetch->feed, result->body);
        entries_fetch(server);
    } else {
        entry_forget(server->feeding, fetch);
        amp_log(server->config.quiet, AMP_LOG_WARN, "feed", "%s: an alert could not be fetched: %d",
                name, result->status);
    }
}

/* ---- asking ---- */

static amp_err ask(struct amp_server *server, const struct amp_feed_setting *feed, const char *url,
                   const char *etag, uint64_t about, amp_errand_fn *done)
{
    char bearer[HEADER_MAX], match[HEADER_MAX];
    (void)snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", feed->token);
    (void)snprintf(match, sizeof match, "If-None-Match: %s", etag);
    struct amp_errand errand = {.method = "GET",
                                .url = amp_str_of(url),
                                .timeout_ms = TIMEOUT_MS,
                                .answer = AMP_OUTBOUND_WHOLE,
                                .about = about,
                                .done = done};
    size_t n = 0;
    errand.header[n++] = "Accept: application/cap+xml, application/atom+xml, application/xml";
    if (feed->token[0] != '\0' && amp_feed_same_host(errand.url, amp_str_of(feed->url))) {
        errand.header[n++] = bearer;
    }
    if (etag[0] != '\0') {
        errand.header[n++] = match;
    }
    amp_err err = amp_outbound_send(server, &errand);
    amp_wipe(bearer, sizeof bearer);
    return err;
}

static void entries_fetch(struct amp_server *server)
{
    struct amp_feeding *feeding = server->feeding;
    if (!amp_core_may_write(server)) {
        return;
    }
    for (size_t i = 0; i < AMP_FEED_WAITING && feeding->underway < FETCHES_AT_ONCE; i++) {
        struct fetch *fetch = &feeding->fetch[i];
        if (fetch->url[0] != '\0' && !fetch->underway &&
            ask(server, &server->config.feeds->feed[fetch->feed], fetch->url, "", i, on_entry) ==
                AMP_OK) {
            fetch->underway = true;
            feeding->underway++;
        }
    }
}

static bool is_waiting(const struct amp_feeding *feeding)
{
    bool waiting = false;
    for (size_t i = 0; i < AMP_FEED_WAITING; i++) {
        waiting |= feeding->fetch[i].url[0] != '\0';
    }
    return waiting;
}

void amp_feeding_tick(struct amp_server *server)
{
    const struct amp_feeds *feeds = server->config.feeds;
    int64_t steady_us = amp_clock_steady_us();
    if (feeds == NULL || !amp_core_may_write(server)) {
        return;
    }
    const bool room = !is_waiting(server->feeding);
    for (size_t i = 0; i < feeds->n; i++) {
        struct feed_state *state = &server->feeding->state[i];
        const bool due = state->next_us <= steady_us || (state->crowded && room);
        if (!feeds->feed[i].sender && !state->underway && due &&
            ask(server, &feeds->feed[i], feeds->feed[i].url, state->etag, i, on_feed) == AMP_OK) {
            state->underway = true;
        }
    }
    entries_fetch(server);
}

amp_err amp_feeding_start(struct amp_server *server)
{
    server->feeding = calloc(1, sizeof *server->feeding);
    return server->feeding != NULL ? AMP_OK : AMP_E_NOMEM;
}

void amp_feeding_close(struct amp_feeding *feeding)
{
    free(feeding);
}
