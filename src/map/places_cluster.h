/* Which things of one name belong together: connected by closeness. Inside of places. */
#ifndef AMP_MAP_PLACES_CLUSTER_H
#define AMP_MAP_PLACES_CLUSTER_H

#include "base/buf.h"
#include "base/geo.h"

struct amp_pl_item {
    uint32_t key;              /* offset of a terminated text in keys */
    uint32_t pos_first, pos_n; /* its positions */
    uint32_t source;           /* whatever the caller clusters */
    uint32_t cluster;          /* result */
};

/* Items of one key whose positions lie within about 1 to 2 cells of each other get one cluster
 * number. Leaves items ordered by key, cluster and source. */
amp_err amp_pl_cluster(struct amp_buf *items, const struct amp_buf *keys,
                       const struct amp_buf *positions, uint32_t cell_e7);

/* The position, of those of items [first, end), that is nearest to their middle; and their box. */
struct amp_pos amp_pl_middle(const struct amp_pl_item *first, const struct amp_pl_item *end,
                             const struct amp_pos *positions, struct amp_box *out_box);

#endif
