/*
 * The question that best tells which crew to send: "are you north or south of the Avenida?", "are
 * you nearer to the mosque or to the market?"
 *
 * Tried are: the sides of each listed street (along the main direction of its samples, a little to
 * either side of it), lines in four directions through each listed landmark, and pairs of streets
 * and of landmarks. A question is worth the regret that is left when each answer is sent its own
 * best crew.
 */
#include "map/locate_table.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    DIRECTIONS = 4,
    STREET_SAMPLES_MIN = 2,
    PAIRS_OF = 8 /* so many of the first streets and landmarks are paired */
};
static const double no_way_costs_s = 3600;
static const double helps_share = 0.75; /* of the regret may be left */
static const double helps_least_s = 5;
static const double beside_m = 15; /* farther from its line, nobody is on a street */

const char *amp_locate_ask_name(enum amp_locate_ask kind)
{
    static const char *const names[] = {"nothing", "side-of-street", "side-of-landmark",
                                        "nearer-street", "nearer-landmark"};
    assert(kind <= AMP_LOCATE_ASK_LANDMARKS);
    return names[kind];
}

double amp_locate_regret(const struct amp_locate_table *t, size_t crew, const uint8_t *part,
                         uint8_t which)
{
    double lost_s = 0;
    size_t reached = 0;
    for (size_t s = 0; s < t->sample_n; s++) {
        if (t->first[s] == AMP_LOCATE_NOBODY) {
            continue;
        }
        reached++;
        if (part == NULL || part[s] == which) {
            double late_s = *amp_locate_cell(t, crew, s) - *amp_locate_cell(t, t->first[s], s);
            lost_s += fmin(late_s, no_way_costs_s);
        }
    }
    return reached > 0 ? lost_s / (double)reached : 0;
}

struct asker {
    const struct amp_locate_table *t;
    struct amp_plane plane;
    struct amp_spot spot[AMP_LOCATE_SAMPLES];
    uint32_t crew[AMP_LOCATE_SAMPLES]; /* rows of those who are first somewhere */
    size_t crew_n;
    struct amp_locate_question *out;
};

static void crews_list(struct asker *a)
{
    for (size_t s = 0; s < a->t->sample_n; s++) {
        size_t k = 0;
        while (k < a->crew_n && a->crew[k] != a->t->first[s]) {
            k++;
        }
        if (k == a->crew_n && a->t->first[s] != AMP_LOCATE_NOBODY) {
            a->crew[a->crew_n++] = a->t->first[s];
        }
    }
}

static size_t best_of(const struct asker *a, const uint8_t *part, uint8_t which, double *regret_s)
{
    size_t best = a->crew[0];
    *regret_s = INFINITY;
    for (size_t k = 0; k < a->crew_n; k++) {
        double one_s = amp_locate_regret(a->t, a->crew[k], part, which);
        if (one_s < *regret_s || (!(one_s > *regret_s) && a->crew[k] < best)) {
            *regret_s = one_s;
            best = a->crew[k];
        }
    }
    return best;
}

static void side_fill(const struct asker *a, const uint8_t *part, uint8_t which, size_t crew)
{
    double sum_s = 0;
    size_t n = 0, all = 0;
    for (size_t s = 0; s < a->t->sample_n; s++) {
        double one_s = *amp_locate_cell(a->t, crew, s);
        all += part[s] == which ? 1 : 0;
        if (part[s] == which && isfinite(one_s)) {
            sum_s += one_s;
            n++;
        }
    }
    a->out->share[which] = (double)all / (double)a->t->sample_n;
    a->out->crew[which] = a->t->crew[crew];
    a->out->mean_s[which] = n > 0 ? sum_s / (double)n : INFINITY;
}

/* Takes the question if it leaves less regret than the best one so far. */
static void question_try(struct asker *a, const uint8_t *part,
                         const struct amp_locate_question *question)
{
    double left_s[2];
    size_t crew[2] = {best_of(a, part, 0, &left_s[0]), best_of(a, part, 1, &left_s[1])};
    if (crew[0] == crew[1] || !(left_s[0] + left_s[1] < a->out->regret_s)) {
        return;
    }
    *a->out = *question;
    a->out->regret_s = left_s[0] + left_s[1];
    side_fill(a, part, 0, crew[0]);
    side_fill(a, part, 1, crew[1]);
}

/* ---- sides ---- */

struct line { /* through a spot, with its normal */
    struct amp_spot at;
    double nx, ny;
};

static const char *side_name(double bearing_deg)
{
    static const char *const names[] = {"north", "north-east", "east", "south-east",
                                        "south", "south-west", "west", "north-west"};
    return names[(size_t)((bearing_deg + 22.5) / 45) % 8];
}

static void line_try(struct asker *a, struct line line, double shift_m,
                     struct amp_locate_question question)
{
    uint8_t part[AMP_LOCATE_SAMPLES];
    for (size_t s = 0; s < a->t->sample_n; s++) {
        double side = (a->spot[s].x - line.at.x) * line.nx + (a->spot[s].y - line.at.y) * line.ny;
        part[s] = side >= shift_m ? 0 : 1;
    }
    double bearing_deg = atan2(line.nx, line.ny) * 180 / M_PI;
    bearing_deg += bearing_deg < 0 ? 360 : 0;
    question.side[0] = side_name(bearing_deg);
    question.side[1] = side_name(fmod(bearing_deg + 180, 360));
    question.on_it = shift_m > 0 ? 1 : 0;
    question_try(a, part, &question);
}

