/* Tests of sandbox.c, each in a process of its own: what is inside works, what is outside does not.
 */
#include "server/httpbed.h"
#include "server/local.h"
#include "server/sandbox.h"
#include "server/testbed.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__has_feature)
#define HAS(feature) __has_feature(feature)
#else
#define HAS(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || HAS(address_sanitizer) ||     \
    HAS(thread_sanitizer) || HAS(memory_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum {
    PATH = 128,
    STACK = 1 << 16
};

struct place {
    char dir[PATH], file[PATH], map[PATH], outside[PATH];
    struct amp_sandbox_report report; /* of a child that only enters */
    const char *readable[2], *writable[2];
    struct amp_sandbox what;
};

/* Runs `inside` in a child that has entered; it returns NULL or what went wrong. */
typedef const char *inside_fn(struct place *place);

static int child_run(struct place *place, inside_fn *inside, bool enter)
{
    struct amp_why why = {""};
    if (enter && amp_sandbox_enter(&place->what, &place->report, &why) != AMP_OK) {
        (void)fprintf(stderr, "# %s\n", why.text);
        return 2;
    }
    const char *wrong = inside(place);
    if (wrong != NULL) {
        (void)fprintf(stderr, "# %s (%s)\n", wrong, strerror(errno));
        return 1;
    }
    return 0;
}

static void in_child(struct place *place, inside_fn *inside, bool enter)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(child_run(place, inside, enter));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void file_make(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "map", 3), 3);
    (void)close(fd);
}

static const char *report_send(struct place *place)
{
    int fd = open(place->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool whole = write(fd, &place->report, sizeof place->report) == sizeof place->report;
    (void)close(fd);
    return whole ? NULL : "the report was not written";
}

/* What of it can be had on this machine: a child says so. */
static void report_fetch(struct place *place)
{
    in_child(place, report_send, true);
    int fd = open(place->file, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, &place->report, sizeof place->report), sizeof place->report);
    (void)close(fd);
    (void)unlink(place->file);
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    (void)snprintf(place->dir, sizeof place->dir, "/tmp/amparo-sandbox-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    (void)snprintf(place->file, sizeof place->file, "%.40s/file", place->dir);
    (void)snprintf(place->map, sizeof place->map, "%.40s.map", place->dir);
    (void)snprintf(place->outside, sizeof place->outside, "%.40s.outside", place->dir);
    file_make(place->map);
    file_make(place->outside);
    place->readable[0] = place->map;
    place->writable[0] = place->dir;
    place->what = (struct amp_sandbox){.readable = place->readable, .writable = place->writable};
    *state = place;
    if (!SANITIZED) {
        report_fetch(place);
    }
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    (void)unlink(place->file);
    (void)unlink(place->map);
    (void)unlink(place->outside);
    assert_int_equal(rmdir(place->dir), 0);
    free(place);
    return 0;
}

/* Says aloud why a test cannot be made here. */
static bool can(bool had, const char *what)
{
    if (SANITIZED) {
        print_message("# skipped: a sanitizer needs what the sandbox refuses\n");
    } else if (!had) {
        print_message("# skipped: this machine has no %s\n", what);
    }
    return !SANITIZED && had;
}

/* ---- files ---- */

static bool opens(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd >= 0) {
        (void)close(fd);
    }
    return fd >= 0;
}

static const char *files_try(struct place *place)
{
    char moved[PATH];
    (void)snprintf(moved, sizeof moved, "%.40s/moved", place->dir);
    return opens("/etc/passwd", O_RDONLY)                   ? "/etc/passwd was opened"
           : opens(place->outside, O_RDONLY)                ? "another file was opened"
           : opens(place->outside, O_WRONLY | O_TRUNC)      ? "another was written"
           : opens("/tmp/amparo-never", O_WRONLY | O_CREAT) ? "a file was made outside"
           : opens(place->map, O_RDWR)                      ? "the map could be written"
           : !opens(place->map, O_RDONLY)                   ? "the map was not opened"
           : !opens(place->file, O_RDWR | O_CREAT)          ? "no file could be made"
           : !opens(place->file, O_WRONLY | O_TRUNC)        ? "no file could be cut"
           : rename(place->file, moved) != 0                ? "nothing could be renamed"
           : rename(moved, place->outside) == 0             ? "a file was moved outside"
           : unlink(moved) != 0                             ? "nothing could be removed"
           : unlink(place->outside) == 0                    ? "a file outside was removed"
                                                            : NULL;
}

static void only_the_files_it_named_are_there(void **state)
{
    struct place *place = *state;
    if (!can(place->report.landlock_abi > 0, "Landlock")) {
        return;
    }
    in_child(place, files_try, true);
}

