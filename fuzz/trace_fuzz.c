/* Any bytes as a trace, matched to a tiny map: each report is told once, in order. */
#include "map/map.h"
#include "map/trace.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char town_xml[] =
    "<osm version='0.6'><node id='1' lat='10' lon='10'/><node id='2' lat='10' lon='10.01'/>"
    "<node id='3' lat='10.01' lon='10.01'/><node id='4' lat='10.01' lon='10'/>"
    "<way id='1'><nd ref='1'/><nd ref='2'/><nd ref='3'/><tag k='highway' v='residential'/></way>"
    "<way id='2'><nd ref='3'/><nd ref='4'/><tag k='highway' v='primary'/>"
    "<tag k='oneway' v='yes'/></way>"
    "<way id='3'><nd ref='4'/><nd ref='1'/><tag k='highway' v='primary'/></way></osm>";

static struct amp_roads *roads_make(void)
{
    char path[] = "/tmp/amparo-fuzz-XXXXXX";
    struct amp_osm osm;
    struct amp_amap_writer *writer;
    struct amp_road_counts counts;
    static struct amp_amap *amap; /* stays open as long as the process */
    struct amp_roads *roads;
    int fd = mkstemp(path);
    if (fd < 0 || amp_osm_read_bytes(town_xml, strlen(town_xml), &osm, NULL) ||
        amp_amap_create(path, &writer, NULL) ||
        amp_roads_build(&osm, NULL, writer, &counts, NULL) || amp_amap_commit(writer, NULL) ||
        amp_amap_open(path, &amap, NULL) || amp_roads_open(amap, &roads, NULL)) {
        abort();
    }
    amp_amap_abandon(writer);
    amp_osm_free(&osm);
    (void)close(fd);
    (void)unlink(path);
    return roads;
}

static amp_err told(void *ctx, const struct amp_matched *matched)
{
    size_t *n = ctx;
    assert(matched->index == *n);
    assert(amp_pos_valid(matched->at.lat_e7, matched->at.lon_e7));
    assert(matched->state != AMP_MATCH_ON || matched->confidence <= 1 + 1e-9);
    (*n)++;
    return AMP_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct amp_roads *roads;
    static struct amp_metric *metric;
    if (roads == NULL) {
        roads = roads_make();
        if (amp_metric_create(roads, AMP_PROFILE_AMBULANCE, NULL, 0, &metric, NULL)) {
            abort();
        }
    }
    struct amp_arena arena = amp_arena_make(16 << 20);
    struct amp_trace trace;
    struct amp_matcher *matcher = NULL;
    size_t n = 0, pushed = 0;
    struct amp_match_sink sink = {&n, told};
    struct amp_str text = {.ptr = (const char *)data, .len = size};
    if (amp_trace_read(text, &arena, &trace, NULL) == AMP_OK) {
        if (amp_matcher_create(roads, metric, &sink, &matcher)) {
            abort();
        }
        for (size_t i = 0; i < trace.n; i++) {
            pushed += amp_matcher_push(matcher, &trace.fix[i]) == AMP_OK ? 1 : 0;
        }
        assert(amp_matcher_finish(matcher) == AMP_OK);
        assert(pushed == trace.n && n == trace.n);
        amp_matcher_destroy(matcher);
    }
    amp_arena_drop(&arena);
    return 0;
}
