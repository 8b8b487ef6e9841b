/* Decoding of form fields and query strings. */
#include "base/form.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static amp_err part_decode(struct amp_str raw, struct amp_arena *arena, struct amp_str *out,
                           struct amp_why *why)
{
    char *text = amp_arena_text(arena, raw);
    if (text == NULL) {
        return AMP_E_NOMEM;
    }
    size_t n = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '%') {
            int high = i + 2 < raw.len ? hex_value(raw.ptr[i + 1]) : -1;
            int low = i + 2 < raw.len ? hex_value(raw.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return amp_fail(why, AMP_E_SYNTAX, "a %% is not followed by two hex digits");
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        text[n++] = c;
    }
    struct amp_str decoded = {.ptr = text, .len = n};
    if (!amp_utf8_valid(decoded)) {
        return amp_fail(why, AMP_E_SYNTAX, "a form field is not UTF-8");
    }
    *out = decoded;
    return AMP_OK;
}

static amp_err pair_decode(struct amp_str pair, struct amp_arena *arena, struct amp_form *form,
                           struct amp_why *why)
{
    if (form->n == AMP_FORM_PAIRS) {
        return amp_fail(why, AMP_E_LIMIT, "more than %d form fields", AMP_FORM_PAIRS);
    }
    struct amp_str name = {0};
    struct amp_str value = amp_str_cut(pair, '=', &name);
    amp_err err = part_decode(name, arena, &form->name[form->n], why);
    if (!err) {
        err = part_decode(value, arena, &form->value[form->n], why);
    }
    form->n += !err;
    return err;
}

amp_err amp_form_read(struct amp_str text, struct amp_arena *arena, struct amp_form *out,
                      struct amp_why *why)
{
    struct amp_form form = {0};
    while (text.len > 0) {
        struct amp_str pair = {0};
        text = amp_str_cut(text, '&', &pair);
        if (pair.len == 0) {
            continue;
        }
        amp_err err = pair_decode(pair, arena, &form, why);
        if (err) {
            return err;
        }
    }
    *out = form;
    return AMP_OK;
}

bool amp_form_get(const struct amp_form *form, const char *name, struct amp_str *out)
{
    for (size_t i = 0; i < form->n; i++) {
        if (amp_str_is(form->name[i], name)) {
            *out = form->value[i];
            return true;
        }
    }
    return false;
}
