/* The page of a caller's link: its language, its parts by scope, and what it never says. */
#include "server/caller_page.h"
#include "server/caller_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
    ENGLISH,
    PORTUGUESE,
    SPANISH,
    FRENCH,
    SWAHILI,
    ARABIC
};

static void the_language_is_the_one_that_the_phone_likes_best(void **state)
{
    static const struct {
        const char *accepted;
        unsigned language;
    } rows[] = {
        {"", ENGLISH},
        {"pt-BR,pt;q=0.9,en;q=0.8", PORTUGUESE},
        {"xx, fr;q=0.5, es;q=0.7", SPANISH},
        {"en;q=0.3,ar;q=0.9", ARABIC},
        {"SW", SWAHILI},
        {"de,it", ENGLISH},
        {"fr;q=0", ENGLISH},
        {"fr;q=nonsense, pt;q=0.001", PORTUGUESE},
        {",;,q=;;", ENGLISH},
        {"frx, f", ENGLISH},
        {"fr", FRENCH},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (amp_caller_language_of(amp_str_of(rows[i].accepted)) != rows[i].language) {
            fail_msg("%s", rows[i].accepted);
        }
    }
}

static const char *page(enum amp_caller_view view, unsigned language, enum amp_link_scope scope)
{
    static char text[1 << 15];
    struct amp_medium medium = {.link = 1, .bytes = 2048, .type = "mp4"};
    struct amp_invite link = {.scope = scope, .medium = 1, .items = 3, .token = "the-hash"};
    struct amp_state state = {.medium = &medium, .medium_n = 1, .invite = &link, .invite_n = 1};
    struct amp_buf out = amp_buf_over(text, sizeof text);
    amp_caller_page_write(view, language, &state, &link, "0", &out);
    assert_int_equal(amp_buf_err(&out), AMP_OK);
    return amp_buf_cstr(&out);
}

static void every_view_is_whole_in_every_language_and_says_no_hash(void **state)
{
    (void)state;
    for (unsigned language = 0; language < AMP_CALLER_LANGUAGES; language++) {
        for (int view = 0; view <= AMP_CALLER_SEE_ENDED; view++) {
            const char *text = page((enum amp_caller_view)view, language, AMP_LINK_MEDIA);
            assert_non_null(strstr(text, amp_caller_language(language)));
            assert_non_null(strstr(text, "</main>"));
            assert_non_null(strstr(text, "</html>"));
            assert_null(strstr(text, "the-hash"));
            assert_null(strstr(text, "style="));
        }
    }
    assert_non_null(strstr(page(AMP_CALLER_SEE_ASK, ARABIC, AMP_LINK_MEDIA), "dir=\"rtl\""));
}

static void a_page_offers_what_its_scope_is_for_and_no_more(void **state)
{
    (void)state;
    const char *text = page(AMP_CALLER_SEE_OWN, ENGLISH, AMP_LINK_POSITION);
    assert_null(strstr(text, "<textarea"));
    assert_null(strstr(text, "type=\"file\""));
    text = page(AMP_CALLER_SEE_OWN, ENGLISH, AMP_LINK_MESSAGES);
    assert_non_null(strstr(text, "<textarea"));
    assert_null(strstr(text, "type=\"file\""));
    text = page(AMP_CALLER_SEE_OWN, ENGLISH, AMP_LINK_MEDIA);
    assert_non_null(strstr(text, "type=\"file\""));
    assert_non_null(strstr(text, "Video · 2 kB"));
}

static void only_the_phone_that_shares_gets_the_script_and_sees_what_was_shared(void **state)
{
    (void)state;
    for (int view = 0; view <= AMP_CALLER_SEE_ENDED; view++) {
        const char *text = page((enum amp_caller_view)view, ENGLISH, AMP_LINK_MEDIA);
        assert_int_equal(strstr(text, "caller.js") != NULL, view == AMP_CALLER_SEE_OWN);
        assert_int_equal(strstr(text, "2 kB") != NULL, view == AMP_CALLER_SEE_OWN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_language_is_the_one_that_the_phone_likes_best),
        cmocka_unit_test(every_view_is_whole_in_every_language_and_says_no_hash),
        cmocka_unit_test(a_page_offers_what_its_scope_is_for_and_no_more),
        cmocka_unit_test(only_the_phone_that_shares_gets_the_script_and_sees_what_was_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
