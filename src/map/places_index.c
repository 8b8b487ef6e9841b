/* The word index: a hash while it grows, then sorted tokens with delta postings and top lists. */
#include "map/places_index.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS_FIRST = 1 << 12
};

struct amp_pl_index amp_pl_index_make(struct amp_buf text)
{
    return (struct amp_pl_index){.spelling = amp_buf_make(AMP_PL_BYTES),
                                 .word = amp_buf_make(AMP_PL_BYTES),
                                 .token = amp_buf_make(AMP_PL_BYTES),
                                 .post = amp_buf_make(AMP_PL_BYTES),
                                 .top = amp_buf_make(AMP_PL_BYTES),
                                 .top_id = amp_buf_make(AMP_PL_BYTES),
                                 .bag = amp_buf_make(AMP_PL_HASH_BYTES),
                                 .del = amp_buf_make(AMP_PL_HASH_BYTES),
                                 .phon = amp_buf_make(AMP_PL_HASH_BYTES),
                                 .same = amp_buf_make(AMP_PL_HASH_BYTES),
                                 .same_local = amp_buf_make(AMP_PL_HASH_BYTES),
                                 .bag_local = amp_buf_make(AMP_PL_HASH_BYTES),
                                 .local_top = amp_buf_make(AMP_PL_HASH_BYTES),
                                 .local_cell = amp_buf_make(AMP_PL_BYTES),
                                 .local = amp_buf_make(AMP_PL_HASH_BYTES),
                                 .slot = amp_buf_make(AMP_PL_BYTES),
                                 .text = text};
}

void amp_pl_index_free(struct amp_pl_index *index)
{
    amp_buf_free(&index->spelling);
    amp_buf_free(&index->word);
    amp_buf_free(&index->token);
    amp_buf_free(&index->post);
    amp_buf_free(&index->top);
    amp_buf_free(&index->top_id);
    amp_buf_free(&index->bag);
    amp_buf_free(&index->del);
    amp_buf_free(&index->phon);
    amp_buf_free(&index->same);
    amp_buf_free(&index->same_local);
    amp_buf_free(&index->bag_local);
    amp_buf_free(&index->local_top);
    amp_buf_free(&index->local_cell);
    amp_buf_free(&index->local);
    amp_buf_free(&index->slot);
    amp_buf_free(&index->text);
}

static uint32_t *numbers(const struct amp_buf *buf)
{
    return (uint32_t *)(void *)buf->data;
}

static struct amp_pl_token *tokens_of(const struct amp_pl_index *index)
{
    return (struct amp_pl_token *)(void *)index->token.data;
}

static uint32_t hash_of(struct amp_str word)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (size_t i = 0; i < word.len; i++) {
        hash = (hash ^ (uint8_t)word.ptr[i]) * 16777619U;
    }
    return hash;
}

/* The slot of a word: where it is, or the free one where it belongs. Slots hold token + 1. */
static size_t slot_find(const struct amp_pl_index *index, struct amp_str word)
{
    const uint32_t *slot = numbers(&index->slot);
    size_t n = index->slot.len / sizeof(*slot);
    size_t at = hash_of(word) & (n - 1);
    while (slot[at] != 0) {
        const char *text = index->text.data + tokens_of(index)[slot[at] - 1].text;
        if (amp_str_is(word, text)) {
            break;
        }
        at = (at + 1) & (n - 1);
    }
    return at;
}

static void slots_grow(struct amp_pl_index *index)
{
    size_t n = index->slot.len / sizeof(uint32_t);
    if (index->token_n * 2 < n) {
        return;
    }
    n = n == 0 ? SLOTS_FIRST : n * 2;
    amp_buf_clear(&index->slot);
    void *room = amp_buf_extend(&index->slot, n * sizeof(uint32_t));
    if (room == NULL) {
        return;
    }
    memset(room, 0, n * sizeof(uint32_t));
    for (uint32_t i = 0; i < index->token_n; i++) {
        struct amp_str text = amp_str_of(index->text.data + tokens_of(index)[i].text);
        numbers(&index->slot)[slot_find(index, text)] = i + 1;
    }
}

static uint32_t token_put(struct amp_pl_index *index, struct amp_str word)
{
    slots_grow(index);
    if (amp_buf_err(&index->slot) || amp_buf_err(&index->text) || amp_buf_err(&index->token)) {
        return 0;
    }
    size_t at = slot_find(index, word);
    uint32_t *slot = numbers(&index->slot);
    if (slot[at] == 0) {
        struct amp_pl_token token = {.head = amp_pl_head(word),
                                     .text = (uint32_t)index->text.len,
                                     .little = amp_fold_weight(word) < 1 ? 1 : 0};
        amp_buf_str(&index->text, word);
        amp_buf_char(&index->text, '\0');
        amp_buf_put(&index->token, &token, sizeof(token));
        slot[at] = (uint32_t)++index->token_n;
    }
    return slot[at] - 1;
}

