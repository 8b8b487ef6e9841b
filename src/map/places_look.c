/* Looking up in the open places: words, postings, hashes. */
#include "map/broad.h"
#include "map/places_form.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

uint64_t amp_pl_head(struct amp_str word)
{
    uint64_t head = 0;
    for (size_t i = 0; i < sizeof(head); i++) {
        head = head << 8 | (i < word.len ? (uint8_t)word.ptr[i] : 0);
    }
    return head;
}

/* The tokens among which is the first that is not less than a word of this head: [lo, lo + n]. */
static uint32_t token_near(const struct amp_places *p, uint64_t head, uint32_t *n)
{
    size_t at = 0;
    *n = (uint32_t)p->token_n;
    if (p->token_head == NULL) {
        return 0;
    }
    for (size_t left = (p->token_n + AMP_PL_HEADS - 1) / AMP_PL_HEADS; left > 0;) {
        size_t half = left / 2;
        bool less = p->token_head[at + half] < head;
        at = less ? at + half + 1 : at;
        left = less ? left - half - 1 : half;
    }
    uint32_t lo = at > 0 ? (uint32_t)(at - 1) * AMP_PL_HEADS : 0; /* the last that is less */
    while (at * AMP_PL_HEADS < p->token_n && p->token_head[at] == head) {
        at++; /* longer words with one head */
    }
    size_t end = at * AMP_PL_HEADS < p->token_n ? at * AMP_PL_HEADS : p->token_n;
    *n = (uint32_t)end - lo;
    return lo;
}

enum {
    HEAD = sizeof(((struct amp_pl_token *)0)->head)
};

static uint64_t rest_of(struct amp_str text)
{
    return amp_pl_head((struct amp_str){text.ptr + HEAD, text.len - HEAD});
}

/* Whether a token comes before a text that has this head. */
static bool token_less(const struct amp_places *p, uint32_t token, struct amp_str text,
                       uint64_t head)
{
    if (p->token[token].head != head || text.len <= HEAD) {
        return p->token[token].head < head;
    }
    if (p->token_rest != NULL) {
        uint64_t rest = rest_of(text);
        if (p->token_rest[token] != rest || text.len <= (size_t)2 * HEAD) {
            return p->token_rest[token] < rest;
        }
    }
    return strncmp(p->text + p->token[token].text, text.ptr, text.len) < 0;
}

/* Whether a token is a text. What is shorter than head and rest ends in them with a zero. */
static bool token_is(const struct amp_places *p, uint32_t token, struct amp_str text)
{
    if (p->token[token].head != amp_pl_head(text) || text.len < HEAD) {
        return p->token[token].head == amp_pl_head(text);
    }
    if (p->token_rest != NULL && text.len < (size_t)2 * HEAD) {
        return p->token_rest[token] == rest_of(text);
    }
    return amp_str_eq(amp_pl_token_text(p, token), text);
}

/* First token that is not less than text. */
static uint32_t token_bound(const struct amp_places *p, struct amp_str text)
{
    uint64_t head = amp_pl_head(text);
    uint32_t n;
    uint32_t lo = token_near(p, head, &n);
    while (n > 0) {
        uint32_t half = n / 2;
        bool less = token_less(p, lo + half, text, head);
        lo = less ? lo + half + 1 : lo;
        n = less ? n - half - 1 : half;
    }
    return lo;
}

static bool token_begins(const struct amp_places *p, uint32_t token, struct amp_str prefix)
{
    uint64_t head = amp_pl_head(prefix);
    if (prefix.len == 0 || prefix.len > (size_t)2 * HEAD ||
        (prefix.len > HEAD && p->token_rest == NULL)) {
        return strncmp(p->text + p->token[token].text, prefix.ptr, prefix.len) == 0;
    }
    if (prefix.len <= HEAD) {
        size_t free_bits = (HEAD - prefix.len) * 8;
        return p->token[token].head >> free_bits == head >> free_bits;
    }
    size_t free_bits = ((size_t)2 * HEAD - prefix.len) * 8;
    return p->token[token].head == head &&
           p->token_rest[token] >> free_bits == rest_of(prefix) >> free_bits;
}

