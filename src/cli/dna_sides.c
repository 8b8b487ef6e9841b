/* The two propositions of a case, from words to names that are in the references. */
#include "cli/dna_case.h"

#include <ctype.h>
#include <string.h>

enum {
    NAMES_SHOWN = 12, /* of those that are there, in a message */
    PARTS = 64        /* key=NAME in one proposition */
};

struct part {
    const char *key;
    struct amp_str name; /* as the file has it */
};

struct parts {
    size_t n;
    struct part part[PARTS];
};

static bool same_but_case(struct amp_str a, struct amp_str b)
{
    return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

/* Exactly, else the only one that differs in case alone. */
static const struct amp_dna_sample *sample_named(const struct amp_dna_profiles *profiles,
                                                 struct amp_str name)
{
    const struct amp_dna_sample *found = amp_dna_sample_find(profiles, name);
    size_t n = 0;
    for (size_t i = 0; i < profiles->sample_n && !amp_dna_sample_find(profiles, name); i++) {
        if (same_but_case(profiles->sample[i].name, name)) {
            found = &profiles->sample[i];
            n++;
        }
    }
    return n > 1 ? NULL : found;
}

static struct amp_str names_list(const struct amp_dna_profiles *profiles, struct amp_arena *arena)
{
    struct amp_str text = AMP_STR("");
    for (size_t i = 0; i < profiles->sample_n && i < NAMES_SHOWN; i++) {
        text = amp_arena_printf(arena, "%.*s%s%.*s", (int)text.len, text.ptr, i > 0 ? ", " : "",
                                (int)profiles->sample[i].name.len, profiles->sample[i].name.ptr);
    }
    if (profiles->sample_n > NAMES_SHOWN) {
        text = amp_arena_printf(arena, "%.*s and %zu more", (int)text.len, text.ptr,
                                profiles->sample_n - NAMES_SHOWN);
    }
    return text;
}

static amp_err not_there(const struct amp_dna_profiles *profiles, struct amp_str name,
                         const char *what, struct amp_arena *arena, struct amp_why *why)
{
    struct amp_str list = names_list(profiles, arena);
    return amp_fail(why, AMP_E_NOT_FOUND, "there is no %s \"%.*s\"; there are: %.*s", what,
                    (int)(name.len < 80 ? name.len : 80), name.ptr, (int)list.len, list.ptr);
}

/* The longest name that `text` begins with, up to one of its commas or its end. */
static const struct amp_dna_sample *longest(const struct amp_dna_profiles *profiles,
                                            struct amp_str text, size_t *taken)
{
    for (size_t end = text.len; end > 0; end--) {
        if (end < text.len && text.ptr[end] != ',') {
            continue;
        }
        const struct amp_dna_sample *sample =
            sample_named(profiles, amp_str_trim((struct amp_str){text.ptr, end}));
        if (sample) {
            *taken = end;
            return sample;
        }
    }
    return NULL;
}

/* Calls `add` on each name of a list; names may themselves hold commas. */
static amp_err names_read(const struct amp_dna_profiles *profiles, struct amp_str text,
                          const char *what, const char *key, struct amp_arena *arena,
                          struct parts *parts, struct amp_why *why)
{
    while (text.len > 0) {
        size_t taken = 0;
        const struct amp_dna_sample *sample = longest(profiles, text, &taken);
        if (!sample) {
            struct amp_str first = {0};
            (void)amp_str_cut(text, ',', &first);
            return not_there(profiles, amp_str_trim(first), what, arena, why);
        }
        if (parts->n == PARTS) {
            return amp_fail(why, AMP_E_LIMIT, "more than %d names", PARTS);
        }
        parts->part[parts->n++] = (struct part){key, sample->name};
        taken += taken < text.len ? 1 : 0;
        text = (struct amp_str){text.ptr + taken, text.len - taken};
    }
    return AMP_OK;
}

amp_err amp_cli_dna_samples(const struct amp_dna_profiles *profiles, const char *text,
                            const char *what, struct amp_arena *arena,
                            struct amp_cli_dna_samples *out, struct amp_why *why)
{
    struct parts parts = {.n = 0};
    size_t n = profiles->sample_n;
    if (text) {
        amp_err err = names_read(profiles, amp_str_of(text), what, "", arena, &parts, why);
        if (err) {
            return err;
        }
        n = parts.n;
    }
    const struct amp_dna_sample **sample = amp_arena_array(arena, n, sizeof *sample);
    if (!sample && n > 0) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        sample[i] = text ? amp_dna_sample_find(profiles, parts.part[i].name) : &profiles->sample[i];
    }
    *out = (struct amp_cli_dna_samples){n, sample};
    return AMP_OK;
}

static const char *const keys[] = {"poi", "known", "typed"};

