/*
 * The vectors of others: transparency-dev/merkle and the log in Tessera's test data.
 *
 * They are not part of this tree. The folder AMPARO_VECTORS (or `vectors` beside AMPARO_DATA) holds
 * the `testdata` of transparency-dev/merkle as `merkle`, and `testdata/log` of
 * transparency-dev/tessera as `tessera`. Without it the tests skip, and say so.
 */
#include "base/json.h"
#include "base/testdata.h"
#include "journal/merkle.h"
#include "journal/note.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    PATH_LEN = 1024,
    FILE_MAX = 1 << 20
};

struct score {
    int files, agreed, valid;
};

/* The folder, or NULL. */
static const char *vectors_find(const char *name, char out[PATH_LEN])
{
    const char *env = getenv("AMPARO_VECTORS");
    char rel[64];
    snprintf(rel, sizeof rel, "../vectors/%s", name);
    const char *found = amp_testdata(rel);
    if (env) {
        snprintf(out, PATH_LEN, "%s/%s", env, name);
    } else {
        snprintf(out, PATH_LEN, "%s", found ? found : "");
    }
    return access(out, R_OK) == 0 ? out : NULL;
}

static struct amp_buf file_read(const char *path)
{
    struct amp_buf buf = amp_buf_make(FILE_MAX);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char block[4096];
    for (size_t n = fread(block, 1, sizeof block, file); n > 0;
         n = fread(block, 1, sizeof block, file)) {
        amp_buf_put(&buf, block, n);
    }
    fclose(file);
    assert_int_equal(amp_buf_err(&buf), AMP_OK);
    return buf;
}

/* Exactly 32 bytes, or it is no hash: the first of the traps in these vectors. */
static bool hash_take(const json_t *obj, uint8_t out[AMP_HASH])
{
    const char *text = json_string_value(obj);
    size_t len = 0;
    return text && amp_base64_read(amp_str_of(text), out, AMP_HASH, &len) == AMP_OK &&
           len == AMP_HASH;
}

/* Some of their roots are words ("don't care"). A digest stands for such a word: equal ones stay
 * equal, and it is the root of nothing. */
static bool root_take(const json_t *obj, uint8_t out[AMP_HASH])
{
    const char *text = json_string_value(obj);
    if (text && !hash_take(obj, out)) {
        amp_sha256(text, strlen(text), out);
    }
    return text != NULL;
}

/* Two of their numbers are 2^64 - 1, and come as a real. */
static uint64_t number_take(const json_t *obj, const char *name)
{
    const json_t *number = json_object_get(obj, name);
    assert_true(json_is_number(number));
    if (json_is_integer(number)) {
        return (uint64_t)json_integer_value(number);
    }
    double real = json_real_value(number);
    return real >= 9.2e18 ? UINT64_MAX : (uint64_t)real;
}

static bool proof_take(const json_t *obj, struct amp_proof *out)
{
    const json_t *list = json_object_get(obj, "proof");
    out->n = json_array_size(list);
    bool good = out->n <= 64;
    for (size_t i = 0; good && i < out->n; i++) {
        good = hash_take(json_array_get(list, i), out->hash[i]);
    }
    return good;
}

static bool inclusion_judge(const json_t *obj)
{
    uint8_t leaf[AMP_HASH], root[AMP_HASH];
    struct amp_proof proof;
    return proof_take(obj, &proof) && hash_take(json_object_get(obj, "leafHash"), leaf) &&
           hash_take(json_object_get(obj, "root"), root) &&
           amp_inclusion_check(leaf, number_take(obj, "leafIdx"), number_take(obj, "treeSize"),
                               &proof, root) == AMP_OK;
}

static bool consistency_judge(const json_t *obj)
{
    uint8_t root1[AMP_HASH], root2[AMP_HASH];
    struct amp_proof proof;
    return proof_take(obj, &proof) && root_take(json_object_get(obj, "root1"), root1) &&
           root_take(json_object_get(obj, "root2"), root2) &&
           amp_consistency_check(number_take(obj, "size1"), number_take(obj, "size2"), &proof,
                                 root1, root2) == AMP_OK;
}

static void vector_judge(const char *path, bool (*judge)(const json_t *obj), struct score *score)
{
    struct amp_buf text = file_read(path);
    json_t *obj = json_loadb(text.data, text.len, 0, NULL);
    if (!obj) {
        obj = json_loadb(text.data, text.len, JSON_DECODE_INT_AS_REAL, NULL);
    }
    assert_non_null(obj);
    bool wanted = !json_is_true(json_object_get(obj, "wantErr"));
    score->files++;
    score->valid += wanted;
    if (judge(obj) == wanted) {
        score->agreed++;
    } else {
        print_message("# disagrees: %s\n", path);
    }
    json_decref(obj);
    amp_buf_free(&text);
}

struct folders { /* still to be looked into */
    char path[64][PATH_LEN];
    size_t n;
};

static void folder_list(struct folders *todo, bool (*judge)(const json_t *obj), struct score *score)
{
    char here[PATH_LEN], path[PATH_LEN + 257];
    memcpy(here, todo->path[--todo->n], sizeof here);
    DIR *dir = opendir(here);
    assert_non_null(dir);
    for (struct dirent *at = readdir(dir); at; at = readdir(dir)) {
        snprintf(path, sizeof path, "%s/%s", here, at->d_name);
        if (strstr(at->d_name, ".json")) {
            vector_judge(path, judge, score);
        } else if (at->d_name[0] != '.') {
            assert_true(todo->n < 64 && strlen(path) < PATH_LEN);
            memcpy(todo->path[todo->n++], path, strlen(path) + 1);
        }
    }
    closedir(dir);
}

