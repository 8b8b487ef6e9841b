/* The dictionary of fields as rows, and the checks of types and limits. */
#include "model/field.h"
#include "base/timefmt.h"
#include <assert.h>
#include <string.h>

const struct amp_field_row amp_field_rows[AMP_FIELD_COUNT] = {
#define X(id, member, type, ctype, personal, low, high)                                            \
    [AMP_FIELD_##id] = {#member, type, personal, low, high, offsetof(struct amp_fields, member)},
    AMP_FIELD_TABLE(X)
#undef X
};

const amp_field_set amp_fields_personal =
#define X(id, member, type, ctype, personal, low, high) ((personal) ? AMP_HAS(id) : 0) |
    AMP_FIELD_TABLE(X)
#undef X
        0;

static const size_t field_sizes[AMP_FIELD_COUNT] = {
#define X(id, member, type, ctype, personal, low, high) [AMP_FIELD_##id] = sizeof(ctype),
    AMP_FIELD_TABLE(X)
#undef X
};

static const void *field_at(const struct amp_fields *fields, enum amp_field field)
{
    return (const char *)fields + amp_field_rows[field].offset;
}

static bool type_is_long(enum amp_field_type type)
{
    return type == AMP_TYPE_LINE || type == AMP_TYPE_TEXT || type == AMP_TYPE_DOCUMENT;
}

amp_field_set amp_fields_present(const struct amp_fields *fields)
{
    amp_field_set present = fields->has;
    for (unsigned i = 0; i < AMP_FIELD_COUNT; i++) {
        amp_field_set bit = AMP_FIELD_BIT(i);
        if ((present & bit) && type_is_long(amp_field_rows[i].type)) {
            const struct amp_str *text = field_at(fields, (enum amp_field)i);
            present &= text->len ? present : ~bit;
        }
    }
    return present;
}

void amp_fields_take(struct amp_fields *to, const struct amp_fields *from, amp_field_set which)
{
    which &= amp_fields_present(from);
    for (unsigned i = 0; i < AMP_FIELD_COUNT; i++) {
        if (which >> i & 1) {
            size_t offset = amp_field_rows[i].offset;
            memcpy((char *)to + offset, (const char *)from + offset, field_sizes[i]);
        }
    }
    to->has |= which;
}

bool amp_word_valid(struct amp_str word)
{
    if (word.len == 0 || word.len > AMP_WORD_MAX) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool amp_line_valid(struct amp_str line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.ptr[i];
        if (c < 0x20 || c == 0x7f) {
            return false;
        }
    }
    return amp_utf8_valid(line);
}

static amp_err word_check(const char *name, struct amp_str word, struct amp_why *why)
{
    if (amp_word_valid(word)) {
        return AMP_OK;
    }
    return amp_fail(why, AMP_E_RANGE,
                    "\"%s\" must be a word of 1 to %d letters, digits, dots, dashes or underscores",
                    name, AMP_WORD_MAX);
}

static amp_err long_check(const char *name, struct amp_str text, enum amp_field_type type,
                          struct amp_why *why)
{
    bool line = type == AMP_TYPE_LINE;
    size_t max = line ? AMP_LINE_MAX : type == AMP_TYPE_DOCUMENT ? AMP_DOCUMENT_MAX : AMP_TEXT_MAX;
    if (text.len > max) {
        return amp_fail(why, AMP_E_LIMIT, "\"%s\" has %zu bytes; the limit is %zu", name, text.len,
                        max);
    }
    if (line ? !amp_line_valid(text) : !amp_utf8_valid(text)) {
        return amp_fail(why, AMP_E_RANGE, "\"%s\" must be %s UTF-8", name,
                        line ? "one line of" : "");
    }
    return AMP_OK;
}

static amp_err words_check(const char *name, const struct amp_words *words, struct amp_why *why)
{
    if (words->n > AMP_LIST_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "\"%s\" may have at most %d entries", name, AMP_LIST_MAX);
    }
    for (size_t i = 0; i < words->n; i++) {
        amp_err err = word_check(name, words->word[i], why);
        if (err) {
            return err;
        }
        for (size_t j = 0; j < i; j++) {
            if (amp_str_eq(words->word[i], words->word[j])) {
                return amp_fail(why, AMP_E_RANGE, "\"%s\" names %.*s twice", name,
                                (int)words->word[i].len, words->word[i].ptr);
            }
        }
    }
    return AMP_OK;
}

