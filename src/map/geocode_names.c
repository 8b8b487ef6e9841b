/* Searching names: readings of the words, and what the finder brings for each. */
#include "map/geocode_search.h"
#include "map/words.h"
#include <string.h>

static const double good = 0.76; /* answers as good as this need no words left out */

enum {
    DROP_WORDS_MAX = 8,
    CONTEXT_WORDS = 4, /* at either end that may name the surroundings */
    STRAY_MAX = 2,     /* letters of a word that nobody can correct */
    MEANT_MIN = 4,     /* letters of a known word that may yet be mistyped */
    PLANS_MAX = 200,   /* ways of reading a question that are tried */
    ENOUGH = 10,       /* of one name, around the caller */
    HOUSE_WORDS = 3    /* "17 bis 2" */
};

/* ---- what a finder brings ---- */

/* How many of one name are weighed: any of them may have the house. */
static size_t name_most(const struct amp_search *s, bool many)
{
    return many ? AMP_PL_BAG_MANY : s->limit > AMP_PL_BAG ? s->limit : AMP_PL_BAG;
}

/* The names that consist of these words. */
static size_t bag_try(struct amp_search *s, const struct amp_reading *reading,
                      const struct amp_bag *bag, bool skip)
{
    size_t n = 0;
    size_t most = name_most(s, reading->many);
    const uint32_t *id = s->find->bag(s->find, bag, most, &n);
    size_t hits = amp_search_weigh(s, reading, id, id == NULL ? 0 : n, skip);
    bool more = n == most && s->ask->near != NULL; /* the near ones */
    for (size_t level = 0; level < AMP_PL_LEVELS && more && !s->failed; level++) {
        id = s->find->bag_local(s->find, bag, *s->ask->near, level, &n);
        (void)amp_search_weigh(s, reading, id, id == NULL ? 0 : n, true);
        more = reading->many || n < ENOUGH;
    }
    return hits;
}

/* The same for each choice of alternatives of a reading, up to a limit. */
static size_t bag_run(struct amp_search *s, const struct amp_reading *reading)
{
    size_t choice[AMP_FOLD_WORDS] = {0};
    size_t hits = 0;
    for (size_t round = 0; round < AMP_COMBINATIONS && !s->failed; round++) {
        const struct amp_alt *alt[AMP_FOLD_WORDS];
        struct amp_bag bag;
        size_t n = 0;
        for (size_t t = 0; t < reading->term_n; t++) {
            alt[n] = &reading->term[t].alt[choice[t]];
            n += !alt[n]->prefix && alt[n]->count > 0 ? 1 : 0;
        }
        if (n == reading->term_n) {
            s->find->bag_of(s->find, alt, n, &bag);
            hits += bag_try(s, reading, &bag, hits > 0);
        }
        size_t t = reading->term_n;
        while (t > 0 && ++choice[t - 1] == reading->term[t - 1].alt_n) {
            choice[--t] = 0;
        }
        if (t == 0) {
            break;
        }
    }
    return hits;
}

static size_t term_count(const struct amp_term *term)
{
    size_t count = 0;
    for (size_t i = 0; i < term->alt_n; i++) {
        count += term->alt[i].count;
    }
    return count;
}

static size_t driver_of(const struct amp_reading *reading)
{
    bool weighty = false;
    size_t best = 0;
    for (size_t t = 0; t < reading->term_n; t++) {
        weighty = weighty || !reading->term[t].little;
    }
    for (size_t t = 0, found = 0; t < reading->term_n; t++) {
        const struct amp_term *term = &reading->term[t];
        if (weighty && term->little) {
            continue; /* a name may lack it */
        }
        best = found++ == 0 || term_count(term) < term_count(&reading->term[best]) ? t : best;
    }
    return best;
}

static bool has_prefix(const struct amp_term *term)
{
    for (size_t i = 0; i < term->alt_n; i++) {
        if (term->alt[i].prefix) {
            return true;
        }
    }
    return false;
}

