/*
 * Inside of a set of cards: what its reader fills and its view writes.
 *
 * All cards' questions stand one after the other, so do all answers and all translations: a card
 * has a range of questions, a question a range of answers, a text a range of translations.
 */
#ifndef AMP_RESPONSE_CARD_SET_H
#define AMP_RESPONSE_CARD_SET_H

#include "response/card.h"

struct card_said { /* the text in another language */
    struct amp_str language, text;
};

struct card_text {
    struct amp_str language, text; /* empty: there is none */
    size_t first, n;               /* of `said` */
};

enum {
    CARD_ON = -1, /* the card of the type that it sets, else the next question */
    CARD_END = -2 /* no more questions */
};

struct card_answer {
    char key;
    struct amp_str name, type; /* type: empty unless it sets one */
    int priority;              /* 0 unless it sets one */
    struct card_text text, means, say, warn;
    struct amp_str then; /* a question's name, while its card is read */
    int next;            /* a question of the card by its place, or one of the above */
    int type_line, then_line;
};

struct card_question {
    struct amp_str name;
    struct card_text text;
    size_t first, n; /* of `answer` */
    int line;
};

struct card {
    struct amp_str type, version, file;
    bool example;
    size_t first, n; /* of `question` */
    int line;
};

struct amp_cards {
    char *text[2 * AMP_CARD_FILES_MAX]; /* the files and their names, into which all views point */
    size_t text_n;
    struct card *card;
    size_t card_n, card_cap;
    struct card_question *question;
    size_t question_n, question_cap;
    struct card_answer *answer;
    size_t answer_n, answer_cap;
    struct card_said *said;
    size_t said_n, said_cap;
};

/* The card for a type, or NULL. */
const struct card *card_find(const struct amp_cards *cards, struct amp_str type);

#endif