void amp_pl_index_add(struct amp_pl_index *index, uint32_t place, uint32_t text,
                      const struct amp_folded *folded)
{
    struct amp_pl_spelling spelling = {place, text, (uint32_t)(index->word.len / sizeof(uint32_t))};
    for (size_t i = 0; i < folded->n; i++) {
        uint32_t token = token_put(index, folded->word[i]);
        amp_buf_put(&index->word, &token, sizeof(token));
    }
    amp_buf_put(&index->spelling, &spelling, sizeof(spelling));
}

static int token_order(const void *a, const void *b, void *ctx)
{
    const struct amp_pl_index *index = ctx;
    const struct amp_pl_token *token = tokens_of(index);
    return strcmp(index->text.data + token[*(const uint32_t *)a].text,
                  index->text.data + token[*(const uint32_t *)b].text);
}

/* Order tokens by text, and make words point at their new numbers. */
static amp_err tokens_sort(struct amp_pl_index *index)
{
    size_t n = index->token_n;
    uint32_t *order = calloc(n + 1, sizeof(*order));
    uint32_t *rank = calloc(n + 1, sizeof(*rank));
    struct amp_pl_token *sorted = calloc(n + 1, sizeof(*sorted));
    amp_err err = order == NULL || rank == NULL || sorted == NULL ? AMP_E_NOMEM : AMP_OK;
    if (!err) {
        for (uint32_t i = 0; i < n; i++) {
            order[i] = i;
        }
        qsort_r(order, n, sizeof(*order), token_order, index);
        for (uint32_t i = 0; i < n; i++) {
            rank[order[i]] = i;
            sorted[i] = tokens_of(index)[order[i]];
        }
        amp_buf_clear(&index->token);
        amp_buf_put(&index->token, sorted, (n + 1) * sizeof(*sorted)); /* with the sentinel */
        uint32_t *word = numbers(&index->word);
        for (size_t i = 0; i < index->word.len / sizeof(*word); i++) {
            word[i] = rank[word[i]];
        }
        err = amp_buf_err(&index->token);
    }
    free(order);
    free(rank);
    free(sorted);
    return err;
}

/* Spelling numbers of each token, ascending: `first` has token_n + 1 entries. */
static void postings_gather(const struct amp_pl_index *index, size_t spelling_n, uint32_t *first,
                            uint32_t *id)
{
    const struct amp_pl_spelling *spelling =
        (const struct amp_pl_spelling *)(const void *)index->spelling.data;
    const uint32_t *word = numbers(&index->word);
    for (size_t i = 0; i < index->word.len / sizeof(*word); i++) {
        first[word[i] + 1]++;
    }
    for (size_t i = 0; i < index->token_n; i++) {
        first[i + 1] += first[i];
    }
    for (uint32_t s = 0; s < spelling_n; s++) {
        for (uint32_t w = spelling[s].word_first; w < spelling[s + 1].word_first; w++) {
            id[first[word[w]]++] = s;
        }
    }
    for (size_t i = index->token_n; i > 0; i--) {
        first[i] = first[i - 1];
    }
    first[0] = 0;
}

/* The count of distinct numbers. */
static uint32_t posting_write(struct amp_buf *post, const uint32_t *id, size_t n)
{
    uint32_t distinct = 0;
    uint32_t last = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && id[i] == id[i - 1]) {
            continue; /* a word twice in one name */
        }
        amp_buf_varint(post, i == 0 ? id[i] : id[i] - last);
        last = id[i];
        distinct++;
    }
    return distinct;
}

static amp_err postings_write(struct amp_pl_index *index, size_t spelling_n)
{
    size_t word_n = index->word.len / sizeof(uint32_t);
    uint32_t *first = calloc(index->token_n + 2, sizeof(*first));
    uint32_t *id = calloc(word_n + 1, sizeof(*id));
    amp_err err = first == NULL || id == NULL ? AMP_E_NOMEM : AMP_OK;
    if (!err) {
        postings_gather(index, spelling_n, first, id);
        for (size_t t = 0; t < index->token_n; t++) {
            tokens_of(index)[t].post_first = (uint32_t)index->post.len;
            tokens_of(index)[t].post_n =
                posting_write(&index->post, id + first[t], first[t + 1] - first[t]);
        }
        tokens_of(index)[index->token_n].post_first = (uint32_t)index->post.len;
        err = amp_buf_err(&index->post);
    }
    free(first);
    free(id);
    return err;
}

size_t amp_pl_prefix_len(const char *text, int points)
{
    size_t len = 0;
    for (; points > 0; points--) {
        if (text[len] == '\0') {
            return 0;
        }
        len++;
        while (((uint8_t)text[len] & 0xC0) == 0x80) {
            len++;
        }
    }
    return len < AMP_PL_PREFIX ? len : 0;
}

