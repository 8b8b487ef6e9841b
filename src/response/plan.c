/* Response plans: the reader of their text, and looking them up. */
#include "response/plan.h"
#include "model/field.h"
#include "model/state.h"
#include "model/words.h"
#include "response/aid.h"
#include "response/plan_text.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIMER_MAX_S = 86400,
    RETENTION_UNSAID = -1 /* of a type, while the file is read */
};

struct amp_plans {
    char *text; /* the views of the rows point into it */
    struct amp_plan *plan;
    size_t plan_n, plan_cap;
    struct amp_agreement *agreement;
    size_t agreement_n, agreement_cap;
    struct amp_timers timers;
    int retention_days; /* of types that say nothing, and of incidents without a type */
};

struct plan_reader {
    struct amp_plans *plans;
    struct amp_str line; /* what is left of the line */
    int number;          /* of the line, from 1 */
    size_t first;        /* row of the type being read; plan_n when none */
    bool split;          /* the type has rows by priority */
    bool retained;       /* the type has a "retention" line */
    struct amp_why *why;
};

static amp_err line_fail(const struct plan_reader *rd, amp_err err, const char *sentence)
{
    return amp_fail(rd->why, err, "plans, line %d: %s", rd->number, sentence);
}

static amp_err number_next(struct plan_reader *rd, int low, int high, int *out)
{
    int64_t value = 0;
    struct amp_str token = amp_str_token(&rd->line);
    if (amp_str_i64(token, &value) || value < low || value > high) {
        return amp_fail(rd->why, AMP_E_RANGE,
                        "plans, line %d: a whole number from %d to %d is expected here", rd->number,
                        low, high);
    }
    *out = (int)value;
    return AMP_OK;
}

/* The words up to the end of the line: at least one, none twice. */
static amp_err words_next(struct plan_reader *rd, struct amp_words *words)
{
    do {
        struct amp_str word = amp_str_token(&rd->line);
        const char *sentence = NULL;
        amp_err err = amp_words_add(words, word, &sentence);
        if (err) {
            return line_fail(rd, err, sentence);
        }
    } while (rd->line.len);
    return AMP_OK;
}

static amp_err row_push(struct plan_reader *rd, const struct amp_plan *row)
{
    struct amp_plans *plans = rd->plans;
    if (plans->plan_n == AMP_TYPES_MAX) {
        return line_fail(rd, AMP_E_LIMIT, "there are more than 256 types and ranges of priorities");
    }
    if (plans->plan_n == plans->plan_cap) {
        size_t cap = plans->plan_cap ? plans->plan_cap * 2 : 32;
        struct amp_plan *grown = realloc(plans->plan, cap * sizeof(*grown));
        if (!grown) {
            return AMP_E_NOMEM;
        }
        plans->plan = grown;
        plans->plan_cap = cap;
    }
    plans->plan[plans->plan_n++] = *row;
    return AMP_OK;
}

/* Every priority must fall into exactly one row of the type. */
static amp_err type_end(const struct plan_reader *rd)
{
    const struct amp_plans *plans = rd->plans;
    if (rd->first == plans->plan_n) {
        return AMP_OK;
    }
    int rows[AMP_PRIORITY_MAX + 1] = {0};
    for (size_t i = rd->first; i < plans->plan_n; i++) {
        for (int p = plans->plan[i].from_priority; p <= plans->plan[i].to_priority; p++) {
            rows[p]++;
        }
    }
    for (int p = 1; p <= AMP_PRIORITY_MAX; p++) {
        if (rows[p] != 1) {
            struct amp_str type = plans->plan[rd->first].type;
            return amp_fail(rd->why, AMP_E_RANGE,
                            "plans, before line %d: type %.*s has %s \"for\" line for priority %d",
                            rd->number, (int)type.len, type.ptr, rows[p] ? "more than one" : "no",
                            p);
        }
    }
    return AMP_OK;
}

/* type NAME PRIORITY LABEL */
static amp_err type_read(struct plan_reader *rd)
{
    amp_err err = type_end(rd);
    if (err) {
        return err;
    }
    struct amp_plan row = {.from_priority = 1,
                           .to_priority = AMP_PRIORITY_MAX,
                           .levels = 1,
                           .retention_days = RETENTION_UNSAID};
    row.type = amp_str_token(&rd->line);
    if (!amp_word_valid(row.type)) {
        return line_fail(rd, AMP_E_SYNTAX, "\"type\" needs a name, a priority and a label");
    }
    if (amp_plan_for(rd->plans, row.type, 0)) {
        return line_fail(rd, AMP_E_EXISTS, "this type has been described above");
    }
    err = number_next(rd, 1, AMP_PRIORITY_MAX, &row.priority);
    if (err) {
        return err;
    }
    row.label = rd->line;
    if (row.label.len == 0 || row.label.len > AMP_LINE_MAX) {
        return line_fail(rd, AMP_E_MISSING, "a label of at most 256 bytes is expected at the end");
    }
    rd->line = (struct amp_str){0};
    rd->first = rd->plans->plan_n;
    rd->split = false;
    rd->retained = false;
    return row_push(rd, &row);
}

