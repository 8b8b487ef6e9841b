/* Tests of uri.c and guard.c: what a request says of where it goes and where it is from. */
#include "server/guard.h"
#include "server/uri.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
    ROOM = 1 << 20,
    PARAMS = 4
};

static amp_err read_uri(struct amp_arena *arena, const char *target, struct amp_uri *out)
{
    return amp_uri_read(amp_str_of(target), arena, out, NULL);
}

static void a_path_is_decoded_and_a_query_read(void **state)
{
    struct amp_arena arena = amp_arena_make(ROOM);
    struct amp_uri uri;
    struct amp_str value = {0};
    (void)state;
    assert_int_equal(read_uri(&arena, "/v1/units/M%2012?a=1&b=%C3%A9", &uri), AMP_OK);
    assert_int_equal(uri.n, 3);
    assert_true(amp_str_is(uri.segment[2], "M 12"));
    assert_true(amp_form_get(&uri.query, "b", &value));
    assert_true(amp_str_is(value, "\xc3\xa9"));
    assert_int_equal(read_uri(&arena, "/", &uri), AMP_OK);
    assert_int_equal(uri.n, 0);
    amp_arena_drop(&arena);
}

static void what_could_mislead_is_refused(void **state)
{
    static const char *const bad[] = {"",        "v1",     "*",       "http://a/b", "//",
                                      "/a//b",   "/a/",    "/a/../b", "/%2e%2e/b",  "/a/./b",
                                      "/a%2fb",  "/a%00b", "/a%",     "/a%2",       "/a%g0",
                                      "/%c3%28", "/a?%ff", "/a?b=%0", "/a?b=%00",   "/%ed%a0%80"};
    struct amp_arena arena = amp_arena_make(ROOM);
    struct amp_uri uri = {.n = 77};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (read_uri(&arena, bad[i], &uri) == AMP_OK) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
        assert_int_equal(uri.n, 77);
    }
    char deep[AMP_URI_MAX + 2];
    memset(deep, 'a', sizeof deep);
    deep[0] = '/';
    deep[sizeof deep - 1] = '\0';
    assert_int_not_equal(read_uri(&arena, deep, &uri), AMP_OK);
    for (size_t i = 0; i < 2 * AMP_URI_SEGMENTS + 2; i++) {
        deep[i] = i % 2 == 0 ? '/' : 'a';
    }
    deep[2 * AMP_URI_SEGMENTS + 2] = '\0';
    assert_int_equal(read_uri(&arena, deep, &uri), AMP_E_NOT_FOUND);
    amp_arena_drop(&arena);
}

static bool matches(const char *target, const char *pattern, struct amp_str *param)
{
    struct amp_arena arena = amp_arena_make(ROOM);
    struct amp_uri uri;
    bool yes =
        read_uri(&arena, target, &uri) == AMP_OK && amp_uri_match(&uri, pattern, param, PARAMS);
    amp_arena_drop(&arena);
    return yes;
}

static void patterns_match_whole_paths(void **state)
{
    struct amp_str param[PARAMS] = {{0}};
    (void)state;
    assert_true(matches("/", "/", param));
    assert_true(matches("/v1/units", "/v1/units", param));
    assert_false(matches("/v1/units/M1", "/v1/units", param));
    assert_false(matches("/v1", "/v1/units", param));
    assert_true(matches("/v1/units/M1", "/v1/units/{unit}", param));
    assert_int_equal(param[0].len, 2);
    assert_true(matches("/v1/tiles/14/7800/6124.mvt", "/v1/tiles/{z}/{x}/{y}.mvt", param));
    assert_int_equal(param[2].len, 4);
    assert_false(matches("/v1/tiles/14/7800/.mvt", "/v1/tiles/{z}/{x}/{y}.mvt", param));
    assert_false(matches("/v1/tiles/14/7800/6124.png", "/v1/tiles/{z}/{x}/{y}.mvt", param));
}

static amp_err guarded(const char *host, const char *origin, bool changes, bool accounts)
{
    const struct amp_guard guard = {
        .host = amp_str_of(host), .origin = amp_str_of(origin), .changes = changes};
    return amp_guard_check(&guard, AMP_STR("192.0.2.7"), accounts, NULL);
}

static void without_accounts_only_names_of_this_server_are_believed(void **state)
{
    static const char *const good[] = {"localhost", "LOCALHOST:1", "127.0.0.1:8112", "127.9.9.9",
                                       "[::1]",     "[::1]:80",    "192.0.2.7:1"};
    static const char *const bad[] = {"",      "a.example",   "192.0.2.8", "127.0.0.1.a.example",
                                      "[::2]", "localhost.x", ":80",       "[::1"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(guarded(good[i], NULL, false, false), AMP_OK);
    }
    for (size_t i = 0; i + 1 < sizeof bad / sizeof bad[0]; i++) {
        if (guarded(bad[i], NULL, false, false) == AMP_OK) {
            fail_msg("\"%s\" was believed", bad[i]);
        }
    }
    assert_int_equal(guarded("a.example", NULL, false, true), AMP_OK);
    assert_int_equal(guarded("", NULL, false, true), AMP_E_FORBIDDEN);
}

static void only_this_origin_may_change_things(void **state)
{
    (void)state;
    assert_int_equal(guarded("localhost:1", NULL, true, false), AMP_OK);
    assert_int_equal(guarded("localhost:1", "http://localhost:1", true, false), AMP_OK);
    assert_int_equal(guarded("localhost:1", "https://localhost:1", true, false), AMP_OK);
    assert_int_equal(guarded("localhost:1", "http://localhost:2", true, false), AMP_E_FORBIDDEN);
    assert_int_equal(guarded("localhost:1", "null", true, false), AMP_E_FORBIDDEN);
    assert_int_equal(guarded("localhost:1", "http://a.example", true, false), AMP_E_FORBIDDEN);
    assert_int_equal(guarded("localhost:1", "http://a.example", false, false), AMP_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_decoded_and_a_query_read),
        cmocka_unit_test(what_could_mislead_is_refused),
        cmocka_unit_test(patterns_match_whole_paths),
        cmocka_unit_test(without_accounts_only_names_of_this_server_are_believed),
        cmocka_unit_test(only_this_origin_may_change_things),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
