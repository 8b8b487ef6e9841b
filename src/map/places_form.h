/*
 * The sections of an .amap that hold places, and an open amp_places: inside of places, not for
 * users.
 *
 * Invariants, checked by amp_places_open before any use:
 *  1. Every text offset is below the size of "pltext", whose last byte is 0.
 *  2. Places are ordered by importance, greatest first; spellings by place, and every place knows
 * its first. So the order of spellings is the order of importance.
 *  3. Tokens are distinct and ascending bytewise, with their first eight bytes beside them; word
 * numbers are below their count.
 *  4. The postings of a token are post_n delta varints of ascending spelling numbers.
 *  5. Addresses are ordered by (street, key).
 *  6. Grid cells are ascending by (row, column), their items below the count of what they index;
 * the last cell is a sentinel.
 *  7. A vertex with a place is followed by another vertex.
 *  8. "plbag", "plsame", "plsamelo", "plbaglo", "pllotop", "pldel" and "plphon" are ascending
 * numbers of a hash in the upper half and a spelling or token (del, phon) in the lower. What is
 * hashed: the bag of a name; its words in order; either with its cell of each level, where
 * more than AMP_PL_BAG names have it; a prefix with a cell, where more than AMP_PL_LOCAL names
 * there have it, of these the first.
 *  9. "pllocell" is ascending by cell and ends in a sentinel; "pllocal" holds for each cell
 * ascending numbers of a token in the upper half and a spelling in the lower.
 * 10. Crossings are ordered by (a, latitude, b), each in both directions.
 * 11. Kilometre posts are ordered by (key, metre), no two equal.
 * 12. Every area of the polygons has its region.
 * 13. The leaves of what can be nearest (places_near.h) hold things below the count of each kind.
 */
#ifndef AMP_MAP_PLACES_FORM_H
#define AMP_MAP_PLACES_FORM_H

#include "map/areas.h"
#include "map/fold.h"
#include "map/places.h"
#include "map/places_grid.h"
#include "map/places_near.h"

#define AMP_PL_NONE       UINT32_MAX
#define AMP_PL_BYTES      ((size_t)UINT32_MAX) /* of a section while it is built */
#define AMP_PL_HASH_BYTES (AMP_PL_BYTES * sizeof(uint64_t))

enum {
    AMP_PL_TOWN_CELL_E7 = 500000,   /* 0.05 degree: towns are few and far */
    AMP_PL_SUBURB_CELL_E7 = 100000, /* 0.01 degree, 1.1 km */
    AMP_PL_MARK_CELL_E7 = 40000,    /* 0.004 degree, 445 m */
    AMP_PL_CELL_E7 = 20000,         /* 0.002 degree, 222 m: houses, pieces of streets */
    AMP_PL_PIECE_M = 20000,         /* a longer piece of a street is none */
    AMP_PL_PREFIX = 12,             /* bytes of a short prefix, terminated */
    AMP_PL_TOP = 128,               /* spellings kept for a prefix that more have */
    AMP_PL_TOP_NEAR = 64,           /* of them weighed where the caller's cells are too */
    AMP_PL_BAG = 16,       /* spellings of one name that are weighed, or the limit if more */
    AMP_PL_BAG_MANY = 64,  /* the same if a house is asked for, or a word is mistyped */
    AMP_PL_MATCHES = 1024, /* spellings weighed that have the rarest word */
    AMP_PL_MORE = 16,      /* the same when the very name was found */
    AMP_PL_LOCAL_CELL_E7 = 500000, /* 0.05 degree: the neighbourhood of a caller is 3 by 3 */
    AMP_PL_LOCAL_MIN = 6,          /* the same of each word, if many are meant */
    AMP_PL_LOCAL = 48              /* entries weighed in each of these cells */
};

enum amp_pl_grid {
    AMP_PL_GRID_TOWNS,
    AMP_PL_GRID_SUBURBS,
    AMP_PL_GRID_MARKS,
    AMP_PL_GRID_HOUSES,
    AMP_PL_GRID_PIECES,
    AMP_PL_GRIDS
};

