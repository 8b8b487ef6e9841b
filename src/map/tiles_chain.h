/* Joining ways end to end: rings of multipolygons, long lines of streets. Inside of tiles. */
#ifndef AMP_MAP_TILES_CHAIN_H
#define AMP_MAP_TILES_CHAIN_H

#include "base/buf.h"
#include "map/osm.h"

struct amp_chain {
    uint32_t node_first, node_n; /* into the nodes; a closed one does not repeat its first node */
    bool closed;
};

struct amp_chains {
    struct amp_buf node;  /* uint32_t: node indexes of the extract */
    struct amp_buf chain; /* struct amp_chain */
};

struct amp_chains amp_chains_make(void);
void amp_chains_free(struct amp_chains *chains);

/* Join ways where ends meet, and append the chains. directed: no way is turned round. */
amp_err amp_chains_join(const struct amp_osm *osm, const uint32_t *way, size_t way_n, bool directed,
                        struct amp_chains *out);
/* Close what is still open (an extract cuts rivers off): chains from `first` on are joined by their
 * nearest ends until each is closed. */
amp_err amp_chains_close(const struct amp_osm *osm, struct amp_chains *chains, size_t first);

#endif
