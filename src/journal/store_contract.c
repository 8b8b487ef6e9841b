/* The contract of store.h as tests; the bodies are a function of the number alone. */
#include "journal/store_contract.h"

#include "base/buf.h"
#include "journal/scratch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BODY_MAX = 900,
    RANDOM_RECORDS = 3000
};

static const uint8_t empty_root[AMP_HASH] = {
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};

static struct amp_store *open_new(const struct store_kind *kind)
{
    struct amp_store *store = NULL;
    kind->begin();
    assert_int_equal(kind->open(&store, NULL), AMP_OK);
    return store;
}

static struct amp_head head_of(struct amp_store *store)
{
    struct amp_head head;
    assert_int_equal(store->ops->head(store, &head, NULL), AMP_OK);
    return head;
}

/* A store does not look into hashes, so these are easy to foretell. */
static struct amp_head head_made(uint64_t size)
{
    struct amp_head head = {.size = size};
    memset(head.root, (int)(size & 0xff), AMP_HASH);
    return head;
}

/* Appends records first..last in one batch. */
static amp_err append_range(struct amp_store *store, uint64_t first, uint64_t last)
{
    size_t n = (size_t)(last - first + 1);
    struct amp_record *record = test_calloc(n, sizeof *record);
    char *room = test_malloc(n * BODY_MAX);
    for (size_t i = 0; i < n; i++) {
        record[i].seq = first + i;
        record[i].body = scratch_body(first + i, room + i * BODY_MAX, BODY_MAX);
        memset(record[i].leaf, (int)((first + i) % 251), AMP_HASH);
    }
    struct amp_head head = head_made(last);
    const struct amp_batch batch = {.record = record, .n = n, .head = &head};
    amp_err err = store->ops->append(store, &batch, NULL);
    test_free(record);
    test_free(room);
    return err;
}

struct seen {
    uint64_t next; /* the number expected */
    uint64_t stop; /* at this number the visitor has had enough; 0: never */
};

static amp_err record_compare(void *ctx, const struct amp_record *record)
{
    struct seen *seen = ctx;
    char room[BODY_MAX];
    uint8_t leaf[AMP_HASH];
    struct amp_str body = scratch_body(seen->next, room, BODY_MAX);
    memset(leaf, (int)(seen->next % 251), AMP_HASH);
    assert_int_equal(record->seq, seen->next);
    assert_true(amp_str_eq(record->body, body));
    assert_memory_equal(record->leaf, leaf, AMP_HASH);
    if (seen->next == seen->stop) {
        return AMP_E_CONFLICT;
    }
    seen->next++;
    return AMP_OK;
}

static amp_err read_range(struct amp_store *store, uint64_t first, uint64_t last,
                          uint64_t *out_next, struct amp_why *why)
{
    struct seen seen = {.next = first};
    amp_err err = store->ops->read(store, first, last, &seen, record_compare, why);
    *out_next = seen.next;
    return err;
}

static void range_expect(struct amp_store *store, uint64_t first, uint64_t last)
{
    uint64_t next = 0;
    assert_int_equal(read_range(store, first, last, &next, NULL), AMP_OK);
    assert_int_equal(next, last + 1);
}

void an_empty_store_has_the_empty_root(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    struct amp_head head = head_of(store);
    assert_int_equal(head.size, 0);
    assert_memory_equal(head.root, empty_root, AMP_HASH);
    amp_store_close(store);
    kind->end();
}

/* The twin of the store is scratch_body: any range of it can be told without the store. */
void what_was_appended_is_read_back_in_order(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    uint64_t random = 7, size = 0;
    while (size < RANDOM_RECORDS) {
        uint64_t n = 1 + scratch_random(&random) % 40;
        assert_int_equal(append_range(store, size + 1, size + n), AMP_OK);
        size += n;
        struct amp_head head = head_of(store), made = head_made(size);
        assert_int_equal(head.size, size);
        assert_memory_equal(head.root, made.root, AMP_HASH);
        uint64_t first = 1 + scratch_random(&random) % size;
        range_expect(store, first, first + scratch_random(&random) % (size - first + 1));
    }
    range_expect(store, 1, size);
    amp_store_close(store);
    kind->end();
}

