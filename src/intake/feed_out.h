/* A list of messages for others, as Atom (RFC 4287), the way feed.h reads it. */
#ifndef AMP_INTAKE_FEED_OUT_H
#define AMP_INTAKE_FEED_OUT_H

#include "base/buf.h"

struct amp_feed_head {
    struct amp_str url; /* its own, which is its id, too: nothing in it needs to be escaped */
    struct amp_str name;
    int64_t updated_us;
};
struct amp_feed_item {
    struct amp_str url;            /* the same */
    struct amp_str title, summary; /* the summary may be empty */
    int64_t updated_us;
};

void amp_feed_open(struct amp_buf *out, const struct amp_feed_head *head);
void amp_feed_put(struct amp_buf *out, const struct amp_feed_item *item);
void amp_feed_close(struct amp_buf *out);

#endif
