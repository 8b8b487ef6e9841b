/* The rest of the word index: whole names by a hash, mistyped words, neighbourhoods. */
#include "map/phonetic.h"
#include "map/places_index.h"
#include "map/typo.h"
#include "map/words.h"
#include <stdlib.h>
#include <string.h>

enum {
    RADIX_BITS = 16,
    RADIX = 1 << RADIX_BITS
};

/* Order by the upper half; equal ones stay as they came, which is ascending by the lower. */
static amp_err hashes_sort(struct amp_buf *buf)
{
    uint64_t *from = (uint64_t *)(void *)buf->data;
    size_t n = buf->len / sizeof(*from);
    uint64_t *to = calloc(n + 1, sizeof(*to));
    size_t *first = calloc(RADIX + 1, sizeof(*first));
    amp_err err = to == NULL || first == NULL ? AMP_E_NOMEM : amp_buf_err(buf);
    for (int shift = 32; shift < 64 && !err; shift += RADIX_BITS) {
        memset(first, 0, (RADIX + 1) * sizeof(*first));
        for (size_t i = 0; i < n; i++) {
            first[(from[i] >> shift & (RADIX - 1)) + 1]++;
        }
        for (size_t i = 0; i < RADIX; i++) {
            first[i + 1] += first[i];
        }
        for (size_t i = 0; i < n; i++) {
            to[first[from[i] >> shift & (RADIX - 1)]++] = from[i];
        }
        if (n > 0) {
            memcpy(from, to, n * sizeof(*from));
        }
    }
    free(to);
    free(first);
    return err;
}

static void hash_put(struct amp_buf *buf, uint32_t hash, uint32_t number)
{
    uint64_t both = (uint64_t)hash << 32 | number;
    amp_buf_put(buf, &both, sizeof(both));
}

size_t amp_pl_bag(const struct amp_str *word, size_t n, struct amp_str out[AMP_FOLD_WORDS])
{
    size_t count = 0;
    for (int all = 0; all < 2 && count == 0; all++) {
        for (size_t i = 0; i < n; i++) {
            if (all == 0 && amp_word_little(word[i])) {
                continue;
            }
            size_t at = count;
            int order = 1;
            for (; at > 0; at--) {
                struct amp_str other = out[at - 1];
                size_t len = other.len < word[i].len ? other.len : word[i].len;
                order = memcmp(word[i].ptr, other.ptr, len);
                order = order != 0 ? order : (word[i].len > other.len) - (word[i].len < other.len);
                if (order >= 0) {
                    break;
                }
            }
            if (at > 0 && order == 0) {
                continue; /* twice */
            }
            memmove(out + at + 1, out + at, (count - at) * sizeof(*out));
            out[at] = word[i];
            count++;
        }
    }
    return count;
}

uint32_t amp_pl_bag_hash(const struct amp_str *bag, size_t n)
{
    uint32_t hash = 2166136261U; /* FNV-1a, a blank behind each word */
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < bag[i].len; c++) {
            hash = (hash ^ (uint8_t)bag[i].ptr[c]) * 16777619U;
        }
        hash = (hash ^ ' ') * 16777619U;
    }
    return hash ^ hash >> 15;
}

bool amp_pl_bag_eq(const struct amp_str *a, size_t a_n, const struct amp_str *b, size_t b_n)
{
    bool same = a_n == b_n;
    for (size_t i = 0; i < a_n && same; i++) {
        same = amp_str_eq(a[i], b[i]);
    }
    return same;
}

static amp_err bags_make(struct amp_pl_index *index, const struct amp_places *places)
{
    for (uint32_t s = 0; s < places->spelling_n; s++) {
        struct amp_str word[AMP_FOLD_WORDS];
        struct amp_str bag[AMP_FOLD_WORDS + 1];
        size_t n = 0;
        for (uint32_t w = places->spelling[s].word_first; w < places->spelling[s + 1].word_first;
             w++) {
            word[n++] = amp_pl_text(places, places->token[places->word[w]].text);
        }
        n = amp_pl_bag(word, n, bag);
        hash_put(&index->bag, amp_pl_bag_hash(bag, n), s);
    }
    return hashes_sort(&index->bag);
}

