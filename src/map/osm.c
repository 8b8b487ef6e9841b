/* The extract in memory: which format a file has, and look-ups in what was read. */
#include "map/osm.h"
#include "map/dropped.h"
#include "map/osm_build.h"
#include "map/osm_hash.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void amp_osm_free(struct amp_osm *osm)
{
    if (!osm) {
        return;
    }
    free(osm->text_data);
    free(osm->text_first);
    free(osm->text_slot);
    free(osm->node_ids.wide);
    free(osm->node_ids.base);
    free(osm->node_ids.offset);
    free(osm->node_pos);
    free(osm->node_marks.has);
    free(osm->node_marks.rank);
    free(osm->node_marks.first);
    free(osm->way_id);
    free(osm->way_tag_first);
    free(osm->way_ref_first);
    free(osm->way_ref);
    free(osm->way_gap);
    free(osm->rel_id);
    free(osm->rel_tag_first);
    free(osm->rel_member_first);
    free(osm->rel_member);
    free(osm->tag);
    free(osm->dropped);
    *osm = (struct amp_osm){0};
}

void amp_osm_shed(struct amp_osm *osm)
{
    struct amp_map_dropped *dropped = osm->dropped;
    osm->dropped = NULL;
    amp_osm_free(osm);
    osm->dropped = dropped;
}

const char *amp_osm_text(const struct amp_osm *osm, uint32_t number)
{
    assert(number < osm->text_n);
    return osm->text_data + osm->text_first[number];
}

uint32_t amp_osm_find_text(const struct amp_osm *osm, const char *text)
{
    if (osm->text_slot_n == 0) {
        return AMP_OSM_ABSENT;
    }
    uint32_t mask = osm->text_slot_n - 1;
    uint32_t at = (uint32_t)amp_osm_hash(amp_str_of(text)) & mask;
    while (osm->text_slot[at] != 0) {
        uint32_t number = osm->text_slot[at] - 1;
        if (strcmp(amp_osm_text(osm, number), text) == 0) {
            return number;
        }
        at = (at + 1) & mask;
    }
    return AMP_OSM_ABSENT;
}

const char *amp_osm_value(const struct amp_osm *osm, uint32_t first, uint32_t end, uint32_t key)
{
    for (uint32_t i = first; i < end; i++) {
        if (osm->tag[i].key == key) {
            return amp_osm_text(osm, osm->tag[i].value);
        }
    }
    return NULL;
}

bool amp_osm_way_gap(const struct amp_osm *osm, uint32_t ref)
{
    uint32_t low = 0, high = osm->way_gap_n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (osm->way_gap[mid] < ref) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < osm->way_gap_n && osm->way_gap[low] == ref;
}

const char *amp_osm_way_value(const struct amp_osm *osm, uint32_t way, uint32_t key)
{
    assert(way < osm->way_n);
    return amp_osm_value(osm, osm->way_tag_first[way], osm->way_tag_first[way + 1], key);
}

const char *amp_osm_rel_value(const struct amp_osm *osm, uint32_t rel, uint32_t key)
{
    assert(rel < osm->rel_n);
    return amp_osm_value(osm, osm->rel_tag_first[rel], osm->rel_tag_first[rel + 1], key);
}

/* What the first bytes say: a PBF starts with a big-endian length, and a small one. */
static bool head_is_pbf(const char *head, size_t len)
{
    return len == AMP_OSM_HEAD && head[0] == 0;
}

static bool head_is_xml(const char *head, size_t len)
{
    bool gzip = len >= 2 && (uint8_t)head[0] == 0x1f && (uint8_t)head[1] == 0x8b;
    bool mark = len >= 3 && (uint8_t)head[0] == 0xef && (uint8_t)head[1] == 0xbb;
    bool text = len >= 1 && (head[0] == '<' || head[0] == ' ' || head[0] == '\n' ||
                             head[0] == '\r' || head[0] == '\t');
    return gzip || mark || text;
}

/* Files that people have and that are not read here: what to do about each. */
static const struct {
    const char *magic;
    size_t len;
    const char *advice;
} foreign[] = {
    {"BZh", 3, "the file is packed with bzip2: unpack it first (bunzip2), or take the .osm.pbf"},
    {"\xfd"
     "7zX",
     4, "the file is packed with xz: unpack it first (unxz), or take the .osm.pbf"},
    {"\x28\xb5\x2f\xfd", 4, "the file is packed with zstd: unpack it first (unzstd)"},
    {"PK\3\4", 4, "the file is a zip archive: unpack it first"},
    {"\xff\xe0", 2, "the file is an .o5m: convert it (osmium cat -o OUT.osm.pbf)"},
    {"AMAP", 4, "the file is a map already, not an extract to make one from"},
};

