/* Personal data at rest: sealed in every file, and gone from all of them once erased. */
#include "journal/inspect.h"
#include "model/event.h"
#include "server/fold.h"
#include "server/keys.h"
#include "server/testbed.h"
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    BODY = 1024,
    FILE_MAX = 1 << 28,
    HEARD_MAX = 64 << 20,
    EVERY = 8, /* records from one snapshot to the next */
    TEXT = 64
};

/* ---- a store whose readers can be made to stand still ---- */

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool shut;
    int waiting;
};

struct gated {
    struct amp_store store;
    struct amp_store *inner;
    struct gate *gate;
    bool is_reader;
};

static struct amp_store *inner_of(struct amp_store *store)
{
    return ((struct gated *)store)->inner;
}

static amp_err gated_append(struct amp_store *store, const struct amp_batch *batch,
                            struct amp_why *why)
{
    return inner_of(store)->ops->append(inner_of(store), batch, why);
}

static amp_err gated_settle(struct amp_store *store, struct amp_why *why)
{
    return inner_of(store)->ops->settle(inner_of(store), why);
}

static amp_err gated_head(struct amp_store *store, struct amp_head *out, struct amp_why *why)
{
    return inner_of(store)->ops->head(inner_of(store), out, why);
}

struct visiting {
    struct gate *gate;
    void *ctx;
    amp_err (*visit)(void *ctx, const struct amp_record *record);
};

static amp_err gated_visit(void *ctx, const struct amp_record *record)
{
    const struct visiting *visiting = ctx;
    struct gate *gate = visiting->gate;
    (void)pthread_mutex_lock(&gate->lock);
    gate->waiting++;
    (void)pthread_cond_broadcast(&gate->change);
    while (gate->shut) {
        (void)pthread_cond_wait(&gate->change, &gate->lock);
    }
    gate->waiting--;
    (void)pthread_mutex_unlock(&gate->lock);
    return visiting->visit(visiting->ctx, record);
}

static amp_err gated_read(struct amp_store *store, uint64_t first, uint64_t last, void *ctx,
                          amp_err (*visit)(void *ctx, const struct amp_record *record),
                          struct amp_why *why)
{
    const struct gated *gated = (const struct gated *)store;
    struct visiting visiting = {gated->gate, ctx, visit};
    return gated->is_reader
               ? gated->inner->ops->read(gated->inner, first, last, &visiting, gated_visit, why)
               : gated->inner->ops->read(gated->inner, first, last, ctx, visit, why);
}

static amp_err gated_leaves(struct amp_store *store, uint64_t first, size_t n, uint8_t *out,
                            struct amp_why *why)
{
    return inner_of(store)->ops->leaves(inner_of(store), first, n, out, why);
}

static amp_err gated_nodes(struct amp_store *store, unsigned level, uint64_t first, size_t n,
                           uint8_t *out, struct amp_why *why)
{
    return inner_of(store)->ops->nodes(inner_of(store), level, first, n, out, why);
}

static amp_err gated_secret(struct amp_store *store, struct amp_str name, struct amp_buf *out,
                            struct amp_why *why)
{
    return inner_of(store)->ops->secret(inner_of(store), name, out, why);
}

static amp_err gated_secrets(struct amp_store *store, struct amp_str prefix, void *ctx,
                             amp_err (*visit)(void *ctx, struct amp_str name, struct amp_str value),
                             struct amp_why *why)
{
    return inner_of(store)->ops->secrets(inner_of(store), prefix, ctx, visit, why);
}

static struct amp_store *gated_make(struct amp_store *inner, struct gate *gate, bool is_reader);

static amp_err gated_reader(struct amp_store *store, struct amp_store **out, struct amp_why *why)
{
    struct amp_store *inner = NULL;
    amp_err err = inner_of(store)->ops->reader(inner_of(store), &inner, why);
    if (err == AMP_OK) {
        *out = gated_make(inner, ((struct gated *)store)->gate, true);
    }
    return err;
}

static void gated_close(struct amp_store *store)
{
    amp_store_close(inner_of(store));
    free(store);
}

