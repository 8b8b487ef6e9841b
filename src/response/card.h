/*
 * Protocol cards: what to ask the caller for a type of incident, and what each answer means.
 *
 * Read from small readable files of their own format, which docs/cards.md describes for the person
 * who writes them. One card for a type: questions in order; answers with a key each, and what an
 * answer does: it sets a priority (of all answers the most urgent counts) or the type, has a
 * sentence to read out to the caller, a warning for who asks, and the question to ask next. Every
 * text may stand in several languages.
 *
 * A set is filled file by file, and checked as a whole: questions of a card lead forward only, so
 * that asking ends, and every one of them can be asked. Errors name the file and the line. Nothing
 * here is medical: a service reads its own approved protocol, and the cards compiled in (those of
 * demo/cards.txt) are marked as examples.
 *
 * Owned by who created it; views point into it. One thread fills it, any thread may read it then.
 */
#ifndef AMP_RESPONSE_CARD_H
#define AMP_RESPONSE_CARD_H

#include "base/json.h"
#include "response/plan.h"

enum {
    AMP_CARDS_MAX = 256,         /* in a set */
    AMP_CARD_QUESTIONS_MAX = 32, /* of one card */
    AMP_CARD_ANSWERS_MAX = 9,    /* of one question: the digits of a keyboard */
    AMP_CARD_LANGUAGES_MAX = 8,  /* of one text, beside its first */
    AMP_CARD_TEXT_MAX = 512,     /* bytes of one text */
    AMP_CARD_FILES_MAX = 64,     /* in a set */
    AMP_CARD_BYTES = 1 << 18,    /* of one file */
    AMP_CARD_JSON_MAX = 1 << 24  /* of the whole set, as JSON */
};

struct amp_cards;

AMP_MUST amp_err amp_cards_create(struct amp_cards **out);
void amp_cards_free(struct amp_cards *cards); /* accepts NULL */
/* Adds the cards of one file; `name` is what errors call it. After an error the set is only to be
 * freed. */
AMP_MUST amp_err amp_cards_read(struct amp_cards *cards, struct amp_str name, struct amp_str text,
                                struct amp_why *why);
/* Every type that the cards name is one of the plans. */
AMP_MUST amp_err amp_cards_check(const struct amp_cards *cards, const struct amp_plans *plans,
                                 struct amp_why *why);
/* The examples, without those for types that the plans do not know. */
AMP_MUST amp_err amp_cards_builtin(const struct amp_plans *plans, struct amp_cards **out);

struct amp_cards_count {
    size_t cards, questions, answers, texts;
};
struct amp_cards_count amp_cards_count(const struct amp_cards *cards);

struct amp_cards_language {
    struct amp_str tag;
    size_t texts; /* that stand in it */
};
/* Languages in the order they were met; returns how many, at most `max`. */
size_t amp_cards_languages(const struct amp_cards *cards, size_t max,
                           struct amp_cards_language *out);

/* {"cards":[...]}, as GET /v1/cards answers; docs/openapi.yaml has its form. */
void amp_cards_view(struct amp_json *js, const struct amp_cards *cards);

#endif