struct sized {
    const char *data;
    size_t len[2];
};

static amp_err sized_compare(void *ctx, const struct amp_record *record)
{
    const struct sized *sized = ctx;
    assert_int_equal(record->body.len, sized->len[record->seq - 1]);
    if (record->body.len > 0) {
        assert_memory_equal(record->body.ptr, sized->data, record->body.len);
    }
    return AMP_OK;
}

void the_smallest_and_the_largest_record_fit(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    uint64_t random = 11;
    char *data = test_malloc(AMP_RECORD_MAX);
    for (size_t i = 0; i < AMP_RECORD_MAX; i++) {
        data[i] = (char)(scratch_random(&random) & 0xff);
    }
    struct sized sized = {.data = data, .len = {0, AMP_RECORD_MAX}};
    struct amp_record record[2] = {{.seq = 1, .body = {.ptr = NULL, .len = 0}},
                                   {.seq = 2, .body = {.ptr = data, .len = AMP_RECORD_MAX}}};
    struct amp_head head = head_made(2);
    const struct amp_batch batch = {.record = record, .n = 2, .head = &head};
    assert_int_equal(store->ops->append(store, &batch, NULL), AMP_OK);
    assert_int_equal(store->ops->read(store, 1, 2, &sized, sized_compare, NULL), AMP_OK);
    amp_store_close(store);
    test_free(data);
    kind->end();
}

void the_largest_batch_is_whole(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    assert_int_equal(append_range(store, 1, AMP_BATCH_MAX), AMP_OK);
    assert_int_equal(append_range(store, AMP_BATCH_MAX + 1, 2 * AMP_BATCH_MAX), AMP_OK);
    range_expect(store, 1, 2 * AMP_BATCH_MAX);
    amp_store_close(store);
    kind->end();
}

void a_record_that_is_not_there_is_named(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    struct amp_why why = {""};
    uint64_t next = 0;
    assert_int_equal(append_range(store, 1, 30), AMP_OK);
    assert_int_equal(read_range(store, 10, 40, &next, &why), AMP_E_CORRUPT);
    assert_int_equal(next, 31);
    assert_non_null(strstr(why.text, "record 31 is missing"));
    range_expect(store, 1, 30); /* and the store goes on */
    amp_store_close(store);
    kind->end();
}

void reading_stops_when_the_visitor_says_so(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    struct seen seen = {.next = 1, .stop = 5};
    assert_int_equal(append_range(store, 1, 30), AMP_OK);
    assert_int_equal(store->ops->read(store, 1, 30, &seen, record_compare, NULL), AMP_E_CONFLICT);
    assert_int_equal(seen.next, 5);
    range_expect(store, 1, 30);
    amp_store_close(store);
    kind->end();
}

void a_lasting_store_is_the_same_when_opened_again(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    for (uint64_t size = 0; size < 500; size += 50) {
        assert_int_equal(append_range(store, size + 1, size + 50), AMP_OK);
        amp_store_close(store);
        assert_int_equal(kind->open(&store, NULL), AMP_OK);
        struct amp_head head = head_of(store), made = head_made(size + 50);
        assert_int_equal(head.size, size + 50);
        assert_memory_equal(head.root, made.root, AMP_HASH);
        range_expect(store, 1, size + 50);
    }
    amp_store_close(store);
    kind->end();
}

/* ---- leaves and nodes ---- */

