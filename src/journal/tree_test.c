/*
 * Proofs, roots and tiles equal those of the slow twin, verify, and cannot be forged.
 *
 * The twin is RFC 6962 section 2.1 word by word: recursive, over all leaves.
 */
#include "journal/memory.h"
#include "journal/merkle.h"
#include "journal/scratch.h"
#include "journal/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    BODY_MAX = 40,
    EXAMPLE = 70000 /* the example of tlog-tiles */
};

struct wood { /* a log and its leaves */
    struct amp_store *store;
    uint8_t (*leaf)[AMP_HASH];
    uint64_t size;
};

static void wood_grow(struct wood *wood, uint64_t size)
{
    struct amp_journal *journal = NULL;
    struct amp_draft *draft = test_calloc(AMP_BATCH_MAX, sizeof *draft);
    char *room = test_malloc((size_t)AMP_BATCH_MAX * BODY_MAX);
    uint64_t bad = 0, first = 0;
    assert_int_equal(amp_store_memory(&wood->store), AMP_OK);
    assert_int_equal(amp_journal_open(wood->store, NULL, NULL, &journal, &bad, NULL), AMP_OK);
    wood->leaf = test_calloc(size + 1, AMP_HASH);
    while (wood->size < size) {
        size_t n = size - wood->size < 777 ? (size_t)(size - wood->size) : 777;
        for (size_t i = 0; i < n; i++) {
            draft[i] = scratch_draft(wood->size + 1 + i, room + i * BODY_MAX, BODY_MAX);
            uint8_t entry[AMP_ENTRY];
            amp_entry_make(draft[i].salt, draft[i].body, entry);
            amp_merkle_leaf((struct amp_str){.ptr = (char *)entry, .len = sizeof entry},
                            wood->leaf[wood->size + i]);
        }
        assert_int_equal(amp_journal_append(journal, draft, n, NULL, 0, &first, NULL), AMP_OK);
        wood->size += n;
    }
    amp_journal_close(journal);
    test_free(draft);
    test_free(room);
}

static void wood_fell(struct wood *wood)
{
    amp_store_close(wood->store);
    test_free(wood->leaf);
}

/* ---- the slow twin ---- */

static uint64_t split_slow(uint64_t n)
{
    uint64_t k = 1;
    while (2 * k < n) {
        k *= 2;
    }
    return k;
}

/* MTH(D[low:high]) */
static void root_slow(const struct wood *wood, uint64_t low, uint64_t high, uint8_t out[AMP_HASH])
{
    uint8_t left[AMP_HASH], right[AMP_HASH];
    if (high == low) {
        const struct amp_merkle empty = {.size = 0};
        amp_merkle_root(&empty, out);
    } else if (high - low == 1) {
        memcpy(out, wood->leaf[low], AMP_HASH);
    } else {
        uint64_t k = split_slow(high - low);
        root_slow(wood, low, low + k, left);
        root_slow(wood, low + k, high, right);
        amp_merkle_pair(left, right, out);
    }
}

/* PATH(m, D[low:high]) */
static void path_slow(const struct wood *wood, uint64_t m, uint64_t low, uint64_t high,
                      struct amp_proof *out)
{
    if (high - low <= 1) {
        return;
    }
    uint64_t k = split_slow(high - low);
    if (m < k) {
        path_slow(wood, m, low, low + k, out);
        root_slow(wood, low + k, high, out->hash[out->n++]);
    } else {
        path_slow(wood, m - k, low + k, high, out);
        root_slow(wood, low, low + k, out->hash[out->n++]);
    }
}

/* SUBPROOF(m, D[low:high], b) */
static void subproof_slow(const struct wood *wood, uint64_t m, uint64_t low, uint64_t high,
                          bool whole, struct amp_proof *out)
{
    uint64_t n = high - low;
    if (m == n) {
        if (!whole) {
            root_slow(wood, low, high, out->hash[out->n++]);
        }
        return;
    }
    uint64_t k = split_slow(n);
    if (m <= k) {
        subproof_slow(wood, m, low, low + k, whole, out);
        root_slow(wood, low + k, high, out->hash[out->n++]);
    } else {
        subproof_slow(wood, m - k, low + k, high, false, out);
        root_slow(wood, low, low + k, out->hash[out->n++]);
    }
}

static void proof_expect(const struct amp_proof *got, const struct amp_proof *slow)
{
    assert_int_equal(got->n, slow->n);
    assert_memory_equal(got->hash, slow->hash, slow->n * AMP_HASH);
}

