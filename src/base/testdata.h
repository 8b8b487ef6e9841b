/*
 * Where tests find real data: tests only.
 *
 * Data stays outside of the tree. A test that needs it skips, visibly, where it is absent.
 */
#ifndef AMP_BASE_TESTDATA_H
#define AMP_BASE_TESTDATA_H

/* The path of `rel` in the folder AMPARO_DATA, else in ../shared/data or ../../shared/data beside
 * AMPARO_SOURCE_ROOT; NULL if it is in none of them. The text is this module's, good until the next
 * call; copy it if two paths are needed at once. One thread only. */
const char *amp_testdata(const char *rel);

/* For a test function: leave it as skipped, saying why. Needs cmocka.h before. cmocka's own skip()
 * writes "not ok" in TAP, which counts as a failure; tools/run-tests counts this line instead. */
#define AMP_TEST_SKIP(reason)                                                                      \
    do {                                                                                           \
        print_message("# skipped: %s\n", (reason));                                                \
        return;                                                                                    \
    } while (0)

/* Leaves the test if the data is not at hand. */
#define AMP_TEST_NEEDS(path)                                                                       \
    do {                                                                                           \
        if (!(path)) {                                                                             \
            AMP_TEST_SKIP("no test data for " #path);                                              \
        }                                                                                          \
    } while (0)

#endif
