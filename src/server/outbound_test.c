/* What leaves the house, with a courier of the test's own: order, patience, what is put aside. */
#include "server/courier.h"
#include "server/sms.h"
#include "server/testbed.h"
#include "server/webhook.h"
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    TICK_MS = 10
};

struct away { /* the courier's end */
    struct bed bed;
    int fd;
    char admin[BED_SECRET], desk[BED_SECRET];
};

static struct amp_sms_gateway gateway = {.way = AMP_SMS_HTTP, .url = "http://gateway.example/"};

static int away_open(void **state)
{
    static struct away away;
    bed_init(&away.bed);
    away.fd = bed_courier(&away.bed);
    away.bed.config.sms = &gateway;
    away.bed.config.again_ms = 1;
    away.bed.config.tick_ms = TICK_MS;
    away.bed.config.open = false;
    bed_start(&away.bed);
    bed_member(&away.bed, "desk", AMP_ROLE_SUPERVISOR, "", away.desk);
    bed_account(&away.bed, "chief", AMP_ROLE_ADMIN, "", away.admin);
    bed_token(&away.bed, "chief", "\"read\",\"write\",\"admin\"", away.admin);
    *state = &away;
    return 0;
}

static int away_close(void **state)
{
    struct away *away = *state;
    (void)bed_stop(&away->bed);
    bed_drop(&away->bed);
    (void)close(away->fd);
    return 0;
}

static int64_t errand_id(const json_t *errand)
{
    return json_integer_value(json_object_get(errand, "id"));
}

static void answer(const struct away *away, int64_t id, int status)
{
    char text[256];
    int n = status > 0 ? snprintf(text, sizeof text, "{\"id\":%lld,\"status\":%d,\"body\":\"\"}",
                                  (long long)id, status)
                       : snprintf(text, sizeof text, "{\"id\":%lld,\"status\":0,\"error\":\"no\"}",
                                  (long long)id);
    assert_int_equal(send(away->fd, text, (size_t)n, 0), n);
}

/* The member of the errand's body, a number; -1 if none. */
static int64_t said(const json_t *errand, const char *name)
{
    const char *text = json_string_value(json_object_get(errand, "body"));
    json_t *body = NULL;
    assert_non_null(text);
    assert_int_equal(amp_json_read(amp_str_of(text), AMP_COURIER_FRAME, &body, NULL), AMP_OK);
    const json_t *value = json_object_get(body, name);
    int64_t number = json_is_integer(value) ? json_integer_value(value) : -1;
    json_decref(body);
    return number;
}

static void call_taken(const struct away *away, const char *number)
{
    char body[128];
    (void)snprintf(body, sizeof body, "{\"number\":\"%s\"}", number);
    bed_as_expect(&away->bed, away->desk, "POST", "/v1/calls", body, 201);
}

static void webhook_added(const struct away *away, char id[AMP_WEBHOOK_ID])
{
    struct reply reply;
    bed_as_ask(&away->bed, away->admin, "POST", "/v1/webhooks",
               "{\"url\":\"https://pager.example/x\",\"kinds\":[\"incident-opened\"]}", &reply);
    assert_int_equal(reply.status, 201);
    (void)snprintf(id, AMP_WEBHOOK_ID, "%s", reply_text(&reply, "webhook"));
    reply_free(&reply);
}

static int64_t dead_count(const struct away *away, const char *id, int64_t *status)
{
    char path[BED_PATH];
    struct reply reply;
    (void)snprintf(path, sizeof path, "/v1/webhooks/%s/dead", id);
    bed_as_ask(&away->bed, away->admin, "GET", path, NULL, &reply);
    assert_int_equal(reply.status, 200);
    int64_t n = (int64_t)json_array_size(reply_at(&reply, "dead"));
    *status = reply_int(&reply, "dead.0.status");
    reply_free(&reply);
    return n;
}

static void an_event_that_is_refused_is_put_aside_and_the_next_has_its_turn(void **state)
{
    struct away *away = *state;
    char id[AMP_WEBHOOK_ID], path[BED_PATH];
    int64_t status = 0, first = 0;
    webhook_added(away, id);
    call_taken(away, "+0001");
    call_taken(away, "+0002");
    for (int i = 0; i < AMP_WEBHOOK_TRIES; i++) {
        json_t *errand = bed_errand(away->fd, BED_WAIT_MS);
        assert_non_null(errand);
        first = first == 0 ? said(errand, "seq") : first;
        assert_int_equal(said(errand, "seq"), first); /* in order: the next waits */
        answer(away, errand_id(errand), i == 0 ? 0 : 500);
        json_decref(errand);
    }
    json_t *second = bed_errand(away->fd, BED_WAIT_MS);
    assert_true(said(second, "seq") > first);
    assert_int_equal(dead_count(away, id, &status), 1);
    assert_int_equal(status, 500);
    answer(away, errand_id(second), 204);
    json_decref(second);

    (void)snprintf(path, sizeof path, "/v1/webhooks/%s/retry", id);
    bed_as_expect(&away->bed, away->admin, "POST", path, "{}", 200);
    json_t *again = bed_errand(away->fd, BED_WAIT_MS);
    assert_int_equal(said(again, "seq"), first);
    answer(away, errand_id(again), 200);
    json_decref(again);
    while (dead_count(away, id, &status) > 0) {
        (void)poll(NULL, 0, 20);
    }
}

