/*
 * How fast a million names answer: exact names, prefixes of one to three letters, one typing error,
 * what is at a position, areas. Two countries: a made-up one with a Zipf vocabulary (default a
 * million names in towns of very different size), or a real extract.
 *
 * Every question is asked in PASSES passes over all questions, and the least of its times counts:
 * between two of its turns all others were asked, so that it finds the memory as a fresh one does,
 * and what other programs of the machine took is left out.
 *
 *   places_bench [NAMES | MAP | MADE.amap] [ROW [KEEP.amap]]
 *     ROW: only this one, counted from 0; KEEP.amap: where the made file goes, to be asked again
 */
#include "map/places_form.h"
#include "maps.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    NAMES = 1000000,
    VOCABULARY = 60000,
    TOWNS = 400,
    ROUNDS = 4000,
    PASSES = 7,
    REGION_ROWS = 24,
    WORD_BYTES = 24
};

static uint64_t chance(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717) >> 16;
}

static double share(uint64_t *state)
{
    return (double)(chance(state) % 1000000) / 1e6;
}

/* ---- a country ---- */

struct country {
    uint64_t state;
    char (*word)[WORD_BYTES];
    struct amp_buf xml;
    int64_t id;
};

static void words_make(struct country *c)
{
    static const char *const syllables[] = {
        "ma",  "ta",  "la",  "ra", "na", "sa",  "ca",  "pa",  "mi",  "ri",  "li",  "ni",  "si",
        "ti",  "mo",  "to",  "lo", "ro", "no",  "so",  "co",  "po",  "gu",  "lu",  "ru",  "mu",
        "fer", "san", "al",  "be", "do", "du",  "va",  "ve",  "vi",  "ne",  "te",  "re",  "le",
        "me",  "gon", "tor", "es", "ja", "jo",  "cha", "nha", "lha", "que", "qui", "zam", "be",
        "bu",  "nga", "mbe", "xi", "wa", "kwa", "hu",  "ge",  "dos", "per", "cas", "tro", "men"};
    enum {
        SYLLABLES = sizeof(syllables) / sizeof(syllables[0])
    };
    c->word = calloc(VOCABULARY, sizeof(*c->word));
    for (size_t i = 0; i < VOCABULARY && c->word != NULL; i++) {
        size_t len = 0;
        size_t n = 2 + chance(&c->state) % 3 + (i > 1000 ? 1 : 0);
        for (size_t k = 0; k < n; k++) {
            const char *s = syllables[chance(&c->state) % SYLLABLES];
            size_t step = strlen(s);
            if (len + step + 1 < WORD_BYTES) {
                memcpy(c->word[i] + len, s, step);
                len += step;
            }
        }
    }
}

/* Zipf: the k-th word about 1/k as often as the first. */
static const char *word_draw(struct country *c)
{
    double k = exp(share(&c->state) * log(VOCABULARY + 1.0)) - 1;
    return c->word[(size_t)k < VOCABULARY ? (size_t)k : VOCABULARY - 1];
}

static struct amp_pos spot_draw(struct country *c, const struct amp_pos *town, double reach_e7)
{
    double r = reach_e7 * share(&c->state);
    double angle = 6.2831853 * share(&c->state);
    return (struct amp_pos){town->lat_e7 + (int32_t)(r * sin(angle)),
                            town->lon_e7 + (int32_t)(r * cos(angle))};
}

static void node_put(struct country *c, struct amp_pos pos, const char *key, const char *value,
                     const char *name)
{
    amp_buf_printf(&c->xml, "<node id='%lld' lat='%.7f' lon='%.7f'>", (long long)++c->id,
                   amp_lat_deg(pos), amp_lon_deg(pos));
    amp_buf_printf(&c->xml, "<tag k='%s' v='%s'/><tag k='name' v='%s'/></node>", key, value, name);
}