static struct amp_store *gated_make(struct amp_store *inner, struct gate *gate, bool is_reader)
{
    static const struct amp_store_ops ops = {.name = "gated",
                                             .append = gated_append,
                                             .settle = gated_settle,
                                             .head = gated_head,
                                             .read = gated_read,
                                             .leaves = gated_leaves,
                                             .nodes = gated_nodes,
                                             .secret = gated_secret,
                                             .secrets = gated_secrets,
                                             .reader = gated_reader,
                                             .close = gated_close};
    struct gated *gated = calloc(1, sizeof *gated);
    assert_non_null(gated);
    *gated = (struct gated){{&ops}, inner, gate, is_reader};
    return &gated->store;
}

static void gate_set(struct gate *gate, bool shut)
{
    (void)pthread_mutex_lock(&gate->lock);
    gate->shut = shut;
    (void)pthread_cond_broadcast(&gate->change);
    (void)pthread_mutex_unlock(&gate->lock);
}

static void gate_await(struct gate *gate)
{
    (void)pthread_mutex_lock(&gate->lock);
    while (gate->waiting == 0) {
        (void)pthread_cond_wait(&gate->change, &gate->lock);
    }
    (void)pthread_mutex_unlock(&gate->lock);
}

/* ---- the bed ---- */

static int set_up(void **state)
{
    struct bed *bed = calloc(1, sizeof *bed);
    assert_non_null(bed);
    bed_init(bed);
    bed_folder(bed);
    bed->config.open = false;
    bed->config.dir = bed->dir;
    bed->config.snapshot_every = EVERY;
    bed_start(bed);
    bed_town(bed);
    *state = bed;
    return 0;
}

static int tear_down(void **state)
{
    struct bed *bed = *state;
    (void)bed_stop(bed);
    amp_fold_tidy(bed->dir, 0);
    bed_drop(bed);
    free(bed);
    return 0;
}

static void restart(struct bed *bed)
{
    assert_int_equal(bed_stop(bed), AMP_OK);
    bed_start(bed);
}

static void post(struct bed *bed, const char *path, const char *body, int status)
{
    bed_local_expect(bed, AMP_METHOD_POST, path, body, status);
}

static void digest_look(void *ctx, const struct amp_state *state, const struct amp_track *track,
                        int64_t now_us)
{
    (void)track;
    (void)now_us;
    *(uint64_t *)ctx = amp_state_digest(state);
}

static uint64_t digest(struct bed *bed)
{
    uint64_t out = 0;
    assert_int_equal(amp_server_look(bed->server, digest_look, &out), AMP_OK);
    return out;
}

/* ---- marks, and where they may be ---- */

static const char *const marks[] = {"99955501234", "MARKNAME",  "MARKWORDS",  "MARKNOTE",
                                    "MARKDEVICE",  "MARKPLACE", "MARKREASON", "MARKHOSPITAL",
                                    "12.3459",     "23.4569",   "123459876",  "234569876"};
enum {
    LAT_E7 = 123459876,
    LON_E7 = 234569876
};

/* One incident with all that is personal, closed: I-1 when it is the first. */
static void a_marked_night(struct bed *bed, const char *incident)
{
    char path[BODY];
    post(bed, "/v1/calls",
         "{\"number\":\"+99955501234\",\"name\":\"MARKNAME\",\"words\":\"MARKWORDS\","
         "\"device\":\"MARKDEVICE\",\"place\":\"MARKPLACE\",\"type\":\"cardiac-arrest\","
         "\"pos\":{\"lat\":12.3459876,\"lon\":23.4569876}}",
         201);
    (void)snprintf(path, sizeof path, "/v1/incidents/%s/notes", incident);
    post(bed, path, "{\"text\":\"MARKNOTE\"}", 200);
    (void)snprintf(path, sizeof path, "/v1/incidents/%s/assignments", incident);
    post(bed, path, "{\"unit\":\"M1\"}", 200);
    post(bed, "/v1/units/M1/status", "{\"status\":\"en-route\"}", 200);
    post(bed, "/v1/units/M1/status", "{\"status\":\"on-scene\"}", 200);
    post(bed, "/v1/units/M1/status", "{\"status\":\"transporting\",\"hospital\":\"MARKHOSPITAL\"}",
         200);
    post(bed, "/v1/units/M1/status", "{\"status\":\"at-hospital\"}", 200);
    post(bed, "/v1/units/M1/status", "{\"status\":\"available\",\"reason\":\"MARKREASON\"}", 200);
}

