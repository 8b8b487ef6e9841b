/* Bytes of an input file or of memory, front to back, with progress told now and then. */
#include "map/osm_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static amp_err buf_reserve(struct amp_osm_source *src, size_t want)
{
    if (want <= src->buf_cap) {
        return AMP_OK;
    }
    free(src->buf); /* the old content is dead by contract */
    src->buf = malloc(want);
    src->buf_cap = src->buf ? want : 0;
    return src->buf ? AMP_OK : AMP_E_NOMEM;
}

static amp_err file_take(struct amp_osm_source *src, size_t want, struct amp_str *out,
                         struct amp_why *why)
{
    if (buf_reserve(src, want)) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory for %zu bytes of input", want);
    }
    size_t have = 0;
    while (have < want) {
        ssize_t got = read(src->fd, src->buf + have, want - have);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return amp_fail(why, AMP_E_IO, "reading failed at byte %llu: %s",
                            (unsigned long long)(src->offset + have), strerror(errno));
        }
        if (got == 0) {
            break;
        }
        have += (size_t)got;
    }
    *out = (struct amp_str){.ptr = (const char *)src->buf, .len = have};
    return AMP_OK;
}

amp_err amp_osm_source_take(struct amp_osm_source *src, size_t want, struct amp_str *out,
                            struct amp_why *why)
{
    if (src->mem) {
        uint64_t left = src->total - src->offset;
        size_t len = left < want ? (size_t)left : want;
        *out = (struct amp_str){.ptr = (const char *)src->mem + src->offset, .len = len};
    } else {
        amp_err err = file_take(src, want, out, why);
        if (err) {
            return err;
        }
    }
    src->offset += out->len;
    if (src->progress && src->offset - src->told >= AMP_OSM_PROGRESS_STEP) {
        src->told = src->offset;
        src->progress->tell(src->progress->ctx, "reading", src->offset, src->total);
    }
    return AMP_OK;
}

bool amp_osm_source_plausible(const struct amp_osm_source *src, uint64_t inflated)
{
    return inflated <= AMP_OSM_INFLATE_FREE || inflated / AMP_OSM_INFLATE_RATIO <= src->offset;
}

void amp_osm_source_finish(struct amp_osm_source *src)
{
    free(src->buf);
    src->buf = NULL;
    src->buf_cap = 0;
}
