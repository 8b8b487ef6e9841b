/* The table of street words, ascending, and the binary searches over it. */
#include "map/words.h"
#include <string.h>

static const struct amp_word_form forms[] = {
    {"alam", "al"},
    {"alameda", "al"},
    {"alferes", "alf"},
    {"allee", "all"},
    {"almirante", "alm"},
    {"arquitecto", "arq"},
    {"arquiteto", "arq"},
    {"ava", "av"},
    {"avd", "av"},
    {"avda", "av"},
    {"ave", "av"},
    {"aven", "av"},
    {"avenida", "av"},
    {"avenue", "av"},
    {"avinguda", "av"},
    {"azinhaga", "az"},
    {"bairro", "br"},
    {"barrio", "br"},
    {"bd", "blvd"},
    {"beco", "bc"},
    {"bloco", "bl"},
    {"bloque", "bl"},
    {"blv", "blvd"},
    {"boul", "blvd"},
    {"boulevard", "blvd"},
    {"brigadeiro", "brig"},
    {"brr", "br"},
    {"bulevar", "blvd"},
    {"bvd", "blvd"},
    {"calc", "cc"},
    {"calcada", "cc"},
    {"calle", "c"},
    {"callejon", "cjon"},
    {"calzada", "calz"},
    {"caminho", "cam"},
    {"camino", "cam"},
    {"capitan", "cap"},
    {"capitao", "cap"},
    {"carr", "crt"},
    {"carretera", "crt"},
    {"cda", "calz"},
    {"chem", "cam"},
    {"chemin", "cam"},
    {"circle", "cir"},
    {"circuito", "cto"},
    {"cjn", "cjon"},
    {"cll", "c"},
    {"close", "cl"},
    {"cmte", "cmdt"},
    {"cnel", "cel"},
    {"cno", "cam"},
    {"colonia", "col"},
    {"comandante", "cmdt"},
    {"comendador", "comend"},
    {"conselheiro", "cons"},
    {"coronel", "cel"},
    {"cours", "crs"},
    {"court", "ct"},
    {"cra", "crt"},
    {"cresc", "cres"},
    {"crescent", "cres"},
    {"crta", "crt"},
    {"ctra", "crt"},
    {"czda", "calz"},
    {"deputado", "dep"},
    {"desembargador", "desemb"},
    {"docteur", "dr"},
    {"doctor", "dr"},
    {"doctora", "dra"},
    {"dom", "d"},
    {"don", "d"},
    {"dona", "d"},
    {"doutor", "dr"},
    {"doutora", "dra"},
    {"drive", "dr"},
    {"east", "e"},
    {"edif", "ed"},
    {"edificio", "ed"},
    {"engenheiro", "eng"},
    {"escadaria", "esc"},
    {"escadas", "esc"},
    {"estr", "est"},
    {"estrada", "est"},
    {"expressway", "expy"},
    {"faubourg", "fg"},
    {"fort", "ft"},
    {"fraccionamiento", "fracc"},
    {"fray", "fr"},
    {"freeway", "fwy"},
    {"frei", "fr"},
    {"gardens", "gdns"},
    {"general", "gen"},
    {"gobernador", "gov"},
    {"governador", "gov"},
    {"gral", "gen"},
    {"highway", "hwy"},
    {"impasse", "imp"},
    {"ingeniero", "ing"},
    {"ingenieur", "ing"},
    {"jard", "jd"},
    {"jardim", "jd"},
    {"jardin", "jd"},
    {"junior", "jr"},
    {"ladeira", "lad"},
    {"lane", "ln"},
    {"largo", "lg"},
    {"lgo", "lg"},
    {"licenciado", "lic"},
    {"lote", "lt"},
    {"major", "maj"},
    {"manzana", "mz"},
    {"marechal", "mal"},
    {"marechl", "mal"},
    {"mariscal", "mal"},
    {"marques", "mq"},
    {"mount", "mt"},
    {"north", "n"},
    {"nossa", "n"},
    {"ntra", "n"},
    {"nuestra", "n"},
    {"padre", "pe"},
    {"parkway", "pkwy"},
    {"parque", "pq"},
    {"paseo", "pso"},
    {"passage", "pass"},
    {"passeio", "pso"},
    {"pca", "pc"},
    {"pco", "pc"},
    {"pcta", "pct"},
    {"pda", "priv"},
    {"piazza", "pc"},
    {"pl", "pc"},
    {"placa", "pc"},
    {"place", "pc"},
    {"placita", "pc"},
    {"plaza", "pc"},
    {"plz", "pc"},
    {"plza", "pc"},
    {"pque", "pq"},
    {"praca", "pc"},
    {"praceta", "pct"},
    {"president", "pres"},
    {"presidente", "pres"},
    {"privada", "priv"},
    {"profesor", "prof"},
    {"profesora", "profa"},
    {"professeur", "prof"},
    {"professor", "prof"},
    {"professora", "profa"},
    {"prolongacion", "prol"},
    {"prolongamento", "prol"},
    {"pta", "pct"},
    {"pza", "pc"},
    {"quadra", "qd"},
    {"quinta", "qta"},
    {"road", "rd"},
    {"rodovia", "rod"},
    {"rotatoria", "rot"},
    {"rotunda", "rot"},
    {"route", "rt"},
    {"rte", "rt"},
    {"rua", "r"},
    {"rue", "r"},
    {"saint", "st"},
    {"sainte", "ste"},
    {"san", "s"},
    {"santa", "sta"},
    {"santo", "sto"},
    {"sao", "s"},
    {"sargento", "sgt"},
    {"senador", "sen"},
    {"senhor", "sr"},
    {"senhora", "sra"},
    {"senor", "sr"},
    {"senora", "sra"},
    {"south", "s"},
    {"square", "sq"},
    {"strasse", "str"},
    {"street", "st"},
    {"tenente", "ten"},
    {"teniente", "ten"},
    {"terr", "ter"},
    {"terrace", "ter"},
    {"terrasse", "ter"},
    {"trav", "tv"},
    {"traversa", "tv"},
    {"travessa", "tv"},
    {"trv", "tv"},
    {"universidad", "univ"},
    {"universidade", "univ"},
    {"universite", "univ"},
    {"university", "univ"},
    {"urbanizacao", "urb"},
    {"urbanizacion", "urb"},
    {"vereador", "ver"},
    {"vereda", "vrd"},
    {"viela", "vl"},
    {"visconde", "visc"},
    {"west", "w"},
    {"бульв", "бул"},
    {"бульвар", "бул"},
    {"набережная", "наб"},
    {"переулок", "пер"},
    {"площадь", "пл"},
    {"просп", "пр"},
    {"проспект", "пр"},
    {"улица", "ул"},
    {"шоссе", "ш"},
    {"شارع", "ش"},
    {"طريق", "ط"},
};