static void what_a_courier_makes_up_is_believed_in_nothing(void **state)
{
    static const char *const frames[] = {"x",
                                         "[]",
                                         "{}",
                                         "{\"id\":999,\"status\":200,\"body\":\"\"}",
                                         "{\"id\":0,\"status\":200,\"body\":\"\"}",
                                         "{\"id\":-1,\"status\":99999,\"body\":\"\"}",
                                         "{\"id\":1,\"status\":\"200\"}"};
    struct away *away = *state;
    struct reply reply;
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        size_t len = strlen(frames[i]);
        assert_int_equal(send(away->fd, frames[i], len, 0), (ssize_t)len);
    }
    call_taken(away, "+0001");
    bed_as_expect(&away->bed, away->desk, "POST", "/v1/incidents/I-1/texts",
                  "{\"text\":\"where are you?\"}", 201);
    json_t *errand = bed_errand(away->fd, BED_WAIT_MS);
    bed_as_ask(&away->bed, away->desk, "GET", "/v1/incidents/I-1", NULL, &reply);
    assert_string_equal(reply_text(&reply, "incident.texts.0.state"), "queued");
    reply_free(&reply);
    json_decref(errand);
}

static void a_text_is_tried_until_a_gateway_takes_it_and_then_no_more(void **state)
{
    static const int statuses[] = {0, 503, 429, 202};
    struct away *away = *state;
    call_taken(away, "+0001");
    bed_as_expect(&away->bed, away->desk, "POST", "/v1/incidents/I-1/texts",
                  "{\"text\":\"where are you?\"}", 201);
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        json_t *errand = bed_errand(away->fd, BED_WAIT_MS);
        assert_non_null(errand);
        assert_int_equal(said(errand, "id"), 1);
        answer(away, errand_id(errand), statuses[i]);
        json_decref(errand);
    }
    bool settled = false;
    while (!settled) {
        struct reply reply;
        bed_as_ask(&away->bed, away->desk, "GET", "/v1/incidents/I-1", NULL, &reply);
        settled = strcmp(reply_text(&reply, "incident.texts.0.state"), "sent") == 0;
        reply_free(&reply);
        (void)poll(NULL, 0, 20);
    }
    bed_later(&away->bed, AMP_SMS_TRY_S + 1);
    json_t *more = bed_errand(away->fd, 20 * TICK_MS);
    assert_null(more);
}

static void a_text_that_nobody_takes_in_time_has_failed_and_the_desk_sees_so(void **state)
{
    struct away *away = *state;
    bool failed = false;
    call_taken(away, "+0001");
    bed_as_expect(&away->bed, away->desk, "POST", "/v1/incidents/I-1/texts",
                  "{\"text\":\"where are you?\"}", 201);
    json_t *errand = bed_errand(away->fd, BED_WAIT_MS);
    answer(away, errand_id(errand), 503);
    json_decref(errand);
    bed_later(&away->bed, AMP_SMS_TRY_S + 1);
    while (!failed) {
        struct reply reply;
        errand = bed_errand(away->fd, 20);
        if (errand != NULL) {
            answer(away, errand_id(errand), 503);
            json_decref(errand);
        }
        bed_as_ask(&away->bed, away->desk, "GET", "/v1/incidents/I-1", NULL, &reply);
        failed = strcmp(reply_text(&reply, "incident.texts.0.state"), "failed") == 0;
        assert_true(!failed ||
                    strcmp(reply_text(&reply, "incident.texts.0.label"), "no-answer") == 0);
        reply_free(&reply);
    }
}

static void a_signature_is_the_one_of_the_recipe(void **state)
{
    struct amp_buf out = amp_buf_make(256);
    (void)state;
    amp_webhook_sign(AMP_STR("key"), 1, AMP_STR("{}"), &out);
    /* printf '1.{}' | openssl dgst -sha256 -hmac key */
    assert_string_equal(amp_buf_cstr(&out),
                        "v1=1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224");
    amp_buf_free(&out);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, away_open, away_close)
    const struct CMUnitTest tests[] = {
        ROW(an_event_that_is_refused_is_put_aside_and_the_next_has_its_turn),
        ROW(what_a_courier_makes_up_is_believed_in_nothing),
        ROW(a_text_is_tried_until_a_gateway_takes_it_and_then_no_more),
        ROW(a_text_that_nobody_takes_in_time_has_failed_and_the_desk_sees_so),
        cmocka_unit_test(a_signature_is_the_one_of_the_recipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
