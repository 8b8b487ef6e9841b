/* Lists of words. */
#include "model/words.h"
#include "model/field.h"

amp_err amp_words_add(struct amp_words *words, struct amp_str word, const char **sentence)
{
    if (!amp_word_valid(word)) {
        *sentence = "a word of letters, digits, dots, dashes or underscores is expected";
        return AMP_E_SYNTAX;
    }
    if (amp_words_have(words, word)) {
        *sentence = "a word is here twice";
        return AMP_E_EXISTS;
    }
    if (words->n == AMP_LIST_MAX) {
        *sentence = "there are more than 16 words";
        return AMP_E_LIMIT;
    }
    words->word[words->n++] = word;
    return AMP_OK;
}

bool amp_words_have(const struct amp_words *words, struct amp_str word)
{
    for (size_t i = 0; i < words->n; i++) {
        if (amp_str_eq(words->word[i], word)) {
            return true;
        }
    }
    return false;
}

bool amp_words_meet(const struct amp_words *a, const struct amp_words *b)
{
    for (size_t i = 0; i < a->n; i++) {
        if (amp_words_have(b, a->word[i])) {
            return true;
        }
    }
    return false;
}

bool amp_words_same(const struct amp_words *a, const struct amp_words *b)
{
    for (size_t i = 0; i < a->n; i++) {
        if (!amp_words_have(b, a->word[i])) {
            return false;
        }
    }
    return a->n == b->n;
}

void amp_words_put(struct amp_json *js, const struct amp_words *words)
{
    amp_json_open(js, '[');
    for (size_t i = 0; i < words->n; i++) {
        amp_json_put_str(js, words->word[i]);
    }
    amp_json_close(js, ']');
}

void amp_words_of(struct amp_json *js, const char *name, const struct amp_words *words)
{
    amp_json_key(js, name);
    amp_words_put(js, words);
}
