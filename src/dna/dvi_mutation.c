/* mutation.txt: the mutation model of each marker, as printed by R or in a short form. */
#include "dna/dvi_inside.h"
#include "dna/profile.h"

#include <string.h>

struct parser {
    const struct amp_dvi_files *files;
    struct amp_kin_marker *marker;
    size_t marker_n;
    struct amp_why *why;
    uint64_t line;
    struct amp_str name; /* of the marker */
};

static const struct {
    const char *name;
    enum amp_kin_mutation_model model;
} models[] = {
    {"none", AMP_KIN_NONE},
    {"equal", AMP_KIN_EQUAL},
    {"proportional", AMP_KIN_PROPORTIONAL},
    {"onestep", AMP_KIN_ONE_STEP},
    {"stepwise", AMP_KIN_STEPWISE},
    {"dawid", AMP_KIN_DAWID},
};

static amp_err refuse(const struct parser *in, const char *what, struct amp_str value)
{
    return amp_fail(in->why, AMP_E_SYNTAX,
                    "%s:%llu: marker %.*s: %s \"%.*s\"; write NAME : none, or NAME : equal "
                    "rate=0.001",
                    in->files->mutation_name, (unsigned long long)in->line,
                    (int)(in->name.len < 40 ? in->name.len : 40), in->name.ptr, what,
                    (int)(value.len < 40 ? value.len : 40), value.ptr);
}

static bool model_of(struct amp_str word, enum amp_kin_mutation_model *out)
{
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        if (amp_str_is(word, models[i].name)) {
            *out = models[i].model;
            return true;
        }
    }
    return false;
}

/* The next word: up to a blank or '='; quotes are taken off. */
static bool word_next(struct amp_str *rest, struct amp_str *word)
{
    size_t at = 0;
    while (at < rest->len && strchr(" \t,=", rest->ptr[at])) {
        at++;
    }
    size_t from = at;
    while (at < rest->len && !strchr(" \t,=", rest->ptr[at])) {
        at++;
    }
    *word = (struct amp_str){rest->ptr + from, at - from};
    *rest = (struct amp_str){rest->ptr + at, rest->len - at};
    if (word->len >= 2 && word->ptr[0] == '"' && word->ptr[word->len - 1] == '"') {
        *word = (struct amp_str){word->ptr + 1, word->len - 2};
    }
    return at > from;
}

/* What "$male$rate", "male.rate" or "$rate" speak of. */
struct key {
    bool male, female;
    struct amp_str last;
};

static struct key key_of(struct amp_str word)
{
    struct key key = {.male = true, .female = true};
    size_t from = 0;
    for (size_t at = 0; at <= word.len; at++) {
        if (at < word.len && word.ptr[at] != '$' && word.ptr[at] != '.') {
            continue;
        }
        struct amp_str part = {word.ptr + from, at - from};
        key.male = key.male && !amp_str_is(part, "female");
        key.female = key.female && !amp_str_is(part, "male");
        key.last = part.len ? part : key.last;
        from = at + 1;
    }
    return key;
}

static amp_err number_set(const struct parser *in, struct amp_kin_mutation *mutation,
                          struct amp_str name, struct amp_str value)
{
    double number = 0;
    if (amp_str_is(value, "NULL") || amp_str_is(value, "NA")) {
        return AMP_OK;
    }
    amp_err err = amp_str_double(value, &number);
    if (err || number < 0) {
        return refuse(in, "no number of 0 or more:", value);
    }
    if (amp_str_is(name, "rate")) {
        mutation->rate = number;
    } else if (amp_str_is(name, "rate2")) {
        mutation->rate2 = number;
    } else if (amp_str_is(name, "range")) {
        mutation->range = number;
    } else {
        return refuse(in, "there is no setting", name);
    }
    return AMP_OK;
}

