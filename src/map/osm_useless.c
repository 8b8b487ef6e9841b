/* Keys of tags that no map can use: where data came from, what mappers tell each other, the web. */
#include "map/osm_build.h"

#include <string.h>
#include <strings.h>

/* In any case of letters; keys that begin like a row with a colon at its end are useless too. */
static const char *const useless[] = {"KSJ2:",
                                      "attribution",
                                      "brand:wikidata",
                                      "brand:wikipedia",
                                      "canvec:",
                                      "check_date",
                                      "check_date:",
                                      "contact:",
                                      "created_by",
                                      "email",
                                      "fax",
                                      "fixme",
                                      "fixme:",
                                      "geobase:",
                                      "gnis:",
                                      "image",
                                      "import",
                                      "import_uuid",
                                      "mapillary",
                                      "mapillary:",
                                      "note",
                                      "note:",
                                      "opening_hours",
                                      "opening_hours:",
                                      "operator:wikidata",
                                      "operator:wikipedia",
                                      "osak:",
                                      "payment:",
                                      "roof:",
                                      "source",
                                      "source:",
                                      "source_ref",
                                      "subject:wikidata",
                                      "survey:date",
                                      "tiger:",
                                      "url",
                                      "website",
                                      "wikidata",
                                      "wikimedia_commons",
                                      "wikipedia",
                                      "wikipedia:",
                                      "yh:"};

bool amp_osm_key_useless(const char *key)
{
    if (strcmp(key, "source:maxspeed") == 0) {
        return false; /* "PT:urban": in many places the only word on the limit */
    }
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++) {
        size_t len = strlen(useless[i]);
        bool prefix = useless[i][len - 1] == ':';
        if (prefix ? strncmp(key, useless[i], len) == 0 : strcasecmp(key, useless[i]) == 0) {
            return true;
        }
    }
    return false;
}
