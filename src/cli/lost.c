/* `amparo lost`: which centre serves a place, asked of a server or of a table. */
#include "intake/lost.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/fetch.h"
#include "cli/setup.h"
#include "intake/intake.h"
#include "intake/lost_table.h"
#include "map/places.h"
#include "server/clock.h"
#include "server/lost_map.h"
#include <string.h>
#include <sys/stat.h>

enum {
    LOST_ARENA = 16 << 20
};

struct lost_options {
    const char *whom, *what, *service, *key, *map;
    struct amp_opt_list civic;
    struct amp_lost_question question;
    bool json, xml;
};

amp_err amp_cli_lost_table(const char *path, struct amp_lost_table **out, struct amp_why *why)
{
    struct amp_buf text = amp_buf_make(AMP_LOST_TABLE_BYTES);
    struct amp_why inner = {""};
    struct stat found = {0};
    amp_err err = amp_cli_read_file(path, AMP_LOST_TABLE_BYTES, &text, why);
    if (err == AMP_OK) {
        (void)stat(path, &found);
        err = amp_lost_table_read(amp_buf_view(&text), (int64_t)found.st_mtime * 1000000, out,
                                  &inner);
        err = err == AMP_OK ? AMP_OK : amp_fail(why, err, "%s: %.200s", path, inner.text);
    }
    amp_buf_free(&text);
    return err;
}

/* ---- the question ---- */

static const struct question_row {
    const char *name;
    enum amp_lost_kind kind;
    bool place; /* needs one */
} questions[] = {{"find", AMP_LOST_FIND_SERVICE, true},
                 {"list", AMP_LOST_LIST_SERVICES, false},
                 {"list-at", AMP_LOST_LIST_BY_LOCATION, true},
                 {"boundary", AMP_LOST_GET_BOUNDARY, false}};

/* A name that may stand in a tag. */
static bool name_good(struct amp_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (i == 0 || c < '0' || c > '9')) {
            return false;
        }
    }
    return name.len > 0;
}

static amp_err question_set(struct lost_options *o, struct amp_why *why)
{
    struct amp_lost_question *q = &o->question;
    const struct question_row *row = NULL;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        row = strcmp(o->what, questions[i].name) == 0 ? &questions[i] : row;
    }
    if (row == NULL) {
        return amp_fail(why, AMP_E_USAGE, "the questions are find, list, list-at and boundary");
    }
    q->kind = row->kind;
    for (size_t i = 0; i < o->civic.n && i < AMP_PIDF_CIVIC; i++) {
        struct amp_pidf_civic *element = &q->civic[q->civic_n++];
        element->value = amp_str_cut(amp_str_of(o->civic.item[i]), '=', &element->name);
        if (!name_good(element->name) || element->value.len == 0) {
            return amp_fail(why, AMP_E_USAGE, "--civic wants NAME=VALUE, such as A1=Porto");
        }
    }
    if (row->place && !q->located && q->civic_n == 0) {
        return amp_fail(why, AMP_E_USAGE, "--at or --civic says where");
    }
    if (q->kind == AMP_LOST_GET_BOUNDARY && o->key == NULL) {
        return amp_fail(why, AMP_E_USAGE, "--key says which boundary");
    }
    bool find = q->kind == AMP_LOST_FIND_SERVICE;
    q->service = amp_str_of(o->service == NULL && find ? "urn:service:sos" : o->service);
    q->key = amp_str_of(o->key);
    return AMP_OK;
}

/* ---- the answer ---- */

/* A table, on the map if there is one, and what is open for it. */
struct laid {
    struct amp_lost_table *table;
    struct amp_amap *amap;
    struct amp_places *places;
    struct amp_lost_ground *ground;
};

static void laid_close(struct laid *laid)
{
    amp_lost_ground_free(laid->ground);
    amp_places_close(laid->places);
    amp_amap_close(laid->amap);
    amp_lost_table_free(laid->table);
}

static amp_err laid_open(const struct lost_options *o, struct laid *laid, struct amp_why *why)
{
    struct amp_why inner = {""};
    amp_err err = amp_cli_lost_table(o->whom, &laid->table, why);
    if (err == AMP_OK && o->map != NULL) {
        err = amp_amap_open(o->map, &laid->amap, why);
        err = err ? err : amp_places_open(laid->amap, &laid->places, why);
    }
    if (err != AMP_OK) {
        return err;
    }
    err = amp_lost_on_map(laid->table, laid->places, o->map, &laid->ground, &inner);
    return err == AMP_OK || inner.text[0] == '\0'
               ? err
               : amp_fail(why, err, "%s: %s", o->whom, inner.text);
}

