/* The values of road tags: the parsers of road_values.h. */
#include "map/road_values.h"

#include <math.h>
#include <string.h>

struct word_row {
    const char *word;
    double value;
};

static double word_value(const struct word_row *row, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(row[i].word, text) == 0) {
            return row[i].value;
        }
    }
    return 0;
}
#define WORD_VALUE(table, text) word_value(table, sizeof(table) / sizeof((table)[0]), text)

/* A number at the start of text; *rest is what follows it. */
static double leading_number(const char *text, const char **rest)
{
    size_t n = strspn(text, "0123456789.");
    double number = 0;
    if (n == 0 || amp_str_double((struct amp_str){text, n}, &number) != AMP_OK) {
        *rest = text;
        return 0;
    }
    *rest = text + n;
    return number;
}

/* ---- speeds ---- */

static const struct word_row speed_word[] = {
    {"none", AMP_KMH_MAX},
    {"walk", 6},
};
/* "RO:urban" and its like: what the law of most countries says, where no number is given. */
static const struct word_row speed_zone[] = {
    {"urban", 50},         {"rural", 90},          {"trunk", 100},      {"motorway", 120},
    {"living_street", 20}, {"bicycle_road", 30},   {"school", 30},      {"nsl_single", 96},
    {"nsl_dual", 112},     {"nsl_restricted", 48}, {"expressway", 100},
};

static double number_kmh(const char *text)
{
    const char *unit = text;
    double number = leading_number(text, &unit);
    unit += strspn(unit, " ");
    if (strncmp(unit, "mph", 3) == 0) {
        return number * 1.609344;
    }
    if (strncmp(unit, "knots", 5) == 0) {
        return number * 1.852;
    }
    return number;
}

double amp_maxspeed_kmh(const char *text)
{
    if (text == NULL) {
        return 0;
    }
    double kmh = number_kmh(text);
    const char *colon = strchr(text, ':');
    if (kmh <= 0) {
        kmh = WORD_VALUE(speed_word, text);
    }
    if (kmh <= 0 && colon != NULL) {
        const char *zone = colon + 1;
        kmh = WORD_VALUE(speed_zone, zone);
        zone += strncmp(zone, "zone", 4) == 0 ? 4 : 0;
        zone += strspn(zone, ":");
        kmh = kmh > 0 ? kmh : number_kmh(zone);
    }
    const char *next = strchr(text, ';'); /* of several limits the lowest */
    if (next != NULL && kmh > 0) {
        next += 1 + strspn(next + 1, " ");
        double other = number_kmh(next);
        kmh = other > 0 && other < kmh ? other : kmh;
    }
    return kmh < 5 ? 0 : fmin(kmh, AMP_KMH_MAX);
}

/* ---- durations ---- */

/* ISO 8601: P1DT2H, PT1H20M, PT90S; at stands after the P. */
static double duration_iso_s(const char *at)
{
    double total = 0;
    bool clock = false;
    while (*at != '\0') {
        if (*at == 'T' && !clock) {
            clock = true;
            at++;
            continue;
        }
        const char *unit = at;
        double number = leading_number(at, &unit);
        double scale = !clock && *unit == 'D'  ? 86400
                       : clock && *unit == 'H' ? 3600
                       : clock && *unit == 'M' ? 60
                       : clock && *unit == 'S' ? 1
                                               : 0;
        if (scale <= 0 || unit == at) {
            return 0;
        }
        total += number * scale;
        at = unit + 1;
    }
    return total;
}

double amp_duration_s(const char *text)
{
    if (text == NULL) {
        return 0;
    }
    if (*text == 'P') {
        return duration_iso_s(text + 1);
    }
    double total = 0; /* MM, HH:MM or HH:MM:SS */
    const char *at = text;
    for (int parts = 0; parts < 3; parts++) {
        const char *rest = at;
        double number = leading_number(at, &rest);
        if (rest == at) {
            return 0;
        }
        total = total * 60 + number;
        if (*rest != ':') {
            return *rest == '\0' ? (parts == 2 ? total : total * 60) : 0;
        }
        at = rest + 1;
    }
    return 0;
}

/* ---- lengths and weights ---- */

/* A decimal comma is read as a point: the wiki wants a point, not all mappers know. */
static double decimal(const char *text, const char **rest)
{
    double number = leading_number(text, rest);
    if (**rest == ',' && (*rest)[1] >= '0' && (*rest)[1] <= '9') {
        const char *digits = *rest + 1;
        double part = leading_number(digits, rest);
        number += part / pow(10, (double)(*rest - digits));
    }
    *rest += strspn(*rest, " ");
    return number;
}

static bool begins(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

static double one_length_cm(const char *text)
{
    const char *unit = text;
    double number = decimal(text, &unit);
    if (*unit == '\'' || begins(unit, "ft") || begins(unit, "feet") ||
        begins(unit, "\xe2\x80\xb2")) {       /* the prime, U+2032 */
        unit += strcspn(unit, "0123456789;"); /* 8'6", 8'-6", 8 ft 6 in */
        return number * 30.48 + decimal(unit, &unit) * 2.54;
    }
    if (*unit == '"' || begins(unit, "in") || begins(unit, "\xe2\x80\xb3")) {
        return number * 2.54;
    }
    if (begins(unit, "mm")) {
        return number / 10;
    }
    return begins(unit, "cm") ? number : number * 100;
}

static double one_weight_kg(const char *text)
{
    const char *unit = text;
    double number = decimal(text, &unit);
    if (begins(unit, "kg")) {
        return number;
    }
    if (begins(unit, "lb")) {
        return number * 0.45359237;
    }
    if (begins(unit, "st")) { /* short tons, as signs in the United States mean */
        return number * 907.18474;
    }
    if (begins(unit, "lt")) {
        return number * 1016.0469088;
    }
    if (begins(unit, "cwt")) {
        return number * 50.80234544;
    }
    return number * 1000;
}

/* The smallest of the values between semicolons that say something. */
static double smallest(const char *text, double (*one)(const char *))
{
    double least = 0;
    while (text != NULL && *text != '\0') {
        text += strspn(text, " ;<=");
        double value = one(text);
        least = value > 0 && (least <= 0 || value < least) ? value : least;
        text = strchr(text, ';');
    }
    return least;
}

double amp_length_cm(const char *text)
{
    return smallest(text, one_length_cm);
}

double amp_weight_kg(const char *text)
{
    return smallest(text, one_weight_kg);
}
