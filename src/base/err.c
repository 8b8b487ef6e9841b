/* The error table and the one sentence for a person. */
#include "base/err.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

struct row {
    const char *code;
    const char *words;
    int http;
};

static const struct row rows[AMP_ERR_COUNT] = {
#define X(name, wire, status, text) [name] = {.code = wire, .words = text, .http = status},
    AMP_ERR_TABLE(X)
#undef X
};

static const struct row *row_of(amp_err err)
{
    assert((unsigned)err < AMP_ERR_COUNT);
    return &rows[err];
}

const char *amp_err_code(amp_err err)
{
    return row_of(err)->code;
}

const char *amp_err_words(amp_err err)
{
    return row_of(err)->words;
}

int amp_err_http(amp_err err)
{
    return row_of(err)->http;
}

/* A character cut by the end of the room is taken away whole. */
static void cut_torn_character(char *text, size_t len)
{
    size_t start = len;
    while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xC0U) == 0x80U) {
        start--;
    }
    if (start == 0) {
        return;
    }
    unsigned char lead = (unsigned char)text[start - 1];
    size_t whole = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : lead >= 0xC0U ? 2 : 1;
    if (len - (start - 1) < whole) {
        text[start - 1] = '\0';
    }
}

amp_err amp_fail(struct amp_why *why, amp_err err, const char *fmt, ...)
{
    assert((unsigned)err < AMP_ERR_COUNT);
    if (!why) {
        return err;
    }
    char text[AMP_WHY_MAX]; /* an argument may be the old sentence itself */
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (len < 0) {
        text[0] = '\0';
    } else if ((size_t)len >= sizeof(text)) {
        cut_torn_character(text, sizeof(text) - 1);
    }
    memcpy(why->text, text, sizeof(text));
    return err;
}
