/* Every table of the data folder is read as what it is, and never as the other kind. */
#include "base/testdata.h"
#include "dna/freq.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 1 << 26,
    TEXT_MAX = 1 << 20,
    PATH_MAX_LEN = 1024
};

/* Folders of tables, and how many of each kind they hold. */
static const struct {
    const char *folder;
    size_t profiles, freqs;
} folders[] = {
    {"dna/efm/examples", 19, 6},
    {"dna/efm/examples_triAllele/test_triAllele1", 2, 1},
    {"dna/efm/examples_triAllele/test_triAllele2", 2, 1},
    {"dna/efm/examples_triAllele/test_triAllele3", 2, 1},
    {"dna/efm/examples_triAllele/test_triAllele4", 2, 1},
    {"dna/efm/examples_triAllele/test_triAllele5dropout", 2, 1},
    {"dna/efm/examples_triAllele/test_triAlleleRepsStutters", 2, 1},
    {"dna/efm/tutorialdata", 4, 2},
    {"dna/efm/FreqDatabases", 0, 7},
    {"dna/freqs", 0, 7},
    {"dna/dnamixtures", 2, 2},
    {"dna/provedit", 1, 1},
    {"dna/provedit/2p_real_sFRiman", 176, 0},
    {"dna/provedit/3p_real_sFRiman", 40, 0},
};

static bool is_table(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && (strcmp(dot, ".csv") == 0 || strcmp(dot, ".txt") == 0);
}

/* Counts the kind that the file is read as. */
static void file_try(const char *path, size_t *profile_n, size_t *freq_n)
{
    struct amp_arena arena = amp_arena_make(ARENA);
    char *text = amp_arena_alloc(&arena, TEXT_MAX);
    FILE *in = fopen(path, "rb");
    assert_true(in != NULL && text != NULL);
    const struct amp_str bytes = {text, fread(text, 1, TEXT_MAX, in)};
    (void)fclose(in);
    struct amp_dna_profiles profiles;
    struct amp_dna_freqs freqs;
    struct amp_why why[2] = {{""}, {""}};
    const bool as_profiles =
        amp_dna_profiles_read(bytes, path, &arena, &profiles, &why[0]) == AMP_OK;
    const bool as_freqs = amp_dna_freqs_read(bytes, path, &arena, &freqs, &why[1]) == AMP_OK;
    if (as_profiles == as_freqs) {
        fail_msg("%s: \"%s\" and \"%s\"", path, why[0].text, why[1].text);
    }
    *profile_n += as_profiles;
    *freq_n += as_freqs;
    amp_arena_drop(&arena);
}

static void every_table_of_the_data_is_read_as_one_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        const char *found = amp_testdata(folders[i].folder);
        AMP_TEST_NEEDS(found);
        char folder[PATH_MAX_LEN];
        (void)snprintf(folder, sizeof(folder), "%s", found);
        DIR *dir = opendir(folder);
        assert_non_null(dir);
        size_t profile_n = 0;
        size_t freq_n = 0;
        for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
            char path[2 * PATH_MAX_LEN];
            (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
            if (is_table(entry->d_name)) {
                file_try(path, &profile_n, &freq_n);
            }
        }
        (void)closedir(dir);
        assert_int_equal(profile_n, folders[i].profiles);
        assert_int_equal(freq_n, folders[i].freqs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_of_the_data_is_read_as_one_kind),
    };
    return cmocka_run_group_tests_name("dna/tables", tests, NULL, NULL);
}
