/* The journal: RFC 6962 roots, every alteration found and named, and nothing lost by a kill. */
#include "journal/memory.h"
#include "journal/merkle.h"
#include "journal/scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    BODY_MAX = 40
};

/* The eight leaves that transparency-dev/merkle and certificate-transparency test with. */
static const struct amp_str known_leaf[8] = {
    {"", 0},
    {"\x00", 1},
    {"\x10", 1},
    {"\x20\x21", 2},
    {"\x30\x31", 2},
    {"\x40\x41\x42\x43", 4},
    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16},
};

static const char *const known_root[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void hex_of(const uint8_t hash[AMP_HASH], char out[2 * AMP_HASH + 1])
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < AMP_HASH; i++) {
        out[2 * i] = digit[hash[i] >> 4];
        out[2 * i + 1] = digit[hash[i] & 15];
    }
    out[2 * AMP_HASH] = '\0';
}

static void the_roots_are_those_of_rfc_6962(void **state)
{
    (void)state;
    struct amp_merkle tree = {.size = 0};
    uint8_t hash[AMP_HASH];
    char hex[2 * AMP_HASH + 1];
    for (size_t n = 0; n <= 8; n++) {
        amp_merkle_root(&tree, hash);
        hex_of(hash, hex);
        assert_string_equal(hex, known_root[n]);
        if (n < 8) {
            amp_merkle_leaf(known_leaf[n], hash);
            amp_merkle_add(&tree, hash);
        }
    }
}

/* Section 2.1 word by word: the slow twin of the incremental tree. Depth is at most log2(n). */
static void root_slow(uint8_t (*leaf)[AMP_HASH], size_t n, uint8_t out[AMP_HASH])
{
    uint8_t level[300][AMP_HASH];
    assert_true(n > 0 && n <= 300);
    memcpy(level, leaf, n * AMP_HASH);
    /* Pairing neighbours level by level, an odd last one rising unchanged, gives the same split. */
    while (n > 1) {
        for (size_t i = 0; i + 1 < n; i += 2) {
            amp_merkle_pair(level[i], level[i + 1], level[i / 2]);
        }
        if (n % 2 == 1) {
            memcpy(level[n / 2], level[n - 1], AMP_HASH);
        }
        n = (n + 1) / 2;
    }
    memcpy(out, level[0], AMP_HASH);
}

static void the_growing_root_equals_the_slow_one_at_every_size(void **state)
{
    (void)state;
    struct amp_merkle tree = {.size = 0};
    uint8_t leaf[300][AMP_HASH], fast[AMP_HASH], slow[AMP_HASH];
    char room[BODY_MAX];
    for (size_t n = 1; n <= 300; n++) {
        amp_merkle_leaf(scratch_body(n, room, sizeof room), leaf[n - 1]);
        amp_merkle_add(&tree, leaf[n - 1]);
        amp_merkle_root(&tree, fast);
        root_slow(leaf, n, slow);
        assert_memory_equal(fast, slow, AMP_HASH);
    }
}

static void bodies_append(struct amp_journal *journal, uint64_t n)
{
    char room[BODY_MAX];
    for (uint64_t i = 0; i < n; i++) {
        uint64_t first = 0, next = amp_journal_head(journal).size + 1;
        struct amp_draft draft = scratch_draft(next, room, sizeof room);
        assert_int_equal(amp_journal_append(journal, &draft, 1, NULL, 0, &first, NULL), AMP_OK);
        assert_int_equal(first, next);
    }
}

static struct amp_store *memory_filled(uint64_t n)
{
    struct amp_store *store = NULL;
    struct amp_journal *journal = NULL;
    uint64_t bad = 0;
    assert_int_equal(amp_store_memory(&store), AMP_OK);
    assert_int_equal(amp_journal_open(store, NULL, NULL, &journal, &bad, NULL), AMP_OK);
    bodies_append(journal, n);
    amp_journal_close(journal);
    return store;
}

static amp_err record_count(void *ctx, const struct amp_record *record)
{
    uint64_t *count = ctx;
    char room[BODY_MAX];
    assert_int_equal(record->seq, ++*count);
    assert_true(amp_str_eq(record->body, scratch_body(record->seq, room, sizeof room)));
    return AMP_OK;
}

/* Opens, expecting records 1..good to be visited and `bad` to be named (0: all is well). */
static void open_expect(struct amp_store *store, uint64_t good, uint64_t bad)
{
    struct amp_journal *journal = NULL;
    struct amp_why why = {""};
    uint64_t named = 0, count = 0;
    struct amp_journal_visit visit = {.ctx = &count, .record = record_count};
    amp_err err = amp_journal_open(store, &visit, NULL, &journal, &named, &why);
    assert_int_equal(err, bad ? AMP_E_CORRUPT : AMP_OK);
    assert_int_equal(named, bad);
    assert_int_equal(count, good);
    assert_int_equal(why.text[0] != '\0', bad != 0);
    amp_journal_close(journal);
}

