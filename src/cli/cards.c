/* `amparo cards`: reads protocol cards as `serve --cards` would, and says what is in them. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/setup.h"
#include <stdio.h>
#include <string.h>

enum {
    LANGUAGES_SHOWN = 32
};

struct cards_asked {
    const char *plans;
    bool json;
    char **file;
    int file_n;
};

static void count_view(struct amp_json *js, const struct amp_cards *cards)
{
    struct amp_cards_count count = amp_cards_count(cards);
    struct amp_cards_language language[LANGUAGES_SHOWN];
    size_t n = amp_cards_languages(cards, LANGUAGES_SHOWN, language);
    amp_json_open(js, '{');
    amp_json_i64_of(js, "cards", (int64_t)count.cards);
    amp_json_i64_of(js, "questions", (int64_t)count.questions);
    amp_json_i64_of(js, "answers", (int64_t)count.answers);
    amp_json_i64_of(js, "texts", (int64_t)count.texts);
    amp_json_key(js, "languages");
    amp_json_open(js, '[');
    for (size_t i = 0; i < n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "language", language[i].tag);
        amp_json_i64_of(js, "texts", (int64_t)language[i].texts);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void count_print(struct amp_buf *out, const struct amp_cards *cards)
{
    struct amp_cards_count count = amp_cards_count(cards);
    struct amp_cards_language language[LANGUAGES_SHOWN];
    size_t n = amp_cards_languages(cards, LANGUAGES_SHOWN, language);
    amp_buf_printf(out, "%zu cards, %zu questions, %zu answers", count.cards, count.questions,
                   count.answers);
    for (size_t i = 0; i < n; i++) {
        size_t missing = count.texts - language[i].texts;
        amp_buf_printf(out, "\n%.*s: %zu of %zu texts", (int)language[i].tag.len,
                       language[i].tag.ptr, language[i].texts, count.texts);
        if (missing > 0) {
            amp_buf_printf(out, "; %zu are shown in another language", missing);
        }
    }
}

static amp_err cards_check(const struct cards_asked *asked, struct amp_buf *out,
                           struct amp_why *why)
{
    struct amp_plans *plans = NULL;
    struct amp_cards *cards = NULL;
    amp_err err = amp_cli_plans(asked->plans, &plans, why);
    err = err ? err : amp_cards_create(&cards);
    for (int i = 0; !err && i < asked->file_n; i++) {
        err = amp_cli_cards_add(cards, asked->file[i], why);
    }
    err = err ? err : amp_cards_check(cards, plans, why);
    if (!err && asked->json) {
        struct amp_json js = amp_json_make(out);
        count_view(&js, cards);
    } else if (!err) {
        count_print(out, cards);
    }
    amp_cards_free(cards);
    amp_plans_free(plans);
    return err;
}

int amp_cli_cards_main(int argc, char **argv)
{
    struct cards_asked asked = {0};
    const struct amp_opt opts[] = {
        {"--plans", AMP_OPT_TEXT, "FILE", "response plans, which name the types; else the built-in",
         false, &asked.plans, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON", false, &asked.json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "cards",
        .operands = "check FILE|DIR...",
        .about =
            "Reads protocol cards as `amparo serve --cards` would: either all is well and it\n"
            "says how much is there in which language, or the first mistake is named with its\n"
            "file and line. docs/cards.md describes the format.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
        .operand_min = 2,
        .operand_max = 1 + AMP_CARD_FILES_MAX,
    };
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    if (strcmp(argv[0], "check") != 0) {
        return amp_cli_misuse("cards", "there is only check, not \"%s\"", argv[0]);
    }
    asked.file = argv + 1;
    asked.file_n = operand_n - 1;
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(1 << 16);
    amp_err err = cards_check(&asked, &out, &why);
    return amp_cli_answer("cards", asked.json, err, &why, &out);
}
