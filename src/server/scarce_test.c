/*
 * When the disk or the descriptors run out the server says so, loses nothing, and goes on when
 * there is room again; where it cannot write at all it does not start.
 */
#include "server/inside.h"
#include "server/scarce.h"
#include "server/testbed.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    MIB = 1 << 20,
    NOBODY = 65534
};

static const char call_body[] = "{\"words\":\"help\",\"type\":\"stroke\"}";

/* ---- the disk, alone ---- */

static void little_left_stops_commands_first_and_looks_last(void **state)
{
    struct amp_scarce it = {.known = true, .whole = INT64_C(100) << 30};
    struct amp_why why = {""};
    (void)state;
    it.left = AMP_SCARCE_WORK;
    assert_int_equal(amp_scarce_check(&it, AMP_CMD_TAKE_CALL, &why), AMP_OK);
    it.left--;
    assert_int_equal(amp_scarce_check(&it, AMP_CMD_TAKE_CALL, &why), AMP_E_FULL);
    assert_non_null(strstr(why.text, "15 MiB"));
    assert_int_equal(amp_scarce_check(&it, AMP_CMD_ERASE, &why), AMP_E_FULL);
    assert_int_equal(amp_scarce_check(&it, AMP_CMD_VIEW_INCIDENT, &why), AMP_OK);
    assert_int_equal(amp_scarce_check(&it, AMP_CMD_OPEN_SESSION, &why), AMP_OK);
    it.left = AMP_SCARCE_ALL - 1;
    assert_int_equal(amp_scarce_check(&it, AMP_CMD_VIEW_INCIDENT, &why), AMP_E_FULL);
    it.known = false; /* nobody can say: it is tried */
    assert_int_equal(amp_scarce_check(&it, AMP_CMD_TAKE_CALL, &why), AMP_OK);
}

static void a_small_disk_is_not_full_from_the_start(void **state)
{
    struct amp_scarce it = {.known = true, .whole = 8 * MIB, .left = 2 * MIB};
    (void)state;
    assert_int_equal(amp_scarce_check(&it, AMP_CMD_TAKE_CALL, NULL), AMP_OK);
    it.left--;
    assert_int_equal(amp_scarce_check(&it, AMP_CMD_TAKE_CALL, NULL), AMP_E_FULL);
    it.left = MIB / 2;
    assert_int_equal(amp_scarce_check(&it, AMP_CMD_TICK, NULL), AMP_OK);
}

/* ---- a real disk that is full, and freed ---- */

static void step_look(struct amp_server *server, struct amp_job *job)
{
    amp_scarce_look(&server->scarce, server->config.dir, true);
    amp_job_destroy(job);
}

static void look_now(const struct bed *bed)
{
    struct amp_job *job = amp_job_create(bed->server);
    assert_non_null(job);
    job->step = step_look;
    assert_int_equal(amp_core_push(bed->server, job), AMP_OK);
}

/* Fills the disk until so much is left. */
static void fill(const char *path, long left)
{
    static char block[64 << 10];
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct amp_scarce disk = {.known = false};
    char dir[BED_PATH];
    assert_true(fd >= 0);
    (void)snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path), path);
    for (amp_scarce_look(&disk, dir, true); disk.left > left + (long)sizeof block;
         amp_scarce_look(&disk, dir, true)) {
        assert_int_equal(write(fd, block, sizeof block), sizeof block);
    }
    (void)close(fd);
}

static void failed(void *ctx)
{
    atomic_fetch_add((atomic_int *)ctx, 1);
}

static bool small_disk(struct bed *bed)
{
    bed_init(bed);
    bed_folder(bed);
    bed->config.dir = bed->dir;
    bed->config.snapshot_every = 4;
    if (mount("none", bed->dir, "tmpfs", MS_NOSUID | MS_NODEV, "size=24m") != 0) {
        print_message("# skipped: no file system can be mounted here\n");
        bed_drop(bed);
        return false;
    }
    return true;
}

static void call_once(const struct bed *bed, const char *key, int status)
{
    struct reply reply;
    char field[64];
    (void)snprintf(field, sizeof field, "Idempotency-Key: %s\r\n", key);
    bed_send(bed, "POST", "/v1/calls", call_body, field, &reply);
    assert_int_equal(reply.status, status);
    if (status == 503) {
        assert_string_equal(reply_text(&reply, "code"), "disk-full");
    }
    reply_free(&reply);
}

