/* The forms of --listen. */
#include "cli/setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void every_form_of_an_address_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *addr;
        uint16_t port;
    } rows[] = {
        {"127.0.0.1:8200", "127.0.0.1", 8200},
        {"[::1]:8200", "::1", 8200},
        {"[::1]", "::1", 8112},
        {":0", "127.0.0.1", 0},
        {"9000", "127.0.0.1", 9000},
        {"10.0.0.1", "10.0.0.1", 8112},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char addr[AMP_LISTEN_ADDR] = "";
        uint16_t port = 1;
        assert_int_equal(amp_cli_listen(rows[i].text, addr, &port, NULL), AMP_OK);
        assert_string_equal(addr, rows[i].addr);
        assert_int_equal(port, rows[i].port);
    }
}

static void a_port_that_is_none_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const char *const rows[] = {"127.0.0.1:70000", "127.0.0.1:http", "127.0.0.1:-1",
                                       "99999"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char addr[AMP_LISTEN_ADDR] = "";
        uint16_t port = 7;
        struct amp_why why = {0};
        assert_int_equal(amp_cli_listen(rows[i], addr, &port, &why), AMP_E_USAGE);
        assert_int_equal(port, 7);
        assert_true(why.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_an_address_is_read),
        cmocka_unit_test(a_port_that_is_none_is_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
