/* The contract of store.h as tests; the bodies are a function of the number alone. */
#include "journal/store_contract.h"

#include "journal/scratch.h"

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