void leaves_and_nodes_are_read_in_runs(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    struct amp_node node[20];
    uint8_t hash[300][AMP_HASH];
    assert_int_equal(append_range(store, 1, 400), AMP_OK);
    struct amp_record record = {.seq = 401};
    const struct amp_head head = head_made(401);
    for (size_t i = 0; i < 20; i++) {
        node[i] = (struct amp_node){.level = i < 15 ? 1 : 7, .index = i < 15 ? i : i - 15};
        memset(node[i].hash, (int)i, AMP_HASH);
    }
    const struct amp_batch batch = {
        .record = &record, .n = 1, .node = node, .node_n = 20, .head = &head};
    assert_int_equal(store->ops->append(store, &batch, NULL), AMP_OK);
    assert_int_equal(store->ops->leaves(store, 50, 300, hash[0], NULL), AMP_OK);
    for (size_t i = 0; i < 300; i++) {
        assert_int_equal(hash[i][7], (50 + i) % 251);
    }
    assert_int_equal(store->ops->nodes(store, 1, 3, 12, hash[0], NULL), AMP_OK);
    assert_int_equal(hash[0][31], 3);
    assert_int_equal(hash[11][0], 14);
    assert_int_equal(store->ops->nodes(store, 7, 0, 5, hash[0], NULL), AMP_OK);
    assert_int_equal(hash[4][0], 19);
    struct amp_why why = {""};
    assert_int_equal(store->ops->leaves(store, 400, 3, hash[0], &why), AMP_E_CORRUPT);
    assert_int_equal(store->ops->nodes(store, 1, 14, 2, hash[0], &why), AMP_E_CORRUPT);
    assert_int_equal(store->ops->nodes(store, 2, 0, 1, hash[0], &why), AMP_E_CORRUPT);
    assert_true(why.text[0] != '\0');
    amp_store_close(store);
    kind->end();
}

/* ---- secrets ---- */

enum {
    NAMES = 60
};

struct twin { /* what the store should hold: a length and a fill for each name */
    bool there[NAMES];
    size_t len[NAMES];
    uint8_t fill[NAMES];
};

static void twin_name(size_t i, char out[16])
{
    (void)snprintf(out, 16, i % 2 == 0 ? "key/%06zu" : "log/%06zu", i);
}

static const size_t twin_len[] = {0, 1, 63, 64, 65, 104, 128, 129, 4000, 4096, 4097, 65535, 65536};

/* Up to six changes in one batch, beside a record or without one. */
static void secrets_change(struct amp_store *store, struct twin *twin, uint64_t *random,
                           uint64_t *size)
{
    struct amp_secret secret[6];
    char name[6][16], *room = test_malloc(6 * AMP_SECRET_MAX);
    size_t n = 1 + scratch_random(random) % 6;
    for (size_t k = 0; k < n; k++) {
        size_t i = scratch_random(random) % NAMES;
        twin_name(i, name[k]);
        twin->there[i] = scratch_random(random) % 3 != 0;
        twin->len[i] = twin_len[scratch_random(random) % (sizeof twin_len / sizeof twin_len[0])];
        twin->fill[i] = (uint8_t)scratch_random(random);
        memset(room + k * AMP_SECRET_MAX, twin->fill[i], twin->len[i]);
        secret[k] =
            (struct amp_secret){.name = amp_str_of(name[k]),
                                .value = {.ptr = room + k * AMP_SECRET_MAX, .len = twin->len[i]},
                                .removed = !twin->there[i]};
    }
    struct amp_record record = {.seq = *size + 1, .body = AMP_STR("changed")};
    struct amp_head head = head_made(*size + 1);
    struct amp_batch batch = {.secret = secret, .secret_n = n};
    if (scratch_random(random) % 2) {
        batch.record = &record;
        batch.n = 1;
        batch.head = &head;
        ++*size;
    }
    assert_int_equal(store->ops->append(store, &batch, NULL), AMP_OK);
    test_free(room);
}

struct listing {
    const struct twin *twin;
    const char *prefix;
    size_t next; /* the name expected */
};

static size_t twin_next(const struct twin *twin, size_t i, bool keys)
{
    while (i < NAMES && (!twin->there[i] || (i % 2 == 0) != keys)) {
        i++;
    }
    return i;
}