static void street_put(struct country *c, struct amp_buf *ways, struct amp_pos pos,
                       const char *name)
{
    struct amp_pos to = {pos.lat_e7 + 10000, pos.lon_e7 + (int32_t)(chance(&c->state) % 20000)};
    int64_t first = ++c->id;
    int64_t second = ++c->id;
    amp_buf_printf(&c->xml, "<node id='%lld' lat='%.7f' lon='%.7f'/>", (long long)first,
                   amp_lat_deg(pos), amp_lon_deg(pos));
    amp_buf_printf(&c->xml, "<node id='%lld' lat='%.7f' lon='%.7f'/>", (long long)second,
                   amp_lat_deg(to), amp_lon_deg(to));
    amp_buf_printf(ways,
                   "<way id='%lld'><nd ref='%lld'/><nd ref='%lld'/><tag k='highway' "
                   "v='residential'/><tag k='name' v='%s'/></way>",
                   (long long)first, (long long)first, (long long)second, name);
}

/* Towns at rows and columns of a country of 9 by 9 degrees, Zipf in size; of every ten things seven
 * are streets and three places; 24 by 24 regions with ragged borders. */
static void country_write(struct country *c, size_t names, struct amp_buf *ways)
{
    static const char *const types[] = {"Rua", "Rua", "Avenida", "Travessa", "Rua de", "Rua da"};
    static const char *const kinds[][2] = {{"amenity", "school"},   {"shop", "supermarket"},
                                           {"amenity", "clinic"},   {"amenity", "restaurant"},
                                           {"amenity", "pharmacy"}, {"place", "neighbourhood"}};
    struct amp_pos town[TOWNS];
    char name[128];
    for (size_t t = 0; t < TOWNS; t++) {
        town[t] = (struct amp_pos){-260000000 + (int32_t)(share(&c->state) * 9e7),
                                   320000000 + (int32_t)(share(&c->state) * 9e7)};
        (void)snprintf(name, sizeof(name), "%s %s", word_draw(c), word_draw(c));
        node_put(c, town[t], "place", t < 20 ? "city" : "town", name);
    }
    for (size_t i = 0; i < names; i++) {
        size_t t = (size_t)(exp(share(&c->state) * log(TOWNS + 1.0)) - 1) % TOWNS;
        struct amp_pos pos = spot_draw(c, &town[t], t < 20 ? 1500000 : 500000);
        size_t words = 1 + chance(&c->state) % 3;
        bool street = chance(&c->state) % 10 < 7;
        size_t len =
            street ? (size_t)snprintf(name, sizeof(name), "%s", types[chance(&c->state) % 6]) : 0;
        for (size_t w = 0; w < words; w++) {
            len += (size_t)snprintf(name + len, sizeof(name) - len, "%s%s", len > 0 ? " " : "",
                                    word_draw(c));
        }
        if (street) {
            street_put(c, ways, pos, name);
        } else {
            size_t k = chance(&c->state) % 6;
            node_put(c, pos, kinds[k][0], kinds[k][1], name);
        }
    }
}

static void regions_write(struct country *c, struct amp_buf *rels, struct amp_buf *ways)
{
    enum {
        RAGS = 40
    };
    double size = 9e7 / REGION_ROWS;
    for (int i = 0; i < REGION_ROWS * REGION_ROWS; i++) {
        int64_t way = ++c->id;
        amp_buf_printf(ways, "<way id='%lld'>", (long long)way);
        int64_t first = c->id + 1;
        for (int k = 0; k < 4 * RAGS; k++) {
            double along = (double)(k % RAGS) / RAGS * size;
            double rag = k % RAGS == 0 ? 0 : share(&c->state) * size / 8;
            static const int side_x[4] = {1, 0, -1, 0};
            static const int side_y[4] = {0, 1, 0, -1};
            int s = k / RAGS;
            double x = (s == 1 || s == 2 ? size : 0) + side_x[s] * along + (s % 2 ? rag : 0);
            double y = (s == 2 || s == 3 ? size : 0) + side_y[s] * along + (s % 2 ? 0 : rag);
            struct amp_pos pos = {-260000000 + (int32_t)(i / REGION_ROWS * size + y),
                                  320000000 + (int32_t)(i % REGION_ROWS * size + x)};
            amp_buf_printf(&c->xml, "<node id='%lld' lat='%.7f' lon='%.7f'/>", (long long)++c->id,
                           amp_lat_deg(pos), amp_lon_deg(pos));
            amp_buf_printf(ways, "<nd ref='%lld'/>", (long long)c->id);
        }
        amp_buf_printf(ways, "<nd ref='%lld'/></way>", (long long)first);
        amp_buf_printf(rels,
                       "<relation id='%d'><member type='way' ref='%lld' role='outer'/><tag "
                       "k='boundary' v='administrative'/><tag k='admin_level' v='%d'/><tag "
                       "k='name' v='Distrito %d'/></relation>",
                       i + 1, (long long)way, 6, i);
    }
}