static void incident_close(struct bed *bed, const char *incident)
{
    char path[BODY];
    (void)snprintf(path, sizeof path, "/v1/incidents/%s/close", incident);
    post(bed, path, "{\"outcome\":\"handled\",\"text\":\"MARKNOTE\"}", 200);
}

static struct amp_buf file_read(const char *dir, const char *name)
{
    char path[BED_PATH * 2], block[65536];
    struct amp_buf buf = amp_buf_make(FILE_MAX);
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "rbe");
    for (size_t n = file != NULL ? fread(block, 1, sizeof block, file) : 0; n > 0;
         n = fread(block, 1, sizeof block, file)) {
        amp_buf_put(&buf, block, n);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    assert_int_equal(amp_buf_err(&buf), AMP_OK);
    return buf;
}

/* How many files of the folder hold the bytes; the last one's name goes to where. */
static int files_with(const struct bed *bed, const void *bytes, size_t len, char where[TEXT])
{
    DIR *dir = opendir(bed->dir);
    int n = 0;
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct amp_buf buf = file_read(bed->dir, entry->d_name);
        if (buf.len >= len && memmem(buf.data, buf.len, bytes, len) != NULL) {
            (void)snprintf(where, TEXT, "%.60s", entry->d_name);
            n++;
        }
        amp_buf_free(&buf);
    }
    (void)closedir(dir);
    return n;
}

static void absent(const struct bed *bed, const char *what, const void *bytes, size_t len)
{
    char where[TEXT] = "";
    if (files_with(bed, bytes, len, where) != 0) {
        fail_msg("%s is in %s", what, where);
    }
}

/* As it is, as hexadecimal digits, and as base64 wherever it begins in a group of three. */
static void mark_absent(const struct bed *bed, const char *mark)
{
    struct amp_buf text = amp_buf_make(BODY);
    absent(bed, mark, mark, strlen(mark));
    amp_hex_put(&text, mark, strlen(mark));
    absent(bed, mark, text.data, text.len);
    for (size_t shift = 0; shift < 3; shift++) {
        char padded[TEXT] = "xx";
        size_t len = shift + strlen(mark);
        (void)snprintf(padded + shift, sizeof padded - shift, "%s", mark);
        amp_buf_clear(&text);
        amp_base64_put(&text, padded, len / 3 * 3);
        size_t skip = shift == 0 ? 0 : 4;
        if (text.len >= skip + 8) { /* less says nothing */
            absent(bed, mark, text.data + skip, text.len - skip);
        }
    }
    amp_buf_free(&text);
}

static void nothing_marked(const struct bed *bed)
{
    const int32_t pos[] = {LAT_E7, LON_E7};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        mark_absent(bed, marks[i]);
    }
    absent(bed, "the position", pos, sizeof pos);
    absent(bed, "the latitude", &pos[0], sizeof pos[0]);
}

/* ---- secrets and snapshots, as a reader sees them ---- */

struct seen {
    uint64_t seq; /* of the snapshot whose key is there; 0 none */
    uint8_t key[256];
    size_t key_len;
};

static amp_err seen_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    struct seen *seen = ctx;
    struct amp_str kind = {0};
    assert_int_equal(amp_str_u64(amp_str_cut(name, '/', &kind), &seen->seq), AMP_OK);
    assert_true(value.len <= sizeof seen->key);
    memcpy(seen->key, value.ptr, value.len);
    seen->key_len = value.len;
    return AMP_OK;
}

static struct seen snapshot_seen(const struct bed *bed)
{
    struct amp_store *reader = NULL;
    struct seen seen = {.seq = 0};
    assert_int_equal(bed->store->ops->reader(bed->store, &reader, NULL), AMP_OK);
    assert_int_equal(reader->ops->secrets(reader, AMP_STR("snapshot/"), &seen, seen_visit, NULL),
                     AMP_OK);
    amp_store_close(reader);
    return seen;
}

static void moment(void)
{
    const struct timespec ten_ms = {.tv_nsec = 10000000};
    (void)nanosleep(&ten_ms, NULL);
}

