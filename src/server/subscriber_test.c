/* What a partner tells us over a connection, with a courier of the test's own. */
#include "base/crypto.h"
#include "server/courier.h"
#include "server/partner.h"
#include "server/testbed.h"
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* clang-format off */
#define MADE ",\"lastUpdateTimeStamp\":\"2026-11-27T04:00:00Z\"," \
    "\"updatedByAgencyReference\":{\"$ref\":\"north.example.org\"},"
#define EIDO "{\"$id\":\"urn:emergency:uid:incidentid:I-7:north.example.org\"" MADE \
    "\"eidoVersion\":\"1.0\",\"issuingElementIdentification\":\"north.example.org\"," \
    "\"agencyComponent\":[{\"$id\":\"north.example.org\"" MADE \
    "\"agencyRoleDescriptionRegistryText\":[\"Dispatching\"],\"agencyType\":[\"x\"]}]," \
    "\"notesComponent\":[{\"$id\":\"urn:emergency:uid:noteid:1:north.example.org\"" MADE \
    "\"notesActionComments\":\"two floors\"}]}"
/* clang-format on */

static const struct amp_partners partners = {
    .centre = "south.example.org",
    .url = "https://south.example.org",
    .offer_s = AMP_PARTNER_OFFER_S,
    .partner = {{.name = "north",
                 .label = "North",
                 .url = "https://north.example.org",
                 .eido = "https://north.example.org/v1/eido",
                 .ent = "https://north.example.org/v1/eido/subscribe",
                 .token = "its-token",
                 .subscribe = true},
                {.name = "east", .label = "East", .url = "https://east.example.org"}},
    .n = 2};

struct away { /* the courier's end */
    struct bed bed;
    int fd;
    char desk[BED_SECRET];
};