static amp_err country_make(size_t names, struct amp_osm *osm, struct amp_why *why)
{
    struct country c = {.state = 88172645463325252U, .xml = amp_buf_make((size_t)4 << 30)};
    struct amp_buf ways = amp_buf_make((size_t)2 << 30);
    struct amp_buf rels = amp_buf_make((size_t)1 << 30);
    words_make(&c);
    amp_buf_text(&c.xml, "<osm version='0.6'>");
    country_write(&c, names, &ways);
    regions_write(&c, &rels, &ways);
    amp_buf_join(&c.xml, &ways);
    amp_buf_join(&c.xml, &rels);
    amp_buf_text(&c.xml, "</osm>");
    amp_err err = amp_buf_err(&c.xml);
    err = err ? err : amp_osm_read_bytes(c.xml.data, c.xml.len, osm, why);
    amp_buf_free(&c.xml);
    amp_buf_free(&ways);
    amp_buf_free(&rels);
    free(c.word);
    return err;
}

/* ---- measuring ---- */

struct bench {
    struct amp_places *places;
    uint64_t state;
    double us[ROUNDS];
    size_t found;
};

static int double_order(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void row_print(struct bench *b, const char *what, double bar_us)
{
    qsort(b->us, ROUNDS, sizeof(b->us[0]), double_order);
    printf("%-34s %9.2f %9.2f %9.2f %8.0f %6.1f\n", what, b->us[ROUNDS / 2],
           b->us[ROUNDS * 99 / 100], b->us[ROUNDS - 1], bar_us, 100.0 * (double)b->found / ROUNDS);
    (void)fflush(stdout);
}

enum question_kind {
    ASK_EXACT,
    ASK_LETTER,
    ASK_TWO,
    ASK_THREE,
    ASK_TYPO
};

static size_t question_make(struct bench *b, enum question_kind what, const char *name, char *out)
{
    struct amp_folded folded;
    size_t len = 0;
    amp_fold(amp_str_of(name), &folded);
    size_t letters = what == ASK_LETTER ? 1 : what == ASK_TWO ? 2 : 3;
    if (what == ASK_LETTER || what == ASK_TWO || what == ASK_THREE) {
        struct amp_str word = folded.raw[chance(&b->state) % folded.n];
        word.len = word.len < letters ? word.len : letters;
        memcpy(out, word.ptr, word.len);
        return word.len;
    }
    for (size_t i = 0; i < folded.n && len + folded.raw[i].len + 2 < AMP_QUERY_MAX; i++) {
        len += i > 0 ? 1 : 0;
        out[len > 0 ? len - 1 : 0] = ' ';
        memcpy(out + len, folded.raw[i].ptr, folded.raw[i].len);
        len += folded.raw[i].len;
    }
    if (what == ASK_TYPO && len > 3) {
        size_t at = chance(&b->state) % (len - 1);
        char c = (char)('a' + chance(&b->state) % 26);
        switch (chance(&b->state) % 4) {
        case 0:
            out[at] = c;
            break;
        case 1:
            memmove(out + at, out + at + 1, len - at - 1);
            len--;
            break;
        case 2:
            memmove(out + at + 1, out + at, len - at);
            out[at] = c;
            len++;
            break;
        default:
            c = out[at];
            out[at] = out[at + 1];
            out[at + 1] = c;
            break;
        }
    }
    return len;
}

struct question {
    char text[AMP_QUERY_MAX + 8];
    size_t len;
    struct amp_pos pos; /* of the thing that is meant, or near it */
};

static void times_begin(struct bench *b)
{
    b->found = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        b->us[i] = INFINITY;
    }
}

