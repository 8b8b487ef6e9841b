/* A new map under a server at work: no answer is lost, none mixes two maps, a bad file is refused.
 */
#include "server/testbed.h"
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "map/quilt.h"
#include "map/synth.h"

enum {
    SWAPS = 20,
    ASKERS = 3,
    QUESTIONS = 4,
    PATH = 512,
    KNOWN = 1 << 20 /* bytes of one known answer */
};

/* Two maps of the same ground, and the file that the server reads. */
struct ground {
    char file[2][PATH];
    char live[PATH + 8];
    char target[QUESTIONS][PATH];
};

static void copy(const char *from, const char *to)
{
    char step[65536];
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    for (size_t n = 0; (n = fread(step, 1, sizeof step, in)) > 0;) {
        assert_int_equal(fwrite(step, 1, n, out), n);
    }
    assert_int_equal(fclose(out), 0);
    assert_int_equal(fclose(in), 0);
}

/* As one replaces a map: beside it, then renamed. */
static void put(const struct ground *ground, const char *from)
{
    char beside[PATH + 16];
    (void)snprintf(beside, sizeof beside, "%s.new", ground->live);
    copy(from, beside);
    assert_int_equal(rename(beside, ground->live), 0);
}

static void ground_file(struct ground *ground, int which)
{
    char osm[PATH], quilt[PATH];
    const char *folder = getenv("TMPDIR");
    struct amp_why why = {""};
    struct amp_map_counts counts;
    struct amp_quilt_counts copies;
    folder = folder != NULL ? folder : "/tmp";
    (void)snprintf(osm, sizeof osm, "%s/swap-%ld.osm.pbf", folder, (long)getpid());
    (void)snprintf(quilt, sizeof quilt, "%s/swap-%ld-2.osm.pbf", folder, (long)getpid());
    (void)snprintf(ground->file[which], PATH, "%s/swap-%ld-%d.amap", folder, (long)getpid(), which);
    assert_int_equal(amp_synth_write(osm, 7, 1, NULL, &why), AMP_OK);
    const struct amp_quilt_plan plan = {.side = which == 0 ? 1 : 2, .links = 3};
    assert_int_equal(amp_quilt_write(osm, quilt, &plan, NULL, &copies, &why), AMP_OK);
    assert_int_equal(
        amp_map_build(which == 0 ? osm : quilt, ground->file[which], NULL, &counts, &why), AMP_OK);
    assert_int_equal(unlink(osm), 0);
    assert_int_equal(unlink(quilt), 0);
}

static void targets_make(struct ground *ground)
{
    struct amp_map map;
    struct amp_why why = {""};
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_place *place = NULL;
    size_t n = 0;
    assert_int_equal(amp_map_open(ground->file[0], &map, &why), AMP_OK);
    assert_int_equal(amp_places_of_kind(map.places, AMP_STR("school"), &arena, &place, &n), AMP_OK);
    assert_true(n >= 2);
    (void)snprintf(ground->target[0], PATH, "/v1/route?from=%.7f,%.7f&to=%.7f,%.7f",
                   amp_lat_deg(place[0].pos), amp_lon_deg(place[0].pos),
                   amp_lat_deg(place[n - 1].pos), amp_lon_deg(place[n - 1].pos));
    (void)snprintf(ground->target[1], PATH, "/v1/geocode?q=school&limit=50");
    (void)snprintf(ground->target[2], PATH, "/v1/reverse?at=%.7f,%.7f", amp_lat_deg(place[0].pos),
                   amp_lon_deg(place[0].pos));
    (void)snprintf(ground->target[3], PATH, "/v1/map");
    amp_arena_drop(&arena);
    amp_map_close(&map);
}

static int ground_make(void **state)
{
    struct ground *ground = calloc(1, sizeof *ground);
    assert_non_null(ground);
    ground_file(ground, 0);
    ground_file(ground, 1);
    (void)snprintf(ground->live, sizeof ground->live, "%s.live", ground->file[0]);
    targets_make(ground);
    *state = ground;
    return 0;
}

static int ground_drop(void **state)
{
    struct ground *ground = *state;
    (void)unlink(ground->file[0]);
    (void)unlink(ground->file[1]);
    (void)unlink(ground->live);
    free(ground);
    return 0;
}

/* A server on the live file, which is map 0 at first. */
struct swapped {
    struct bed bed;
    char token[BED_SECRET];
    struct amp_map map;
    atomic_uint left; /* how often the first map was given back */
};

static void on_left(void *ctx)
{
    struct swapped *swapped = ctx;
    amp_map_close(&swapped->map);
    (void)atomic_fetch_add(&swapped->left, 1);
}

