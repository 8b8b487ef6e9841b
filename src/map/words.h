/*
 * Words that streets share: the one table of abbreviations, and the words that say little.
 *
 * All texts are folded (map/fold.h). A form ("avenida", "ave") has one brief form ("av"), whatever
 * the language: streets of one town mix several. Source: OSM wiki, Name finder:Abbreviations, and
 * the usage of the postal services of Portugal, Brazil, Mozambique, Mexico, Spain, France and
 * Russia.
 */
#ifndef AMP_MAP_WORDS_H
#define AMP_MAP_WORDS_H

#include "base/str.h"

struct amp_word_form {
    const char *form;
    const char *brief;
};

/* The row of a form, or NULL. */
const struct amp_word_form *amp_word_form(struct amp_str form);
/* All rows, ascending bytewise by form. */
const struct amp_word_form *amp_word_forms(size_t *out_n);
/* The rows whose form begins with prefix: [*out_first, *out_first + n). */
size_t amp_word_forms_begin(struct amp_str prefix, size_t *out_first);
/* Kinds of streets and articles: words by which nobody tells two places apart. */
bool amp_word_little(struct amp_str brief);

#endif
