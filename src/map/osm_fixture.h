/* For tests only: extracts made by hand in PBF, and a model as text to compare. */
#ifndef AMP_MAP_OSM_FIXTURE_H
#define AMP_MAP_OSM_FIXTURE_H

#include "base/buf.h"
#include "map/osm.h"

/* Protobuf by hand. */
void fixture_varint(struct amp_buf *buf, uint32_t field, uint64_t value);
void fixture_zigzag(struct amp_buf *buf, int64_t value); /* without a key, for packed fields */
void fixture_bytes(struct amp_buf *buf, uint32_t field, const void *data, size_t len);
void fixture_buf(struct amp_buf *buf, uint32_t field, struct amp_buf *inner); /* frees inner */

/* A blob, raw, or as zlib with the inflated size it claims (0: the true one). */
void fixture_blob_raw(struct amp_buf *file, const char *type, const struct amp_buf *content);
void fixture_blob_zlib(struct amp_buf *file, const char *type, const struct amp_buf *content,
                       uint64_t claimed_size);
/* An OSMHeader blob with one required feature. */
void fixture_header(struct amp_buf *file, const char *feature);

/* Every object in order, one a line: "n7 -20.1 36.5 name=Rua\n", "w3 1,2,3 highway=primary\n". */
struct amp_buf fixture_dump(const struct amp_osm *osm);
/* The content of a whole file. */
struct amp_buf fixture_file(const char *path);
/* A path under the test's own temporary folder; good until the next call. */
const char *fixture_path(const char *name);

#endif
