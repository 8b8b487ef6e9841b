/* The default alphabet of short messages and its extension table. */
#include "intake/gsm7.h"

enum {
    ESCAPE = 0x1B,
    TABLE = 128
};

/* Source: 3GPP TS 23.038, section 6.2.1. */
static const char *const alphabet[TABLE] = {
    "@", "£", "$",  "¥", "è", "é", "ù", "ì", "ò", "Ç", "\n", "Ø", "ø", "\r", "Å", "å",
    "Δ", "_", "Φ",  "Γ", "Λ", "Ω", "Π", "Ψ", "Σ", "Θ", "Ξ",  " ", "Æ", "æ",  "ß", "É",
    " ", "!", "\"", "#", "¤", "%", "&", "'", "(", ")", "*",  "+", ",", "-",  ".", "/",
    "0", "1", "2",  "3", "4", "5", "6", "7", "8", "9", ":",  ";", "<", "=",  ">", "?",
    "¡", "A", "B",  "C", "D", "E", "F", "G", "H", "I", "J",  "K", "L", "M",  "N", "O",
    "P", "Q", "R",  "S", "T", "U", "V", "W", "X", "Y", "Z",  "Ä", "Ö", "Ñ",  "Ü", "§",
    "¿", "a", "b",  "c", "d", "e", "f", "g", "h", "i", "j",  "k", "l", "m",  "n", "o",
    "p", "q", "r",  "s", "t", "u", "v", "w", "x", "y", "z",  "ä", "ö", "ñ",  "ü", "à",
};

/* Source: section 6.2.1.1. */
static const struct {
    uint8_t code;
    const char *text;
} extension[] = {{0x0A, "\f"}, {0x14, "^"}, {0x28, "{"}, {0x29, "}"}, {0x2F, "\\"},
                 {0x3C, "["},  {0x3D, "~"}, {0x3E, "]"}, {0x40, "|"}, {0x65, "€"}};

enum {
    EXTENSIONS = sizeof extension / sizeof extension[0]
};

/* A code after an escape that the table lacks reads as the default alphabet has it. */
static const char *extended(uint8_t code)
{
    for (size_t i = 0; i < EXTENSIONS; i++) {
        if (extension[i].code == code) {
            return extension[i].text;
        }
    }
    return alphabet[code];
}

static size_t put(char *to, const char *text)
{
    size_t n = 0;
    while (text[n] != '\0') {
        to[n] = text[n];
        n++;
    }
    return n;
}

amp_err amp_gsm7_unpack(const uint8_t *bytes, size_t len, struct amp_arena *arena,
                        struct amp_str *out)
{
    if (len > AMP_GSM7_SEPTETS / 8 * 7) {
        return AMP_E_LIMIT;
    }
    char *text = amp_arena_alloc(arena, len * 8 / 7 * 3 + 1);
    if (text == NULL) {
        return AMP_E_NOMEM;
    }
    size_t n = 0;
    uint32_t bits = 0;
    unsigned held = 0;
    bool escaped = false;
    for (size_t i = 0; i < len; i++) {
        bits |= (uint32_t)bytes[i] << held;
        held += 8;
        while (held >= 7) {
            uint8_t code = bits & 0x7F;
            bits >>= 7;
            held -= 7;
            if (code == 0 && i + 1 == len && held == 0) {
                break; /* seven bits of padding */
            }
            if (code == ESCAPE && !escaped) {
                escaped = true;
                continue;
            }
            n += put(text + n, escaped ? extended(code) : alphabet[code]);
            escaped = false;
        }
    }
    *out = (struct amp_str){.ptr = text, .len = n};
    return AMP_OK;
}

static bool is_at(struct amp_str text, size_t at, size_t step, const char *character)
{
    return amp_str_is((struct amp_str){.ptr = text.ptr + at, .len = step}, character);
}

static int64_t septets_of(struct amp_str text, size_t at, size_t step)
{
    for (size_t i = 0; i < EXTENSIONS; i++) {
        if (is_at(text, at, step, extension[i].text)) {
            return 2;
        }
    }
    for (size_t i = 0; i < TABLE; i++) {
        if (i != ESCAPE && is_at(text, at, step, alphabet[i])) {
            return 1;
        }
    }
    return -1;
}

/* Fills parts with characters of so many units; none is divided. */
struct filling {
    int64_t room, parts, used, length;
};

static void fill(struct filling *filling, int64_t units)
{
    filling->length += units;
    if (filling->parts == 0 || filling->used + units > filling->room) {
        filling->parts++;
        filling->used = 0;
    }
    filling->used += units;
}

static struct filling filled(struct amp_str text, bool ucs2, int64_t room)
{
    struct filling filling = {.room = room};
    for (size_t at = 0; at < text.len;) {
        size_t step = amp_utf8_step(text.ptr + at, text.len - at);
        if (step == 0) {
            break;
        }
        fill(&filling, ucs2 ? 1 + (step == 4) : septets_of(text, at, step));
        at += step;
    }
    return filling;
}

struct amp_sms_size amp_sms_size_of(struct amp_str text)
{
    bool ucs2 = amp_gsm7_length(text) < 0;
    struct filling one = filled(text, ucs2, ucs2 ? AMP_SMS_UNITS : AMP_SMS_SEPTETS);
    struct filling many = filled(text, ucs2, ucs2 ? AMP_SMS_UNITS_PART : AMP_SMS_SEPTETS_PART);
    const struct filling *is = one.parts <= 1 ? &one : &many;
    return (struct amp_sms_size){ucs2, is->length, is->parts, is->room - is->used};
}

int64_t amp_gsm7_length(struct amp_str text)
{
    int64_t total = 0;
    for (size_t at = 0; at < text.len;) {
        size_t step = amp_utf8_step(text.ptr + at, text.len - at);
        int64_t septets = step > 0 ? septets_of(text, at, step) : -1;
        if (septets < 0) {
            return -1;
        }
        total += septets;
        at += step;
    }
    return total;
}
