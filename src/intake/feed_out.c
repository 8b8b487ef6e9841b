/* Atom out. */
#include "intake/feed_out.h"

#include "base/timefmt.h"
#include "intake/tree.h"

static void time_put(struct amp_buf *out, int64_t time_us)
{
    char text[AMP_TIME_TEXT];
    amp_time_text(time_us, text);
    amp_xml_element(out, "updated", amp_str_of(text));
}

static void link_put(struct amp_buf *out, const char *what, struct amp_str url)
{
    amp_buf_printf(out, "<link %s href=\"%.*s\"/>\n", what, (int)url.len, url.ptr);
}

void amp_feed_open(struct amp_buf *out, const struct amp_feed_head *head)
{
    amp_buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                      "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
    amp_xml_element(out, "id", head->url);
    link_put(out, "rel=\"self\"", head->url);
    amp_xml_element(out, "title", head->name);
    amp_buf_text(out, "<author>");
    amp_xml_element(out, "name", head->name);
    amp_buf_text(out, "</author>\n");
    time_put(out, head->updated_us);
}

void amp_feed_put(struct amp_buf *out, const struct amp_feed_item *item)
{
    amp_buf_text(out, "<entry>\n");
    amp_xml_element(out, "id", item->url);
    amp_xml_element(out, "title", item->title);
    time_put(out, item->updated_us);
    if (item->summary.len > 0) {
        amp_xml_element(out, "summary", item->summary);
    }
    link_put(out, "rel=\"alternate\" type=\"application/cap+xml\"", item->url);
    amp_buf_text(out, "</entry>\n");
}

void amp_feed_close(struct amp_buf *out)
{
    amp_buf_text(out, "</feed>\n");
}
