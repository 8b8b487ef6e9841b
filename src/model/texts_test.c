/* The texts of a state: what is released is gone, what is shared stands once. */
#include "model/texts.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    TEXTS = 300,
    STEPS = 60000
};

static int texts_setup(void **state)
{
    struct amp_texts *texts = NULL;
    amp_err err = amp_texts_create(&texts);
    *state = texts;
    return (int)err;
}

static int texts_teardown(void **state)
{
    amp_texts_destroy(*state);
    amp_texts_destroy(NULL);
    return 0;
}

static void a_released_text_is_nowhere_any_more(void **state)
{
    struct amp_texts *texts = *state;
    char long_text[AMP_OWN_TEXT_MAX + 1];
    memset(long_text, 'm', sizeof(long_text));
    for (size_t len = 0; len <= AMP_OWN_TEXT_MAX; len += 1 + len / 3) {
        char *own = amp_texts_own(texts, (struct amp_str){long_text, len});
        assert_int_equal(strlen(own), len);
        assert_true(!len || amp_texts_hold(texts, AMP_STR("m")));
        amp_texts_release(texts, own);
        assert_false(amp_texts_hold(texts, AMP_STR("m")));
    }
    amp_texts_release(texts, NULL);
}

/* Texts of all sizes come and go; each stays what it was, and room is used again. */
static void own_texts_keep_apart(void **state)
{
    struct amp_texts *texts = *state;
    static char *own[TEXTS];
    static char expected[TEXTS][1200];
    size_t bytes = 0;
    srand(7);
    for (int step = 0; step < STEPS; step++) {
        int n = rand() % TEXTS;
        bytes = step == STEPS / 2 ? amp_texts_bytes(texts) : bytes;
        if (own[n]) {
            assert_string_equal(own[n], expected[n]);
            amp_texts_release(texts, own[n]);
            own[n] = NULL;
            continue;
        }
        size_t len = (size_t)rand() % (rand() % 4 ? 40 : sizeof(expected[n]) - 1);
        memset(expected[n], 'a' + rand() % 26, len);
        expected[n][len] = '\0';
        own[n] = amp_texts_own(texts, amp_str_of(expected[n]));
        assert_non_null(own[n]);
    }
    assert_true(amp_texts_bytes(texts) <= bytes * 2); /* it does not grow for ever */
}

static void a_shared_text_is_one_however_often_it_comes(void **state)
{
    struct amp_texts *texts = *state;
    static const char *first[5000];
    char name[32];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5000; i++) {
            snprintf(name, sizeof(name), "unit-%d", i);
            const char *shared = amp_texts_share(texts, amp_str_of(name));
            assert_string_equal(shared, name);
            assert_true(!round || shared == first[i]);
            assert_int_equal(amp_texts_number(shared), i + 1);
            first[i] = shared;
        }
    }
    assert_int_equal(amp_texts_shared_count(texts), 5000);
    assert_string_equal(amp_texts_share(texts, AMP_STR("")), "");
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, texts_setup, texts_teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_released_text_is_nowhere_any_more),
        ROW(own_texts_keep_apart),
        ROW(a_shared_text_is_one_however_often_it_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