static amp_err listing_compare(void *ctx, struct amp_str name, struct amp_str value)
{
    struct listing *listing = ctx;
    bool keys = listing->prefix[0] == 'k';
    char expected[16];
    listing->next = twin_next(listing->twin, listing->next, keys);
    assert_true(listing->next < NAMES);
    twin_name(listing->next, expected);
    assert_true(amp_str_is(name, expected));
    assert_int_equal(value.len, listing->twin->len[listing->next]);
    listing->next++;
    return AMP_OK;
}

static void secrets_expect(struct amp_store *store, const struct twin *twin)
{
    struct amp_buf buf = amp_buf_make(AMP_SECRET_MAX);
    static const char *const prefix[] = {"key/", "log/"};
    for (size_t i = 0; i < NAMES; i++) {
        char name[16];
        twin_name(i, name);
        amp_buf_clear(&buf);
        amp_err err = store->ops->secret(store, amp_str_of(name), &buf, NULL);
        assert_int_equal(err, twin->there[i] ? AMP_OK : AMP_E_NOT_FOUND);
        assert_int_equal(buf.len, twin->there[i] ? twin->len[i] : 0);
        for (size_t k = 0; k < buf.len; k++) {
            assert_int_equal((uint8_t)buf.data[k], twin->fill[i]);
        }
    }
    for (size_t p = 0; p < 2; p++) {
        struct listing listing = {.twin = twin, .prefix = prefix[p]};
        assert_int_equal(
            store->ops->secrets(store, amp_str_of(prefix[p]), &listing, listing_compare, NULL),
            AMP_OK);
        assert_int_equal(twin_next(twin, listing.next, p == 0), NAMES);
    }
    amp_buf_free(&buf);
}

void secrets_are_what_was_last_put_and_removed(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    struct twin *twin = test_calloc(1, sizeof *twin);
    uint64_t random = 12, size = 0;
    for (int round = 0; round < 120; round++) {
        secrets_change(store, twin, &random, &size);
        if (round % 15 == 14) {
            secrets_expect(store, twin);
        }
    }
    assert_int_equal(head_of(store).size, size);
    test_free(twin);
    amp_store_close(store);
    kind->end();
}

void the_same_name_twice_in_a_batch_is_applied_in_order(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    struct amp_buf buf = amp_buf_make(100);
    const struct amp_secret secret[] = {
        {.name = AMP_STR("a"), .value = AMP_STR("one")},
        {.name = AMP_STR("a"), .removed = true},
        {.name = AMP_STR("b"), .removed = true},
        {.name = AMP_STR("b"), .value = AMP_STR("two")},
        {.name = AMP_STR("b"), .value = AMP_STR("three")},
    };
    const struct amp_batch batch = {.secret = secret, .secret_n = 5};
    assert_int_equal(store->ops->append(store, &batch, NULL), AMP_OK);
    assert_int_equal(store->ops->secret(store, AMP_STR("a"), &buf, NULL), AMP_E_NOT_FOUND);
    assert_int_equal(store->ops->secret(store, AMP_STR("b"), &buf, NULL), AMP_OK);
    assert_true(amp_str_is(amp_buf_view(&buf), "three"));
    assert_int_equal(store->ops->settle(store, NULL), AMP_OK);
    amp_buf_free(&buf);
    amp_store_close(store);
    kind->end();
}

