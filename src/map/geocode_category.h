/*
 * Kinds of places as one asks for them ("hospital", "farmácia", "kituo cha mafuta").
 *
 * The kinds are those of map/kinds.h, that is, of the tags amenity, shop, emergency, healthcare and
 * the like. Source: OSM wiki, Map features.
 */
#ifndef AMP_MAP_GEOCODE_CATEGORY_H
#define AMP_MAP_GEOCODE_CATEGORY_H

#include <stddef.h>

struct amp_category {
    const char *phrase; /* folded */
    const char *kind;
};
const struct amp_category *amp_categories(size_t *out_n);

#endif