/* ---- each question against the twin ---- */

static void root_try(const struct wood *wood, uint64_t size, uint8_t out[AMP_HASH])
{
    uint8_t slow[AMP_HASH];
    root_slow(wood, 0, size, slow);
    assert_int_equal(amp_tree_root(wood->store, size, out, NULL), AMP_OK);
    assert_memory_equal(out, slow, AMP_HASH);
}

static void inclusion_try(const struct wood *wood, uint64_t index, uint64_t size,
                          const uint8_t root[AMP_HASH])
{
    struct amp_proof proof, slow = {.n = 0};
    path_slow(wood, index, 0, size, &slow);
    assert_int_equal(amp_tree_inclusion(wood->store, index, size, &proof, NULL), AMP_OK);
    proof_expect(&proof, &slow);
    assert_int_equal(amp_inclusion_check(wood->leaf[index], index, size, &proof, root), AMP_OK);
}

static void consistency_try(const struct wood *wood, uint64_t size1, uint64_t size2)
{
    struct amp_proof proof, slow = {.n = 0};
    uint8_t root1[AMP_HASH], root2[AMP_HASH];
    root_slow(wood, 0, size1, root1);
    root_slow(wood, 0, size2, root2);
    if (size1 > 0) {
        subproof_slow(wood, size1, 0, size2, true, &slow);
    }
    assert_int_equal(amp_tree_consistency(wood->store, size1, size2, &proof, NULL), AMP_OK);
    proof_expect(&proof, &slow);
    amp_err expected = size1 > 0 ? AMP_OK : AMP_E_RANGE;
    assert_int_equal(amp_consistency_check(size1, size2, &proof, root1, root2), expected);
}

static void every_proof_of_a_small_tree_is_that_of_the_rfc(void **state)
{
    (void)state;
    struct wood wood = {.size = 0};
    wood_grow(&wood, 70);
    for (uint64_t size = 0; size <= wood.size; size++) {
        uint8_t root[AMP_HASH];
        root_try(&wood, size, root);
        for (uint64_t i = 0; i < size; i++) {
            inclusion_try(&wood, i, size, root);
        }
        for (uint64_t size1 = 0; size1 <= size; size1++) {
            consistency_try(&wood, size1, size);
        }
    }
    wood_fell(&wood);
}

/* Around the seams of tiles of both levels, and the example of the specification. */
static const uint64_t seam[] = {255,   256,   257,   511,   512,   513,    4095,
                                65535, 65536, 65537, 65792, 65793, EXAMPLE};

static void proofs_around_the_seams_of_tiles_are_those_of_the_rfc(void **state)
{
    (void)state;
    const struct wood *wood = *state;
    uint64_t random = 41;
    for (size_t i = 0; i < sizeof seam / sizeof seam[0]; i++) {
        uint64_t size = seam[i];
        uint8_t root[AMP_HASH];
        root_try(wood, size, root);
        inclusion_try(wood, 0, size, root);
        inclusion_try(wood, size - 1, size, root);
        inclusion_try(wood, size / 2, size, root);
        inclusion_try(wood, scratch_random(&random) % size, size, root);
        consistency_try(wood, 1 + scratch_random(&random) % size, size);
        for (size_t k = 0; k <= i; k++) {
            consistency_try(wood, seam[k], size);
        }
    }
}

static void tile_try(const struct wood *wood, uint64_t size, unsigned level, uint64_t index)
{
    unsigned width = amp_tile_width(size, level, index);
    struct amp_buf buf = amp_buf_make(AMP_TILE * AMP_HASH);
    uint8_t slow[AMP_HASH];
    uint64_t under = UINT64_C(1) << (8 * level);
    assert_int_equal(amp_tree_tile(wood->store, size, level, index, width, &buf, NULL), AMP_OK);
    assert_int_equal(buf.len, width * AMP_HASH);
    for (uint64_t i = 0; i < width; i += level == 0 ? 1 : 51) {
        uint64_t low = (index * AMP_TILE + i) * under;
        root_slow(wood, low, low + under, slow);
        assert_memory_equal(buf.data + i * AMP_HASH, slow, AMP_HASH);
    }
    amp_buf_clear(&buf);
    assert_int_equal(amp_tree_tile(wood->store, size, level, index, width + 1, &buf, NULL),
                     AMP_E_RANGE);
    assert_int_equal(amp_tree_tile(wood->store, size, level, index, 0, &buf, NULL), AMP_E_RANGE);
    amp_buf_free(&buf);
}