/* "pt", "pt-MZ", "zh-Hant": two or three small letters, then subtags (RFC 5646, section 2.1). */
bool amp_language_valid(struct amp_str tag)
{
    size_t small = 0;
    size_t part = 0; /* letters and digits since the last dash */
    while (small < tag.len && tag.ptr[small] >= 'a' && tag.ptr[small] <= 'z') {
        small++;
    }
    if (small < 2 || small > 3 || tag.len > AMP_LANGUAGE_MAX) {
        return false;
    }
    for (size_t i = small; i < tag.len; i++) {
        char c = tag.ptr[i];
        bool dash = c == '-';
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!(dash ? i == small || part : plain && i > small)) {
            return false;
        }
        part = dash ? 0 : part + 1;
    }
    return tag.len == small || part > 0;
}

/* label LANGUAGE TEXT: for the whole type, wherever it stands below it */
static amp_err label_read(struct plan_reader *rd)
{
    struct amp_plans *plans = rd->plans;
    struct amp_plan_label label = {.language = amp_str_token(&rd->line)};
    label.text = rd->line;
    if (!amp_language_valid(label.language)) {
        return line_fail(rd, AMP_E_SYNTAX, "\"label\" needs a language, such as pt, and a text");
    }
    if (label.text.len == 0 || label.text.len > AMP_LINE_MAX) {
        return line_fail(rd, AMP_E_MISSING, "a label of at most 256 bytes is expected at the end");
    }
    const struct amp_plan *first = &plans->plan[rd->first];
    for (size_t i = 0; i < first->also_n; i++) {
        if (amp_str_eq(first->also[i].language, label.language)) {
            return line_fail(rd, AMP_E_EXISTS, "this type has a label in this language already");
        }
    }
    if (first->also_n == AMP_LABELS_MAX) {
        return line_fail(rd, AMP_E_LIMIT, "there are more than 8 labels");
    }
    for (size_t i = rd->first; i < plans->plan_n; i++) {
        plans->plan[i].also[plans->plan[i].also_n++] = label;
    }
    rd->line = (struct amp_str){0};
    return AMP_OK;
}

/* for FROM TO: the lines up to the next "for" hold for these priorities */
static amp_err for_read(struct plan_reader *rd)
{
    int from = 0;
    int to = 0;
    amp_err err = number_next(rd, 1, AMP_PRIORITY_MAX, &from);
    err = err ? err : number_next(rd, from, AMP_PRIORITY_MAX, &to);
    if (err) {
        return err;
    }
    struct amp_plan *last = &rd->plans->plan[rd->plans->plan_n - 1];
    if (rd->split) {
        struct amp_plan row = {.type = last->type,
                               .label = last->label,
                               .priority = last->priority,
                               .from_priority = from,
                               .to_priority = to,
                               .levels = 1,
                               .retention_days = last->retention_days,
                               .eido = last->eido,
                               .also_n = last->also_n};
        memcpy(row.also, last->also, sizeof(row.also));
        return row_push(rd, &row);
    }
    if (last->need_n || last->tell.n || last->levels > 1) {
        return line_fail(rd, AMP_E_SYNTAX,
                         "the first \"for\" comes before all \"need\", \"tell\" and \"level\"");
    }
    last->from_priority = from;
    last->to_priority = to;
    rd->split = true;
    return AMP_OK;
}

/* need COUNT CAPABILITY... */
static amp_err need_read(struct plan_reader *rd)
{
    struct amp_plan *row = &rd->plans->plan[rd->plans->plan_n - 1];
    size_t n = row->level_end[row->levels];
    if (n == AMP_NEEDS_MAX) {
        return line_fail(rd, AMP_E_LIMIT, "there are more than 16 needs, those of levels counted");
    }
    struct amp_need need = {0};
    amp_err err = number_next(rd, 1, AMP_SLOTS_MAX, &need.count);
    err = err ? err : words_next(rd, &need.all);
    if (!err) {
        row->need[n] = need;
        row->level_end[row->levels] = n + 1;
        row->need_n += row->levels == 1;
    }
    return err;
}

