/*
 * `amparo map info`: what a map file says of itself, as text or as JSON.
 */
#ifndef AMP_CLI_MAP_INFO_H
#define AMP_CLI_MAP_INFO_H

#include "base/json.h"
#include "map/map.h"

struct amp_count_row {
    const char *name;
    uint64_t n;
};

/* Appends all but the counts, which the caller has written: version, extent, sections, roads by
 * class, places by kind, languages, and what was left out. */
AMP_MUST amp_err amp_cli_map_info_text(const struct amp_map *map, struct amp_buf *out,
                                       struct amp_why *why);
/* The same as members of an open object. */
AMP_MUST amp_err amp_cli_map_info_json(const struct amp_map *map, struct amp_json *out,
                                       struct amp_why *why);

#endif
