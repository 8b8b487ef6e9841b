/* Folding of names and questions by libutf8proc, and the table of street words. */
#include "map/fold.h"
#include <assert.h>
#include <string.h>
#include <utf8proc.h>

struct street_word {
    const char *brief; /* the form that is indexed */
    bool type;         /* a kind of street rather than a title or part of a name */
    const char *forms; /* other spellings, folded, with a blank before and after each */
};

/* One row for each word, whatever the language: streets of one town mix several. */
static const struct street_word street_words[] = {
    {"r", true, " rua rue "},
    {"av", true, " avenida avenue ave avinguda avda aven "},
    {"tv", true, " travessa trav traversa "},
    {"lg", true, " largo lgo "},
    {"pc", true, " praca pca plaza plza pza plz place pl placa piazza "},
    {"pct", true, " praceta pcta pta "},
    {"al", true, " alameda alam "},
    {"est", true, " estrada estr "},
    {"bc", true, " beco "},
    {"cc", true, " calcada calc "},
    {"cam", true, " caminho camino chemin chem "},
    {"rot", true, " rotunda "},
    {"vl", true, " viela "},
    {"esc", true, " escadas escadaria "},
    {"rod", true, " rodovia "},
    {"pq", true, " parque pque "},
    {"br", true, " bairro brr "},
    {"urb", true, " urbanizacao urbanizacion "},
    {"c", true, " calle cll "},
    {"crt", true, " carretera carr ctra cra "},
    {"cjon", true, " callejon cjn "},
    {"calz", true, " calzada cda czda "},
    {"priv", true, " privada pda "},
    {"prol", true, " prolongacion "},
    {"cto", true, " circuito "},
    {"col", true, " colonia "},
    {"fracc", true, " fraccionamiento "},
    {"pso", true, " paseo passeio "},
    {"blvd", true, " boulevard bulevar boul bd blv "},
    {"st", true, " street saint "},
    {"rd", true, " road "},
    {"dr", true, " drive doutor doctor "},
    {"ln", true, " lane "},
    {"ct", true, " court "},
    {"sq", true, " square "},
    {"cres", true, " crescent cresc "},
    {"hwy", true, " highway "},
    {"pkwy", true, " parkway "},
    {"ter", true, " terrace terr "},
    {"gdns", true, " gardens "},
    {"rt", true, " route rte "},
    {"all", true, " allee "},
    {"imp", true, " impasse "},
    {"pass", true, " passage "},
    {"str", true, " strasse "},
    {"mt", false, " mount "},
    {"ft", false, " fort "},
    {"w", false, " west "},
    {"e", false, " east "},
    {"n", false, " north nossa nuestra "},
    {"s", false, " south sao "},
    {"sta", false, " santa "},
    {"sto", false, " santo "},
    {"ste", false, " sainte "},
    {"sra", false, " senhora senora "},
    {"sr", false, " senhor senor "},
    {"dra", false, " doutora doctora "},
    {"prof", false, " professor profesor professeur "},
    {"eng", false, " engenheiro "},
    {"ing", false, " ingeniero ingenieur "},
    {"arq", false, " arquiteto arquitecto "},
    {"gen", false, " general gral "},
    {"alm", false, " almirante "},
    {"cap", false, " capitao capitan "},
    {"ten", false, " tenente teniente "},
    {"cel", false, " coronel "},
    {"mal", false, " marechal mariscal marechl "},
    {"pe", false, " padre "},
    {"pres", false, " presidente president "},
    {"visc", false, " visconde "},
    {"cons", false, " conselheiro "},
    {"ул", true, " улица "},
    {"пр", true, " проспект просп "},
    {"пер", true, " переулок "},
    {"пл", true, " площадь "},
    {"наб", true, " набережная "},
    {"ш", true, " шоссе "},
    {"бул", true, " бульвар бульв "},
};

static const char little_words[] =
    " de da do das dos e del la las el los y du des le les of the and d l di della и ";