static void swapped_start(struct swapped *swapped, const struct ground *ground)
{
    struct amp_why why = {""};
    put(ground, ground->file[0]);
    assert_int_equal(amp_map_open(ground->live, &swapped->map, &why), AMP_OK);
    bed_init(&swapped->bed);
    atomic_init(&swapped->left, 0);
    swapped->bed.config.map = &swapped->map;
    swapped->bed.config.map_path = ground->live;
    swapped->bed.config.map_left = on_left;
    swapped->bed.config.ctx = swapped;
    swapped->bed.config.open = false;
    bed_start(&swapped->bed);
    bed_member(&swapped->bed, "desk", AMP_ROLE_DISPATCHER, "", swapped->token);
    swapped->bed.as = swapped->token;
}

static void reload(const struct bed *bed, int status, const char *changed)
{
    struct reply reply;
    bed_local(bed, AMP_METHOD_POST, "/v1/map/reload", "", &reply);
    if (reply.status != status) {
        fail_msg("%d %s", reply.status, reply_text(&reply, "detail"));
    }
    if (changed != NULL) {
        assert_int_equal(json_is_true(reply_at(&reply, "changed")), strcmp(changed, "yes") == 0);
    }
    reply_free(&reply);
}

/* The body, and gives the status. */
static int answer_get(const struct bed *bed, const char *target, char out[KNOWN])
{
    struct reply reply;
    bed_get(bed, target, &reply);
    int status = reply.status;
    assert_int_equal(amp_str_copy(out, KNOWN, amp_buf_view(&reply.body)), AMP_OK);
    reply_free(&reply);
    return status;
}

struct asker {
    const struct bed *bed;
    const struct ground *ground;
    const char (*known)[QUESTIONS][KNOWN]; /* of either map */
    atomic_bool *stop;
    pthread_t thread;
    unsigned asked, heard[2];
    bool wrong;
};

static void *ask_on(void *arg)
{
    struct asker *asker = arg;
    char *said = malloc(KNOWN);
    while (said != NULL && !atomic_load(asker->stop) && !asker->wrong) {
        int q = (int)(asker->asked++ % QUESTIONS);
        asker->wrong = answer_get(asker->bed, asker->ground->target[q], said) != 200;
        bool first = strcmp(said, asker->known[0][q]) == 0;
        bool second = strcmp(said, asker->known[1][q]) == 0;
        asker->wrong = asker->wrong || (!first && !second);
        asker->heard[first ? 0 : 1]++;
    }
    free(said);
    return NULL;
}

static void every_answer_is_of_one_of_two_maps_that_are_swapped_twenty_times(void **state)
{
    const struct ground *ground = *state;
    struct swapped swapped;
    char(*known)[QUESTIONS][KNOWN] = calloc(2, sizeof *known);
    atomic_bool stop;
    struct asker asker[ASKERS];
    assert_non_null(known);
    swapped_start(&swapped, ground);
    for (int which = 0; which < 2; which++) {
        put(ground, ground->file[which]);
        reload(&swapped.bed, 200, "yes"); /* another file, even if of the same content */
        for (int q = 0; q < QUESTIONS; q++) {
            assert_int_equal(answer_get(&swapped.bed, ground->target[q], known[which][q]), 200);
        }
    }
    assert_string_not_equal(known[0][1], known[1][1]);
    assert_string_not_equal(known[0][3], known[1][3]);
    atomic_init(&stop, false);
    for (int i = 0; i < ASKERS; i++) {
        asker[i] = (struct asker){.bed = &swapped.bed,
                                  .ground = ground,
                                  .known = (const char(*)[QUESTIONS][KNOWN])known,
                                  .stop = &stop,
                                  .asked = (unsigned)i};
        assert_int_equal(pthread_create(&asker[i].thread, NULL, ask_on, &asker[i]), 0);
    }
    for (int swap = 0; swap < SWAPS; swap++) {
        put(ground, ground->file[swap % 2]);
        reload(&swapped.bed, 200, "yes");
    }
    atomic_store(&stop, true);
    unsigned heard[2] = {0};
    for (int i = 0; i < ASKERS; i++) {
        assert_int_equal(pthread_join(asker[i].thread, NULL), 0);
        assert_false(asker[i].wrong);
        heard[0] += asker[i].heard[0];
        heard[1] += asker[i].heard[1];
    }
    assert_true(heard[0] > 0 && heard[1] > 0);
    assert_int_equal(bed_stop(&swapped.bed), AMP_OK);
    assert_int_equal(atomic_load(&swapped.left), 1);
    bed_drop(&swapped.bed);
    free(known);
}