/* level N: the "need" lines below it are what the N-th alarm adds */
static amp_err level_read(struct plan_reader *rd)
{
    struct amp_plan *row = &rd->plans->plan[rd->plans->plan_n - 1];
    int level = 0;
    amp_err err = number_next(rd, 2, AMP_LEVEL_MAX, &level);
    if (err) {
        return err;
    }
    if (level != row->levels + 1) {
        return line_fail(rd, AMP_E_RANGE, "the levels come in order: 2, then 3, and so on");
    }
    row->levels = level;
    row->level_end[level] = row->level_end[level - 1];
    return AMP_OK;
}

static amp_err tell_read(struct plan_reader *rd)
{
    struct amp_plan *row = &rd->plans->plan[rd->plans->plan_n - 1];
    if (row->levels > 1) {
        return line_fail(rd, AMP_E_SYNTAX, "\"tell\" comes before the first \"level\"");
    }
    return words_next(rd, &row->tell);
}

/* timer NAME SECONDS */
static amp_err timer_read(struct plan_reader *rd)
{
    struct amp_timers *timers = &rd->plans->timers;
    const struct {
        const char *name;
        int64_t *value;
    } rows[] = {
        {"acknowledge", &timers->acknowledge_s},       {"silent", &timers->silent_s},
        {"undispatched", &timers->undispatched_s},     {"turnout", &timers->turnout_s},
        {"turnout-moving", &timers->turnout_moving_s}, {"aid-margin", &timers->aid_margin_s},
        {"aid-answer", &timers->aid_answer_s},
    };
    struct amp_str name = amp_str_token(&rd->line);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (amp_str_is(name, rows[i].name)) {
            int value = 0;
            amp_err err = number_next(rd, 0, TIMER_MAX_S, &value);
            if (!err) {
                *rows[i].value = value;
            }
            return err;
        }
    }
    return line_fail(rd, AMP_E_RANGE,
                     "the timers are acknowledge, silent, undispatched, turnout, turnout-moving, "
                     "aid-margin, aid-answer");
}

/* aid LENDER to ASKER ...: response/aid.h has the rest */
static amp_err aid_read(struct plan_reader *rd)
{
    struct amp_plans *plans = rd->plans;
    struct amp_agreement agreement = {0};
    const char *sentence = "";
    amp_err err = amp_agreement_read(rd->line, &agreement, &sentence);
    if (err) {
        return line_fail(rd, err, sentence);
    }
    rd->line = (struct amp_str){0};
    agreement.line = rd->number;
    for (size_t i = 0; i < plans->agreement_n; i++) {
        if (amp_agreement_same(&plans->agreement[i], &agreement)) {
            return line_fail(rd, AMP_E_EXISTS, "this agreement stands above already");
        }
    }
    if (plans->agreement_n == AMP_AGREEMENTS_MAX) {
        return line_fail(rd, AMP_E_LIMIT, "there are more than 256 agreements");
    }
    if (plans->agreement_n == plans->agreement_cap) {
        size_t cap = plans->agreement_cap ? plans->agreement_cap * 2 : 8;
        struct amp_agreement *grown = realloc(plans->agreement, cap * sizeof(*grown));
        if (!grown) {
            return AMP_E_NOMEM;
        }
        plans->agreement = grown;
        plans->agreement_cap = cap;
    }
    plans->agreement[plans->agreement_n++] = agreement;
    return AMP_OK;
}

/* A type that nobody described would never be lent for: a typing error must not vanish. */
static amp_err agreements_check(const struct plan_reader *rd)
{
    const struct amp_plans *plans = rd->plans;
    for (size_t i = 0; i < plans->agreement_n; i++) {
        const struct amp_words *types = &plans->agreement[i].types;
        for (size_t k = 0; k < types->n; k++) {
            if (!amp_plan_for(plans, types->word[k], 0)) {
                return amp_fail(
                    rd->why, AMP_E_RANGE, "plans, line %d: there is no type called \"%.*s\"",
                    plans->agreement[i].line, (int)types->word[k].len, types->word[k].ptr);
            }
        }
    }
    return AMP_OK;
}

/* retention DAYS: for the whole type, wherever it stands below it */
static amp_err retention_read(struct plan_reader *rd)
{
    int days = 0;
    if (rd->retained) {
        return line_fail(rd, AMP_E_EXISTS, "this type has a \"retention\" line already");
    }
    amp_err err = number_next(rd, 0, AMP_RETENTION_MAX_DAYS, &days);
    for (size_t i = rd->first; !err && i < rd->plans->plan_n; i++) {
        rd->plans->plan[i].retention_days = days;
    }
    rd->retained = !err;
    return err;
}