/* Street words that are begun, and no other word. */
static bool only_begun(const struct amp_term *term)
{
    for (size_t i = 0; i < term->alt_n; i++) {
        if (term->alt[i].factor > amp_match_begun(0, 0)) {
            return false;
        }
    }
    return true;
}

/* Names around the caller. */
static void local_run(struct amp_search *s, const struct amp_reading *reading)
{
    size_t n = 0;
    if (s->ask->near != NULL && !s->failed) {
        const struct amp_term *driver = &reading->term[driver_of(reading)];
        const uint32_t *id = s->find->local(s->find, driver, *s->ask->near, &n);
        (void)amp_search_weigh(s, reading, id, id == NULL ? 0 : n, true);
    }
}

/* Names that have more words than the reading, or longer ones. */
static void list_run(struct amp_search *s, const struct amp_reading *reading, bool named)
{
    const struct amp_term *driver = &reading->term[driver_of(reading)];
    bool prefix = has_prefix(driver);
    size_t count = term_count(driver);
    bool few = prefix || reading->unused != 0 || driver->little || only_begun(driver);
    size_t top = prefix && s->ask->near != NULL ? AMP_PL_TOP_NEAR : AMP_PL_TOP;
    size_t most = named ? AMP_PL_MORE : few ? top : AMP_PL_MATCHES;
    bool streets = prefix && !named && reading->term_n > 1 && count > most;
    size_t n = 0;
    if (count == 0) {
        return;
    }
    if (!named && count > most) { /* the best of them first */
        local_run(s, reading);
    }
    if (!s->failed) {
        const uint32_t *id = s->find->list(s->find, driver, most, streets, &n);
        (void)amp_search_weigh(s, reading, id, id == NULL ? 0 : n, true);
    }
}

/* ---- words of the question ---- */

static bool good_enough(const struct amp_search *s)
{
    return s->hit_n > 0 && s->hit[0].quality >= good;
}

/* What a word begins: looked for when it first stands last in a reading. */
static void word_begin(struct amp_search *s, size_t i)
{
    struct amp_asked_word *w = &s->word[i];
    struct amp_alt begun[AMP_FOLD_FORMS + 1];
    if (w->begun) {
        return;
    }
    w->begun = true;
    size_t n = s->find->begun(s->find, w->raw, begun);
    w->begins = n > 0;
    for (size_t b = 0; b < n; b++) {
        bool itself = w->known && !begun[b].prefix && amp_str_eq(begun[b].word, w->alt[0].word);
        bool within = w->known && begun[b].prefix && amp_str_starts(w->alt[0].word, w->raw);
        begun[b].count -= within ? w->alt[0].count : 0; /* each spelling is counted once */
        if (!itself) {
            w->alt[w->alt_n++] = begun[b];
        }
    }
}

/* Too short to tell what was meant, "ru" for "rua": a word without weight. */
static bool stray(const struct amp_asked_word *w)
{
    bool letters = w->raw.len > 0 && w->raw.len <= STRAY_MAX;
    for (size_t i = 0; i < w->raw.len && letters; i++) {
        letters = w->raw.ptr[i] >= 'a' && w->raw.ptr[i] <= 'z';
    }
    return letters && !w->known && !w->begins;
}

static void words_prepare(struct amp_search *s)
{
    enum {
        ALTS = AMP_FOLD_FORMS + 2
    };
    const struct amp_alt *known[AMP_FOLD_WORDS];
    size_t n = s->folded->n;
    size_t known_n = 0;
    struct amp_alt *alt = amp_arena_array(s->arena, n * ALTS, sizeof(*alt));
    s->find->words_soon(s->find, s->folded->word, n);
    if (alt == NULL) {
        s->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct amp_asked_word *w = &s->word[i];
        *w = (struct amp_asked_word){.raw = s->folded->raw[i], .alt = alt + i * ALTS};
        w->known = s->find->known(s->find, s->folded->word[i], &w->alt[0]);
        w->little = w->known ? w->alt[0].little : amp_word_little(s->folded->word[i]);
        w->exact_n = w->known ? 1 : 0;
        w->alt_n = w->exact_n;
        known[known_n] = w->alt;
        known_n += w->exact_n;
    }
    if (known_n == n) {
        s->find->bag_soon(s->find, known, n);
    }
}