static void names_ask(struct bench *b, enum question_kind what, bool with_near)
{
    static struct question question[ROUNDS];
    const struct amp_places *p = b->places;
    struct amp_arena arena = amp_arena_make((size_t)256 << 20);
    times_begin(b);
    for (size_t i = 0; i < ROUNDS; i++) {
        const struct amp_pl_spelling *spelling = &p->spelling[chance(&b->state) % p->spelling_n];
        struct question *q = &question[i];
        q->pos = p->rec[spelling->place].pos;
        q->pos.lat_e7 += 100000;
        q->len = question_make(b, what, p->text + spelling->text, q->text);
    }
    for (size_t i = 0; i < (size_t)PASSES * ROUNDS; i++) {
        const struct question *q = &question[i % ROUNDS];
        struct amp_place *place = NULL;
        size_t n = 0;
        double begin = amp_bench_cpu_us();
        amp_err err = amp_geocode(p, (struct amp_str){q->text, q->len}, with_near ? &q->pos : NULL,
                                  10, &arena, &place, &n, NULL);
        b->us[i % ROUNDS] = fmin(b->us[i % ROUNDS], amp_bench_cpu_us() - begin);
        b->found += i < ROUNDS && !err && n > 0 ? 1 : 0;
        amp_arena_reset(&arena);
    }
    amp_arena_drop(&arena);
}

static void reverse_ask(struct bench *b)
{
    static struct amp_pos question[ROUNDS];
    const struct amp_places *p = b->places;
    struct amp_arena arena = amp_arena_make(1 << 20);
    times_begin(b);
    for (size_t i = 0; i < ROUNDS; i++) {
        question[i] = p->rec[chance(&b->state) % p->rec_n].pos;
        question[i].lat_e7 += (int32_t)(chance(&b->state) % 40000) - 20000;
        question[i].lon_e7 += (int32_t)(chance(&b->state) % 40000) - 20000;
    }
    for (size_t i = 0; i < (size_t)PASSES * ROUNDS; i++) {
        struct amp_address address;
        double begin = amp_bench_cpu_us();
        amp_err err = amp_reverse(p, question[i % ROUNDS], &arena, &address);
        b->us[i % ROUNDS] = fmin(b->us[i % ROUNDS], amp_bench_cpu_us() - begin);
        b->found += i < ROUNDS && !err && address.street.len > 0 ? 1 : 0;
        amp_arena_reset(&arena);
    }
    amp_arena_drop(&arena);
}

/* Areas in batches of a hundred: a clock's reading takes longer than one. */
static void areas_ask(struct bench *b)
{
    enum {
        BATCH = 100
    };
    const struct amp_places *p = b->places;
    b->found = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct amp_pos pos[BATCH];
        uint32_t at[AMP_AREAS_AT_MAX];
        size_t n = 0;
        for (size_t k = 0; k < BATCH; k++) {
            pos[k] = p->rec[chance(&b->state) % p->rec_n].pos;
        }
        double begin = amp_bench_cpu_us();
        for (size_t k = 0; k < BATCH; k++) {
            n += amp_areas_at(p->area, pos[k], at);
        }
        b->us[i] = (amp_bench_cpu_us() - begin) / BATCH;
        b->found += n > 0 ? 1 : 0;
    }
}

