/* Collecting places from an extract: areas, points of interest and their spellings. */
#include "map/places_draft.h"
#include <assert.h>
#include <string.h>

uint32_t amp_pl_put_text(struct amp_pl_drafts *d, struct amp_str text)
{
    uint32_t offset = (uint32_t)d->text.len;
    amp_buf_str(&d->text, text);
    amp_buf_char(&d->text, '\0');
    return offset;
}

uint32_t amp_pl_put_osm_text(struct amp_pl_drafts *d, uint32_t number)
{
    if (d->text_of[number] == 0) {
        d->text_of[number] = 1 + amp_pl_put_text(d, amp_str_of(amp_osm_text(d->osm, number)));
    }
    return d->text_of[number] - 1;
}

uint16_t amp_pl_put_kind(struct amp_pl_drafts *d, const char *name)
{
    enum {
        KIND_BYTES = 48,
        KINDS_MAX = 4096
    };
    struct amp_str text = amp_str_of(name);
    (void)amp_str_cut(text, ';', &text);
    text.len = text.len > KIND_BYTES ? KIND_BYTES : text.len;
    const uint32_t *kind = (const uint32_t *)(const void *)d->kind.data;
    size_t n = d->kind.len / sizeof(*kind);
    for (size_t i = 0; i < n; i++) {
        if (amp_str_is(text, d->text.data + kind[i])) {
            return (uint16_t)i;
        }
    }
    if (n >= KINDS_MAX) {
        return 0; /* a hostile extract: rare kinds share the first */
    }
    uint32_t offset = amp_pl_put_text(d, text);
    amp_buf_put(&d->kind, &offset, sizeof(offset));
    return (uint16_t)n;
}

static void alias_put(struct amp_pl_drafts *d, uint32_t number)
{
    const char *value = amp_osm_text(d->osm, number);
    if (strchr(value, ';') == NULL) {
        uint32_t offset = amp_pl_put_osm_text(d, number);
        amp_buf_put(&d->alias, &offset, sizeof(offset));
        return;
    }
    struct amp_str rest = amp_str_of(value);
    while (rest.len > 0) {
        struct amp_str piece;
        rest = amp_str_cut(rest, ';', &piece);
        piece = amp_str_trim(piece);
        if (piece.len > 0) {
            uint32_t offset = amp_pl_put_text(d, piece);
            amp_buf_put(&d->alias, &offset, sizeof(offset));
        }
    }
}

/* "EN 4" is typed "EN4" too: an alias without its blanks. */
static void ref_put(struct amp_pl_drafts *d, uint32_t number)
{
    enum {
        REF_BYTES = 32
    };
    struct amp_str rest = amp_str_of(amp_osm_text(d->osm, number));
    alias_put(d, number);
    while (rest.len > 0) {
        struct amp_str piece;
        char text[REF_BYTES];
        size_t len = 0;
        rest = amp_str_cut(rest, ';', &piece);
        piece = amp_str_trim(piece);
        for (size_t i = 0; i < piece.len && len < sizeof(text); i++) {
            if (strchr(" -./", piece.ptr[i]) == NULL) {
                text[len++] = piece.ptr[i];
            }
        }
        if (len < piece.len && len > 0) {
            uint32_t offset = amp_pl_put_text(d, (struct amp_str){.ptr = text, .len = len});
            amp_buf_put(&d->alias, &offset, sizeof(offset));
        }
    }
}

void amp_pl_put_aliases(struct amp_pl_drafts *d, uint32_t first, uint32_t end, bool brands)
{
    for (uint32_t t = first; t < end; t++) {
        const struct amp_osm_tag *tag = &d->osm->tag[t];
        enum amp_name_role role = amp_kinds_role(d->kinds, tag->key);
        bool use = role == AMP_NAME_ALIAS || (role == AMP_NAME_BRAND && brands) ||
                   (role == AMP_NAME_REF && !brands);
        if (use && amp_osm_text(d->osm, tag->value)[0] != '\0') {
            if (role == AMP_NAME_REF) {
                ref_put(d, tag->value);
            } else {
                alias_put(d, tag->value);
            }
        }
    }
}