/* Which key= stands at *at, after blanks, if one does; *at moves to it. */
static const char *key_at(struct amp_str text, size_t *from)
{
    size_t at = *from;
    while (at < text.len && text.ptr[at] == ' ') {
        at++;
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        size_t len = strlen(keys[i]);
        if (text.len - at > len && memcmp(text.ptr + at, keys[i], len) == 0 &&
            text.ptr[at + len] == '=') {
            *from = at;
            return keys[i];
        }
    }
    return NULL;
}

static size_t value_end(struct amp_str text, size_t from)
{
    for (size_t i = from; i < text.len; i++) {
        size_t next = i + 1;
        if (text.ptr[i] == ',' && key_at(text, &next)) {
            return i;
        }
    }
    return text.len;
}

static amp_err side_read(const struct amp_dna_profiles *references, const char *option,
                         const char *typed, struct amp_arena *arena, struct parts *out,
                         struct amp_why *why)
{
    struct amp_str text = amp_str_trim(amp_str_of(typed));
    size_t at = 0;
    out->n = 0;
    while (at < text.len) {
        const char *key = key_at(text, &at);
        if (!key) {
            return amp_fail(why, AMP_E_USAGE,
                            "%s is written poi=NAME,known=NAME (under Hd known=NAME), not \"%.*s\"",
                            option, (int)(text.len < 80 ? text.len : 80), text.ptr);
        }
        size_t from = at + strlen(key) + 1;
        size_t end = value_end(text, from);
        struct amp_str value = amp_str_trim((struct amp_str){text.ptr + from, end - from});
        if (value.len == 0) {
            return amp_fail(why, AMP_E_USAGE, "%s: %s= needs a name", option, key);
        }
        amp_err err = names_read(references, value, "reference", key, arena, out, why);
        if (err) {
            return err;
        }
        at = end + 1;
    }
    return AMP_OK;
}

static bool has(const struct amp_str *name, size_t n, struct amp_str one)
{
    for (size_t i = 0; i < n; i++) {
        if (amp_str_eq(name[i], one)) {
            return true;
        }
    }
    return false;
}

static amp_err known_add(struct amp_mix_hypothesis *h, const char *side, struct amp_str name,
                         struct amp_why *why)
{
    if (has(h->known, h->known_n, name)) {
        return amp_fail(why, AMP_E_USAGE, "%.*s is named twice under %s", (int)name.len, name.ptr,
                        side);
    }
    if (h->known_n == AMP_MIX_CONTRIBUTORS || h->known_n == h->contributor_n) {
        return amp_fail(why, AMP_E_USAGE,
                        "%s names more known contributors than there are contributors (%zu)", side,
                        h->contributor_n);
    }
    h->known[h->known_n++] = name;
    return AMP_OK;
}

static amp_err typed_add(struct amp_mix_hypothesis *h, struct amp_str name, struct amp_why *why)
{
    if (has(h->known, h->known_n, name) || has(h->typed, h->typed_n, name)) {
        return AMP_OK;
    }
    if (h->typed_n == AMP_MIX_KNOWN) {
        return amp_fail(why, AMP_E_LIMIT, "more than %d typed persons", AMP_MIX_KNOWN);
    }
    h->typed[h->typed_n++] = name;
    return AMP_OK;
}

/* Whoever is typed is typed under both propositions. */
static amp_err typed_both(struct amp_cli_dna_sides *sides, const struct amp_str *name, size_t n,
                          struct amp_why *why)
{
    amp_err err = AMP_OK;
    for (size_t i = 0; i < n && !err; i++) {
        err = typed_add(&sides->hp, name[i], why);
        err = err ? err : typed_add(&sides->hd, name[i], why);
    }
    return err;
}

static const struct {
    const char *word;
    enum amp_mix_relation relation;
} relations[] = {
    {"sibling", AMP_MIX_SIBLING},
    {"brother", AMP_MIX_SIBLING},
    {"sister", AMP_MIX_SIBLING},
    {"parent", AMP_MIX_PARENT_CHILD},
    {"child", AMP_MIX_PARENT_CHILD},
    {"parent-child", AMP_MIX_PARENT_CHILD},
    {"half-sibling", AMP_MIX_HALF_SIBLING},
    {"half", AMP_MIX_HALF_SIBLING},
    {"uncle", AMP_MIX_HALF_SIBLING},
    {"aunt", AMP_MIX_HALF_SIBLING},
    {"nephew", AMP_MIX_HALF_SIBLING},
    {"niece", AMP_MIX_HALF_SIBLING},
    {"grandparent", AMP_MIX_HALF_SIBLING},
    {"grandchild", AMP_MIX_HALF_SIBLING},
    {"cousin", AMP_MIX_COUSIN},
};

