/*
 * Places while they are built: what the collectors hand to the index. Inside of places.
 *
 * A draft's texts are offsets into `text`, the blob that becomes "pltext". Buffers hold plain
 * arrays of the struct named beside them.
 */
#ifndef AMP_MAP_PLACES_DRAFT_H
#define AMP_MAP_PLACES_DRAFT_H

#include "map/kinds.h"
#include "map/places_form.h"

struct amp_pl_draft {
    struct amp_pos pos;
    uint32_t name;
    uint32_t alias_first, alias_n; /* into alias: other spellings; the name is one itself */
    uint16_t kind;
    uint8_t importance;
    uint8_t flags;
};

struct amp_pl_street { /* a street's folded name, for its house numbers */
    uint32_t key;
    uint32_t draft;
    struct amp_box box;
};

struct amp_pl_drafts {
    const struct amp_osm *osm;
    struct amp_kinds *kinds;
    struct amp_buf text;     /* bytes */
    struct amp_buf draft;    /* struct amp_pl_draft */
    struct amp_buf alias;    /* uint32_t: texts */
    struct amp_buf kind;     /* uint32_t: texts */
    struct amp_buf address;  /* struct amp_pl_address: street is a draft */
    struct amp_buf keys;     /* bytes: folded names, terminated */
    struct amp_buf street;   /* struct amp_pl_street */
    struct amp_buf cross;    /* struct amp_pl_cross: a and b are drafts */
    struct amp_buf milepost; /* struct amp_pl_milepost */
    struct amp_buf region;   /* struct amp_pl_region: place is a draft */
    struct amp_areas_draft *areas;
    bool reckoned;       /* house numbers being put come from an interpolation way */
    uint32_t *text_of;   /* of each text of the extract: its offset + 1, or 0 */
    uint32_t *way_draft; /* of each way: its street's draft, or none */
};

static inline struct amp_pl_draft *amp_pl_draft_at(const struct amp_pl_drafts *d, size_t i)
{
    return (struct amp_pl_draft *)(void *)d->draft.data + i;
}

static inline size_t amp_pl_draft_n(const struct amp_pl_drafts *d)
{
    return d->draft.len / sizeof(struct amp_pl_draft);
}

uint32_t amp_pl_put_text(struct amp_pl_drafts *d, struct amp_str text);
uint32_t amp_pl_put_osm_text(struct amp_pl_drafts *d, uint32_t number); /* once for each text */
uint16_t amp_pl_put_kind(struct amp_pl_drafts *d, const char *name);
/* Append the aliases that tags [first, end) give; "a;b" are two. */
void amp_pl_put_aliases(struct amp_pl_drafts *d, uint32_t first, uint32_t end, bool brands);

/* The folded words of a name with a blank between, appended to d->keys; its offset. */
uint32_t amp_pl_put_key(struct amp_pl_drafts *d, struct amp_str name);

amp_err amp_pl_collect_pois(struct amp_pl_drafts *d);
amp_err amp_pl_collect_streets(struct amp_pl_drafts *d);
/* After the streets: house numbers find theirs by name and closeness, or make one. */
amp_err amp_pl_collect_addresses(struct amp_pl_drafts *d);
amp_err amp_pl_collect_postcodes(struct amp_pl_drafts *d);
amp_err amp_pl_collect_regions(struct amp_pl_drafts *d);
/* After the streets. */
amp_err amp_pl_collect_crossings(struct amp_pl_drafts *d);
amp_err amp_pl_collect_mileposts(struct amp_pl_drafts *d);

/* Several closed rings from the member ways of a relation: node numbers, one ring after another;
 * false if the extract does not hold all of them. Each ring goes to use. */
typedef amp_err (*amp_pl_ring_use)(void *ctx, const uint32_t *node, size_t n);
amp_err amp_pl_rings(const struct amp_osm *osm, uint32_t rel, amp_pl_ring_use use, void *ctx,
                     bool *out_whole);

#endif
