/* Protocol cards: the reader of their files. A line is a statement; a table says what each means.
 */
#include "model/field.h"
#include "response/card_set.h"
#include "response/card_text.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ROOM = 32
};

/* How deep a line stands: what it belongs below. */
enum level {
    LEVEL_FILE,
    LEVEL_CARD,
    LEVEL_QUESTION,
    LEVEL_ANSWER
};

struct card_reader {
    struct amp_cards *cards;
    struct amp_str file; /* its name, for errors */
    struct amp_str line; /* what is left of the line */
    int number;          /* of the line, from 1 */
    enum level level;    /* what was opened last */
    struct amp_str language, version;
    bool example;
    struct card_text *last; /* the text that "in" gives another language; NULL: none */
    struct amp_why *why;
};

static amp_err line_fail(const struct card_reader *rd, int number, amp_err err,
                         const char *sentence)
{
    return amp_fail(rd->why, err, "%.*s, line %d: %s", (int)rd->file.len, rd->file.ptr, number,
                    sentence);
}

static amp_err here_fail(const struct card_reader *rd, amp_err err, const char *sentence)
{
    return line_fail(rd, rd->number, err, sentence);
}

/* Room for one more; false when memory is short. */
static bool room_make(void **array, size_t *cap, size_t n, size_t size)
{
    if (n < *cap) {
        return true;
    }
    size_t grown_cap = *cap ? *cap * 2 : FIRST_ROOM;
    void *grown = realloc(*array, grown_cap * size);
    if (!grown) {
        return false;
    }
    *array = grown;
    *cap = grown_cap;
    return true;
}

static amp_err word_next(struct card_reader *rd, const char *sentence, struct amp_str *out)
{
    struct amp_str word = amp_str_token(&rd->line);
    if (!amp_word_valid(word)) {
        return here_fail(rd, AMP_E_SYNTAX, sentence);
    }
    *out = word;
    return AMP_OK;
}

/* The rest of the line. */
static amp_err rest_take(struct card_reader *rd, struct amp_str *out)
{
    if (rd->line.len == 0) {
        return here_fail(rd, AMP_E_MISSING, "a text is expected at the end of the line");
    }
    if (rd->line.len > AMP_CARD_TEXT_MAX) {
        return here_fail(rd, AMP_E_LIMIT, "the text has more than 512 bytes; make it shorter");
    }
    *out = rd->line;
    rd->line = (struct amp_str){0};
    return AMP_OK;
}

/* A text in the language of the file; "in" lines below it add others. */
static amp_err text_take(struct card_reader *rd, struct card_text *out)
{
    if (out->text.len) {
        return here_fail(rd, AMP_E_EXISTS, "this answer has such a line already");
    }
    amp_err err = rest_take(rd, &out->text);
    if (!err) {
        out->language = rd->language;
        rd->last = out;
    }
    return err;
}

static struct card *card_last(const struct card_reader *rd)
{
    return &rd->cards->card[rd->cards->card_n - 1];
}

static struct card_question *question_last(const struct card_reader *rd)
{
    return &rd->cards->question[rd->cards->question_n - 1];
}

static struct card_answer *answer_last(const struct card_reader *rd)
{
    return &rd->cards->answer[rd->cards->answer_n - 1];
}

const struct card *card_find(const struct amp_cards *cards, struct amp_str type)
{
    for (size_t i = 0; i < cards->card_n; i++) {
        if (amp_str_eq(cards->card[i].type, type)) {
            return &cards->card[i];
        }
    }
    return NULL;
}

/* ---- the end of a card: where its answers lead ---- */

static int question_place(const struct amp_cards *cards, const struct card *card,
                          struct amp_str name)
{
    for (size_t i = 0; i < card->n; i++) {
        if (amp_str_eq(cards->question[card->first + i].name, name)) {
            return (int)i;
        }
    }
    return -1;
}

/* Leads forward only, or asking might never end. */
static amp_err answer_end(const struct card_reader *rd, const struct card *card, size_t asked,
                          struct card_answer *answer)
{
    if (!answer->then.len || amp_str_is(answer->then, "end")) {
        answer->next = answer->then.len ? CARD_END : CARD_ON;
        return AMP_OK;
    }
    answer->next = question_place(rd->cards, card, answer->then);
    if (answer->next < 0) {
        return line_fail(rd, answer->then_line, AMP_E_NOT_FOUND,
                         "this answer's \"then\" names no question of the card; write the name of "
                         "a question below it, or end");
    }
    if ((size_t)answer->next <= asked) {
        return line_fail(rd, answer->then_line, AMP_E_RANGE,
                         "this answer's \"then\" leads back; questions lead forward only");
    }
    return AMP_OK;
}

