/* Tests of random.c: nothing comes twice, from no thread and no fork. */
#include "server/random.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    WORDS = 4096,
    THREADS = 4,
    LONG = 1000
};

static int by_value(const void *a, const void *b)
{
    uint64_t x;
    uint64_t y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static bool distinct(uint64_t *word, size_t n)
{
    qsort(word, n, sizeof *word, by_value);
    for (size_t i = 1; i < n; i++) {
        if (word[i] == word[i - 1]) {
            return false;
        }
    }
    return true;
}

static void *draw(void *ctx)
{
    uint64_t *word = ctx;
    for (size_t i = 0; i < WORDS; i++) {
        amp_random(&word[i], sizeof word[i]);
    }
    return NULL;
}

static void no_two_threads_get_the_same(void **state)
{
    static uint64_t word[THREADS][WORDS];
    pthread_t thread[THREADS];
    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, draw, word[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    }
    assert_true(distinct(word[0], (size_t)THREADS * WORDS));
}

static void a_child_does_not_repeat_its_parent(void **state)
{
    uint64_t theirs = 0;
    uint64_t ours = 0;
    int fd[2];
    int status = 0;
    (void)state;
    amp_random(&ours, sizeof ours); /* the block is filled now */
    assert_int_equal(pipe(fd), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        amp_random(&theirs, sizeof theirs);
        _exit(write(fd[1], &theirs, sizeof theirs) == (ssize_t)sizeof theirs ? 0 : 1);
    }
    amp_random(&ours, sizeof ours);
    assert_int_equal(read(fd[0], &theirs, sizeof theirs), sizeof theirs);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(ours != theirs);
    (void)close(fd[0]);
    (void)close(fd[1]);
}

/* Each bit of a long draw is set about half the time: eight standard deviations are allowed. */
static void every_byte_asked_for_is_filled_and_none_beside(void **state)
{
    unsigned char out[LONG + 2];
    size_t set = 0;
    (void)state;
    for (size_t len = 0; len <= LONG; len++) {
        memset(out, 0x5a, sizeof out);
        amp_random(out + 1, len);
        assert_int_equal(out[0], 0x5a);
        assert_int_equal(out[len + 1], 0x5a);
    }
    for (size_t i = 1; i <= LONG; i++) {
        set += (size_t)__builtin_popcount(out[i]);
    }
    assert_in_range(set, 4 * LONG - 360, 4 * LONG + 360);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_threads_get_the_same),
        cmocka_unit_test(a_child_does_not_repeat_its_parent),
        cmocka_unit_test(every_byte_asked_for_is_filled_and_none_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