static amp_err related_read(const struct amp_dna_profiles *references, const char *typed,
                            struct amp_arena *arena, struct amp_cli_dna_sides *sides,
                            struct amp_why *why)
{
    struct amp_str word = {0};
    struct amp_str name = amp_str_cut(amp_str_of(typed), '=', &word);
    for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++) {
        if (amp_str_is(word, relations[i].word)) {
            sides->hd.relation = relations[i].relation;
        }
    }
    if (name.len == 0 || sides->hd.relation == AMP_MIX_UNRELATED) {
        return amp_fail(why, AMP_E_USAGE,
                        "--related is written sibling=NAME, or parent, child, half-sibling, uncle, "
                        "grandparent, cousin = NAME");
    }
    const struct amp_dna_sample *sample = sample_named(references, amp_str_trim(name));
    if (!sample) {
        return not_there(references, name, "reference", arena, why);
    }
    if (sides->hd.known_n == sides->hd.contributor_n) {
        return amp_fail(why, AMP_E_USAGE, "--related needs an unknown contributor under Hd");
    }
    sides->hd.related_to = sample->name;
    return typed_both(sides, &sample->name, 1, why);
}

static amp_err hp_take(const struct parts *parts, struct amp_arena *arena,
                       struct amp_cli_dna_sides *sides, struct amp_why *why)
{
    size_t poi_n = 0;
    for (size_t i = 0; i < parts->n; i++) {
        struct amp_str name = parts->part[i].name;
        bool poi = strcmp(parts->part[i].key, "poi") == 0;
        if (strcmp(parts->part[i].key, "typed") == 0) {
            continue;
        }
        amp_err err = known_add(&sides->hp, "Hp", name, why);
        if (err) {
            return err;
        }
        if (poi) {
            sides->person = poi_n == 0
                                ? name
                                : amp_arena_printf(arena, "%.*s, %.*s", (int)sides->person.len,
                                                   sides->person.ptr, (int)name.len, name.ptr);
            sides->poi = poi_n == 0 ? (int)sides->hp.known_n - 1 : -1;
            poi_n++;
        }
    }
    return poi_n > 0 ? AMP_OK
                     : amp_fail(why, AMP_E_USAGE, "--hp must name a person of interest: poi=NAME");
}

static amp_err hd_take(const struct parts *parts, const struct parts *hp,
                       struct amp_cli_dna_sides *sides, struct amp_why *why)
{
    for (size_t i = 0; i < parts->n; i++) {
        struct amp_str name = parts->part[i].name;
        if (strcmp(parts->part[i].key, "poi") == 0) {
            return amp_fail(why, AMP_E_USAGE,
                            "--hd: under Hd the person of interest is no "
                            "contributor; name only known=NAME");
        }
        for (size_t j = 0; j < hp->n; j++) {
            if (strcmp(hp->part[j].key, "poi") == 0 && amp_str_eq(hp->part[j].name, name)) {
                return amp_fail(why, AMP_E_USAGE,
                                "%.*s is the person of interest and cannot be a "
                                "known contributor under Hd",
                                (int)name.len, name.ptr);
            }
        }
        amp_err err = strcmp(parts->part[i].key, "known") == 0
                          ? known_add(&sides->hd, "Hd", name, why)
                          : AMP_OK;
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

static amp_err typed_take(const struct parts *parts, struct amp_cli_dna_sides *sides,
                          struct amp_why *why)
{
    for (size_t i = 0; i < parts->n; i++) {
        amp_err err = strcmp(parts->part[i].key, "typed") == 0
                          ? typed_both(sides, &parts->part[i].name, 1, why)
                          : AMP_OK;
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

amp_err amp_cli_dna_sides(const struct amp_cli_dna_case *of, const struct amp_cli_dna_pair *pair,
                          struct amp_arena *arena, struct amp_cli_dna_sides *out,
                          struct amp_why *why)
{
    struct parts hp;
    struct parts hd;
    struct parts typed = {.n = 0};
    struct amp_cli_dna_sides sides = {.poi = -1};
    if (pair->contributor_n < 1 || pair->contributor_n > AMP_MIX_CONTRIBUTORS) {
        return amp_fail(why, AMP_E_USAGE, "--contributors is a number from 1 to %d",
                        AMP_MIX_CONTRIBUTORS);
    }
    sides.hp.contributor_n = sides.hd.contributor_n = pair->contributor_n;
    amp_err err = side_read(&of->references, "--hp", pair->hp, arena, &hp, why);
    err = err ? err : side_read(&of->references, "--hd", pair->hd, arena, &hd, why);
    err = err ? err
              : names_read(&of->references, amp_str_of(pair->typed), "reference", "typed", arena,
                           &typed, why);
    err = err ? err : hp_take(&hp, arena, &sides, why);
    err = err ? err : hd_take(&hd, &hp, &sides, why);
    err = err ? err : typed_both(&sides, sides.hp.known, sides.hp.known_n, why);
    err = err ? err : typed_both(&sides, sides.hd.known, sides.hd.known_n, why);
    err = err ? err : typed_take(&hp, &sides, why);
    err = err ? err : typed_take(&hd, &sides, why);
    err = err ? err : typed_take(&typed, &sides, why);
    if (!err && pair->related && pair->related[0] != '\0') {
        err = related_read(&of->references, pair->related, arena, &sides, why);
    }
    if (!err) {
        *out = sides;
    }
    return err;
}