enum {
    STREET_WORDS = sizeof(street_words) / sizeof(street_words[0])
};

/* Letters that have no decomposition but are typed without their stroke, and letters of one sound.
 */
static const struct {
    uint32_t first, last, to;
} letter_ranges[] = {
    {0x0142, 0x0142, 'l'},    {0x00F8, 0x00F8, 'o'},    {0x0111, 0x0111, 'd'},
    {0x0131, 0x0131, 'i'},    {0x00F0, 0x00F0, 'd'},    {0x0127, 0x0127, 'h'},
    {0x0649, 0x0649, 0x064A}, {0x06CC, 0x06CC, 0x064A}, {0x0629, 0x0629, 0x0647},
    {0x06A9, 0x06A9, 0x0643}, {0x0671, 0x0671, 0x0627}, {0x0660, 0x0669, '0'},
    {0x06F0, 0x06F9, '0'},    {0x0966, 0x096F, '0'},    {0x1210, 0x1216, 0x1200},
    {0x1280, 0x1286, 0x1200}, {0x1220, 0x1226, 0x1230}, {0x12D0, 0x12D6, 0x12A0},
    {0x1340, 0x1346, 0x1338},
};

static uint32_t letter_unify(uint32_t c)
{
    for (size_t i = 0; i < sizeof(letter_ranges) / sizeof(letter_ranges[0]); i++) {
        if (c >= letter_ranges[i].first && c <= letter_ranges[i].last) {
            return letter_ranges[i].to + (c - letter_ranges[i].first);
        }
    }
    return c;
}

static bool word_letter(uint32_t c)
{
    if (c < 0x80) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }
    utf8proc_category_t kind = utf8proc_category((utf8proc_int32_t)c);
    return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_NO;
}

/* Where the walk through the text stands. */
struct folder {
    struct amp_folded *out;
    size_t used;  /* bytes of out->text */
    size_t start; /* of the word being written */
    bool comma;   /* since the last word */
};

/* The word that has this form in a list " a b c ", or false. */
static bool list_has(const char *list, struct amp_str word)
{
    const char *at = list;
    while (word.len > 0 && *at != '\0') {
        size_t len = strcspn(at + 1, " ");
        if (len == word.len && memcmp(at + 1, word.ptr, len) == 0) {
            return true;
        }
        at += 1 + len;
        if (at[0] == ' ' && at[1] == '\0') {
            break;
        }
    }
    return false;
}

static struct amp_str word_abbreviate(struct amp_str raw)
{
    for (size_t i = 0; i < STREET_WORDS; i++) {
        const char *forms = street_words[i].forms;
        if (list_has(forms, raw)) {
            return amp_str_of(street_words[i].brief);
        }
    }
    return raw;
}

static void word_end(struct folder *f)
{
    struct amp_folded *out = f->out;
    if (f->used > f->start && out->n < AMP_FOLD_WORDS) {
        struct amp_str raw = {.ptr = out->text + f->start, .len = f->used - f->start};
        out->raw[out->n] = raw;
        out->word[out->n] = word_abbreviate(raw);
        out->comma[out->n] = f->comma && out->n > 0;
        out->n++;
        f->comma = false;
    }
    f->start = f->used;
}

static void letter_add(struct folder *f, uint32_t c)
{
    static const uint32_t tatweel = 0x0640;
    c = letter_unify(c);
    if (c == tatweel) {
        return;
    }
    if (!word_letter(c)) {
        word_end(f);
        return;
    }
    const char *pair = c == 0x00E6 ? "ae" : c == 0x0153 ? "oe" : c == 0x00FE ? "th" : NULL;
    utf8proc_uint8_t bytes[4];
    size_t len = 2;
    if (pair != NULL) {
        memcpy(bytes, pair, len);
    } else {
        len = (size_t)utf8proc_encode_char((utf8proc_int32_t)c, bytes);
    }
    if (f->used + len <= AMP_FOLD_BYTES && f->out->n < AMP_FOLD_WORDS) {
        memcpy(f->out->text + f->used, bytes, len);
        f->used += len;
    }
}