static void a_full_disk_refuses_what_writes_shows_the_rest_and_goes_on_when_freed(void **state)
{
    struct bed bed;
    char filler[BED_PATH + 16];
    atomic_int stopped = 0;
    (void)state;
    if (!small_disk(&bed)) {
        skip();
    }
    bed.config.ctx = &stopped;
    bed.config.failed = failed;
    bed.config.journal_looks = true;
    bed_start(&bed);
    bed_town(&bed);
    call_once(&bed, "k-1", 201);
    (void)snprintf(filler, sizeof filler, "%s/filler", bed.dir);
    for (int turn = 0; turn < 3; turn++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k-%d", turn + 2);
        fill(filler, 4 * MIB);
        look_now(&bed);
        call_once(&bed, key, 503);
        bed_expect(&bed, "GET", "/readyz", NULL, 503);
        bed_expect(&bed, "GET", "/healthz", NULL, 200);
        bed_expect(&bed, "GET", "/v1/incidents/I-1", NULL, 200); /* and the look is an event */
        fill(filler, MIB / 2);
        look_now(&bed);
        bed_expect(&bed, "GET", "/v1/units", NULL, 200);
        assert_int_equal(unlink(filler), 0);
        look_now(&bed);
        bed_expect(&bed, "GET", "/readyz", NULL, 200);
        call_once(&bed, key, 201);
    }
    assert_int_equal(atomic_load(&stopped), 0); /* without a restart */
    assert_int_equal(bed_stop(&bed), AMP_OK);
    bed_start(&bed);
    bed_expect(&bed, "GET", "/v1/incidents/I-4", NULL, 200);
    bed_expect(&bed, "GET", "/v1/incidents/I-5", NULL, 404);
    (void)bed_stop(&bed);
    assert_int_equal(umount(bed.dir), 0);
    bed_drop(&bed);
}

/* ---- where nothing can be written ---- */

static void expect_no_start(const char *dir, const char *sentence)
{
    struct amp_store *store = NULL;
    struct amp_why why = {""};
    amp_err err = amp_store_sqlite(dir, false, &store, &why);
    if (err == AMP_OK) {
        amp_store_close(store);
        fail_msg("a journal that cannot be written was opened");
    }
    if (strstr(why.text, sentence) == NULL) {
        fail_msg("it was said: %s", why.text);
    }
}