static const char *socket_try(struct place *place)
{
    struct amp_local local;
    if (amp_local_listen(place->file, &local, NULL) != AMP_OK || !amp_local_is_own(local.fd)) {
        return "no socket could be made";
    }
    (void)close(local.fd); /* as if it had died */
    if (amp_local_listen(place->file, &local, NULL) != AMP_OK) {
        return "a stale one was not replaced";
    }
    amp_local_remove(&local);
    return access(place->file, F_OK) == 0 ? "it was not removed" : NULL;
}

static void the_socket_of_the_command_line_is_made_inside(void **state)
{
    struct place *place = *state;
    if (!can(true, "")) {
        return;
    }
    in_child(place, socket_try, true);
}

static const char *connection_try(struct place *place)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof addr;
    int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)place;
    if (bind(door, (struct sockaddr *)&addr, len) != 0 || listen(door, 1) != 0 ||
        getsockname(door, (struct sockaddr *)&addr, &len) != 0) {
        return "it cannot listen";
    }
    return connect(out, (struct sockaddr *)&addr, len) == 0 || errno != EACCES
               ? "a connection was opened"
               : NULL;
}

static void it_listens_but_connects_to_nobody(void **state)
{
    struct place *place = *state;
    if (!can(place->report.no_connections, "Landlock that knows the network")) {
        return;
    }
    in_child(place, connection_try, true);
}

static const char *signal_try(struct place *place)
{
    (void)place;
    return kill(getppid(), 0) == 0  ? "a signal reached another process"
           : kill(getpid(), 0) != 0 ? "none reached itself"
                                    : NULL;
}

static void its_signals_reach_nobody_else(void **state)
{
    struct place *place = *state;
    if (!can(place->report.no_foreign_signals, "Landlock that knows signals")) {
        return;
    }
    in_child(place, signal_try, true);
}

/* ---- system calls ---- */

static bool is_refused(long status, int with)
{
    return status == -1 && errno == with;
}

static const char *calls_try(struct place *place)
{
    char *const argv[] = {NULL};
    void *both =
        mmap(NULL, STACK, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *plain = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)place;
    return both != MAP_FAILED    ? "memory was both written and run"
           : plain == MAP_FAILED ? "there is no memory"
           : !is_refused(mprotect(plain, STACK, PROT_READ | PROT_EXEC), EPERM)  ? "mprotect"
           : !is_refused(execv("/bin/true", argv), EPERM)                       ? "execve"
           : !is_refused(syscall(SYS_execveat, 0, "", argv, argv, 0), EPERM)    ? "execveat"
           : !is_refused(fork(), EPERM)                                         ? "fork"
           : !is_refused(syscall(SYS_unshare, 0), EPERM)                        ? "unshare"
           : !is_refused(syscall(SYS_ptrace, 0, 0, 0, 0), EPERM)                ? "ptrace"
           : !is_refused(syscall(SYS_bpf, 0, NULL, 0), EPERM)                   ? "bpf"
           : !is_refused(syscall(SYS_keyctl, 0, 0), EPERM)                      ? "keyctl"
           : !is_refused(syscall(SYS_mount, "", "", "", 0, NULL), EPERM)        ? "mount"
           : !is_refused(syscall(SYS_kexec_load, 0, 0, NULL, 0), EPERM)         ? "kexec"
           : !is_refused(syscall(SYS_userfaultfd, 0), EPERM)                    ? "userfaultfd"
           : !is_refused(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0), EPERM) ? "perf"
           : !is_refused(syscall(SYS_io_uring_setup, 1, NULL), EPERM)           ? "io_uring"
           : !is_refused(syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0), EPERM) ? "vm_readv"
           : !is_refused(syscall(SYS_init_module, NULL, 0, NULL), EPERM)               ? "module"
           : !is_refused(socket(AF_NETLINK, SOCK_RAW, 0), EPERM)                       ? "netlink"
           : !is_refused(socket(AF_PACKET, SOCK_RAW, 0), EPERM)                        ? "packet"
           : !is_refused(socket(AF_VSOCK, SOCK_STREAM, 0), EPERM)                      ? "vsock"
                                                                                       : NULL;
}

static void no_program_is_run_and_no_process_looked_into(void **state)
{
    struct place *place = *state;
    if (!can(place->report.syscalls, "seccomp")) {
        return;
    }
    in_child(place, calls_try, true);
}

static const char *rights_try(struct place *place)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3] = {{0}};
    struct rlimit core = {.rlim_max = 1};
    if (syscall(SYS_capget, &head, has) != 0) {
        return "capget";
    }
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        if ((has[i].effective | has[i].permitted | has[i].inheritable) != 0) {
            return "a capability is left";
        }
    }
    (void)place;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1                ? "new privileges"
           : prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0                  ? "dumpable"
           : getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0 ? "a core can be dumped"
                                                                      : NULL;
}

