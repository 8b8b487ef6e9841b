/* Vector tiles and what the map covers. Tiles are made by a worker and sent as gzip. */
#include "server/api.h"
#include "server/pack.h"
#include "server/zone.h"
#include <stdio.h>
#include <string.h>

static uint64_t bytes_hash(const struct amp_buf *buf)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < buf->len; i++) {
        hash = (hash ^ (unsigned char)buf->data[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

struct tile { /* what a worker needs */
    uint32_t z, x, y;
};

static void tile_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    const struct tile *at = job->data;
    struct amp_buf tile = amp_buf_make(AMP_TILE_BYTES);
    char etag[AMP_JOB_TEXT];
    (void)server;
    amp_err err = amp_tile_make(scratch->map->tiles, at->z, at->x, at->y, &tile);
    err = err == AMP_OK ? amp_buf_err(&tile) : err;
    if (err != AMP_OK) {
        amp_job_problem(job, err, NULL);
    } else if (tile.len == 0) {
        job->status = 204;
    } else {
        (void)snprintf(etag, sizeof etag, "\"%016llx\"", (unsigned long long)bytes_hash(&tile));
        bool same = amp_str_is(amp_str_of(job->etag), etag);
        memcpy(job->etag, etag, sizeof job->etag);
        job->status = same ? 304 : 200;
        job->type = "application/vnd.mapbox-vector-tile";
        job->compressed = !same && job->gzip;
        if (job->compressed) {
            err = amp_pack(&tile, &job->out);
        } else if (!same) {
            amp_buf_put(&job->out, tile.data, tile.len);
        }
        if (err != AMP_OK) {
            amp_job_problem(job, err, NULL);
        }
    }
    amp_buf_free(&tile);
}

void amp_api_tile(struct amp_server *server, struct amp_job *job)
{
    uint64_t at[3] = {0};
    struct amp_why why = {""};
    if (!amp_api_map_there(server, job)) {
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        if (amp_str_u64(job->param[i], &at[i]) != AMP_OK || at[i] >= 1U << AMP_TILE_Z_MAX) {
            (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no such tile");
            amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
            return;
        }
    }
    struct tile *tile = amp_arena_alloc(&job->arena, sizeof *tile);
    if (tile == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    *tile = (struct tile){(uint32_t)at[0], (uint32_t)at[1], (uint32_t)at[2]};
    job->data = tile;
    amp_core_work(server, job, tile_work);
}

void amp_api_map_write(struct amp_json *js, struct amp_server *server)
{
    enum {
        DECIMALS = 7,
        E7 = 10000000
    };
    struct amp_box box = amp_tiles_box(server->config.map->tiles);
    const double side[4] = {box.west_e7 / (double)E7, box.south_e7 / (double)E7,
                            box.east_e7 / (double)E7, box.north_e7 / (double)E7};
    struct amp_pos center = amp_pos_between((struct amp_pos){box.south_e7, box.west_e7},
                                            (struct amp_pos){box.north_e7, box.east_e7}, 0.5);
    char version[AMP_MAP_VERSION_TEXT];
    amp_map_version(server->config.map, version);
    amp_json_text_of(js, "version", version);
    amp_json_key(js, "bounds");
    amp_json_open(js, '[');
    for (size_t i = 0; i < 4; i++) {
        amp_json_put_double(js, side[i], DECIMALS);
    }
    amp_json_close(js, ']');
    amp_json_key(js, "center");
    amp_json_open(js, '[');
    amp_json_put_double(js, amp_lon_deg(center), DECIMALS);
    amp_json_put_double(js, amp_lat_deg(center), DECIMALS);
    amp_json_close(js, ']');
    amp_json_text_of(js, "attribution", "\xc2\xa9 OpenStreetMap contributors");
    char now[AMP_WHEN_TEXT], roads_at[AMP_WHEN_TEXT];
    struct amp_when when = amp_map_now(server);
    amp_when_text(&when, now);
    amp_json_text_of(js, "timezone", server->config.timezone);
    amp_json_text_of(js, "local_time", when.known ? now : NULL);
    when = amp_roads_hour(server->config.map->roads);
    amp_when_text(&when, roads_at);
    amp_json_text_of(js, "roads_at", when.known ? roads_at : NULL);
}

void amp_api_map(struct amp_server *server, struct amp_job *job)
{
    if (!amp_api_map_there(server, job)) {
        return;
    }
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_api_map_write(&js, server);
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}