static amp_err card_end(const struct card_reader *rd)
{
    bool reached[AMP_CARD_QUESTIONS_MAX] = {true};
    if (rd->cards->card_n == 0 || rd->level == LEVEL_FILE) {
        return AMP_OK;
    }
    const struct card *card = card_last(rd);
    if (card->n == 0) {
        return line_fail(rd, card->line, AMP_E_MISSING,
                         "this card asks nothing; add \"ask\" lines, or take it away");
    }
    for (size_t i = 0; i < card->n; i++) {
        const struct card_question *question = &rd->cards->question[card->first + i];
        if (question->n == 0) {
            return line_fail(rd, question->line, AMP_E_MISSING,
                             "this question has no \"answer\" lines below it");
        }
        if (!reached[i]) {
            return line_fail(rd, question->line, AMP_E_MISSING,
                             "no answer leads to this question, so it is never asked");
        }
        for (size_t k = 0; k < question->n; k++) {
            struct card_answer *answer = &rd->cards->answer[question->first + k];
            amp_err err = answer_end(rd, card, i, answer);
            if (err) {
                return err;
            }
            size_t next = answer->next == CARD_ON ? i + 1 : (size_t)answer->next;
            if (answer->next != CARD_END && next < card->n) {
                reached[next] = true;
            }
        }
    }
    return AMP_OK;
}

/* ---- the statements ---- */

/* language TAG: of the texts below it that have no "in" */
static amp_err language_read(struct card_reader *rd)
{
    rd->language = amp_str_token(&rd->line);
    return amp_language_valid(rd->language)
               ? AMP_OK
               : here_fail(rd, AMP_E_SYNTAX, "\"language\" needs a language, such as en or pt-MZ");
}

/* version TEXT: of the protocol, for the cards below it */
static amp_err version_read(struct card_reader *rd)
{
    if (rd->line.len > AMP_WORD_MAX) {
        return here_fail(rd, AMP_E_LIMIT, "a version has at most 32 bytes");
    }
    return rest_take(rd, &rd->version);
}

/* example: the cards below it are nobody's approved protocol */
static amp_err example_read(struct card_reader *rd)
{
    rd->example = true;
    return AMP_OK;
}

/* card TYPE */
static amp_err card_read(struct card_reader *rd)
{
    struct amp_cards *cards = rd->cards;
    struct card card = {.version = rd->version,
                        .file = rd->file,
                        .example = rd->example,
                        .first = cards->question_n,
                        .line = rd->number};
    amp_err err = word_next(rd, "\"card\" needs a type of the response plans", &card.type);
    if (err) {
        return err;
    }
    const struct card *other = card_find(cards, card.type);
    if (other) {
        return amp_fail(rd->why, AMP_E_EXISTS,
                        "%.*s, line %d: there is a card for %.*s already: %.*s, line %d; keep one",
                        (int)rd->file.len, rd->file.ptr, rd->number, (int)card.type.len,
                        card.type.ptr, (int)other->file.len, other->file.ptr, other->line);
    }
    if (cards->card_n == AMP_CARDS_MAX) {
        return here_fail(rd, AMP_E_LIMIT, "there are more than 256 cards");
    }
    void *array = cards->card;
    if (!room_make(&array, &cards->card_cap, cards->card_n, sizeof card)) {
        return AMP_E_NOMEM;
    }
    cards->card = array;
    cards->card[cards->card_n++] = card;
    return AMP_OK;
}

/* ask NAME QUESTION */
static amp_err ask_read(struct card_reader *rd)
{
    struct amp_cards *cards = rd->cards;
    struct card *card = card_last(rd);
    struct card_question question = {.first = cards->answer_n, .line = rd->number};
    amp_err err =
        word_next(rd, "\"ask\" needs a name, such as awake, and the question", &question.name);
    if (err) {
        return err;
    }
    if (amp_str_is(question.name, "end")) {
        return here_fail(rd, AMP_E_RANGE, "no question can be called end");
    }
    if (question_place(cards, card, question.name) >= 0) {
        return here_fail(rd, AMP_E_EXISTS, "this card has a question of this name already");
    }
    if (card->n == AMP_CARD_QUESTIONS_MAX) {
        return here_fail(rd, AMP_E_LIMIT, "this card has more than 32 questions");
    }
    void *array = cards->question;
    if (!room_make(&array, &cards->question_cap, cards->question_n, sizeof question)) {
        return AMP_E_NOMEM;
    }
    cards->question = array;
    cards->question[cards->question_n++] = question;
    card->n++;
    return text_take(rd, &question_last(rd)->text);
}

