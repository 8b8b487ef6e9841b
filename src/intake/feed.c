/* Entries of Atom and RSS, in one pass: a list may be long, and little of it is wanted. */
#include "intake/feed.h"

#include "base/xml.h"

#include <string.h>

#define ATOM "http://www.w3.org/2005/Atom|"
#define CAP  "application/cap+xml"

enum {
    ENTRY_DEPTH_ATOM = 2, /* feed, entry */
    ENTRY_DEPTH_RSS = 3   /* rss, channel, item */
};

struct reader {
    struct amp_arena *arena;
    struct amp_feed *feed;
    struct amp_why *why;
    bool atom, inside; /* inside an entry */
    unsigned depth;
    size_t space; /* bytes of the name space of the root, with the bar */
    struct amp_str cap, first, link, time;
};

/* Of the web, or said from where the list lies (RFC 3986, section 4.2); not a place in the list. */
static bool is_link(struct amp_str url)
{
    size_t at = 0;
    while (at < url.len && strchr(":/?#", url.ptr[at]) == NULL) {
        at++;
    }
    const bool scheme = at < url.len && url.ptr[at] == ':';
    return url.len > 0 && url.ptr[0] != '#' && url.ptr[0] != '\0' &&
           (!scheme || amp_str_starts(url, AMP_STR("https://")) ||
            amp_str_starts(url, AMP_STR("http://")));
}

/* An element of the list itself, not of a name space that is mixed in. */
static bool is(const struct reader *rd, const char *name, const char *local)
{
    const char *bar = strrchr(name, '|');
    const size_t space = bar != NULL ? (size_t)(bar - name) + 1 : 0;
    return space == rd->space && strcmp(name + space, local) == 0;
}

static struct amp_str attr(struct reader *rd, const char *const *attrs, const char *name)
{
    const char *value = amp_xml_attr(attrs, name);
    return value != NULL ? amp_arena_str(rd->arena, amp_str_trim(amp_str_of(value)))
                         : (struct amp_str){0};
}

/* Atom's <link href type>, and of RSS the <enclosure url type>. */
static void link_take(struct reader *rd, const char *const *attrs, const char *address)
{
    const struct amp_str url = attr(rd, attrs, address), type = attr(rd, attrs, "type");
    if (!is_link(url)) {
        return;
    }
    if (amp_str_is(type, CAP) && rd->cap.len == 0) {
        rd->cap = url;
    }
    if (rd->atom && rd->first.len == 0) {
        rd->first = url;
    }
}

static amp_err root_take(struct reader *rd, const char *name)
{
    const char *bar = strrchr(name, '|');
    rd->space = bar != NULL ? (size_t)(bar - name) + 1 : 0;
    rd->atom = strcmp(name, ATOM "feed") == 0;
    return rd->atom || strcmp(name + rd->space, "rss") == 0
               ? AMP_OK
               : amp_fail(rd->why, AMP_E_UNSUPPORTED, "this is neither Atom nor RSS");
}

static amp_err start(void *ctx, const char *name, const char *const *attrs)
{
    struct reader *rd = ctx;
    const unsigned entry = rd->atom ? ENTRY_DEPTH_ATOM : ENTRY_DEPTH_RSS;
    if (rd->depth++ == 0) {
        return root_take(rd, name);
    }
    if (rd->depth == entry && is(rd, name, rd->atom ? "entry" : "item")) {
        rd->inside = true;
        rd->cap = rd->first = rd->link = rd->time = (struct amp_str){0};
    } else if (rd->inside && rd->depth == entry + 1) {
        if (is(rd, name, rd->atom ? "link" : "enclosure")) {
            link_take(rd, attrs, rd->atom ? "href" : "url");
        }
    }
    return amp_arena_failed(rd->arena) ? AMP_E_NOMEM : AMP_OK;
}

static void entry_end(struct reader *rd)
{
    const struct amp_str url = rd->cap.len > 0 ? rd->cap : rd->first.len > 0 ? rd->first : rd->link;
    rd->inside = false;
    if (!is_link(url)) {
        return;
    }
    if (rd->feed->n == AMP_FEED_ENTRIES) {
        rd->feed->more++;
        return;
    }
    rd->feed->entry[rd->feed->n++] = (struct amp_feed_entry){url, rd->time};
}

static amp_err end(void *ctx, const char *name, struct amp_str text)
{
    struct reader *rd = ctx;
    const unsigned entry = rd->atom ? ENTRY_DEPTH_ATOM : ENTRY_DEPTH_RSS;
    if (rd->inside && rd->depth == entry) {
        entry_end(rd);
    } else if (rd->inside && rd->depth == entry + 1) {
        if (!rd->atom && rd->link.len == 0 && is(rd, name, "link")) {
            rd->link = amp_arena_str(rd->arena, amp_str_trim(text));
        } else if (rd->time.len == 0 && is(rd, name, rd->atom ? "updated" : "pubDate")) {
            rd->time = amp_arena_str(rd->arena, amp_str_trim(text));
        }
    }
    rd->depth--;
    return amp_arena_failed(rd->arena) ? AMP_E_NOMEM : AMP_OK;
}

amp_err amp_feed_read(struct amp_str bytes, struct amp_arena *arena, struct amp_feed *out,
                      struct amp_why *why)
{
    struct amp_feed feed = {.entry = amp_arena_array(arena, AMP_FEED_ENTRIES, sizeof *feed.entry)};
    struct reader rd = {.arena = arena, .feed = &feed, .why = why};
    const struct amp_xml_handler handler = {.ctx = &rd, .start = start, .end = end};
    amp_err err =
        feed.entry != NULL ? amp_xml_parse(bytes, AMP_FEED_BYTES, &handler, why) : AMP_E_NOMEM;
    if (err == AMP_OK) {
        *out = feed;
    }
    return err;
}