uint32_t amp_pl_cell_hash(uint32_t hash, uint32_t cell)
{
    uint64_t both = ((uint64_t)hash << 32 | cell) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(both >> 32) ^ (uint32_t)both;
}

static int number_order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static amp_err numbers_sort(struct amp_buf *buf)
{
    if (buf->len > 0) {
        qsort(buf->data, buf->len / sizeof(uint64_t), sizeof(uint64_t), number_order);
    }
    return amp_buf_err(buf);
}

/* Of what more than AMP_PL_BAG names have: them by their cells too. */
static amp_err cells_make(const struct amp_buf *hashes, const struct amp_places *places,
                          struct amp_buf *out)
{
    const uint64_t *number = (const uint64_t *)(const void *)hashes->data;
    size_t n = hashes->len / sizeof(*number);
    for (size_t i = 0, end = 0; i < n; i = end) {
        uint32_t hash = (uint32_t)(number[i] >> 32);
        for (end = i; end < n && number[end] >> 32 == hash; end++) {}
        for (size_t k = i; k < end && end - i > AMP_PL_BAG; k++) {
            uint32_t spelling = (uint32_t)number[k];
            struct amp_pos pos = places->rec[places->spelling[spelling].place].pos;
            for (size_t level = 0; level < AMP_PL_LEVELS; level++) {
                hash_put(out, amp_pl_cell_hash(hash, amp_pl_level_cell(pos, level)), spelling);
            }
        }
    }
    return numbers_sort(out);
}

/* Names by their words in order. */
static amp_err sames_make(struct amp_pl_index *index, const struct amp_places *places)
{
    for (uint32_t s = 0; s < places->spelling_n; s++) {
        struct amp_str word[AMP_FOLD_WORDS];
        size_t n = 0;
        for (uint32_t w = places->spelling[s].word_first; w < places->spelling[s + 1].word_first;
             w++) {
            word[n++] = amp_pl_text(places, places->token[places->word[w]].text);
        }
        hash_put(&index->same, amp_pl_bag_hash(word, n), s);
    }
    return hashes_sort(&index->same);
}

static uint32_t key_hash(const char *key, size_t len)
{
    struct amp_str whole = {.ptr = key, .len = len};
    return amp_pl_bag_hash(&whole, 1);
}

static amp_err words_make(struct amp_pl_index *index, const struct amp_places *places)
{
    for (uint32_t t = 0; t < places->token_n; t++) {
        struct amp_str text = amp_pl_text(places, places->token[t].text);
        struct amp_typo_word word;
        uint32_t variant[AMP_TYPO_VARIANTS];
        char key[AMP_PHONETIC_KEY];
        amp_typo_word(text, &word);
        int depth = amp_typo_depth(&word);
        size_t n = depth > 0 ? amp_typo_variants(&word, depth, variant) : 0;
        for (size_t i = 0; i < n; i++) {
            hash_put(&index->del, variant[i], t);
        }
        size_t len = amp_phonetic(text, key);
        if (len > 0) {
            hash_put(&index->phon, key_hash(key, len), t);
        }
    }
    amp_err err = hashes_sort(&index->del);
    return err ? err : hashes_sort(&index->phon);
}

static uint32_t columns_of(uint32_t cell_e7)
{
    return UINT32_C(3600000000) / cell_e7;
}

static void row_column(struct amp_pos pos, uint32_t cell_e7, uint32_t *row, uint32_t *column)
{
    int64_t lon = ((int64_t)pos.lon_e7 + 1800000000) % INT64_C(3600000000);
    *row = (uint32_t)((int64_t)pos.lat_e7 + 900000000) / cell_e7;
    *column = (uint32_t)lon / cell_e7;
}

static uint32_t cell_at(struct amp_pos pos, uint32_t cell_e7)
{
    uint32_t row;
    uint32_t column;
    row_column(pos, cell_e7, &row, &column);
    return row * columns_of(cell_e7) + column;
}

