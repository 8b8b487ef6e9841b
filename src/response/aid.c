/* Agreements of mutual aid: reading a line of them, and what they say of a crew. */
#include "response/aid.h"
#include "model/field.h"
#include "model/words.h"
#include <assert.h>

const char *amp_aid_how_name(enum amp_aid_how how)
{
    static const char *const names[] = {[AMP_AID_NONE] = "none",
                                        [AMP_AID_ON_REQUEST] = "on-request",
                                        [AMP_AID_AUTOMATIC] = "automatic"};
    assert(how <= AMP_AID_AUTOMATIC);
    return names[how];
}

/* ---- a line ---- */

static bool ends_list(struct amp_str word)
{
    return amp_str_is(word, "types") || amp_str_is(word, "capabilities") ||
           amp_str_is(word, "automatic") || amp_str_is(word, "on-request");
}

/* The words up to the next key word, which stays. */
static amp_err list_read(struct amp_str *line, struct amp_words *out, const char **sentence)
{
    if (out->n) {
        *sentence = "\"types\" and \"capabilities\" come once each";
        return AMP_E_EXISTS;
    }
    for (;;) {
        struct amp_str rest = *line;
        struct amp_str word = amp_str_token(&rest);
        if (!word.len || ends_list(word)) {
            *sentence = "a word is expected after \"types\" and after \"capabilities\"";
            return out->n ? AMP_OK : AMP_E_MISSING;
        }
        amp_err err = amp_words_add(out, word, sentence);
        if (err) {
            return err;
        }
        *line = rest;
    }
}

static amp_err keep_read(struct amp_str *line, int *out, const char **sentence)
{
    int64_t value = 0;
    if (!line->len) {
        return AMP_OK;
    }
    if (!amp_str_is(amp_str_token(line), "keep")) {
        *sentence = "after automatic or on-request, only \"keep\" and a number may follow";
        return AMP_E_SYNTAX;
    }
    if (amp_str_i64(amp_str_token(line), &value) || value < 0 || value > AMP_AID_KEEP_MAX ||
        line->len) {
        *sentence = "\"keep\" needs one whole number from 0 to 999 at the end of the line";
        return AMP_E_RANGE;
    }
    *out = (int)value;
    return AMP_OK;
}

static amp_err agencies_read(struct amp_str *line, struct amp_agreement *out, const char **sentence)
{
    out->lender = amp_str_token(line);
    struct amp_str to = amp_str_token(line);
    out->asker = amp_str_token(line);
    if (!amp_word_valid(out->lender) || !amp_word_valid(out->asker) || !amp_str_is(to, "to")) {
        *sentence = "\"aid\" needs the agency that lends, \"to\", and the agency that asks";
        return AMP_E_SYNTAX;
    }
    if (amp_str_eq(out->lender, out->asker) || amp_str_is(out->lender, AMP_CLEAR) ||
        amp_str_is(out->asker, AMP_CLEAR)) {
        *sentence = "aid is between two agencies";
        return AMP_E_RANGE;
    }
    return AMP_OK;
}

amp_err amp_agreement_read(struct amp_str line, struct amp_agreement *out, const char **sentence)
{
    struct amp_agreement agreement = {0};
    amp_err err = agencies_read(&line, &agreement, sentence);
    while (!err && agreement.how == AMP_AID_NONE) {
        struct amp_str word = amp_str_token(&line);
        if (amp_str_is(word, "types")) {
            err = list_read(&line, &agreement.types, sentence);
        } else if (amp_str_is(word, "capabilities")) {
            err = list_read(&line, &agreement.capabilities, sentence);
        } else if (amp_str_is(word, "automatic")) {
            agreement.how = AMP_AID_AUTOMATIC;
        } else if (amp_str_is(word, "on-request")) {
            agreement.how = AMP_AID_ON_REQUEST;
        } else {
            *sentence = "types, capabilities, automatic or on-request is expected";
            err = AMP_E_SYNTAX;
        }
    }
    err = err ? err : keep_read(&line, &agreement.keep, sentence);
    if (!err) {
        *out = agreement;
    }
    return err;
}

bool amp_agreement_same(const struct amp_agreement *a, const struct amp_agreement *b)
{
    return amp_str_eq(a->lender, b->lender) && amp_str_eq(a->asker, b->asker) && a->how == b->how &&
           amp_words_same(&a->types, &b->types) &&
           amp_words_same(&a->capabilities, &b->capabilities);
}

void amp_agreement_view(struct amp_json *js, const struct amp_agreement *agreement)
{
    amp_words_of(js, "types", &agreement->types);
    amp_words_of(js, "capabilities", &agreement->capabilities);
    amp_json_text_of(js, "how", amp_aid_how_name(agreement->how));
    amp_json_i64_of(js, "keep", agreement->keep);
}

