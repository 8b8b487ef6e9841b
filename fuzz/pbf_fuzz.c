/* Any bytes as an OSM PBF, and as the PrimitiveBlock inside of a well-formed one. */
#include "map/osm.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void number_put(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value | 0x80);
    at[1] = (uint8_t)(value >> 7 | 0x80);
    at[2] = (uint8_t)(value >> 14 & 0x7f);
}

static void extract_read(const uint8_t *data, size_t size)
{
    struct amp_osm osm;
    if (!amp_osm_read_bytes(data, size, &osm, NULL)) {
        amp_osm_free(&osm);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* a blob with an empty OSMHeader, then a BlobHeader whose size and a Blob whose length follow
     */
    static const char front[] = "\0\0\0\x0d\x0a\x09OSMHeader\x18\x02\x0a\0"
                                "\0\0\0\x0d\x0a\x07OSMData\x18???\x0a???";
    enum {
        LEN = sizeof front - 1
    };
    extract_read(data, size);
    uint8_t *file = size < 1 << 20 ? malloc(LEN + size) : NULL;
    if (file) {
        memcpy(file, front, LEN);
        number_put(file + LEN - 7, size + 4);
        number_put(file + LEN - 3, size);
        memcpy(file + LEN, size ? data : file, size);
        extract_read(file, LEN + size);
    }
    free(file);
    return 0;
}