/* What a token's text would say, beside each other: AMP_PL_LONG or more letters are counted. */
enum {
    AMP_PL_LITTLE = 128,
    AMP_PL_LONG = 127,
    AMP_PL_CARD_WORDS = 7,
    AMP_PL_CARD_TEXT = UINT16_MAX, /* bytes of a text or more: to be counted */
    AMP_PL_HEADS = 16
};

enum amp_pl_flag {
    AMP_PL_STREET = 1,
    AMP_PL_AREA = 2,
    AMP_PL_LANDMARK = 4
};

struct amp_pl_rec {
    struct amp_pos pos;
    uint32_t name;           /* text */
    uint32_t area;           /* place around it, or none */
    uint32_t town;           /* the greater place around it, or none */
    uint32_t spelling_first; /* its spellings end where the next place's begin */
    uint32_t context;        /* text: what is around it in words */
    uint16_t kind;           /* number of a kind text */
    uint8_t importance;
    uint8_t flags;
};

struct amp_pl_spelling {
    uint32_t place;
    uint32_t text;
    uint32_t word_first; /* its words end where the next spelling's begin; a sentinel follows */
};

struct amp_pl_token {
    uint64_t head; /* its first eight bytes as a big-endian number */
    uint32_t text;
    uint32_t post_first; /* into the postings; they end where the next token's begin */
    uint32_t post_n;
    uint32_t little; /* 1: a word of little weight */
};

struct amp_pl_top { /* the first AMP_PL_TOP spellings that have a word with a prefix */
    char prefix[AMP_PL_PREFIX];
    uint32_t first, n;               /* into the ids */
    uint32_t street_first, street_n; /* the first of them that are streets */
};

struct amp_pl_local_cell {
    uint32_t cell; /* row * columns + column */
    uint32_t first;
};

struct amp_pl_cross { /* streets a and b meet at pos */
    uint32_t a, b;
    struct amp_pos pos;
};

struct amp_pl_region { /* whose polygon is the area of this number */
    uint32_t place;
    uint32_t level; /* admin_level; 0 if it has none */
};

struct amp_pl_milepost {
    uint32_t key;   /* text: the folded number of the road without blanks */
    uint32_t road;  /* text: as written */
    int32_t metre;  /* along the road, as its posts say */
    uint32_t drawn; /* 1: a post on the map, 0: reckoned between two */
    struct amp_pos pos;
};

struct amp_pl_address {
    uint32_t street;   /* place */
    uint32_t house;    /* text, as written */
    uint32_t key;      /* text, folded */
    uint32_t reckoned; /* 1: from an interpolation way, not seen itself */
    struct amp_pos pos;
};

struct amp_pl_vertex {
    struct amp_pos pos;
    uint32_t place; /* of the piece from here to the next vertex; none at the end of a line */
};

/* All that is read of a spelling and its place, in one line of memory; made at open. */
struct amp_pl_card {
    struct amp_pos pos;
    uint32_t place;
    uint32_t text;                  /* as spelt */
    uint32_t name, context;         /* texts of the place */
    uint16_t name_len, context_len; /* of them, at most AMP_PL_CARD_TEXT */
    uint16_t kind;
    uint8_t importance, flags;
    uint8_t alias; /* 1: not the name itself */
    uint8_t word_n;
    uint16_t spare;
    uint32_t word[AMP_PL_CARD_WORDS]; /* its words, if they are no more */
};