static void cells_at(struct amp_pos pos, uint32_t cell_e7, uint32_t out[AMP_PL_NEIGHBOURS])
{
    static const int32_t step[AMP_PL_NEIGHBOURS][2] = {{0, 0}, {0, 1},  {1, 0},  {0, -1}, {-1, 0},
                                                       {1, 1}, {1, -1}, {-1, 1}, {-1, -1}};
    uint32_t row;
    uint32_t column;
    uint32_t columns = columns_of(cell_e7);
    row_column(pos, cell_e7, &row, &column);
    for (size_t i = 0; i < AMP_PL_NEIGHBOURS; i++) {
        uint32_t c = (column + columns + (uint32_t)step[i][1]) % columns;
        out[i] = (row + (uint32_t)step[i][0]) * columns + c;
    }
}

uint32_t amp_pl_local_cell(struct amp_pos pos)
{
    return cell_at(pos, AMP_PL_LOCAL_CELL_E7);
}

void amp_pl_local_cells(struct amp_pos pos, uint32_t out[AMP_PL_NEIGHBOURS])
{
    cells_at(pos, AMP_PL_LOCAL_CELL_E7, out);
}

/* 0.01 to 0.5 degrees; a mark keeps the levels apart. */
static const struct {
    uint32_t cell_e7, mark;
} levels[AMP_PL_LEVELS] = {{100000, 0}, {500000, UINT32_C(1) << 30}, {5000000, UINT32_C(2) << 30}};

uint32_t amp_pl_level_cell(struct amp_pos pos, size_t level)
{
    return cell_at(pos, levels[level].cell_e7) ^ levels[level].mark;
}

void amp_pl_level_cells(struct amp_pos pos, size_t level, uint32_t out[AMP_PL_NEIGHBOURS])
{
    cells_at(pos, levels[level].cell_e7, out);
    for (size_t i = 0; i < AMP_PL_NEIGHBOURS; i++) {
        out[i] ^= levels[level].mark;
    }
}

struct cell_of {
    uint32_t cell;
    uint32_t spelling;
};

static int cell_order(const void *a, const void *b)
{
    const struct cell_of *x = a;
    const struct cell_of *y = b;
    if (x->cell != y->cell) {
        return x->cell < y->cell ? -1 : 1;
    }
    return x->spelling < y->spelling ? -1 : x->spelling > y->spelling;
}

/* The first AMP_PL_LOCAL spellings of entries that share a prefix, if there are more. */
static void local_top_put(struct amp_pl_index *index, const uint64_t *entry, size_t n,
                          struct amp_str prefix, uint32_t cell)
{
    uint32_t id[AMP_PL_LOCAL + 1];
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        kept = amp_pl_least_put(id, kept, AMP_PL_LOCAL + 1, (uint32_t)entry[i]);
    }
    for (size_t i = 0; i < AMP_PL_LOCAL && kept > AMP_PL_LOCAL; i++) {
        hash_put(&index->local_top, amp_pl_cell_hash(amp_pl_bag_hash(&prefix, 1), cell), id[i]);
    }
}

/* Entries of a cell, ascending by word: those that share a prefix lie together. */
static void local_tops(struct amp_pl_index *index, const struct amp_places *places, size_t first,
                       uint32_t cell)
{
    bool more = true;
    for (int points = 1; points < AMP_PL_PREFIX && more; points++) {
        const uint64_t *entry = (const uint64_t *)(const void *)index->local.data;
        size_t n = index->local.len / sizeof(*entry);
        more = false;
        for (size_t i = first, end = first; i < n; i = end) {
            const char *text = places->text + places->token[entry[i] >> 32].text;
            struct amp_str prefix = {text, amp_pl_prefix_len(text, points)};
            for (end = i + 1; end < n && prefix.len > 0; end++) {
                const char *other = places->text + places->token[entry[end] >> 32].text;
                if (entry[end] >> 32 != entry[end - 1] >> 32 &&
                    strncmp(other, text, prefix.len) != 0) {
                    break;
                }
            }
            if (prefix.len > 0 && end - i > AMP_PL_LOCAL) {
                local_top_put(index, entry + i, end - i, prefix, cell);
                more = true;
            }
        }
    }
}

