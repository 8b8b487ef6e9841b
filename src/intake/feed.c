/* Entries of Atom and RSS. */
#include "intake/feed.h"
#include "intake/tree.h"

#define ATOM "http://www.w3.org/2005/Atom"

static bool is_web(struct amp_str url)
{
    return amp_str_starts(url, AMP_STR("https://")) || amp_str_starts(url, AMP_STR("http://"));
}

static struct amp_str atom_link(const struct amp_node *entry)
{
    struct amp_str first = {0};
    for (const struct amp_node *link = amp_node_child(entry, "link"); link != NULL;
         link = amp_node_twin(link)) {
        struct amp_str href = amp_node_attr(link, "href");
        if (amp_str_is(amp_node_attr(link, "type"), "application/cap+xml") && is_web(href)) {
            return href;
        }
        first = first.len == 0 && is_web(href) ? href : first;
    }
    return first;
}

static void entry_add(struct amp_feed *feed, struct amp_str url, struct amp_str time)
{
    if (is_web(url) && feed->n < AMP_FEED_ENTRIES) {
        feed->entry[feed->n++] = (struct amp_feed_entry){url, time};
    }
}

amp_err amp_feed_read(struct amp_str bytes, struct amp_arena *arena, struct amp_feed *out,
                      struct amp_why *why)
{
    struct amp_node *root = NULL;
    struct amp_feed feed = {.entry = amp_arena_array(arena, AMP_FEED_ENTRIES, sizeof *feed.entry)};
    amp_err err = feed.entry != NULL ? amp_tree_read(bytes, arena, &root, why) : AMP_E_NOMEM;
    if (err != AMP_OK) {
        return err;
    }
    bool atom = amp_str_is(root->space, ATOM) && amp_str_is(root->name, "feed");
    const struct amp_node *item = atom ? amp_node_child(root, "entry")
                                  : amp_str_is(root->name, "rss")
                                      ? amp_node_child(amp_node_child(root, "channel"), "item")
                                      : NULL;
    if (!atom && !amp_str_is(root->name, "rss")) {
        return amp_fail(why, AMP_E_UNSUPPORTED, "this is neither Atom nor RSS");
    }
    for (; item != NULL; item = amp_node_twin(item)) {
        struct amp_str url = atom ? atom_link(item) : amp_node_text(amp_node_child(item, "link"));
        entry_add(&feed, url, amp_node_text(amp_node_child(item, atom ? "updated" : "pubDate")));
    }
    *out = feed;
    return AMP_OK;
}