static void every_altered_bit_of_every_record_is_found_and_named(void **state)
{
    (void)state;
    enum {
        N = 33
    };
    struct amp_store *store = memory_filled(N);
    for (uint64_t seq = 1; seq <= N; seq++) {
        char *body = amp_store_memory_body(store, seq);
        struct amp_record *record = amp_store_memory_record(store, seq);
        for (size_t bit = 0; bit < 8 * record->body.len; bit++) {
            body[bit / 8] = (char)(body[bit / 8] ^ (1 << (bit % 8)));
            open_expect(store, seq - 1, seq);
            body[bit / 8] = (char)(body[bit / 8] ^ (1 << (bit % 8)));
        }
        for (size_t bit = 0; bit < 8 * AMP_HASH; bit++) {
            record->leaf[bit / 8] = (uint8_t)(record->leaf[bit / 8] ^ (1 << (bit % 8)));
            open_expect(store, seq - 1, seq);
            record->leaf[bit / 8] = (uint8_t)(record->leaf[bit / 8] ^ (1 << (bit % 8)));
        }
    }
    open_expect(store, N, 0);
    amp_store_close(store);
}

static void every_altered_bit_of_the_head_is_found(void **state)
{
    (void)state;
    struct amp_store *store = memory_filled(33);
    struct amp_head *head = amp_store_memory_head(store);
    for (size_t bit = 0; bit < 8 * AMP_HASH; bit++) {
        head->root[bit / 8] = (uint8_t)(head->root[bit / 8] ^ (1 << (bit % 8)));
        open_expect(store, 33, 34);
        head->root[bit / 8] = (uint8_t)(head->root[bit / 8] ^ (1 << (bit % 8)));
    }
    for (uint64_t size = 34; size < 70; size++) {
        head->size = size;
        open_expect(store, 33, 34); /* record 34 is owed */
    }
    for (uint64_t size = 0; size < 33; size++) {
        head->size = size;
        open_expect(store, size, size + 1); /* the root is not that of the first `size` */
    }
    amp_store_close(store);
}

/* Body and leaf agree, so that only the root tells. */
static void a_record_replaced_together_with_its_leaf_is_found_by_the_root(void **state)
{
    (void)state;
    struct amp_store *store = memory_filled(9);
    struct amp_record *record = amp_store_memory_record(store, 4);
    record->body = AMP_STR("another");
    amp_merkle_leaf_of(record->salt, record->body, record->leaf);
    struct amp_journal *journal = NULL;
    uint64_t bad = 0;
    assert_int_equal(amp_journal_open(store, NULL, NULL, &journal, &bad, NULL), AMP_E_CORRUPT);
    assert_int_equal(bad, 10);
    amp_store_close(store);
}

static void a_record_missing_anywhere_is_named(void **state)
{
    (void)state;
    for (uint64_t seq = 1; seq <= 20; seq++) {
        struct amp_store *store = memory_filled(20);
        amp_store_memory_drop(store, seq);
        open_expect(store, seq - 1, seq);
        amp_store_close(store);
    }
}

/* The head and its root are those of 19 records, and there is a twentieth. */
static void a_record_behind_the_head_is_found(void **state)
{
    (void)state;
    struct amp_store *shorter = memory_filled(19), *store = memory_filled(20);
    *amp_store_memory_head(store) = *amp_store_memory_head(shorter);
    open_expect(store, 19, 20);
    amp_store_close(store);
    amp_store_close(shorter);
}

static amp_err record_refuse(void *ctx, const struct amp_record *record)
{
    (void)ctx;
    return record->seq == 7 ? AMP_E_UNSUPPORTED : AMP_OK;
}

static void what_the_visitor_refuses_is_the_answer_of_opening(void **state)
{
    (void)state;
    struct amp_store *store = memory_filled(9);
    struct amp_journal *journal = NULL;
    struct amp_journal_visit visit = {.record = record_refuse};
    uint64_t bad = 99;
    assert_int_equal(amp_journal_open(store, &visit, NULL, &journal, &bad, NULL),
                     AMP_E_UNSUPPORTED);
    assert_int_equal(bad, 99);
    assert_null(journal);
    amp_store_close(store);
}

