/*
 * Names for the copies of a city: each rare word gets other letters, vowels for vowels and
 * consonants for consonants, so that it can still be said, typed and mistyped like a word.
 */
#include "base/chance.h"
#include "map/osm_hash.h"
#include "map/quilt_in.h"

#include <stdlib.h>
#include <string.h>

enum {
    COMMON = 64,     /* words that stay */
    WORD_MIN = 4,    /* bytes: shorter words stay */
    KEYS_MAX = 1024, /* name:xx and the like of one extract */
    LETTERS = 26
};

static const char vowels[] = "aeiou";
static const char consonants[] = "bcdfglmnprstv"; /* the others are rare and stay */

struct word {
    struct amp_str text; /* in the extract */
    uint32_t n;
};

struct amp_quilt_names {
    struct amp_str common[COMMON];
    uint32_t common_n;
    uint32_t key[KEYS_MAX];
    uint32_t key_n;
};

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (uint8_t)c >= 0x80;
}

/* The next run of letters behind *at, or nothing at the end. */
static struct amp_str word_next(const char *text, size_t *at)
{
    while (text[*at] != 0 && !is_word_byte(text[*at])) {
        (*at)++;
    }
    struct amp_str word = {.ptr = text + *at};
    while (text[*at] != 0 && is_word_byte(text[*at])) {
        (*at)++;
        word.len++;
    }
    return word;
}

static bool is_name_key(const char *key)
{
    static const char *const whole[] = {"name",        "alt_name",   "old_name",    "official_name",
                                        "short_name",  "loc_name",   "int_name",    "reg_name",
                                        "addr:street", "addr:place", "addr:suburb", "addr:city"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        if (strcmp(key, whole[i]) == 0) {
            return true;
        }
    }
    return strncmp(key, "name:", 5) == 0;
}

struct counter {
    struct word *word; /* an open hash; a power of two */
    uint32_t cap, n;
};

static struct word *slot_of(const struct counter *counter, struct amp_str text)
{
    uint32_t at = (uint32_t)amp_osm_hash(text) & (counter->cap - 1);
    while (counter->word[at].n > 0 && !amp_str_eq(counter->word[at].text, text)) {
        at = (at + 1) & (counter->cap - 1);
    }
    return &counter->word[at];
}

static amp_err counter_grow(struct counter *counter)
{
    if (counter->n < counter->cap / 2) {
        return AMP_OK;
    }
    struct counter bigger = {.cap = counter->cap ? 2 * counter->cap : 1 << 12, .n = counter->n};
    bigger.word = calloc(bigger.cap, sizeof *bigger.word);
    if (!bigger.word) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < counter->cap; i++) {
        if (counter->word[i].n > 0) {
            *slot_of(&bigger, counter->word[i].text) = counter->word[i];
        }
    }
    free(counter->word);
    *counter = bigger;
    return AMP_OK;
}

static amp_err words_count(struct counter *counter, const char *text)
{
    size_t at = 0;
    for (struct amp_str word = word_next(text, &at); word.len > 0; word = word_next(text, &at)) {
        amp_err err = counter_grow(counter);
        if (err) {
            return err;
        }
        struct word *slot = slot_of(counter, word);
        counter->n += slot->n == 0;
        slot->text = word;
        slot->n++;
    }
    return AMP_OK;
}

static int by_count(const void *a, const void *b)
{
    const struct word *x = a;
    const struct word *y = b;
    if (x->n != y->n) {
        return x->n > y->n ? -1 : 1;
    }
    size_t len = x->text.len < y->text.len ? x->text.len : y->text.len;
    int order = len > 0 ? memcmp(x->text.ptr, y->text.ptr, len) : 0;
    return order != 0 ? order : (x->text.len > y->text.len) - (x->text.len < y->text.len);
}

/* Each different name counts once. */
static amp_err names_count(const struct amp_osm *osm, const struct amp_quilt_names *names,
                           struct counter *counter)
{
    bool *seen = calloc((size_t)osm->text_n + 1, sizeof *seen);
    amp_err err = seen ? AMP_OK : AMP_E_NOMEM;
    for (uint32_t i = 0; i < osm->tag_n && !err; i++) {
        if (!seen[osm->tag[i].value] && amp_quilt_names_hold(names, osm->tag[i].key)) {
            seen[osm->tag[i].value] = true;
            err = words_count(counter, amp_osm_text(osm, osm->tag[i].value));
        }
    }
    free(seen);
    return err;
}