/* Until there is one of at least this number. */
static struct seen snapshot_await(const struct bed *bed, uint64_t least)
{
    for (int ms = 0; ms < BED_WAIT_MS; ms += 10) {
        struct seen seen = snapshot_seen(bed);
        if (seen.seq >= least) {
            return seen;
        }
        moment();
    }
    fail_msg("no snapshot came");
    return (struct seen){.seq = 0};
}

static bool file_there(const struct bed *bed, uint64_t seq)
{
    char path[BED_PATH * 2];
    (void)snprintf(path, sizeof path, "%s/snapshot-%llu", bed->dir, (unsigned long long)seq);
    return access(path, F_OK) == 0;
}

static void file_await_gone(const struct bed *bed, uint64_t seq)
{
    for (int ms = 0; file_there(bed, seq); ms += 10) {
        assert_true(ms < BED_WAIT_MS);
        moment();
    }
}

static bool secret_read(const struct bed *bed, const char *name, struct amp_buf *out)
{
    struct amp_store *reader = NULL;
    *out = amp_buf_make(AMP_SECRET_MAX);
    assert_int_equal(bed->store->ops->reader(bed->store, &reader, NULL), AMP_OK);
    amp_err err = reader->ops->secret(reader, amp_str_of(name), out, NULL);
    amp_store_close(reader);
    assert_true(err == AMP_OK || err == AMP_E_NOT_FOUND);
    return err == AMP_OK;
}

/* What a start would make of the folder: where it begins, and the state it ends with. */
static uint64_t fold_from(struct bed *bed, bool with_snapshot, uint64_t *out_digest)
{
    struct amp_keys *keys = NULL;
    struct amp_store *store = NULL;
    struct amp_state state;
    struct amp_fold_result result;
    struct amp_why why = {""};
    assert_int_equal(amp_store_sqlite(bed->dir, false, &store, &why), AMP_OK);
    assert_int_equal(amp_keys_open(store, bed->config.master, &keys, &why), AMP_OK);
    const struct amp_fold_source source = {
        .store = store, .keys = keys, .dir = with_snapshot ? bed->dir : NULL};
    if (amp_fold_run(&source, &state, &result, &why) != AMP_OK) {
        fail_msg("%s", why.text);
    }
    assert_int_equal(result.keyless, 0);
    *out_digest = amp_state_digest(&state);
    amp_journal_close(result.journal);
    amp_state_finish(&state);
    amp_keys_close(keys);
    amp_store_close(store);
    return result.from;
}

struct opening {
    struct amp_sealer sealer;
    struct amp_buf text; /* all records, as plain as the keys that are left make them */
};

static amp_err opening_visit(void *ctx, const struct amp_record *record)
{
    struct opening *opening = ctx;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_event event;
    assert_int_equal(amp_event_read(record->body, &opening->sealer, &arena, &event, NULL), AMP_OK);
    if (!event.gone) {
        amp_event_write(&event, NULL, &opening->text);
    }
    amp_arena_drop(&arena);
    return AMP_OK;
}

/* What somebody who has the files and the master key can make of them. Stops the server. */
static struct amp_buf opened(struct bed *bed)
{
    struct amp_keys *keys = NULL;
    struct amp_store *store = NULL;
    struct amp_head head;
    struct opening opening = {.text = amp_buf_make(FILE_MAX)};
    assert_int_equal(bed_stop(bed), AMP_OK);
    assert_int_equal(amp_store_sqlite(bed->dir, false, &store, NULL), AMP_OK);
    assert_int_equal(amp_keys_open(store, bed->config.master, &keys, NULL), AMP_OK);
    opening.sealer = amp_keys_sealer(keys);
    assert_int_equal(store->ops->head(store, &head, NULL), AMP_OK);
    assert_int_equal(store->ops->read(store, 1, head.size, &opening, opening_visit, NULL), AMP_OK);
    amp_keys_close(keys);
    amp_store_close(store);
    return opening.text;
}

static void log_holds(const struct bed *bed)
{
    struct amp_log_report report;
    struct amp_why why = {""};
    assert_int_equal(amp_log_verify(bed->dir, NULL, &report, &why), AMP_OK);
    if (!report.ok) {
        fail_msg("%s", report.why.text);
    }
}