static void no_privilege_is_left_and_none_can_be_gained(void **state)
{
    struct place *place = *state;
    if (!can(true, "")) {
        return;
    }
    assert_true(place->report.no_new_privileges && place->report.no_dumps);
    assert_true(place->report.no_capabilities);
    in_child(place, rights_try, true);
}

static void *idle(void *ctx)
{
    (void)poll(NULL, 0, -1);
    return ctx;
}

static const char *late_try(struct place *place)
{
    struct amp_sandbox_report report;
    struct amp_why why = {""};
    pthread_t thread;
    if (pthread_create(&thread, NULL, idle, NULL) != 0) {
        return "no thread";
    }
    return amp_sandbox_enter(&place->what, &report, &why) != AMP_E_CONFLICT ? "it was entered late"
                                                                            : NULL;
}

static void it_is_entered_before_threads_or_not_at_all(void **state)
{
    struct place *place = *state;
    if (!can(true, "")) {
        return;
    }
    in_child(place, late_try, false);
}

static const char *missing_try(struct place *place)
{
    struct amp_sandbox_report report;
    struct amp_why why = {""};
    const char *const nowhere[] = {"/nowhere/at/all", NULL};
    const char *const file[] = {place->map, NULL};
    struct amp_sandbox what = {.readable = nowhere};
    if (amp_sandbox_enter(&what, &report, &why) != AMP_E_NOT_FOUND ||
        strstr(why.text, "/nowhere/at/all") == NULL) {
        return "a path that is not there was allowed";
    }
    what = (struct amp_sandbox){.writable = file};
    return amp_sandbox_enter(&what, &report, &why) != AMP_E_NOT_FOUND
               ? "a file was taken for a folder"
               : NULL;
}

static void a_path_that_is_not_there_is_named(void **state)
{
    struct place *place = *state;
    if (!can(place->report.landlock_abi > 0, "Landlock")) {
        return;
    }
    in_child(place, missing_try, false);
}

/* ---- a server inside ---- */

struct inner {
    struct bed bed;
    int port_fd, end_fd;
};

/* The whole server in a folder, its threads, its journal; it serves until the pipe ends. */
static const char *server_run(struct inner *inner)
{
    const char *const writable[] = {inner->bed.dir, NULL};
    const struct amp_sandbox what = {.writable = writable};
    struct amp_sandbox_report report;
    struct amp_why why = {""};
    char end = 0;
    if (amp_sandbox_enter(&what, &report, &why) != AMP_OK) {
        return "it was not entered";
    }
    bed_start(&inner->bed);
    uint16_t port = amp_server_port(inner->bed.server);
    if (report.syscalls && (!amp_sandbox_seal(&why) || socket(AF_INET, SOCK_STREAM, 0) >= 0)) {
        return "it was not sealed";
    }
    if (write(inner->port_fd, &port, sizeof port) != sizeof port) {
        return "the port could not be said";
    }
    (void)!read(inner->end_fd, &end, 1);
    return bed_stop(&inner->bed) == AMP_OK ? NULL : "it did not stop well";
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    return fd;
}

static void a_server_that_listens_goes_on_inside(void **state)
{
    static struct inner inner;
    int ready[2];
    int end[2];
    int status = 0;
    uint16_t port = 0;
    (void)state;
    if (!can(true, "")) {
        return;
    }
    bed_init(&inner.bed);
    bed_folder(&inner.bed);
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(end), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)close(end[1]);
        inner.port_fd = ready[1];
        inner.end_fd = end[0];
        const char *wrong = server_run(&inner);
        if (wrong != NULL) {
            (void)fprintf(stderr, "# %s\n", wrong);
        }
        _exit(wrong != NULL);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &port, sizeof port), sizeof port);
    for (int i = 0; i < 20; i++) {
        int fd = connect_to(port);
        struct amp_buf heard =
            hbed_ask(fd, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "\r\n\r\n");
        assert_non_null(strstr(amp_buf_cstr(&heard), " 200 "));
        amp_buf_free(&heard);
        (void)close(fd);
    }
    (void)close(end[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    (void)close(ready[0]);
    (void)close(end[0]);
    bed_drop(&inner.bed);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(only_the_files_it_named_are_there),
        PLACED(the_socket_of_the_command_line_is_made_inside),
        PLACED(it_listens_but_connects_to_nobody),
        PLACED(its_signals_reach_nobody_else),
        PLACED(no_program_is_run_and_no_process_looked_into),
        PLACED(no_privilege_is_left_and_none_can_be_gained),
        PLACED(it_is_entered_before_threads_or_not_at_all),
        PLACED(a_path_that_is_not_there_is_named),
        PLACED(a_server_that_listens_goes_on_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
