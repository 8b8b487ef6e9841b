/* Names of markers and samples: what is the same thing however it is written. */
#include "dna/profile.h"

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

bool amp_dna_marker_same(struct amp_str a, struct amp_str b)
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