static amp_err int_check(const char *name, int64_t value, int64_t low, int64_t high,
                         struct amp_why *why)
{
    if (value >= low && value <= high) {
        return AMP_OK;
    }
    return amp_fail(why, AMP_E_RANGE, "\"%s\" is %lld; it must be within %lld to %lld", name,
                    (long long)value, (long long)low, (long long)high);
}

static amp_err id_check(const char *name, uint32_t n, struct amp_why *why)
{
    return n ? AMP_OK : amp_fail(why, AMP_E_RANGE, "\"%s\" must not be zero", name);
}

static amp_err pos_check(const char *name, const struct amp_pos *pos, struct amp_why *why)
{
    if (amp_pos_valid(pos->lat_e7, pos->lon_e7)) {
        return AMP_OK;
    }
    return amp_fail(why, AMP_E_RANGE,
                    "\"%s\" is no place on earth: lat is within -90 to 90, lon within -180 to 180",
                    name);
}

static amp_err points_check(const char *name, const struct amp_points *points, struct amp_why *why)
{
    if (amp_points_valid(*points)) {
        return AMP_OK;
    }
    return amp_fail(why, AMP_E_RANGE, "\"%s\" must be 1 to %d places on earth", name,
                    AMP_POINTS_MAX);
}

amp_err amp_field_check(const struct amp_fields *fields, enum amp_field field, struct amp_why *why)
{
    const struct amp_field_row *row = &amp_field_rows[field];
    const void *at = field_at(fields, field);
    switch (row->type) {
    case AMP_TYPE_INCIDENT:
        return id_check(row->name, ((const struct amp_incident_id *)at)->n, why);
    case AMP_TYPE_CALL:
        return id_check(row->name, ((const struct amp_call_id *)at)->n, why);
    case AMP_TYPE_CLOSURE:
        return id_check(row->name, ((const struct amp_closure_id *)at)->n, why);
    case AMP_TYPE_WORD:
        return word_check(row->name, *(const struct amp_str *)at, why);
    case AMP_TYPE_LINE:
    case AMP_TYPE_TEXT:
    case AMP_TYPE_DOCUMENT:
        return long_check(row->name, *(const struct amp_str *)at, row->type, why);
    case AMP_TYPE_POS:
        return pos_check(row->name, at, why);
    case AMP_TYPE_TIME:
        return int_check(row->name, *(const int64_t *)at, AMP_TIME_MIN_US, AMP_TIME_MAX_US, why);
    case AMP_TYPE_INT:
        return int_check(row->name, *(const int64_t *)at, row->low, row->high, why);
    case AMP_TYPE_BOOL:
        return AMP_OK;
    case AMP_TYPE_STATUS:
        return int_check(row->name, (int64_t) * (const enum amp_unit_status *)at, 0,
                         AMP_UNIT_STATUSES - 1, why);
    case AMP_TYPE_ROLE:
        return int_check(row->name, (int64_t) * (const enum amp_role *)at, AMP_ROLE_NONE + 1,
                         AMP_ROLES - 1, why);
    case AMP_TYPE_WORDS:
        return words_check(row->name, at, why);
    case AMP_TYPE_SHAPE:
        return int_check(row->name, (int64_t) * (const enum amp_shape *)at, 0, AMP_SHAPES - 1, why);
    case AMP_TYPE_POINTS:
        return points_check(row->name, at, why);
    default:
        assert(false && "a field type without a check");
        return AMP_E_RANGE;
    }
}

amp_err amp_fields_check(const struct amp_fields *fields, const struct amp_kind_row *row,
                         amp_field_set spared, struct amp_why *why)
{
    amp_field_set present = amp_fields_present(fields);
    for (unsigned i = 0; i < AMP_FIELD_COUNT; i++) {
        amp_field_set bit = AMP_FIELD_BIT(i);
        if ((row->must & ~spared & bit) && !(present & bit)) {
            return amp_fail(why, AMP_E_MISSING, "%s needs \"%s\"", row->name,
                            amp_field_rows[i].name);
        }
        if (!(present & bit)) {
            continue;
        }
        if (!((row->must | row->may) & bit)) {
            return amp_fail(why, AMP_E_SYNTAX, "%s takes no \"%s\"", row->name,
                            amp_field_rows[i].name);
        }
        amp_err err = amp_field_check(fields, (enum amp_field)i, why);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}
