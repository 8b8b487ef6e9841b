/* Any bytes as an OSM extract in XML, and packed with gzip if they look so. */
#include "map/osm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_osm osm;
    if (!amp_osm_read_bytes(data, size, &osm, NULL)) {
        amp_osm_free(&osm);
    }
    return 0;
}