/* ---- the tests ---- */

static void no_file_holds_what_is_personal_in_clear(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    a_marked_night(bed, "I-1");
    bed_local(bed, AMP_METHOD_GET, "/v1/incidents/I-1", NULL, &reply);
    for (size_t i = 0; i < 10; i++) { /* the marks do come in, and are told to who may know */
        /* the device is kept to know it again; the hospital is the crew's, while it drives there */
        bool shown = strcmp(marks[i], "MARKDEVICE") != 0 && strcmp(marks[i], "MARKHOSPITAL") != 0;
        if (shown && strstr(amp_buf_cstr(&reply.body), marks[i]) == NULL) {
            fail_msg("%s was not told", marks[i]);
        }
    }
    reply_free(&reply);
    struct seen seen = snapshot_await(bed, EVERY);
    assert_true(file_there(bed, seen.seq));
    nothing_marked(bed); /* while it runs: database, write-ahead log, snapshot */
    assert_int_equal(bed_stop(bed), AMP_OK);
    nothing_marked(bed);
    bed_start(bed);
    incident_close(bed, "I-1");
    nothing_marked(bed);
}

static void a_reason_without_an_incident_is_sealed_too(void **state)
{
    struct bed *bed = *state;
    post(bed, "/v1/units/M2/status", "{\"status\":\"out-of-service\",\"reason\":\"MARKREASON\"}",
         200);
    post(bed, "/v1/closures", "{\"site\":{\"lat\":41.15,\"lon\":-8.61},\"reason\":\"MARKREASON\"}",
         201);
    mark_absent(bed, "MARKREASON");
}

static void a_start_begins_at_the_snapshot_and_ends_in_the_same_state(void **state)
{
    struct bed *bed = *state;
    uint64_t whole = 0, short_one = 0;
    a_marked_night(bed, "I-1");
    (void)snapshot_await(bed, EVERY);
    post(bed, "/v1/incidents/I-1/notes", "{\"text\":\"after it\"}", 200);
    uint64_t live = digest(bed);
    restart(bed);
    assert_int_equal(digest(bed), live);
    assert_int_equal(bed_stop(bed), AMP_OK);
    assert_int_equal(fold_from(bed, false, &whole), 0);
    assert_true(fold_from(bed, true, &short_one) >= EVERY);
    assert_int_equal(whole, live);
    assert_int_equal(short_one, live);
    bed_start(bed);
}

static void a_snapshot_that_is_damaged_or_missing_only_costs_time(void **state)
{
    struct bed *bed = *state;
    char path[BED_PATH * 2];
    uint64_t got = 0;
    a_marked_night(bed, "I-1");
    struct seen seen = snapshot_await(bed, EVERY);
    uint64_t live = digest(bed);
    seen = snapshot_seen(bed);
    assert_int_equal(bed_stop(bed), AMP_OK);
    (void)snprintf(path, sizeof path, "snapshot-%llu", (unsigned long long)seen.seq);
    struct amp_buf good = file_read(bed->dir, path);
    (void)snprintf(path, sizeof path, "%s/snapshot-%llu", bed->dir, (unsigned long long)seen.seq);
    assert_true(good.len > 100);
    const size_t cut[] = {0, 3, 8, 12, 13, good.len / 2, good.len - 1};
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) { /* flipped there, then cut there */
        for (int cutting = 0; cutting < 2; cutting++) {
            FILE *file = fopen(path, "wbe");
            assert_non_null(file);
            good.data[cut[i]] ^= 1;
            (void)fwrite(good.data, 1, cutting ? cut[i] : good.len, file);
            good.data[cut[i]] ^= 1;
            (void)fclose(file);
            assert_int_equal(fold_from(bed, true, &got), 0);
            assert_int_equal(got, live);
        }
    }
    FILE *file = fopen(path, "wbe");
    (void)fwrite(good.data, 1, good.len, file);
    (void)fclose(file);
    assert_int_equal(fold_from(bed, true, &got), seen.seq);
    assert_int_equal(got, live);
    (void)unlink(path);
    assert_int_equal(fold_from(bed, true, &got), 0);
    assert_int_equal(got, live);
    amp_buf_free(&good);
    bed_start(bed); /* and the server itself starts, and makes another */
    assert_int_equal(digest(bed), live);
    for (int i = 0; i < EVERY; i++) {
        post(bed, "/v1/incidents/I-1/notes", "{\"text\":\"more\"}", 200);
    }
    (void)snapshot_await(bed, seen.seq + 1);
}