/* Append the first AMP_PL_TOP of a list that are streets, or of any kind. */
static uint32_t top_ids_put(struct amp_pl_index *index, const struct amp_places *places,
                            const uint32_t *id, size_t n, bool streets)
{
    uint32_t put = 0;
    for (size_t i = 0; i < n && put < AMP_PL_TOP; i++) {
        uint32_t place = places->spelling[id[i]].place;
        if (!streets || (places->rec[place].flags & AMP_PL_STREET)) {
            amp_buf_put(&index->top_id, &id[i], sizeof(id[i]));
            put++;
        }
    }
    return put;
}

/* Returns whether the prefix has so many spellings that it got a list. */
static bool top_add(struct amp_pl_index *index, const struct amp_places *places,
                    struct amp_str prefix, struct amp_arena *arena, amp_err *err)
{
    struct amp_pl_range range[AMP_FOLD_FORMS + 1];
    size_t range_n = amp_pl_prefix_ranges(places, prefix, range);
    size_t cost = 0;
    for (size_t i = 0; i < range_n; i++) {
        cost += amp_pl_range_cost(places, range[i]);
    }
    if (cost <= AMP_PL_TOP) {
        return false;
    }
    size_t n = 0;
    const uint32_t *id = amp_pl_gather(places, range, range_n, SIZE_MAX, arena, &n);
    *err = id == NULL ? AMP_E_NOMEM : *err;
    if (id != NULL) {
        struct amp_pl_top top = {.first = (uint32_t)(index->top_id.len / sizeof(*id))};
        memcpy(top.prefix, prefix.ptr, prefix.len);
        top.n = top_ids_put(index, places, id, n, false);
        top.street_first = top.first + top.n;
        top.street_n = top_ids_put(index, places, id, n, true);
        amp_buf_put(&index->top, &top, sizeof(top));
    }
    amp_arena_reset(arena);
    return true;
}

/* One list for each prefix that has more spellings than are weighed; once a prefix has few, so have
 * the longer ones. */
static amp_err tops_write(struct amp_pl_index *index, const struct amp_places *places)
{
    amp_err err = AMP_OK;
    struct amp_arena arena = amp_arena_make(AMP_PL_BYTES);
    struct amp_str last[AMP_PL_PREFIX] = {{NULL, 0}};
    bool many[AMP_PL_PREFIX] = {false};
    for (size_t t = 0; t < index->token_n && !err; t++) {
        const char *text = places->text + places->token[t].text;
        for (int p = 0; p < AMP_PL_PREFIX && !err; p++) {
            struct amp_str prefix = {.ptr = text, .len = amp_pl_prefix_len(text, p + 1)};
            if (prefix.len == 0) {
                break;
            }
            if (!amp_str_eq(prefix, last[p])) {
                last[p] = prefix;
                many[p] = top_add(index, places, prefix, &arena, &err);
            }
            if (!many[p] && p > 0) {
                break; /* a single letter has no completions, two may */
            }
        }
    }
    amp_arena_drop(&arena);
    return err;
}

static int top_order(const void *a, const void *b)
{
    return strcmp(((const struct amp_pl_top *)a)->prefix, ((const struct amp_pl_top *)b)->prefix);
}

amp_err amp_pl_index_finish(struct amp_pl_index *index, const struct amp_pl_rec *rec, size_t rec_n)
{
    size_t spelling_n = index->spelling.len / sizeof(struct amp_pl_spelling);
    struct amp_pl_spelling sentinel = {.word_first =
                                           (uint32_t)(index->word.len / sizeof(uint32_t))};
    amp_buf_put(&index->spelling, &sentinel, sizeof(sentinel));
    const struct amp_buf *parts[] = {&index->spelling, &index->word, &index->token, &index->slot,
                                     &index->text};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        amp_err err = amp_buf_err(parts[i]);
        if (err) {
            return err;
        }
    }
    amp_err err = tokens_sort(index);
    err = err ? err : postings_write(index, spelling_n);
    if (err) {
        return err;
    }
    struct amp_places places = {
        .text = index->text.data,
        .rec = rec,
        .rec_n = rec_n,
        .spelling = (const struct amp_pl_spelling *)(const void *)index->spelling.data,
        .word = numbers(&index->word),
        .token = tokens_of(index),
        .post = (const uint8_t *)index->post.data,
        .token_n = index->token_n,
        .post_n = index->post.len,
        .spelling_n = spelling_n};
    err = tops_write(index, &places);
    size_t top_n = index->top.len / sizeof(struct amp_pl_top);
    if (top_n > 0) {
        qsort(index->top.data, top_n, sizeof(struct amp_pl_top), top_order);
    }
    err = err ? err : amp_buf_err(&index->top);
    err = err ? err : amp_buf_err(&index->top_id);
    return err ? err : amp_pl_index_more(index, &places);
}