struct amp_pl_hashes { /* ascending numbers with a hash in the upper half */
    const uint64_t *number;
    size_t n;
    uint32_t *first; /* the first number whose upper bits are not below; one more for the end */
    int shift;       /* of a hash, to its upper bits */
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
    const uint64_t *bag, *del, *phon, *same, *same_local, *bag_local, *local_top, *local;
    struct amp_pl_hashes bags, dels, phons, sames, same_locals, bag_locals, local_tops;
    const struct amp_pl_local_cell *local_cell;
    const struct amp_pl_cross *cross;
    const struct amp_pl_milepost *milepost;
    const struct amp_pl_region *region;
    const struct amp_pl_address *address;
    const struct amp_pl_vertex *vertex;
    union {
        struct {
            struct amp_grid towns, suburbs, landmarks, houses, pieces;
        };
        struct amp_grid grid[AMP_PL_GRIDS]; /* the same by number */
    };
    struct amp_near near[AMP_PL_GRIDS]; /* of the same things; not made while building */
    struct amp_areas *area;             /* polygons, with its own sections */
    uint8_t *kind_row;                  /* of each kind: its row among areas that reach, or none */
    uint32_t *post_sum;       /* of each token: postings of those before; NULL while building */
    uint64_t *token_head;     /* of every AMP_PL_HEADS-th token; NULL while building */
    uint64_t *token_rest;     /* of each token: what follows its head, likewise as a number */
    uint64_t *form_mask;      /* of each street word: its letters, as amp_typo_mask */
    struct amp_pl_card *card; /* of each spelling; NULL while building */
    uint32_t *top_slot;       /* a hash table of top: number + 1, or 0; NULL while building */
    uint32_t *cell_slot;      /* the same of local_cell by cell */
    size_t top_slot_n, cell_slot_n; /* powers of two */
    uint8_t *token_look; /* of each token: its length, at most AMP_PL_LONG, and AMP_PL_LITTLE */
    uint32_t *grid_row[AMP_PL_GRIDS];
    size_t text_n, rec_n, kind_n, spelling_n, word_n, token_n, post_n, top_n, top_id_n, address_n,
        vertex_n, bag_n, del_n, phon_n, same_n, same_local_n, bag_local_n, local_top_n, local_n,
        local_cell_n, cross_n, milepost_n,
        region_n; /* rec_n, spelling_n, token_n and local_cell_n without the sentinel */
};

/* The sections of each grid, and the size of its cells. */
struct amp_pl_grid_form {
    const char *cells, *items;
    uint32_t cell_e7;
    const char *near_cells, *near_nodes, *near_items; /* of what can be nearest */
    uint32_t near_e7;
};
extern const struct amp_pl_grid_form amp_pl_grid_forms[AMP_PL_GRIDS];

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
    X("plvert", vertex, sizeof(struct amp_pl_vertex))                                              \
    X("plbag", bag, sizeof(uint64_t))                                                              \
    X("pldel", del, sizeof(uint64_t))                                                              \
    X("plphon", phon, sizeof(uint64_t))                                                            \
    X("plsame", same, sizeof(uint64_t))                                                            \
    X("plsamelo", same_local, sizeof(uint64_t))                                                    \
    X("plbaglo", bag_local, sizeof(uint64_t))                                                      \
    X("pllotop", local_top, sizeof(uint64_t))                                                      \
    X("pllocell", local_cell, sizeof(struct amp_pl_local_cell))                                    \
    X("pllocal", local, sizeof(uint64_t))                                                          \
    X("plcross", cross, sizeof(struct amp_pl_cross))                                               \
    X("plmile", milepost, sizeof(struct amp_pl_milepost))                                          \
    X("plregion", region, sizeof(struct amp_pl_region))

/* The first eight bytes of a word as a number that orders like it. */
uint64_t amp_pl_head(struct amp_str word);

static inline struct amp_str amp_pl_text(const struct amp_places *places, uint32_t offset)
{
    return amp_str_of(places->text + offset);
}

/* The text of a token, its length without a look at it. */
static inline struct amp_str amp_pl_token_text(const struct amp_places *places, uint32_t token)
{
    const char *text = places->text + places->token[token].text;
    size_t len = places->token_look == NULL ? AMP_PL_LONG : places->token_look[token] & AMP_PL_LONG;
    return len < AMP_PL_LONG ? (struct amp_str){text, len} : amp_str_of(text);
}

struct amp_pl_range {
    uint32_t lo, hi; /* tokens lo to hi - 1 */
};

/* Tokens that begin with prefix; or the one that equals it. */
struct amp_pl_range amp_pl_tokens(const struct amp_places *places, struct amp_str text,
                                  bool prefix);
/* Postings of all tokens of a range. */
size_t amp_pl_range_cost(const struct amp_places *places, struct amp_pl_range range);
/* The first `most` spelling numbers that have a token of one of the ranges, ascending; NULL if the
 * arena is full. */
const uint32_t *amp_pl_gather(const struct amp_places *places, const struct amp_pl_range *range,
                              size_t range_n, size_t most, struct amp_arena *arena, size_t *out_n);
