/* Published samples against what is expected of each: tests only, after cmocka.h. */
#ifndef AMP_INTAKE_SAMPLE_TEST_H
#define AMP_INTAKE_SAMPLE_TEST_H

#include "base/testdata.h"
#include "intake/intake.h"

#include <stdio.h>
#include <string.h>

struct sample {
    const char *file; /* in messages/ */
    amp_err err;
    const char *says[4]; /* each is part of the JSON form, or of the reason of the refusal */
};

/* The message's JSON form, terminated, or the reason for which it was refused. */
static inline const char *message_text(const char *format, struct amp_str bytes, amp_err expected,
                                       struct amp_arena *arena)
{
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(1 << 20);
    struct amp_json js = amp_json_make(&out);
    const amp_err err =
        amp_intake_view(amp_intake_find(amp_str_of(format)), bytes, arena, &js, &why);
    if (err != expected) {
        print_error("%s: %s\n", amp_err_code(err), why.text);
    }
    assert_int_equal(err, expected);
    assert_int_equal(amp_buf_err(&out), AMP_OK);
    assert_int_equal(out.len > 0, err == AMP_OK); /* nothing is written of what is refused */
    const char *text =
        amp_arena_text(arena, err == AMP_OK ? amp_buf_view(&out) : amp_str_of(why.text));
    amp_buf_free(&out);
    assert_non_null(text);
    return text;
}

static inline void text_says(const char *text, const char *part, const char *name)
{
    if (strstr(text, part) == NULL) {
        print_error("%s: no \"%s\" in: %.2000s\n", name, part, text);
    }
    assert_non_null(strstr(text, part));
}

static inline struct amp_str file_text(const char *path, struct amp_arena *arena)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = amp_arena_alloc(arena, AMP_INTAKE_MAX + 1);
    assert_non_null(text);
    const size_t len = fread(text, 1, AMP_INTAKE_MAX + 1, file);
    assert_int_equal(fclose(file), 0);
    return (struct amp_str){.ptr = text, .len = len};
}

/* False where there are no samples. */
static inline bool samples_hold(const char *format, const struct sample *row, size_t n,
                                struct amp_arena *arena)
{
    for (size_t i = 0; i < n; i++) {
        char name[160];
        (void)snprintf(name, sizeof name, "messages/%s", row[i].file);
        const char *path = amp_testdata(name);
        if (path == NULL) {
            return false;
        }
        const char *text = message_text(format, file_text(path, arena), row[i].err, arena);
        for (size_t k = 0; k < 4 && row[i].says[k] != NULL; k++) {
            text_says(text, row[i].says[k], name);
        }
    }
    return true;
}

#endif