/* default-retention DAYS */
static amp_err default_retention_read(struct plan_reader *rd)
{
    return number_next(rd, 0, AMP_RETENTION_MAX_DAYS, &rd->plans->retention_days);
}

/* A value of "EIDO-IncidentType-Common" (NENA-STA-021.1b, section 3.2): that it is one is not
 * looked up, since the registry grows; its form is what all of them have. */
static bool eido_valid(struct amp_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
            return false;
        }
    }
    return value.len >= 2 && value.len <= AMP_EIDO_TYPE_MAX;
}

/* eido VALUE: for the whole type, wherever it stands below it */
static amp_err eido_read(struct plan_reader *rd)
{
    struct amp_str value = amp_str_token(&rd->line);
    if (!eido_valid(value)) {
        return line_fail(rd, AMP_E_SYNTAX,
                         "\"eido\" needs a value of NENA's registry of incident types, which is "
                         "2 to 16 capital letters and digits");
    }
    if (rd->plans->plan[rd->first].eido.len > 0) {
        return line_fail(rd, AMP_E_EXISTS, "this type has an \"eido\" line already");
    }
    for (size_t i = rd->first; i < rd->plans->plan_n; i++) {
        rd->plans->plan[i].eido = value;
    }
    return AMP_OK;
}

static amp_err line_read(struct plan_reader *rd)
{
    static const struct {
        const char *name;
        bool in_type; /* belongs below a "type" */
        amp_err (*read)(struct plan_reader *rd);
    } rows[] = {
        {"type", false, type_read},          {"timer", false, timer_read},
        {"label", true, label_read},         {"for", true, for_read},
        {"need", true, need_read},           {"tell", true, tell_read},
        {"retention", true, retention_read}, {"default-retention", false, default_retention_read},
        {"level", true, level_read},         {"aid", false, aid_read},
        {"eido", true, eido_read},
    };
    struct amp_str name = amp_str_token(&rd->line);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!amp_str_is(name, rows[i].name)) {
            continue;
        }
        if (rows[i].in_type && rd->first == rd->plans->plan_n) {
            return line_fail(rd, AMP_E_SYNTAX, "this line belongs below a \"type\" line");
        }
        amp_err err = rows[i].read(rd);
        if (!err && rd->line.len) {
            return line_fail(rd, AMP_E_SYNTAX, "there is more on this line than belongs here");
        }
        return err;
    }
    return line_fail(rd, AMP_E_SYNTAX,
                     "a line begins with type, label, eido, for, need, level, tell, retention, "
                     "timer, default-retention or aid");
}

static amp_err lines_read(struct amp_plans *plans, struct amp_str text, struct amp_why *why)
{
    struct plan_reader rd = {.plans = plans, .why = why};
    while (text.len) {
        struct amp_str line = {0};
        text = amp_str_cut(text, '\n', &line);
        rd.number++;
        (void)amp_str_cut(line, '#', &rd.line);
        rd.line = amp_str_trim(rd.line);
        if (!rd.line.len) {
            continue;
        }
        amp_err err = line_read(&rd);
        if (err) {
            return err;
        }
    }
    rd.number++;
    for (size_t i = 0; i < plans->plan_n; i++) {
        struct amp_plan *plan = &plans->plan[i];
        bool said = plan->retention_days != RETENTION_UNSAID;
        plan->retention_days = said ? plan->retention_days : plans->retention_days;
    }
    amp_err err = type_end(&rd);
    return err ? err : agreements_check(&rd);
}

amp_err amp_plans_read(struct amp_str text, struct amp_plans **out, struct amp_why *why)
{
    if (text.len > AMP_PLAN_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "the plans have %zu bytes; the limit is %d", text.len,
                        AMP_PLAN_BYTES);
    }
    if (!amp_utf8_valid(text)) {
        return amp_fail(why, AMP_E_SYNTAX, "the plans are not UTF-8 text");
    }
    struct amp_plans *plans = calloc(1, sizeof(*plans));
    char *copy = malloc(text.len + 1);
    if (!plans || !copy) {
        free(plans);
        free(copy);
        return AMP_E_NOMEM;
    }
    if (text.len) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    plans->text = copy;
    plans->timers = (struct amp_timers){.acknowledge_s = 60,
                                        .silent_s = 900,
                                        .undispatched_s = 90,
                                        .turnout_s = 60,
                                        .turnout_moving_s = 5,
                                        .aid_margin_s = 120,
                                        .aid_answer_s = 120};
    amp_err err = lines_read(plans, (struct amp_str){copy, text.len}, why);
    if (err) {
        amp_plans_free(plans);
        return err;
    }
    *out = plans;
    return AMP_OK;
}

