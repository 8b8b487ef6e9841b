/* Protocol cards as JSON, and what a set holds in numbers. */
#include "model/field.h"
#include "response/card_set.h"
#include <assert.h>

struct amp_cards_count amp_cards_count(const struct amp_cards *cards)
{
    struct amp_cards_count count = {.cards = cards->card_n,
                                    .questions = cards->question_n,
                                    .answers = cards->answer_n,
                                    .texts = cards->question_n};
    for (size_t i = 0; i < cards->answer_n; i++) {
        const struct card_answer *answer = &cards->answer[i];
        count.texts += answer->means.text.len > 0 ? 2 : 1;
        count.texts += answer->say.text.len > 0;
        count.texts += answer->warn.text.len > 0;
    }
    return count;
}

struct tally {
    struct amp_cards_language *row;
    size_t n, max;
};

static void tally_add(struct tally *tally, struct amp_str tag)
{
    size_t i = 0;
    while (i < tally->n && !amp_str_eq(tally->row[i].tag, tag)) {
        i++;
    }
    if (i == tally->n && tally->n < tally->max) {
        tally->row[tally->n++] = (struct amp_cards_language){.tag = tag};
    }
    if (i < tally->n) {
        tally->row[i].texts++;
    }
}

static void tally_text(struct tally *tally, const struct amp_cards *cards,
                       const struct card_text *text)
{
    if (text->text.len) {
        tally_add(tally, text->language);
    }
    for (size_t i = 0; i < text->n; i++) {
        tally_add(tally, cards->said[text->first + i].language);
    }
}

size_t amp_cards_languages(const struct amp_cards *cards, size_t max,
                           struct amp_cards_language *out)
{
    struct tally tally = {.row = out, .max = max};
    for (size_t i = 0; i < cards->question_n; i++) {
        tally_text(&tally, cards, &cards->question[i].text);
    }
    for (size_t i = 0; i < cards->answer_n; i++) {
        const struct card_answer *answer = &cards->answer[i];
        tally_text(&tally, cards, &answer->text);
        tally_text(&tally, cards, &answer->means);
        tally_text(&tally, cards, &answer->say);
        tally_text(&tally, cards, &answer->warn);
    }
    return tally.n;
}

static void said_view(struct amp_json *js, struct amp_str language, struct amp_str text)
{
    char name[AMP_LANGUAGE_MAX + 1];
    amp_err err = amp_str_copy(name, sizeof name, language);
    assert(!err);
    amp_json_str_of(js, name, text);
}

/* {"en":"...","pt":"..."}; nothing where there is no text */
static void text_view(struct amp_json *js, const struct amp_cards *cards, const char *name,
                      const struct card_text *text)
{
    if (!text->text.len) {
        return;
    }
    amp_json_key(js, name);
    amp_json_open(js, '{');
    said_view(js, text->language, text->text);
    for (size_t i = 0; i < text->n; i++) {
        const struct card_said *said = &cards->said[text->first + i];
        said_view(js, said->language, said->text);
    }
    amp_json_close(js, '}');
}

/* What is asked next: of another card when the type has one, else the next of this one. */
static void next_view(struct amp_json *js, const struct amp_cards *cards, const struct card *card,
                      size_t asked, const struct card_answer *answer)
{
    int next = answer->next;
    if (next == CARD_ON) {
        bool other = answer->type.len && !amp_str_eq(answer->type, card->type) &&
                     card_find(cards, answer->type);
        if (other) {
            amp_json_str_of(js, "card", answer->type);
        }
        next = !other && asked + 1 < card->n ? (int)asked + 1 : CARD_END;
    }
    amp_json_key(js, "then");
    if (next == CARD_END) {
        amp_json_put_null(js);
    } else {
        amp_json_put_str(js, cards->question[card->first + (size_t)next].name);
    }
}

static void answer_view(struct amp_json *js, const struct amp_cards *cards, const struct card *card,
                        size_t asked, const struct card_answer *answer)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "key", (struct amp_str){&answer->key, 1});
    amp_json_str_of(js, "name", answer->name);
    text_view(js, cards, "text", &answer->text);
    text_view(js, cards, "means", &answer->means);
    if (answer->priority) {
        amp_json_i64_of(js, "priority", answer->priority);
    }
    amp_json_str_maybe(js, "type", answer->type);
    text_view(js, cards, "say", &answer->say);
    text_view(js, cards, "warn", &answer->warn);
    next_view(js, cards, card, asked, answer);
    amp_json_close(js, '}');
}

static void question_view(struct amp_json *js, const struct amp_cards *cards,
                          const struct card *card, size_t place)
{
    const struct card_question *question = &cards->question[card->first + place];
    amp_json_open(js, '{');
    amp_json_str_of(js, "name", question->name);
    text_view(js, cards, "text", &question->text);
    amp_json_key(js, "answers");
    amp_json_open(js, '[');
    for (size_t i = 0; i < question->n; i++) {
        answer_view(js, cards, card, place, &cards->answer[question->first + i]);
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

void amp_cards_view(struct amp_json *js, const struct amp_cards *cards)
{
    amp_json_open(js, '{');
    amp_json_key(js, "cards");
    amp_json_open(js, '[');
    for (size_t i = 0; i < cards->card_n; i++) {
        const struct card *card = &cards->card[i];
        amp_json_open(js, '{');
        amp_json_str_of(js, "type", card->type);
        amp_json_str_of(js, "version", card->version);
        amp_json_bool_of(js, "example", card->example);
        amp_json_key(js, "questions");
        amp_json_open(js, '[');
        for (size_t q = 0; q < card->n; q++) {
            question_view(js, cards, card, q);
        }
        amp_json_close(js, ']');
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}