/* A key is a small letter or a digit, and a name a word: neither twice at one question. */
static amp_err answer_unlike(const struct card_reader *rd, const struct card_answer *answer)
{
    const struct card_question *question = question_last(rd);
    bool plain =
        (answer->key >= 'a' && answer->key <= 'z') || (answer->key >= '1' && answer->key <= '9');
    if (!plain) {
        return here_fail(rd, AMP_E_SYNTAX,
                         "\"answer\" needs a key, which is a small letter or 1 to 9, a name, such "
                         "as yes, and a text");
    }
    for (size_t i = 0; i < question->n; i++) {
        const struct card_answer *other = &rd->cards->answer[question->first + i];
        if (other->key == answer->key) {
            return here_fail(rd, AMP_E_EXISTS, "this question has an answer with this key already");
        }
        if (amp_str_eq(other->name, answer->name)) {
            return here_fail(rd, AMP_E_EXISTS, "this question has an answer of this name already");
        }
    }
    return AMP_OK;
}

/* answer KEY NAME TEXT */
static amp_err answer_read(struct card_reader *rd)
{
    struct amp_cards *cards = rd->cards;
    struct card_answer answer = {.next = CARD_ON};
    struct amp_str key = amp_str_token(&rd->line);
    answer.key = key.len == 1 ? key.ptr[0] : '\0';
    answer.name = amp_str_token(&rd->line);
    amp_err err = answer_unlike(rd, &answer);
    if (!err && !amp_word_valid(answer.name)) {
        err = here_fail(rd, AMP_E_SYNTAX, "after the key a name is expected, such as yes");
    }
    if (err) {
        return err;
    }
    if (question_last(rd)->n == AMP_CARD_ANSWERS_MAX) {
        return here_fail(rd, AMP_E_LIMIT, "this question has more than 9 answers");
    }
    void *array = cards->answer;
    if (!room_make(&array, &cards->answer_cap, cards->answer_n, sizeof answer)) {
        return AMP_E_NOMEM;
    }
    cards->answer = array;
    cards->answer[cards->answer_n++] = answer;
    question_last(rd)->n++;
    return text_take(rd, &answer_last(rd)->text);
}

/* in LANGUAGE TEXT: the text above it */
static amp_err in_read(struct card_reader *rd)
{
    struct amp_cards *cards = rd->cards;
    struct card_said said = {.language = amp_str_token(&rd->line)};
    struct card_text *text = rd->last;
    if (!text) {
        return here_fail(rd, AMP_E_SYNTAX, "\"in\" stands right below the text that it translates");
    }
    if (!amp_language_valid(said.language)) {
        return here_fail(rd, AMP_E_SYNTAX, "\"in\" needs a language, such as pt, and the text");
    }
    bool twice = amp_str_eq(said.language, text->language);
    for (size_t i = 0; i < text->n; i++) {
        twice = twice || amp_str_eq(cards->said[text->first + i].language, said.language);
    }
    if (twice) {
        return here_fail(rd, AMP_E_EXISTS, "this text stands in this language already");
    }
    if (text->n == AMP_CARD_LANGUAGES_MAX) {
        return here_fail(rd, AMP_E_LIMIT, "a text has at most 8 other languages");
    }
    amp_err err = rest_take(rd, &said.text);
    if (err) {
        return err;
    }
    void *array = cards->said;
    if (!room_make(&array, &cards->said_cap, cards->said_n, sizeof said)) {
        return AMP_E_NOMEM;
    }
    cards->said = array;
    text->first = text->n ? text->first : cards->said_n;
    text->n++;
    cards->said[cards->said_n++] = said;
    return AMP_OK;
}

/* means TEXT: the answer as a fact in few words, for the reason of a priority */
static amp_err means_read(struct card_reader *rd)
{
    return text_take(rd, &answer_last(rd)->means);
}

/* say TEXT: to read out to the caller */
static amp_err say_read(struct card_reader *rd)
{
    return text_take(rd, &answer_last(rd)->say);
}

/* warn TEXT: for who asks, and for the crews */
static amp_err warn_read(struct card_reader *rd)
{
    return text_take(rd, &answer_last(rd)->warn);
}