/* The rest of the words, which a question that is a name does not need. */
static void words_begin(struct amp_search *s)
{
    if (s->folded->n > 0 && !s->failed) {
        word_begin(s, s->folded->n - 1);
    }
    for (size_t i = 0; i < s->folded->n; i++) {
        s->word[i].little = s->word[i].little || stray(&s->word[i]);
    }
}

/* ---- readings ---- */

enum level {
    LEVEL_PLAIN, /* words as typed, the last may be begun */
    LEVEL_MEANT, /* unknown words for what they may mean */
    LEVEL_LOOSE, /* the same, and those that may mean a kind of street may be lacking */
    LEVEL_DOUBT  /* word `doubt` for what else it may mean, though it is known */
};

/* Which words are the name; what else of the question is used, or left out. */
struct plan {
    uint32_t name, used, unused;
    enum level level;
    size_t doubt;
    bool altered;
    char house[AMP_HOUSE_KEY];
};

static void word_mean(struct amp_search *s, struct amp_asked_word *word)
{
    if (word->meant == NULL) {
        word->meant = amp_arena_array(s->arena, AMP_ALTS + 1, sizeof(*word->meant));
        s->failed = s->failed || word->meant == NULL;
        word->meant_n = word->meant == NULL ? 0 : s->find->meant(s->find, word->raw, word->meant);
    }
}

/* A mistyped "avenida" need not be there any more than a right one. */
static bool street_word_meant(const struct amp_asked_word *word)
{
    for (size_t i = 0; i < word->meant_n; i++) {
        if (amp_word_little(word->meant[i].word)) {
            return true;
        }
    }
    return false;
}

static void term_make(struct amp_search *s, const struct plan *plan, size_t i, bool last,
                      struct amp_term *out)
{
    struct amp_asked_word *word = &s->word[i];
    bool unknown = !word->known && !(last && word->begins);
    *out = (struct amp_term){.alt = word->alt, .alt_n = last ? word->alt_n : word->exact_n};
    out->words = UINT32_C(1) << i;
    out->little = word->little;
    bool meant = plan->level == LEVEL_MEANT || plan->level == LEVEL_LOOSE;
    if ((meant && unknown) || (plan->level == LEVEL_DOUBT && plan->doubt == i)) {
        word_mean(s, word);
        out->alt = word->meant;
        out->alt_n = word->meant_n;
        out->little = plan->level == LEVEL_LOOSE && street_word_meant(word);
    }
}

/* A reading of a plan, kept for as long as its hits; NULL if a word of it means nothing. */
static struct amp_reading *reading_make(struct amp_search *s, const struct plan *plan)
{
    struct amp_reading *r = amp_arena_alloc(s->arena, sizeof(*r));
    size_t last = AMP_FOLD_WORDS;
    bool weighty = false;
    if (r == NULL) {
        s->failed = true;
        return NULL;
    }
    *r = (struct amp_reading){.used = plan->used, .unused = plan->unused};
    r->altered = plan->altered;
    r->many = plan->level != LEVEL_PLAIN || plan->house[0] != '\0' || plan->altered;
    r->others = s->same_all && !plan->altered && plan->unused == 0 && plan->used == 0;
    r->folded = s->folded;
    memcpy(r->house, plan->house, sizeof(r->house));
    for (size_t i = 0; i < s->folded->n; i++) {
        last = (plan->name >> i & 1) != 0 ? i : last;
    }
    if (last < AMP_FOLD_WORDS) {
        word_begin(s, last);
    }
    for (size_t i = 0; i < s->folded->n; i++) {
        if ((plan->name >> i & 1) == 0) {
            continue;
        }
        struct amp_term *term = &r->term[r->term_n++];
        term_make(s, plan, i, i == last, term);
        weighty = weighty || !term->little;
    }
    for (size_t t = 0; t < r->term_n; t++) {
        if (r->term[t].alt_n == 0 && (!r->term[t].little || !weighty)) {
            return NULL;
        }
    }
    return r->term_n > 0 ? r : NULL;
}