/* Put a number among the least `most` of those put so far, ascending, each once; how many. */
size_t amp_pl_least_put(uint32_t *id, size_t n, size_t most, uint32_t one);
/* The words of a spelling; places is open. */
const uint32_t *amp_pl_words(const struct amp_places *places, uint32_t spelling, size_t *out_n);
/* The word will be asked for. */
void amp_pl_token_soon(const struct amp_places *places, struct amp_str word);
/* The names of a cell, or NULL. */
const struct amp_pl_local_cell *amp_pl_cell(const struct amp_places *places, uint32_t cell);
/* Fill what is made at open of spellings, prefixes and cells: card, top_slot, cell_slot. */
AMP_MUST amp_err amp_pl_cards_make(struct amp_places *places);
/* The list kept for a prefix, or NULL. */
const struct amp_pl_top *amp_pl_top(const struct amp_places *places, struct amp_str prefix);
/* A prefix and the street words it begins ("aven": "av" too); the number of ranges. They do not
 * overlap. */
size_t amp_pl_prefix_ranges(const struct amp_places *places, struct amp_str prefix,
                            struct amp_pl_range out[AMP_FOLD_FORMS + 1]);
/* The numbers with this upper half: the first, and how many. */
size_t amp_pl_hashed(const struct amp_pl_hashes *hashes, uint32_t hash, size_t *out_first);
/* The first of them, where there may be very many: the reader compares the upper halves. */
size_t amp_pl_hashed_first(const struct amp_pl_hashes *hashes, uint32_t hash);
static inline bool amp_pl_hashed_is(const struct amp_pl_hashes *hashes, size_t at, uint32_t hash)
{
    return at < hashes->n && hashes->number[at] >> 32 == hash;
}
/* The same will be asked for: step 0 long before, 1 next. */
void amp_pl_hashed_soon(const struct amp_pl_hashes *hashes, uint32_t hash, int step);
/* Index n ascending numbers, fewer than AMP_PL_NONE; out->first is the caller's to free. */
AMP_MUST amp_err amp_pl_hashes_make(const uint64_t *number, size_t n, struct amp_pl_hashes *out);

/* The words by which a name is told from others, sorted, each once: those of weight, or all if none
 * has any. Returns how many. */
size_t amp_pl_bag(const struct amp_str *word, size_t n, struct amp_str out[AMP_FOLD_WORDS]);
uint32_t amp_pl_bag_hash(const struct amp_str *bag, size_t n);
/* Of a hash with a cell of the neighbourhood. */
uint32_t amp_pl_cell_hash(uint32_t hash, uint32_t cell);
bool amp_pl_bag_eq(const struct amp_str *a, size_t a_n, const struct amp_str *b, size_t b_n);

/* Cells of the caller's neighbourhood: the middle one first. */
enum {
    AMP_PL_NEIGHBOURS = 9
};
uint32_t amp_pl_local_cell(struct amp_pos pos);
void amp_pl_local_cells(struct amp_pos pos, uint32_t out[AMP_PL_NEIGHBOURS]);
/* The same by levels, from fine cells to wide ones. */
enum {
    AMP_PL_LEVELS = 3
};
uint32_t amp_pl_level_cell(struct amp_pos pos, size_t level);
void amp_pl_level_cells(struct amp_pos pos, size_t level, uint32_t out[AMP_PL_NEIGHBOURS]);

/* A thing of a grid: how near it is; false if it is none that counts. */
struct amp_near_worth amp_pl_near_worth(const struct amp_places *places, enum amp_pl_grid which,
                                        uint32_t thing, struct amp_pos from);
bool amp_pl_near_ends(const struct amp_places *places, enum amp_pl_grid which, uint32_t thing,
                      struct amp_pos out[2]);
/* Fill kind_row: how far a kind of area reaches. */
void amp_pl_kind_rows(struct amp_places *places);
/* The grid of areas of that kind: towns or suburbs; AMP_PL_GRIDS if it does not reach. */
enum amp_pl_grid amp_pl_area_grid(const char *kind);
/* What is around a position: the nearest area and the town, weighed by how far such a place
 * reaches. */
void amp_pl_around(const struct amp_places *places, struct amp_pos pos, uint32_t *area,
                   uint32_t *town);
/* "Baixa, Porto"; empty if nothing is around. */
struct amp_str amp_pl_context(const struct amp_places *places, uint32_t area, uint32_t town,
                              struct amp_arena *arena);

#endif
