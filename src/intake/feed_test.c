/* Lists of alerts: where the alerts lie, by Atom and by RSS. */
#include "intake/feed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/buf.h"

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
                               "<entry><link href='javascript:x'/></entry><entry/>"
                               "<entry><link href='#top'/><link href=''/><link href='3.cap'/>"
                               "</entry><entry><link href='mailto:a@b'/><link href='//c/4?x:y'/>"
                               "</entry></feed>",
                               &arena, &feed),
                     AMP_OK);
    assert_int_equal(feed.n, 4);
    assert_true(amp_str_is(feed.entry[0].url, "https://a/1.cap"));
    assert_true(amp_str_is(feed.entry[0].time, "t1"));
    assert_true(amp_str_is(feed.entry[1].url, "https://a/2.cap"));
    assert_true(amp_str_is(feed.entry[2].url, "3.cap")); /* relative to the list's */
    assert_true(amp_str_is(feed.entry[3].url, "//c/4?x:y"));
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

static void an_enclosure_that_is_cap_counts_more_than_the_page_of_an_item(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 22);
    struct amp_feed feed = {0};
    assert_int_equal(
        read_text("<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel>"
                  "<atom:link href='https://a/self'/><item><atom:link href='https://a/no'/>"
                  "<link>https://a/page</link><enclosure url='https://a/sound' type='audio/mpeg'/>"
                  "<enclosure url='https://a/1.cap' type='application/cap+xml'/></item>"
                  "<item><media:x xmlns:media='urn:m'><link>https://a/deep</link></media:x>"
                  "<link><![CDATA[https://a/2]]></link></item></channel></rss>",
                  &arena, &feed),
        AMP_OK);
    assert_int_equal(feed.n, 2);
    assert_true(amp_str_is(feed.entry[0].url, "https://a/1.cap"));
    assert_true(amp_str_is(feed.entry[1].url, "https://a/2"));
    amp_arena_drop(&arena);
}

/* As long as the lists of whole countries are. */
static void a_long_list_is_read_and_what_is_beyond_is_counted(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_feed feed = {0};
    struct amp_buf text = amp_buf_make(AMP_FEED_BYTES);
    amp_buf_text(&text, "<feed xmlns='http://www.w3.org/2005/Atom'>");
    for (int i = 0; i < AMP_FEED_ENTRIES + 3; i++) {
        amp_buf_printf(&text,
                       "<entry><id>%d</id><title>Flood &amp; wind</title><summary>The river rises "
                       "by the hour.</summary><author><name>met</name></author><updated>t%d"
                       "</updated><link href='https://a.example/%d.cap'/></entry>",
                       i, i, i);
    }
    amp_buf_text(&text, "</feed>");
    assert_true(text.len > 256 << 10);
    assert_int_equal(amp_feed_read(amp_buf_view(&text), &arena, &feed, NULL), AMP_OK);
    assert_int_equal(feed.n, AMP_FEED_ENTRIES);
    assert_int_equal(feed.more, 3);
    assert_true(amp_str_is(feed.entry[2000].url, "https://a.example/2000.cap"));
    assert_true(amp_str_is(feed.entry[2000].time, "t2000"));
    amp_buf_free(&text);
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
        cmocka_unit_test(an_enclosure_that_is_cap_counts_more_than_the_page_of_an_item),
        cmocka_unit_test(a_long_list_is_read_and_what_is_beyond_is_counted),
        cmocka_unit_test(what_is_no_list_is_said_to_be_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
