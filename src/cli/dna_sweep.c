/* `amparo dna sweep`: all items of a case against all its references, on all cores, resumable. */
#include "cli/dna_sweep.h"

#include "cli/dna.h"
#include "cli/progress.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WORKERS_MAX = 256,
    PAIR_ARENA = 256 << 20
};

struct asked {
    struct amp_cli_dna_asked of;
    const char *case_name, *out, *known, *items, *persons, *contributors;
    double screen_lr, screen_mac;
    bool all;
};

/* What the workers share; everything below the lock is under it. */
struct pool {
    const struct amp_sweep *sweep;
    size_t total;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t next; /* to be begun */
    struct amp_sweep_result *result;
    bool *ready;
    bool stop;
    amp_err err;
    struct amp_why why;
};

static bool next_take(struct pool *pool, size_t *i)
{
    pthread_mutex_lock(&pool->lock);
    bool go = !pool->stop && pool->next < pool->total;
    *i = go ? pool->next++ : 0;
    pthread_mutex_unlock(&pool->lock);
    return go;
}

/* The line moves to memory of its own: the worker's arena is emptied. */
static void give(struct pool *pool, size_t i, struct amp_sweep_result result, amp_err err,
                 const struct amp_why *why)
{
    char *line = err ? NULL : malloc(result.line.len + 1);
    if (line) {
        memcpy(line, result.line.ptr, result.line.len);
        result.line.ptr = line;
    } else if (!err) {
        err = AMP_E_NOMEM;
    }
    pthread_mutex_lock(&pool->lock);
    if (err && !pool->err) {
        pool->err = err;
        pool->why = *why;
        pool->stop = true;
    } else if (!err) {
        pool->result[i] = result;
        pool->ready[i] = true;
    }
    pthread_cond_signal(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

static void *worker(void *arg)
{
    struct pool *pool = arg;
    struct amp_arena arena = amp_arena_make(PAIR_ARENA);
    size_t i = 0;
    while (next_take(pool, &i)) {
        struct amp_sweep_result result = {.contributor_n = 0};
        struct amp_why why = {""};
        amp_err err = amp_sweep_pair(pool->sweep, i, &arena, &result, &why);
        give(pool, i, result, err, &why);
        amp_arena_reset(&arena);
    }
    amp_arena_drop(&arena);
    return NULL;
}

static amp_err line_append(FILE *file, const struct amp_sweep_result *result, const char *path,
                           struct amp_why *why)
{
    if (fwrite(result->line.ptr, 1, result->line.len, file) != result->line.len ||
        fputc('\n', file) == EOF || fflush(file) != 0) {
        return amp_fail(why, AMP_E_IO, "%s cannot be written; what is in it stays good", path);
    }
    return AMP_OK;
}

/* Writes results in their order as they become ready. */
static amp_err results_write(struct pool *pool, size_t done, const char *path, FILE *file,
                             struct amp_why *why)
{
    struct amp_progress progress = amp_cli_progress();
    amp_err err = AMP_OK;
    for (size_t i = done; i < pool->total && !err; i++) {
        pthread_mutex_lock(&pool->lock);
        while (!pool->ready[i] && !pool->err) {
            pthread_cond_wait(&pool->changed, &pool->lock);
        }
        err = pool->ready[i] ? AMP_OK : pool->err;
        *why = err ? pool->why : *why;
        pthread_mutex_unlock(&pool->lock);
        err = err ? err : line_append(file, &pool->result[i], path, why);
        progress.tell(progress.ctx, "comparisons", i + 1, pool->total);
    }
    amp_cli_progress_end();
    return err;
}

static amp_err pool_run(struct pool *pool, int thread_n, size_t done, const char *path, FILE *file,
                        struct amp_why *why)
{
    pthread_t thread[WORKERS_MAX];
    int started = 0;
    int wanted = thread_n < WORKERS_MAX ? thread_n : WORKERS_MAX;
    while (started < wanted && pthread_create(&thread[started], NULL, worker, pool) == 0) {
        started++;
    }
    amp_err err = started > 0 ? results_write(pool, done, path, file, why)
                              : amp_fail(why, AMP_E_NOMEM, "no thread can be started");
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < started; i++) {
        (void)pthread_join(thread[i], NULL);
    }
    return err;
}

/* Seen alleles and a quick LR say enough for most; what is near is compared in full. */
static amp_err sweep_make(const struct asked *asked, const struct amp_cli_dna_case *of,
                          struct amp_arena *arena, struct amp_sweep *out, struct amp_why *why)
{
    struct amp_sweep sweep = {.of = of,
                              .screen_lr = asked->all ? -INFINITY : asked->screen_lr,
                              .screen_mac = asked->all ? -INFINITY : asked->screen_mac};
    int64_t n = 0;
    if (strcmp(asked->contributors, "auto") != 0 &&
        (amp_str_i64(amp_str_of(asked->contributors), &n) || n < 1 || n > AMP_MIX_CONTRIBUTORS)) {
        return amp_fail(why, AMP_E_USAGE, "--contributors is a number from 1 to %d, or auto",
                        AMP_MIX_CONTRIBUTORS);
    }
    sweep.contributor_n = (size_t)n;
    amp_err err =
        amp_cli_dna_samples(&of->evidence, asked->items, "item", arena, &sweep.items, why);
    err = err ? err
              : amp_cli_dna_samples(&of->references, asked->persons, "reference", arena,
                                    &sweep.persons, why);
    err = err || !asked->known ? err
                               : amp_cli_dna_samples(&of->references, asked->known, "reference",
                                                     arena, &sweep.known, why);
    if (!err && (sweep.persons.n > AMP_SWEEP_PERSONS || sweep.items.n > AMP_SWEEP_ITEMS)) {
        return amp_fail(why, AMP_E_LIMIT,
                        "%zu references and %zu items; a case has at most %d and %d. A population "
                        "is not searched (docs/rights.md): name the case's own persons with "
                        "--persons",
                        sweep.persons.n, sweep.items.n, AMP_SWEEP_PERSONS, AMP_SWEEP_ITEMS);
    }
    if (!err && sweep.known.n >= AMP_MIX_CONTRIBUTORS) {
        err = amp_fail(why, AMP_E_USAGE, "--known names too many persons");
    }
    *out = sweep;
    return err;
}

static void json_put(struct amp_str head, const struct amp_sweep_result *result, size_t n,
                     struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_key(&js, "sweep");
    amp_json_put_raw(&js, head);
    amp_json_key(&js, "results");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < n; i++) {
        amp_json_put_raw(&js, result[i].line);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

static void number_put(struct amp_buf *out, double value)
{
    if (isfinite(value)) {
        amp_buf_printf(out, "%12.3f", value);
    } else {
        amp_buf_printf(out, "%12s", "-");
    }
}

/* An item's persons, the highest LR first; those that were not compared in full last. */
static double rank_of(const struct amp_sweep_result *result)
{
    return isfinite(result->log10_lr)      ? result->log10_lr
           : isfinite(result->qualitative) ? result->qualitative - 1e6
                                           : -1e9;
}

/* Why a comparison was not made, which its line says. */
static void trouble_put(const struct amp_sweep_result *result, struct amp_buf *out)
{
    json_t *json = NULL;
    if (amp_json_read(result->line, AMP_SWEEP_LINE, &json, NULL) != AMP_OK) {
        return;
    }
    const char *trouble = json_string_value(json_object_get(json, "trouble"));
    if (trouble != NULL) {
        amp_buf_printf(out, "  not compared: %s", trouble);
    }
    json_decref(json);
}

static void share_put(struct amp_buf *out, double share)
{
    if (isfinite(share)) {
        amp_buf_printf(out, "%8.0f %%", 100 * share);
    } else {
        amp_buf_printf(out, "%10s", "-");
    }
}

static void item_put(const struct amp_sweep *sweep, const struct amp_sweep_result *result,
                     size_t item, struct amp_buf *out)
{
    size_t order[AMP_SWEEP_PERSONS];
    size_t n = sweep->persons.n;
    for (size_t p = 0; p < n; p++) {
        size_t at = p;
        while (at > 0 &&
               rank_of(&result[item * n + order[at - 1]]) < rank_of(&result[item * n + p])) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = p;
    }
    struct amp_str name = sweep->items.sample[item]->name;
    amp_buf_printf(out, "\n%.*s (%zu contributors)\n", (int)name.len, name.ptr,
                   result[item * n].contributor_n);
    amp_buf_printf(out, "  %-24s%10s%10s%14s%12s%12s\n", "person", "markers", "matching",
                   "qualitative", "log10 LR", "bound");
    for (size_t p = 0; p < n; p++) {
        const struct amp_sweep_result *one = &result[item * n + order[p]];
        struct amp_str person = sweep->persons.sample[order[p]]->name;
        amp_buf_printf(out, "  %-24.*s", (int)person.len, person.ptr);
        amp_buf_printf(out, "%4zu of %2zu", one->typed_n, one->marker_n);
        share_put(out, one->mac);
        amp_buf_text(out, "  ");
        number_put(out, one->qualitative);
        number_put(out, one->log10_lr);
        number_put(out, one->log10_upper);
        trouble_put(one, out);
        amp_buf_char(out, '\n');
    }
}

static void text_put(const struct amp_sweep *sweep, const struct amp_sweep_result *result,
                     struct amp_str case_name, struct amp_buf *out)
{
    amp_buf_printf(out, "Case %.*s: %zu items, %zu persons\n", (int)case_name.len, case_name.ptr,
                   sweep->items.n, sweep->persons.n);
    for (size_t i = 0; i < sweep->items.n; i++) {
        item_put(sweep, result, i, out);
    }
    amp_buf_text(out, "\nA log10 LR above 0 supports the person over an unknown one as "
                      "contributor; it is no probability that the person contributed.");
}

static amp_err compare_all(const struct asked *asked, const struct amp_sweep *sweep,
                           struct amp_arena *arena, struct amp_buf *out, struct amp_why *why)
{
    struct amp_str head = {0};
    struct amp_str case_name = amp_str_of(asked->case_name);
    size_t total = sweep->items.n * sweep->persons.n;
    struct pool pool = {.sweep = sweep, .total = total};
    FILE *file = NULL;
    size_t done = 0;
    pool.result = amp_arena_array(arena, total, sizeof *pool.result);
    pool.ready = amp_arena_array(arena, total, sizeof *pool.ready);
    amp_err err = pool.result && pool.ready ? AMP_OK : AMP_E_NOMEM;
    err = err ? err : amp_sweep_head(sweep, case_name, arena, &head);
    err =
        err ? err : amp_sweep_open(asked->out, head, total, arena, &file, pool.result, &done, why);
    if (err) {
        return err;
    }
    if (done > 0) {
        (void)fprintf(stderr, "amparo dna sweep: %s has %zu of %zu comparisons; going on\n",
                      asked->out, done, total);
    }
    pool.next = done;
    (void)pthread_mutex_init(&pool.lock, NULL);
    (void)pthread_cond_init(&pool.changed, NULL);
    err = pool_run(&pool, amp_cli_dna_threads(&asked->of), done, asked->out, file, why);
    (void)pthread_cond_destroy(&pool.changed);
    (void)pthread_mutex_destroy(&pool.lock);
    bool kept = fsync(fileno(file)) == 0;
    kept = fclose(file) == 0 && kept;
    if (!err && !kept) {
        err = amp_fail(why, AMP_E_IO, "%s cannot be written", asked->out);
    }
    if (!err && asked->of.json) {
        json_put(head, pool.result, total, out);
    } else if (!err) {
        text_put(sweep, pool.result, case_name, out);
    }
    for (size_t i = done; i < total; i++) {
        if (pool.ready[i]) {
            free((void *)(uintptr_t)pool.result[i].line.ptr);
        }
    }
    return err;
}

static int sweep_run(const struct asked *asked)
{
    struct amp_why why = {""};
    struct amp_arena arena = amp_arena_make(AMP_CLI_DNA_ARENA);
    struct amp_buf out = amp_buf_make(AMP_CLI_DNA_TEXT);
    struct amp_cli_dna_case *of = amp_arena_alloc(&arena, sizeof *of);
    struct amp_sweep sweep;
    amp_err err = of ? amp_cli_dna_case_read(&asked->of, &arena, of, &why) : AMP_E_NOMEM;
    err = err ? err : sweep_make(asked, of, &arena, &sweep, &why);
    err = err ? err : compare_all(asked, &sweep, &arena, &out, &why);
    amp_arena_drop(&arena);
    return amp_cli_answer("dna sweep", asked->of.json, err, &why, &out);
}

static const char about[] =
    "Every item of a named case against every reference of that case: seen alleles and the "
    "qualitative LR first, and the full LR for what they do not rule out. The output file goes on "
    "where it stopped. It compares named items with the case's own persons and does not search a "
    "population.\n\n"
    "example:\n"
    "  amparo dna sweep --case 2026-117 --evidence items.csv --reference persons.csv \\\n"
    "      --frequencies freq.csv --kit GlobalFiler --contributors auto --theta 0.01 \\\n"
    "      --degradation --back-stutter --out 2026-117.jsonl";

int amp_cli_dna_sweep(int argc, char **argv)
{
    struct asked asked = {.screen_lr = -2};
    struct amp_opt opts[AMP_CLI_DNA_OPTIONS];
    const struct amp_opt own[] = {
        {"--case", AMP_OPT_TEXT, "NAME", "the case; it stands in the output", true,
         &asked.case_name, NULL},
        {"--out", AMP_OPT_TEXT, "FILE.jsonl", "results, a line each; goes on where it stopped",
         true, &asked.out, NULL},
        {"--contributors", AMP_OPT_TEXT, "N", "of each item; auto: the fewest by its alleles", true,
         &asked.contributors, NULL},
        {"--items", AMP_OPT_TEXT, "NAME,...", "only these items", false, &asked.items, NULL},
        {"--persons", AMP_OPT_TEXT, "NAME,...", "only these references", false, &asked.persons,
         NULL},
        {"--known", AMP_OPT_TEXT, "NAME,...", "contributors to every item", false, &asked.known,
         NULL},
        {"--screen-lr", AMP_OPT_NUM, "X", "full LR only if the qualitative log10 LR is above (-2)",
         false, &asked.screen_lr, NULL},
        {"--screen-matching", AMP_OPT_NUM, "X", "and this share of alleles was seen (0)", false,
         &asked.screen_mac, NULL},
        {"--all", AMP_OPT_FLAG, NULL, "full LR for all", false, &asked.all, NULL},
    };
    size_t opt_n = amp_cli_dna_options(&asked.of, own, sizeof own / sizeof own[0], opts);
    const struct amp_cli_usage usage = {
        .name = "dna sweep", .operands = "", .about = about, .opt = opts, .opt_n = opt_n};
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    if (asked.case_name[0] == '\0') {
        return amp_cli_misuse("dna sweep", "--case needs the name of the case");
    }
    return sweep_run(&asked);
}
