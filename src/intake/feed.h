/*
 * Lists of alerts: Atom (RFC 4287) and RSS 2.0, as weather services publish them.
 *
 * An entry says where its alert lies: in Atom the link of the type application/cap+xml, else its
 * first link; in RSS the <enclosure> of that type, else its <link>. An address may be relative to
 * the list's. Whether an entry is new is told by its address and what it says of its time
 * (<updated>, <pubDate>), together.
 */
#ifndef AMP_INTAKE_FEED_H
#define AMP_INTAKE_FEED_H

#include "base/arena.h"
#include "base/str.h"

enum {
    AMP_FEED_BYTES = 2 << 20,
    AMP_FEED_ENTRIES = 2048 /* of one list */
};

struct amp_feed_entry {
    struct amp_str url, time;
};
struct amp_feed {
    struct amp_feed_entry *entry;
    size_t n;
    size_t more; /* behind the last that there is room for */
};

/* AMP_E_SYNTAX: not well-formed; AMP_E_UNSUPPORTED: neither of the two (perhaps an alert itself).
 * Texts live in the arena. */
AMP_MUST amp_err amp_feed_read(struct amp_str bytes, struct amp_arena *arena, struct amp_feed *out,
                               struct amp_why *why);

#endif