/* The main direction of a street's samples. */
static bool street_line(const struct asker *a, struct amp_str name, struct line *out)
{
    double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
    size_t n = 0;
    for (size_t s = 0; s < a->t->sample_n; s++) {
        if (amp_str_eq(a->t->where->sample[s].snap.street, name)) {
            x += a->spot[s].x;
            y += a->spot[s].y;
            xx += a->spot[s].x * a->spot[s].x;
            xy += a->spot[s].x * a->spot[s].y;
            yy += a->spot[s].y * a->spot[s].y;
            n++;
        }
    }
    if (n < STREET_SAMPLES_MIN) {
        return false;
    }
    double k = (double)n;
    xx -= x * x / k;
    xy -= x * y / k;
    yy -= y * y / k;
    double along = atan2(2 * xy, xx - yy) / 2; /* of the greater variance, from east */
    *out = (struct line){{x / k, y / k}, -sin(along), cos(along)};
    return true;
}

static void sides_try(struct asker *a)
{
    const struct amp_locate *where = a->t->where;
    struct line line;
    for (size_t i = 0; i < where->street_n; i++) {
        struct amp_locate_question q = {.kind = AMP_LOCATE_ASK_STREET,
                                        .name = {where->street[i].name}};
        if (street_line(a, where->street[i].name, &line)) {
            line_try(a, line, beside_m, q);
            line_try(a, line, -beside_m, q);
        }
    }
    for (size_t i = 0; i < where->landmark_n; i++) {
        struct amp_locate_question q = {.kind = AMP_LOCATE_ASK_LANDMARK,
                                        .name = {where->landmark[i].name}};
        for (int d = 0; d < DIRECTIONS && q.name[0].len > 0; d++) {
            double rad = d * M_PI / DIRECTIONS;
            struct amp_spot at = amp_plane_spot(&a->plane, where->landmark[i].at);
            line_try(a, (struct line){at, sin(rad), cos(rad)}, 0, q);
        }
    }
}

/* ---- nearer to this or to that ---- */

static double street_away(const struct asker *a, struct amp_str name, struct amp_spot from)
{
    double least = INFINITY;
    for (size_t s = 0; s < a->t->sample_n; s++) {
        if (amp_str_eq(a->t->where->sample[s].snap.street, name)) {
            least = fmin(least, hypot(a->spot[s].x - from.x, a->spot[s].y - from.y));
        }
    }
    return least;
}

/* away: distances of the samples to each of n things. */
static void pairs_try(struct asker *a, double (*away)[AMP_LOCATE_SAMPLES],
                      const struct amp_str *name, size_t n, enum amp_locate_ask kind)
{
    uint8_t part[AMP_LOCATE_SAMPLES];
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++) {
            struct amp_locate_question q = {.kind = kind, .name = {name[i], name[k]}};
            for (size_t s = 0; s < a->t->sample_n; s++) {
                part[s] = away[i][s] <= away[k][s] ? 0 : 1;
            }
            if (q.name[0].len > 0 && q.name[1].len > 0 && !amp_str_eq(q.name[0], q.name[1])) {
                question_try(a, part, &q);
            }
        }
    }
}

static void nearer_try(struct asker *a)
{
    const struct amp_locate *where = a->t->where;
    double away[PAIRS_OF][AMP_LOCATE_SAMPLES];
    struct amp_str name[PAIRS_OF];
    size_t n = where->street_n < PAIRS_OF ? where->street_n : PAIRS_OF;
    for (size_t i = 0; i < n; i++) {
        name[i] = where->street[i].name;
        for (size_t s = 0; s < a->t->sample_n; s++) {
            away[i][s] = street_away(a, name[i], a->spot[s]);
        }
    }
    pairs_try(a, away, name, n, AMP_LOCATE_ASK_STREETS);
    n = where->landmark_n < PAIRS_OF ? where->landmark_n : PAIRS_OF;
    for (size_t i = 0; i < n; i++) {
        struct amp_spot at = amp_plane_spot(&a->plane, where->landmark[i].at);
        name[i] = where->landmark[i].name;
        for (size_t s = 0; s < a->t->sample_n; s++) {
            away[i][s] = hypot(a->spot[s].x - at.x, a->spot[s].y - at.y);
        }
    }
    pairs_try(a, away, name, n, AMP_LOCATE_ASK_LANDMARKS);
}

void amp_locate_ask(const struct amp_locate_table *t, double regret_s,
                    struct amp_locate_question *out)
{
    struct asker a = {.t = t, .plane = amp_plane_at(t->where->middle), .out = out};
    *out = (struct amp_locate_question){.regret_s =
                                            fmin(regret_s * helps_share, regret_s - helps_least_s)};
    for (size_t s = 0; s < t->sample_n; s++) {
        a.spot[s] = amp_plane_spot(&a.plane, t->where->sample[s].snap.at);
    }
    crews_list(&a);
    if (a.crew_n > 0) {
        sides_try(&a);
        nearer_try(&a);
    }
    if (out->kind == AMP_LOCATE_ASK_NOTHING) {
        *out = (struct amp_locate_question){.kind = AMP_LOCATE_ASK_NOTHING};
    }
}