static unsigned tiles_count(uint64_t size, unsigned level, unsigned *out_last)
{
    unsigned full = 0;
    while (amp_tile_width(size, level, full) == AMP_TILE) {
        full++;
    }
    *out_last = amp_tile_width(size, level, full);
    return full;
}

static void a_tree_of_70000_has_the_tiles_of_the_specification(void **state)
{
    const struct wood *wood = *state;
    unsigned last = 0;
    assert_int_equal(tiles_count(EXAMPLE, 0, &last), 273);
    assert_int_equal(last, 112);
    assert_int_equal(tiles_count(EXAMPLE, 1, &last), 1);
    assert_int_equal(last, 17);
    assert_int_equal(tiles_count(EXAMPLE, 2, &last), 0);
    assert_int_equal(last, 1);
    assert_int_equal(tiles_count(EXAMPLE, 3, &last), 0);
    assert_int_equal(last, 0);
    assert_int_equal(tiles_count(256, 0, &last), 1);
    assert_int_equal(last, 0);
    assert_int_equal(tiles_count(256, 1, &last), 0);
    assert_int_equal(last, 1);
    tile_try(wood, EXAMPLE, 0, 0);
    tile_try(wood, EXAMPLE, 0, 272);
    tile_try(wood, EXAMPLE, 0, 273);
    tile_try(wood, EXAMPLE, 1, 0);
    tile_try(wood, EXAMPLE, 1, 1);
    tile_try(wood, EXAMPLE, 2, 0);
    tile_try(wood, 257, 0, 1);
    tile_try(wood, 256, 1, 0);
    for (unsigned level = 0; level < 70; level++) {
        assert_int_equal(amp_tile_width(EXAMPLE, level, UINT64_MAX), 0);
        assert_true(level < 3 || amp_tile_width(EXAMPLE, level, 0) == 0);
    }
}

static void an_entry_hashes_to_its_leaf_and_tells_nothing(void **state)
{
    const struct wood *wood = *state;
    struct amp_buf buf = amp_buf_make(1 << 16);
    assert_int_equal(amp_tree_entries(wood->store, EXAMPLE, 273, 112, &buf, NULL), AMP_OK);
    assert_int_equal(buf.len, 112 * (2 + AMP_ENTRY));
    for (size_t i = 0; i < 112; i++) {
        const char *at = buf.data + i * (2 + AMP_ENTRY);
        uint8_t leaf[AMP_HASH];
        assert_int_equal(at[0], 0);
        assert_int_equal(at[1], AMP_ENTRY);
        assert_int_equal(at[2], 0x01);
        amp_merkle_leaf((struct amp_str){.ptr = at + 2, .len = AMP_ENTRY}, leaf);
        assert_memory_equal(leaf, wood->leaf[273 * AMP_TILE + i], AMP_HASH);
    }
    /* the same body with another salt is another entry */
    uint8_t one[AMP_ENTRY], two[AMP_ENTRY], salt[AMP_SALT] = {0};
    amp_entry_make(salt, AMP_STR("+351 910 000 001"), one);
    salt[31] = 1;
    amp_entry_make(salt, AMP_STR("+351 910 000 001"), two);
    assert_memory_not_equal(one + 1, two + 1, AMP_HASH);
    assert_int_equal(amp_tree_entries(wood->store, EXAMPLE, 273, 113, &buf, NULL), AMP_E_RANGE);
    amp_buf_free(&buf);
}

static void what_the_log_has_not_is_not_proved(void **state)
{
    const struct wood *wood = *state;
    struct amp_proof proof;
    struct amp_why why = {""};
    uint8_t root[AMP_HASH];
    assert_int_equal(amp_tree_root(wood->store, EXAMPLE + 1, root, &why), AMP_E_RANGE);
    assert_non_null(strstr(why.text, "70000"));
    assert_int_equal(amp_tree_inclusion(wood->store, 5, 5, &proof, NULL), AMP_E_RANGE);
    assert_int_equal(amp_tree_inclusion(wood->store, 0, 0, &proof, NULL), AMP_E_RANGE);
    assert_int_equal(amp_tree_inclusion(wood->store, 0, EXAMPLE + 1, &proof, NULL), AMP_E_RANGE);
    assert_int_equal(amp_tree_consistency(wood->store, 6, 5, &proof, NULL), AMP_E_RANGE);
}