static void only_what_is_closed_and_not_held_is_erased(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    a_marked_night(bed, "I-1");
    post(bed, "/v1/incidents/I-1/erase", "{\"reason\":\"asked\"}", 409); /* open */
    incident_close(bed, "I-1");
    post(bed, "/v1/incidents/I-1/hold", "{\"reason\":\"a court\"}", 200);
    bed_local(bed, AMP_METHOD_POST, "/v1/incidents/I-1/erase", "{}", &reply);
    assert_int_equal(reply.status, 409);
    assert_non_null(strstr(reply_text(&reply, "detail"), "hold"));
    reply_free(&reply);
    bed_local_expect(bed, AMP_METHOD_DELETE, "/v1/incidents/I-1/hold", NULL, 200);
    post(bed, "/v1/incidents/I-9/erase", "{}", 404);
    post(bed, "/v1/incidents/I-1/erase", "{}", 200);
    post(bed, "/v1/incidents/I-1/erase", "{}", 409); /* once */
    post(bed, "/v1/incidents/I-1/notes", "{\"text\":\"MARKNOTE\"}", 409);
    post(bed, "/v1/incidents/I-1/reopen", "{}", 409);
}

static void views_are_bare(struct bed *bed)
{
    static const char *const paths[] = {"/v1/incidents/I-1",
                                        "/v1/incidents?state=all",
                                        "/v1/incidents?state=closed",
                                        "/v1/units",
                                        "/v1/audit",
                                        "/v1/closures"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct reply reply;
        bed_local(bed, AMP_METHOD_GET, paths[i], NULL, &reply);
        assert_int_equal(reply.status, 200);
        for (size_t k = 0; k < sizeof marks / sizeof marks[0]; k++) {
            if (strstr(amp_buf_cstr(&reply.body), marks[k]) != NULL) {
                fail_msg("%s still tells %s", paths[i], marks[k]);
            }
        }
        reply_free(&reply);
    }
}

static void what_was_erased_is_in_no_view_and_no_file_can_be_opened(void **state)
{
    struct bed *bed = *state;
    struct amp_buf wrapped, none;
    struct reply reply;
    uint64_t whole = 0, with = 0;
    a_marked_night(bed, "I-1");
    incident_close(bed, "I-1");
    struct seen before = snapshot_await(bed, EVERY);
    assert_true(secret_read(bed, "key/000000000001", &wrapped));
    assert_int_equal(files_with(bed, wrapped.data, wrapped.len, (char[TEXT]){""}) > 0, true);
    before = snapshot_seen(bed);
    post(bed, "/v1/incidents/I-1/erase", "{\"reason\":\"the caller asked\"}", 200);
    /* at once: the key is gone from every file, so is that of the snapshot that held it all */
    assert_false(secret_read(bed, "key/000000000001", &none));
    amp_buf_free(&none);
    absent(bed, "the key", wrapped.data, wrapped.len);
    absent(bed, "the key", wrapped.data + wrapped.len / 2, wrapped.len / 2);
    if (before.seq != 0) {
        absent(bed, "the snapshot's key", before.key, before.key_len);
        assert_int_not_equal(snapshot_seen(bed).seq, before.seq);
    }
    views_are_bare(bed);
    bed_local(bed, AMP_METHOD_GET, "/v1/incidents/I-1", NULL, &reply);
    assert_true(json_is_string(reply_at(&reply, "incident.erased")));
    assert_string_equal(reply_text(&reply, "incident.type"),
                        "cardiac-arrest"); /* statistics stay */
    reply_free(&reply);
    nothing_marked(bed);
    /* a new one comes, without what is gone, and the old file goes */
    for (int i = 0; i < EVERY; i++) {
        post(bed, "/v1/incidents", "{}", 201);
    }
    (void)snapshot_await(bed, before.seq + 1);
    file_await_gone(bed, before.seq);
    uint64_t live = digest(bed);
    assert_int_equal(bed_stop(bed), AMP_OK);
    log_holds(bed);
    assert_int_equal(fold_from(bed, false, &whole), 0);
    assert_true(fold_from(bed, true, &with) > before.seq);
    assert_int_equal(whole, live);
    assert_int_equal(with, live);
    bed_start(bed);
    assert_int_equal(digest(bed), live);
    views_are_bare(bed);
    amp_buf_free(&wrapped);
}