static void local_spelling(struct amp_buf *local, const struct amp_places *places, uint32_t s)
{
    const uint32_t *word = places->word;
    uint32_t first = places->spelling[s].word_first;
    uint32_t end = places->spelling[s + 1].word_first;
    for (uint32_t w = first; w < end; w++) {
        bool again = false;
        for (uint32_t v = first; v < w; v++) {
            again = again || word[v] == word[w];
        }
        if (!again) {
            hash_put(local, word[w], s);
        }
    }
}

struct top_of {
    uint64_t number; /* as in the section */
    uint64_t list;   /* which one */
};

static int top_of_order(const void *a, const void *b)
{
    return number_order(&((const struct top_of *)a)->number, &((const struct top_of *)b)->number);
}

/* Order the lists by their hashes. Those of one hash are left out, so that a list is what it seems:
 * their cells are read instead. The lists have come one after another, AMP_PL_LOCAL in each. */
static amp_err local_tops_sort(struct amp_buf *buf)
{
    uint64_t *number = (uint64_t *)(void *)buf->data;
    size_t n = buf->len / sizeof(*number);
    struct top_of *top = calloc(n + 1, sizeof(*top));
    if (top == NULL || amp_buf_err(buf)) {
        free(top);
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        top[i] = (struct top_of){number[i], i / AMP_PL_LOCAL};
    }
    qsort(top, n, sizeof(*top), top_of_order);
    amp_buf_clear(buf);
    for (size_t i = 0, end = 0; i < n; i = end) {
        bool pure = true;
        for (end = i; end < n && top[end].number >> 32 == top[i].number >> 32; end++) {
            pure = pure && top[end].list == top[i].list;
        }
        for (size_t k = i; k < end && pure; k++) {
            amp_buf_put(buf, &top[k].number, sizeof(top[k].number));
        }
    }
    free(top);
    return amp_buf_err(buf);
}

static amp_err local_make(struct amp_pl_index *index, const struct amp_places *places)
{
    struct cell_of *of = calloc(places->spelling_n + 1, sizeof(*of));
    if (of == NULL) {
        return AMP_E_NOMEM;
    }
    for (uint32_t s = 0; s < places->spelling_n; s++) {
        of[s] = (struct cell_of){amp_pl_local_cell(places->rec[places->spelling[s].place].pos), s};
    }
    qsort(of, places->spelling_n, sizeof(*of), cell_order);
    for (size_t i = 0, end = 0; i < places->spelling_n; i = end) {
        size_t first = index->local.len / sizeof(uint64_t);
        struct amp_pl_local_cell cell = {of[i].cell, (uint32_t)first};
        for (end = i; end < places->spelling_n && of[end].cell == of[i].cell; end++) {
            local_spelling(&index->local, places, of[end].spelling);
        }
        size_t n = index->local.len / sizeof(uint64_t) - first;
        if (n > 0) {
            qsort(index->local.data + first * sizeof(uint64_t), n, sizeof(uint64_t), number_order);
        }
        amp_buf_put(&index->local_cell, &cell, sizeof(cell));
        local_tops(index, places, first, cell.cell);
    }
    free(of);
    struct amp_pl_local_cell sentinel = {UINT32_MAX,
                                         (uint32_t)(index->local.len / sizeof(uint64_t))};
    amp_buf_put(&index->local_cell, &sentinel, sizeof(sentinel));
    amp_err err = amp_buf_err(&index->local);
    err = err ? err : local_tops_sort(&index->local_top);
    return err ? err : amp_buf_err(&index->local_cell);
}

amp_err amp_pl_index_more(struct amp_pl_index *index, const struct amp_places *places)
{
    amp_err err = bags_make(index, places);
    err = err ? err : sames_make(index, places);
    err = err ? err : cells_make(&index->bag, places, &index->bag_local);
    err = err ? err : cells_make(&index->same, places, &index->same_local);
    err = err ? err : words_make(index, places);
    return err ? err : local_make(index, places);
}
