/* The memory store keeps the contract, and fails as it is told to. */
#include "journal/memory.h"
#include "journal/store_contract.h"

static void place_begin(void)
{
}

static amp_err place_open(struct amp_store **out, struct amp_why *why)
{
    (void)why;
    return amp_store_memory(out);
}

static const struct store_kind memory_kind = {
    .begin = place_begin, .open = place_open, .end = place_begin};

static amp_err one_append(struct amp_store *store, uint64_t seq)
{
    struct amp_record record = {.seq = seq, .body = AMP_STR("x")};
    struct amp_head head = {.size = seq};
    const struct amp_batch batch = {.record = &record, .n = 1, .head = &head};
    return store->ops->append(store, &batch, NULL);
}

static void a_full_store_refuses_once_and_goes_on(void **state)
{
    (void)state;
    struct amp_store *store = NULL;
    struct amp_head head;
    assert_int_equal(amp_store_memory(&store), AMP_OK);
    amp_store_memory_fault(store, (struct amp_memory_fault){.at_append = 2, .err = AMP_E_FULL});
    assert_int_equal(one_append(store, 1), AMP_OK);
    assert_int_equal(one_append(store, 2), AMP_E_FULL);
    assert_int_equal(one_append(store, 2), AMP_OK);
    assert_int_equal(store->ops->head(store, &head, NULL), AMP_OK);
    assert_int_equal(head.size, 2);
    amp_store_close(store);
}

static void after_a_commit_in_doubt_everything_is_refused(void **state)
{
    (void)state;
    struct amp_store *store = NULL;
    struct amp_head head;
    assert_int_equal(amp_store_memory(&store), AMP_OK);
    amp_store_memory_fault(store, (struct amp_memory_fault){.at_append = 1, .err = AMP_E_IN_DOUBT});
    assert_int_equal(one_append(store, 1), AMP_E_IN_DOUBT);
    assert_int_equal(one_append(store, 1), AMP_E_IN_DOUBT);
    assert_int_equal(store->ops->head(store, &head, NULL), AMP_E_IN_DOUBT);
    amp_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_CONTRACT((void *)(uintptr_t)&memory_kind),
        cmocka_unit_test(a_full_store_refuses_once_and_goes_on),
        cmocka_unit_test(after_a_commit_in_doubt_everything_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
