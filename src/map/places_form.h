/*
 * The sections of an .amap that hold places, and an open amp_places: inside of places, not for
 * users.
 *
 * Invariants, checked by amp_places_open before any use:
 *  1. Every text offset is below the size of "pltext", whose last byte is 0.
 *  2. Places are ordered by importance, greatest first; spellings by place. So the order of
 * spellings is the order of importance.
 *  3. Tokens are distinct and ascending bytewise; word numbers are below their count.
 *  4. The postings of a token are delta varints of ascending spelling numbers, count first.
 *  5. Addresses are ordered by (street, key).
 *  6. Grid cells are ascending by (row, column), their items below the count of what they index;
 * the last cell is a sentinel.
 *  7. A vertex with a place is followed by another vertex.
 */
#ifndef AMP_MAP_PLACES_FORM_H
#define AMP_MAP_PLACES_FORM_H

#include "map/fold.h"
#include "map/places.h"
#include "map/places_grid.h"

#define AMP_PL_NONE UINT32_MAX

enum {
    AMP_PL_AREA_CELL_E7 = 500000, /* 0.05 degree: areas are few and far */
    AMP_PL_CELL_E7 = 40000,       /* 0.004 degree, 445 m: the rest */
    AMP_PL_PREFIX = 12,           /* bytes of a short prefix, terminated */
    AMP_PL_MATCHES = 4096,        /* spellings weighed in one pass of a question */
    AMP_PL_NEAR_AREA_M = 24000    /* farther towns are no context */
};

enum amp_pl_flag {
    AMP_PL_STREET = 1,
    AMP_PL_AREA = 2,
    AMP_PL_LANDMARK = 4
};

struct amp_pl_rec {
    struct amp_pos pos;
    uint32_t name; /* text */
    uint32_t area; /* place around it, or none */
    uint32_t town; /* the greater place around it, or none */
    uint16_t kind; /* number of a kind text */
    uint8_t importance;
    uint8_t flags;
};

struct amp_pl_spelling {
    uint32_t place;
    uint32_t text;
    uint32_t word_first; /* its words end where the next spelling's begin; a sentinel follows */
};

struct amp_pl_token {
    uint32_t text;
    uint32_t post_first; /* into the postings; they end where the next token's begin */
    uint32_t little;     /* 1: a word of little weight */
};

struct amp_pl_top { /* the first AMP_PL_MATCHES spellings that have a word with a short prefix */
    char prefix[AMP_PL_PREFIX];
    uint32_t first, n; /* into the ids */
};

struct amp_pl_address {
    uint32_t street; /* place */
    uint32_t house;  /* text, as written */
    uint32_t key;    /* text, folded */
    struct amp_pos pos;
};

struct amp_pl_vertex {
    struct amp_pos pos;
    uint32_t place; /* of the piece from here to the next vertex; none at the end of a line */
};

struct amp_places {
    const char *text;
    const struct amp_pl_rec *rec;
    const uint32_t *kind; /* texts */
    const struct amp_pl_spelling *spelling;
    const uint32_t *word; /* token numbers */
    const struct amp_pl_token *token;
    const uint8_t *post;
    const struct amp_pl_top *top;
    const uint32_t *top_id;
    const struct amp_pl_address *address;
    const struct amp_pl_vertex *vertex;
    struct amp_grid areas, landmarks, houses, pieces;
    size_t text_n, rec_n, kind_n, spelling_n, word_n, token_n, post_n, top_n, top_id_n, address_n,
        vertex_n; /* spelling_n and token_n without the sentinel */
};

/* The rows of sections: each reader and the writer walk the same table. */
#define AMP_PL_SECTIONS(X)                                                                         \
    X("pltext", text, 1)                                                                           \
    X("plrec", rec, sizeof(struct amp_pl_rec))                                                     \
    X("plkind", kind, sizeof(uint32_t))                                                            \
    X("plspell", spelling, sizeof(struct amp_pl_spelling))                                         \
    X("plword", word, sizeof(uint32_t))                                                            \
    X("pltoken", token, sizeof(struct amp_pl_token))                                               \
    X("plpost", post, 1)                                                                           \
    X("pltop", top, sizeof(struct amp_pl_top))                                                     \
    X("pltopid", top_id, sizeof(uint32_t))                                                         \
    X("pladdr", address, sizeof(struct amp_pl_address))                                            \
    X("plvert", vertex, sizeof(struct amp_pl_vertex))

static inline struct amp_str amp_pl_text(const struct amp_places *places, uint32_t offset)
{
    return amp_str_of(places->text + offset);
}

struct amp_pl_range {
    uint32_t lo, hi; /* tokens lo to hi - 1 */
};

/* Spelling numbers that have a token of one of the ranges, ascending; NULL if the arena is full. */
const uint32_t *amp_pl_gather(const struct amp_places *places, const struct amp_pl_range *range,
                              size_t range_n, struct amp_arena *arena, size_t *out_n);
/* Tokens that begin with prefix; or the one that equals it. */
struct amp_pl_range amp_pl_tokens(const struct amp_places *places, struct amp_str text,
                                  bool prefix);
/* A prefix and the street words it begins ("aven": "av" too); the number of ranges. */
size_t amp_pl_prefix_ranges(const struct amp_places *places, struct amp_str prefix,
                            struct amp_pl_range out[AMP_FOLD_FORMS + 1]);

/* What is around a position: the nearest area and the town, weighed by how far such a place
 * reaches. */
void amp_pl_around(const struct amp_places *places, struct amp_pos pos, uint32_t *area,
                   uint32_t *town);
/* "Baixa, Porto"; empty if nothing is around. */
struct amp_str amp_pl_context(const struct amp_places *places, uint32_t area, uint32_t town,
                              struct amp_arena *arena);

#endif