static void keys_find(const struct amp_osm *osm, struct amp_quilt_names *names)
{
    for (uint32_t i = 0; i < osm->text_n && names->key_n < KEYS_MAX; i++) {
        if (is_name_key(amp_osm_text(osm, i))) {
            names->key[names->key_n++] = i; /* ascending */
        }
    }
}

amp_err amp_quilt_names_create(const struct amp_osm *osm, struct amp_quilt_names **out)
{
    struct amp_quilt_names *names = calloc(1, sizeof *names);
    struct counter counter = {0};
    if (!names) {
        return AMP_E_NOMEM;
    }
    keys_find(osm, names);
    amp_err err = names_count(osm, names, &counter);
    if (err) {
        free(counter.word);
        free(names);
        return err;
    }
    if (counter.cap > 0) {
        qsort(counter.word, counter.cap, sizeof *counter.word, by_count);
    }
    while (names->common_n < COMMON && names->common_n < counter.n) {
        names->common[names->common_n] = counter.word[names->common_n].text;
        names->common_n++;
    }
    free(counter.word);
    *out = names;
    return AMP_OK;
}

void amp_quilt_names_destroy(struct amp_quilt_names *names)
{
    free(names);
}

bool amp_quilt_names_hold(const struct amp_quilt_names *names, uint32_t key)
{
    uint32_t low = 0, high = names->key_n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (names->key[mid] < key) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < names->key_n && names->key[low] == key;
}

/* A shuffled alphabet: what each letter becomes in this copy. */
static void alphabet_make(unsigned copy, char to[LETTERS])
{
    struct amp_chance chance = {.state = copy};
    const char *const kind[] = {vowels, consonants};
    for (int i = 0; i < LETTERS; i++) {
        to[i] = (char)('a' + i);
    }
    for (int k = 0; k < 2; k++) {
        uint32_t n = (uint32_t)strlen(kind[k]);
        for (uint32_t i = n; i > 1; i--) { /* Fisher and Yates */
            uint32_t with = amp_chance_below(&chance, i);
            char *a = &to[kind[k][i - 1] - 'a'];
            char *b = &to[kind[k][with] - 'a'];
            char kept = *a;
            *a = *b;
            *b = kept;
        }
    }
}

static bool word_stays(const struct amp_quilt_names *names, struct amp_str word)
{
    for (uint32_t i = 0; i < names->common_n; i++) {
        if (amp_str_eq(names->common[i], word)) {
            return true;
        }
    }
    return word.len < WORD_MIN;
}

static void word_put(const char to[LETTERS], struct amp_str word, struct amp_buf *out)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        if (c >= 'a' && c <= 'z') {
            c = to[c - 'a'];
        } else if (c >= 'A' && c <= 'Z') {
            c = (char)(to[c - 'A'] - 'a' + 'A');
        }
        amp_buf_char(out, c);
    }
}

void amp_quilt_names_put(const struct amp_quilt_names *names, unsigned copy, const char *name,
                         struct amp_buf *out)
{
    char to[LETTERS];
    alphabet_make(copy, to);
    size_t begin = out->len;
    size_t at = 0, copied = 0;
    for (struct amp_str word = word_next(name, &at); copy > 0 && word.len > 0;
         word = word_next(name, &at)) {
        amp_buf_put(out, name + copied, at - word.len - copied);
        if (word_stays(names, word)) {
            amp_buf_str(out, word);
        } else {
            word_put(to, word, out);
        }
        copied = at;
    }
    amp_buf_text(out, name + copied);
    if (copy > 0 && !amp_buf_err(out) && out->len - begin == strlen(name) &&
        memcmp(out->data + begin, name, out->len - begin) == 0) {
        amp_buf_printf(out, " %u", copy); /* another script, or nothing but common words */
    }
    amp_buf_char(out, 0);
}