static void the_master_key_opens_what_was_not_erased_and_nothing_else(void **state)
{
    struct bed *bed = *state;
    a_marked_night(bed, "I-1");
    incident_close(bed, "I-1");
    struct amp_buf text = opened(bed);
    for (size_t i = 0; i < 10; i++) {
        if (strstr(amp_buf_cstr(&text), marks[i]) == NULL) {
            fail_msg("%s is not in the record", marks[i]);
        }
    }
    amp_buf_free(&text);
    bed_start(bed);
    post(bed, "/v1/incidents/I-1/erase", "{}", 200);
    text = opened(bed);
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strstr(amp_buf_cstr(&text), marks[i]) != NULL) {
            fail_msg("%s can still be opened", marks[i]);
        }
    }
    assert_non_null(strstr(amp_buf_cstr(&text), "incident-erased"));
    amp_buf_free(&text);
    bed_start(bed);
}

static void who_comes_back_to_the_stream_hears_nothing_that_was_erased(void **state)
{
    struct bed *bed = *state;
    struct amp_buf heard = amp_buf_make(HEARD_MAX);
    char token[BED_SECRET], rq[BODY];
    bed_member(bed, "ana", AMP_ROLE_DISPATCHER, "", token);
    a_marked_night(bed, "I-1");
    incident_close(bed, "I-1");
    post(bed, "/v1/incidents/I-1/erase", "{}", 200);
    int fd = bed_connect(bed);
    int n = snprintf(
        rq, sizeof rq,
        "GET /v1/events?since=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", token);
    bed_write(fd, rq, (size_t)n);
    assert_true(bed_read_until(fd, &heard, "event: resync"));
    post(bed, "/v1/incidents", "{}", 201);
    assert_true(bed_read_until(fd, &heard, "\"id\":\"I-2\""));
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        assert_null(memmem(heard.data, heard.len, marks[i], strlen(marks[i])));
    }
    (void)close(fd);
    amp_buf_free(&heard);
}

static void what_was_merged_goes_together(void **state)
{
    struct bed *bed = *state;
    struct amp_buf one, two, none;
    a_marked_night(bed, "I-1");
    post(bed, "/v1/calls", "{\"number\":\"+99955501234\",\"words\":\"MARKWORDS\"}", 201);
    post(bed, "/v1/incidents/I-2/notes", "{\"text\":\"MARKNOTE\"}", 200);
    post(bed, "/v1/incidents/I-1/merge", "{\"into\":\"I-2\"}", 200);
    assert_true(secret_read(bed, "key/000000000001", &one));
    assert_true(secret_read(bed, "key/000000000002", &two));
    incident_close(bed, "I-2");
    post(bed, "/v1/incidents/I-1/erase", "{}", 409); /* the one that it was merged into */
    post(bed, "/v1/incidents/I-2/erase", "{}", 200);
    assert_false(secret_read(bed, "key/000000000001", &none));
    amp_buf_free(&none);
    assert_false(secret_read(bed, "key/000000000002", &none));
    amp_buf_free(&none);
    absent(bed, "a key", one.data, one.len);
    absent(bed, "a key", two.data, two.len);
    views_are_bare(bed);
    uint64_t live = digest(bed);
    restart(bed);
    assert_int_equal(digest(bed), live);
    views_are_bare(bed);
    amp_buf_free(&one);
    amp_buf_free(&two);
}

