/* Names of markers and samples: what is the same thing however it is written. */
#include "dna/table.h"

#include <string.h>

static bool ignored(char c)
{
    return c == ' ' || c == '_' || c == '-' || c == '\t';
}

static char folded(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static size_t next_at(struct amp_str text, size_t at)
{
    while (at < text.len && ignored(text.ptr[at])) {
        at++;
    }
    return at;
}

/* Second names of markers, as NIST STRBase lists them, and TH01 with the letter O. Short forms such
 * as "D21" are not here: which marker is meant, they do not say. */
static const struct {
    const char *word;
    const char *marker;
} second_name[] = {
    {"THO1", "TH01"},  {"HUMTH01", "TH01"},     {"AMELOGENIN", "AMEL"}, {"ACTBP2", "SE33"},
    {"VWA31", "VWA"},  {"HUMVWA31", "VWA"},     {"FIBRA", "FGA"},       {"HUMFIBRA", "FGA"},
    {"CSF", "CSF1PO"}, {"HUMCSF1PO", "CSF1PO"}, {"HUMTPOX", "TPOX"},
};

/* Names that begin otherwise, as most do, are no second names. */
static bool second_likely(struct amp_str name)
{
    const size_t at = next_at(name, 0);
    return at < name.len && strchr("ACFHSTV", folded(name.ptr[at])) != NULL;
}

bool amp_dna_marker_key(struct amp_str name, char room[AMP_DNA_MARKER_SHORT], struct amp_str *key)
{
    size_t n = 0;
    for (size_t i = next_at(name, 0); i < name.len; i = next_at(name, i + 1)) {
        if (n == AMP_DNA_MARKER_SHORT) {
            return false;
        }
        room[n++] = folded(name.ptr[i]);
    }
    struct amp_str found = {.ptr = room, .len = n};
    for (size_t i = 0; i < sizeof(second_name) / sizeof(second_name[0]); i++) {
        if (amp_str_is(found, second_name[i].word)) {
            found = amp_str_of(second_name[i].marker);
            break;
        }
    }
    *key = found;
    return true;
}

static bool same_written(struct amp_str a, struct amp_str b)
{
    size_t i = next_at(a, 0);
    size_t j = next_at(b, 0);
    while (i < a.len && j < b.len) {
        if (folded(a.ptr[i]) != folded(b.ptr[j])) {
            return false;
        }
        i = next_at(a, i + 1);
        j = next_at(b, j + 1);
    }
    return i == a.len && j == b.len;
}

bool amp_dna_marker_same(struct amp_str a, struct amp_str b)
{
    char room[2][AMP_DNA_MARKER_SHORT];
    return same_written(a, b) ||
           (second_likely(a) && second_likely(b) && amp_dna_marker_key(a, room[0], &a) &&
            amp_dna_marker_key(b, room[1], &b) && same_written(a, b));
}

const struct amp_dna_sample *amp_dna_sample_find(const struct amp_dna_profiles *profiles,
                                                 struct amp_str name)
{
    for (size_t i = 0; i < profiles->sample_n; i++) {
        if (amp_str_eq(profiles->sample[i].name, name)) {
            return &profiles->sample[i];
        }
    }
    return NULL;
}

const struct amp_dna_locus *amp_dna_locus_find(const struct amp_dna_sample *sample,
                                               struct amp_str marker)
{
    for (size_t i = 0; i < sample->locus_n; i++) {
        if (amp_dna_marker_same(sample->locus[i].marker, marker)) {
            return &sample->locus[i];
        }
    }
    return NULL;
}