static void a_failed_append_changes_nothing(void **state)
{
    (void)state;
    struct amp_store *store = NULL;
    struct amp_journal *journal = NULL;
    uint64_t bad = 0, first = 77;
    struct amp_draft draft = {.body = AMP_STR("x")};
    struct amp_draft large = {.body = {.ptr = "", .len = AMP_RECORD_MAX + 1}};
    assert_int_equal(amp_store_memory(&store), AMP_OK);
    assert_int_equal(amp_journal_open(store, NULL, NULL, &journal, &bad, NULL), AMP_OK);
    bodies_append(journal, 5);
    struct amp_head before = amp_journal_head(journal);
    amp_store_memory_fault(store, (struct amp_memory_fault){.at_append = 1, .err = AMP_E_FULL});
    assert_int_equal(amp_journal_append(journal, &draft, 1, NULL, 0, &first, NULL), AMP_E_FULL);
    assert_int_equal(amp_journal_append(journal, &large, 1, NULL, 0, &first, NULL), AMP_E_LIMIT);
    assert_int_equal(first, 77);
    struct amp_head after = amp_journal_head(journal);
    assert_int_equal(after.size, before.size);
    assert_memory_equal(after.root, before.root, AMP_HASH);
    bodies_append(journal, 5); /* and the journal goes on */
    amp_journal_close(journal);
    open_expect(store, 10, 0);
    amp_store_close(store);
}

static void after_a_commit_in_doubt_the_journal_is_dead(void **state)
{
    (void)state;
    struct amp_store *store = NULL;
    struct amp_journal *journal = NULL;
    uint64_t bad = 0, first = 0;
    struct amp_draft draft = {.body = AMP_STR("x")};
    assert_int_equal(amp_store_memory(&store), AMP_OK);
    assert_int_equal(amp_journal_open(store, NULL, NULL, &journal, &bad, NULL), AMP_OK);
    amp_store_memory_fault(
        store, (struct amp_memory_fault){.at_append = 1, .err = AMP_E_IN_DOUBT, .keep = true});
    assert_int_equal(amp_journal_append(journal, &draft, 1, NULL, 0, &first, NULL), AMP_E_IN_DOUBT);
    assert_int_equal(amp_journal_append(journal, &draft, 1, NULL, 0, &first, NULL), AMP_E_IN_DOUBT);
    amp_journal_close(journal);
    amp_store_close(store);
}

/* The child appends and tells each number after it was acknowledged, until it is killed. */
static void child_append(const char *dir, int to)
{
    struct amp_store *store = NULL;
    struct amp_journal *journal = NULL;
    uint64_t bad = 0;
    char room[BODY_MAX];
    if (amp_store_sqlite(dir, false, &store, NULL) ||
        amp_journal_open(store, NULL, NULL, &journal, &bad, NULL)) {
        _exit(1);
    }
    for (;;) {
        uint64_t first = 0;
        struct amp_draft draft =
            scratch_draft(amp_journal_head(journal).size + 1, room, sizeof room);
        if (amp_journal_append(journal, &draft, 1, NULL, 0, &first, NULL) ||
            write(to, &first, sizeof first) != sizeof first) {
            _exit(1);
        }
    }
}

static uint64_t child_run_and_kill(const char *dir, uint64_t until)
{
    int pipe_fd[2];
    uint64_t seq = 0, last = 0;
    assert_int_equal(pipe(pipe_fd), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(pipe_fd[0]);
        child_append(dir, pipe_fd[1]);
    }
    close(pipe_fd[1]);
    while (last < until && read(pipe_fd[0], &seq, sizeof seq) == sizeof seq) {
        last = seq;
    }
    kill(pid, SIGKILL);
    while (read(pipe_fd[0], &seq, sizeof seq) == sizeof seq) {
        last = seq; /* acknowledged between our last look and its end */
    }
    close(pipe_fd[0]);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    return last;
}

static void a_kill_at_any_moment_loses_nothing_acknowledged(void **state)
{
    (void)state;
    struct scratch place;
    uint64_t random = 3, total = 0;
    scratch_make(&place);
    for (int round = 0; round < 12; round++) {
        struct amp_store *store = NULL;
        struct amp_head head;
        uint64_t acked = child_run_and_kill(place.dir, total + 1 + scratch_random(&random) % 60);
        assert_int_equal(amp_store_sqlite(place.dir, false, &store, NULL), AMP_OK);
        assert_int_equal(store->ops->head(store, &head, NULL), AMP_OK);
        assert_true(head.size >= acked && head.size <= acked + 1); /* at most one was under way */
        open_expect(store, head.size, 0);
        amp_store_close(store);
        total = head.size;
    }
    scratch_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_roots_are_those_of_rfc_6962),
        cmocka_unit_test(the_growing_root_equals_the_slow_one_at_every_size),
        cmocka_unit_test(every_altered_bit_of_every_record_is_found_and_named),
        cmocka_unit_test(every_altered_bit_of_the_head_is_found),
        cmocka_unit_test(a_record_replaced_together_with_its_leaf_is_found_by_the_root),
        cmocka_unit_test(a_record_missing_anywhere_is_named),
        cmocka_unit_test(a_record_behind_the_head_is_found),
        cmocka_unit_test(what_the_visitor_refuses_is_the_answer_of_opening),
        cmocka_unit_test(a_failed_append_changes_nothing),
        cmocka_unit_test(after_a_commit_in_doubt_the_journal_is_dead),
        cmocka_unit_test(a_kill_at_any_moment_loses_nothing_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
