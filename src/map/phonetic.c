/* Phonetic keys: rules for Latin spellings, classes for Arabic letters. */
#include "map/phonetic.h"
#include <string.h>

/* Spellings that are not read letter by letter, the longer first; some only before e, i or y. */
static const struct {
    const char *spelling;
    bool before_e;
    const char *sound;
} groups[] = {
    {"eau", false, "u"}, {"tch", false, "x"}, {"sch", false, "x"}, {"dj", false, "j"},
    {"dh", false, "d"},  {"th", false, "t"},  {"kh", false, "k"},  {"gh", false, "g"},
    {"ph", false, "f"},  {"sh", false, "x"},  {"ch", false, "x"},  {"lh", false, "l"},
    {"nh", false, "n"},  {"ny", false, "n"},  {"gn", false, "n"},  {"ll", false, "l"},
    {"qu", false, "k"},  {"gu", true, "g"},   {"sc", true, "s"},   {"ou", false, "u"},
    {"oo", false, "u"},  {"ee", false, "i"},  {"ei", false, "i"},  {"ai", false, "i"},
    {"au", false, "u"},  {"c", true, "s"},    {"g", true, "j"},
};

/* The class of a letter alone; '-' is silent. */
static char letter_class(char c)
{
    /*                             abcdefghijklmnopqrstuvwxyz */
    static const char classes[] = "abkdifg-ijklmnupkrstubuxis";
    return classes[c - 'a'];
}

static const struct {
    uint32_t first, last;
    char sound;
} arabic[] = {
    {0x0627, 0x0627, 'a'}, {0x0628, 0x0628, 'b'}, {0x062A, 0x062A, 't'}, {0x062B, 0x062B, 's'},
    {0x062C, 0x062C, 'j'}, {0x062D, 0x062D, 'h'}, {0x062E, 0x062E, 'k'}, {0x062F, 0x0630, 'd'},
    {0x0631, 0x0631, 'r'}, {0x0632, 0x0632, 'd'}, {0x0633, 0x0633, 's'}, {0x0634, 0x0634, 'x'},
    {0x0635, 0x0635, 's'}, {0x0636, 0x0636, 'd'}, {0x0637, 0x0637, 't'}, {0x0638, 0x0638, 'd'},
    {0x0639, 0x0639, 'a'}, {0x063A, 0x063A, 'k'}, {0x0641, 0x0641, 'f'}, {0x0642, 0x0643, 'k'},
    {0x0644, 0x0644, 'l'}, {0x0645, 0x0645, 'm'}, {0x0646, 0x0646, 'n'}, {0x0647, 0x0647, 'h'},
    {0x0648, 0x0648, 'u'}, {0x064A, 0x064A, 'i'},
};

struct key {
    char *out;
    size_t len;
};

/* Sounds twice in a row are one. */
static void sound_put(struct key *key, char sound)
{
    if (key->len + 1 < AMP_PHONETIC_KEY && (key->len == 0 || key->out[key->len - 1] != sound)) {
        key->out[key->len++] = sound;
    }
}

static bool front_vowel(struct amp_str word, size_t at)
{
    return at < word.len && strchr("eiy", word.ptr[at]) != NULL;
}

static bool latin_put(struct amp_str word, struct key *key)
{
    for (size_t at = 0; at < word.len;) {
        struct amp_str rest = {.ptr = word.ptr + at, .len = word.len - at};
        size_t used = 1;
        char sound = '-';
        if (rest.ptr[0] < 'a' || rest.ptr[0] > 'z') {
            return false;
        }
        sound = letter_class(rest.ptr[0]);
        for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
            if (groups[g].spelling[0] != rest.ptr[0]) {
                continue;
            }
            struct amp_str spelling = amp_str_of(groups[g].spelling);
            if (amp_str_starts(rest, spelling) &&
                (!groups[g].before_e || front_vowel(rest, spelling.len))) {
                sound = groups[g].sound[0];
                used = spelling.len;
                break;
            }
        }
        if (sound != '-') {
            sound_put(key, sound);
        }
        at += used;
    }
    while (key->len > 1 && strchr("aiu", key->out[key->len - 1]) != NULL) {
        key->len--; /* ends unheard */
    }
    return true;
}

static bool arabic_put(struct amp_str word, struct key *key)
{
    static const char article[] = "\xD8\xA7\xD9\x84"; /* alef, lam */
    static const size_t more = 4;                     /* letters left without it, in bytes */
    size_t at = amp_str_starts(word, amp_str_of(article)) && word.len >= sizeof(article) + more
                    ? sizeof(article) - 1
                    : 0;
    for (; at + 1 < word.len; at += 2) {
        uint32_t c = ((uint8_t)word.ptr[at] & 0x1FU) << 6 | ((uint8_t)word.ptr[at + 1] & 0x3FU);
        char sound = 0;
        for (size_t i = 0; i < sizeof(arabic) / sizeof(arabic[0]); i++) {
            if (((uint8_t)word.ptr[at] & 0xE0) == 0xC0 && c >= arabic[i].first &&
                c <= arabic[i].last) {
                sound = arabic[i].sound;
            }
        }
        if (sound == 0) {
            return false;
        }
        sound_put(key, sound);
    }
    return at == word.len;
}

size_t amp_phonetic(struct amp_str word, char out[AMP_PHONETIC_KEY])
{
    struct key key = {out, 0};
    out[0] = '\0';
    if (word.len < AMP_PHONETIC_MIN) {
        return 0;
    }
    bool arab = ((uint8_t)word.ptr[0] & 0xFC) == 0xD8;
    if (!(arab ? arabic_put(word, &key) : latin_put(word, &key)) || key.len < AMP_PHONETIC_MIN) {
        out[0] = '\0';
        return 0;
    }
    out[key.len] = '\0';
    return key.len;
}