static void a_key_that_somebody_took_away_is_told_and_stops_nothing(void **state)
{
    struct bed *bed = *state;
    struct amp_store *store = NULL;
    struct reply reply;
    a_marked_night(bed, "I-1");
    assert_int_equal(bed_stop(bed), AMP_OK);
    amp_fold_tidy(bed->dir, 0);
    assert_int_equal(amp_store_sqlite(bed->dir, false, &store, NULL), AMP_OK);
    const struct amp_secret gone = {.name = AMP_STR("key/000000000001"), .removed = true};
    const struct amp_batch batch = {.secret = &gone, .secret_n = 1};
    assert_int_equal(store->ops->append(store, &batch, NULL), AMP_OK);
    amp_store_close(store);
    bed_start(bed);
    bed_local(bed, AMP_METHOD_GET, "/v1/incidents/I-1", NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_null(strstr(amp_buf_cstr(&reply.body), "MARK"));
    reply_free(&reply);
    assert_int_equal(bed_stop(bed), AMP_OK);
    log_holds(bed);
    bed_start(bed);
}

static void the_wrong_master_key_is_refused_with_a_sentence(void **state)
{
    struct bed *bed = *state;
    struct amp_why why = {""};
    struct amp_server *server = NULL;
    assert_int_equal(bed_stop(bed), AMP_OK);
    assert_int_equal(amp_store_sqlite(bed->dir, false, &bed->store, NULL), AMP_OK);
    struct amp_server_config config = bed->config;
    config.store = bed->store;
    config.master[0] ^= 1;
    assert_int_equal(amp_server_start(&config, &server, &why), AMP_E_FORBIDDEN);
    assert_non_null(strstr(why.text, "master key"));
    bed_start(bed); /* the right one still opens it */
}

static void an_erasure_discards_the_snapshot_that_is_being_made(void **state)
{
    struct bed bed;
    struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER};
    struct amp_store *inner = NULL;
    struct amp_buf wrapped;
    (void)state;
    bed_init(&bed);
    bed_folder(&bed);
    bed.config.open = false;
    bed.config.dir = bed.dir;
    bed.config.snapshot_every = EVERY;
    assert_int_equal(amp_store_sqlite(bed.dir, false, &inner, NULL), AMP_OK);
    bed.store = gated_make(inner, &gate, false);
    bed_start(&bed);
    gate_set(&gate, true);
    bed_town(&bed);
    a_marked_night(&bed, "I-1");
    incident_close(&bed, "I-1");
    gate_await(&gate); /* the thread reads, and stands */
    assert_int_equal(snapshot_seen(&bed).seq, 0);
    assert_true(secret_read(&bed, "key/000000000001", &wrapped));
    post(&bed, "/v1/incidents/I-1/erase", "{}", 200); /* waits for nobody */
    gate_set(&gate, false);
    struct amp_head head;
    assert_int_equal(inner->ops->head(inner, &head, NULL), AMP_OK);
    for (int i = 0; i < EVERY; i++) {
        post(&bed, "/v1/incidents", "{}", 201);
    }
    struct seen seen = snapshot_await(&bed, 1);
    if (seen.seq < head.size) {
        fail_msg("the snapshot of %llu was taken, though record %llu erased",
                 (unsigned long long)seen.seq, (unsigned long long)head.size);
    }
    /* the thread was reading an older state of the files: the key leaves them soon after */
    char where[TEXT];
    for (int ms = 0; files_with(&bed, wrapped.data, wrapped.len, where) != 0; ms += 10) {
        assert_true(ms < BED_WAIT_MS);
        moment();
    }
    nothing_marked(&bed);
    amp_buf_free(&wrapped);
    (void)bed_stop(&bed);
    amp_fold_tidy(bed.dir, 0);
    bed_drop(&bed);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(no_file_holds_what_is_personal_in_clear),
        WITH(a_reason_without_an_incident_is_sealed_too),
        WITH(a_start_begins_at_the_snapshot_and_ends_in_the_same_state),
        WITH(a_snapshot_that_is_damaged_or_missing_only_costs_time),
        WITH(only_what_is_closed_and_not_held_is_erased),
        WITH(what_was_erased_is_in_no_view_and_no_file_can_be_opened),
        WITH(the_master_key_opens_what_was_not_erased_and_nothing_else),
        WITH(who_comes_back_to_the_stream_hears_nothing_that_was_erased),
        WITH(what_was_merged_goes_together),
        WITH(a_key_that_somebody_took_away_is_told_and_stops_nothing),
        WITH(the_wrong_master_key_is_refused_with_a_sentence),
        cmocka_unit_test(an_erasure_discards_the_snapshot_that_is_being_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