/* priority N */
static amp_err priority_read(struct card_reader *rd)
{
    int64_t value = 0;
    if (amp_str_i64(amp_str_token(&rd->line), &value) || value < 1 || value > AMP_PRIORITY_MAX) {
        return here_fail(rd, AMP_E_RANGE, "a priority is a whole number from 1 (most urgent) to 5");
    }
    if (answer_last(rd)->priority) {
        return here_fail(rd, AMP_E_EXISTS, "this answer sets a priority already");
    }
    answer_last(rd)->priority = (int)value;
    return AMP_OK;
}

/* type TYPE */
static amp_err type_read(struct card_reader *rd)
{
    if (answer_last(rd)->type.len) {
        return here_fail(rd, AMP_E_EXISTS, "this answer sets a type already");
    }
    answer_last(rd)->type_line = rd->number;
    return word_next(rd, "\"type\" needs a type of the response plans", &answer_last(rd)->type);
}

/* then NAME, then end */
static amp_err then_read(struct card_reader *rd)
{
    if (answer_last(rd)->then.len) {
        return here_fail(rd, AMP_E_EXISTS, "this answer has a \"then\" already");
    }
    answer_last(rd)->then_line = rd->number;
    return word_next(rd, "\"then\" needs the name of a question below, or end",
                     &answer_last(rd)->then);
}

static const struct statement {
    const char *name;
    enum level below; /* what has to be open */
    enum level opens; /* LEVEL_FILE: nothing */
    bool text;        /* "in" may follow */
    amp_err (*read)(struct card_reader *rd);
} statements[] = {
    {"language", LEVEL_FILE, LEVEL_FILE, false, language_read},
    {"version", LEVEL_FILE, LEVEL_FILE, false, version_read},
    {"example", LEVEL_FILE, LEVEL_FILE, false, example_read},
    {"card", LEVEL_FILE, LEVEL_CARD, false, card_read},
    {"ask", LEVEL_CARD, LEVEL_QUESTION, true, ask_read},
    {"answer", LEVEL_QUESTION, LEVEL_ANSWER, true, answer_read},
    {"in", LEVEL_QUESTION, LEVEL_FILE, true, in_read},
    {"means", LEVEL_ANSWER, LEVEL_FILE, true, means_read},
    {"say", LEVEL_ANSWER, LEVEL_FILE, true, say_read},
    {"warn", LEVEL_ANSWER, LEVEL_FILE, true, warn_read},
    {"priority", LEVEL_ANSWER, LEVEL_FILE, false, priority_read},
    {"type", LEVEL_ANSWER, LEVEL_FILE, false, type_read},
    {"then", LEVEL_ANSWER, LEVEL_FILE, false, then_read},
};

static const struct statement *statement_find(struct amp_str name)
{
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        if (amp_str_is(name, statements[i].name)) {
            return &statements[i];
        }
    }
    return NULL;
}

static amp_err line_read(struct card_reader *rd)
{
    static const char *const belongs[] = {
        [LEVEL_CARD] = "this line belongs below a \"card\" line",
        [LEVEL_QUESTION] = "this line belongs below an \"ask\" line",
        [LEVEL_ANSWER] = "this line belongs below an \"answer\" line"};
    const struct statement *row = statement_find(amp_str_token(&rd->line));
    if (!row) {
        return here_fail(rd, AMP_E_SYNTAX,
                         "a line begins with language, version, example, card, ask, answer, in, "
                         "means, priority, type, say, warn or then");
    }
    if (rd->level < row->below) {
        return here_fail(rd, AMP_E_SYNTAX, belongs[row->below]);
    }
    if (row->opens == LEVEL_CARD) {
        amp_err err = card_end(rd);
        if (err) {
            return err;
        }
    }
    rd->last = row->text ? rd->last : NULL;
    amp_err err = row->read(rd);
    if (!err && rd->line.len) {
        return here_fail(rd, AMP_E_SYNTAX, "there is more on this line than belongs here");
    }
    rd->level = row->opens != LEVEL_FILE ? row->opens : rd->level;
    return err;
}

/* ---- the set ---- */

amp_err amp_cards_create(struct amp_cards **out)
{
    struct amp_cards *cards = calloc(1, sizeof *cards);
    if (!cards) {
        return AMP_E_NOMEM;
    }
    *out = cards;
    return AMP_OK;
}

void amp_cards_free(struct amp_cards *cards)
{
    if (!cards) {
        return;
    }
    for (size_t i = 0; i < cards->text_n; i++) {
        free(cards->text[i]);
    }
    free(cards->card);
    free(cards->question);
    free(cards->answer);
    free(cards->said);
    free(cards);
}