static void a_file_system_that_is_read_only_is_refused_with_a_sentence(void **state)
{
    struct bed bed;
    (void)state;
    if (!small_disk(&bed)) {
        skip();
    }
    bed_start(&bed);
    bed_town(&bed);
    assert_int_equal(bed_stop(&bed), AMP_OK);
    assert_int_equal(mount("none", bed.dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    expect_no_start(bed.dir, bed.dir);
    assert_int_equal(mount("none", bed.dir, NULL, MS_REMOUNT, NULL), 0);
    bed_start(&bed);
    bed_expect(&bed, "GET", "/v1/units/M1", NULL, 200);
    (void)bed_stop(&bed);
    assert_int_equal(umount(bed.dir), 0);
    bed_drop(&bed);
}

static void a_journal_without_the_right_to_write_is_refused_with_a_sentence(void **state)
{
    struct bed bed;
    char path[BED_PATH + 16];
    (void)state;
    bed_init(&bed);
    bed_folder(&bed);
    bed_start(&bed);
    assert_int_equal(bed_stop(&bed), AMP_OK);
    if (geteuid() == 0) {
        assert_int_equal(chmod(bed.dir, 0555), 0);
        assert_int_equal(seteuid(NOBODY), 0);
    }
    (void)snprintf(path, sizeof path, "%s/journal.db", bed.dir);
    (void)chmod(path, 0400);
    expect_no_start(bed.dir, bed.dir);
    assert_int_equal(seteuid(getuid()), 0);
    bed_drop(&bed);
}

/* ---- descriptors ---- */

/* From now on only so many more can be opened, whatever holes there are in the table. */
static void descriptors_leave(rlim_t more, struct rlimit *before)
{
    int held[128];
    struct rlimit limit = {0};
    assert_true(more < sizeof held / sizeof held[0]);
    for (rlim_t i = 0; i <= more; i++) {
        held[i] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
        assert_true(held[i] >= 0);
    }
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    *before = limit;
    limit.rlim_cur = (rlim_t)held[more];
    for (rlim_t i = 0; i <= more; i++) {
        (void)close(held[i]);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* With each number of descriptors it starts, or says that it does not. */
static void a_start_with_too_few_descriptors_is_refused(void **state)
{
    enum {
        ENOUGH = 64
    };
    struct bed bed;
    int refused = 0, started = 0;
    (void)state;
    bed_init(&bed);
    bed_folder(&bed);
    bed.config.dir = bed.dir;
    bed.config.snapshot_every = 100;
    for (rlim_t more = 0; more < ENOUGH && started < 3; more++) {
        struct rlimit before;
        struct amp_why why = {""};
        descriptors_leave(more, &before);
        amp_err err = amp_store_sqlite(bed.dir, false, &bed.store, &why);
        bed.config.store = bed.store;
        err = err ? err : amp_server_start(&bed.config, &bed.server, &why);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        if (err == AMP_OK) {
            bed_expect(&bed, "GET", "/v1/units", NULL, 200);
            assert_int_equal(bed_stop(&bed), AMP_OK);
            started++;
        } else {
            assert_true(why.text[0] != '\0');
            amp_store_close(bed.store);
            bed.store = NULL;
            bed.server = NULL;
            refused++;
        }
    }
    assert_true(started == 3 && refused > 3);
    bed_drop(&bed);
}

/* The crowd is a process of its own, with descriptors enough. It tells when it stands at the door,
 * and leaves when it is told. */
static pid_t crowd_start(int to[2], int from[2], int n)
{
    assert_int_equal(pipe2(to, O_CLOEXEC), 0);
    assert_int_equal(pipe2(from, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
        char ready = 'y';
        if (read(to[0], &addr.sin_port, sizeof addr.sin_port) != sizeof addr.sin_port) {
            _exit(1);
        }
        for (int i = 0; i < n; i++) {
            int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof addr) != 0) {
                ready = 'n';
            }
        }
        (void)!write(from[1], &ready, 1);
        (void)!read(to[0], &ready, 1);
        _exit(0);
    }
    return pid;
}

static void more_connections_than_descriptors_wait_and_the_rest_goes_on(void **state)
{
    enum {
        CROWD = 64,
        LEFT = 12
    };
    struct bed bed;
    struct rlimit before;
    struct amp_scarce it = {.known = false};
    int to[2], from[2], status = 0;
    char said = 'n';
    (void)state;
    pid_t crowd = crowd_start(to, from, CROWD);
    bed_init(&bed);
    bed_folder(&bed);
    bed_start(&bed);
    bed_town(&bed);
    uint16_t port = htons(amp_server_port(bed.server));
    descriptors_leave(LEFT, &before);
    assert_int_equal(write(to[1], &port, sizeof port), sizeof port);
    assert_int_equal(read(from[0], &said, 1), 1);
    assert_int_equal(said, 'y');
    int64_t until_us = amp_clock_steady_us() + (int64_t)BED_WAIT_MS * 1000;
    while (!it.descriptors_said && amp_clock_steady_us() < until_us) {
        amp_scarce_look(&it, NULL, true);
        (void)poll(NULL, 0, 5);
    }
    assert_true(it.descriptors_said); /* what the log says once */
    struct reply reply;               /* who is inside is served, and what is said is durable */
    bed_local(&bed, AMP_METHOD_POST, "/v1/calls", call_body, &reply);
    assert_int_equal(reply.status, 201);
    reply_free(&reply);
    assert_int_equal(write(to[1], &said, 1), 1);
    assert_int_equal(waitpid(crowd, &status, 0), crowd);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    bed_expect(&bed, "GET", "/v1/incidents/I-1", NULL, 200); /* and who comes now gets in */
    assert_int_equal(bed_stop(&bed), AMP_OK);
    for (int i = 0; i < 2; i++) {
        (void)close(to[i]);
        (void)close(from[i]);
    }
    bed_drop(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_left_stops_commands_first_and_looks_last),
        cmocka_unit_test(a_small_disk_is_not_full_from_the_start),
        cmocka_unit_test(a_full_disk_refuses_what_writes_shows_the_rest_and_goes_on_when_freed),
        cmocka_unit_test(a_file_system_that_is_read_only_is_refused_with_a_sentence),
        cmocka_unit_test(a_journal_without_the_right_to_write_is_refused_with_a_sentence),
        cmocka_unit_test(a_start_with_too_few_descriptors_is_refused),
        cmocka_unit_test(more_connections_than_descriptors_wait_and_the_rest_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