static void inclusion_forge(const struct wood *wood, uint64_t index, uint64_t size)
{
    struct amp_proof proof, bad;
    uint8_t root[AMP_HASH], leaf[AMP_HASH];
    root_slow(wood, 0, size, root);
    memcpy(leaf, wood->leaf[index], AMP_HASH);
    assert_int_equal(amp_tree_inclusion(wood->store, index, size, &proof, NULL), AMP_OK);
    for (size_t i = 0; i < proof.n; i++) {
        bad = proof;
        bad.hash[i][i % AMP_HASH] ^= 0x10;
        assert_int_equal(amp_inclusion_check(leaf, index, size, &bad, root), AMP_E_CONFLICT);
        bad = proof;
        memmove(bad.hash[i], bad.hash[i + 1], (proof.n - 1 - i) * AMP_HASH);
        bad.n--;
        assert_int_equal(amp_inclusion_check(leaf, index, size, &bad, root), AMP_E_CONFLICT);
    }
    bad = proof;
    memset(bad.hash[bad.n++], 7, AMP_HASH);
    assert_int_equal(amp_inclusion_check(leaf, index, size, &bad, root), AMP_E_CONFLICT);
    assert_int_not_equal(amp_inclusion_check(leaf, index ^ 1, size, &proof, root), AMP_OK);
    assert_int_not_equal(amp_inclusion_check(leaf, index, index, &proof, root), AMP_OK);
    leaf[0] ^= 1;
    assert_int_equal(amp_inclusion_check(leaf, index, size, &proof, root), AMP_E_CONFLICT);
    leaf[0] ^= 1;
    root[31] ^= 1;
    assert_int_equal(amp_inclusion_check(leaf, index, size, &proof, root), AMP_E_CONFLICT);
}

static void consistency_forge(const struct wood *wood, uint64_t size1, uint64_t size2)
{
    struct amp_proof proof, bad;
    uint8_t root1[AMP_HASH], root2[AMP_HASH], other[AMP_HASH];
    root_slow(wood, 0, size1, root1);
    root_slow(wood, 0, size2, root2);
    assert_int_equal(amp_tree_consistency(wood->store, size1, size2, &proof, NULL), AMP_OK);
    for (size_t i = 0; i < proof.n; i++) {
        bad = proof;
        bad.hash[i][i % AMP_HASH] ^= 0x10;
        assert_int_equal(amp_consistency_check(size1, size2, &bad, root1, root2), AMP_E_CONFLICT);
        bad = proof;
        bad.n = i;
        assert_int_equal(amp_consistency_check(size1, size2, &bad, root1, root2), AMP_E_CONFLICT);
    }
    bad = proof;
    memset(bad.hash[bad.n++], 7, AMP_HASH);
    assert_int_equal(amp_consistency_check(size1, size2, &bad, root1, root2), AMP_E_CONFLICT);
    memset(other, 3, sizeof other);
    assert_int_equal(amp_consistency_check(size1, size2, &proof, other, root2), AMP_E_CONFLICT);
    assert_int_equal(amp_consistency_check(size1, size2, &proof, root1, other), AMP_E_CONFLICT);
    assert_int_equal(amp_consistency_check(size2 + 1, size2, &proof, root1, root2), AMP_E_RANGE);
    assert_int_equal(amp_consistency_check(0, size2, &proof, root1, root2), AMP_E_RANGE);
}

/* Both an index and a size may be wrong in ways that still verify only if a hash were found. */
static void no_altered_proof_verifies(void **state)
{
    const struct wood *wood = *state;
    uint64_t random = 77;
    for (int i = 0; i < 40; i++) {
        uint64_t size = 2 + scratch_random(&random) % 600;
        inclusion_forge(wood, scratch_random(&random) % size, size);
        consistency_forge(wood, 1 + scratch_random(&random) % (size - 1), size);
    }
}