/* Little words that no name has take no part in choices. */
static void reading_trim(struct amp_reading *r)
{
    size_t n = 0;
    for (size_t t = 0; t < r->term_n; t++) {
        if (r->term[t].alt_n > 0) {
            r->term[n++] = r->term[t];
        } else {
            r->unused |= r->term[t].words;
        }
    }
    r->term_n = n;
}

static void plan_run(struct amp_search *s, const struct plan *plan)
{
    struct amp_reading *reading = s->plans < PLANS_MAX ? reading_make(s, plan) : NULL;
    s->plans++;
    if (reading == NULL || s->failed) {
        return;
    }
    reading_trim(reading);
    bool named = bag_run(s, reading) > 0;
    s->exact =
        s->exact || (named && plan->level == LEVEL_PLAIN && plan->unused == 0 && !plan->altered);
    if (named && plan->level == LEVEL_PLAIN && s->hit_n == s->limit) {
        return;
    }
    if (plan->level != LEVEL_DOUBT && (plan->level == LEVEL_PLAIN || s->hit_n == 0)) {
        list_run(s, reading, named);
    }
}

static bool begins_with_digit(struct amp_str word)
{
    return word.len > 0 && word.ptr[0] >= '0' && word.ptr[0] <= '9';
}

/* Words [first, end) as a comparable house number. */
static void house_of(const struct amp_folded *folded, size_t first, size_t end,
                     char out[AMP_HOUSE_KEY])
{
    char text[AMP_HOUSE_KEY];
    size_t len = 0;
    for (size_t i = first; i < end; i++) {
        struct amp_str word = folded->raw[i];
        if (len + word.len + 1 < sizeof(text)) {
            memcpy(text + len, word.ptr, word.len);
            len += word.len;
            text[len++] = ' ';
        }
    }
    (void)amp_fold_house((struct amp_str){.ptr = text, .len = len}, out, AMP_HOUSE_KEY);
}

/* "No 12", "nr. 12", "number 12": words before a house number. */
static bool number_word(struct amp_str raw)
{
    static const char *const words[] = {"no", "nr", "n", "num", "numero", "number", "nro", "casa"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (amp_str_is(raw, words[i])) {
            return true;
        }
    }
    return false;
}

static uint32_t bits(size_t first, size_t end)
{
    uint32_t below_end = end >= 32 ? UINT32_MAX : (UINT32_C(1) << end) - 1;
    return below_end & ~((UINT32_C(1) << first) - 1);
}

/* What may follow a house number as a part of it: "a", "bis", "k3", another number. */
static bool house_suffix(struct amp_str raw)
{
    enum {
        SUFFIX_LETTERS = 3
    };
    struct amp_typo_word word;
    size_t letters = 0;
    if (begins_with_digit(raw)) {
        return true;
    }
    for (size_t i = 0; i < raw.len && letters <= SUFFIX_LETTERS; i++) {
        letters += ((uint8_t)raw.ptr[i] & 0xC0) != 0x80 ? 1 : 0;
    }
    if (letters > SUFFIX_LETTERS) {
        return false;
    }
    amp_typo_word(raw, &word);
    return word.n > 0 && word.n <= SUFFIX_LETTERS;
}

/* Run a plan with words [at, end) taken for the house number. */
static void house_run(struct amp_search *s, const struct plan *plan, size_t at, size_t end)
{
    struct plan with = *plan;
    uint32_t number = bits(at, end);
    if ((plan->name & number) != number || plan->name == number) {
        return;
    }
    if (at > 0 && (plan->name >> (at - 1) & 1) != 0 && number_word(s->folded->raw[at - 1])) {
        number |= UINT32_C(1) << (at - 1);
    }
    with.name &= ~number;
    with.used |= number;
    house_of(s->folded, at, end, with.house);
    if (with.name != 0) {
        plan_run(s, &with);
    }
}

