/* Tests of forwarded.c: only the last entry counts, and only if it is an address. */
#include "server/forwarded.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *field, *want; /* NULL: refused */
} sample[] = {
    {"192.0.2.7", "192.0.2.7"},
    {"203.0.113.9, 192.0.2.7", "192.0.2.7"},
    {"127.0.0.1,\t 192.0.2.7 ", "192.0.2.7"},
    {"192.0.2.7:51324", "192.0.2.7"},
    {"evil, [2001:DB8::0:1]:443", "2001:db8::1"},
    {"[2001:db8::1]", "2001:db8::1"},
    {"2001:db8::1", "2001:db8::1"},
    {"::1", "::1"},
    {"::ffff:192.0.2.7", "192.0.2.7"},
    {"", NULL},
    {",", NULL},
    {"192.0.2.7,", NULL},
    {"unknown", NULL},
    {"_hidden", NULL},
    {"192.0.2.256", NULL},
    {"192.0.2.7:", NULL},
    {"192.0.2.7:99999", NULL},
    {"192.0.2.7:-1", NULL},
    {"192.0.2", NULL},
    {"[192.0.2.7]", NULL},
    {"[::1", NULL},
    {"[::1]443", NULL},
    {"[::1]:", NULL},
    {"::1%eth0", NULL},
    {"192.0.2.7 203.0.113.9", NULL},
    {"0000000000000000000000000000000000000000000000::1", NULL},
};

static void the_last_address_of_the_list_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sample / sizeof sample[0]; i++) {
        char out[AMP_PEER_ADDR] = "untouched";
        bool taken = amp_forwarded_addr(amp_str_of(sample[i].field), out);
        if (taken != (sample[i].want != NULL)) {
            fail_msg("\"%s\" gave \"%s\"", sample[i].field, out);
        }
        assert_string_equal(out, taken ? sample[i].want : "untouched");
    }
    char nul[AMP_PEER_ADDR] = "untouched";
    assert_false(amp_forwarded_addr((struct amp_str){.ptr = "::1\0", .len = 4}, nul));
}

/* Whatever stands before the last comma changes nothing. */
static void a_client_cannot_say_who_it_is(void **state)
{
    (void)state;
    srand(7239);
    for (int round = 0; round < 5000; round++) {
        char field[256];
        char out[AMP_PEER_ADDR] = "";
        size_t n = (size_t)rand() % 200;
        for (size_t i = 0; i < n; i++) {
            field[i] = "0123456789abcdef:.,[] "[rand() % 22];
        }
        memcpy(field + n, ", 198.51.100.4", sizeof ", 198.51.100.4");
        assert_true(amp_forwarded_addr(amp_str_of(field), out));
        assert_string_equal(out, "198.51.100.4");
    }
}

static void only_https_is_secure(void **state)
{
    (void)state;
    assert_true(amp_forwarded_secure(AMP_STR("https")));
    assert_true(amp_forwarded_secure(AMP_STR("http, HTTPS ")));
    assert_false(amp_forwarded_secure(AMP_STR("https, http")));
    assert_false(amp_forwarded_secure(AMP_STR("httpss")));
    assert_false(amp_forwarded_secure(AMP_STR("")));
    assert_false(amp_forwarded_secure((struct amp_str){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_address_of_the_list_counts),
        cmocka_unit_test(a_client_cannot_say_who_it_is),
        cmocka_unit_test(only_https_is_secure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
