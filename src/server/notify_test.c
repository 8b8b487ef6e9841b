/* Tests of notify.c against a manager that listens. */
#include "server/notify.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    PATH = 64
};

/* Listens at a path of the file system, or at an abstract name if it begins with "@". */
static int manager(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    memcpy(addr.sun_path, path, strlen(path));
    addr.sun_path[0] = path[0] == '@' ? '\0' : path[0];
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    assert_int_equal(bind(fd, (const struct sockaddr *)&addr, size), 0);
    return fd;
}

static void expect(int fd, const char *word)
{
    char heard[PATH] = "";
    assert_int_equal(recv(fd, heard, sizeof heard - 1, 0), strlen(word));
    assert_string_equal(heard, word);
}

static void hears_all_of_it(const char *path)
{
    char pid[PATH];
    int fd = manager(path);
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "30000000", 1), 0);
    assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
    struct amp_notify notify = amp_notify_open();
    assert_int_equal(notify.watchdog_us, 30000000);
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_null(getenv("WATCHDOG_USEC"));
    assert_true(amp_notify_ready(&notify));
    expect(fd, "READY=1");
    assert_true(amp_notify_alive(&notify));
    expect(fd, "WATCHDOG=1");
    assert_true(amp_notify_stopping(&notify));
    expect(fd, "STOPPING=1");
    amp_notify_close(&notify);
    assert_false(amp_notify_alive(&notify));
    (void)close(fd);
}

static void the_manager_hears_ready_alive_and_stopping(void **state)
{
    char dir[PATH] = "/tmp/amparo-notify-XXXXXX";
    char path[PATH + 8];
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/s", dir);
    hears_all_of_it(path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
    (void)snprintf(path, sizeof path, "@amparo-notify-%ld", (long)getpid());
    hears_all_of_it(path);
}

static void nobody_hears_where_nobody_asked(void **state)
{
    static const char *const bad[] = {"", "/", "@", "relative", "/nowhere/at/all"};
    char longest[200];
    (void)state;
    (void)unsetenv("NOTIFY_SOCKET");
    struct amp_notify notify = amp_notify_open();
    assert_int_equal(notify.fd, -1);
    assert_false(amp_notify_ready(&notify));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", bad[i], 1), 0);
        assert_int_equal(amp_notify_open().fd, -1);
    }
    memset(longest, '/', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(setenv("NOTIFY_SOCKET", longest, 1), 0);
    assert_int_equal(amp_notify_open().fd, -1);
}

static void the_watchdog_of_another_process_is_not_ours(void **state)
{
    static const char *const other[] = {"1", "", "x", "-1"};
    (void)state;
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        assert_int_equal(setenv("WATCHDOG_USEC", "1000", 1), 0);
        assert_int_equal(setenv("WATCHDOG_PID", other[i], 1), 0);
        assert_int_equal(amp_notify_open().watchdog_us, 0);
    }
    assert_int_equal(setenv("WATCHDOG_USEC", "1000", 1), 0);
    assert_int_equal(amp_notify_open().watchdog_us, 1000);
    assert_int_equal(setenv("WATCHDOG_USEC", "99999999999999999999", 1), 0);
    assert_int_equal(amp_notify_open().watchdog_us, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manager_hears_ready_alive_and_stopping),
        cmocka_unit_test(nobody_hears_where_nobody_asked),
        cmocka_unit_test(the_watchdog_of_another_process_is_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