/* All readings of the words of a plan: a name, a house number behind it, or before it. */
static void houses_run(struct amp_search *s, const struct plan *plan)
{
    const struct amp_folded *folded = s->folded;
    plan_run(s, plan);
    size_t first = folded->n;
    size_t end = 0;
    for (size_t i = folded->n; i > 0; i--) {
        if ((plan->name >> (i - 1) & 1) != 0) {
            first = i - 1;
            end = end == 0 ? i : end;
        }
    }
    for (size_t k = 1; k <= HOUSE_WORDS && first + k < end; k++) { /* "12", "12 a", "12/3" behind */
        if (begins_with_digit(folded->raw[end - k])) {
            house_run(s, plan, end - k, end);
        }
        if (!house_suffix(folded->raw[end - k])) {
            break;
        }
    }
    for (size_t k = 1; k <= HOUSE_WORDS && first + k < end && begins_with_digit(folded->raw[first]);
         k++) {
        house_run(s, plan, first, first + k);
        if (!house_suffix(folded->raw[first + k])) {
            break;
        }
    }
    for (size_t i = first + 1; i + 1 < end; i++) { /* "Rua Augusta 12 Baixa" */
        if (folded->comma[i] && begins_with_digit(folded->raw[i])) {
            house_run(s, plan, i, i + 1);
        }
    }
}

/* ---- words that are not what they seem ---- */

static bool unknown_in(struct amp_search *s, uint32_t name)
{
    size_t last = 0;
    for (size_t i = 0; i < s->folded->n; i++) {
        last = (name >> i & 1) != 0 ? i : last;
    }
    word_begin(s, last);
    for (size_t i = 0; i < s->folded->n; i++) {
        bool begun = i == last && s->word[i].begins;
        if ((name >> i & 1) != 0 && !s->word[i].known && !begun) {
            return true;
        }
    }
    return false;
}

static bool all_digits(struct amp_str raw)
{
    uint64_t number;
    return !amp_str_u64(raw, &number);
}

/* A name has the word, or it is a number. */
static bool word_known(const struct amp_search *s, struct amp_str raw)
{
    struct amp_alt alt;
    const struct amp_word_form *form = amp_word_form(raw);
    return raw.len > 0 &&
           (all_digits(raw) ||
            s->find->known(s->find, form == NULL ? raw : amp_str_of(form->brief), &alt));
}

/* Part of a question spelt in another way: words [at, at + n) become up to two texts. */
struct respelling {
    size_t at, n;
    struct amp_str part[2];
};

/* The whole question with a respelling, searched in its place. */
static void respelt_run(struct amp_search *s, const struct respelling *r)
{
    const struct amp_folded *own = s->folded;
    struct amp_folded *folded = amp_arena_alloc(s->arena, sizeof(*folded));
    struct amp_asked_word *word = amp_arena_array(s->arena, AMP_FOLD_WORDS, sizeof(*word));
    char text[AMP_FOLD_BYTES + 2 * AMP_FOLD_WORDS];
    size_t len = 0;
    if (folded == NULL || word == NULL) {
        s->failed = true;
        return;
    }
    for (size_t i = 0; i < own->n; i++) {
        for (size_t k = 0; k < 2; k++) {
            struct amp_str part = i == r->at ? r->part[k] : k == 0 ? own->raw[i] : AMP_STR("");
            if (part.len == 0 || (i > r->at && i < r->at + r->n) ||
                len + part.len + 1 > sizeof(text)) {
                continue;
            }
            if (len > 0) {
                text[len++] = own->comma[i] && k == 0 ? ',' : ' ';
            }
            memcpy(text + len, part.ptr, part.len);
            len += part.len;
        }
    }
    amp_fold((struct amp_str){text, len}, folded);
    memcpy(word, s->word, sizeof(s->word));
    s->folded = folded;
    words_prepare(s);
    words_begin(s);
    struct plan plan = {.name = bits(0, folded->n), .altered = true};
    houses_run(s, &plan);
    if (s->hit_n == 0 && unknown_in(s, plan.name)) {
        plan.level = LEVEL_MEANT;
        houses_run(s, &plan);
    }
    s->folded = own;
    memcpy(s->word, word, sizeof(s->word));
}

