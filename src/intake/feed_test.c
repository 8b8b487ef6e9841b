/* Lists of alerts: where the alerts lie, by Atom and by RSS. */
#include "intake/feed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static amp_err read_text(const char *text, struct amp_arena *arena, struct amp_feed *out)
{
    return amp_feed_read(amp_str_of(text), arena, out, NULL);
}

static void an_atom_list_names_the_cap_link_of_each_entry(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 22);
    struct amp_feed feed = {0};
    assert_int_equal(read_text("<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title>"
                               "<entry><updated>t1</updated><link href='https://a/page'/>"
                               "<link type='application/cap+xml' href='https://a/1.cap'/></entry>"
                               "<entry><link href='https://a/2.cap'/></entry>"
                               "<entry><link href='javascript:x'/></entry><entry/></feed>",
                               &arena, &feed),
                     AMP_OK);
    assert_int_equal(feed.n, 2);
    assert_true(amp_str_is(feed.entry[0].url, "https://a/1.cap"));
    assert_true(amp_str_is(feed.entry[0].time, "t1"));
    assert_true(amp_str_is(feed.entry[1].url, "https://a/2.cap"));
    amp_arena_drop(&arena);
}

static void an_rss_list_names_the_link_of_each_item(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 22);
    struct amp_feed feed = {0};
    assert_int_equal(read_text("<rss version='2.0'><channel><link>https://a</link><item>"
                               "<link> https://a/1 </link><pubDate>t</pubDate></item></channel>"
                               "</rss>",
                               &arena, &feed),
                     AMP_OK);
    assert_int_equal(feed.n, 1);
    assert_true(amp_str_is(feed.entry[0].url, "https://a/1"));
    amp_arena_drop(&arena);
}

static void what_is_no_list_is_said_to_be_none(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 22);
    struct amp_feed feed = {0};
    assert_int_equal(read_text("<alert/>", &arena, &feed), AMP_E_UNSUPPORTED);
    assert_int_equal(read_text("<rss", &arena, &feed), AMP_E_SYNTAX);
    assert_int_equal(read_text("<rss/>", &arena, &feed), AMP_OK);
    assert_int_equal(feed.n, 0);
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_atom_list_names_the_cap_link_of_each_entry),
        cmocka_unit_test(an_rss_list_names_the_link_of_each_item),
        cmocka_unit_test(what_is_no_list_is_said_to_be_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