static amp_err text_keep(struct amp_cards *cards, struct amp_str text, struct amp_str *out)
{
    assert(cards->text_n < sizeof cards->text / sizeof cards->text[0]);
    char *copy = malloc(text.len + 1);
    if (!copy) {
        return AMP_E_NOMEM;
    }
    if (text.len) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    cards->text[cards->text_n++] = copy;
    *out = (struct amp_str){copy, text.len};
    return AMP_OK;
}

static amp_err file_check(const struct amp_cards *cards, struct amp_str name, struct amp_str text,
                          struct amp_why *why)
{
    if (cards->text_n + 2 > sizeof cards->text / sizeof cards->text[0]) {
        return amp_fail(why, AMP_E_LIMIT, "there are more than %d files of cards",
                        AMP_CARD_FILES_MAX);
    }
    if (text.len > AMP_CARD_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "%.*s has %zu bytes; the limit is %d, so split it",
                        (int)name.len, name.ptr, text.len, AMP_CARD_BYTES);
    }
    if (!amp_utf8_valid(text)) {
        return amp_fail(why, AMP_E_SYNTAX, "%.*s is not UTF-8 text; save it as such", (int)name.len,
                        name.ptr);
    }
    return AMP_OK;
}

amp_err amp_cards_read(struct amp_cards *cards, struct amp_str name, struct amp_str text,
                       struct amp_why *why)
{
    struct card_reader rd = {.cards = cards, .language = AMP_STR("en"), .why = why};
    amp_err err = file_check(cards, name, text, why);
    err = err ? err : text_keep(cards, name, &rd.file);
    err = err ? err : text_keep(cards, text, &text);
    while (!err && text.len) {
        struct amp_str line = {0};
        text = amp_str_cut(text, '\n', &line);
        rd.number++;
        (void)amp_str_cut(line, '#', &rd.line);
        rd.line = amp_str_trim(rd.line);
        if (rd.line.len) {
            err = line_read(&rd);
        }
    }
    return err ? err : card_end(&rd);
}

static amp_err type_known(const struct amp_plans *plans, const struct card *card, int line,
                          struct amp_str type, struct amp_why *why)
{
    if (amp_plan_for(plans, type, 0)) {
        return AMP_OK;
    }
    return amp_fail(why, AMP_E_NOT_FOUND,
                    "%.*s, line %d: the response plans know no type called %.*s; add it there, or "
                    "take it away here",
                    (int)card->file.len, card->file.ptr, line, (int)type.len, type.ptr);
}

amp_err amp_cards_check(const struct amp_cards *cards, const struct amp_plans *plans,
                        struct amp_why *why)
{
    for (size_t i = 0; i < cards->card_n; i++) {
        const struct card *card = &cards->card[i];
        amp_err err = type_known(plans, card, card->line, card->type, why);
        for (size_t q = 0; !err && q < card->n; q++) {
            const struct card_question *question = &cards->question[card->first + q];
            for (size_t k = 0; !err && k < question->n; k++) {
                const struct card_answer *answer = &cards->answer[question->first + k];
                err = answer->type.len
                          ? type_known(plans, card, answer->type_line, answer->type, why)
                          : AMP_OK;
            }
        }
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

/* Answers that lead to a type that is not there set none, and the card goes on. */
static void types_drop(struct amp_cards *cards, const struct amp_plans *plans)
{
    size_t kept = 0;
    for (size_t i = 0; i < cards->card_n; i++) {
        if (amp_plan_for(plans, cards->card[i].type, 0)) {
            cards->card[kept++] = cards->card[i];
        }
    }
    cards->card_n = kept;
    for (size_t i = 0; i < cards->answer_n; i++) {
        if (!amp_plan_for(plans, cards->answer[i].type, 0)) {
            cards->answer[i].type = (struct amp_str){0};
        }
    }
}

amp_err amp_cards_builtin(const struct amp_plans *plans, struct amp_cards **out)
{
    struct amp_cards *cards = NULL;
    const struct amp_str text = {(const char *)amp_card_text, amp_card_text_len};
    amp_err err = amp_cards_create(&cards);
    err = err ? err : amp_cards_read(cards, AMP_STR("cards.txt"), text, NULL);
    if (err) {
        amp_cards_free(cards);
        return err;
    }
    types_drop(cards, plans);
    *out = cards;
    return AMP_OK;
}