static void respelling_try(struct amp_search *s, size_t at, size_t n, struct amp_str a,
                           struct amp_str b)
{
    if (word_known(s, a) && (b.len == 0 || word_known(s, b)) && !s->failed) {
        struct respelling r = {at, n, {a, b}};
        respelt_run(s, &r);
    }
}

/* An unknown word torn in two, without a blank or with a letter in its place. */
static void splits_run(struct amp_search *s, size_t i)
{
    struct amp_str raw = s->folded->raw[i];
    size_t step = 0;
    for (size_t at = 0; at < raw.len; at += step) {
        step = amp_utf8_step(raw.ptr + at, raw.len - at);
        step = step == 0 ? 1 : step;
        struct amp_str head = {raw.ptr, at};
        struct amp_str tail = {raw.ptr + at, raw.len - at};
        struct amp_str less = {tail.ptr + step, tail.len - step};
        if (head.len > 0) {
            respelling_try(s, i, 1, head, tail);
        }
        if (head.len > 0 && less.len > 0) {
            respelling_try(s, i, 1, head, less);
        }
    }
}

/* Two words as one, or with a letter on the wrong side of the blank. */
static void pair_run(struct amp_search *s, size_t i)
{
    struct amp_str a = s->folded->raw[i];
    struct amp_str b = s->folded->raw[i + 1];
    char text[AMP_FOLD_BYTES];
    if (a.len + b.len > sizeof(text)) {
        return;
    }
    memcpy(text, a.ptr, a.len);
    memcpy(text + a.len, b.ptr, b.len);
    size_t last = a.len - 1;
    while (last > 0 && ((uint8_t)a.ptr[last] & 0xC0) == 0x80) {
        last--;
    }
    size_t first = amp_utf8_step(b.ptr, b.len);
    struct amp_str both = {text, a.len + b.len};
    respelling_try(s, i, 2, both, AMP_STR(""));
    if (last > 0) {
        respelling_try(s, i, 2, (struct amp_str){text, last},
                       (struct amp_str){text + last, both.len - last});
    }
    if (first < b.len) {
        respelling_try(s, i, 2, (struct amp_str){text, a.len + first},
                       (struct amp_str){text + a.len + first, b.len - first});
    }
}

static void respell_run(struct amp_search *s)
{
    size_t n = s->folded->n;
    for (size_t i = 0; i < n && n < AMP_FOLD_WORDS && !s->failed; i++) {
        bool known = s->word[i].known || (i + 1 == n && s->word[i].begins);
        if (!known && !begins_with_digit(s->folded->raw[i])) {
            splits_run(s, i);
        }
        if (i + 1 < n && !(known && s->word[i + 1].known)) {
            pair_run(s, i);
        }
    }
}

static bool street_words_meant(const struct amp_search *s)
{
    bool meant = false;
    for (size_t i = 0; i < s->folded->n; i++) {
        meant = meant || (!s->word[i].known && street_word_meant(&s->word[i]));
    }
    return meant;
}

static void meant_run(struct amp_search *s, struct plan plan)
{
    if (unknown_in(s, plan.name)) {
        plan.level = LEVEL_MEANT;
        houses_run(s, &plan);
        if (!good_enough(s) && street_words_meant(s)) {
            plan.level = LEVEL_LOOSE;
            houses_run(s, &plan);
        }
        plan.level = LEVEL_PLAIN;
        if (good_enough(s)) {
            return;
        }
    }
    respell_run(s);
    for (size_t i = 0; i < s->folded->n && !s->failed; i++) {
        struct amp_typo_word word;
        amp_typo_word(s->folded->raw[i], &word);
        bool doubtful = (s->word[i].known || s->word[i].begins) && !s->word[i].little;
        size_t least = i + 1 == s->folded->n ? MEANT_MIN : MEANT_MIN - 1;
        if (doubtful && word.n >= least && amp_typo_reach(&word) > 0) {
            plan.level = LEVEL_DOUBT;
            plan.doubt = i;
            houses_run(s, &plan);
        }
    }
}

/* ---- words left out ---- */