static amp_err value_set(const struct parser *in, const struct key *key, struct amp_str value,
                         struct amp_kin_marker *marker)
{
    if (amp_str_is(key->last, "model")) {
        enum amp_kin_mutation_model model = AMP_KIN_NONE;
        if (!model_of(value, &model)) {
            return refuse(in, "there is no mutation model", value);
        }
        marker->male.model = key->male ? model : marker->male.model;
        marker->female.model = key->female ? model : marker->female.model;
        return AMP_OK;
    }
    amp_err err = key->male ? number_set(in, &marker->male, key->last, value) : AMP_OK;
    return err || !key->female ? err : number_set(in, &marker->female, key->last, value);
}

static bool ignored(struct amp_str word) /* what R prints around the values */
{
    return amp_str_is(word, "$male") || amp_str_is(word, "$female") || amp_str_is(word, "male:") ||
           amp_str_is(word, "female:");
}

static amp_err words_read(const struct parser *in, struct amp_str rest,
                          struct amp_kin_marker *marker)
{
    struct amp_str word = {0};
    while (word_next(&rest, &word)) {
        enum amp_kin_mutation_model model = AMP_KIN_NONE;
        if (model_of(word, &model)) {
            marker->male.model = marker->female.model = model;
            continue;
        }
        if (ignored(word)) {
            continue;
        }
        struct key key = key_of(word);
        struct amp_str value = {0};
        bool there = word_next(&rest, &value);
        if (there && amp_str_is(value, "[1]")) {
            there = word_next(&rest, &value);
        }
        if (!there) {
            return refuse(in, "there is no value for", word);
        }
        if (amp_str_is(key.last, "<NA>")) {
            continue;
        }
        amp_err err = value_set(in, &key, value, marker);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

static void model_copy(const struct amp_kin_marker *from, struct amp_kin_marker *to)
{
    to->male = from->male;
    to->female = from->female;
}

static struct amp_kin_marker *marker_of(const struct parser *in)
{
    for (size_t i = 0; i < in->marker_n; i++) {
        if (amp_dna_marker_same(in->marker[i].name, in->name)) {
            return &in->marker[i];
        }
    }
    return NULL;
}

static amp_err line_read(struct parser *in, struct amp_str line, struct amp_kin_marker *read)
{
    struct amp_str rest = amp_str_cut(line, ':', &in->name);
    in->name = amp_str_trim(in->name);
    if (!rest.ptr || !in->name.len) {
        return refuse(in, "there is no NAME : before", amp_str_trim(line));
    }
    *read = (struct amp_kin_marker){.name = in->name};
    return words_read(in, rest, read);
}

amp_err amp_dvi_mutation_read(const struct amp_dvi_files *files, struct amp_kin_marker *marker,
                              size_t marker_n, struct amp_dvi_notes *notes, struct amp_arena *arena,
                              struct amp_why *why)
{
    struct parser in = {files, marker, marker_n, why, 0, {0}};
    struct dvi_lines lines = dvi_lines_make(files->mutation);
    struct amp_kin_marker usual = {.theta = -1}; /* no line for the others */
    bool *seen = amp_arena_array(arena, marker_n ? marker_n : 1, sizeof(*seen));
    if (!seen) {
        return AMP_E_NOMEM;
    }
    while (dvi_lines_next(&lines)) {
        struct amp_kin_marker read = {0};
        in.line = lines.number;
        amp_err err = line_read(&in, lines.line, &read);
        if (err) {
            return err;
        }
        if (amp_str_is(in.name, "*")) {
            usual = read;
            continue;
        }
        struct amp_kin_marker *its = marker_of(&in);
        if (its && seen[its - marker]) {
            return refuse(&in, "a second line for", in.name);
        }
        if (its) {
            seen[its - marker] = true;
            model_copy(&read, its);
        }
    }
    for (size_t i = 0; i < marker_n; i++) {
        if (seen[i]) {
            continue;
        }
        if (usual.theta == 0) {
            model_copy(&usual, &marker[i]);
        } else if (files->mutation.len) {
            amp_dvi_note(notes, arena, "marker %.*s has no line in %s: no mutation",
                         (int)marker[i].name.len, marker[i].name.ptr, files->mutation_name);
        }
    }
    return AMP_OK;
}
