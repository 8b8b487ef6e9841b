/*
 * How long a tile takes, zoom by zoom, on a map of any size, where there is something to draw.
 *
 * usage: tiles_bench MAP.amap. CPU time of one thread, so that a busy machine does not count.
 */
#include "base/chance.h"
#include "map/tiles_form.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    TILES = 300, /* of each zoom */
    Z_MAX = 18,
    NS_PER_S = 1000000000,
    NS_PER_US = 1000
};

static int64_t cpu_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

struct zoom {
    int64_t took_ns[TILES];
    size_t greatest, found;
};

/* The tile around a feature drawn by lot, so that towns are asked for more often than fields. */
static amp_err tile_time(const struct amp_tiles *tiles, uint32_t z, struct amp_chance *chance,
                         struct zoom *out)
{
    const struct amp_tl_feature *feature =
        &tiles->feature[amp_chance_below(chance, (uint32_t)tiles->feature_n)];
    uint32_t x = z > 0 ? feature->bounds.x0 >> (32 - z) : 0;
    uint32_t y = z > 0 ? feature->bounds.y0 >> (32 - z) : 0;
    struct amp_buf tile = amp_buf_make(AMP_TILE_BYTES);
    int64_t begin = cpu_ns();
    amp_err err = amp_tile_make(tiles, z, x, y, &tile);
    out->took_ns[out->found++] = cpu_ns() - begin;
    out->greatest = tile.len > out->greatest ? tile.len : out->greatest;
    amp_buf_free(&tile);
    return err;
}

static amp_err zoom_time(const struct amp_tiles *tiles, uint32_t z, struct amp_chance *chance)
{
    struct zoom zoom = {.found = 0};
    size_t refused = 0;
    for (int i = 0; i < TILES; i++) {
        amp_err err = tile_time(tiles, z, chance, &zoom);
        refused += err == AMP_E_LIMIT;
        if (err != AMP_OK && err != AMP_E_LIMIT) {
            return err;
        }
    }
    qsort(zoom.took_ns, zoom.found, sizeof zoom.took_ns[0], ascending);
    (void)printf("  z%-2" PRIu32 " P50 %8.1f us  P99 %9.1f us  worst %9.1f us  greatest %8zu bytes"
                 "  over the limit %zu\n",
                 z, (double)zoom.took_ns[TILES / 2] / NS_PER_US,
                 (double)zoom.took_ns[TILES * 99 / 100] / NS_PER_US,
                 (double)zoom.took_ns[TILES - 1] / NS_PER_US, zoom.greatest, refused);
    return AMP_OK;
}

int main(int argc, char **argv)
{
    struct amp_amap *amap = NULL;
    struct amp_tiles *tiles = NULL;
    struct amp_why why = {""};
    if (argc != 2) {
        (void)fprintf(stderr, "usage: tiles_bench MAP.amap\n");
        return 2;
    }
    int64_t begin = cpu_ns();
    amp_err err = amp_amap_open(argv[1], &amap, &why);
    err = err ? err : amp_tiles_open(amap, &tiles, &why);
    if (err) {
        amp_amap_close(amap);
        (void)fprintf(stderr, "tiles_bench: %s\n", why.text);
        return 1;
    }
    (void)printf("%s: %.2f s of CPU to open and check, %zu features, %zu vertices\n", argv[1],
                 (double)(cpu_ns() - begin) / NS_PER_S, tiles->feature_n, tiles->vertex_n);
    struct amp_chance chance = {.state = 1};
    for (uint32_t z = 0; z <= Z_MAX && !err && tiles->feature_n > 0; z++) {
        err = zoom_time(tiles, z, &chance);
    }
    amp_tiles_close(tiles);
    amp_amap_close(amap);
    return err ? 1 : 0;
}