/* Every .json in a folder and the folders in it. */
static struct score folder_judge(const char *top, bool (*judge)(const json_t *obj))
{
    struct score score = {0};
    struct folders *todo = test_calloc(1, sizeof *todo);
    memcpy(todo->path[todo->n++], top, strlen(top) + 1);
    while (todo->n > 0) {
        folder_list(todo, judge, &score);
    }
    test_free(todo);
    return score;
}

static void the_inclusion_vectors_are_judged_as_by_their_makers(void **state)
{
    (void)state;
    char room[PATH_LEN];
    const char *merkle_inclusion = vectors_find("merkle/inclusion", room);
    AMP_TEST_NEEDS(merkle_inclusion);
    struct score score = folder_judge(merkle_inclusion, inclusion_judge);
    print_message("# inclusion: %d/%d as wanted, %d of them valid\n", score.agreed, score.files,
                  score.valid);
    assert_int_equal(score.agreed, score.files);
    assert_true(score.files >= 98);
}

static void the_consistency_vectors_are_judged_as_by_their_makers(void **state)
{
    (void)state;
    char room[PATH_LEN];
    const char *merkle_consistency = vectors_find("merkle/consistency", room);
    AMP_TEST_NEEDS(merkle_consistency);
    struct score score = folder_judge(merkle_consistency, consistency_judge);
    print_message("# consistency: %d/%d as wanted, %d of them valid\n", score.agreed, score.files,
                  score.valid);
    assert_int_equal(score.agreed, score.files);
    assert_true(score.files >= 98);
}

/* The leaves of the last bundle; returns how many. */
static size_t bundle_take(const char *dir, size_t width, struct amp_merkle *tree)
{
    char path[PATH_LEN + 64];
    snprintf(path, sizeof path, "%s/tile/entries/000.p/%zu", dir, width);
    struct amp_buf bundle = file_read(path);
    snprintf(path, sizeof path, "%s/tile/0/000.p/%zu", dir, width);
    struct amp_buf tile = file_read(path);
    size_t at = 0, n = 0;
    for (; at + 2 <= bundle.len; n++) {
        const uint8_t *head = (const uint8_t *)bundle.data + at;
        size_t len = (size_t)head[0] * 256 + head[1];
        uint8_t leaf[AMP_HASH];
        assert_true(at + 2 + len <= bundle.len && (n + 1) * AMP_HASH <= tile.len);
        amp_merkle_leaf((struct amp_str){.ptr = bundle.data + at + 2, .len = len}, leaf);
        assert_memory_equal(leaf, tile.data + n * AMP_HASH, AMP_HASH);
        amp_merkle_add(tree, leaf);
        at += 2 + len;
    }
    assert_int_equal(tile.len, n * AMP_HASH);
    amp_buf_free(&bundle);
    amp_buf_free(&tile);
    return n;
}

static void checkpoint_try(const char *dir, const char *name, const struct amp_vkey *vkey)
{
    char path[PATH_LEN + 64];
    struct amp_note note;
    struct amp_note_seen seen;
    struct amp_checkpoint checkpoint;
    struct amp_merkle tree = {.size = 0};
    uint8_t root[AMP_HASH];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    struct amp_buf text = file_read(path);
    assert_int_equal(amp_note_parse(amp_buf_view(&text), &note, NULL), AMP_OK);
    assert_int_equal(amp_note_verify(&note, vkey, 1, &seen, NULL), AMP_OK);
    assert_int_equal(amp_checkpoint_parse(note.text, &checkpoint), AMP_OK);
    if (checkpoint.head.size > 0) {
        assert_int_equal(bundle_take(dir, (size_t)checkpoint.head.size, &tree),
                         checkpoint.head.size);
    }
    amp_merkle_root(&tree, root);
    assert_memory_equal(root, checkpoint.head.root, AMP_HASH);
    amp_buf_free(&text);
}

static void the_log_of_tessera_verifies_in_all_its_sizes(void **state)
{
    (void)state;
    char room[PATH_LEN], name[32];
    struct amp_vkey vkey;
    const char *tessera = vectors_find("tessera", room);
    AMP_TEST_NEEDS(tessera);
    assert_int_equal(amp_vkey_parse(AMP_STR("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fAS"
                                            "Msq3rKNx280NI+oO5xCFkkSx"),
                                    &vkey, NULL),
                     AMP_OK);
    checkpoint_try(tessera, "checkpoint", &vkey);
    int count = 1;
    for (int i = 0; i <= 15; i++, count++) {
        snprintf(name, sizeof name, "checkpoint.%d", i);
        checkpoint_try(tessera, name, &vkey);
    }
    print_message("# tessera: %d checkpoints with their bundles, tiles, roots and signatures\n",
                  count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inclusion_vectors_are_judged_as_by_their_makers),
        cmocka_unit_test(the_consistency_vectors_are_judged_as_by_their_makers),
        cmocka_unit_test(the_log_of_tessera_verifies_in_all_its_sizes),
    };
    if (amp_crypto_start() != AMP_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