static amp_err head_refuse(const char *head, size_t len, struct amp_why *why)
{
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (len >= foreign[i].len && memcmp(head, foreign[i].magic, foreign[i].len) == 0) {
            return amp_fail(why, AMP_E_UNSUPPORTED, "%s", foreign[i].advice);
        }
    }
    return amp_fail(why, AMP_E_UNSUPPORTED,
                    "this is neither an .osm.pbf nor an .osm (XML) nor an .osm.gz file");
}

/* Positions that stand on ways only are not read: better to say so than to make a map of the few
 * ways whose nodes have tags. */
static amp_err nodes_check(const struct amp_osm *osm, bool located, struct amp_why *why)
{
    if (!located || osm->counts.refs_absent <= osm->way_ref_first[osm->way_n]) {
        return AMP_OK;
    }
    return amp_fail(why, AMP_E_UNSUPPORTED,
                    "the ways carry their positions (LocationsOnWays) and most of their nodes are "
                    "not in the file: make the extract with its nodes");
}

static amp_err format_read(struct amp_osm_source *src, struct amp_str head,
                           struct amp_osm_builder *bld, struct amp_why *why)
{
    if (head_is_pbf(head.ptr, head.len)) {
        return amp_pbf_read(src, head, bld, why);
    }
    return head_is_xml(head.ptr, head.len) ? amp_osmxml_read(src, head, bld, why)
                                           : head_refuse(head.ptr, head.len, why);
}

static amp_err builder_end(struct amp_osm_builder *bld, struct amp_osm *out, struct amp_why *why)
{
    struct amp_osm osm = {0};
    bool located = bld->located;
    amp_err err = amp_osm_builder_finish(bld, &osm);
    if (err) {
        return amp_fail(why, err, "putting the extract together: %s", amp_err_words(err));
    }
    err = nodes_check(&osm, located, why);
    if (err) {
        amp_osm_free(&osm);
        return err;
    }
    *out = osm;
    return AMP_OK;
}

static amp_err source_read(struct amp_osm_source *src, bool every_tag, struct amp_osm *out,
                           struct amp_why *why)
{
    char bytes[AMP_OSM_HEAD] = {0};
    struct amp_str view;
    amp_err err = amp_osm_source_take(src, AMP_OSM_HEAD, &view, why);
    if (err) {
        return err;
    }
    if (view.len == 0) {
        return amp_fail(why, AMP_E_SYNTAX, "the map file is empty");
    }
    memcpy(bytes, view.ptr, view.len);
    struct amp_osm_builder bld;
    amp_osm_builder_init(&bld);
    bld.every_tag = every_tag;
    bld.osm.dropped = calloc(1, sizeof *bld.osm.dropped);
    if (!bld.osm.dropped) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory");
    }
    err = format_read(src, (struct amp_str){.ptr = bytes, .len = view.len}, &bld, why);
    amp_osm_source_finish(src); /* what was read is not needed any more */
    if (!err) {
        err = builder_end(&bld, out, why);
    }
    amp_osm_builder_free(&bld);
    return err;
}

amp_err amp_osm_read_bytes(const void *data, size_t len, struct amp_osm *out, struct amp_why *why)
{
    struct amp_osm_source src = {.mem = data, .fd = -1, .total = len};
    if (!data) {
        src.mem = (const uint8_t *)"";
    }
    amp_err err = source_read(&src, false, out, why);
    amp_osm_source_finish(&src);
    return err;
}

static amp_err file_read(const char *path, const struct amp_progress *progress, bool every_tag,
                         struct amp_osm *out, struct amp_why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return amp_fail(why, errno == ENOENT ? AMP_E_NOT_FOUND : AMP_E_IO, "cannot open %s: %s",
                        path, strerror(errno));
    }
    struct amp_osm_source src = {.fd = fd, .progress = progress};
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        src.total = (uint64_t)st.st_size;
    }
    if (progress && progress->tell) {
        progress->tell(progress->ctx, "reading", 0, src.total);
    }
    struct amp_why inner = {{0}};
    amp_err err = source_read(&src, every_tag, out, &inner);
    amp_osm_source_finish(&src);
    close(fd);
    if (err) {
        return amp_fail(why, err, "%s: %s", path, inner.text);
    }
    return AMP_OK;
}

amp_err amp_osm_read_file(const char *path, const struct amp_progress *progress,
                          struct amp_osm *out, struct amp_why *why)
{
    return file_read(path, progress, false, out, why);
}

amp_err amp_osm_read_every_tag(const char *path, const struct amp_progress *progress,
                               struct amp_osm *out, struct amp_why *why)
{
    return file_read(path, progress, true, out, why);
}
