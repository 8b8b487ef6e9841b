/* Taking a call over HTTP: the cards, the rule of duplicates, and what was asked in the record. */
#include "server/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct stand {
    struct bed bed;
    struct amp_cards *cards;
};

static int stand_open(void **state)
{
    static struct stand stand;
    bed_init(&stand.bed);
    assert_int_equal(amp_cards_builtin(stand.bed.plans, &stand.cards), AMP_OK);
    stand.bed.config.cards = stand.cards;
    bed_start(&stand.bed);
    *state = &stand;
    return 0;
}

static int stand_close(void **state)
{
    struct stand *stand = *state;
    bed_drop(&stand->bed);
    amp_cards_free(stand->cards);
    return 0;
}

static void cards_are_told_once_to_who_keeps_them(void **state)
{
    const struct stand *stand = *state;
    struct reply reply;
    char fields[128];
    bed_get(&stand->bed, "/v1/cards", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "cards.0.questions.0.answers.0.key"), "1");
    assert_string_equal(reply_text(&reply, "cards.1.type"), "unconscious");
    struct amp_str etag = reply_field(&reply, "ETag");
    assert_int_equal(etag.len, 18);
    (void)snprintf(fields, sizeof fields, "If-None-Match: %.*s\r\n", (int)etag.len, etag.ptr);
    reply_free(&reply);
    bed_send(&stand->bed, "GET", "/v1/cards", NULL, fields, &reply);
    assert_int_equal(reply.status, 304);
    assert_int_equal(reply.body.len, 0);
    reply_free(&reply);
    bed_send(&stand->bed, "GET", "/v1/cards", NULL, "If-None-Match: \"0000000000000000\"\r\n",
             &reply);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
}

static void a_server_without_cards_has_none(void **state)
{
    struct bed bed;
    struct reply reply;
    (void)state;
    bed_init(&bed);
    bed_start(&bed);
    bed_get(&bed, "/v1/cards", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(json_array_size(reply_at(&reply, "cards")), 0);
    reply_free(&reply);
    bed_drop(&bed);
}

/* The last line of the timeline of an incident. */
static void last_is(const struct bed *bed, const char *path, const char *kind, const char *text)
{
    struct reply reply;
    char at[64];
    bed_get(bed, path, &reply);
    size_t n = json_array_size(reply_at(&reply, "incident.timeline"));
    assert_true(n > 0);
    (void)snprintf(at, sizeof at, "incident.timeline.%zu.kind", n - 1);
    assert_string_equal(reply_text(&reply, at), kind);
    (void)snprintf(at, sizeof at, "incident.timeline.%zu.text", n - 1);
    assert_string_equal(reply_text(&reply, at), text);
    reply_free(&reply);
}

static void what_was_asked_stands_in_the_record_of_the_call(void **state)
{
    const struct stand *stand = *state;
    struct reply reply;
    bed_post(&stand->bed, "/v1/calls",
             "{\"type\":\"unconscious\",\"priority\":1,\"text\":\"Awake? No\"}", &reply);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply_text(&reply, "incident.id"), "I-1");
    reply_free(&reply);
    last_is(&stand->bed, "/v1/incidents/I-1", "note-added", "Awake? No");
    bed_expect(&stand->bed, "PATCH", "/v1/incidents/I-1",
               "{\"type\":\"cardiac-arrest\",\"text\":\"Breathing? No\"}", 200);
    last_is(&stand->bed, "/v1/incidents/I-1", "note-added", "Breathing? No");
    bed_expect(&stand->bed, "PATCH", "/v1/incidents/I-1", "{\"text\":\"alone\"}", 422);
}

static void a_call_joins_the_incident_it_names(void **state)
{
    const struct stand *stand = *state;
    struct reply reply;
    bed_expect(&stand->bed, "POST", "/v1/calls", "{\"type\":\"fall\",\"words\":\"fell\"}", 201);
    bed_post(&stand->bed, "/v1/calls",
             "{\"incident\":\"I-1\",\"words\":\"he fell\",\"text\":\"Awake? Yes\"}", &reply);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply_text(&reply, "incident.id"), "I-1");
    assert_string_equal(reply_text(&reply, "incident.calls.1.id"), "C-2");
    assert_string_equal(reply_text(&reply, "incident.type"), "fall");
    reply_free(&reply);
    last_is(&stand->bed, "/v1/incidents/I-1", "note-added", "Awake? Yes");
}

static void the_rule_of_duplicates_is_told(void **state)
{
    const struct stand *stand = *state;
    struct reply reply;
    bed_get(&stand->bed, "/v1/config", &reply);
    assert_int_equal(reply_int(&reply, "duplicates.radius_m"), AMP_DUPLICATE_RADIUS_M);
    assert_int_equal(reply_int(&reply, "duplicates.age_s"), AMP_DUPLICATE_AGE_S);
    assert_int_equal(reply_int(&reply, "duplicates.most"), AMP_DUPLICATES_MAX);
    reply_free(&reply);
}

int main(void)
{
#define IN_STAND(name) cmocka_unit_test_setup_teardown(name, stand_open, stand_close)
    const struct CMUnitTest tests[] = {
        IN_STAND(cards_are_told_once_to_who_keeps_them),
        IN_STAND(a_server_without_cards_has_none),
        IN_STAND(what_was_asked_stands_in_the_record_of_the_call),
        IN_STAND(a_call_joins_the_incident_it_names),
        IN_STAND(the_rule_of_duplicates_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