static int away_open(void **state)
{
    static struct away away;
    char setup[BED_SECRET];
    bed_init(&away.bed);
    away.fd = bed_courier(&away.bed);
    away.bed.config.partners = &partners;
    away.bed.config.again_ms = 1;
    away.bed.config.tick_ms = 10;
    away.bed.config.open = false;
    bed_start(&away.bed);
    bed_member(&away.bed, "desk", AMP_ROLE_SUPERVISOR, "", away.desk);
    bed_account(&away.bed, "north", AMP_ROLE_PARTNER, "", setup);
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

static const char *text_of(const json_t *obj, const char *name)
{
    const char *text = json_string_value(json_object_get(obj, name));
    return text != NULL ? text : "";
}

/* The next errand that opens a connection, and its number. */
static int64_t opening_next(const struct away *away)
{
    json_t *errand = bed_errand(away->fd, BED_WAIT_MS);
    assert_non_null(errand);
    assert_string_equal(text_of(errand, "method"), "SOCKET");
    assert_string_equal(text_of(errand, "url"), "https://north.example.org/v1/eido/subscribe");
    const json_t *headers = json_object_get(errand, "headers");
    assert_string_equal(json_string_value(json_array_get(headers, 0)),
                        "Authorization: Bearer its-token");
    int64_t id = json_integer_value(json_object_get(errand, "id"));
    json_decref(errand);
    return id;
}

/* What the server says next has this in it. */
static void says(const struct away *away, int64_t id, const char *part)
{
    json_t *frame = bed_errand(away->fd, BED_WAIT_MS);
    assert_non_null(frame);
    assert_int_equal(json_integer_value(json_object_get(frame, "id")), id);
    const char *text = text_of(frame, "say");
    if (strstr(text, part) == NULL) {
        print_error("%s is not in %s\n", part, text);
        fail();
    }
    json_decref(frame);
}

static void ends(const struct away *away, int64_t id)
{
    json_t *frame = bed_errand(away->fd, BED_WAIT_MS);
    assert_non_null(frame);
    assert_int_equal(json_integer_value(json_object_get(frame, "id")), id);
    assert_true(json_is_true(json_object_get(frame, "end")));
    json_decref(frame);
}

static void tell(const struct away *away, int64_t id, const char *text)
{
    struct amp_buf data = amp_buf_make(AMP_COURIER_FRAME), out = amp_buf_make(AMP_COURIER_FRAME);
    amp_base64_put(&data, text, strlen(text));
    amp_buf_printf(&out, "{\"id\":%lld,\"status\":101,\"data\":\"%s\",\"etag\":\"\"}",
                   (long long)id, amp_buf_cstr(&data));
    assert_int_equal(send(away->fd, out.data, out.len, 0), out.len);
    amp_buf_free(&data);
    amp_buf_free(&out);
}

static void over(const struct away *away, int64_t id)
{
    char text[128];
    int n = snprintf(text, sizeof text, "{\"id\":%lld,\"status\":0,\"error\":\"it broke\"}",
                     (long long)id);
    assert_int_equal(send(away->fd, text, (size_t)n, 0), n);
}

static int64_t subscribed(const struct away *away)
{
    int64_t id = opening_next(away);
    tell(away, id, "");
    says(away, id, "{\"subscribe\":{\"requestId\":\"south.example.org-");
    tell(away, id,
         "{\"subscribeResponse\":{\"requestId\":\"r\",\"subscriptionId\":\"sub-1\","
         "\"expires\":2,\"statusCode\":200,\"statusText\":\"OK\"}}");
    return id;
}

static void incidents_are(const struct away *away, size_t n)
{
    struct reply reply;
    bed_as_ask(&away->bed, away->desk, "GET", "/v1/incidents", NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(json_array_size(reply_at(&reply, "incidents")), n);
    reply_free(&reply);
}

static void what_is_heard_is_taken_and_then_acknowledged(void **state)
{
    const struct away *away = *state;
    int64_t id = subscribed(away);
    tell(away, id,
         "{\"event\":{\"subscriptionId\":\"sub-1\",\"transactionId\":\"t0\",\"notification\":[]}}");
    says(away, id, "{\"eventResponse\":{\"transactionId\":\"t0\",\"statusCode\":200");
    incidents_are(away, 0);
    for (int i = 0; i < 2; i++) { /* what comes again changes nothing */
        tell(away, id,
             "{\"event\":{\"subscriptionId\":\"sub-1\",\"transactionId\":\"t1\","
             "\"transfer\":\"offered\",\"offer\":1790000000000001,\"notification\":[" EIDO "]}}");
        says(away, id, "{\"eventResponse\":{\"transactionId\":\"t1\",\"statusCode\":200");
        incidents_are(away, 1);
    }
    struct reply reply;
    bed_as_ask(&away->bed, away->desk, "GET", "/v1/incidents/I-1", NULL, &reply);
    assert_string_equal(reply_text(&reply, "incident.exchange.0.transfer"), "offered");
    assert_string_equal(reply_text(&reply, "incident.exchange.0.direction"), "in");
    reply_free(&reply);
}

static void what_cannot_be_taken_is_answered_with_its_code(void **state)
{
    const struct away *away = *state;
    int64_t id = subscribed(away);
    tell(away, id, "not JSON");
    tell(away, id, "{\"unknown\":{}}");
    tell(away, id,
         "{\"event\":{\"subscriptionId\":\"s\",\"transactionId\":\"t1\",\"notification\":[7]}}");
    says(away, id, "{\"eventResponse\":{\"transactionId\":\"t1\",\"statusCode\":400");
    /* an incident that is said to be ours and is not; of two, the worse counts */
    tell(away, id,
         "{\"event\":{\"subscriptionId\":\"s\",\"transactionId\":\"t2\",\"notification\":[" EIDO
         ",{}]}}");
    says(away, id, "{\"eventResponse\":{\"transactionId\":\"t2\",\"statusCode\":400");
    incidents_are(away, 1);
    bed_local_expect(&away->bed, AMP_METHOD_PATCH, "/v1/accounts/north", "{\"disabled\":true}",
                     200);
    tell(away, id,
         "{\"event\":{\"subscriptionId\":\"s\",\"transactionId\":\"t3\",\"notification\":[" EIDO
         "]}}");
    says(away, id, "{\"eventResponse\":{\"transactionId\":\"t3\",\"statusCode\":403");
}

static void it_is_renewed_and_opened_again(void **state)
{
    const struct away *away = *state;
    int64_t id = subscribed(away);
    says(away, id, "\"subscriptionId\":\"sub-1\",\"expires\":"); /* at half of its time */
    tell(away, id,
         "{\"subscribeResponse\":{\"requestId\":\"r\",\"statusCode\":481,\"statusText\":\"?\"}}");
    says(away, id, "\"requestSubType\":\"new\""); /* there is none: a new one */
    tell(away, id,
         "{\"subscribeResponse\":{\"requestId\":\"r\",\"subscriptionId\":\"sub-2\","
         "\"statusCode\":200,\"statusText\":\"OK\"}}");
    tell(away, id, "{\"terminate\":{\"requestId\":\"x\",\"subscriptionId\":\"sub-2\"}}");
    says(away, id, "{\"terminateResponse\":{\"requestId\":\"x\",\"statusCode\":200");
    ends(away, id);
    int64_t next = opening_next(away);
    assert_true(next != id);
    tell(away, id, "{\"terminate\":{\"requestId\":\"y\",\"subscriptionId\":\"sub-2\"}}"); /* late */
    over(away, id);
    over(away, next);
    int64_t third = opening_next(away);
    tell(away, next, ""); /* of one that is over: nobody wants it */
    ends(away, next);
    tell(away, third, "");
    says(away, third, "\"requestSubType\":\"new\"");
    tell(away, third,
         "{\"subscribeResponse\":{\"requestId\":\"r\",\"statusCode\":403,\"statusText\":\"no\"}}");
    ends(away, third);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_heard_is_taken_and_then_acknowledged, away_open,
                                        away_close),
        cmocka_unit_test_setup_teardown(what_cannot_be_taken_is_answered_with_its_code, away_open,
                                        away_close),
        cmocka_unit_test_setup_teardown(it_is_renewed_and_opened_again, away_open, away_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