/* ---- what is lent ---- */

static void stock_add(struct amp_aid_stock *stock, struct amp_str capability)
{
    size_t i = 0;
    while (i < stock->row_n && !amp_str_eq(stock->row[i].capability, capability)) {
        i++;
    }
    if (i == AMP_AID_STOCK_MAX) {
        return; /* not counted, hence not lent */
    }
    if (i == stock->row_n) {
        stock->row[stock->row_n++].capability = capability;
        stock->row[i].n = 0;
    }
    stock->row[i].n++;
}

void amp_aid_count(const struct amp_state *state, struct amp_agency_id lender,
                   struct amp_aid_stock *out)
{
    out->lender = lender;
    out->all = 0;
    out->row_n = 0;
    for (size_t i = 0; i < state->unit_n; i++) {
        const struct amp_unit *unit = &state->unit[i];
        if (unit->agency.n != lender.n || !amp_unit_is_free(unit->status)) {
            continue;
        }
        out->all++;
        for (size_t k = 0; k < unit->capabilities.n; k++) {
            stock_add(out, unit->capabilities.word[k]);
        }
    }
}

static size_t stock_of(const struct amp_aid_stock *stock, struct amp_str capability)
{
    for (size_t i = 0; i < stock->row_n; i++) {
        if (amp_str_eq(stock->row[i].capability, capability)) {
            return stock->row[i].n;
        }
    }
    return 0;
}

static bool covers(const struct amp_agreement *agreement, struct amp_str type,
                   const struct amp_words *capabilities)
{
    bool able =
        !agreement->capabilities.n || amp_words_meet(&agreement->capabilities, capabilities);
    return able && (!agreement->types.n || (type.len && amp_words_have(&agreement->types, type)));
}

/* So many with what this crew can do may go before the lender has no more than it keeps. */
static size_t room_of(const struct amp_agreement *agreement, const struct amp_aid_stock *stock,
                      const struct amp_words *capabilities)
{
    size_t least = stock->all;
    for (size_t i = 0; i < capabilities->n; i++) {
        struct amp_str word = capabilities->word[i];
        size_t n = stock_of(stock, word);
        bool counts = !agreement->capabilities.n || amp_words_have(&agreement->capabilities, word);
        least = counts && n < least ? n : least;
    }
    size_t keep = (size_t)agreement->keep;
    return least > keep ? least - keep : 0;
}

static bool between(const struct amp_agreement *agreement, const struct amp_agency *lender,
                    const struct amp_agency *asker)
{
    return amp_str_is(agreement->lender, lender->code) && amp_str_is(agreement->asker, asker->code);
}

struct amp_aid_answer amp_aid_for(const struct amp_plans *plans, const struct amp_aid_stock *stock,
                                  const struct amp_agency *lender, const struct amp_agency *asker,
                                  struct amp_str type, const struct amp_words *capabilities)
{
    struct amp_aid_answer out = {0};
    assert(stock->lender.n == lender->id.n);
    for (size_t i = 0; plans && i < amp_plans_agreements(plans); i++) {
        const struct amp_agreement *agreement = amp_plans_agreement(plans, i);
        if (!between(agreement, lender, asker)) {
            continue;
        }
        out.some = true;
        if (!covers(agreement, type, capabilities)) {
            continue;
        }
        size_t room = room_of(agreement, stock, capabilities);
        if (room == 0 && out.how == AMP_AID_NONE) {
            out.kept = true;
            out.keep = agreement->keep;
        } else if (room > 0 &&
                   (agreement->how > out.how || (agreement->how == out.how && room > out.room))) {
            out = (struct amp_aid_answer){
                .how = agreement->how, .keep = agreement->keep, .room = room, .some = true};
        }
    }
    return out;
}

bool amp_aid_may_ask(const struct amp_plans *plans, const struct amp_agency *lender,
                     const struct amp_agency *asker, struct amp_str type,
                     const struct amp_words *capabilities)
{
    for (size_t i = 0; plans && i < amp_plans_agreements(plans); i++) {
        const struct amp_agreement *agreement = amp_plans_agreement(plans, i);
        if (between(agreement, lender, asker) && covers(agreement, type, capabilities)) {
            return true;
        }
    }
    return false;
}

bool amp_aid_any(const struct amp_plans *plans, const struct amp_agency *lender,
                 const struct amp_agency *asker)
{
    for (size_t i = 0; plans && i < amp_plans_agreements(plans); i++) {
        if (between(amp_plans_agreement(plans, i), lender, asker)) {
            return true;
        }
    }
    return false;
}