/* A log that forked: same length, one other record. The roots cannot be made consistent. */
static void a_fork_is_found(void **state)
{
    const struct wood *wood = *state;
    struct wood fork = {.size = 0};
    struct amp_proof proof;
    uint8_t before[AMP_HASH], ours[AMP_HASH], theirs[AMP_HASH];
    wood_grow(&fork, 300);
    fork.leaf[123][0] ^= 1;
    root_slow(&fork, 0, 200, before);
    root_slow(&fork, 0, 300, theirs);
    root_slow(wood, 0, 300, ours);
    assert_int_equal(amp_tree_consistency(wood->store, 200, 300, &proof, NULL), AMP_OK);
    assert_int_equal(amp_consistency_check(200, 300, &proof, before, ours), AMP_E_CONFLICT);
    assert_int_equal(amp_consistency_check(200, 300, &proof, before, theirs), AMP_E_CONFLICT);
    wood_fell(&fork);
}

static void a_path_of_a_tile_is_written_and_read_back(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct amp_tile_path path;
    } known[] = {
        {"0/000", {false, 0, 0, 256}},
        {"0/x001/x234/067", {false, 0, 1234067, 256}},
        {"1/x001/234.p/7", {false, 1, 1234, 7}},
        {"63/999.p/255", {false, 63, 999, 255}},
        {"entries/000.p/1", {true, 0, 0, 1}},
        {"entries/x999/x999/x999/x999/x999/999", {true, 0, 999999999999999999, 256}},
    };
    char text[AMP_TILE_PATH];
    struct amp_tile_path path;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        amp_tile_path_write(&known[i].path, text);
        assert_string_equal(text, known[i].text);
        assert_int_equal(amp_tile_path_parse(amp_str_of(text), &path), AMP_OK);
        assert_int_equal(path.entries, known[i].path.entries);
        assert_int_equal(path.level, known[i].path.level);
        assert_true(path.index == known[i].path.index);
        assert_int_equal(path.width, known[i].path.width);
    }
    uint64_t random = 8;
    for (int i = 0; i < 2000; i++) {
        const struct amp_tile_path made = {.level = (unsigned)(scratch_random(&random) % 64),
                                           .index = scratch_random(&random) % 1000000000 >>
                                                    (scratch_random(&random) % 30),
                                           .width = 1 + (unsigned)(scratch_random(&random) % 256)};
        amp_tile_path_write(&made, text);
        assert_int_equal(amp_tile_path_parse(amp_str_of(text), &path), AMP_OK);
        assert_true(path.index == made.index && path.width == made.width);
    }
}

static void any_other_way_to_write_a_path_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "0",
                                      "0/",
                                      "/000",
                                      "0/0",
                                      "0/00",
                                      "0/0000",
                                      "00/000",
                                      "64/000",
                                      "-1/000",
                                      "+1/000",
                                      "0/x000/001",
                                      "0/x001",
                                      "0/x001/",
                                      "0/001/002",
                                      "0/x1/002",
                                      "0/x0012/003",
                                      "0/000.p",
                                      "0/000.p/",
                                      "0/000.p/0",
                                      "0/000.p/256",
                                      "0/000.p/01",
                                      "0/000.p/1/",
                                      "0/000.p/-1",
                                      "0/000.p/ 1",
                                      "0/000/p/1",
                                      "entry/000",
                                      "entries/0",
                                      "entries",
                                      "0/000 ",
                                      " 0/000",
                                      "0/00a",
                                      "0/X001/002",
                                      "0/000.p/1.p/1",
                                      "data/000",
                                      "1e0/000",
                                      "0/x001/x002/x003/x004/x005/x006/007",
                                      "0/000\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct amp_tile_path path;
        if (amp_tile_path_parse(amp_str_of(bad[i]), &path) != AMP_E_SYNTAX) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
}

static int example_grow(void **state)
{
    static struct wood wood;
    wood_grow(&wood, EXAMPLE);
    *state = &wood;
    return 0;
}

static int example_fell(void **state)
{
    wood_fell(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_proof_of_a_small_tree_is_that_of_the_rfc),
        cmocka_unit_test(proofs_around_the_seams_of_tiles_are_those_of_the_rfc),
        cmocka_unit_test(a_tree_of_70000_has_the_tiles_of_the_specification),
        cmocka_unit_test(an_entry_hashes_to_its_leaf_and_tells_nothing),
        cmocka_unit_test(what_the_log_has_not_is_not_proved),
        cmocka_unit_test(no_altered_proof_verifies),
        cmocka_unit_test(a_fork_is_found),
        cmocka_unit_test(a_path_of_a_tile_is_written_and_read_back),
        cmocka_unit_test(any_other_way_to_write_a_path_is_refused),
    };
    return cmocka_run_group_tests(tests, example_grow, example_fell);
}