static amp_err places_made(const char *path, struct amp_amap **amap, struct amp_places **places,
                           struct amp_why *why)
{
    double begin = amp_bench_cpu_us();
    amp_err err = amp_amap_open(path, amap, why);
    err = err ? err : amp_places_open(*amap, places, why);
    if (!err) {
        struct amp_place_counts counts = amp_places_counts(*places);
        printf("%llu names, %llu places, %llu addresses; opened in %.0f ms\n",
               (unsigned long long)counts.names, (unsigned long long)counts.places,
               (unsigned long long)counts.addresses, (amp_bench_cpu_us() - begin) / 1e3);
    }
    return err;
}

static amp_err places_make(const struct amp_osm *osm, const char *keep, struct amp_amap **amap,
                           struct amp_places **places, struct amp_why *why)
{
    char tmp[] = "/tmp/amparo-places-XXXXXX";
    struct amp_amap_writer *writer = NULL;
    struct amp_place_counts counts;
    int fd = keep == NULL ? mkstemp(tmp) : -1;
    const char *path = keep == NULL ? tmp : keep;
    double begin = amp_bench_cpu_us();
    amp_err err = fd < 0 && keep == NULL ? AMP_E_IO : amp_amap_create(path, &writer, why);
    err = err ? err : amp_places_build(osm, NULL, writer, &counts, why);
    err = err ? err : amp_amap_commit(writer, why);
    if (!err) {
        printf("built in %.1f s\n", (amp_bench_cpu_us() - begin) / 1e6);
        err = places_made(path, amap, places, why);
    }
    amp_amap_abandon(writer);
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(tmp);
    }
    return err;
}

static bool made_already(const char *path)
{
    static const char suffix[] = ".amap";
    size_t len = strlen(path);
    return len >= sizeof(suffix) && strcmp(path + len + 1 - sizeof(suffix), suffix) == 0;
}

int main(int argc, char **argv)
{
    struct amp_why why = {""};
    struct amp_osm osm = {0};
    struct amp_amap *amap = NULL;
    static struct bench b = {.state = 20261126};
    uint64_t names = NAMES;
    bool file = argc > 1 && amp_str_u64(amp_str_of(argv[1]), &names);
    amp_err err = AMP_OK;
    if (file && made_already(argv[1])) {
        err = places_made(argv[1], &amap, &b.places, &why);
    } else {
        err = file ? amp_osm_read_file(argv[1], NULL, &osm, &why)
                   : country_make((size_t)names, &osm, &why);
        err = err ? err : places_make(&osm, argc > 3 ? argv[3] : NULL, &amap, &b.places, &why);
        amp_osm_free(&osm);
    }
    if (err) {
        (void)fprintf(stderr, "places_bench: %s %s\n", amp_err_code(err), why.text);
        return 1;
    }
    printf("%-34s %9s %9s %9s %8s %6s\n", "us", "P50", "P99", "worst", "bar P99", "hit %");
    static const struct {
        const char *name;
        enum question_kind what;
        double bar_us;
    } rows[] = {{"exact name", ASK_EXACT, 10},
                {"1 letter", ASK_LETTER, 50},
                {"2 letters", ASK_TWO, 50},
                {"3 letters", ASK_THREE, 50},
                {"one typing error", ASK_TYPO, 200}};
    uint64_t only = UINT64_MAX;
    bool all = argc < 3 || amp_str_u64(amp_str_of(argv[2]), &only);
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        char what[64];
        bool near = i % 2 == 1;
        if (!all && only != i) {
            continue;
        }
        (void)snprintf(what, sizeof(what), "%s%s", rows[i / 2].name, near ? ", near" : "");
        names_ask(&b, rows[i / 2].what, near);
        row_print(&b, what, rows[i / 2].bar_us);
    }
    reverse_ask(&b);
    row_print(&b, "reverse", 10);
    areas_ask(&b);
    row_print(&b, "areas at a position", 1);
    amp_places_close(b.places);
    amp_amap_close(amap);
    return 0;
}
