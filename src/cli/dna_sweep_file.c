/* The file of a sweep: a head that binds it to its inputs, and results that are only appended. */
#include "cli/dna_sweep.h"

#include "base/crypto.h"
#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum {
    FILE_MAX = 1 << 30
};

static void names_put(struct amp_json *js, const char *key,
                      const struct amp_cli_dna_samples *samples)
{
    amp_json_key(js, key);
    amp_json_open(js, '[');
    for (size_t i = 0; i < samples->n; i++) {
        amp_json_put_str(js, samples->sample[i]->name);
    }
    amp_json_close(js, ']');
}

static void inputs_put(struct amp_json *js, const struct amp_cli_dna_case *of)
{
    amp_json_key(js, "inputs");
    amp_json_open(js, '[');
    for (size_t i = 0; i < of->source_n; i++) {
        char text[2 * AMP_SHA256 + 2];
        struct amp_buf hex = amp_buf_over(text, sizeof text);
        amp_hex_put(&hex, of->source[i].source->sha256, AMP_SHA256);
        amp_json_open(js, '{');
        amp_json_text_of(js, "role", of->source[i].role);
        amp_json_buf_of(js, "sha256", &hex);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

amp_err amp_sweep_head(const struct amp_sweep *sweep, struct amp_str case_name,
                       struct amp_arena *arena, struct amp_str *out)
{
    struct amp_buf buf = amp_buf_make(FILE_MAX);
    struct amp_json js = amp_json_make(&buf);
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "amparo_sweep", AMP_VERSION);
    amp_json_str_of(&js, "case", case_name);
    inputs_put(&js, sweep->of);
    amp_json_key(&js, "settings");
    amp_dna_settings_json(&sweep->of->settings, sweep->of->freqs.min_freq, arena, &js);
    amp_json_text_of(&js, "model",
                     !sweep->of->qualitative ? "continuous"
                     : sweep->of->each       ? "qualitative-each"
                                             : "qualitative");
    amp_json_i64_of(&js, "contributors", (int64_t)sweep->contributor_n);
    amp_json_double_of(&js, "screen_log10_lr", sweep->screen_lr, 6);
    amp_json_double_of(&js, "screen_matching", sweep->screen_mac, 6);
    names_put(&js, "known", &sweep->known);
    names_put(&js, "items", &sweep->items);
    names_put(&js, "persons", &sweep->persons);
    amp_json_close(&js, '}');
    amp_err err = amp_buf_err(&buf);
    *out = err ? *out : amp_arena_str(arena, amp_buf_view(&buf));
    amp_buf_free(&buf);
    return err || !amp_arena_failed(arena) ? err : AMP_E_NOMEM;
}

/* Which part of the head is another one. */
static const char *difference(struct amp_str was, struct amp_str is)
{
    static const char *const part[][2] = {{"amparo_sweep", "another version of Amparo"},
                                          {"case", "another case"},
                                          {"inputs", "other input files"},
                                          {"settings", "other settings"},
                                          {"items", "other items"},
                                          {"persons", "other persons"}};
    json_t *a = NULL;
    json_t *b = NULL;
    const char *what = "other options";
    if (amp_json_read(was, FILE_MAX, &a, NULL) || amp_json_read(is, FILE_MAX, &b, NULL)) {
        json_decref(a);
        json_decref(b);
        return "something that is no sweep";
    }
    for (size_t i = sizeof part / sizeof part[0]; i-- > 0;) {
        if (!json_equal(json_object_get(a, part[i][0]), json_object_get(b, part[i][0]))) {
            what = part[i][1];
        }
    }
    json_decref(a);
    json_decref(b);
    return what;
}

/* The results in a file that is there; *good is how many of its bytes are whole lines of ours. */
static amp_err results_take(const char *path, struct amp_str text, struct amp_str head,
                            size_t total, struct amp_sweep_result *result, size_t *done,
                            size_t *good, struct amp_why *why)
{
    size_t n = 0;
    size_t line_n = 0;
    const char *start = text.ptr;
    *good = 0;
    while (text.len > 0) {
        struct amp_str line = {0};
        struct amp_str rest = amp_str_cut(text, '\n', &line);
        if (rest.ptr == NULL) {
            break; /* torn */
        }
        if (line_n == 0 && !amp_str_eq(line, head)) {
            return amp_fail(why, AMP_E_CONFLICT,
                            "%s was begun for %s; choose another --out, or go on with what it was "
                            "begun for",
                            path, difference(line, head));
        }
        if (line_n > 0 && n == total) {
            return amp_fail(why, AMP_E_CONFLICT, "%s has more lines than comparisons", path);
        }
        if (line_n > 0 && amp_sweep_result_read(line, &result[n++], why)) {
            return amp_fail(why, AMP_E_CORRUPT, "%s, line %zu is no result of a sweep", path,
                            line_n + 1);
        }
        line_n++;
        *good = (size_t)(rest.ptr - start);
        text = rest;
    }
    *done = n;
    return AMP_OK;
}

static amp_err file_start(const char *path, FILE *file, size_t good, struct amp_str head,
                          struct amp_why *why)
{
    bool well = ftruncate(fileno(file), (off_t)good) == 0 && fseek(file, 0, SEEK_END) == 0;
    if (well && good == 0) {
        well = fwrite(head.ptr, 1, head.len, file) == head.len && fputc('\n', file) != EOF &&
               fflush(file) == 0;
    }
    return well ? AMP_OK : amp_fail(why, AMP_E_IO, "%s: %s", path, strerror(errno));
}

amp_err amp_sweep_open(const char *path, struct amp_str head, size_t total, struct amp_arena *arena,
                       FILE **file, struct amp_sweep_result *result, size_t *done,
                       struct amp_why *why)
{
    struct amp_buf bytes = {.data = NULL};
    struct amp_str text = {0};
    size_t good = 0;
    amp_err err = amp_cli_read_file(path, FILE_MAX, &bytes, why);
    *done = 0;
    if (!err) {
        text = amp_arena_str(arena, amp_buf_view(&bytes));
        amp_buf_free(&bytes);
        err = amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
        err = err ? err : results_take(path, text, head, total, result, done, &good, why);
    } else if (err == AMP_E_NOT_FOUND) {
        err = AMP_OK;
    }
    if (err) {
        return err;
    }
    FILE *opened = fopen(path, "abe");
    if (!opened) {
        return amp_fail(why, AMP_E_IO, "%s: %s", path, strerror(errno));
    }
    err = file_start(path, opened, good, head, why);
    if (err) {
        (void)fclose(opened);
        return err;
    }
    *file = opened;
    return AMP_OK;
}