static void a_bad_file_is_refused_and_the_old_map_serves_on(void **state)
{
    const struct ground *ground = *state;
    struct swapped swapped;
    char *before = malloc(KNOWN);
    char *after = malloc(KNOWN);
    char bad[PATH + 16];
    struct stat st;
    assert_non_null(before);
    assert_non_null(after);
    swapped_start(&swapped, ground);
    assert_int_equal(answer_get(&swapped.bed, ground->target[0], before), 200);
    (void)snprintf(bad, sizeof bad, "%s.bad", ground->live);
    copy(ground->file[1], bad);
    assert_int_equal(stat(bad, &st), 0);
    assert_int_equal(truncate(bad, st.st_size / 2), 0);
    put(ground, bad);
    reload(&swapped.bed, 500, NULL);
    assert_int_equal(unlink(bad), 0);
    assert_int_equal(unlink(ground->live), 0);
    reload(&swapped.bed, 404, NULL);
    assert_int_equal(answer_get(&swapped.bed, ground->target[0], after), 200);
    assert_string_equal(before, after);
    put(ground, ground->file[1]); /* and a good one is taken afterwards */
    reload(&swapped.bed, 200, "yes");
    reload(&swapped.bed, 200, "no");
    assert_int_equal(bed_stop(&swapped.bed), AMP_OK);
    bed_drop(&swapped.bed);
    free(before);
    free(after);
}

/* With all roads around its beginning closed the way is none, or another one. */
static void closures_are_in_force_on_the_new_map(void **state)
{
    const struct ground *ground = *state;
    struct swapped swapped;
    char *open = malloc(KNOWN);
    char *closed = malloc(KNOWN);
    char *moved = malloc(KNOWN);
    char body[PATH];
    double lat = 0, lon = 0;
    assert_true(open != NULL && closed != NULL && moved != NULL);
    swapped_start(&swapped, ground);
    assert_int_equal(answer_get(&swapped.bed, ground->target[0], open), 200);
    assert_int_equal(sscanf(ground->target[0], "/v1/route?from=%lf,%lf", &lat, &lon), 2);
    (void)snprintf(body, sizeof body, "{\"site\":{\"lat\":%.7f,\"lon\":%.7f},\"radius_m\":400}",
                   lat, lon);
    bed_expect(&swapped.bed, "POST", "/v1/closures", body, 201);
    int status = answer_get(&swapped.bed, ground->target[0], closed);
    assert_string_not_equal(open, closed);
    put(ground, ground->file[1]);
    reload(&swapped.bed, 200, "yes");
    put(ground, ground->file[0]);
    reload(&swapped.bed, 200, "yes");
    assert_int_equal(answer_get(&swapped.bed, ground->target[0], moved), status);
    assert_string_equal(closed, moved);
    bed_expect(&swapped.bed, "DELETE", "/v1/closures/X-1", NULL, 200);
    assert_int_equal(answer_get(&swapped.bed, ground->target[0], moved), 200);
    assert_string_equal(open, moved);
    assert_int_equal(bed_stop(&swapped.bed), AMP_OK);
    bed_drop(&swapped.bed);
    free(open);
    free(closed);
    free(moved);
}

static void who_listens_hears_which_map_is_in_force(void **state)
{
    const struct ground *ground = *state;
    struct swapped swapped;
    struct amp_buf heard;
    struct reply reply;
    char version[PATH], auditor[BED_SECRET];
    swapped_start(&swapped, ground);
    int fd = bed_listen(&swapped.bed, swapped.token, "", &heard);
    put(ground, ground->file[1]);
    reload(&swapped.bed, 200, "yes");
    bed_get(&swapped.bed, "/v1/map", &reply);
    (void)snprintf(version, sizeof version, "\"map\":\"%s\"", reply_text(&reply, "version"));
    reply_free(&reply);
    assert_true(bed_read_until(fd, &heard, version));
    (void)close(fd);
    amp_buf_free(&heard);
    bed_person(&swapped.bed, "aud", AMP_ROLE_AUDITOR, auditor);
    bed_as_ask(&swapped.bed, auditor, "GET", "/v1/audit", NULL, &reply);
    char *days = json_dumps(reply_at(&reply, "days"), JSON_COMPACT);
    assert_non_null(strstr(days, "\"kind\":\"map-replaced\",\"n\":1"));
    free(days);
    reply_free(&reply);
    assert_int_equal(bed_stop(&swapped.bed), AMP_OK);
    bed_drop(&swapped.bed);
}

static void a_server_without_a_map_file_says_so(void **state)
{
    struct bed bed;
    (void)state;
    bed_init(&bed);
    bed.config.open = false;
    bed_start(&bed);
    reload(&bed, 404, NULL);
    assert_int_equal(bed_stop(&bed), AMP_OK);
    bed_drop(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_is_of_one_of_two_maps_that_are_swapped_twenty_times),
        cmocka_unit_test(a_bad_file_is_refused_and_the_old_map_serves_on),
        cmocka_unit_test(closures_are_in_force_on_the_new_map),
        cmocka_unit_test(who_listens_hears_which_map_is_in_force),
        cmocka_unit_test(a_server_without_a_map_file_says_so),
    };
    return cmocka_run_group_tests_name("server/mapswap", tests, ground_make, ground_drop);
}