static const char *const little[] = {
    "a",      "al",   "all",  "and",  "as",  "at",    "au",    "aux",  "av",   "az",   "barabara",
    "bc",     "bl",   "blvd", "br",   "c",   "calz",  "cam",   "cc",   "cir",  "cjon", "cl",
    "col",    "cres", "crs",  "crt",  "ct",  "cto",   "d",     "da",   "das",  "de",   "del",
    "della",  "des",  "di",   "do",   "dos", "dr",    "du",    "e",    "ed",   "el",   "em",
    "en",     "esc",  "est",  "expy", "fg",  "fracc", "fwy",   "gdns", "hwy",  "imp",  "jd",
    "kijiji", "l",    "la",   "lad",  "las", "le",    "les",   "lg",   "ln",   "los",  "lt",
    "mtaa",   "mz",   "na",   "no",   "o",   "of",    "on",    "os",   "pass", "pc",   "pct",
    "pkwy",   "pq",   "priv", "prol", "pso", "qd",    "qta",   "r",    "rd",   "rod",  "rot",
    "rt",     "sq",   "st",   "str",  "ter", "the",   "tv",    "urb",  "vl",   "vrd",  "wa",
    "y",      "ya",   "za",   "бул",  "в",   "и",     "на",    "наб",  "пер",  "пл",   "пр",
    "ул",     "ш",    "حي",   "ساحه", "ش",   "ط",     "ميدان",
};

enum {
    FORMS = sizeof(forms) / sizeof(forms[0]),
    LITTLE = sizeof(little) / sizeof(little[0]),
    LITTLE_BYTES = 10 /* of the longest */
};

/* Bytewise, a text that ends first is the lesser. */
static int text_order(struct amp_str a, const char *terminated)
{
    for (size_t i = 0; i < a.len; i++) {
        if (a.ptr[i] != terminated[i]) {
            return (uint8_t)a.ptr[i] < (uint8_t)terminated[i] ? -1 : 1;
        }
    }
    return terminated[a.len] == '\0' ? 0 : -1;
}

/* First form that is not less than text. */
static size_t form_bound(struct amp_str text)
{
    size_t lo = 0;
    for (size_t hi = FORMS; lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;
        if (text_order(text, forms[mid].form) > 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

const struct amp_word_form *amp_word_form(struct amp_str form)
{
    size_t at = form.len == 0 ? FORMS : form_bound(form);
    return at < FORMS && text_order(form, forms[at].form) == 0 ? &forms[at] : NULL;
}

const struct amp_word_form *amp_word_forms(size_t *out_n)
{
    *out_n = FORMS;
    return forms;
}

size_t amp_word_forms_begin(struct amp_str prefix, size_t *out_first)
{
    size_t n = 0;
    *out_first = prefix.len == 0 ? FORMS : form_bound(prefix);
    while (*out_first + n < FORMS &&
           amp_str_starts(amp_str_of(forms[*out_first + n].form), prefix)) {
        n++;
    }
    return n;
}

bool amp_word_little(struct amp_str brief)
{
    size_t lo = 0;
    if (brief.len == 0 || brief.len > LITTLE_BYTES) {
        return false;
    }
    for (size_t hi = LITTLE; lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;
        if (text_order(brief, little[mid]) > 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < LITTLE && text_order(brief, little[lo]) == 0;
}
