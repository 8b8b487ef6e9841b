/*
 * Lists of words: capabilities, types, who is told. The order says nothing, and none is there
 * twice.
 */
#ifndef AMP_MODEL_WORDS_H
#define AMP_MODEL_WORDS_H

#include "base/json.h"
#include "model/event.h"

/* One more; the sentence says why not. AMP_E_SYNTAX: it is none; AMP_E_EXISTS; AMP_E_LIMIT. */
AMP_MUST amp_err amp_words_add(struct amp_words *words, struct amp_str word, const char **sentence);
bool amp_words_have(const struct amp_words *words, struct amp_str word);
bool amp_words_meet(const struct amp_words *a, const struct amp_words *b); /* share one */
bool amp_words_same(const struct amp_words *a, const struct amp_words *b); /* in any order */
void amp_words_put(struct amp_json *js, const struct amp_words *words);    /* as an array */
void amp_words_of(struct amp_json *js, const char *name, const struct amp_words *words);

#endif