static amp_err answer_get(const struct lost_options *o, struct amp_str question,
                          struct amp_buf *answer, struct amp_why *why)
{
    if (strstr(o->whom, "://") != NULL) {
        return amp_cli_fetch(o->whom, "application/lost+xml", "application/lost+xml", question,
                             answer, why);
    }
    struct laid laid = {0};
    amp_err err = laid_open(o, &laid, why);
    if (err == AMP_OK) {
        struct amp_clock clock = amp_clock_real();
        struct amp_arena arena = amp_arena_make(LOST_ARENA);
        amp_lost_answer(laid.ground, question, clock.now_us(clock.ctx), &arena, answer);
        amp_arena_drop(&arena);
        err = amp_buf_err(answer);
    }
    laid_close(&laid);
    return err;
}

static amp_err ask(const struct lost_options *o, struct amp_buf *out, struct amp_why *why)
{
    struct amp_buf question = amp_buf_make(AMP_INTAKE_MAX);
    struct amp_buf answer = amp_buf_make(AMP_FETCH_MAX);
    struct amp_arena arena = amp_arena_make(LOST_ARENA);
    struct amp_json js = amp_json_make(out);
    amp_lost_ask(&o->question, &question);
    amp_err err = amp_buf_err(&question);
    err = err ? err : answer_get(o, amp_buf_view(&question), &answer, why);
    if (err == AMP_OK && o->xml) {
        amp_buf_str(out, amp_str_trim(amp_buf_view(&answer)));
    } else if (err == AMP_OK) {
        struct amp_why inner = {""};
        err = amp_intake_view(amp_intake_find(AMP_STR("lost")), amp_buf_view(&answer), &arena, &js,
                              &inner);
        err = err == AMP_OK ? AMP_OK
                            : amp_fail(why, err, "the answer: %.200s (--xml prints it as it came)",
                                       inner.text[0] != '\0' ? inner.text : amp_err_words(err));
    }
    amp_arena_drop(&arena);
    amp_buf_free(&question);
    amp_buf_free(&answer);
    return err;
}

int amp_cli_lost(int argc, char **argv)
{
    struct lost_options o = {.json = true};
    const struct amp_opt opts[] = {
        {"--at", AMP_OPT_POS, "LAT,LON", "where", false, &o.question.pos, &o.question.located},
        {"--civic", AMP_OPT_LIST, "NAME=VALUE", "an element of an address; may be repeated", false,
         &o.civic, NULL},
        {"--map", AMP_OPT_TEXT, "MAP.amap", "the map whose areas a table names", false, &o.map,
         NULL},
        {"--service", AMP_OPT_TEXT, "URN", "which; of find else urn:service:sos", false, &o.service,
         NULL},
        {"--key", AMP_OPT_TEXT, "KEY", "of a boundary", false, &o.key, NULL},
        {"--boundary", AMP_OPT_FLAG, NULL, "with find: tell the border, too", false,
         &o.question.boundary, NULL},
        {"--validate", AMP_OPT_FLAG, NULL, "with find: check the address", false,
         &o.question.validate, NULL},
        {"--xml", AMP_OPT_FLAG, NULL, "print the answer as it came", false, &o.xml, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON (else so, too)", false, &o.json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "lost",
        .operands = "URL|TABLE find|list|list-at|boundary",
        .about =
            "Ask which centre serves a place (LoST, RFC 5222): a server by its URL, or a table\n"
            "as `amparo serve --lost` takes it, which this also checks.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
        .operand_min = 2,
        .operand_max = 2,
    };
    struct amp_why why = {""};
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    o.whom = argv[0];
    o.what = argv[1];
    struct amp_buf out = amp_buf_make(AMP_FETCH_MAX);
    amp_err err = question_set(&o, &why);
    if (err == AMP_OK && o.map != NULL && strstr(o.whom, "://") != NULL) {
        err = amp_fail(&why, AMP_E_USAGE, "--map goes with a table: a server has a map of its own");
    }
    err = err ? err : ask(&o, &out, &why);
    return amp_cli_answer("lost", o.json, err, &why, &out);
}
