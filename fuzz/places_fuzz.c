/* Fuzzes questions to the geocoder on a tiny map: the index answers like the scan of every name. */
#include "map/places.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char town_xml[] =
    "<osm version='0.6'><node id='1' lat='41.15' lon='-8.61'/><node id='2' lat='41.16' lon='-8.6'/>"
    "<node id='3' lat='41.151' lon='-8.61'><tag k='amenity' v='hospital'/>"
    "<tag k='name' v='Hospital de Santo António'/><tag k='alt_name' v='HSA;Santo Antonio'/></node>"
    "<node id='4' lat='41.152' lon='-8.61'><tag k='addr:street' v='Rua Augusta'/>"
    "<tag k='addr:housenumber' v='12-A;14'/></node>"
    "<node id='5' lat='41.15' lon='-8.62'><tag k='place' v='suburb'/><tag k='name' "
    "v='Baixa'/></node>"
    "<way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='residential'/>"
    "<tag k='name' v='Rua Augusta'/></way></osm>";

static struct amp_places *town_open(void)
{
    char path[] = "/tmp/amparo-fuzz-XXXXXX";
    struct amp_osm osm;
    struct amp_amap_writer *writer;
    struct amp_place_counts counts;
    static struct amp_amap *amap; /* stays open as long as the process */
    struct amp_places *places;
    int fd = mkstemp(path);
    if (fd < 0 || amp_osm_read_bytes(town_xml, strlen(town_xml), &osm, NULL) ||
        amp_amap_create(path, &writer, NULL) ||
        amp_places_build(&osm, NULL, writer, &counts, NULL) || amp_amap_commit(writer, NULL) ||
        amp_amap_open(path, &amap, NULL) || amp_places_open(amap, &places, NULL)) {
        abort();
    }
    amp_amap_abandon(writer);
    amp_osm_free(&osm);
    (void)close(fd);
    (void)unlink(path);
    return places;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct amp_places *places;
    places = places == NULL ? town_open() : places;
    struct amp_arena arena = amp_arena_make(64 << 20);
    struct amp_str query = {.ptr = (const char *)data, .len = size};
    struct amp_place *fast = NULL;
    struct amp_place *slow = NULL;
    size_t fast_n = 0;
    size_t slow_n = 0;
    amp_err err = amp_geocode(places, query, NULL, 10, &arena, &fast, &fast_n, NULL);
    amp_err slow_err = amp_geocode_slow(places, query, NULL, 10, &arena, &slow, &slow_n, NULL);
    assert(err == slow_err && fast_n == slow_n);
    for (size_t i = 0; i < fast_n; i++) {
        assert(amp_str_eq(fast[i].name, slow[i].name) && fast[i].score > 0);
    }
    amp_arena_drop(&arena);
    return 0;
}