/* What a nameless station is called: its operator, or what it is. */
static uint32_t nameless(struct amp_pl_drafts *d, uint32_t first, uint32_t end, const char *kind)
{
    for (uint32_t t = first; t < end; t++) {
        const struct amp_osm_tag *tag = &d->osm->tag[t];
        if (amp_kinds_role(d->kinds, tag->key) == AMP_NAME_BRAND) {
            return amp_pl_put_osm_text(d, tag->value);
        }
    }
    char words[64];
    size_t len = strlen(kind);
    len = len < sizeof(words) ? len : sizeof(words) - 1;
    for (size_t i = 0; i < len; i++) {
        words[i] = kind[i] == '_' ? ' ' : kind[i];
    }
    return amp_pl_put_text(d, (struct amp_str){.ptr = words, .len = len});
}

static uint8_t flags_of(const struct amp_kind *kind)
{
    enum {
        LANDMARK_IMPORTANCE = 70
    };
    if (kind->group == AMP_KIND_AREA) {
        return AMP_PL_AREA;
    }
    bool landmark = kind->group == AMP_KIND_POI && kind->importance >= LANDMARK_IMPORTANCE;
    return landmark ? AMP_PL_LANDMARK : 0;
}

struct tags {
    uint32_t first, end;
};

/* False if the tags make no place. */
static bool place_wanted(const struct amp_pl_drafts *d, struct tags tags, struct amp_kind *kind)
{
    return tags.first != tags.end && amp_kinds_find(d->kinds, tags.first, tags.end, kind) &&
           (kind->must || amp_kinds_name(d->kinds, tags.first, tags.end) != AMP_OSM_ABSENT);
}

static void place_put(struct amp_pl_drafts *d, struct tags tags, const struct amp_kind *kind,
                      struct amp_pos pos)
{
    struct amp_pl_draft draft = {.pos = pos, .importance = kind->importance};
    draft.flags = flags_of(kind);
    draft.kind = amp_pl_put_kind(d, kind->name);
    uint32_t name = amp_kinds_name(d->kinds, tags.first, tags.end);
    draft.name = name == AMP_OSM_ABSENT ? nameless(d, tags.first, tags.end, kind->name)
                                        : amp_pl_put_osm_text(d, name);
    draft.alias_first = (uint32_t)(d->alias.len / sizeof(uint32_t));
    amp_pl_put_aliases(d, tags.first, tags.end, true);
    draft.alias_n = (uint32_t)(d->alias.len / sizeof(uint32_t)) - draft.alias_first;
    amp_buf_put(&d->draft, &draft, sizeof(draft));
}

amp_err amp_pl_collect_pois(struct amp_pl_drafts *d)
{
    const struct amp_osm *osm = d->osm;
    struct amp_kind kind;
    struct amp_pos pos;
    for (uint32_t i = 0; i < osm->node_n; i++) {
        struct amp_osm_span span = amp_osm_node_tags(osm, i);
        struct tags tags = {span.first, span.end};
        if (place_wanted(d, tags, &kind)) {
            place_put(d, tags, &kind, osm->node_pos[i]);
        }
    }
    uint32_t highway = amp_osm_find_text(osm, "highway");
    for (uint32_t i = 0; i < osm->way_n; i++) {
        struct tags tags = {osm->way_tag_first[i], osm->way_tag_first[i + 1]};
        bool street = amp_osm_value(osm, tags.first, tags.end, highway) != NULL;
        if (!street && place_wanted(d, tags, &kind) && amp_osm_way_center(osm, i, &pos)) {
            place_put(d, tags, &kind, pos);
        }
    }
    for (uint32_t i = 0; i < osm->rel_n; i++) {
        struct tags tags = {osm->rel_tag_first[i], osm->rel_tag_first[i + 1]};
        if (place_wanted(d, tags, &kind) && amp_osm_rel_center(osm, i, &pos)) {
            place_put(d, tags, &kind, pos);
        }
    }
    amp_err err = amp_buf_err(&d->draft);
    err = err ? err : amp_buf_err(&d->text);
    return err ? err : amp_buf_err(&d->alias);
}