/* First token from lo on behind all that begin with prefix. */
static uint32_t prefix_end(const struct amp_places *p, uint32_t lo, struct amp_str prefix)
{
    uint32_t step = 1;
    uint32_t hi = lo;
    while (hi < p->token_n && token_begins(p, hi, prefix)) {
        lo = hi + 1;
        hi += step;
        step *= 2;
    }
    hi = hi < p->token_n ? hi : (uint32_t)p->token_n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (token_begins(p, mid, prefix)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

struct amp_pl_range amp_pl_tokens(const struct amp_places *places, struct amp_str text, bool prefix)
{
    struct amp_pl_range range = {token_bound(places, text), 0};
    if (prefix) {
        range.hi = prefix_end(places, range.lo, text);
        return range;
    }
    bool there = range.lo < places->token_n && token_is(places, range.lo, text);
    range.hi = range.lo + (there ? 1 : 0);
    return range;
}

size_t amp_pl_prefix_ranges(const struct amp_places *places, struct amp_str prefix,
                            struct amp_pl_range out[AMP_FOLD_FORMS + 1])
{
    struct amp_str form[AMP_FOLD_FORMS];
    size_t form_n = amp_fold_completions(prefix, form);
    size_t n = 1;
    out[0] = amp_pl_tokens(places, prefix, true);
    for (size_t i = 0; i < form_n; i++) {
        if (!amp_str_starts(form[i], prefix)) {
            out[n++] = amp_pl_tokens(places, form[i], false);
        }
    }
    return n;
}

size_t amp_pl_range_cost(const struct amp_places *places, struct amp_pl_range range)
{
    size_t cost = 0;
    if (places->post_sum != NULL) {
        return places->post_sum[range.hi] - places->post_sum[range.lo];
    }
    for (uint32_t t = range.lo; t < range.hi; t++) {
        cost += places->token[t].post_n;
    }
    return cost;
}

static size_t top_slot(const struct amp_places *places, struct amp_str prefix)
{
    size_t mask = places->top_slot_n - 1;
    size_t at = amp_pl_bag_hash(&prefix, 1) & mask;
    while (places->top_slot[at] != 0 &&
           !amp_str_is(prefix, places->top[places->top_slot[at] - 1].prefix)) {
        at = (at + 1) & mask;
    }
    return at;
}

const struct amp_pl_top *amp_pl_top(const struct amp_places *places, struct amp_str prefix)
{
    if (prefix.len >= AMP_PL_PREFIX) {
        return NULL;
    }
    uint32_t number = places->top_slot[top_slot(places, prefix)];
    return number == 0 ? NULL : &places->top[number - 1];
}

static amp_err top_slots_make(struct amp_places *places)
{
    places->top_slot_n = 2;
    while (places->top_slot_n < 2 * places->top_n) {
        places->top_slot_n *= 2;
    }
    places->top_slot = calloc(places->top_slot_n, sizeof(*places->top_slot));
    for (size_t i = 0; i < places->top_n && places->top_slot != NULL; i++) {
        size_t at = top_slot(places, amp_str_of(places->top[i].prefix));
        places->top_slot[at] = places->top_slot[at] == 0 ? (uint32_t)i + 1 : places->top_slot[at];
    }
    return places->top_slot == NULL ? AMP_E_NOMEM : AMP_OK;
}

static size_t cell_slot(const struct amp_places *places, uint32_t cell)
{
    size_t mask = places->cell_slot_n - 1;
    size_t at = amp_pl_cell_hash(cell, 0) & mask;
    while (places->cell_slot[at] != 0 &&
           places->local_cell[places->cell_slot[at] - 1].cell != cell) {
        at = (at + 1) & mask;
    }
    return at;
}

const struct amp_pl_local_cell *amp_pl_cell(const struct amp_places *places, uint32_t cell)
{
    uint32_t number = places->cell_slot[cell_slot(places, cell)];
    return number == 0 ? NULL : &places->local_cell[number - 1];
}

static amp_err cell_slots_make(struct amp_places *places)
{
    places->cell_slot_n = 2;
    while (places->cell_slot_n < 2 * places->local_cell_n) {
        places->cell_slot_n *= 2;
    }
    places->cell_slot = calloc(places->cell_slot_n, sizeof(*places->cell_slot));
    for (size_t i = 0; i < places->local_cell_n && places->cell_slot != NULL; i++) {
        places->cell_slot[cell_slot(places, places->local_cell[i].cell)] = (uint32_t)i + 1;
    }
    return places->cell_slot == NULL ? AMP_E_NOMEM : AMP_OK;
}

static uint16_t text_len(const struct amp_places *places, uint32_t text)
{
    return (uint16_t)strnlen(places->text + text, AMP_PL_CARD_TEXT);
}

amp_err amp_pl_cards_make(struct amp_places *places)
{
    places->card = amp_broad_alloc(places->spelling_n, sizeof(*places->card));
    for (size_t i = 0; i < places->spelling_n && places->card != NULL; i++) {
        const struct amp_pl_spelling *s = &places->spelling[i];
        const struct amp_pl_rec *rec = &places->rec[s->place];
        struct amp_pl_card card = {.pos = rec->pos,
                                   .place = s->place,
                                   .text = s->text,
                                   .name = rec->name,
                                   .context = rec->context,
                                   .name_len = text_len(places, rec->name),
                                   .context_len = text_len(places, rec->context),
                                   .kind = rec->kind,
                                   .importance = rec->importance,
                                   .flags = rec->flags,
                                   .alias = s->text != rec->name ? 1 : 0,
                                   .word_n = (uint8_t)(s[1].word_first - s[0].word_first)};
        for (size_t w = 0; w < card.word_n && card.word_n <= AMP_PL_CARD_WORDS; w++) {
            card.word[w] = places->word[s->word_first + w];
        }
        places->card[i] = card;
    }
    amp_err err = places->card == NULL ? AMP_E_NOMEM : top_slots_make(places);
    return err ? err : cell_slots_make(places);
}

const uint32_t *amp_pl_words(const struct amp_places *places, uint32_t spelling, size_t *out_n)
{
    const struct amp_pl_card *card = &places->card[spelling];
    *out_n = card->word_n;
    return card->word_n <= AMP_PL_CARD_WORDS ? card->word
                                             : places->word + places->spelling[spelling].word_first;
}

void amp_pl_token_soon(const struct amp_places *places, struct amp_str word)
{
    enum {
        LINE = 64
    };
    uint32_t n;
    uint32_t lo = token_near(places, amp_pl_head(word), &n);
    const char *token = (const char *)&places->token[lo];
    size_t bytes = (size_t)n * sizeof(*places->token);
    for (size_t at = 0; at < bytes && at < (size_t)LINE * AMP_PL_HEADS; at += LINE) {
        __builtin_prefetch(token + at);
    }
    for (size_t at = 0; at < n * sizeof(*places->token_rest); at += LINE) {
        __builtin_prefetch((const char *)&places->token_rest[lo] + at);
    }
    __builtin_prefetch(&places->token_look[lo]);
    __builtin_prefetch(&places->post_sum[lo]);
}

/* The next number of a posting; invariant 4 says that it ends within a few bytes. */
static uint32_t varint_next(const uint8_t **at)
{
    uint32_t value = 0;
    int shift = 0;
    uint8_t byte;
    do {
        byte = *(*at)++;
        value |= (uint32_t)(byte & 0x7F) << (shift & 31);
        shift += 7;
    } while (byte & 0x80);
    return value;
}

static size_t postings_read(const struct amp_places *p, uint32_t token, size_t most, uint32_t *id,
                            uint64_t *bits)
{
    const uint8_t *at = p->post + p->token[token].post_first;
    size_t n = p->token[token].post_n < most ? p->token[token].post_n : most;
    uint32_t spelling = 0;
    for (size_t i = 0; i < n; i++) {
        spelling += varint_next(&at);
        if (bits != NULL) {
            bits[spelling / 64] |= UINT64_C(1) << (spelling % 64);
        } else {
            id[i] = spelling;
        }
    }
    return n;
}

enum {
    VERY_FEW = 64, /* numbers that are put in their places one by one */
    FEW = 512      /* numbers that are sorted sooner than a bit for each spelling is looked at */
};

/* Ascending, by bytes from the lowest to the highest that differs; at most FEW. */
static void ids_sort(uint32_t *id, size_t n, uint32_t limit)
{
    uint32_t other[FEW];
    for (size_t i = 1; i < n && n <= VERY_FEW; i++) {
        uint32_t one = id[i];
        size_t at = i;
        for (; at > 0 && id[at - 1] > one; at--) {
            id[at] = id[at - 1];
        }
        id[at] = one;
    }
    if (n <= VERY_FEW) {
        return;
    }
    for (int shift = 0; shift < 32 && (limit >> shift) > 0; shift += 8) {
        uint32_t first[257] = {0};
        for (size_t i = 0; i < n; i++) {
            first[(id[i] >> shift & 255) + 1]++;
        }
        for (size_t i = 0; i < 256; i++) {
            first[i + 1] += first[i];
        }
        for (size_t i = 0; i < n; i++) {
            other[first[id[i] >> shift & 255]++] = id[i];
        }
        memcpy(id, other, n * sizeof(*id));
    }
}

/* Postings to be read for the first `most`: no more than these of each word. It stops counting
 * above FEW. */
static size_t gather_cost(const struct amp_places *p, const struct amp_pl_range *range,
                          size_t range_n, size_t most)
{
    size_t cost = 0;
    for (size_t i = 0; i < range_n; i++) {
        for (uint32_t t = range[i].lo; t < range[i].hi && cost <= FEW; t++) {
            cost += p->token[t].post_n < most ? p->token[t].post_n : most;
        }
    }
    return cost;
}

size_t amp_pl_least_put(uint32_t *id, size_t n, size_t most, uint32_t one)
{
    size_t at = n;
    if (n == most && (n == 0 || id[n - 1] <= one)) {
        return n;
    }
    while (at > 0 && id[at - 1] > one) {
        at--;
    }
    if (at > 0 && id[at - 1] == one) {
        return n;
    }
    n = n < most ? n + 1 : n;
    memmove(id + at + 1, id + at, (n - at - 1) * sizeof(*id));
    id[at] = one;
    return n;
}

/* The least few of some lists of few numbers. */
static uint32_t *gather_least(const struct amp_places *p, const struct amp_pl_range *range,
                              size_t range_n, size_t most, struct amp_arena *arena, size_t *out_n)
{
    uint32_t *id = amp_arena_array(arena, most + 1, sizeof(*id));
    size_t n = 0;
    for (size_t i = 0; i < range_n && id != NULL; i++) {
        for (uint32_t t = range[i].lo; t < range[i].hi; t++) {
            const uint8_t *at = p->post + p->token[t].post_first;
            uint32_t spelling = 0;
            for (uint32_t k = 0; k < p->token[t].post_n; k++) {
                spelling += varint_next(&at);
                if (n == most && spelling >= id[n - 1]) {
                    break; /* they ascend */
                }
                n = amp_pl_least_put(id, n, most, spelling);
            }
        }
    }
    *out_n = n;
    return id;
}

/* A few lists of few numbers, the first `most` of each: side by side, then sorted. */
static uint32_t *gather_sorted(const struct amp_places *p, const struct amp_pl_range *range,
                               size_t range_n, size_t most, struct amp_arena *arena, size_t *out_n)
{
    size_t total = gather_cost(p, range, range_n, most);
    uint32_t *id = amp_arena_array(arena, total + 1, sizeof(*id));
    size_t n = 0;
    size_t lists = 0;
    for (size_t i = 0; i < range_n && id != NULL; i++) {
        for (uint32_t t = range[i].lo; t < range[i].hi; t++, lists++) {
            n += postings_read(p, t, most, id + n, NULL);
        }
    }
    if (lists > 1) {
        ids_sort(id, n, (uint32_t)p->spelling_n);
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || id[kept - 1] != id[i]) {
            id[kept++] = id[i];
        }
    }
    *out_n = kept;
    return id;
}

static uint32_t *gather_bits(const struct amp_places *p, const struct amp_pl_range *range,
                             size_t range_n, size_t most, struct amp_arena *arena, size_t *out_n)
{
    size_t words = p->spelling_n / 64 + 1;
    uint64_t *bits = calloc(words, sizeof(*bits)); /* too much to keep in the arena */
    size_t n = 0;
    for (size_t i = 0; i < range_n && bits != NULL; i++) {
        for (uint32_t t = range[i].lo; t < range[i].hi; t++) {
            n += postings_read(p, t, most, NULL, bits);
        }
    }
    n = n < most ? n : most;
    uint32_t *id = bits == NULL ? NULL : amp_arena_array(arena, n + 1, sizeof(*id));
    size_t got = 0;
    for (size_t w = 0; w < words && id != NULL && got < n; w++) {
        for (uint64_t left = bits[w]; left != 0 && got < n; left &= left - 1) {
            id[got++] = (uint32_t)(w * 64 + (size_t)__builtin_ctzll(left));
        }
    }
    free(bits);
    *out_n = got;
    return id;
}

const uint32_t *amp_pl_gather(const struct amp_places *places, const struct amp_pl_range *range,
                              size_t range_n, size_t most, struct amp_arena *arena, size_t *out_n)
{
    if (range_n == 1 && range[0].hi - range[0].lo == 1) {
        size_t total = places->token[range[0].lo].post_n;
        total = total < most ? total : most;
        uint32_t *id = amp_arena_array(arena, total + 1, sizeof(*id));
        *out_n = id == NULL ? 0 : postings_read(places, range[0].lo, total, id, NULL);
        return id;
    }
    if (most <= AMP_PL_MORE) {
        return gather_least(places, range, range_n, most, arena, out_n);
    }
    if (gather_cost(places, range, range_n, most) > FEW) {
        return gather_bits(places, range, range_n, most, arena, out_n);
    }
    uint32_t *id = gather_sorted(places, range, range_n, most, arena, out_n);
    *out_n = *out_n < most ? *out_n : most;
    return id;
}

amp_err amp_pl_hashes_make(const uint64_t *number, size_t n, struct amp_pl_hashes *out)
{
    enum {
        BITS_MIN = 4,
        BITS_MAX = 24,
        EACH = 8 /* numbers of the same upper bits, more or less: a line of memory */
    };
    int bits = BITS_MIN;
    while (bits < BITS_MAX && n >> bits > EACH) {
        bits++;
    }
    size_t first_n = ((size_t)1 << bits) + 1;
    uint32_t *first = calloc(first_n, sizeof(*first));
    if (first == NULL) {
        return AMP_E_NOMEM;
    }
    size_t at = 0;
    for (size_t i = 0; i < first_n; i++) {
        while (at < n && number[at] >> (64 - bits) < i) {
            at++;
        }
        first[i] = (uint32_t)at;
    }
    *out = (struct amp_pl_hashes){number, n, first, 32 - bits};
    return AMP_OK;
}

size_t amp_pl_hashed_first(const struct amp_pl_hashes *hashes, uint32_t hash)
{
    const uint32_t *first = &hashes->first[hash >> hashes->shift];
    size_t lo = first[0];
    for (size_t hi = first[1]; lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;
        if (hashes->number[mid] >> 32 < hash) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

size_t amp_pl_hashed(const struct amp_pl_hashes *hashes, uint32_t hash, size_t *out_first)
{
    size_t lo = amp_pl_hashed_first(hashes, hash);
    uint32_t limit = hashes->first[(hash >> hashes->shift) + 1];
    size_t end = lo;
    while (end < limit && hashes->number[end] >> 32 == hash) {
        end++;
    }
    *out_first = lo;
    return end - lo;
}

void amp_pl_hashed_soon(const struct amp_pl_hashes *hashes, uint32_t hash, int step)
{
    const uint32_t *first = &hashes->first[hash >> hashes->shift];
    if (step == 0) {
        __builtin_prefetch(first);
    } else {
        __builtin_prefetch(&hashes->number[first[0]]);
    }
}