static bool apostrophe(int32_t c)
{
    return c == '\'' || c == 0x2019 || c == 0x02BC;
}

/* "John's" is typed "johns": an apostrophe before a last s vanishes. */
static bool possessive(struct amp_str text, size_t at)
{
    if (at >= text.len || (text.ptr[at] != 's' && text.ptr[at] != 'S')) {
        return false;
    }
    return at + 1 == text.len || strchr(" ,.;-", text.ptr[at + 1]) != NULL;
}

static void point_add(struct folder *f, int32_t c)
{
    enum {
        PARTS = 32
    };
    utf8proc_int32_t part[PARTS];
    int bound = 0;
    utf8proc_option_t how =
        (utf8proc_option_t)(UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                            UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    utf8proc_ssize_t n = utf8proc_decompose_char(c, part, PARTS, how, &bound);
    for (utf8proc_ssize_t i = 0; i < n && i < PARTS; i++) {
        letter_add(f, (uint32_t)part[i]);
    }
}

void amp_fold(struct amp_str text, struct amp_folded *out)
{
    assert(out != NULL);
    struct folder f = {.out = out};
    out->n = 0;
    size_t at = 0;
    while (at < text.len && out->n < AMP_FOLD_WORDS) {
        utf8proc_int32_t c = -1;
        utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at,
                                                (utf8proc_ssize_t)(text.len - at), &c);
        if (len <= 0) {
            word_end(&f);
            at++;
            continue;
        }
        at += (size_t)len;
        if (apostrophe(c) && possessive(text, at)) {
            continue;
        }
        if (c == ',' || c == 0x060C) {
            word_end(&f);
            f.comma = true;
            continue;
        }
        if (c >= 'a' && c <= 'z') {
            letter_add(&f, (uint32_t)c);
        } else {
            point_add(&f, c);
        }
    }
    word_end(&f);
}

double amp_fold_weight(struct amp_str word)
{
    static const double little = 0.2;
    if (list_has(little_words, word)) {
        return little;
    }
    for (size_t i = 0; i < STREET_WORDS; i++) {
        if (street_words[i].type && amp_str_is(word, street_words[i].brief)) {
            return little;
        }
    }
    return 1;
}

static bool form_begins(const char *forms, struct amp_str prefix)
{
    for (const char *at = forms; at[0] != '\0' && at[1] != '\0';) {
        size_t len = strcspn(at + 1, " ");
        if (len >= prefix.len && memcmp(at + 1, prefix.ptr, prefix.len) == 0) {
            return true;
        }
        at += 1 + len;
    }
    return false;
}

size_t amp_fold_completions(struct amp_str prefix, struct amp_str out[AMP_FOLD_FORMS])
{
    size_t n = 0;
    for (size_t i = 0; i < STREET_WORDS && n < AMP_FOLD_FORMS && prefix.len > 1; i++) {
        if (form_begins(street_words[i].forms, prefix)) {
            out[n++] = amp_str_of(street_words[i].brief);
        }
    }
    return n;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

size_t amp_fold_house(struct amp_str house, char *out, size_t cap)
{
    assert(cap > 0);
    struct amp_folded folded;
    amp_fold(house, &folded);
    size_t len = 0;
    for (size_t i = 0; i < folded.n; i++) {
        struct amp_str word = folded.raw[i];
        bool apart = len > 0 && digit(out[len - 1]) && digit(word.ptr[0]);
        if (len + word.len + (apart ? 1 : 0) >= cap) {
            break;
        }
        if (apart) {
            out[len++] = '/';
        }
        memcpy(out + len, word.ptr, word.len);
        len += word.len;
    }
    out[len] = '\0';
    return len;
}