amp_err amp_plans_builtin(struct amp_plans **out)
{
    struct amp_str text = {(const char *)amp_plan_text, amp_plan_text_len};
    return amp_plans_read(text, out, NULL);
}

void amp_plans_free(struct amp_plans *plans)
{
    if (plans) {
        free(plans->plan);
        free(plans->agreement);
        free(plans->text);
        free(plans);
    }
}

const struct amp_plan *amp_plan_for(const struct amp_plans *plans, struct amp_str type,
                                    int priority)
{
    for (size_t i = 0; i < plans->plan_n; i++) {
        const struct amp_plan *plan = &plans->plan[i];
        bool holds =
            !priority || (priority >= plan->from_priority && priority <= plan->to_priority);
        if (holds && amp_str_eq(plan->type, type)) {
            return plan;
        }
    }
    return NULL;
}

const struct amp_plan *amp_plan_of_eido(const struct amp_plans *plans, struct amp_str value)
{
    const struct amp_plan *found = NULL;
    for (size_t i = 0; i < plans->plan_n && value.len > 0; i++) {
        const struct amp_plan *plan = &plans->plan[i];
        if (!amp_str_eq(plan->eido, value)) {
            continue;
        }
        if (found && !amp_str_eq(found->type, plan->type)) {
            return NULL;
        }
        found = found ? found : plan;
    }
    return found;
}

struct amp_timers amp_plans_timers(const struct amp_plans *plans)
{
    return plans->timers;
}

int amp_plans_retention(const struct amp_plans *plans, struct amp_str type)
{
    const struct amp_plan *plan = type.len ? amp_plan_for(plans, type, 0) : NULL;
    return plan ? plan->retention_days : plans->retention_days;
}

size_t amp_plans_agreements(const struct amp_plans *plans)
{
    return plans->agreement_n;
}

const struct amp_agreement *amp_plans_agreement(const struct amp_plans *plans, size_t i)
{
    assert(i < plans->agreement_n);
    return &plans->agreement[i];
}

size_t amp_plans_count(const struct amp_plans *plans)
{
    return plans->plan_n;
}

const struct amp_plan *amp_plan_at(const struct amp_plans *plans, size_t i)
{
    assert(i < plans->plan_n);
    return &plans->plan[i];
}

static void labels_of(struct amp_json *js, const struct amp_plan *plan)
{
    char language[AMP_LANGUAGE_MAX + 1];
    amp_json_key(js, "labels");
    amp_json_open(js, '{');
    for (size_t i = 0; i < plan->also_n; i++) {
        amp_err err = amp_str_copy(language, sizeof(language), plan->also[i].language);
        assert(!err);
        amp_json_str_of(js, language, plan->also[i].text);
    }
    amp_json_close(js, '}');
}

static void needs_view(struct amp_json *js, const struct amp_need *need, size_t n)
{
    amp_json_key(js, "needs");
    amp_json_open(js, '[');
    for (size_t i = 0; i < n; i++) {
        amp_json_open(js, '{');
        amp_words_of(js, "capabilities", &need[i].all);
        amp_json_i64_of(js, "count", need[i].count);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

/* From 2 to the highest that is named, or 2 alone: any further one adds what the last one does. */
static void levels_view(struct amp_json *js, const struct amp_plan *plan)
{
    amp_json_key(js, "levels");
    amp_json_open(js, '[');
    for (int level = 2; level == 2 || level <= plan->levels; level++) {
        size_t n = 0;
        const struct amp_need *adds = amp_plan_adds(plan, level, &n);
        amp_json_open(js, '{');
        amp_json_i64_of(js, "level", level);
        needs_view(js, adds, n);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

void amp_plan_view(struct amp_json *js, const struct amp_plan *plan)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "type", plan->type);
    amp_json_str_of(js, "label", plan->label);
    labels_of(js, plan);
    amp_json_i64_of(js, "priority", plan->priority);
    amp_json_i64_of(js, "from_priority", plan->from_priority);
    amp_json_i64_of(js, "to_priority", plan->to_priority);
    needs_view(js, plan->need, plan->need_n);
    levels_view(js, plan);
    amp_words_of(js, "tell", &plan->tell);
    amp_json_close(js, '}');
}
