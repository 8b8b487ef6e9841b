/* How well a name answers a reading, and what a mistyped word may mean: shared by both finders. */
#include "map/geocode_plan.h"
#include "map/words.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* Of a match by another word: what is left of it. A cost is twice the distance; a word that only
 * sounds alike lies between. */
static const double factor_of_cost[] = {1, 1, 0.88, 0.82, 0.74};

enum {
    COST_PHONETIC = 3
};

static const double not_all = 0.98; /* words are lacking, or in another order */

static double alt_bound(const struct amp_alt *alt)
{
    if (!alt->prefix) {
        return alt->factor;
    }
    return alt->whole ? 1 : amp_match_begun(alt->word.len, alt->word.len + 1);
}

double amp_match_bound(const struct amp_reading *reading)
{
    bool exact = true;
    double most = 0;
    for (size_t t = 0; t < reading->term_n; t++) {
        double best = 0;
        for (size_t a = 0; a < reading->term[t].alt_n; a++) {
            best = fmax(best, alt_bound(&reading->term[t].alt[a]));
        }
        exact = exact && best >= 1;
        most = fmax(most, best);
    }
    return exact && !reading->others ? 1 : not_all * most;
}

struct amp_match amp_match_finish(const struct amp_reading *reading,
                                  const struct amp_match_table *table)
{
    static const double little_missed = 0.95;
    struct amp_match match = {.quality = 0};
    double kept = 1;
    bool weighty = false;
    bool in_order = table->word_n == reading->term_n;
    for (size_t t = 0; t < reading->term_n; t++) {
        weighty = weighty || !reading->term[t].little;
    }
    for (size_t t = 0; t < reading->term_n; t++) {
        if (table->best[t] > 0) {
            match.found |= UINT32_C(1) << t;
            match.alt[t] = table->alt[t];
            in_order = in_order && table->best[t] >= 1 && table->where[t] == t;
        } else if (!weighty || !reading->term[t].little) {
            return match;
        } else {
            kept *= little_missed;
            in_order = false;
        }
    }
    double all = 0;
    double got = 0;
    for (size_t w = 0; w < table->word_n; w++) {
        all += table->weight[w];
        got += table->weight[w] * table->share[w];
    }
    match.quality = in_order ? 1 : all > 0 ? not_all * kept * got / all : 0;
    return match;
}

bool amp_meant_begin(struct amp_meant *m, struct amp_str raw, struct amp_alt out[AMP_ALTS])
{
    m->n = 0;
    m->out = out;
    m->raw = raw;
    amp_typo_word(raw, &m->word);
    m->mask = amp_typo_mask(&m->word);
    m->reach = amp_typo_reach(&m->word);
    m->key_len = m->reach > 0 ? amp_phonetic(raw, m->key) : 0;
    return m->reach > 0;
}

static bool alt_before(const struct amp_meant *m, size_t i, int cost, const struct amp_alt *alt)
{
    if (m->cost[i] != cost) {
        return m->cost[i] < cost;
    }
    if (m->out[i].count != alt->count) {
        return m->out[i].count > alt->count;
    }
    struct amp_str a = m->out[i].word;
    size_t len = a.len < alt->word.len ? a.len : alt->word.len;
    int order = memcmp(a.ptr, alt->word.ptr, len);
    return order != 0 ? order < 0 : a.len <= alt->word.len;
}

static void alt_put(struct amp_meant *m, int cost, const struct amp_alt *alt)
{
    for (size_t i = 0; i < m->n; i++) { /* a street word may be meant in two ways */
        if (amp_str_eq(m->out[i].word, alt->word)) {
            if (m->cost[i] <= cost) {
                return;
            }
            memmove(m->out + i, m->out + i + 1, (m->n - i - 1) * sizeof(*m->out));
            memmove(m->cost + i, m->cost + i + 1, (m->n - i - 1) * sizeof(*m->cost));
            m->n--;
            break;
        }
    }
    size_t at = m->n;
    while (at > 0 && !alt_before(m, at - 1, cost, alt)) {
        at--;
    }
    if (at == AMP_ALTS) {
        return;
    }
    m->n = m->n < AMP_ALTS ? m->n + 1 : m->n;
    memmove(m->out + at + 1, m->out + at, (m->n - at - 1) * sizeof(*m->out));
    memmove(m->cost + at + 1, m->cost + at, (m->n - at - 1) * sizeof(*m->cost));
    m->out[at] = *alt;
    m->out[at].factor = factor_of_cost[cost];
    m->cost[at] = cost;
}

/* The cost of meaning `word` by its letters, or 0 if it is not meant. */
static int cost_of_letters(const struct amp_meant *m, struct amp_str word)
{
    struct amp_typo_word other;
    amp_typo_word(word, &other);
    int d = amp_typo_distance(&m->word, &other, m->reach);
    return d <= m->reach ? 2 * d : 0;
}

/* The same by its sound. */
static int cost_of_sound(const struct amp_meant *m, struct amp_str word)
{
    char key[AMP_PHONETIC_KEY];
    bool alike = m->key_len > 0 && amp_phonetic(word, key) == m->key_len &&
                 memcmp(key, m->key, m->key_len) == 0;
    return alike ? COST_PHONETIC : 0;
}

void amp_meant_letters(struct amp_meant *m, const struct amp_alt *alt)
{
    int cost = cost_of_letters(m, alt->word);
    if (cost > 0) {
        alt_put(m, cost, alt);
    }
}

void amp_meant_sound(struct amp_meant *m, const struct amp_alt *alt)
{
    int cost = amp_str_eq(alt->word, m->raw) ? 0 : cost_of_sound(m, alt->word);
    if (cost > 0) {
        alt_put(m, cost, alt);
    }
}

void amp_meant_forms(struct amp_meant *m, const struct amp_finder *f)
{
    size_t n = 0;
    const struct amp_word_form *form = amp_word_forms(&n);
    for (size_t i = 0; i < n; i++) {
        bool near = amp_typo_masks_near(m->mask, f->places->form_mask[i], m->reach);
        int cost = near ? cost_of_letters(m, amp_str_of(form[i].form)) : 0;
        struct amp_alt alt;
        if (cost > 0 && f->known(f, amp_str_of(form[i].brief), &alt)) {
            alt_put(m, cost, &alt);
        }
    }
}