void a_secret_that_no_store_takes_is_refused(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    char long_name[AMP_SECRET_NAME_MAX + 1], *large = test_calloc(1, AMP_SECRET_MAX + 1);
    memset(long_name, 'n', sizeof long_name);
    const struct amp_secret bad[] = {
        {.name = AMP_STR(""), .value = AMP_STR("x")},
        {.name = AMP_STR("a b"), .value = AMP_STR("x")},
        {.name = AMP_STR("caf\xc3\xa9"), .value = AMP_STR("x")},
        {.name = {.ptr = long_name, .len = sizeof long_name}, .value = AMP_STR("x")},
        {.name = AMP_STR("large"), .value = {.ptr = large, .len = AMP_SECRET_MAX + 1}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct amp_batch batch = {.secret = &bad[i], .secret_n = 1};
        amp_err err = store->ops->append(store, &batch, NULL);
        assert_true(err == AMP_E_RANGE || err == AMP_E_LIMIT);
    }
    test_free(large);
    amp_store_close(store);
    kind->end();
}

/* ---- handles for other threads ---- */

enum {
    READERS = 4,
    READ_RECORDS = 600
};

struct reading {
    struct amp_store *store;
    atomic_bool *stop;
    bool good;
};

static amp_err reading_compare(void *ctx, const struct amp_record *record)
{
    struct reading *reading = ctx;
    char room[BODY_MAX];
    if (!amp_str_eq(record->body, scratch_body(record->seq, room, BODY_MAX))) {
        reading->good = false;
    }
    return AMP_OK;
}

static void *reading_run(void *arg)
{
    struct reading *reading = arg;
    struct amp_store *store = reading->store;
    struct amp_buf buf = amp_buf_make(AMP_SECRET_MAX);
    uint8_t leaf[AMP_HASH];
    uint64_t last = 0;
    while (!atomic_load(reading->stop)) {
        struct amp_head head;
        if (store->ops->head(store, &head, NULL) != AMP_OK || head.size < last) {
            reading->good = false;
            break;
        }
        last = head.size;
        amp_buf_clear(&buf);
        amp_err err =
            last ? store->ops->read(store, 1, last, reading, reading_compare, NULL) : AMP_OK;
        err = err ? err : last ? store->ops->leaves(store, last, 1, leaf, NULL) : AMP_OK;
        amp_err secret = store->ops->secret(store, AMP_STR("count"), &buf, NULL);
        reading->good &= !err && (secret == AMP_OK || (last == 0 && secret == AMP_E_NOT_FOUND));
    }
    amp_buf_free(&buf);
    return NULL;
}

/* Each commit counts in a secret, so both are seen or neither. */
void readers_in_other_threads_see_whole_commits(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    struct reading reading[READERS];
    pthread_t thread[READERS];
    atomic_bool stop = false;
    for (size_t i = 0; i < READERS; i++) {
        reading[i] = (struct reading){.stop = &stop, .good = true};
        assert_int_equal(store->ops->reader(store, &reading[i].store, NULL), AMP_OK);
        assert_int_equal(pthread_create(&thread[i], NULL, reading_run, &reading[i]), 0);
    }
    for (uint64_t seq = 1; seq <= READ_RECORDS; seq++) {
        char room[BODY_MAX], count[24];
        (void)snprintf(count, sizeof count, "%llu", (unsigned long long)seq);
        struct amp_record record = scratch_record(seq, room, BODY_MAX);
        const struct amp_head head = head_made(seq);
        const struct amp_secret secret[2] = {
            {.name = AMP_STR("count"), .value = amp_str_of(count)},
            {.name = AMP_STR("gone"), .value = amp_str_of(count), .removed = seq % 20 == 0}};
        const struct amp_batch batch = {
            .record = &record, .n = 1, .secret = secret, .secret_n = 2, .head = &head};
        assert_int_equal(store->ops->append(store, &batch, NULL), AMP_OK);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < READERS; i++) {
        pthread_join(thread[i], NULL);
        assert_true(reading[i].good);
        amp_store_close(i == 0 ? store : reading[i].store); /* in any order */
    }
    amp_store_close(reading[0].store);
    kind->end();
}

void secrets_last_when_opened_again(void **state)
{
    const struct store_kind *kind = *state;
    struct amp_store *store = open_new(kind);
    struct twin *twin = test_calloc(1, sizeof *twin);
    uint64_t random = 99, size = 0;
    for (int round = 0; round < 30; round++) {
        secrets_change(store, twin, &random, &size);
        amp_store_close(store);
        assert_int_equal(kind->open(&store, NULL), AMP_OK);
        secrets_expect(store, twin);
    }
    test_free(twin);
    amp_store_close(store);
    kind->end();
}