static void drop_run(struct amp_search *s, uint32_t all, uint32_t unused)
{
    struct plan plan = {.name = all & ~unused, .unused = unused};
    if (plan.name == 0 || unused == 0 || s->failed) {
        return;
    }
    houses_run(s, &plan);
    if (!good_enough(s) && unknown_in(s, plan.name)) {
        plan.level = LEVEL_MEANT;
        houses_run(s, &plan);
    }
}

/* Nothing has all the words well: leave out what follows a comma, words at either end that may name
 * the surroundings, one word anywhere, and at last all words but one. */
static void drops_run(struct amp_search *s)
{
    size_t n = s->folded->n;
    uint32_t all = bits(0, n);
    for (size_t i = n; i > 1 && !good_enough(s); i--) {
        if (s->folded->comma[i - 1]) {
            drop_run(s, all, bits(i - 1, n));
        }
    }
    for (size_t k = 1; k <= CONTEXT_WORDS && k < n && !good_enough(s); k++) {
        drop_run(s, all, bits(n - k, n));
        drop_run(s, all, bits(0, k));
    }
    for (size_t i = 1; i + 1 < n && n <= DROP_WORDS_MAX && !good_enough(s); i++) {
        drop_run(s, all, UINT32_C(1) << i);
    }
    for (size_t i = 0; i < n && s->hit_n == 0; i++) {
        if (!s->word[i].little && (s->word[i].known || n <= DROP_WORDS_MAX)) {
            drop_run(s, all, all & ~(UINT32_C(1) << i));
        }
    }
}

/* ---- all of it ---- */

struct amp_search amp_search_make(const struct amp_search *like, size_t limit)
{
    struct amp_search s = {.places = like->places,
                           .ask = like->ask,
                           .find = like->find,
                           .arena = like->arena,
                           .east_share = like->east_share,
                           .limit = limit};
    return s;
}

/* Who names the kind of street, or an article, has written all of the name. */
static bool any_little(const struct amp_search *s)
{
    bool any = false;
    for (size_t i = 0; i < s->folded->n; i++) {
        any = any || s->word[i].little;
    }
    return any;
}

/* Names that are the question itself, word by word. */
static void same_run(struct amp_search *s)
{
    struct amp_reading *reading = NULL;
    size_t most = name_most(s, false);
    size_t n = 0;
    bool known = !s->failed;
    for (size_t i = 0; i < s->folded->n && known; i++) {
        known = s->word[i].known;
    }
    if (!known) {
        return;
    }
    reading = amp_arena_alloc(s->arena, sizeof(*reading));
    if (reading == NULL) {
        s->failed = true;
        return;
    }
    reading->whole = true;
    reading->folded = s->folded;
    reading->term_n = s->folded->n;
    for (size_t i = 0; i < s->folded->n; i++) {
        struct amp_asked_word *word = &s->word[i];
        reading->term[i] = (struct amp_term){word->alt, 1, UINT32_C(1) << i, word->little};
    }
    const uint32_t *id = s->find->same(s->find, reading, most, &n);
    s->exact = n > 0;
    s->same_all = n < most;
    (void)amp_search_weigh(s, reading, id, n, true);
    bool more = n == most && s->ask->near != NULL; /* the near ones */
    for (size_t level = 0; level < AMP_PL_LEVELS && more && !s->failed; level++) {
        id = s->find->same_local(s->find, reading, *s->ask->near, level, &n);
        (void)amp_search_weigh(s, reading, id, id == NULL ? 0 : n, true);
        more = n < ENOUGH || n < s->limit;
    }
}

void amp_search_names(struct amp_search *s, const struct amp_folded *folded)
{
    s->folded = folded;
    if (folded->n == 0) {
        return;
    }
    words_prepare(s);
    same_run(s);
    if (s->failed || (s->exact && s->hit_n == s->limit && any_little(s))) {
        return;
    }
    words_begin(s);
    struct plan plan = {.name = bits(0, folded->n)};
    if (!s->failed) {
        houses_run(s, &plan);
    }
    if (!s->exact && !s->failed) {
        meant_run(s, plan);
    }
    if (!good_enough(s) && folded->n > 1 && !s->failed) {
        drops_run(s);
    }
}
